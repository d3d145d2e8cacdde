"""The fetched gates recombine, by formulas written here alone, to the recorded states and outputs."""

import numpy as np
import pytest

from rnn_parity.errors import RecordingError
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    Chunked,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
)
from tf_reference import gates, twin
from tf_reference.record import record

pytestmark = pytest.mark.needs_tf

LENGTHS = (4, 0, 2)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def trace_of(fixture, prefix="trace/0"):
    return {name.rpartition("/")[2]: a for name, a in fixture.arrays.items() if name.rpartition("/")[0] == prefix}


def record64(make_case, cell, run=None, **options):
    return record(make_case(cell, run, dtype="float64", **options))


@pytest.mark.parametrize("activation", [None, "linear", "relu", "ThresholdedReLU", "softmax"])
def test_gru_gates_recombine_to_h(make_case, activation):
    fixture = record64(make_case, GRUCell(num_units=3, activation=activation), DynamicRNN(initial_state=True))
    trace = trace_of(fixture)
    before = np.concatenate([fixture.arrays["initial_state"][np.newaxis], trace["h"][:-1]])
    np.testing.assert_allclose(trace["h"], trace["u"] * before + (1 - trace["u"]) * trace["c"], rtol=0, atol=1e-14)
    x = np.swapaxes(fixture.arrays["inputs"], 0, 1)
    kernel, bias = (fixture.arrays[f"weights/rnn/gru_cell/gates/{part}"] for part in ("kernel", "bias"))
    squashed = sigmoid(np.concatenate([x, before], axis=2) @ kernel + bias)
    np.testing.assert_allclose(np.concatenate([trace["r"], trace["u"]], axis=2), squashed, rtol=0, atol=1e-14)


@pytest.mark.parametrize("tuple_state", [True, False])
def test_basic_lstm_gates_recombine_to_c_and_h(make_case, tuple_state):
    cell = BasicLSTMCell(num_units=3, forget_bias=0.3, state_is_tuple=tuple_state)
    fixture = record64(make_case, cell, StaticRNN())
    trace = trace_of(fixture)
    before = np.concatenate([np.zeros((1, 3, 3)), trace["c"][:-1]])
    c = before * sigmoid(trace["f"] + 0.3) + sigmoid(trace["i"]) * np.tanh(trace["j"])
    np.testing.assert_allclose(trace["c"], c, rtol=0, atol=1e-14)
    np.testing.assert_allclose(trace["h"], np.tanh(c) * sigmoid(trace["o"]), rtol=0, atol=1e-14)
    np.testing.assert_array_equal(np.swapaxes(trace["h"], 0, 1), fixture.arrays["outputs"])


@pytest.mark.parametrize("tuple_state", [True, False])
def test_lstm_gates_recombine_with_peepholes_clips_and_projection(make_case, tuple_state):
    options = {"cell_clip": 0.4, "num_proj": 2, "proj_clip": 0.2, "state_is_tuple": tuple_state}
    cell = LSTMCell(num_units=3, use_peepholes=True, **options)
    fixture = record64(make_case, cell, Step(initial_state=True))
    trace = {gate: steps[0] for gate, steps in trace_of(fixture).items()}
    weights = {name.rpartition("lstm_cell/")[2]: a for name, a in fixture.arrays.items() if "weights/" in name}
    state = fixture.arrays.get("initial_state")
    c0 = fixture.arrays["initial_state/c"] if tuple_state else state[:, :3]
    h0 = fixture.arrays["initial_state/h"] if tuple_state else state[:, 3:]
    gate_sum = np.concatenate([fixture.arrays["inputs"], h0], axis=1) @ weights["kernel"] + weights["bias"]
    np.testing.assert_allclose(np.concatenate([trace[g] for g in "ijfo"], axis=1), gate_sum, rtol=0, atol=1e-14)
    forget, keep = sigmoid(trace["f"] + 1 + weights["w_f_diag"] * c0), sigmoid(trace["i"] + weights["w_i_diag"] * c0)
    c = np.clip(forget * c0 + keep * np.tanh(trace["j"]), -0.4, 0.4)
    h = sigmoid(trace["o"] + weights["w_o_diag"] * c) * np.tanh(c) @ weights["projection/kernel"]
    np.testing.assert_allclose(trace["c"], c, rtol=0, atol=1e-14)
    np.testing.assert_allclose(trace["h"], np.clip(h, -0.2, 0.2), rtol=0, atol=1e-14)
    assert trace["h"].shape == (3, 2)


def test_basic_rnn_traces_the_sum_before_the_activation(make_case):
    fixture = record64(make_case, BasicRNNCell(num_units=3))
    trace = trace_of(fixture)
    np.testing.assert_allclose(trace["h"], np.tanh(trace["z"]), rtol=0, atol=1e-15)


def test_traces_are_zero_past_each_row_s_length(make_case):
    fixture = record(make_case(run=DynamicRNN(sequence_length=LENGTHS)))
    for gate, steps in trace_of(fixture).items():
        active = np.any(steps != 0, axis=2)
        np.testing.assert_array_equal(active.sum(axis=0), LENGTHS, err_msg=gate)


@pytest.mark.parametrize("run", [BidirectionalDynamicRNN, StaticBidirectionalRNN])
@pytest.mark.parametrize("lengths", [LENGTHS, None])
def test_backward_traces_follow_the_order_of_reading(make_case, run, lengths):
    fixture = record64(make_case, GRUCell(num_units=3), run(sequence_length=lengths, initial_state=True))
    if run is StaticBidirectionalRNN:
        forward, backward = np.split(fixture.arrays["outputs"], 2, axis=2)
    else:
        forward, backward = fixture.arrays["outputs/fw"], fixture.arrays["outputs/bw"]
    forward_trace, backward_trace = trace_of(fixture, "trace/fw/0")["h"], trace_of(fixture, "trace/bw/0")["h"]
    for row, length in enumerate(lengths or (4, 4, 4)):
        np.testing.assert_allclose(forward_trace[:length, row], forward[row, :length], rtol=0, atol=1e-15)
        np.testing.assert_allclose(backward_trace[:length, row], backward[row, :length][::-1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("given", [True, False])
def test_chunks_that_carry_the_state_answer_like_one_run(make_case, given):
    whole = record64(make_case, GRUCell(num_units=3), DynamicRNN(initial_state=given))
    chunked = record64(make_case, GRUCell(num_units=3), Chunked(chunks=(1, 3), initial_state=given))
    for name in ("outputs", "final_state", "trace/0/c"):
        np.testing.assert_allclose(chunked.arrays[name], whole.arrays[name], rtol=0, atol=1e-15)


@pytest.mark.parametrize("given", [True, False])
def test_chunks_that_carry_nothing_start_like_the_first(make_case, given):
    run = Chunked(chunks=(1, 2, 1), initial_state=given, carry_state=False)
    fixture = record64(make_case, GRUCell(num_units=3), run)
    trace, start = trace_of(fixture), fixture.arrays.get("initial_state", np.zeros((3, 3)))
    before = np.stack([start, start, trace["h"][1], start])
    np.testing.assert_allclose(trace["h"], trace["u"] * before + (1 - trace["u"]) * trace["c"], rtol=0, atol=1e-14)
    np.testing.assert_array_equal(fixture.arrays["outputs"][:, 3], fixture.arrays["final_state"])


def test_every_layer_of_a_stack_is_traced(make_case):
    cells = (LSTMCell(num_units=4, num_proj=2, state_is_tuple=False), GRUCell(num_units=3))
    fixture = record64(make_case, MultiRNNCell(cells=cells, state_is_tuple=False), DynamicRNN(time_major=True))
    np.testing.assert_allclose(trace_of(fixture, "trace/1")["h"], fixture.arrays["outputs"], rtol=0, atol=1e-15)
    last = np.concatenate([trace_of(fixture)["c"][-1], trace_of(fixture)["h"][-1]], axis=1)
    np.testing.assert_allclose(fixture.arrays["final_state"][:, :6], last, rtol=0, atol=1e-15)


def test_twin_that_differs_from_tensorflow_is_refused(make_case, monkeypatch):
    monkeypatch.setattr(twin, "_active", lambda *_: [None] * 4)  # the twin does not freeze
    with pytest.raises(RecordingError, match=r"test/case.*the unrolled twin differs from (outputs|final_state)"):
        record(make_case())


def test_graph_without_the_expected_ops_is_refused(make_case, monkeypatch):
    monkeypatch.setattr(gates, "LSTM_GATES", ("i", "j", "f"))
    with pytest.raises(RecordingError, match="graph of LSTMCell is not as expected: 0 ops Split with 3 outputs"):
        record(make_case())
