"""`python -m tf_reference record`: recordings of a user's, made and written, with a line for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from rnn_parity.errors import RnnParityError
from rnn_parity.fixture_file import Fixture
from rnn_parity.structure import Array
from tf_reference.changes import select
from tf_reference.own.folder import there, write
from tf_reference.own.graphs import OwnRecording
from tf_reference.own.loading import load_recordings
from tf_reference.own.record import record_own, weak_weights


def record_into(reference: str, folder: Path, only: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines to print: each recording as it became, and what was written.

    All are tried; every one that fails but the last is named on stderr before the error.

    Raises:
        BuildLoadError: `reference` names no recordings.
        RecordingError: one cannot be made; nothing is written.
        RecordingFolderError, FixtureError, WriteRefusedError: the folder is not one to write to.
    """
    old = there(folder)
    recordings = load_recordings(reference)
    chosen = select({one.id for one in recordings}, only)
    fresh = _recorded([one for one in recordings if one.id in chosen])
    changes = {change.case_id: change.words for change in write(folder, old, fresh)}
    for fixture in fresh:
        yield changes.get(fixture.spec.id, f"as it was {fixture.spec.id}")
    yield f"written to {folder}"


def _recorded(recordings: list[OwnRecording]) -> list[Fixture]:
    fixtures: list[Fixture] = []
    failures: list[RnnParityError] = []
    for number, recording in enumerate(recordings, 1):
        try:
            fixtures.append(record_own(recording))
        except RnnParityError as error:
            failures.append(error)
            continue
        click.echo(f"recorded {number} of {len(recordings)}: {recording.id}", err=True)
        for words in _notes(fixtures[-1]):
            click.echo(f"note: {recording.id}: {words}", err=True)
    for failure in failures[:-1]:
        click.echo(f"error: {failure}", err=True)
    if failures:
        raise failures[-1]
    return fixtures


def _notes(fixture: Fixture) -> Iterator[str]:
    """Yield what a recording is weak in."""
    for name in weak_weights(fixture):
        yield f"{name} is one number throughout, so that mistakes in reading it cannot be seen"
    outputs: list[Array] = [array for name, array in fixture.arrays.items() if name.startswith("outputs")]
    if not any(array.any() for array in outputs):
        yield "its outputs are 0 throughout"
