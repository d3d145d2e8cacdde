"""ONNX Runtime as a candidate: a case becomes a model of RNN, GRU and LSTM nodes, run on one thread of the CPU.

The model is `rnn_parity.layouts.onnx_model.to_model`'s. Beside the nodes it has what a port has to add: a Where that
gives rows of length 0 the state that they began with (ONNX Runtime answers 0), lengths cut to T (it refuses longer
ones), and what wrappers compute of inputs and outputs. Where a DropoutWrapper drops states the model is run a step at a
time, as nothing can be done to a state inside a node. float16 is computed as ONNX Runtime does on a CPU, in float32
between casts; of float64 it has no recurrent nodes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.layer_states import LayerState
from rnn_parity.candidates.whole_sequences import Masks, States, run_calls, state_factors, ways
from rnn_parity.errors import CandidateLoadError, LayoutInexpressibleError
from rnn_parity.masks import mask_shapes
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
    by_steps = any("/state" in name for name in mask_shapes(case.spec)) and len(ways(case)) == 1
    try:
        model = to_model(case.spec, case.weights, drops_states=not by_steps)
    except LayoutInexpressibleError as error:
        raise Unsupported(error.reason) from error
    session = _session(model)

    def whole(x: Array, states: States, masks: Masks) -> tuple[dict[str, Array], States]:
        return _answer(case, session, x, states, masks, case.sequence_length)

    def step_by_step(x: Array, states: States, masks: Masks) -> tuple[dict[str, Array], States]:
        return _steps(case, session, x, states, masks)

    return run_calls(case, step_by_step if by_steps else whole)


def _answer(  # noqa: PLR0913  what a call is given, and by whom
    case: Case,
    session: onnxruntime.InferenceSession,
    x: Array,
    states: States,
    masks: Masks,
    lengths: Array | None,
) -> tuple[dict[str, Array], States]:
    """Return the outputs of each direction and the final states of one run of the model."""
    feeds = {"X": x} | _named(states) | {join("dropout", name): mask for name, mask in masks.items()}
    if lengths is not None:
        feeds["sequence_lens"] = lengths.astype(np.int32)
    taken = {one.name for one in session.get_inputs()}
    names = [one.name for one in session.get_outputs()]
    found = session.run(names, {name: array for name, array in feeds.items() if name in taken})
    answer = dict(zip(names, found, strict=True))
    return {way: answer[join("Y", way)] for way in ways(case)}, _taken(answer, states)


def _steps(
    case: Case, session: onnxruntime.InferenceSession, x: Array, states: States, masks: Masks
) -> tuple[dict[str, Array], States]:
    """Return the same of one run a step, with what is dropped of the states between them."""
    factors = state_factors(case, "", masks, x.shape[:2])
    outputs = []
    for step in range(len(x)):
        until = slice(step, step + 1)
        given = {name: mask[until] for name, mask in masks.items()}
        lengths = None if case.sequence_length is None else np.clip(case.sequence_length - step, 0, 1)
        answer, states = _answer(case, session, x[until], states, given, lengths)
        outputs.append(answer[""])
        running = np.ones(x.shape[1], bool) if lengths is None else lengths > 0
        kept = zip(states[""], factors, strict=True)
        states = {"": [_dropped(state, [one[step] for one in factor], running) for state, factor in kept]}
    return {"": np.concatenate(outputs)}, states


def _dropped(state: LayerState, factors: list[Array], running: Array) -> LayerState:
    """Return a layer's state times its factors, in the rows (B,) that run."""
    pairs = zip(state, factors, strict=True)
    return tuple(np.where(running[:, np.newaxis], part * factor, part) for part, factor in pairs)


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
