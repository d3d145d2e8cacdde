"""What a file's own graph answers to a case: its layers' step, in each direction, around the rows and lengths of a run.

A row that ends is run over its own steps alone, past its end is 0, and backward is from its end: so any graph that has
one step answers every run of one direction or of two.
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
    Step,
    single_cells,
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

    @property
    def how(self) -> str:
        """Which operations answer."""
        return "; ".join(dict.fromkeys(oracle.how for oracle in self.oracles))

    @property
    def has_float64(self) -> bool:
        """Whether all of it answers in float64."""
        return all(oracle.has_float64 for oracle in self.oracles)

    def answers(self, spec: CaseSpec, arrays: Arrays, dtype: DType) -> dict[str, Array]:
        """Return the outputs and final states of a case, by the names of a fixture."""
        inputs = _batch_major_inputs(spec, arrays)
        lengths = arrays.get("sequence_length", np.full(spec.sizes.batch_size, inputs.shape[1]))
        ways = len(cells_of(spec))
        outputs: list[Array] = [np.zeros((*inputs.shape[:2], cell.output_size), dtype) for cell in cells_of(spec)]
        leaves = {path: array.astype(dtype) for path, array in _initial(spec, arrays).items()}
        for length in np.unique(np.minimum(lengths, inputs.shape[1])):
            rows = np.flatnonzero(np.minimum(lengths, inputs.shape[1]) == length)
            if length == 0:
                continue  # the state stays, the outputs are 0
            state = unflatten(case_state_size(spec), {path: leaf[rows] for path, leaf in leaves.items()})
            finals = []
            for way, cell in enumerate(cells_of(spec)):
                x = inputs[rows, :length][:, :: -1 if way else 1].astype(dtype)
                answered, layers = self.oracles[way % len(self.oracles)].run(
                    x, _layers_of(cell, state[way] if ways > 1 else state), dtype
                )
                outputs[way][rows, :length] = answered[:, :: -1 if way else 1]
                finals.append(_nested(cell, layers))
            final = flatten(tuple(finals) if ways > 1 else finals[0])
            for leaf, array in zip(leaves.values(), final.values(), strict=True):  # the same order, left to right
                leaf[rows] = array
        named = _named_outputs(spec, outputs)
        return named | {join("final_state", path): leaf for path, leaf in leaves.items()}


def runs_by_layers(spec: CaseSpec) -> str:
    """Return why no graph's layers can answer the case, or ''."""
    if isinstance(spec.run, LEVELS):
        return "the levels of a stacked bidirectional run read both directions"
    flat = [one for cell in cells_of(spec) for one in (cell, *single_cells(cell)) if isinstance(cell, CellSpec)]
    return "states are one array each" if any(not getattr(one, "state_is_tuple", True) for one in flat) else ""


def _batch_major_inputs(spec: CaseSpec, arrays: Arrays) -> Array:
    if isinstance(spec.run, Step):
        return arrays["inputs"][:, np.newaxis]
    return arrays["inputs"].swapaxes(0, 1) if is_time_major(spec) else arrays["inputs"]


def _initial(spec: CaseSpec, arrays: Arrays) -> dict[str, Array]:
    return {
        path: arrays.get(join("initial_state", path), np.zeros(shape, spec.dtype))
        for path, shape in state_shapes(spec).items()
    }


def _layers_of(cell: CellSpec, state: Any) -> list[Any]:  # noqa: ANN401  nested as TensorFlow's
    """Return a direction's state as a list of layers, each (c, h) or h."""
    parts = state if len(single_cells(cell)) > 1 else (state,)
    return [tuple(part) if isinstance(part, tuple) else part for part in parts]


def _nested(cell: CellSpec, layers: Layers) -> Any:  # noqa: ANN401  as above
    return tuple(layers) if len(single_cells(cell)) > 1 else layers[0]


def _named_outputs(spec: CaseSpec, outputs: list[Array]) -> dict[str, Array]:
    """Return the outputs as the run has them: joined, apart, of one step or time first."""
    shapes = [name for name in result_shapes(spec) if name.startswith("outputs")]
    whole = outputs if len(shapes) > 1 else [np.concatenate(outputs, axis=2)]
    if isinstance(spec.run, Step):
        whole = [array[:, 0] for array in whole]
    elif is_time_major(spec):
        whole = [array.swapaxes(0, 1) for array in whole]
    return {name: np.ascontiguousarray(array) for name, array in zip(shapes, whole, strict=True)}
