"""Which variables a case owns in TensorFlow: names, shapes, and views of them per layer, wrapper and gate.

Names are those of a graph that holds nothing else, without ":0"; order is TensorFlow's order of creation.
Sources: tf_keras/src/layers/rnn/legacy_cells.py (build methods), tensorflow/python/ops/rnn.py (scopes),
tensorflow/contrib/rnn/python/ops/rnn.py (scopes of the stacked bidirectional runs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias, assert_never

import numpy as np

from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CaseSpec,
    CellSpec,
    Chunked,
    Directions,
    DynamicRNN,
    FusedRNN,
    MultiRNNCell,
    OwnGraph,
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
    WrapperSpec,
    single_cells,
)
from rnn_parity.structure import Array, cells_of, is_one_object, join, levels

REMEMBERED = 1024  # cases whose owners are remembered: a diagnosis asks often; enough for the catalogue
_SCOPES = {  # of the stacks; a subclass is named after itself
    MultiRNNCell: "multi_rnn_cell",
    SummedMultiRNNCell: "summed_multi_rnn_cell",
}


class Layer(NamedTuple):
    """One cell of a case: its direction ('', 'fw' or 'bw'), number from 0, options, scope and input depth.

    Wrappers are no layers, though some put a scope around a layer's. Layers of one object have one scope.
    """

    direction: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls
    cell: SingleCellSpec
    scope: str
    depth: int


class Wrapping(NamedTuple):
    """One wrapper of a case that owns variables, which lie in its scope; `index` is that of the first layer in it."""

    direction: str
    index: int  # type: ignore[assignment]  # as above
    cell: WrapperSpec
    scope: str
    depth: int


Owner: TypeAlias = Layer | Wrapping


def layers(spec: CaseSpec) -> tuple[Layer, ...]:
    """Return all layers of a case: forward ones first, each direction from the input up."""
    return _found(spec).layers


def wrappings(spec: CaseSpec) -> tuple[Wrapping, ...]:
    """Return all wrappers with variables: forward ones first, from the input up, the outer one before the inner."""
    return _found(spec).wrappings


def owners(spec: CaseSpec) -> tuple[Owner, ...]:
    """Return all that owns variables, in the order of `layers` and `wrappings`, wrappers before what is in them."""
    return _found(spec).owners


def level_of(spec: CaseSpec, owner: Owner) -> int:
    """Return which level of a stacked bidirectional run an owner belongs to, from the input up; 0 in other runs."""
    return 0 if levels(spec) is None else owner.index // len(single_cells(spec.cell))


def variables(spec: CaseSpec) -> dict[str, Shape]:
    """Return name -> shape of all variables of a case, in TensorFlow's order of creation."""
    return {
        name: shape
        for piece in _pieces(spec)
        for own, whole in piece.variables.items()
        for name, shape in stored_shapes(piece.owner, own, whole).items()
    }


def layer_weights(spec: CaseSpec, weights: Mapping[str, Array]) -> list[dict[str, Array]] | Directions:
    """Return each layer's weights under the cell's own names; for two directions `Directions` of such lists."""
    return _by_direction(spec, layers(spec), weights)


def wrapper_weights(spec: CaseSpec, weights: Mapping[str, Array]) -> list[dict[str, Array]] | Directions:
    """Return the weights of each wrapper that has some, under its own names, in the order of `wrappings`."""
    return _by_direction(spec, wrappings(spec), weights)


def own_weights(owner: Owner, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return one owner's weights under its own names: the arrays themselves, or their parts joined by rows."""
    return {name: _whole([weights[part] for part in parts]) for name, parts in _parts(owner)}


def stored_weights(owner: Owner, own: Mapping[str, Array]) -> dict[str, Array]:
    """Return one owner's weights, or some of them, under TensorFlow's names and in TensorFlow's parts."""
    found: dict[str, Array] = {}
    for name, array in own.items():
        stored = stored_shapes(owner, name, array.shape)
        parts = [array]
        if len(stored) > 1:
            parts = np.split(array, np.cumsum([rows for rows, *_ in stored.values()])[:-1])
        found |= zip(stored, parts, strict=True)
    return found


def stored_shapes(owner: Owner, name: str, shape: Shape) -> dict[str, Shape]:
    """Return TensorFlow's variables, name -> shape, of one that is the owner's own: itself, or its parts in order."""
    if name not in owner.cell.shards:
        return {join(owner.scope, name): shape}
    rows, *rest = shape
    parts = np.array_split(np.arange(rows), min(rows, owner.cell.shards[name]))  # the first ones take what is over
    return {join(owner.scope, name, f"part_{k}"): (len(part), *rest) for k, part in enumerate(parts)}


@lru_cache(maxsize=REMEMBERED)
def _parts(owner: Owner) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the owner's own names, each with those of TensorFlow's variables for it."""
    shapes = owner.cell.variables(owner.depth).items()
    return tuple((name, tuple(stored_shapes(owner, name, shape))) for name, shape in shapes)


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


class _Found(NamedTuple):
    """What `owners`, `layers` and `wrappings` answer of one case."""

    owners: tuple[Owner, ...]
    layers: tuple[Layer, ...]
    wrappings: tuple[Wrapping, ...]


@lru_cache(maxsize=REMEMBERED)
def _found(spec: CaseSpec) -> _Found:
    found = dict.fromkeys(piece.owner for piece in _pieces(spec))
    owners = tuple(sorted(found, key=lambda owner: owner.direction == "bw"))
    return _Found(
        owners,
        tuple(owner for owner in owners if isinstance(owner, Layer)),
        tuple(owner for owner in owners if isinstance(owner, Wrapping)),
    )


class _Piece(NamedTuple):
    """Variables that TensorFlow creates in a row: some of one owner's."""

    owner: Owner
    variables: dict[str, Shape]


class _Place(NamedTuple):
    """Where a cell is called: direction, number of the first layer, input depth, and two scopes.

    `built` is the scope in which the object was called first, where a layer of TensorFlow's keeps its variables;
    `called` the one of this call, where a HighwayWrapper has its own.
    """

    direction: str
    index: int  # type: ignore[assignment]  # as above
    depth: int
    built: str
    called: str

    def below(self, *scope: str) -> _Place:
        return self._replace(built=join(self.built, *scope), called=join(self.built, *scope))


def _pieces(spec: CaseSpec) -> Iterator[_Piece]:
    """Yield all variables of a case, in TensorFlow's order of creation; a shared object's once for every place."""
    cells = cells_of(spec)
    directions = Directions._fields if isinstance(cells, Directions) else ("",)
    for level in range(levels(spec) or 1):
        for direction, cell in zip(directions, cells, strict=True):
            built = "fw" if is_one_object(spec) else direction  # an object is built where it is called first
            scopes = [join(run_scope(spec, level), way) for way in (built, direction)]
            depth = spec.sizes.depth if level == 0 else 2 * cell.output_size
            yield from _pieces_of(cell, _Place(direction, level * len(single_cells(cell)), depth, *scopes))


def _pieces_of(cell: CellSpec, place: _Place) -> Iterator[_Piece]:
    if isinstance(cell, StackSpec):
        yield from _pieces_of_stack(cell, place)
    elif isinstance(cell, WrapperSpec):
        place = place.below(cell.scope) if cell.scope else place
        owner = Wrapping(place.direction, place.index, cell, place.called, place.depth)
        if cell.variables(place.depth):
            yield _Piece(owner, cell.variables_before(place.depth))
        yield from _pieces_of(cell.cell, place._replace(depth=cell.inner_depth(place.depth)))
        if cell.variables(place.depth):
            yield _Piece(owner, cell.variables_after(place.depth))
    elif isinstance(cell, SingleCellSpec):
        layer = Layer(place.direction, place.index, cell, join(place.built, cell.scope), place.depth)
        yield _Piece(layer, cell.variables(place.depth))


def _pieces_of_stack(stack: StackSpec, place: _Place) -> Iterator[_Piece]:
    inside = place.below(_SCOPES[type(stack)])
    for index, cell in enumerate(stack.cells):
        first = 0 if stack.one_object else index
        here = inside.below(f"cell_{index}")._replace(built=join(inside.built, f"cell_{first}"))
        yield from _pieces_of(cell, here._replace(index=place.index + index))
        inside = inside._replace(depth=cell.output_size)


def _by_direction(
    spec: CaseSpec, owners: Iterable[Owner], weights: Mapping[str, Array]
) -> list[dict[str, Array]] | Directions:
    found: dict[str, list[dict[str, Array]]] = {}
    for owner in owners:
        found.setdefault(owner.direction, []).append(own_weights(owner, weights))
    if isinstance(cells_of(spec), Directions):
        return Directions(found.get("fw", []), found.get("bw", []))
    return found.get("", [])


def run_scope(spec: CaseSpec, level: int = 0) -> str:
    """Return the scope that a run calls its cells in, but for fw and bw.

    Of a stacked bidirectional run that is a level's; contrib's static one hands on its own, so that it has one less.
    """
    match spec.run:
        case Step() | FusedRNN() | OwnGraph():
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
