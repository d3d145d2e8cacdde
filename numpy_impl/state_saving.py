"""A run that reads its state from a store and saves it there: `tf.compat.v1.nn.static_state_saving_rnn`.

    state_0 = saver.state(name)
    outputs, state_T = static_rnn(cell, x, state_0)
    saver.save_state(name, state_T)

so that the next call goes on where this one ended.

Source: tensorflow/python/ops/rnn.py, static_state_saving_rnn.
Axes: T steps, B batch, D input depth, H the cell's output_size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from numpy_impl.cell import require_cell
from numpy_impl.state import leaves, map_state
from numpy_impl.unroll import static_rnn

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from numpy_impl.arrays import Array
    from numpy_impl.cell import RNNCell


class StateSaver(Protocol):
    """What holds states by name."""

    def state(self, name: str) -> Array:
        """Return the array (B, width) held under this name."""

    def save_state(self, name: str, value: Array) -> Any:  # noqa: ANN401 - TensorFlow's returns an operation
        """Hold this array under this name from now on."""


def static_state_saving_rnn(
    cell: RNNCell,
    inputs: Sequence[Any],
    state_saver: StateSaver,
    state_name: Any,  # noqa: ANN401 - a name, or a structure of names
    sequence_length: npt.ArrayLike | None = None,
) -> tuple[list[Any], Any]:
    """Return the list of T outputs (B, H) and the final state, which is saved, for a list of T inputs (B, D).

    Args:
        cell: what computes a step.
        inputs: T arrays (B, D), or T structures of arrays (B, ...) where the cell takes them.
        state_saver: where the initial state is read and the final one saved.
        state_name: a name where the cell's state is one array; else a tuple or list of names, nested or not: as in
            TensorFlow the names are given to the state's arrays from left to right.
        sequence_length: (B,) integers, the steps of each row in this call; all T where it is None.

    Raises:
        TypeError, ValueError: those of `static_rnn`.
        ValueError: there is one name for a structure of states, a structure for one, or another number of names.
    """
    require_cell("cell", cell)
    names = leaves(state_name)
    nested, names_nested = (isinstance(one, (tuple, list)) for one in (cell.state_size, state_name))
    if nested != names_nested:
        raise ValueError(
            f"state_name: got {state_name!r}, should be the same type as cell.state_size {cell.state_size}: "
            f"{'a tuple of names' if nested else 'one name'}."
        )
    if len(names) != len(leaves(cell.state_size)):
        raise ValueError(
            f"state_name: got {len(names)} names, mismatched with the {len(leaves(cell.state_size))} arrays of "
            f"cell.state_size {cell.state_size}. Give each array a name."
        )
    remaining = iter(names)
    start = map_state(lambda _: state_saver.state(next(remaining)), cell.state_size)
    outputs, final = static_rnn(cell, inputs, initial_state=start, sequence_length=sequence_length)
    for name, array in zip(names, leaves(final), strict=True):
        state_saver.save_state(name, array)
    return outputs, final
