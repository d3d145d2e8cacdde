"""ONNX Runtime as a candidate: a case becomes a model of RNN, GRU and LSTM nodes, run on one thread of the CPU.

The model is `rnn_parity.layouts.onnx_model.to_model`'s. Beside the nodes it has what a port has to add: a Where that
gives rows of length 0 the state that they began with (ONNX Runtime answers 0), lengths cut to T (it refuses longer
ones), and what wrappers compute of inputs and outputs. float16 is computed as ONNX Runtime does on a CPU, in float32
between casts; of float64 it has no recurrent nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.errors import CandidateLoadError, LayoutInexpressibleError

try:
    import onnxruntime

    from rnn_parity.layouts.onnx_model import state_names, to_model
except ImportError as error:
    reason = f"{error}. Install it with `pip install 'rnn-parity[onnx]'`"
    raise CandidateLoadError("onnxruntime", reason) from error

from rnn_parity.layouts.states import LayerState, joined_state, layer_states
from rnn_parity.masks import sites
from rnn_parity.spec import BidirectionalDynamicRNN, Chunked, Directions, StateSavingRNN, Step, single_cells
from rnn_parity.structure import Array, Tree, answered_steps, case_state_size, cells_of, is_time_major, join, levels, map_tree

FLOAT64 = "ONNX Runtime has no recurrent node in float64"
TUPLES = "ONNX's nodes read one array a step"
NO_MASKS = "something is dropped, and the case does not say what"


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
    return _Run(case, _session(model)).result()


def _session(model: Any) -> onnxruntime.InferenceSession:  # noqa: ANN401  onnx.ModelProto
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


class _Run:
    """One case and the session of its model: arrays by the model's names, in and out."""

    def __init__(self, case: Case, session: onnxruntime.InferenceSession) -> None:
        self._case, self._session = case, session
        cells = cells_of(case.spec)
        self._ways = dict(zip(Directions._fields if len(cells) > 1 else ("",), cells, strict=True))

    def result(self) -> Result:
        case = self._case
        x, state = self._time_major(case.inputs), self._start()
        masks = self._masks()
        outputs: list[dict[str, Array]] = []
        for steps, is_fresh in self._calls():
            state = self._start() if is_fresh else state
            part, state = self._call(x[steps], state, {name: mask[steps] for name, mask in masks.items()})
            outputs.append(part)
        whole = [np.concatenate([part[way] for part in outputs]) for way in self._ways]
        return Result(self._as_asked(whole), self._final(state))

    def _calls(self) -> Iterator[tuple[slice, bool]]:
        """Yield the steps of each call, and whether it starts as the first did."""
        run = self._case.spec.run
        chunks = run.chunks if isinstance(run, Chunked | StateSavingRNN) else (answered_steps(self._case.spec),)
        carries = getattr(run, "carry_state", True)
        ends = np.cumsum(chunks)
        for start, end in zip([0, *ends[:-1]], ends, strict=True):
            yield slice(start, end), start == 0 or not carries

    def _call(
        self, x: Array, state: dict[str, Array], masks: dict[str, Array]
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return the outputs of each direction, (T, B, H), and the final state, by the model's names."""
        feeds = {"X": x, **state, **masks}
        if self._case.sequence_length is not None:
            feeds["sequence_lens"] = self._case.sequence_length
        names = [one.name for one in self._session.get_outputs()]
        answer = dict(zip(names, self._session.run(names, feeds), strict=True))
        finals = {f"initial{name.removeprefix('final')}": array for name, array in answer.items() if "final" in name}
        return {way: answer[join("Y", way)] for way in self._ways}, finals

    def _time_major(self, array: Array) -> Array:
        if isinstance(self._case.spec.run, Step):
            return array[np.newaxis]
        return array if is_time_major(self._case.spec) else array.swapaxes(0, 1)

    def _start(self) -> dict[str, Array]:
        """Return the initial state by the model's names; zeros where the case has none."""
        spec = self._case.spec
        rows, tree = spec.sizes.batch_size, self._case.initial_state
        if tree is None:
            tree = map_tree(lambda width: np.zeros((rows, width), spec.dtype), case_state_size(spec))
        given = zip(self._ways.items(), tree if len(self._ways) > 1 else (tree,), strict=True)
        named: dict[str, Array] = {}
        for (way, cell), own in given:
            places = own if levels(spec) is not None else (own,)
            for number, state in enumerate(state for place in places for state in layer_states(cell, place)):
                names = ("c", "h") if len(state) > 1 else ("h",)
                named |= {join("initial", way, str(number), name): part for name, part in zip(names, state, strict=True)}
        return named

    def _final(self, named: dict[str, Array]) -> Tree:
        spec, found = self._case.spec, []
        for way, cell in self._ways.items():
            states = self._by_layer(way, cell, named)
            if levels(spec) is None:
                found.append(joined_state(cell, states))
            else:
                found.append(tuple(joined_state(cell, states) for _ in range(levels(spec) or 1)))
        return Directions(*found) if len(found) > 1 else found[0]

    def _by_layer(self, way: str, cell: Any, named: dict[str, Array]) -> Iterator[LayerState]:  # noqa: ANN401  a CellSpec
        singles = single_cells(cell) * (levels(self._case.spec) or 1)
        for number, single in enumerate(singles):
            yield tuple(named[join("initial", way, str(number), name)] for name in state_names(single))

    def _masks(self) -> dict[str, Array]:
        """Return the masks by the model's names, as factors, those of the backward direction in order of time."""
        found: dict[str, Array] = {}
        for way, own in sites(self._case.spec).items():
            for site in own:
                if site.name not in self._case.dropout:
                    raise Unsupported(NO_MASKS)
                kept = self._case.dropout[site.name]
                factors = kept.astype(self._case.spec.dtype) / np.asarray(site.keep_prob, self._case.spec.dtype)
                found[join("dropout", site.name)] = self._reversed(factors) if way == "bw" else factors
        return found

    def _reversed(self, array: Array) -> Array:
        """Return (T, B, ...) with each row turned around within its length."""
        lengths = self._case.sequence_length
        if lengths is None:
            return array[::-1]
        steps = np.arange(len(array))[:, np.newaxis]
        index = np.where(steps < lengths, np.minimum(lengths, len(array)) - 1 - steps, steps)
        return np.take_along_axis(array, index[..., np.newaxis], axis=0)

    def _as_asked(self, outputs: list[Array]) -> Tree:
        """Return the outputs (T, B, H) of each direction as the run answers them."""
        spec = self._case.spec
        if isinstance(spec.run, Step):
            return outputs[0][0]
        turned = [array if is_time_major(spec) else array.swapaxes(0, 1) for array in outputs]
        if isinstance(spec.run, BidirectionalDynamicRNN):
            return Directions(*turned)
        return np.concatenate(turned, axis=-1)
