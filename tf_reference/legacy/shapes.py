"""Shapes and dtypes as protocol buffers declare them, believed only where the file has room for them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from tf_reference.environment import tensorflow
from tf_reference.legacy.errors import LegacyFileDamagedError, LegacySizeError
from tf_reference.legacy.found import SavedVariable

MOST_AXES = 254  # as TensorFlow has it


def declared(path: Path, name: str, shape: Any, dtype: int) -> SavedVariable:  # noqa: ANN401  a TensorShapeProto
    """Return a variable by its TensorShapeProto and DataType.

    Raises:
        LegacyFileDamagedError: the shape is none, or the dtype one that TensorFlow does not know.
    """
    sizes = tuple(dim.size for dim in shape.dim)
    if shape.unknown_rank or len(sizes) > MOST_AXES or any(size < 0 for size in sizes):
        raise LegacyFileDamagedError(path, f"variable {name!r} has no shape that there can be ({sizes[:8]})")
    try:
        kind = tensorflow().dtypes.as_dtype(dtype)
    except TypeError as error:
        raise LegacyFileDamagedError(path, f"variable {name!r} has a dtype of number {dtype}, which is none") from error
    return SavedVariable(name=name, shape=sizes, dtype=kind.name)


def declared_bytes(variable: SavedVariable) -> int | None:
    """Return how many bytes the variable's numbers take, or None where it does not hold numbers."""
    kind = tensorflow().dtypes.as_dtype(variable.dtype)
    if not (kind.is_floating or kind.is_integer or kind.is_bool or kind.is_complex):
        return None
    return math.prod(variable.shape) * max(1, np.dtype(kind.as_numpy_dtype).itemsize)


def require_room(path: Path, variable: SavedVariable, size: int | None, room: int) -> None:
    """Return if `size` bytes fit into `room`, LegacySizeError otherwise; None is no size."""
    if size is not None and size > room:
        raise LegacySizeError(path, variable.name, variable.shape, size, room)
