"""A graph of TensorFlow 1's as an oracle: its own operations of one step, executed step after step.

    outputs[t], states = step(inputs[t], states)       all layers of a step at once, wired as the graph wires them

Loops are left out and their steps run one by one; a kernel that runs the whole sequence is run as a whole. In float64
the same nodes compute in float64. Nothing else of the graph is imported, and nothing that may do more than compute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from rnn_parity.spec import DType
from rnn_parity.structure import Array
from tf_reference.environment import tensorflow
from tf_reference.legacy.found import Direction, FoundModel
from tf_reference.legacy.graph_columns import Column, Columns
from tf_reference.legacy.graph_cut import Cut, cut, graph_of
from tf_reference.legacy.graph_errors import OracleImpossibleError
from tf_reference.legacy.graph_nodes import Tensor
from tf_reference.legacy.graph_step import Step
from tf_reference.legacy.graph_variables import GraphDef
from tf_reference.legacy.graph_view import GraphView
from tf_reference.legacy.graph_weights import Weights
from tf_reference.legacy.safety import WITHOUT_FLOAT64

LayerState: TypeAlias = "Array | tuple[Array, Array]"  # h (B, H), or c and h


@dataclass(frozen=True)
class GraphOracle:
    """The steps of a graph's layers, to be run with these weights."""

    scope: str
    column: Column
    output: Tensor
    piece: Cut
    weights: Mapping[str, Array]  # placeholder -> values
    how: str  # which operations, from where, how many

    @property
    def ops(self) -> tuple[str, ...]:
        """The operations that are executed, each once, sorted."""
        return self.piece.ops

    @property
    def layers(self) -> int:
        """The number of layers: also where one object is several of them."""
        return len(self.column.steps)

    @property
    def has_float64(self) -> bool:
        """Whether every operation has float64; some kernels have not."""
        return not WITHOUT_FLOAT64.intersection(self.ops)

    def run(
        self, inputs: Array, initial_state: Sequence[LayerState], dtype: DType
    ) -> tuple[Array, Sequence[LayerState]]:
        """Return the outputs (B, T, H) and each layer's final state for inputs (B, T, D), in the order given.

        A backward direction's oracle is given the inputs backward. `initial_state` has (c, h) or h for each layer.

        Raises:
            OracleImpossibleError: TensorFlow refuses the operations, or one has no float64.
        """
        if dtype == "float64" and not self.has_float64:
            lacking = ", ".join(sorted(WITHOUT_FLOAT64.intersection(self.ops)))
            raise OracleImpossibleError(self.scope, f"{lacking} has no float64")
        try:
            with closing(_Run(self, dtype)) as run:
                outputs, final = (run.whole if self._is_whole else run.steps)(inputs, initial_state)
                return outputs, _nested_like(initial_state, final)
        except (tensorflow().errors.OpError, ValueError, TypeError) as error:
            reason = " ".join(str(error).split())[:300]
            raise OracleImpossibleError(self.scope, f"TensorFlow refuses its operations: {reason}") from error

    @property
    def _is_whole(self) -> bool:
        return self.column.steps[0].whole


def graph_oracle(
    graph_def: GraphDef, model: FoundModel, weights: Mapping[str, Array], direction: Direction | None = None
) -> GraphOracle:
    """Return the oracle of a model's layers, of one direction where it has two; `weights` by their names in the file.

    Raises:
        OracleImpossibleError: no step of all layers is recognised, or it needs what is not given.
        GraphError: see `tf_reference.legacy.graph_cut.cut`.
    """
    wanted = model.directions[0] if direction is None else direction
    view = GraphView(graph_def)
    known = Weights(view, model.cells)
    columns = Columns(view, known)
    column = _column(columns, model, wanted)
    given, aliases = _given(view, model, column), {each.output: each.value for each in column.dropouts}
    output = columns.output(column)
    fetched = [output, *(each for step in column.steps for each in _states(step.new_c, step.new_h))]
    piece = cut(view, known, fetched, given, aliases)
    missing = [name for node in piece.weights if (name := known.file_name(node) or "") not in weights]
    if missing:
        raise OracleImpossibleError(model.scope, f"the weights {', '.join(map(repr, missing))} are not given")
    values = {placeholder: weights[known.file_name(node) or ""] for node, placeholder in piece.weights.items()}
    return GraphOracle(model.scope, column, output, piece, values, _how(column, piece))


def _column(columns: Columns, model: FoundModel, direction: Direction) -> Column:
    """Return the first column of all layers in which x and the states are different tensors."""
    cells = [k for k, cell in enumerate(model.cells) if cell.direction == direction]
    first = {tuple(map(tuple, cell.parts.values())): k for k, cell in reversed(list(enumerate(model.cells)))}
    expected = tuple(first[tuple(map(tuple, model.cells[k].parts.values()))] for k in cells)
    found = [each for each in columns.all() if _is_of(each, expected)]
    if not found:
        seen = ", ".join(sorted({step.anchor for step in columns.steps})[:3]) or "none"
        raise OracleImpossibleError(
            model.scope, f"no step of its {_layers(len(expected))} was recognised in full (steps of a cell: {seen})"
        )
    for column in found:
        ports = [port for step in column.steps for port in _states(step.c, step.h)] + [column.x]
        if len(set(ports)) == len(ports):
            return column
    raise OracleImpossibleError(
        model.scope, f"x and the states of {found[0].steps[0].anchor!r} are one tensor, so they cannot be given apart"
    )


def _is_of(column: Column, expected: tuple[int, ...]) -> bool:
    if len({step.whole for step in column.steps}) > 1:
        return False
    return column.cells == expected or (len(expected) == 1 and set(column.cells) == set(expected))


def _given(view: GraphView, model: FoundModel, column: Column) -> dict[Tensor, str]:
    given = {column.x: "x"}
    for k, step in enumerate(column.steps):
        given |= {step.h: f"h_{k}"} | ({step.c: f"c_{k}"} if step.c else {})
        if step.whole:
            steps = view.resolve(view.nodes[step.anchor].inputs[0])
            if given.setdefault(steps, "steps") != "steps":
                raise OracleImpossibleError(model.scope, f"{step.anchor!r} takes its number of steps from its data")
    return given


def _states(c: Tensor, h: Tensor) -> tuple[Tensor, ...]:
    return (c, h) if c else (h,)


def _how(column: Column, piece: Cut) -> str:
    layers = _layers(len(column.steps))
    whole = column.steps[0].whole
    what = (
        f"the whole run of {layers}, executed at once" if whole else f"one step of {layers}, executed step after step"
    )
    dropped = ", ".join(each.evidence for each in column.dropouts)
    left_out = f"; dropout left out: {dropped}" if dropped else ""
    anchors = ", ".join(step.anchor for step in column.steps)
    count = f"{len(piece.nodes)} operations of the file's own graph ({', '.join(piece.ops)})"
    return f"{count} around {anchors}: {what}{left_out}"


def _layers(count: int) -> str:
    return f"{count} layer{'s' if count > 1 else ''}"


class _Run:
    """The small graph in a session of its own: one thread, no rewriting."""

    def __init__(self, oracle: GraphOracle, dtype: DType) -> None:
        tf = tensorflow()
        self.oracle, self.dtype = oracle, dtype
        graph = tf.Graph()
        with graph.as_default():
            tf.graph_util.import_graph_def(graph_of(oracle.piece, dtype), name="")
        config = tf.compat.v1.ConfigProto(
            intra_op_parallelism_threads=1, inter_op_parallelism_threads=1, device_count={"GPU": 0}
        )
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        self._session = tf.compat.v1.Session(graph=graph, config=config)

    def close(self) -> None:
        self._session.close()

    def steps(self, inputs: Array, initial_state: Sequence[LayerState]) -> tuple[Array, list[LayerState]]:
        states, outputs = list(initial_state), []
        for t in range(inputs.shape[1]):
            output, states = self._one(inputs[:, t], states, {})
            outputs.append(output)
        return np.stack(outputs, axis=1), states

    def whole(self, inputs: Array, initial_state: Sequence[LayerState]) -> tuple[Array, list[LayerState]]:
        steps = np.asarray(inputs.shape[1], np.int64)
        outputs, states = self._one(np.swapaxes(inputs, 0, 1), initial_state, {"steps": steps})
        last = [tuple(each[-1] for each in state) for state in states]
        return np.swapaxes(outputs, 0, 1), [(c, h) for c, h in last]

    def _one(self, x: Array, states: Sequence[LayerState], more: Mapping[str, Array]) -> tuple[Array, list[LayerState]]:
        """Return what the small graph answers: the output, and the new states nested like the old."""
        data = {"x": x}
        for k, (step, state) in enumerate(zip(self.oracle.column.steps, states, strict=True)):
            parts = state if isinstance(state, tuple) else (state,)
            data |= dict(zip(_named(step, k), parts, strict=True))
        floating = {name: np.asarray(array, self.dtype) for name, array in (data | dict(self.oracle.weights)).items()}
        fed = {f"{name}:0": array for name, array in (floating | dict(more)).items() if name in self._placeholders}
        new = [_states(step.new_c, step.new_h) for step in self.oracle.column.steps]
        fetches = (self.oracle.output, new)
        output, answered = self._session.run(_in_small(self.oracle.piece, fetches), fed)
        return output, [tuple(each) if len(each) > 1 else each[0] for each in answered]

    @cached_property
    def _placeholders(self) -> frozenset[str]:
        return frozenset((*self.oracle.piece.given.values(), *self.oracle.piece.weights.values()))


def _nested_like(given: Sequence[LayerState], final: Sequence[LayerState]) -> Sequence[LayerState]:
    """Return the final states in the nest that the first were given in: lists or tuples, LSTMStateTuple or pairs."""
    layers = [_like(old, new) for old, new in zip(given, final, strict=True)]
    return layers if isinstance(given, list) else tuple(layers)


def _like(given: Any, final: LayerState) -> LayerState:  # noqa: ANN401  an array or a tuple of two
    return type(given)(*final) if hasattr(given, "_fields") else final


def _named(step: Step, layer: int) -> tuple[str, ...]:
    return (f"c_{layer}", f"h_{layer}") if step.c else (f"h_{layer}",)


def _in_small(piece: Cut, fetches: Any) -> Any:  # noqa: ANN401  nested tuples and lists of tensors' names
    if isinstance(fetches, str):
        return piece.name(fetches)
    return type(fetches)(_in_small(piece, each) for each in fetches)
