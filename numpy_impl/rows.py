"""Rows that still run, and rows past their length, which keep what they have.

Source: tensorflow/python/ops/rnn.py, _rnn_step.
Axes: T steps, B batch.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numpy_impl.arrays import Array

Mask: TypeAlias = npt.NDArray[np.bool_]  # (B, 1)


def write_rows(time: int, running: Mask | None, outputs: Array, output: Array) -> None:
    """Write the output of one step, in the rows that still run; the others keep their zeros."""
    if running is None:
        outputs[time] = output
    else:
        np.copyto(outputs[time, ...], output, where=_rows(running, output))


def advance_rows(running: Mask, new: Array, old: Array) -> Array:
    """Return the new state in the rows that still run and the old one elsewhere."""
    return np.where(_rows(running, new), new, old) if np.ndim(new) else (new if running.any() else old)


def _rows(running: Mask, array: Array) -> Any:  # noqa: ANN401 - a mask, or a truth value
    """Return the mask (B, 1) so that it fits the array.

    What has no rows runs until the longest row ends, where TensorFlow leaves its loop.
    """
    if array.ndim == 2:  # noqa: PLR2004 - nearly always: B and a width
        return running
    return running.reshape(-1, *[1] * (array.ndim - 1)) if array.ndim else running.any()
