"""ONNX Runtime as a candidate: what it claims agrees, what it cannot do it refuses with the reason."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from compatibility_claims import claims, recorded
from onnx import TensorProto, helper

from rnn_parity import Unsupported, check, load_cases
from rnn_parity.candidate import load_candidate

CLAIMED = 597  # of 947: may grow
CASES = {
    case.id: case for case in load_cases(["lstm/*", "gru/*", "basic-*/*", "cudnn-gru/*", "dropout/*", "attention/*"])
}


@pytest.fixture(scope="module")
def run():
    return load_candidate("onnxruntime")


def test_every_case_that_it_claims_agrees_and_the_page_says_so(run):
    verdict = check(load_cases(), run)
    assert [result.spec.id for result in verdict.results if result.verdict in ("differ", "error")] == []
    assert verdict.count("agree") >= CLAIMED
    assert claims(verdict.results) == recorded("onnxruntime"), "run `make compatibility`"


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("lstm/clip", "ONNX's LSTM does not clip c: its `clip` clips what enters the activations"),
        ("lstm/projection", "ONNX's LSTM does not project h"),
        ("basic-lstm/activation-gelu", "ONNX's RNN, GRU and LSTM do not have the activation gelu"),
        ("gru/float64-ragged-state", "ONNX Runtime has no recurrent node in float64"),
        ("attention/square", "ONNX's nodes take no attention between two steps"),
        ("dropout/bidirectional-ragged", "ONNX's nodes drop nothing of the state between two steps"),
    ],
)
def test_what_onnx_cannot_express_is_refused_with_the_reason(run, case, reason):
    with pytest.raises(Unsupported) as refusal:
        run(CASES[case].question())
    assert str(refusal.value) == reason


def raw_gru(lengths, state):
    """Return y and y_h of a bare GRU node over 3 steps, rows as given."""
    rows, units = len(lengths), 2
    inputs = ["X", "W", "R", "", "sequence_lens", "initial_h"]
    node = helper.make_node("GRU", inputs, ["Y", "Y_h"], hidden_size=units)
    shapes = {"X": [3, rows, 1], "W": [1, 6, 1], "R": [1, 6, 2], "initial_h": [1, rows, 2]}
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    given.append(helper.make_tensor_value_info("sequence_lens", TensorProto.INT32, [rows]))
    answered = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("Y", "Y_h")]
    model = helper.make_model(
        helper.make_graph([node], "gru", given, answered), opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    ones = {name: np.ones(shape, np.float32) for name, shape in shapes.items() if name != "initial_h"}
    given = {"sequence_lens": np.array(lengths, np.int32), "initial_h": np.full((1, rows, 2), state, np.float32)}
    return session.run(None, ones | given)


def test_a_bare_node_forgets_the_state_of_a_row_of_length_0_which_the_model_therefore_keeps_beside_it():
    _, final = raw_gru([3, 0], 0.5)
    assert np.all(final[0, 0] != 0)
    assert np.all(final[0, 1] == 0)  # TensorFlow: 0.5


def test_a_bare_node_refuses_lengths_beyond_the_steps_which_the_model_therefore_cuts():
    with pytest.raises(Exception, match="sequence_lens"):
        raw_gru([4, 1], 0.5)
