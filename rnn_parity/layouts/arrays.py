"""Arrays by name, held against the names and shapes that there should be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from rnn_parity.errors import LayoutArraysError, nearest
from rnn_parity.spec import CaseSpec, Shape
from rnn_parity.structure import Array
from rnn_parity.weights import variables


def zero_weights(spec: CaseSpec, dtype: np.dtype[np.generic] | str | None = None) -> dict[str, Array]:
    """Return TensorFlow's variables of a case, all zero."""
    return {name: np.zeros(shape, dtype or spec.dtype) for name, shape in variables(spec).items()}


def packed_shapes(
    pack: Callable[[CaseSpec, Mapping[str, Array]], dict[str, Array]], spec: CaseSpec
) -> dict[str, Shape]:
    """Return name -> shape of what `pack` makes of a case's weights."""
    return {name: array.shape for name, array in pack(spec, zero_weights(spec)).items()}


def require_arrays(layout: str, shapes: Mapping[str, Shape], arrays: Mapping[str, Array]) -> None:
    """Return if the arrays have these names and shapes, and hold floating-point numbers of one dtype.

    Raises:
        LayoutArraysError: they do not; the message names the array, what it is and what it should be.
    """
    require_names(layout, shapes, arrays)
    for name, shape in shapes.items():
        got = np.shape(arrays[name])
        if got != shape:
            raise LayoutArraysError(layout, name, f"shape {got}", f"{shape}")
    for name in arrays:
        if name not in shapes:
            raise LayoutArraysError(layout, name, "an array that this cell does not have", ", ".join(shapes))
    kinds = {str(array.dtype): name for name, array in arrays.items()}
    for dtype, name in kinds.items():
        if not np.issubdtype(np.dtype(dtype), np.floating):
            raise LayoutArraysError(layout, name, f"dtype {dtype}", "float16, float32 or float64")
    if len(kinds) > 1:
        raise LayoutArraysError(layout, ", ".join(kinds.values()), f"dtypes {', '.join(kinds)}", "one dtype for all")


def require_names(layout: str, names: Iterable[str], arrays: Mapping[str, Array]) -> None:
    """Return if there is an array of each name, LayoutArraysError otherwise."""
    for name in names:
        if name not in arrays:
            near = nearest(name, arrays)
            raise LayoutArraysError(layout, name, "no array of this name", "one", near)


def checked_weights(spec: CaseSpec, weights: Mapping[str, Array]) -> Mapping[str, Array]:
    """Return TensorFlow's variables if they are the case's, LayoutArraysError otherwise."""
    require_arrays("tf1", variables(spec), weights)
    return weights
