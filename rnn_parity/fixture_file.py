"""One fixture file: a case's spec and arrays as safetensors, written, read and verified.

A file's bytes follow from the case and TensorFlow's numbers alone. Two traps of safetensors, both met here: an array
that is not C-contiguous is written wrongly without an error (safetensors#825), and several metadata keys come out in
random order (safetensors#584). So arrays are made contiguous, every file is read back after writing, and there is one
metadata key. Reading executes nothing.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from rnn_parity.errors import (
    FixtureDamagedError,
    FixtureMissingError,
    FixtureTruncatedError,
    FixtureVersionError,
    FixtureWriteError,
    RnnParityError,
)
from rnn_parity.spec import CaseSpec, from_json, to_json
from rnn_parity.structure import Array

FORMAT_VERSION = 1
METADATA_KEY = "rnn-parity"
SUFFIX = ".safetensors"
_DTYPES = {"F16": "float16", "F32": "float32", "F64": "float64", "I32": "int32", "BOOL": "bool"}
_READ = {name: np.dtype(held).newbyteorder("<") for name, held in _DTYPES.items()}
_NAMES = {np.dtype(held): held for held in _DTYPES.values()}  # str(dtype) builds the name anew: 10 us
_HEADER_SIZE = struct.Struct("<Q")  # what a file begins with
_MAX_HEADER = 100_000_000  # bytes; safetensors' own limit


@dataclass(frozen=True)
class Fixture:
    """What is recorded of one case: its spec and every array by name."""

    spec: CaseSpec
    arrays: Mapping[str, Array]


class VersionOnly(msgspec.Struct):
    """The one field of a manifest or metadata that every version has."""

    format: int


def fixture_path(folder: Path, case_id: str) -> Path:
    """Return where a case's fixture lies."""
    return folder / f"{case_id}{SUFFIX}"


def content_hash(fixture: Fixture) -> str:
    """Return the sha256 over canonical JSON and, by sorted name, each array's name, dtype, shape and payload."""
    digest = hashlib.sha256(_metadata(fixture.spec))
    for name in sorted(fixture.arrays):
        array = fixture.arrays[name]
        digest.update(f"\n{name} {_NAMES.get(array.dtype, array.dtype)} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def read_fixture(path: Path) -> Fixture:
    """Return what a fixture file holds, without comparing it to a manifest.

    Raises:
        FixtureMissingError, FixtureTruncatedError, FixtureDamagedError, FixtureVersionError: see each.
    """
    content = _content(path)
    header = _header(path, content, len(content))
    try:
        parts = deserialize(content)  # type: ignore[no-untyped-call]  # of the compiled part, which has no types
        arrays = {name: _array(held) for name, held in parts}
    except (SafetensorError, KeyError, ValueError) as error:
        raise FixtureDamagedError(path, str(error)) from error
    return Fixture(_spec_in(header, path), arrays)


def read_spec(path: Path) -> CaseSpec:
    """Return the case that a fixture file is of, without reading its arrays.

    Raises:
        FixtureMissingError, FixtureTruncatedError, FixtureDamagedError, FixtureVersionError: see each.
    """
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(_HEADER_SIZE.size)
        announced = _HEADER_SIZE.unpack(start)[0] if len(start) == _HEADER_SIZE.size else 0
        header = _header(path, start + file.read(min(announced, _MAX_HEADER)), size)
    return _spec_in(header, path)


def write_fixture(folder: Path, fixture: Fixture) -> None:
    """Write one fixture file and read it back.

    Raises:
        FixtureWriteError: what is read is not what was to be written, or a dtype is not one that fixtures hold.
    """
    path = fixture_path(folder, fixture.spec.id)
    for name, array in fixture.arrays.items():
        if str(array.dtype) not in _DTYPES.values():
            raise FixtureWriteError(path, f"{name} has dtype {array.dtype}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(fixture_bytes(fixture))
    if content_hash(read_fixture(path)) != content_hash(fixture):
        raise FixtureWriteError(path, "it reads back differently")


def fixture_bytes(fixture: Fixture) -> bytes:
    """Return a fixture as the bytes of a file; its arrays are of dtypes that safetensors has."""
    contiguous = {name: np.asarray(array, order="C") for name, array in fixture.arrays.items()}
    return save(contiguous, {METADATA_KEY: _metadata(fixture.spec).decode()})


class _Metadata(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    spec: msgspec.Raw


def _metadata(spec: CaseSpec) -> bytes:
    return msgspec.json.encode(_Metadata(FORMAT_VERSION, msgspec.Raw(to_json(spec))))


def _spec_in(header: Mapping[str, _Entry], path: Path) -> CaseSpec:
    metadata = header["__metadata__"].own if "__metadata__" in header else None
    if metadata is None:
        raise FixtureDamagedError(path, f"no metadata {METADATA_KEY!r}")
    try:
        version = msgspec.json.decode(metadata, type=VersionOnly).format
        if version != FORMAT_VERSION:
            raise FixtureVersionError(path, version, FORMAT_VERSION)
        held = msgspec.json.decode(metadata, type=_Metadata)
        return from_json(bytes(held.spec), str(path))
    except (msgspec.MsgspecError, RnnParityError) as error:
        if isinstance(error, FixtureVersionError):
            raise
        raise FixtureDamagedError(path, f"its metadata is no case ({error})") from error


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise FixtureMissingError(path) from None
    except OSError as error:
        raise FixtureDamagedError(path, str(error)) from error


def _content(path: Path) -> bytes:
    with _opened(path) as file:
        return file.read()


def _header(path: Path, content: bytes, size: int) -> dict[str, _Entry]:
    """Return a file's header, `size` compared with what that announces: safetensors words a truncation as invalid."""
    if len(content) < _HEADER_SIZE.size:
        raise FixtureTruncatedError(path, size, _HEADER_SIZE.size, at_least=True)
    (header_size,) = _HEADER_SIZE.unpack_from(content)
    if header_size > _MAX_HEADER:
        raise FixtureDamagedError(path, "its header announces an absurd size")
    begin = _HEADER_SIZE.size + header_size
    if len(content) < begin:
        raise FixtureTruncatedError(path, size, begin, at_least=True)
    try:
        header = _HEADER.decode(memoryview(content)[_HEADER_SIZE.size : begin])
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise FixtureDamagedError(path, f"its header is not readable ({error})") from error
    should_be = begin + max((entry.data_offsets[1] for entry in header.values()), default=0)
    if size != should_be:
        raise FixtureTruncatedError(path, size, should_be)
    return header


class _Entry(msgspec.Struct):
    """One entry of a header: where a tensor's bytes lie, or, of `__metadata__`, what we wrote there."""

    data_offsets: tuple[int, int] = (0, 0)
    own: str | None = msgspec.field(default=None, name=METADATA_KEY)


_HEADER = msgspec.json.Decoder(dict[str, _Entry])


def _array(held: Mapping[str, Any]) -> Array:
    """Return a tensor that safetensors has read, as an array that cannot be written to."""
    array = np.ndarray(held["shape"], _READ[held["dtype"]], held["data"])
    array.flags.writeable = False
    return array
