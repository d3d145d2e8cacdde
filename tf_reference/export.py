"""The catalogue -> fixtures: dry by default, so that a change is seen before it is committed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from rnn_parity.errors import FixtureError, ReferenceEnvironmentError, WriteRefusedError
from rnn_parity.fixture_file import (
    FORMAT_VERSION,
    SUFFIX,
    Fixture,
    content_hash,
    fixture_path,
    read_fixture,
    write_fixture,
)
from rnn_parity.spec import CaseSpec
from rnn_parity.store import MANIFEST, Fixtures, Manifest, read_manifest, replacement, write_manifest
from tf_reference.changes import Change, compare_fixtures, select
from tf_reference.environment import recording, versions
from tf_reference.pool import record_all


def export(
    cases: Sequence[CaseSpec], folder: Path, *, only: tuple[str, ...] = (), jobs: int = 1, write: bool = False
) -> tuple[Change, ...]:
    """Return what recording `cases` anew changes in `folder`; `write` swaps the folder for the new one.

    `only` are globs: other cases stay as they are.

    Raises:
        WriteRefusedError: `write` where CI is set.
        CaseUnknownError: a glob matches no case.
        RecordingError: a case cannot be recorded; nothing is written.
        FixtureError: with `only`, the fixtures to keep are damaged.
    """
    if write and os.environ.get("CI"):
        raise WriteRefusedError
    wanted = {spec.id: spec for spec in cases}
    there = _ids_in(folder)
    chosen = select(wanted.keys() | there, only)
    kept = _kept(folder, there - chosen)
    fresh = record_all([spec for case_id, spec in wanted.items() if case_id in chosen], jobs)
    changes = [_change(folder, fixture) for fixture in fresh.values()]
    changes += [Change(case_id, "removed") for case_id in (chosen & there) - wanted.keys()]
    found = sorted(change for change in changes if change is not None)
    manifest = _manifest(kept | fresh)
    if not found and _listed(folder) != manifest.cases:
        found = [Change(MANIFEST, "changed", "does not list these fixtures")]
    if write:
        _write(folder, kept | fresh, manifest)
    return tuple(found)


def _ids_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix().removesuffix(SUFFIX) for path in folder.rglob(f"*{SUFFIX}")}


def _kept(folder: Path, ids: set[str]) -> dict[str, Fixture]:
    """Return the verified fixtures that `only` leaves as they are."""
    if not ids:
        return {}
    fixtures = Fixtures(folder)
    was, now = fixtures.manifest.reference, versions()
    for package in ("tensorflow", "tf_keras"):
        if was.get(package) != now[package]:
            raise ReferenceEnvironmentError(
                f"{package}: the fixtures to keep were recorded with {was.get(package)}, this is {now[package]}. "
                "Install that version, or record all cases: leave out --only."
            )
    return {case_id: fixtures.read(case_id) for case_id in sorted(ids)}


def _change(folder: Path, fixture: Fixture) -> Change | None:
    case_id = fixture.spec.id
    path = fixture_path(folder, case_id)
    if not path.exists():
        return Change(case_id, "added")
    try:
        return compare_fixtures(read_fixture(path), fixture)
    except FixtureError as error:
        return Change(case_id, "changed", f"was unreadable: {error.problem}")


def _listed(folder: Path) -> dict[str, str] | None:
    try:
        return read_manifest(folder).cases
    except FixtureError:
        return None


def _manifest(fixtures: Mapping[str, Fixture]) -> Manifest:
    hashes = {case_id: content_hash(fixture) for case_id, fixture in fixtures.items()}
    return Manifest(format=FORMAT_VERSION, cases=hashes, reference=versions(), recording=recording())


def _write(folder: Path, fixtures: Mapping[str, Fixture], manifest: Manifest) -> None:
    with replacement(folder) as fresh:
        for fixture in fixtures.values():
            write_fixture(fresh, fixture)
        write_manifest(fresh, manifest)
