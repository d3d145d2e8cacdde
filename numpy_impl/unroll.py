"""A cell over time: `tf.compat.v1.nn.static_rnn` and `dynamic_rnn`, which compute the same.

    output_t, state_t = cell(x_t, state_{t-1})              where t < length of the row
    output_t, state_t = 0,        state_{t-1}               past it

Both answers are selected, not multiplied, so whatever stands in the padding cannot leak. The cell runs at every
step, also past the longest row.

Source: tensorflow/python/ops/rnn.py, static_rnn, dynamic_rnn and _rnn_step.
Axes: T steps, B batch, D input depth, H the cell's output_size.
"""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from numpy_impl.cell import require_cell
from numpy_impl.rows import advance_rows, write_rows
from numpy_impl.state import State, leaves, map_state, zero_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy_impl.arrays import Array
    from numpy_impl.cell import RNNCell


def static_rnn(
    cell: RNNCell,
    inputs: Sequence[Any],
    initial_state: State | None = None,
    dtype: npt.DTypeLike | None = None,
    sequence_length: npt.ArrayLike | None = None,
) -> tuple[list[Any], Any]:
    """Return the list of T outputs (B, H) and the final state for a list of T inputs (B, D).

    Args:
        cell: what computes a step.
        inputs: T arrays (B, D), or T structures of arrays (B, ...) where the cell takes them.
        initial_state: in the structure of `cell.state_size`; zeros of `dtype` where it is None.
        dtype: of the zeros; needed where there is no initial state.
        sequence_length: (B,) integers, the steps of each row; all T where it is None. More than T counts as T.

    Raises:
        TypeError: inputs are no list or tuple; the cell is none.
        ValueError: inputs are empty or of unequal shapes; neither initial_state nor dtype is given, or they disagree;
            sequence_length is not a vector of B integers.
    """
    require_cell("cell", cell)
    outputs, state = unroll(
        cell, stack_inputs(inputs), sequence_length=sequence_length, initial_state=initial_state, dtype=dtype
    )
    return [map_state(itemgetter(time), outputs) for time in range(len(inputs))], state


def dynamic_rnn(  # noqa: PLR0913, PLR0917 - TensorFlow's signature
    cell: RNNCell,
    inputs: Any,  # noqa: ANN401 - an array, or a structure of arrays
    sequence_length: npt.ArrayLike | None = None,
    initial_state: State | None = None,
    dtype: npt.DTypeLike | None = None,
    time_major: bool = False,  # noqa: FBT001, FBT002 - as above
) -> tuple[Any, Any]:
    """Return the outputs (B, T, H) and the final state for inputs (B, T, D); (T, B, ...) both where time_major.

    Arguments and errors are those of `static_rnn`; inputs of fewer than three axes are a ValueError.
    """
    require_cell("cell", cell)
    map_state(_check_axes, inputs)
    outputs, state = unroll(
        cell,
        inputs if time_major else map_state(_swap, inputs),
        sequence_length=sequence_length,
        initial_state=initial_state,
        dtype=dtype,
    )
    if initial_state is not None:  # TensorFlow's loop hands on what it started with: a plain tuple stays one
        state = map_state(lambda _, final: final, initial_state, state)
    return outputs if time_major else map_state(_swap, outputs), state


def unroll(
    cell: RNNCell,
    inputs: Any,  # noqa: ANN401 - an array, or a structure of arrays
    *,
    sequence_length: npt.ArrayLike | None,
    initial_state: State | None,
    dtype: npt.DTypeLike | None,
) -> tuple[Any, Any]:
    """Return the outputs (T, B, H) and the final state for inputs (T, B, D)."""
    steps, batch = leaves(inputs)[0].shape[:2]
    state = first_state(cell, batch, initial_state, dtype)
    lengths = None if sequence_length is None else length_vector(sequence_length, batch)
    outputs: Any = None
    for time in range(steps):
        output, new_state = cell(map_state(itemgetter(time), inputs), state)
        if outputs is None:
            outputs = map_state(partial(_room, steps), output)
        running = None if lengths is None else (time < lengths)[:, np.newaxis]
        map_state(partial(write_rows, time, running), outputs, output)
        state = new_state if running is None else map_state(partial(advance_rows, running), new_state, state)
    if outputs is None:  # no steps: the sizes that the cell tells
        outputs = map_state(partial(_room, 0), zero_state(cell.output_size, batch, leaves(inputs)[0].dtype))
    return outputs, state


def stack_inputs(inputs: Sequence[Any]) -> Any:  # noqa: ANN401 - an array, or a structure of arrays
    """Return the inputs of a static run as one array (T, B, D), or one of each in a structure of arrays.

    Raises:
        TypeError: they are no list or tuple.
        ValueError: there are none, or their shapes differ.
    """
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"inputs: got {type(inputs).__name__}, must be a sequence: a list of T arrays (B, D).")
    if not inputs:
        raise ValueError("inputs: got an empty list, must not be empty. Pass T arrays (B, D).")

    def stacked(*steps: Array) -> Array:
        shapes = sorted({np.shape(array) for array in steps})
        if len(shapes) > 1 or len(shapes[0]) < 2:  # noqa: PLR2004 - B and D
            raise ValueError(f"inputs: got shapes {shapes}, should be one shape (B, D) at every step.")
        return np.stack(steps)

    return map_state(stacked, *inputs)


def _check_axes(array: Array) -> None:
    if not isinstance(array, np.ndarray) or array.ndim < 3:  # noqa: PLR2004 - T, B and D
        got = f"shape {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
        raise ValueError(f"inputs: got {got}, should be (B, T, D), or (T, B, D) where time_major.")


def _swap(array: Array) -> Array:
    return array.swapaxes(0, 1)


def _room(steps: int, output: Array) -> Array:
    return np.zeros((steps, *output.shape), output.dtype)


def first_state(cell: RNNCell, batch: int, initial_state: State | None, dtype: npt.DTypeLike | None) -> Any:  # noqa: ANN401 - structure of state_size
    """Return the initial state, or zeros of `dtype`.

    Raises:
        ValueError: both are None, or the state is of another dtype.
    """
    if initial_state is None:
        if dtype is None:
            raise ValueError(
                "If no initial_state is provided, dtype must be specified. For zeros, pass dtype=inputs.dtype."
            )
        made = getattr(cell, "get_initial_state", None)  # a cell of one's own may have only one of the two
        return cell.zero_state(batch, dtype) if made is None else made(batch_size=batch, dtype=dtype)
    if dtype is not None:
        map_state(partial(_check_dtype, dtype=np.dtype(dtype)), initial_state)
    return initial_state


def length_vector(sequence_length: npt.ArrayLike, batch: int) -> npt.NDArray[np.integer]:
    """Return the lengths (B,).

    Raises:
        ValueError: they are not a vector of B integers.
    """
    lengths = np.asarray(sequence_length)
    if lengths.shape != (batch,):
        raise ValueError(f"sequence_length: got shape {lengths.shape}, must be a vector of length {batch}, the batch.")
    if lengths.dtype.kind not in "iu" and lengths.size:  # [] is of floats
        raise ValueError(f"sequence_length: got {lengths.dtype}, should be integers: the number of steps of each row.")
    return lengths if lengths.size else lengths.astype(np.int64)


def _check_dtype(array: Array, *, dtype: np.dtype[Any]) -> None:
    if array.dtype != dtype:
        raise ValueError(
            f"initial_state: got {array.dtype}, should be {dtype} as dtype says. Cast one or leave dtype out."
        )
