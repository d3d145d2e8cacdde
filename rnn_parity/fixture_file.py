"""One fixture file: a case's spec and arrays as safetensors, written, read and verified.

A file's bytes follow from the case and TensorFlow's numbers alone. Two traps of safetensors, both met here: an array
that is not C-contiguous is written wrongly without an error (safetensors#825), and several metadata keys come out in
random order (safetensors#584). So arrays are made contiguous, every file is read back after writing, and there is one
metadata key. Reading executes nothing.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from safetensors import SafetensorError, safe_open
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
        digest.update(f"\n{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def read_fixture(path: Path) -> Fixture:
    """Return what a fixture file holds, without comparing it to a manifest.

    Raises:
        FixtureMissingError, FixtureTruncatedError, FixtureDamagedError, FixtureVersionError: see each.
    """
    if not path.is_file():
        raise FixtureMissingError(path)
    _require_whole(path)
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  safe_open is no mapping
    except (SafetensorError, OSError, ValueError) as error:
        raise FixtureDamagedError(path, str(error)) from error
    spec = _spec_in(metadata, path)
    for array in arrays.values():
        array.flags.writeable = False
    return Fixture(spec, arrays)


def read_spec(path: Path) -> CaseSpec:
    """Return the case that a fixture file is of, without reading its arrays.

    Raises:
        FixtureMissingError, FixtureTruncatedError, FixtureDamagedError, FixtureVersionError: see each.
    """
    if not path.is_file():
        raise FixtureMissingError(path)
    _require_whole(path)
    try:
        with safe_open(path, framework="np") as file:
            return _spec_in(file.metadata() or {}, path)
    except (SafetensorError, OSError, ValueError) as error:
        raise FixtureDamagedError(path, str(error)) from error


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


def _spec_in(metadata: Mapping[str, str], path: Path) -> CaseSpec:
    if METADATA_KEY not in metadata:
        raise FixtureDamagedError(path, f"no metadata {METADATA_KEY!r}")
    try:
        version = msgspec.json.decode(metadata[METADATA_KEY], type=VersionOnly).format
        if version != FORMAT_VERSION:
            raise FixtureVersionError(path, version, FORMAT_VERSION)
        held = msgspec.json.decode(metadata[METADATA_KEY], type=_Metadata)
        return from_json(bytes(held.spec), str(path))
    except (msgspec.MsgspecError, RnnParityError) as error:
        if isinstance(error, FixtureVersionError):
            raise
        raise FixtureDamagedError(path, f"its metadata is no case ({error})") from error


def _require_whole(path: Path) -> None:
    """Compare the file's size with what its header announces: safetensors words a truncation only as invalid."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_HEADER_SIZE.size)
        if len(start) < _HEADER_SIZE.size:
            raise FixtureTruncatedError(path, size, _HEADER_SIZE.size, at_least=True)
        (header_size,) = _HEADER_SIZE.unpack(start)
        if header_size > _MAX_HEADER:
            raise FixtureDamagedError(path, "its header announces an absurd size")
        header = file.read(header_size)
    if len(header) < header_size:
        raise FixtureTruncatedError(path, size, _HEADER_SIZE.size + header_size, at_least=True)
    try:
        entries = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        ends = [_end(entry) for name, entry in entries.items() if name != "__metadata__"]
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise FixtureDamagedError(path, f"its header is not readable ({error})") from error
    should_be = 8 + header_size + max(ends, default=0)
    if size != should_be:
        raise FixtureTruncatedError(path, size, should_be)


def _end(entry: msgspec.Raw) -> int:
    return msgspec.json.decode(entry, type=_Entry).data_offsets[1]


class _Entry(msgspec.Struct):
    data_offsets: tuple[int, int]
