"""From wrong numbers to the mistake that makes exactly these numbers.

A mistake explains a failing case if, made on purpose, it reproduces the candidate's numbers within the yardstick, and
lies at least twice as far from TensorFlow's. It is contradicted by a passing case that it would have made fail.
Nothing is named that does not reproduce the numbers. Mistakes are tried alone, and in pairs on what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from rnn_parity.candidate import Candidate, Case, Result
from rnn_parity.compare import named_arrays
from rnn_parity.mistakes import MISTAKES, Mistake, both
from rnn_parity.mistakes.reproduce import NEARER, Failing, in_float64, mistaken_ratio, reproduces
from rnn_parity.spec import CaseSpec, class_name
from rnn_parity.tolerance import Tolerance

SCREENED = 12  # failing cases, of different cells and runs, on which a mistake must show itself before all are tried
NUMBERS = "fiub"  # kinds of dtypes that can be compared
PROBES = 2  # cases on which all pairs are tried; each takes about a second

Making: TypeAlias = Callable[[CaseSpec], Candidate | None]  # what makes the mistakes in a case, None without room


@dataclass(frozen=True)
class Failure:
    """A failing case and the candidate's answer to it."""

    case: Case
    answer: Result


@dataclass(frozen=True)
class Explanation:
    """Mistakes that reproduce one case's numbers; `ratio` is what remains, as a multiple of TensorFlow's rounding."""

    mistakes: tuple[str, ...]
    ratio: float


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Mistakes made together, over the whole run: the failing cases they reproduce, the passing ones against them.

    `alternatives` reproduce the same cases and are contradicted by no more: these cases cannot tell them apart.
    """

    mistakes: tuple[str, ...]
    explains: int
    of: int
    contradicted_by: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Account:
    """Mistakes made together, and case id -> ratio of the cases they reproduce, among `room` that they apply to."""

    names: tuple[str, ...]
    making: Making
    ratios: Mapping[str, float]
    room: int


def diagnose(
    failures: Sequence[Failure], passing: Sequence[Case], tolerance: Tolerance
) -> tuple[tuple[Diagnosis, ...], dict[str, tuple[Explanation, ...]]]:
    """Return the mistakes behind the failures, the one that explains most first, and case id -> its explanations."""
    failing = list(_comparable(failures, tolerance))
    accounts = [_account((mistake.id,), _alone(mistake), failing, tolerance) for mistake in MISTAKES]
    explained = {case_id for account in accounts for case_id in account.ratios}
    left = [one for one in failing if one.case.id not in explained and one.is_finite]
    accounts += [_account(names, making, failing, tolerance) for names, making in _pairs(left, tolerance)]
    found = tuple(_diagnoses([one for one in accounts if one.ratios], len(failures), _Witnesses(passing, tolerance)))
    named = {one.mistakes for one in found} | {(name,) for one in found for name in one.alternatives}
    explanations = {
        failure.case.id: tuple(
            Explanation(account.names, account.ratios[failure.case.id])
            for account in accounts
            if account.names in named and failure.case.id in account.ratios
        )
        for failure in failures
    }
    return found, explanations


class _Witnesses:
    """The passing cases, asked which of them would have failed."""

    def __init__(self, passing: Sequence[Case], tolerance: Tolerance) -> None:
        self._passing = [in_float64(case) for case in passing]
        self._tolerance = tolerance
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def against(self, account: _Account) -> tuple[str, ...]:
        """Return the ids of the passing cases that contradict these mistakes."""
        if account.names not in self._known:
            self._known[account.names] = tuple(case.id for case in self._passing if self._fails(account, case))
        return self._known[account.names]

    def _fails(self, account: _Account, case: Case) -> bool:
        run = account.making(case.spec)
        allowed = NEARER * self._tolerance.factor
        return run is not None and mistaken_ratio(run, case, case.expectation.oracle64) > allowed


def _diagnoses(accounts: list[_Account], of: int, witnesses: _Witnesses) -> Iterator[Diagnosis]:
    """Yield what explains most of the cases that nothing before explains, until nothing explains any."""
    explained: set[str] = set()

    def news(account: _Account) -> set[str]:
        return account.ratios.keys() - explained

    while True:
        weights = [_weight(account, len(news(account))) for account in accounts]
        best = [account for account, weight in zip(accounts, weights, strict=True) if weight == max(weights)]
        if not best or not news(best[0]):
            return
        chosen = min(best, key=lambda account: len(witnesses.against(account)))
        cases = news(chosen)
        explained |= cases
        yield Diagnosis(
            mistakes=chosen.names,
            explains=len(cases),
            of=of,
            contradicted_by=witnesses.against(chosen),
            alternatives=tuple(_alternatives(chosen, cases, accounts, witnesses)),
        )


def _weight(account: _Account, news: int) -> tuple[bool, int]:
    """Return what to choose by: whether it stands by itself, then how many more cases it explains.

    A mistake that reproduces less than half of the failing cases with room for it is one of a pair, which comes first;
    one that reproduces more was made by itself, also where a stack of several cells makes another one besides.
    """
    alone = len(account.names) == 1 and 2 * len(account.ratios) >= account.room
    return (news > 0 and alone, news)


def _alternatives(chosen: _Account, cases: set[str], accounts: list[_Account], witnesses: _Witnesses) -> Iterator[str]:
    for other in accounts:
        alike = other is not chosen and len(other.names) == 1 == len(chosen.names) and cases <= other.ratios.keys()
        if alike and len(witnesses.against(other)) <= len(witnesses.against(chosen)):
            yield other.names[0]


def _account(names: tuple[str, ...], making: Making, failing: Sequence[Failing], tolerance: Tolerance) -> _Account:
    """Return which of the failing cases these mistakes reproduce; of most, a few cases tell that they do none."""
    runs = [(one, run) for one in failing if (run := making(one.case.spec)) is not None]
    screened = {one.case.id for one in _one_of_each(one for one, _ in runs)}
    if not any(reproduces(run, one, tolerance) is not None for one, run in runs if one.case.id in screened):
        return _Account(names, making, {}, len(runs))
    ratios = {one.case.id: reproduces(run, one, tolerance) for one, run in runs}
    found = {case_id: ratio for case_id, ratio in ratios.items() if ratio is not None}
    return _Account(names, making, found, len(runs))


def _alone(mistake: Mistake) -> Making:
    return lambda spec: mistake.run if mistake.applies(spec) else None


def _together(first: Mistake, second: Mistake) -> Making:
    return lambda spec: both(first, second, spec)


def _pairs(left: Sequence[Failing], tolerance: Tolerance) -> Iterator[tuple[tuple[str, ...], Making]]:
    """Yield the pairs of mistakes that reproduce one of the first cases of different kinds."""
    tried: set[tuple[str, ...]] = set()
    for probe in _one_of_each(left)[:PROBES]:
        possible = [mistake for mistake in MISTAKES if mistake.applies(probe.case.spec)]
        for first, second in combinations(possible, 2):
            making, names = _together(first, second), (first.id, second.id)
            run = making(probe.case.spec)
            if names not in tried and run is not None and reproduces(run, probe, tolerance) is not None:
                tried.add(names)
                yield names, making


def _comparable(failures: Iterable[Failure], tolerance: Tolerance) -> Iterator[Failing]:
    """Yield the failures whose numbers are wrong: behind a wrong form alone there is no mistake to look for."""
    for failure in failures:
        got, malformed = named_arrays(failure.case, failure.answer)
        if malformed or any(array.dtype.kind not in NUMBERS for array in got.values()):
            continue
        failing = Failing(failure.case, in_float64(failure.case), got, failure.case.expectation.oracle64)
        if not failing.is_right(tolerance):
            yield failing


def _one_of_each(failing: Iterable[Failing]) -> list[Failing]:
    """Return one case of each kind of cell and run, those of one cell and one direction before the others."""
    chosen: dict[tuple[str, str], Failing] = {}
    for one in failing:
        chosen.setdefault(_kind(one.case.spec), one)
    return list(chosen.values())[:SCREENED]


def _kind(spec: CaseSpec) -> tuple[str, str]:
    return class_name(spec.cell), class_name(spec.run)
