"""Modules in a chain answer as TensorFlow's runs do, also where the catalogue has no such case."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_parity.candidate import Case
from rnn_parity.candidates import numpy_impl, torch
from rnn_parity.draws import draw
from rnn_parity.layouts.specification import parsed
from rnn_parity.spec import CaseSpec, CellSpec, RunSpec, Sizes, Step
from rnn_parity.structure import case_state_size, flatten, unflatten


def drawn_case(cell, run):
    run = parsed(run, RunSpec)
    steps = 1 if isinstance(run, Step) else sum(getattr(run, "chunks", ())) or 5
    sizes = Sizes(batch_size=3, max_time=steps, depth=4)
    spec = CaseSpec(id="test/chain", why="a test", seed=11, cell=parsed(cell, CellSpec), run=run, sizes=sizes)
    arrays = draw(spec)

    def below(prefix):
        return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

    state = None
    if run.initial_state:
        given = below("initial_state/") or {"": arrays["initial_state"]}
        state = unflatten(case_state_size(spec), given)
    lengths = arrays.get("sequence_length")
    return Case(
        spec=spec, weights=below("weights/"), inputs=arrays["inputs"], sequence_length=lengths, initial_state=state
    )


@pytest.mark.parametrize(
    ("cell", "run"),
    [
        ("MultiRNNCell([ResidualWrapper(BasicLSTMCell(4))])", "DynamicRNN(initial_state=True)"),
        ("MultiRNNCell([BasicLSTMCell(4, forget_bias=0.1), LSTMCell(4, forget_bias=2.0)])", "DynamicRNN()"),
        ("MultiRNNCell([BasicLSTMCell(4, forget_bias=0.1), LSTMCell(3, num_proj=2), BasicRNNCell(5)])", "StaticRNN()"),
        ("SummedMultiRNNCell([BasicRNNCell(4), DeviceWrapper(BasicLSTMCell(4), device='/cpu:0')])", "DynamicRNN()"),
        ("SummedMultiRNNCell([BasicRNNCell(4)] * 2)", "DynamicRNN()"),
        ("ResidualWrapper(MultiRNNCell([BasicRNNCell(4)] * 2))", "DynamicRNN(sequence_length=(5, 0, 2))"),
        ("BasicLSTMCell(3)", "DynamicRNN(sequence_length=(9, 0, 2), initial_state=True)"),  # beyond the last step
        ("BasicLSTMCell(3)", "DynamicRNN(sequence_length=(0, 0, 0), initial_state=True, time_major=True)"),
        ("BasicLSTMCell(3)", "BidirectionalDynamicRNN(sequence_length=(5, 0, 2), cell_bw=BasicLSTMCell(2))"),
        ("BasicLSTMCell(3)", "BidirectionalDynamicRNN(cell_bw=BasicLSTMCell(3, forget_bias=0.3), initial_state=True)"),
        ("BasicLSTMCell(3)", "StaticBidirectionalRNN(sequence_length=(5, 0, 2), cell_bw=BasicRNNCell(3))"),
        ("BasicLSTMCell(3)", "BidirectionalDynamicRNN(cell_bw='cell_fw', sequence_length=(1, 0, 4))"),
        (
            "MultiRNNCell([BasicLSTMCell(3), BasicRNNCell(2)], state_is_tuple=True)",
            "StackBidirectionalDynamicRNN(layers=2, sequence_length=(5, 0, 3), initial_state=True, time_major=True)",
        ),
        ("MultiRNNCell([BasicRNNCell(3)] * 2)", "StackBidirectionalRNN(layers=2, initial_state=True)"),
        ("MultiRNNCell([BasicLSTMCell(4, state_is_tuple=False)] * 2, state_is_tuple=False)", "Chunked(chunks=(2, 3))"),
        ("MultiRNNCell([BasicRNNCell(4)] * 2, one_object=True)", "StateSavingRNN(chunks=(2, 1), initial_state=True)"),
        ("LSTMCell(5, num_proj=2, num_unit_shards=2)", "Step(initial_state=True)"),
        ("MultiRNNCell([BasicRNNCell(4, activation='ReLU')] * 2)", "Step()"),
    ],
)
def test_a_chain_of_torch_modules_answers_as_numpy_impl(cell, run):
    case = drawn_case(cell, run)
    expected, answer = numpy_impl.run(case), torch.run(case)
    for one, other in ((answer.outputs, expected.outputs), (answer.final_state, expected.final_state)):
        actual, wanted = flatten(one), flatten(other)
        assert len(actual) == len(wanted)
        for left, right in zip(actual.values(), wanted.values(), strict=True):
            assert left.dtype == right.dtype
            np.testing.assert_allclose(left, right, rtol=0, atol=2e-6)
