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
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from numpy_impl.state import State, map_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy_impl.arrays import Array
    from numpy_impl.cell import RNNCell


def static_rnn(
    cell: RNNCell,
    inputs: Sequence[Array],
    initial_state: State | None = None,
    dtype: npt.DTypeLike | None = None,
    sequence_length: npt.ArrayLike | None = None,
) -> tuple[list[Array], State]:
    """Return the list of T outputs (B, H) and the final state for a list of T inputs (B, D).

    Args:
        cell: what computes a step.
        inputs: T arrays (B, D).
        initial_state: in the structure of `cell.state_size`; zeros of `dtype` where it is None.
        dtype: of the zeros; needed where there is no initial state.
        sequence_length: (B,) integers, the steps of each row; all T where it is None. More than T counts as T.

    Raises:
        TypeError: inputs are no list or tuple.
        ValueError: inputs are empty or of unequal shapes; neither initial_state nor dtype is given, or they disagree;
            sequence_length is not a vector of B integers.
    """
    outputs, state = unroll(
        cell, stack_inputs(inputs), sequence_length=sequence_length, initial_state=initial_state, dtype=dtype
    )
    return list(outputs), state


def dynamic_rnn(  # noqa: PLR0913, PLR0917 - TensorFlow's signature
    cell: RNNCell,
    inputs: Array,
    sequence_length: npt.ArrayLike | None = None,
    initial_state: State | None = None,
    dtype: npt.DTypeLike | None = None,
    time_major: bool = False,  # noqa: FBT001, FBT002 - as above
) -> tuple[Array, State]:
    """Return the outputs (B, T, H) and the final state for inputs (B, T, D); (T, B, ...) both where time_major.

    Arguments and errors are those of `static_rnn`; inputs that are not of three axes are a ValueError.
    """
    if inputs.ndim != 3:  # noqa: PLR2004 - T, B and D
        raise ValueError(f"inputs: got shape {inputs.shape}, should be (B, T, D), or (T, B, D) where time_major.")
    steps_first = inputs if time_major else inputs.swapaxes(0, 1)
    outputs, state = unroll(
        cell, steps_first, sequence_length=sequence_length, initial_state=initial_state, dtype=dtype
    )
    return outputs if time_major else outputs.swapaxes(0, 1), state


def unroll(
    cell: RNNCell,
    inputs: Array,
    *,
    sequence_length: npt.ArrayLike | None,
    initial_state: State | None,
    dtype: npt.DTypeLike | None,
) -> tuple[Array, State]:
    """Return the outputs (T, B, H) and the final state for inputs (T, B, D)."""
    steps, batch = inputs.shape[:2]
    state = first_state(cell, batch, initial_state, dtype)
    lengths = None if sequence_length is None else length_vector(sequence_length, batch)
    outputs = np.zeros((steps, batch, cell.output_size), inputs.dtype)
    for time in range(steps):
        output, new_state = cell(inputs[time], state)
        if lengths is None:
            outputs[time], state = output, new_state
        else:
            running = (time < lengths)[:, np.newaxis]
            outputs[time] = np.where(running, output, outputs[time])
            state = map_state(partial(np.where, running), new_state, state)
    return outputs, state


def stack_inputs(inputs: Sequence[Array]) -> Array:
    """Return the inputs of a static run as one array (T, B, D).

    Raises:
        TypeError: they are no list or tuple.
        ValueError: there are none, or their shapes differ.
    """
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"inputs: got {type(inputs).__name__}, must be a sequence: a list of T arrays (B, D).")
    if not inputs:
        raise ValueError("inputs: got an empty list, must not be empty. Pass T arrays (B, D).")
    shapes = sorted({np.shape(array) for array in inputs})
    if len(shapes) > 1 or len(shapes[0]) != 2:  # noqa: PLR2004 - B and D
        raise ValueError(f"inputs: got shapes {shapes}, should be one shape (B, D) at every step.")
    return np.stack(inputs)


def first_state(cell: RNNCell, batch: int, initial_state: State | None, dtype: npt.DTypeLike | None) -> State:
    """Return the initial state, or zeros of `dtype`.

    Raises:
        ValueError: both are None, or the state is of another dtype.
    """
    if initial_state is None:
        if dtype is None:
            raise ValueError(
                "If no initial_state is provided, dtype must be specified. For zeros, pass dtype=inputs.dtype."
            )
        return cell.zero_state(batch, dtype)
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
    if lengths.dtype.kind not in "iu":
        raise ValueError(f"sequence_length: got {lengths.dtype}, should be integers: the number of steps of each row.")
    return lengths


def _check_dtype(array: Array, *, dtype: np.dtype[Any]) -> None:
    if array.dtype != dtype:
        raise ValueError(
            f"initial_state: got {array.dtype}, should be {dtype} as dtype says. Cast one or leave dtype out."
        )
