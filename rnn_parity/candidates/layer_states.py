"""TensorFlow's states cut into those of single layers, from the input up, and nested again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

from rnn_parity.spec import CellSpec, LSTMStateTuple, SingleCellSpec, StackSpec, WrapperSpec, class_name
from rnn_parity.structure import Array, Tree

LayerState: TypeAlias = tuple[Array, ...]  # (c, h) of an LSTM, (h,) of others, each (B, width)


def split_state(cell: CellSpec, state: Tree, batch: int, dtype: np.dtype[Any]) -> list[LayerState]:
    """Return the state of every layer of a cell; zeros where `state` is None."""
    if state is None:
        state = np.zeros((batch, _columns(cell)), dtype)
        return list(_cut(cell, state))
    return list(_split(cell, state))


def join_state(cell: CellSpec, states: Iterable[LayerState]) -> Tree:
    """Return the states of all layers, nested as TensorFlow nests them."""
    return _join(cell, iter(list(states)))


def _split(cell: CellSpec, state: Tree) -> Iterator[LayerState]:
    if isinstance(cell, WrapperSpec):
        yield from _split(cell.cell, state)
    elif not isinstance(state, tuple):
        yield from _cut(cell, state)
    elif isinstance(cell, StackSpec):
        for one, own in zip(cell.cells, state, strict=True):
            yield from _split(one, own)
    else:
        yield tuple(state)


def _cut(cell: CellSpec, state: Array) -> Iterator[LayerState]:
    """Yield every layer's arrays out of one (B, columns)."""
    if isinstance(cell, WrapperSpec):
        yield from _cut(cell.cell, state)
    elif isinstance(cell, StackSpec):
        ends = np.cumsum([_columns(one) for one in cell.cells])[:-1]
        for one, own in zip(cell.cells, np.split(state, ends, axis=1), strict=True):
            yield from _cut(one, own)
    else:
        yield tuple(np.split(state, np.cumsum(_widths(cell))[:-1], axis=1))


def _join(cell: CellSpec, states: Iterator[LayerState]) -> Tree:
    if isinstance(cell, WrapperSpec):
        return _join(cell.cell, states)
    if isinstance(cell, StackSpec):
        found = tuple(_join(one, states) for one in cell.cells)
        return found if cell.state_is_tuple else np.concatenate(found, axis=1)
    own = next(states)
    if isinstance(cell.state_size, tuple):
        return LSTMStateTuple(*own)
    return np.concatenate(own, axis=1) if len(own) > 1 else own[0]


def _columns(cell: CellSpec) -> int:
    if isinstance(cell, WrapperSpec):
        return _columns(cell.cell)
    return sum(map(_columns, cell.cells)) if isinstance(cell, StackSpec) else sum(_widths(cell))


def _widths(cell: CellSpec) -> tuple[int, ...]:
    """Return the widths of a single cell's state arrays."""
    if not isinstance(cell, SingleCellSpec):
        raise TypeError(f"{class_name(cell)}: got neither a cell with weights, nor a stack, nor a wrapper")
    size = cell.state_size
    if isinstance(size, tuple):
        return tuple(size)
    columns = int(size)
    return (columns,) if columns == cell.num_units else (cell.num_units, columns - cell.num_units)
