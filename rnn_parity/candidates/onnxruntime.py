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
import onnxruntime

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.layer_states import LayerState
from rnn_parity.candidates.whole_sequences import Masks, States, run_calls, state_factors, ways
from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.onnx_model import to_model
from rnn_parity.masks import mask_shapes
from rnn_parity.structure import Array, join

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
    live = _Live(case, model)
    return run_calls(case, live.step_by_step if by_steps else live.whole)


class _Live:
    """A case and the session of its model."""

    def __init__(self, case: Case, model: Any) -> None:  # noqa: ANN401  onnx.ModelProto
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=providers)
        self._lengths, self._ways = case.sequence_length, ways(case)
        self._case = case

    def whole(self, x: Array, states: States, masks: Masks) -> tuple[dict[str, Array], States]:
        """Return the outputs of each direction and the final states of one run of the model."""
        return self._answer({"X": x, **_masks(masks)}, states, self._lengths)

    def step_by_step(self, x: Array, states: States, masks: Masks) -> tuple[dict[str, Array], States]:
        """Return the same of one run a step, with what is dropped of the states between them."""
        factors = state_factors(self._case, "", masks, x.shape[:2])
        outputs = []
        for step in range(len(x)):
            until = slice(step, step + 1)
            given = {name: mask[until] for name, mask in masks.items() if "/state" not in name}
            lengths = None if self._lengths is None else np.clip(self._lengths - step, 0, 1)
            answer, states = self._answer({"X": x[until], **_masks(given)}, states, lengths)
            outputs.append(answer[""])
            running = np.ones(x.shape[1], bool) if lengths is None else lengths > 0
            kept = zip(states[""], factors, strict=True)
            states = {"": [_dropped(state, [one[step] for one in factor], running) for state, factor in kept]}
        return {"": np.concatenate(outputs)}, states

    def _answer(
        self, given: dict[str, Array], states: States, lengths: Array | None
    ) -> tuple[dict[str, Array], States]:
        feeds = given | _named(states)
        if lengths is not None:
            feeds["sequence_lens"] = lengths.astype(np.int32)
        names = [one.name for one in self._session.get_outputs()]
        answer = dict(zip(names, self._session.run(names, feeds), strict=True))
        return {way: answer[join("Y", way)] for way in self._ways}, _taken(answer, states)


def _masks(masks: Masks) -> dict[str, Array]:
    return {join("dropout", name): mask for name, mask in masks.items()}


def _dropped(state: LayerState, factors: list[Array], running: Array) -> LayerState:
    """Return a layer's state times its factors, in the rows (B,) that run."""
    pairs = zip(state, factors, strict=True)
    return tuple(np.where(running[:, np.newaxis], part * factor, part) for part, factor in pairs)


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
