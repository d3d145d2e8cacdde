"""The folder that own recordings are written to: a new one, or one that holds nothing but such recordings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rnn_parity.errors import RecordingFolderError, ReferenceEnvironmentError, WriteRefusedError
from rnn_parity.fixture_file import FORMAT_VERSION, Fixture, content_hash, fixture_path, write_fixture
from rnn_parity.spec import is_imported, is_own
from rnn_parity.store import MANIFEST, Fixtures, Manifest, replacement, set_aside, write_manifest
from tf_reference.changes import Change, compare_fixtures
from tf_reference.environment import recording, versions


def there(folder: Path) -> dict[str, Fixture]:
    """Return case id -> what a folder holds, verified; nothing where it does not exist or is empty.

    Raises:
        WriteRefusedError: CI is set.
        RecordingFolderError: it cannot be written, or holds something that own recordings are not.
        FixtureError: it is a folder of fixtures, and damaged.
    """
    if os.environ.get("CI"):
        raise WriteRefusedError
    place = _place(folder)
    _require_writable(folder)
    files = [path for path in place.rglob("*") if not path.is_dir()]
    if not files:
        return {}
    if not (place / MANIFEST).exists():
        raise RecordingFolderError(place, f"holds {_shown(place, files[0])}, and no {MANIFEST}")
    fixtures = Fixtures(place)
    listed = {place / MANIFEST, *(fixture_path(place, case_id) for case_id in fixtures.ids)}
    for path in files:
        if path not in listed:
            raise RecordingFolderError(place, f"holds {_shown(place, path)}, which is no fixture")
    for case_id in fixtures.ids:
        spec = fixtures.read_spec(case_id)
        if not (is_own(spec) or is_imported(spec)):
            raise RecordingFolderError(folder, f"holds {case_id}, which is of TensorFlow's own cells")
    _require_versions(fixtures.manifest.reference)
    return {fixture.spec.id: fixture for fixture in fixtures}


def write(folder: Path, old: Mapping[str, Fixture], fresh: Sequence[Fixture]) -> tuple[Change, ...]:
    """Write the new recordings beside the other old ones, and return what changed.

    Raises:
        FixtureWriteError: a file does not read back as it was written; the folder is as it was.
        RecordingFolderError: the folder cannot be written; it is as it was.
    """
    new = {fixture.spec.id: fixture for fixture in fresh}
    changes = [
        compare_fixtures(old[case_id], fixture) if case_id in old else Change(case_id, "added")
        for case_id, fixture in new.items()
    ]
    fixtures = dict(old) | new
    hashes = {case_id: content_hash(fixture) for case_id, fixture in fixtures.items()}
    manifest = Manifest(format=FORMAT_VERSION, cases=hashes, reference=versions(), recording=recording())
    try:
        with replacement(folder) as place:
            for fixture in fixtures.values():
                write_fixture(place, fixture)
            write_manifest(place, manifest)
    except OSError as error:
        raise RecordingFolderError(folder, f"cannot be written ({error.strerror or error})") from error
    return tuple(change for change in changes if change is not None)


def not_writable(folder: Path) -> str:
    """Return why nothing can be written into an existing folder, '' where something can: it is tried."""
    try:
        with tempfile.TemporaryDirectory(prefix=".rnn-parity-", dir=folder):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _require_writable(folder: Path) -> None:
    """Return if the folder can be put where it is to be: what takes a while does not end with that it cannot."""
    above = folder.absolute().parent
    while not above.exists():
        above = above.parent
    problem = "not a directory" if not above.is_dir() else not_writable(above)
    if problem:
        raise RecordingFolderError(folder, f"cannot be written, because of {above} ({problem})")


def _place(folder: Path) -> Path:
    """Return where the recordings lie: in the folder, or beside it where a writer was killed in the act of swapping."""
    if folder.exists() and not folder.is_dir():
        raise RecordingFolderError(folder, "is a file")
    beside = set_aside(folder)
    return beside if beside.exists() and not folder.exists() else folder


def _require_versions(was: Mapping[str, str]) -> None:
    now = versions()
    for package in ("tensorflow", "tf_keras"):
        if was.get(package) != now[package]:
            raise ReferenceEnvironmentError(
                f"{package}: the recordings in --out were made with {was.get(package)}, this is {now[package]}. "
                "Install that version, or record everything into a new folder."
            )


def _shown(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
