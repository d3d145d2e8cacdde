"""A folder of fixtures: a manifest with the hash of each, read and verified one by one, replaced as a whole."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from rnn_parity.errors import (
    CaseUnknownError,
    FixtureDamagedError,
    FixtureExtraError,
    FixtureFolderMissingError,
    FixtureMissingError,
    FixtureRenamedError,
    FixtureVersionError,
    ManifestDamagedError,
    RnnParityError,
)
from rnn_parity.fixture_file import (
    FORMAT_VERSION,
    SUFFIX,
    Fixture,
    VersionOnly,
    content_hash,
    fixture_path,
    read_fixture,
    read_spec,
)
from rnn_parity.spec import CaseSpec

MANIFEST = "MANIFEST.json"


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
        old = set_aside(folder)
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
        globs = tuple(patterns)
        if not globs and self.manifest.cases:
            return self.ids
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
            raise FixtureDamagedError(path, f"it holds case {fixture.spec.id!r}")
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
            raise FixtureDamagedError(path, f"it holds case {spec.id!r}")
        return spec

    def __iter__(self) -> Iterator[Fixture]:
        return (self.read(case_id) for case_id in self.ids)

    def _compare_with_files(self) -> None:
        listed, there = self.manifest.cases, set(_ids_of_files(self.folder))
        for name in sorted(there - listed.keys()):
            path = fixture_path(self.folder, name)
            case_id = _id_inside(path)
            if case_id in listed and case_id not in there:
                raise FixtureRenamedError(path, case_id)
            raise FixtureExtraError(path)
        for case_id in sorted(listed.keys() - there):
            raise FixtureMissingError(fixture_path(self.folder, case_id))


def default_fixtures() -> Path:
    """Return the folder of the fixtures that came with this installation: in the wheel, else in the checkout."""
    package = Path(__file__).parent
    inside = package / "fixtures"
    return inside if inside.is_dir() else package.parent / "fixtures"


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
        version = msgspec.json.decode(text, type=VersionOnly).format
        if version != FORMAT_VERSION:
            raise FixtureVersionError(path, version, FORMAT_VERSION)
        return msgspec.json.decode(text, type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        raise FixtureFolderMissingError(folder) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ManifestDamagedError(path, str(error)) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write MANIFEST.json, keys sorted, one entry a line."""
    text = msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1)
    (folder / MANIFEST).write_bytes(text + b"\n")


@contextmanager
def replacement(folder: Path) -> Iterator[Path]:
    """Yield a new empty folder beside `folder` that takes its place when the block ends without an error.

    A writer killed at any moment leaves the earlier fixtures: under their name or, for the instant between the two
    renames of the swap, beside it (`set_aside`), where readers find them until the next writer brings them back.
    """
    import tempfile  # noqa: PLC0415  only for writing

    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _recover(folder)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield fresh
        fresh.chmod(0o755)  # mkdtemp makes it private
        if folder.exists():
            folder.replace(set_aside(folder))
        fresh.replace(folder)
        shutil.rmtree(set_aside(folder), ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _recover(folder: Path) -> None:
    old = set_aside(folder)
    if old.exists() and not folder.exists():
        old.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def _ids_of_files(folder: Path) -> Iterator[str]:
    """Yield the id that each fixture file below `folder` is named by."""
    for place, _, files in os.walk(folder):
        below = "".join(f"{part}/" for part in Path(place).relative_to(folder).parts)
        yield from (below + name.removesuffix(SUFFIX) for name in files if name.endswith(SUFFIX))


def _id_inside(path: Path) -> str | None:
    try:
        return read_fixture(path).spec.id
    except RnnParityError:
        return None


def set_aside(folder: Path) -> Path:
    """Return where the earlier fixtures lie while new ones take their place: a hidden name that nobody else gives."""
    folder = folder.absolute()
    return folder.with_name(f".{folder.name}.replaced")
