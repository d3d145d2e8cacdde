"""A nested state as a list, one layer after the other, and back; an LSTM's is `LSTMStateTuple(c, h)` in it.

What an AttentionCellWrapper adds to its cell's state is no layer's, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Any, TypeAlias

import msgspec
import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.semantics import WITH_C
from rnn_parity.spec import (
    AttentionCellWrapper,
    CaseSpec,
    CellSpec,
    Directions,
    LSTMStateTuple,
    StackSpec,
    WrapperSpec,
)
from rnn_parity.structure import Array, Tree, cells_of, levels
from rnn_parity.weights import Layer, layers

State: TypeAlias = Tree  # of one layer: an array, or LSTMStateTuple(c, h)
Change: TypeAlias = Callable[[Layer, State], State]


def split_layers(spec: CaseSpec, tree: Tree) -> list[State]:
    """Return the state of every layer, in the order of `weights.layers`."""
    cells = cells_of(spec)
    trees = tree if isinstance(cells, Directions) else (tree,)
    found: list[State] = []
    for cell, part in zip(cells, trees, strict=True):
        for level in (part,) if levels(spec) is None else part:
            found += _split(cell, level)
    return found


def join_layers(spec: CaseSpec, states: list[State], like: Tree) -> Tree:
    """Return the nested state `like` with other states in its layers."""
    cells, remaining = cells_of(spec), iter(states)
    likes = like if isinstance(cells, Directions) else (like,)
    trees = [
        _join(cell, remaining, before)
        if levels(spec) is None
        else tuple(_join(cell, remaining, level) for level in before)
        for cell, before in zip(cells, likes, strict=True)
    ]
    return Directions(*trees) if isinstance(cells, Directions) else trees[0]


def change_states(spec: CaseSpec, tree: Tree, change: Change) -> Tree:
    """Return the nested state with every layer's replaced."""
    states = zip(layers(spec), split_layers(spec, tree), strict=True)
    return join_layers(spec, [change(layer, state) for layer, state in states], tree)


def starting_from(change: Change) -> Callable[[Case], Case]:
    """Return what reads a case's initial state wrongly, where one is given."""
    return lambda case: (
        case
        if case.initial_state is None
        else replace(case, initial_state=change_states(case.spec, case.initial_state, change))
    )


def ending_in(change: Change) -> Callable[[Case, Result], Result]:
    """Return what hands on a wrong final state."""
    return lambda case, result: replace(result, final_state=change_states(case.spec, result.final_state, change))


def zeros_like(state: State) -> State:
    """Return zeros in the form of one layer's state."""
    return LSTMStateTuple(*map(np.zeros_like, state)) if isinstance(state, tuple) else np.zeros_like(state)


def map_h(change: Callable[[Array], Array], state: State) -> State:
    """Return one layer's state with another h, which is all there is of a state that is no LSTM's."""
    return LSTMStateTuple(state.c, change(state.h)) if isinstance(state, LSTMStateTuple) else change(state)


def with_h(cell: CellSpec, state: Tree, h: Array) -> Tree:
    """Return a cell's state with another h: of a stack, the last layer's."""
    *below, top = _split(cell, state)
    return _join(cell, iter([*below, map_h(lambda _: h, top)]), state)


def exchangeable(cell: object) -> bool:
    """Return whether c and h of an LSTM are of one width."""
    return isinstance(cell, WITH_C) and cell.output_size == cell.num_units


def is_top(spec: CaseSpec, layer: Layer) -> bool:
    """Return whether the layer's h is the run's output."""
    return layer.index == max(other.index for other in layers(spec) if other.direction == layer.direction)


def is_as_wide_as_its_output(spec: CaseSpec, direction: str) -> bool:
    """Return whether the top layer's h is as wide as the outputs of its direction, whatever is wrapped around it."""
    cells = cells_of(spec)
    cell = getattr(cells, direction) if isinstance(cells, Directions) else cells[0]
    return any(
        is_top(spec, layer) and layer.direction == direction and layer.cell.output_size == cell.output_size
        for layer in layers(spec)
    )


def _split(cell: CellSpec, state: Tree) -> Iterator[State]:
    if isinstance(cell, AttentionCellWrapper):
        yield from _split(cell.cell, _parts(cell, state)[0])
    elif isinstance(cell, WrapperSpec):
        yield from _split(cell.cell, state)
    elif isinstance(cell, StackSpec):
        for one, part in zip(cell.cells, _parts(cell, state), strict=True):
            yield from _split(one, part)
    elif isinstance(cell.state_size, LSTMStateTuple) or not getattr(cell, "state_is_tuple", True):
        yield LSTMStateTuple(*_parts(cell, state))
    else:
        yield state


def _join(cell: CellSpec, states: Iterator[State], like: Tree) -> Tree:
    if isinstance(cell, AttentionCellWrapper):
        inner, *rest = _parts(cell, like)
        return _whole(cell, [_join(cell.cell, states, inner), *rest])
    if isinstance(cell, WrapperSpec):
        return _join(cell.cell, states, like)
    if isinstance(cell, StackSpec):
        parts = zip(cell.cells, _parts(cell, like), strict=True)
        return _whole(cell, [_join(one, states, part) for one, part in parts])
    state = next(states)
    if isinstance(state, LSTMStateTuple) and not isinstance(cell.state_size, tuple):
        return _columns(list(state))
    return like._make(state) if hasattr(like, "_make") else state  # of the same class, whoever's it is


def _parts(cell: Any, state: Tree) -> list[Tree]:  # noqa: ANN401  any cell with a state of parts
    """Return the parts of a state, which is a tuple of them, or their columns."""
    if isinstance(cell.state_size, tuple):
        return list(state)
    sizes = msgspec.structs.replace(cell, state_is_tuple=True).state_size
    return np.split(state, list(accumulate(sizes[:-1])), axis=1)


def _whole(cell: StackSpec | AttentionCellWrapper, parts: list[Tree]) -> Tree:
    return tuple(parts) if cell.state_is_tuple else _columns(parts)


def _columns(parts: list[Array]) -> Array:
    return np.concatenate(parts, axis=1)
