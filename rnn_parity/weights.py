"""Which variables a case owns in TensorFlow: names, shapes, and views of them per layer and per gate.

Names are those of a graph that holds nothing else, without ":0"; order is TensorFlow's order of creation.
Sources: tf_keras/src/layers/rnn/legacy_cells.py (build methods), tensorflow/python/ops/rnn.py (scopes),
tensorflow/contrib/rnn/python/ops/rnn.py (scopes of the stacked bidirectional runs).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, assert_never

import numpy as np

from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CaseSpec,
    Cell,
    Chunked,
    Directions,
    DynamicRNN,
    FusedRNN,
    MultiRNNCell,
    RawRNN,
    Shape,
    SingleCellSpec,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    StackSpec,
    StateSavingRNN,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
    single_cells,
    unwrapped,
)
from rnn_parity.structure import Array, cells_of, is_one_object, join, levels

_SCOPES = {  # of the stacks; a subclass is named after itself
    MultiRNNCell: "multi_rnn_cell",
    SummedMultiRNNCell: "summed_multi_rnn_cell",
}


class Layer(NamedTuple):
    """One cell of a case: its direction ('', 'fw' or 'bw'), number from 0, options, scope and input depth.

    Wrappers are no layers: they own nothing and add nothing to a name. Layers of one object have one scope.
    """

    direction: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls
    cell: SingleCellSpec
    scope: str
    depth: int


def layers(spec: CaseSpec) -> tuple[Layer, ...]:
    """Return all layers of a case: forward ones first, each direction from the input up."""
    cells = cells_of(spec)
    directions = ("fw", "bw") if isinstance(cells, Directions) else ("",)
    found: list[Layer] = []
    for direction, cell in zip(directions, cells, strict=True):
        built = "fw" if is_one_object(spec) else direction  # an object is built where it is called first
        below: list[Layer] = []
        for level in range(levels(spec) or 1):
            depth = spec.sizes.depth if level == 0 else 2 * cell.output_size
            here = _stack(cell, direction, join(_level_scope(spec, level), built), depth)
            below += [layer._replace(index=len(below) + layer.index) for layer in here]
        found += below
    return tuple(found)


def level_of(spec: CaseSpec, layer: Layer) -> int:
    """Return which level of a stacked bidirectional run a layer belongs to, from the input up; 0 in other runs."""
    return 0 if levels(spec) is None else layer.index // len(single_cells(spec.cell))


def variables(spec: CaseSpec) -> dict[str, Shape]:
    """Return name -> shape of all variables of a case, in TensorFlow's order of creation."""
    return {
        name: shape
        for layer in sorted(layers(spec), key=lambda layer: level_of(spec, layer))
        for own, whole in layer.cell.variables(layer.depth).items()
        for name, shape in stored_shapes(layer, own, whole).items()
    }


def layer_weights(spec: CaseSpec, weights: Mapping[str, Array]) -> list[dict[str, Array]] | Directions:
    """Return each layer's weights under the cell's own names; for two directions `Directions` of such lists."""
    found: dict[str, list[dict[str, Array]]] = {}
    for layer in layers(spec):
        found.setdefault(layer.direction, []).append(own_weights(layer, weights))
    return Directions(found["fw"], found["bw"]) if "fw" in found else found[""]


def own_weights(layer: Layer, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return one layer's weights under the cell's own names: the arrays themselves, or their parts joined by rows."""
    shapes = layer.cell.variables(layer.depth).items()
    return {name: _whole([weights[part] for part in stored_shapes(layer, name, shape)]) for name, shape in shapes}


def stored_weights(layer: Layer, own: Mapping[str, Array]) -> dict[str, Array]:
    """Return one layer's weights, or some of them, under TensorFlow's names and in TensorFlow's parts."""
    found: dict[str, Array] = {}
    for name, array in own.items():
        stored = stored_shapes(layer, name, array.shape)
        parts = [array]
        if len(stored) > 1:
            parts = np.split(array, np.cumsum([rows for rows, *_ in stored.values()])[:-1])
        found |= zip(stored, parts, strict=True)
    return found


def stored_shapes(layer: Layer, name: str, shape: Shape) -> dict[str, Shape]:
    """Return TensorFlow's variables, name -> shape, of one that is the layer's own: itself, or its parts in order."""
    if name not in layer.cell.shards:
        return {join(layer.scope, name): shape}
    rows, *rest = shape
    parts = np.array_split(np.arange(rows), min(rows, layer.cell.shards[name]))  # the first ones take what is over
    return {join(layer.scope, name, f"part_{k}"): (len(part), *rest) for k, part in enumerate(parts)}


def _whole(parts: list[Array]) -> Array:
    if len(parts) == 1:
        return parts[0]
    whole = np.concatenate(parts)
    whole.flags.writeable = False  # as all arrays of a case
    return whole


def gate_blocks(cell: SingleCellSpec, array: Array) -> dict[str, Array]:
    """Return gate letter -> column block (a view) of the cell's gate kernel or gate bias."""
    width = cell.num_units
    return {gate: array[..., k * width : (k + 1) * width] for k, gate in enumerate(cell.gate_order)}


def _stack(cell: Cell, direction: str, scope: str, depth: int) -> list[Layer]:
    inner = unwrapped(cell)
    if not isinstance(inner, StackSpec):
        return [Layer(direction, 0, inner, join(scope, inner.scope), depth)]
    found = []
    for index, single in enumerate(single_cells(inner)):
        place = 0 if inner.one_object else index
        name = join(scope, _SCOPES[type(inner)], f"cell_{place}", single.scope)
        found.append(Layer(direction, index, single, name, depth))
        depth = single.output_size
    return found


def _level_scope(spec: CaseSpec, level: int) -> str:
    """Return the scope around a level's directions; contrib's static run hands on its own, so that it has one less."""
    match spec.run:
        case Step() | FusedRNN():
            return ""
        case StaticRNN() | DynamicRNN() | RawRNN() | Chunked() | StateSavingRNN():
            return "rnn"
        case BidirectionalDynamicRNN() | StaticBidirectionalRNN():
            return "bidirectional_rnn"
        case StackBidirectionalRNN():
            return f"stack_bidirectional_rnn/cell_{level}"
        case StackBidirectionalDynamicRNN():
            return f"stack_bidirectional_rnn/cell_{level}/bidirectional_rnn"
        case _:
            assert_never(spec.run)
