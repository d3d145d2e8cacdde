"""V1 checkpoints, one file or several numbered ones: their sizes checked here, values read by TensorFlow's own reader.

That one refuses float16, which is read here once the checksums are seen to be right.

Source: tensorflow/core/util/tensor_slice_reader.cc, saved_tensor_slice.proto.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rnn_parity.structure import Array
from tf_reference.environment import tensorflow
from tf_reference.legacy.errors import LegacyFileDamagedError
from tf_reference.legacy.found import SavedVariable
from tf_reference.legacy.shapes import declared, require_room
from tf_reference.legacy.source import Source
from tf_reference.legacy.tables import read_table, require_sound
from tf_reference.legacy.v2 import tensorflow_value

HEADER = b""  # the key of what a file says of all its variables
KIND = "V1 checkpoint"
VALUES = {  # dtype -> the TensorProto's field, and the fewest bytes that one number takes there
    "float32": ("float_val", 4), "float64": ("double_val", 8), "float16": ("half_val", 1), "bfloat16": ("half_val", 1),
    "int32": ("int_val", 1), "int64": ("int64_val", 1), "bool": ("bool_val", 1), "uint8": ("int_val", 1),
}  # fmt: skip


def open_v1(path: Path, files: Sequence[Path], called: str) -> Source:
    """Return the checkpoint that these files are; `called` is what TensorFlow's reader finds them by.

    Raises:
        LegacyFileDamagedError: they are none.
        LegacySizeError: a variable is declared larger than the files are.
    """
    tables = {file: read_table(file) for file in files}
    room = sum(file.stat().st_size for file in files)
    variables: dict[str, SavedVariable] = {}
    for file, table in tables.items():
        if HEADER not in table:
            raise LegacyFileDamagedError(file, "has no header, so it is no V1 checkpoint")
        for tensor in _parsed(file, table[HEADER], "its header").meta.tensor:
            variables[tensor.name] = variable = declared(file, tensor.name, tensor.shape, tensor.type)
            _, least = VALUES.get(variable.dtype, ("", 0))
            require_room(file, variable, least * math.prod(variable.shape), room)
    return Source(path=path, kind=KIND, variables=variables, values=partial(_value, called, tables, variables))


def _value(
    called: str, tables: Mapping[Path, Mapping[bytes, memoryview]], variables: Mapping[str, SavedVariable], name: str
) -> Array:
    """Return a variable's values, once its pieces are seen to hold as many numbers as its shape says."""
    variable = variables[name]
    field, _ = VALUES.get(variable.dtype, ("", 0))
    if variable.dtype == "float16":
        for file in tables:
            require_sound(file)
    start = b"\x00" + name.encode() + b"\x00\x01"  # of the keys of its pieces
    pieces = [
        _parsed(file, value, f"the entry of variable {name!r}").data
        for file, table in tables.items()
        for key, value in table.items()
        if key.startswith(start)
    ]
    there = sum(len(getattr(piece.data, field)) for piece in pieces) if field else 0
    if there != math.prod(variable.shape):
        problem = f"variable {name!r} of shape {variable.shape} and {variable.dtype} has {there:,} numbers in the file"
        raise LegacyFileDamagedError(next(iter(tables)), problem)
    if variable.dtype != "float16":
        return tensorflow_value(called, name)
    return _float16(next(iter(tables)), variable, pieces)


def _float16(file: Path, variable: SavedVariable, pieces: Sequence[Any]) -> Array:
    """Return float16 numbers, which TensorFlow's writer writes and its reader does not read, from their pieces."""
    array, filled = np.zeros(variable.shape, np.float16), np.zeros(variable.shape, bool)
    for piece in pieces:
        extents = piece.slice.extent or [None] * len(variable.shape)
        place = tuple(
            slice(each.start, each.start + each.length) if each is not None and each.HasField("length") else slice(None)
            for each in extents
        )
        numbers = np.asarray(piece.data.half_val, np.uint16).view(np.float16)
        if array[place].size != numbers.size:
            problem = f"a piece of variable {variable.name!r} has {numbers.size:,} numbers for {array[place].size:,}"
            raise LegacyFileDamagedError(file, problem)
        array[place], filled[place] = numbers.reshape(array[place].shape), True
    if not filled.all():
        raise LegacyFileDamagedError(file, f"variable {variable.name!r} has pieces that lie over each other")
    return array


def _parsed(file: Path, value: memoryview, what: str) -> Any:  # noqa: ANN401  a SavedTensorSlices
    tensorflow()
    from google.protobuf.message import DecodeError  # noqa: PLC0415  comes with TensorFlow
    from tensorflow.core.util import saved_tensor_slice_pb2 as protos  # noqa: PLC0415  set up by now

    try:
        return protos.SavedTensorSlices.FromString(bytes(value))
    except DecodeError as error:
        raise LegacyFileDamagedError(file, f"is damaged: {what} is none of a V1 checkpoint") from error
