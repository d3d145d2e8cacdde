"""States as frameworks hold them, layer by layer, and as TensorFlow nests or joins them.

A layer's state is (c, h) of an LSTM and (h,) of any other cell, each (B, width). Wrappers whose state is the cell's are
gone through.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from rnn_parity.spec import CellSpec, SingleCellSpec, Size, StackSpec, WrapperSpec
from rnn_parity.structure import Array, Tree

LayerState: TypeAlias = tuple[Array, ...]


def layer_states(cell: CellSpec, tree: Tree) -> Iterator[LayerState]:
    """Yield the state of each layer of `cell`, from the input up, of a state nested as TensorFlow's."""
    if isinstance(cell, StackSpec):
        parts = tree if cell.state_is_tuple else _columns(tree, [one.state_size for one in cell.cells])
        for one, part in zip(cell.cells, parts, strict=True):
            yield from layer_states(one, part)
    elif isinstance(cell, WrapperSpec):
        yield from layer_states(cell.cell, tree)
    elif isinstance(cell, SingleCellSpec):
        widths = layer_widths(cell)
        yield tuple(tree) if isinstance(tree, tuple) else tuple(_columns(tree, widths))


def joined_state(cell: CellSpec, states: Iterator[LayerState]) -> Tree:
    """Return the state of `cell` nested as TensorFlow's, of what `states` yields for its layers."""
    if isinstance(cell, StackSpec):
        parts = tuple(joined_state(one, states) for one in cell.cells)
        return parts if cell.state_is_tuple else np.concatenate(parts, axis=1)
    if isinstance(cell, WrapperSpec):
        return joined_state(cell.cell, states)
    parts = next(states)
    if isinstance(cell.state_size, tuple):
        return type(cell.state_size)(*parts)
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def layer_widths(cell: SingleCellSpec) -> tuple[int, ...]:
    """Return the widths of a layer's (c, h) or (h,), also where TensorFlow joins them."""
    size: Size = cell.state_size
    if isinstance(size, tuple):
        return size
    is_joined = not getattr(cell, "state_is_tuple", True)
    return (cell.num_units, cell.output_size) if is_joined else (size,)


def _columns(array: Array, widths: list[int] | tuple[int, ...]) -> list[Array]:
    return np.split(array, np.cumsum(widths)[:-1], axis=-1)
