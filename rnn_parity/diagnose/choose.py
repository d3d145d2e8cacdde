"""From the mistakes that could be behind some failures to those that are named: as few as explain as many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

from rnn_parity.candidate import Case
from rnn_parity.diagnose.accounts import Account, Diagnosis
from rnn_parity.mistakes.reproduce import NEARER, in_float64, mistaken_ratio
from rnn_parity.spec import CaseSpec
from rnn_parity.tolerance import Tolerance
from rnn_parity.witness import Witness


class Witnesses:
    """The passing cases, asked which of them would have failed; those without room for any mistake are not read."""

    def __init__(self, passing: Sequence[Witness], tolerance: Tolerance) -> None:
        self._passing = [(one.spec, cache(partial(_double, one))) for one in passing]
        self._tolerance = tolerance
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def against(self, account: Account) -> tuple[str, ...]:
        """Return the ids of the passing cases that contradict these mistakes."""
        if account.names not in self._known:
            self._known[account.names] = tuple(
                spec.id for spec, read in self._passing if self._fails(account, spec, read)
            )
        return self._known[account.names]

    def _fails(self, account: Account, spec: CaseSpec, read: Callable[[], Case]) -> bool:
        run = account.making(spec)
        if run is None:
            return False
        case, allowed = read(), NEARER * self._tolerance.factor
        return mistaken_ratio(run, case, case.expectation.oracle64) > allowed


def diagnoses(accounts: Sequence[Account], of: int, witnesses: Witnesses) -> Iterator[Diagnosis]:
    """Yield what explains most of the cases that nothing before explains, until nothing explains any."""
    explained: set[str] = set()
    accounted = {case_id for account in accounts for case_id in account.ratios}
    while True:
        weights = [_weight(account, len(account.ratios.keys() - explained)) for account in accounts]
        best = [account for account, weight in zip(accounts, weights, strict=True) if weight == max(weights)]
        if not best or not best[0].ratios.keys() - explained:
            return
        chosen = min(best, key=lambda account: len(witnesses.against(account)))
        cases = chosen.ratios.keys() - explained
        explained |= cases
        yield Diagnosis(
            mistakes=chosen.names,
            explains=len(cases),
            of=of,
            room=len(chosen.room),
            contradicted_by=witnesses.against(chosen),
            unlike=tuple(case_id for case_id in chosen.room if case_id not in accounted),
            alternatives=tuple(_alternatives(chosen, cases, accounts, witnesses)),
        )


def _weight(account: Account, news: int) -> tuple[bool, int]:
    """Return what to choose by: whether it stands by itself, then how many more cases it explains.

    A mistake that reproduces less than half of the failing cases with room for it is one of a pair, which comes first;
    one that reproduces more was made by itself, also where a stack of several cells makes another one besides.
    """
    alone = len(account.names) == 1 and 2 * len(account.ratios) >= len(account.room)
    return (news > 0 and alone, news)


def _alternatives(chosen: Account, cases: set[str], accounts: Sequence[Account], witnesses: Witnesses) -> Iterator[str]:
    for other in accounts:
        alike = other is not chosen and len(other.names) == len(chosen.names) and cases <= other.ratios.keys()
        if alike and len(witnesses.against(other)) <= len(witnesses.against(chosen)):
            yield other.name


def _double(witness: Witness) -> Case:
    return in_float64(witness.read())
