"""Two cells over time, one from each end: `bidirectional_dynamic_rnn` and `static_bidirectional_rnn`.

    fw = rnn(cell_fw, x)
    bw = reverse(rnn(cell_bw, reverse(x)))

`reverse` turns each row around within its own length, so the backward cell starts at the row's last real step.

Source: tensorflow/python/ops/rnn.py, bidirectional_dynamic_rnn and static_bidirectional_rnn (with _reverse_seq).
Axes: T steps, B batch, D input depth, H a cell's output_size.
"""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from numpy_impl.cell import require_cell
from numpy_impl.state import map_state
from numpy_impl.unroll import dynamic_rnn, length_vector, stack_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy_impl.arrays import Array
    from numpy_impl.cell import RNNCell
    from numpy_impl.state import State


def bidirectional_dynamic_rnn(  # noqa: PLR0913, PLR0917 - TensorFlow's signature
    cell_fw: RNNCell,
    cell_bw: RNNCell,
    inputs: Any,  # noqa: ANN401 - an array, or a structure of arrays
    sequence_length: npt.ArrayLike | None = None,
    initial_state_fw: State | None = None,
    initial_state_bw: State | None = None,
    dtype: npt.DTypeLike | None = None,
    time_major: bool = False,  # noqa: FBT001, FBT002 - as above
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Return ((outputs_fw, outputs_bw), (state_fw, state_bw)) for inputs (B, T, D).

    Outputs are (B, T, H) each; all is (T, B, ...) where time_major. Arguments and errors are those of `dynamic_rnn`,
    and a length above T, which TensorFlow cannot reverse either, is a ValueError.
    """
    require_cell("cell_fw", cell_fw)
    require_cell("cell_bw", cell_bw)
    reverse = partial(reverse_sequence, lengths=sequence_length, time_axis=0 if time_major else 1)
    reversed_inputs = map_state(reverse, inputs)
    out_fw, state_fw = dynamic_rnn(cell_fw, inputs, sequence_length, initial_state_fw, dtype, time_major)
    out_bw, state_bw = dynamic_rnn(cell_bw, reversed_inputs, sequence_length, initial_state_bw, dtype, time_major)
    return (out_fw, map_state(reverse, out_bw)), (state_fw, state_bw)


def static_bidirectional_rnn(  # noqa: PLR0913, PLR0917 - TensorFlow's signature
    cell_fw: RNNCell,
    cell_bw: RNNCell,
    inputs: Sequence[Any],
    initial_state_fw: State | None = None,
    initial_state_bw: State | None = None,
    dtype: npt.DTypeLike | None = None,
    sequence_length: npt.ArrayLike | None = None,
) -> tuple[list[Any], Any, Any]:
    """Return the list of T outputs [fw | bw] (B, H_fw + H_bw), state_fw and state_bw for a list of T inputs (B, D).

    Arguments and errors are those of `static_rnn`, and a length above T is a ValueError.
    """
    outputs, states = bidirectional_dynamic_rnn(
        cell_fw,
        cell_bw,
        stack_inputs(inputs),
        sequence_length,
        initial_state_fw,
        initial_state_bw,
        dtype,
        time_major=True,
    )
    joined = map_state(lambda fw, bw: np.concatenate([fw, bw], axis=2), *outputs)
    return [map_state(itemgetter(time), joined) for time in range(len(inputs))], *states


def reverse_sequence(array: Array, lengths: npt.ArrayLike | None, *, time_axis: int) -> Array:
    """Return the array with each row's first `length` steps in reverse order, and the rest where it was.

    Args:
        array: (B, T, ...) where time_axis is 1, (T, B, ...) where it is 0.
        lengths: (B,) integers; T for every row where None.
        time_axis: 0 or 1; the other is the batch.

    Raises:
        ValueError: a length is negative or above T, or lengths are not a vector of B integers.
    """
    if lengths is None:
        return np.flip(array, axis=time_axis)
    steps, batch = array.shape[time_axis], array.shape[1 - time_axis]
    row_lengths = length_vector(lengths, batch)
    if batch and not 0 <= row_lengths.min() <= row_lengths.max() <= steps:
        raise ValueError(
            f"sequence_length: got {row_lengths}, should be from 0 to {steps}. Rows are reversed within them."
        )
    time = np.arange(steps)[:, np.newaxis]  # (T, 1) against lengths (B,)
    source = np.where(time < row_lengths, row_lengths - 1 - time, time)
    rows = np.arange(batch)
    return array[source, rows] if time_axis == 0 else array[rows[:, np.newaxis], source.T]
