"""A fixture on disk and back: one safetensors file a case, and a manifest with the hash of each.

A file's bytes follow from the case and TensorFlow's numbers alone. Two traps of safetensors, both met here: an array
that is not C-contiguous is written wrongly without an error (safetensors#825), and several metadata keys come out in
random order (safetensors#584). So arrays are made contiguous, every file is read back after writing, and there is one
metadata key. Reading executes nothing.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from rnn_parity.errors import (
    CaseUnknownError,
    FixtureDamagedError,
    FixtureExtraError,
    FixtureFolderMissingError,
    FixtureMissingError,
    FixtureRenamedError,
    FixtureTruncatedError,
    FixtureVersionError,
    FixtureWriteError,
    ManifestDamagedError,
    RnnParityError,
)
from rnn_parity.spec import CaseSpec, from_json, to_json
from rnn_parity.structure import Array

FORMAT_VERSION = 1
MANIFEST = "MANIFEST.json"
METADATA_KEY = "rnn-parity"
SUFFIX = ".safetensors"
_DTYPES = {"F16": "float16", "F32": "float32", "F64": "float64", "I32": "int32"}
_HEADER_SIZE = struct.Struct("<Q")  # what a file begins with
_MAX_HEADER = 100_000_000  # bytes; safetensors' own limit


@dataclass(frozen=True)
class Fixture:
    """What is recorded of one case: its spec and every array by name."""

    spec: CaseSpec
    arrays: Mapping[str, Array]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What MANIFEST.json holds: case id -> hash, and what recorded them."""

    format: int
    cases: dict[str, str]
    reference: dict[str, str]  # versions of tensorflow, tf_keras and numpy
    recording: dict[str, str]  # CPU features and oneDNN setting


class Fixtures:
    """A folder of fixtures, opened: the manifest is read and compared with the files that are there.

    Raises:
        FixtureError: no manifest, a file missing, extra or renamed; each with its own class.
    """

    def __init__(self, folder: Path) -> None:
        old = _old(folder)
        self.folder = old if old.exists() and not folder.exists() else folder  # see `replacement`
        self.manifest = read_manifest(self.folder)
        self._compare_with_files()

    @property
    def ids(self) -> tuple[str, ...]:
        """All case ids, sorted."""
        return tuple(sorted(self.manifest.cases))

    @property
    def digest(self) -> str:
        """One hash over all cases: the same for the same fixtures."""
        return hashlib.sha256(msgspec.json.encode(self.manifest.cases, order="sorted")).hexdigest()

    def select(self, patterns: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the sorted ids that match any of the globs; all where there is no glob.

        Raises:
            CaseUnknownError: a glob matches no case; the nearest id is named.
        """
        wanted: set[str] = set()
        globs = tuple(patterns) or ("*",)
        for glob in globs:
            found = [case_id for case_id in self.ids if fnmatchcase(case_id, glob)]
            if not found:
                raise CaseUnknownError(glob, self.ids)
            wanted.update(found)
        return tuple(sorted(wanted))

    def read(self, case_id: str) -> Fixture:
        """Return one fixture, verified against its hash.

        Raises:
            CaseUnknownError: no such case.
            FixtureError: the file is truncated, damaged, of another version or another case.
        """
        if case_id not in self.manifest.cases:
            raise CaseUnknownError(case_id, self.ids)
        path = fixture_path(self.folder, case_id)
        fixture = read_fixture(path)
        if fixture.spec.id != case_id:
            raise FixtureRenamedError(path, fixture.spec.id)
        if content_hash(fixture) != self.manifest.cases[case_id]:
            raise FixtureDamagedError(path, "its content does not have the hash that MANIFEST.json lists")
        return fixture

    def read_spec(self, case_id: str) -> CaseSpec:
        """Return one case's spec alone: no array is read, so its hash is not verified.

        Raises:
            CaseUnknownError: no such case.
            FixtureError: as for `read`, as far as the header shows it.
        """
        if case_id not in self.manifest.cases:
            raise CaseUnknownError(case_id, self.ids)
        path = fixture_path(self.folder, case_id)
        spec = read_spec(path)
        if spec.id != case_id:
            raise FixtureRenamedError(path, spec.id)
        return spec

    def __iter__(self) -> Iterator[Fixture]:
        return (self.read(case_id) for case_id in self.ids)

    def _compare_with_files(self) -> None:
        listed = {fixture_path(self.folder, case_id) for case_id in self.manifest.cases}
        there = set(self.folder.rglob(f"*{SUFFIX}"))
        for path in sorted(there - listed):
            case_id = _id_inside(path)
            if case_id in self.manifest.cases and fixture_path(self.folder, case_id) not in there:
                raise FixtureRenamedError(path, case_id)
            raise FixtureExtraError(path)
        for path in sorted(listed - there):
            raise FixtureMissingError(path)


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


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder of fixtures.

    Raises:
        FixtureFolderMissingError: there is none.
        ManifestDamagedError: it is not one.
        FixtureVersionError: it is of another format version.
    """
    path = folder / MANIFEST
    try:
        text = path.read_bytes()
        version = msgspec.json.decode(text, type=_VersionOnly).format
        if version != FORMAT_VERSION:
            raise FixtureVersionError(path, version, FORMAT_VERSION)
        return msgspec.json.decode(text, type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        raise FixtureFolderMissingError(folder) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ManifestDamagedError(path, str(error)) from error


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
    contiguous = {name: np.asarray(array, order="C") for name, array in fixture.arrays.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(save(contiguous, {METADATA_KEY: _metadata(fixture.spec).decode()}))
    if content_hash(read_fixture(path)) != content_hash(fixture):
        raise FixtureWriteError(path, "it reads back differently")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write MANIFEST.json, keys sorted, one entry a line."""
    text = msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1)
    (folder / MANIFEST).write_bytes(text + b"\n")


@contextmanager
def replacement(folder: Path) -> Iterator[Path]:
    """Yield a new empty folder beside `folder` that takes its place when the block ends without an error.

    A writer killed at any moment leaves the earlier fixtures: under their name or, for the instant between the two
    renames of the swap, beside it as `<name>.old`, where readers find them until the next writer brings them back.
    """
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _recover(folder)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield fresh
        fresh.chmod(0o755)  # mkdtemp makes it private
        if folder.exists():
            folder.replace(_old(folder))
        fresh.replace(folder)
        shutil.rmtree(_old(folder), ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _recover(folder: Path) -> None:
    old = _old(folder)
    if old.exists() and not folder.exists():
        old.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


class _VersionOnly(msgspec.Struct):
    format: int


class _Metadata(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    spec: msgspec.Raw


def _metadata(spec: CaseSpec) -> bytes:
    return msgspec.json.encode(_Metadata(FORMAT_VERSION, msgspec.Raw(to_json(spec))))


def _spec_in(metadata: Mapping[str, str], path: Path) -> CaseSpec:
    if METADATA_KEY not in metadata:
        raise FixtureDamagedError(path, f"no metadata {METADATA_KEY!r}")
    try:
        version = msgspec.json.decode(metadata[METADATA_KEY], type=_VersionOnly).format
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
            raise FixtureTruncatedError(path, size, _HEADER_SIZE.size)
        (header_size,) = _HEADER_SIZE.unpack(start)
        if header_size > _MAX_HEADER:
            raise FixtureDamagedError(path, "its header announces an absurd size")
        header = file.read(header_size)
    if len(header) < header_size:
        raise FixtureTruncatedError(path, size, 8 + header_size)
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


def _id_inside(path: Path) -> str | None:
    try:
        return read_fixture(path).spec.id
    except RnnParityError:
        return None


def _old(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.old")
