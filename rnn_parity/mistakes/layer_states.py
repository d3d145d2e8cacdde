"""A nested state as a list, one layer after the other, and back; an LSTM's is `LSTMStateTuple(c, h)` in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate
from typing import TypeAlias

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.semantics import WITH_C
from rnn_parity.spec import CaseSpec, Cell, Directions, LSTMStateTuple, StackSpec, unwrapped
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


def join_layers(spec: CaseSpec, states: list[State]) -> Tree:
    """Return the layers' states nested as TensorFlow nests them."""
    cells, remaining = cells_of(spec), iter(states)
    count = levels(spec)
    trees = [
        _join(cell, remaining) if count is None else tuple(_join(cell, remaining) for _ in range(count))
        for cell in cells
    ]
    return Directions(*trees) if isinstance(cells, Directions) else trees[0]


def change_states(spec: CaseSpec, tree: Tree, change: Change) -> Tree:
    """Return the nested state with every layer's replaced."""
    states = zip(layers(spec), split_layers(spec, tree), strict=True)
    return join_layers(spec, [change(layer, state) for layer, state in states])


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


def exchangeable(cell: object) -> bool:
    """Return whether c and h of an LSTM are of one width."""
    return isinstance(cell, WITH_C) and cell.output_size == cell.num_units


def is_top(spec: CaseSpec, layer: Layer) -> bool:
    """Return whether the layer's h is the run's output."""
    return layer.index == max(other.index for other in layers(spec) if other.direction == layer.direction)


def _split(cell: Cell, state: Tree) -> Iterator[State]:
    inner = unwrapped(cell)
    if isinstance(inner, StackSpec):
        parts = state if inner.state_is_tuple else np.split(state, _borders(inner), axis=1)
        for one, part in zip(inner.cells, parts, strict=True):
            yield from _split(one, part)
    elif isinstance(inner.state_size, LSTMStateTuple):
        yield LSTMStateTuple(*state)
    elif not getattr(inner, "state_is_tuple", True):
        yield LSTMStateTuple(*np.split(state, [inner.num_units], axis=1))
    else:
        yield LSTMStateTuple(*state) if isinstance(inner.state_size, LSTMStateTuple) else state


def _borders(stack: StackSpec) -> list[int]:
    return list(accumulate(one.state_size for one in stack.cells[:-1]))


def _join(cell: Cell, states: Iterator[State]) -> Tree:
    inner = unwrapped(cell)
    if isinstance(inner, StackSpec):
        parts = [_join(one, states) for one in inner.cells]
        return tuple(parts) if inner.state_is_tuple else _columns(parts)
    state = next(states)
    return state if getattr(inner, "state_is_tuple", True) else _columns(list(state))


def _columns(parts: list[Array]) -> Array:
    return np.concatenate(parts, axis=1)
