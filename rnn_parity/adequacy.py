"""Whether the cases are strong enough: which of them catch each known mistake, and by what margin.

    room       the cases whose cell and run leave room for a mistake
    caught by  those of them that fail when the mistake is made on purpose, at the tolerance that is really used
    ratio      the largest error over a case's tensors, as a multiple of TensorFlow's own rounding, as `check` has it;
               infinite where no number could be compared: a wrong form, or a result that is not finite

A mistake that no case catches may be in any implementation that passes them all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

from rnn_parity.candidate import Candidate, Case, case_of
from rnn_parity.catalogue import CASES
from rnn_parity.compare import compare
from rnn_parity.mistakes import MISTAKES, Mistake
from rnn_parity.store import Fixtures
from rnn_parity.tolerance import Tolerance

CAUGHT, ESCAPED, NOTHING = 0, 1, 5  # exit statuses
FEW = 1  # caught by no more cases than this, a mistake is one change of the catalogue away from escaping

Ratios: TypeAlias = dict[str, float | None]  # mistake id -> ratio in one case that has room for it, None: not caught


@dataclass(frozen=True)
class Catch:
    """One case that catches a mistake, and by what margin; `ratio` may be infinite."""

    case: str
    ratio: float


@dataclass(frozen=True, kw_only=True)
class Strength:
    """How well the cases see one mistake: of `room` cases, those in `caught_by` do, the clearest first."""

    mistake: Mistake
    room: int
    caught_by: tuple[Catch, ...]

    @property
    def hangs_on_few(self) -> bool:
        """Whether it is caught, by no more than FEW cases."""
        return 0 < len(self.caught_by) <= FEW


@dataclass(frozen=True, kw_only=True)
class Adequacy:
    """How well `cases` cases see every mistake; `whole` says that there are no others which could see more."""

    cases: int
    whole: bool
    strengths: tuple[Strength, ...]

    @property
    def escaped(self) -> tuple[Strength, ...]:
        """The mistakes that no case catches, though one has room for them; of `whole` fixtures, though none has."""
        return tuple(one for one in self.strengths if not one.caught_by and (one.room or self.whole))

    @property
    def without_room(self) -> tuple[Strength, ...]:
        """The mistakes that only other cases leave room for."""
        return tuple(one for one in self.strengths if not one.room and not self.whole)

    @property
    def hanging_on_few(self) -> tuple[Strength, ...]:
        """The mistakes that are caught by no more than FEW cases."""
        return tuple(one for one in self.strengths if one.hangs_on_few)

    @property
    def exit_status(self) -> int:
        """0 all is caught that there is room for; 1 something escapes; 5 there is no room for anything."""
        if self.escaped:
            return ESCAPED
        return NOTHING if len(self.without_room) == len(self.strengths) else CAUGHT

    def caught_by_at_least(self, cases: int) -> int:
        """Return how many mistakes are caught by so many cases or more."""
        return sum(len(one.caught_by) >= cases for one in self.strengths)


def ratio_if_caught(case: Case, run: Candidate, tolerance: Tolerance) -> float | None:
    """Return the ratio of a case that `run` fails, None of one that it passes."""
    comparison = compare(case, run(case.question()), tolerance)
    if comparison.agrees:
        return None
    return max(float("inf") if tensor.ratio is None else tensor.ratio for tensor in comparison.tensors)


def ratios_of(case: Case, mistakes: Iterable[Mistake], tolerance: Tolerance) -> Ratios:
    """Return the ratios of those mistakes that a case leaves room for."""
    return {one.id: ratio_if_caught(case, one.run, tolerance) for one in mistakes if one.applies(case.spec)}


def gathered(found: Sequence[tuple[str, Ratios]], mistakes: Sequence[Mistake], *, whole: bool) -> Adequacy:
    """Return what the ratios of every case, (id, ratios), say of the mistakes; `whole` as in `Adequacy`."""
    catches: dict[str, list[Catch]] = {mistake.id: [] for mistake in mistakes}
    room = dict.fromkeys(catches, 0)
    for case_id, ratios in sorted(found, key=lambda one: one[0]):
        for mistake_id, ratio in ratios.items():
            room[mistake_id] += 1
            if ratio is not None:
                catches[mistake_id].append(Catch(case_id, ratio))
    strengths = (
        Strength(
            mistake=one,
            room=room[one.id],
            caught_by=tuple(sorted(catches[one.id], key=lambda catch: -catch.ratio)),
        )
        for one in mistakes
    )
    return Adequacy(cases=len(found), whole=whole, strengths=tuple(strengths))


def adequacy(
    fixtures: Fixtures,
    ids: Sequence[str],
    mistakes: Sequence[Mistake] = MISTAKES,
    *,
    jobs: int = 1,
    on_case: Callable[[], None] = lambda: None,
) -> Adequacy:
    """Return how well the recorded cases see the mistakes, each made in every case that leaves room for it.

    Args:
        fixtures: the folder that the cases are in.
        ids: their names.
        mistakes: some of the catalogue.
        jobs: processes among which the cases are divided; 1 computes in this one.
        on_case: called after each case.

    Raises:
        FixtureError: a fixture is missing or damaged.
    """
    names = tuple(one.id for one in mistakes)
    found = []
    if min(jobs, len(ids)) <= 1:
        for case_id in ids:
            found.append((case_id, ratios_of(case_of(fixtures.read(case_id)), mistakes, Tolerance())))
            on_case()
        return gathered(found, mistakes, whole=_is_whole(ids))
    context = get_context("spawn")  # the same on every system
    with ProcessPoolExecutor(min(jobs, len(ids)), mp_context=context) as pool:
        running = {pool.submit(_recorded_ratios, fixtures.folder, case_id, names): case_id for case_id in ids}
        try:
            for future in as_completed(running):
                found.append((running[future], future.result()))
                on_case()
        finally:
            pool.shutdown(cancel_futures=True)
    return gathered(found, mistakes, whole=_is_whole(ids))


def _is_whole(ids: Sequence[str]) -> bool:
    """Return whether these are all cases of the catalogue, so that there are no others which could see more."""
    return set(ids) >= {spec.id for spec in CASES}


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _recorded_ratios(folder: Path, case_id: str, names: tuple[str, ...]) -> Ratios:
    """Return `ratios_of` a recorded case: mistakes cannot be sent to another process, their names can."""
    return ratios_of(case_of(_opened(folder).read(case_id)), _named(names), Tolerance())


@cache
def _opened(folder: Path) -> Fixtures:
    return Fixtures(folder)


@cache
def _named(names: tuple[str, ...]) -> tuple[Mistake, ...]:
    wanted = set(names)
    return tuple(one for one in MISTAKES if one.id in wanted)
