"""A user's own cells and graphs, recorded: what the fixture holds, and that a right port of it agrees."""

import numpy as np
import pytest
from own_cells import LENGTHS, SIZES, OldCell, classifier, leaky, leaky_class, of_cell, of_graph, tagger

from rnn_parity.candidate import Result, case_of
from rnn_parity.compare import compare
from rnn_parity.fixture_file import content_hash, read_fixture, write_fixture
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    Chunked,
    DynamicRNN,
    LSTMStateTuple,
    OwnCell,
    RawRNN,
    Sizes,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    own_words,
)
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import check
from tf_reference.own.record import record_own, weak_weights

pytestmark = pytest.mark.needs_tf


def ported(case, *, leak=0.3):
    """Return LeakyCell's answer in NumPy, in the dtype of the case."""
    run, lead = case.spec.run, case.inputs.ndim - 2
    x = (
        case.inputs
        if getattr(run, "time_major", False) or isinstance(run, RawRNN)
        else np.moveaxis(case.inputs, 0, lead)
    )
    x = x.reshape((-1, *x.shape[-2:]))
    lengths = np.full(x.shape[1], len(x)) if case.sequence_length is None else case.sequence_length
    start = case.initial_state
    if isinstance(run, BidirectionalDynamicRNN | StaticBidirectionalRNN):
        ways = [case.layer_weights.fw[0], case.layer_weights.bw[0]]
        starts = start or (None, None)
        fw, final_fw = unrolled(x, lengths, ways[0], starts[0], leak)
        bw, final_bw = unrolled(turned(x, lengths), lengths, ways[1], starts[1], leak)
        pair = [array.swapaxes(0, 1) for array in (fw, turned(bw, lengths))]
        joined = np.concatenate(pair, 2) if isinstance(run, StaticBidirectionalRNN) else tuple(pair)
        return Result(joined, (final_fw, final_bw))
    outputs, final = unrolled(x, lengths, case.layer_weights[0], start, leak)
    if isinstance(run, Step):
        return Result(outputs[0], final)
    if isinstance(run, RawRNN):
        return Result(outputs[: max(lengths)], final)
    return Result(outputs if getattr(run, "time_major", False) else outputs.swapaxes(0, 1), final)


def turned(x, lengths):
    steps = np.arange(len(x))[:, np.newaxis]
    return np.take_along_axis(x, np.where(steps < lengths, lengths - 1 - steps, steps)[..., np.newaxis], 0)


def unrolled(x, lengths, weights, h, leak):
    kernel, bias, outputs = weights["kernel"], weights["bias"], []
    h = np.zeros((x.shape[1], len(bias)), x.dtype) if h is None else h
    leak = np.asarray(leak, x.dtype)
    for t, now in enumerate(x):
        new = leak * h + (1 - leak) * np.tanh(np.concatenate([now, h], 1) @ kernel + bias)
        active = (t < lengths)[:, np.newaxis]
        outputs.append(np.where(active, new, np.zeros_like(new)))
        h = np.where(active, new, h)
    return np.stack(outputs), h


RUNS = {
    "step": Step(initial_state=True),
    "static": StaticRNN(sequence_length=LENGTHS),
    "ragged": DynamicRNN(sequence_length=LENGTHS, initial_state=True, time_major=True),
    "raw": RawRNN(sequence_length=(3, 0, 2)),
    "fed": Chunked(chunks=(1, 3), carried="feed", initial_state=True),
    "both": BidirectionalDynamicRNN(sequence_length=LENGTHS, initial_state=True),
    "one-both-ways": StaticBidirectionalRNN(sequence_length=LENGTHS, cell_bw="cell_fw"),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_right_port_agrees_in_every_run_and_a_wrong_one_does_not(name):
    sizes = Sizes(batch_size=3, max_time=1, depth=2) if name == "step" else SIZES
    fixture = record_own(of_cell(run=RUNS[name], sizes=sizes))
    assert check([case_of(fixture)], ported).agrees
    assert check([case_of(fixture)], lambda case: ported(case, leak=0.3001)).exit_status == 1


def test_fixture_says_what_the_class_says_and_holds_what_a_catalogue_s_holds(tmp_path):
    fixture = record_own(of_cell())
    cell = fixture.spec.cell
    assert isinstance(cell, OwnCell)
    assert (cell.class_name, cell.scope, cell.state_size, cell.output_size) == ("LeakyCell", "leaky_cell", 3, 3)
    assert cell.variables(2) == {"kernel": (5, 3), "bias": (3,)}
    assert set(fixture.arrays) == {
        "weights/rnn/leaky_cell/kernel", "weights/rnn/leaky_cell/bias", "inputs", "sequence_length", "initial_state",
        "outputs", "final_state", "oracle64/outputs", "oracle64/final_state", "noise/outputs", "noise/final_state",
        "trace/0/state",
    }  # fmt: skip
    assert len(set(fixture.arrays["weights/rnn/leaky_cell/bias"])) == 3  # drawn, not the initializer's zeros
    write_fixture(tmp_path, fixture)
    assert content_hash(read_fixture(tmp_path / "own/case.safetensors")) == content_hash(fixture)
    assert content_hash(record_own(of_cell())) == content_hash(fixture)


def test_padding_and_rows_of_length_0_are_promised_exactly():
    case = case_of(record_own(of_cell()))

    def broken(case):
        answer = ported(case)
        outputs = answer.outputs.copy()
        outputs[1] = 1e-12
        return Result(outputs, answer.final_state)

    (result,) = check([case], broken).results
    assert (result.verdict, result.comparison.worst.problem) == ("differ", "padding")


@pytest.mark.parametrize(("dtype", "low", "high"), [("float16", 2e-4, 2e-2), ("float64", 6e-17, 6e-15)])
def test_a_cell_that_follows_the_dtype_is_recorded_in_every_one(dtype, low, high):
    fixture = record_own(of_cell(dtype=dtype))
    assert low < fixture.arrays["noise/outputs"] < high
    assert check([case_of(fixture)], ported).agrees


def test_state_of_a_class_of_its_own_keeps_its_names():
    fixture = record_own(of_cell(lambda: OldCell(3)))
    assert list(fixture.spec.cell.variables(2)) == ["W", "b", "U"]
    assert {"final_state/c", "final_state/m", "trace/0/c", "trace/0/m"} <= set(fixture.arrays)
    state = case_of(fixture).initial_state
    assert (type(state).__name__, state._fields, state.m.shape) == ("MyState", ("c", "m"), (3, 2))


def test_a_graph_is_recorded_as_a_whole_and_promises_what_it_kept():
    fixture = record_own(of_graph(tagger, sequence_length=LENGTHS, state_size=3))
    run, cell = fixture.spec.run, fixture.spec.cell
    assert (cell.class_name, cell.output_size, cell.state_size, run.per_step) == ("tagger", 2, 3, True)
    assert not run.zero_past_length  # logits there are the bias
    assert run.frozen_state

    def port(case):
        (weights,) = case.layer_weights
        own = {name: weights[f"rnn/leaky_cell/{name}"] for name in ("kernel", "bias")}
        outputs, final = unrolled(case.inputs.swapaxes(0, 1), case.sequence_length, own, case.initial_state, 0.3)
        return Result((outputs @ weights["logits/kernel"] + weights["logits/bias"]).swapaxes(0, 1), final)

    assert check([case_of(fixture)], port).agrees


def test_a_graph_that_answers_once_for_the_sequence_reads_ids_and_has_no_state():
    sizes = Sizes(batch_size=3, max_time=4, depth=1)
    fixture = record_own(of_graph(classifier, sequence_length=LENGTHS, ids=11, sizes=sizes))
    case = case_of(fixture)
    assert (case.inputs.dtype, case.inputs.shape, fixture.arrays["outputs"].shape) == (np.int32, (3, 4, 1), (3, 2))
    assert not any(name.startswith("final_state") for name in fixture.arrays)
    answer = Result(fixture.arrays["outputs"], None)
    assert compare(case, answer, Tolerance()).agrees
    (result,) = check([case], lambda _: Result(fixture.arrays["outputs"] + np.float32(1), None)).results
    assert (result.verdict, result.first.step, result.first.tensor) == ("differ", None, "outputs")


def test_zeros_past_the_length_of_a_graph_are_promised_where_they_were_seen():
    def masked(inputs, lengths, state):
        outputs, final = tagger(inputs, lengths, state)
        mask = np.arange(4) < np.asarray(LENGTHS)[:, np.newaxis]
        return outputs * mask[..., np.newaxis].astype(inputs.dtype.as_numpy_dtype), final

    assert record_own(of_graph(masked, sequence_length=LENGTHS, state_size=3)).spec.run.zero_past_length


def test_named_state_of_rnn_parity_is_given_to_a_graph_as_tensorflow_s():
    seen = []

    def graph(inputs, _, state):
        seen.append(type(state))
        return inputs, state

    fixture = record_own(of_graph(graph, state_size=LSTMStateTuple(3, 2)))
    assert seen[0].__module__.startswith("tf_keras")
    assert fixture.spec.cell.state_size == LSTMStateTuple(3, 2)
    assert {"final_state/c", "final_state/h"} <= set(fixture.arrays)


def test_initializers_weights_are_recorded_as_such_and_called_weak_where_they_are():
    fixture = record_own(of_cell(weights="initializers"))
    assert fixture.spec.cell.weights == "initializers"
    assert not fixture.arrays["weights/rnn/leaky_cell/bias"].any()
    assert weak_weights(fixture) == ("rnn/leaky_cell/bias",)


def test_given_weights_are_a_mapping_or_a_function_that_may_leave_some_to_drawing():
    own = {"rnn/leaky_cell/kernel": np.arange(15.0).reshape(5, 3) / 10, "rnn/leaky_cell/bias": np.ones(3), "Adam": 1.0}
    fixture = record_own(of_cell(weights=own))
    assert fixture.spec.cell.weights == "given"
    np.testing.assert_array_equal(
        fixture.arrays["weights/rnn/leaky_cell/kernel"], np.float32(own["rnn/leaky_cell/kernel"])
    )
    partly = record_own(of_cell(weights=lambda name, shape: np.full(shape, 0.5) if name.endswith("bias") else None))
    assert set(partly.arrays["weights/rnn/leaky_cell/bias"]) == {np.float32(0.5)}
    drawn = record_own(of_cell()).arrays["weights/rnn/leaky_cell/kernel"]
    np.testing.assert_array_equal(partly.arrays["weights/rnn/leaky_cell/kernel"], drawn)


def test_a_cell_of_one_dtype_is_recorded_without_an_oracle_and_its_noise_is_as_large():
    own = record_own(of_cell(lambda: leaky(own_dtype="float32"), float64=False))
    assert not own.spec.cell.has_float64
    assert not any(name.startswith("oracle64") for name in own.arrays)
    with_oracle = record_own(of_cell())
    for name in ("outputs", "final_state"):
        np.testing.assert_array_equal(own.arrays[name], with_oracle.arrays[name])
        assert 0.5 < own.arrays[f"noise/{name}"] / with_oracle.arrays[f"noise/{name}"] < 4
    assert check([case_of(own)], ported).agrees
    assert check([case_of(own)], lambda case: ported(case, leak=0.3001)).exit_status == 1


def test_options_make_the_cell_and_are_there_for_a_port():
    recording = of_cell(leaky_class(), options={"num_units": 3, "leak": 0.45}, weights="drawn")
    fixture = record_own(recording)
    assert fixture.spec.cell.options == {"num_units": 3, "leak": 0.45}
    assert check([case_of(fixture)], lambda case: ported(case, leak=case.spec.cell.options["leak"])).agrees
    assert next(own_words(fixture.spec.cell)).startswith("LeakyCell(num_units=3, leak=0.45), not TensorFlow's own")


def test_a_factory_with_a_dtype_is_given_that_of_the_graph():
    seen = []

    def factory(dtype):
        seen.append(dtype)
        return leaky(dtype=dtype)

    record_own(of_cell(factory))
    assert set(seen) == {"float32", "float64"}
