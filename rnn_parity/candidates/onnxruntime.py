"""ONNX Runtime as a candidate: a case becomes a model of RNN, GRU and LSTM nodes, run on one thread of the CPU.

The model is `rnn_parity.layouts.onnx_model.to_model`'s. Beside the nodes it has what a port has to add: a Where that
gives rows of length 0 the state that they began with (ONNX Runtime answers 0), lengths cut to T (it refuses longer
ones), and what wrappers compute of inputs and outputs. float16 is computed as ONNX Runtime does on a CPU, in float32
between casts; of float64 it has no recurrent nodes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.whole_sequences import Masks, States, run_calls, ways
from rnn_parity.errors import CandidateLoadError, LayoutInexpressibleError
from rnn_parity.structure import Array, join

try:
    import onnxruntime

    from rnn_parity.layouts.onnx_model import to_model
except ImportError as error:
    reason = f"{error}. Install it with `pip install 'rnn-parity[onnx]'`"
    raise CandidateLoadError("onnxruntime", reason) from error

FLOAT64 = "ONNX Runtime has no recurrent node in float64"
TUPLES = "ONNX's nodes read one array a step"


def run(case: Case) -> Result:
    """Return what ONNX Runtime computes."""
    if case.spec.dtype == "float64":
        raise Unsupported(FLOAT64)
    if isinstance(case.inputs, tuple):
        raise Unsupported(TUPLES)
    try:
        model = to_model(case.spec, case.weights)
    except LayoutInexpressibleError as error:
        raise Unsupported(error.reason) from error
    session = _session(model)

    def call(x: Array, states: States, masks: Masks) -> tuple[dict[str, Array], States]:
        feeds = {"X": x} | _named(states) | {join("dropout", name): mask for name, mask in masks.items()}
        if case.sequence_length is not None:
            feeds["sequence_lens"] = case.sequence_length
        names = [one.name for one in session.get_outputs()]
        answer = dict(zip(names, session.run(names, feeds), strict=True))
        return {way: answer[join("Y", way)] for way in ways(case)}, _taken(answer, states)

    return run_calls(case, call)


def _session(model: Any) -> onnxruntime.InferenceSession:  # noqa: ANN401  onnx.ModelProto
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _named(states: States) -> dict[str, Array]:
    """Return the model's names of the initial states -> the arrays."""
    return {
        join("initial", way, str(number), name): np.ascontiguousarray(part)
        for way, layers in states.items()
        for number, state in enumerate(layers)
        for name, part in zip("ch"[-len(state) :], state, strict=True)
    }


def _taken(answer: dict[str, Array], states: States) -> States:
    """Return the final states of the model, nested as its initial ones."""
    return {
        way: [
            tuple(answer[join("final", way, str(number), name)] for name in "ch"[-len(state) :])
            for number, state in enumerate(layers)
        ]
        for way, layers in states.items()
    }
