"""What a file's own graph answers to a case: its layers' step, in each direction, around the rows and lengths of a run.

A row that ends is run over its own steps alone, past its end is 0, and backward is from its end: so any graph that has
one step answers every run of one direction or of two, and one that has a step of each level every stacked run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from rnn_parity.spec import (
    CaseSpec,
    CellSpec,
    DType,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    StackSpec,
    Step,
    unwrapped,
)
from rnn_parity.structure import (
    Array,
    case_state_size,
    cells_of,
    flatten,
    is_time_major,
    join,
    result_shapes,
    state_shapes,
    unflatten,
)

Arrays = Mapping[str, Array]
LEVELS = (StackBidirectionalRNN, StackBidirectionalDynamicRNN)
Layers = Sequence[Any]  # of each layer (c, h), or h


class LayersOracle(Protocol):
    """The layers of one direction as a graph computes them: `tf_reference.legacy.oracle.GraphOracle`."""

    @property
    def how(self) -> str:
        """Which operations, from where."""

    @property
    def has_float64(self) -> bool:
        """Whether it answers in float64 as well."""

    @property
    def layers(self) -> int:
        """How many layers it runs."""

    def run(self, inputs: Array, initial_state: Layers, dtype: DType) -> tuple[Array, Layers]:
        """Return outputs (B, T, H) and each layer's state for inputs (B, T, D)."""


@dataclass(frozen=True)
class GraphCase:
    """The oracles of a model's directions, forward first; one for both where both are one object."""

    oracles: tuple[LayersOracle, ...]
    above: tuple[tuple[LayersOracle, ...], ...] = ()  # of the levels above the first, each like `oracles`

    @property
    def levels(self) -> tuple[tuple[LayersOracle, ...], ...]:
        """The oracles of each level, one level where a run is not stacked."""
        return (self.oracles, *self.above)

    @property
    def how(self) -> str:
        """Which operations answer."""
        return "; ".join(dict.fromkeys(oracle.how for level in self.levels for oracle in level))

    @property
    def has_float64(self) -> bool:
        """Whether all of it answers in float64."""
        return all(oracle.has_float64 for level in self.levels for oracle in level)

    def answers(self, spec: CaseSpec, arrays: Arrays, dtype: DType) -> dict[str, Array]:
        """Return the outputs and final states of a case, by the names of a fixture."""
        inputs = _batch_major_inputs(spec, arrays)
        lengths = arrays.get("sequence_length", np.full(spec.sizes.batch_size, inputs.shape[1]))
        outputs: list[Array] = [np.zeros((*inputs.shape[:2], cell.output_size), dtype) for cell in cells_of(spec)]
        leaves = {path: array.astype(dtype) for path, array in _initial(spec, arrays).items()}
        for length in np.unique(np.minimum(lengths, inputs.shape[1])):
            rows = np.flatnonzero(np.minimum(lengths, inputs.shape[1]) == length)
            if length == 0:
                continue  # the state stays, the outputs are 0
            state = unflatten(case_state_size(spec), {path: leaf[rows] for path, leaf in leaves.items()})
            answered, final = self._answered(spec, inputs[rows, :length].astype(dtype), state, dtype)
            for output, rows_of_it in zip(outputs, answered, strict=True):
                output[rows, :length] = rows_of_it
            for leaf, array in zip(leaves.values(), flatten(final).values(), strict=True):  # the same order
                leaf[rows] = array
        named = _named_outputs(spec, outputs)
        return named | {join("final_state", path): leaf for path, leaf in leaves.items()}

    def _answered(self, spec: CaseSpec, x: Array, state: Any, dtype: DType) -> tuple[list[Array], Any]:  # noqa: ANN401  nested as TensorFlow's
        """Return the outputs of each direction and the final state for rows x (B, T, D) of one length.

        A level reads both directions' outputs of the level below, side by side.
        """
        cells, stacked = cells_of(spec), isinstance(spec.run, LEVELS)
        states = state if len(cells) > 1 else (state,)
        finals: list[list[Any]] = [[] for _ in cells]
        answered: list[Array] = []
        for level, oracles in enumerate(self.levels):
            answered = []
            for way, cell in enumerate(cells):
                turn = slice(None, None, -1 if way else 1)
                begun = states[way][level] if stacked else states[way]
                out, layers = oracles[way % len(oracles)].run(x[:, turn], _layers_of(cell, begun), dtype)
                answered.append(out[:, turn])
                finals[way].append(_nested(cell, layers))
            x = np.concatenate(answered, axis=2)
        ended = [tuple(each) if stacked else each[0] for each in finals]
        return answered, tuple(ended) if len(cells) > 1 else ended[0]


def _batch_major_inputs(spec: CaseSpec, arrays: Arrays) -> Array:
    if isinstance(spec.run, Step):
        return arrays["inputs"][:, np.newaxis]
    return arrays["inputs"].swapaxes(0, 1) if is_time_major(spec) else arrays["inputs"]


def _initial(spec: CaseSpec, arrays: Arrays) -> dict[str, Array]:
    return {
        path: arrays.get(join("initial_state", path), np.zeros(shape, spec.dtype))
        for path, shape in state_shapes(spec).items()
    }


def _layers_of(cell: CellSpec, state: Any) -> list[Any]:  # noqa: ANN401  nested as TensorFlow's, or one array
    """Return a direction's state as a list of layers, each (c, h) or h."""
    stack = unwrapped(cell)
    if not isinstance(stack, StackSpec):
        return [_parts_of(stack, state)]
    parts = state if stack.state_is_tuple else _cut(state, [one.state_size for one in stack.cells])
    return [_parts_of(unwrapped(one), part) for one, part in zip(stack.cells, parts, strict=True)]


def _parts_of(single: Any, state: Any) -> Any:  # noqa: ANN401  a cell and its state
    if isinstance(state, tuple):
        return tuple(state)
    return state if getattr(single, "state_is_tuple", True) else tuple(_cut(state, [single.num_units]))


def _cut(state: Array, widths: Sequence[Any]) -> list[Array]:
    """Return an array (B, sum) in pieces of these widths; the last is what is left, whether it is named or not."""
    ends = np.cumsum(widths)
    return [piece for piece in np.split(state, ends, axis=1) if piece.shape[1]]


def _nested(cell: CellSpec, layers: Layers) -> Any:  # noqa: ANN401  as above
    stack = unwrapped(cell)
    if not isinstance(stack, StackSpec):
        return _joined(stack, layers[0])
    parts = [_joined(unwrapped(one), layer) for one, layer in zip(stack.cells, layers, strict=True)]
    return tuple(parts) if stack.state_is_tuple else np.concatenate(parts, axis=1)


def _joined(single: Any, layer: Any) -> Any:  # noqa: ANN401  a cell and (c, h) or h
    return layer if getattr(single, "state_is_tuple", True) else np.concatenate(layer, axis=1)


def _named_outputs(spec: CaseSpec, outputs: list[Array]) -> dict[str, Array]:
    """Return the outputs as the run has them: joined, apart, of one step or time first."""
    shapes = [name for name in result_shapes(spec) if name.startswith("outputs")]
    whole = outputs if len(shapes) > 1 else [np.concatenate(outputs, axis=2)]
    if isinstance(spec.run, Step):
        whole = [array[:, 0] for array in whole]
    elif is_time_major(spec):
        whole = [array.swapaxes(0, 1) for array in whole]
    return {name: np.ascontiguousarray(array) for name, array in zip(shapes, whole, strict=True)}
