"""Modules in a chain answer as TensorFlow's runs do, also where the catalogue has no such case."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_parity.candidate import Case, Unsupported
from rnn_parity.candidates import keras, numpy_impl, torch
from rnn_parity.draws import draw
from rnn_parity.masks import mask_shapes
from rnn_parity.spec import CaseSpec, CellSpec, RunSpec, Sizes, Step
from rnn_parity.spec.base import ACTIVATIONS
from rnn_parity.spec.text import parsed
from rnn_parity.structure import case_state_size, flatten, unflatten


def drawn_case(cell, run):
    run = parsed(run, RunSpec)
    steps = 1 if isinstance(run, Step) else sum(getattr(run, "chunks", ())) or 5
    cell = parsed(cell, CellSpec)
    sizes = Sizes(batch_size=3, max_time=steps, depth=4 if cell.input_classes is None else 1)
    spec = CaseSpec(id="test/chain", why="a test", seed=11, cell=cell, run=run, sizes=sizes)
    arrays = draw(spec)

    def below(prefix):
        return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

    state = None
    if run.initial_state:
        given = below("initial_state/") or {"": arrays["initial_state"]}
        state = unflatten(case_state_size(spec), given)
    lengths = arrays.get("sequence_length")
    generator = np.random.default_rng(11)
    return Case(
        spec=spec,
        weights=below("weights/"),
        inputs=arrays["inputs"],
        sequence_length=lengths,
        initial_state=state,
        dropout={name: generator.random(shape) < 0.5 for name, shape in mask_shapes(spec).items()},
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
    assert_as_numpy_impl(torch, drawn_case(cell, run))


@pytest.mark.parametrize("candidate", [torch, keras])
@pytest.mark.parametrize(
    ("cell", "run"),
    [
        (
            "InputProjectionWrapper(MultiRNNCell([BasicLSTMCell(3)] * 2), num_proj=5, activation='gelu')",
            "BidirectionalDynamicRNN(sequence_length=(5, 0, 2), initial_state=True)",
        ),
        (
            "OutputProjectionWrapper(HighwayWrapper(BasicRNNCell(4)), output_size=2, activation='log_softmax')",
            "StackBidirectionalDynamicRNN(layers=2, sequence_length=(5, 0, 3), initial_state=True)",
        ),
        (
            "MultiRNNCell([HighwayWrapper(BasicLSTMCell(4), couple_carry_transform_gates=False), UGRNNCell(3)])",
            "DynamicRNN(sequence_length=(5, 0, 2), initial_state=True)",
        ),
        ("EmbeddingWrapper(UGRNNCell(3, forget_bias=0.3), embedding_classes=7, embedding_size=2)", "Step()"),
        ("EmbeddingWrapper(BasicLSTMCell(3), embedding_classes=7, embedding_size=2)", "Chunked(chunks=(2, 3))"),
        (
            "MultiRNNCell([InputProjectionWrapper(IndyGRUCell(4), num_proj=2), UGRNNCell(4)])",
            "DynamicRNN(time_major=True)",
        ),
        ("MultiRNNCell([IndyGRUCell(4), UGRNNCell(4)])", "DynamicRNN(sequence_length=(5, 0, 2))"),  # one module
    ],
)
def test_layers_of_the_framework_stand_for_wrappers_that_own_weights(candidate, cell, run):
    assert_as_numpy_impl(candidate, drawn_case(cell, run))


@pytest.mark.parametrize("candidate", [torch, keras])
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "hard_sigmoid"])
def test_every_activation_of_a_projection_is_tensorflows(candidate, activation):
    cell = f"OutputProjectionWrapper(BasicRNNCell(4), output_size=3, activation={activation!r})"
    case = drawn_case(cell, "DynamicRNN()")
    largest = np.abs(numpy_impl.run(case).outputs).max()  # exponentials are beyond 1
    assert_as_numpy_impl(candidate, case, atol=2e-6 * max(1, largest))


def test_torch_computes_the_hard_sigmoid_of_a_projection_and_keras_which_has_another_one_refuses_it():
    case = drawn_case("InputProjectionWrapper(BasicRNNCell(4), num_proj=3, activation='hard_sigmoid')", "DynamicRNN()")
    assert_as_numpy_impl(torch, case)
    with pytest.raises(Unsupported, match="Keras 3's hard_sigmoid is"):
        keras.run(case)


@pytest.mark.parametrize("candidate", [torch, keras])
def test_a_state_that_is_dropped_between_steps_leaves_each_wrapper_its_own_weights(candidate):
    dropped = "DropoutWrapper(InputProjectionWrapper(BasicRNNCell(4), num_proj=3), state_keep_prob=0.5)"
    cell = f"OutputProjectionWrapper({dropped}, output_size=2)"
    assert_as_numpy_impl(candidate, drawn_case(cell, "DynamicRNN(sequence_length=(5, 0, 2))"))


def assert_as_numpy_impl(candidate, case, atol=2e-6):
    expected, answer = numpy_impl.run(case), candidate.run(case)
    for one, other in ((answer.outputs, expected.outputs), (answer.final_state, expected.final_state)):
        actual, wanted = flatten(one), flatten(other)
        assert len(actual) == len(wanted)
        for left, right in zip(actual.values(), wanted.values(), strict=True):
            assert left.dtype == right.dtype
            np.testing.assert_allclose(left, right, rtol=0, atol=atol)
