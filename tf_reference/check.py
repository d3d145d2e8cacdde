"""The committed fixtures against a new recording: do they still say what TensorFlow says?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rnn_parity.spec import CaseSpec
from rnn_parity.store import Fixtures
from tf_reference.changes import Change, compare_fixtures, select
from tf_reference.pool import record_all


class Report(NamedTuple):
    """How many fixtures are equal to the bit, those that differ within the noise, and those that differ by more."""

    bit_equal: int
    within_noise: tuple[Change, ...]
    drifted: tuple[Change, ...]


def check(cases: Sequence[CaseSpec], folder: Path, *, only: tuple[str, ...] = (), jobs: int = 1) -> Report:
    """Return how a new recording of `cases` compares with the fixtures in `folder`; nothing is written.

    Raises:
        FixtureError: the fixtures are missing or damaged.
        CaseUnknownError: a glob matches no case.
        RecordingError: a case cannot be recorded.
    """
    fixtures = Fixtures(folder)
    wanted = {spec.id: spec for spec in cases}
    there = set(fixtures.ids)
    chosen = select(wanted.keys() | there, only)
    committed = {case_id: fixtures.read(case_id) for case_id in sorted(chosen & there & wanted.keys())}
    fresh = record_all([wanted[case_id] for case_id in committed], jobs)
    changes = [compare_fixtures(committed[case_id], fresh[case_id]) for case_id in committed]
    drifted = [change for change in changes if change is not None and change.drifted]
    drifted += [Change(case_id, "missing", "in the catalogue, not recorded") for case_id in chosen - there]
    drifted += [Change(case_id, "extra", "recorded, not in the catalogue") for case_id in chosen - wanted.keys()]
    bit_equal = changes.count(None)
    within = tuple(change for change in changes if change is not None and not change.drifted)
    return Report(bit_equal, within, tuple(sorted(drifted)))
