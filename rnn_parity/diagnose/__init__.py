"""From wrong numbers to the mistake that makes exactly these numbers.

A mistake explains a failing case if, made on purpose, it reproduces the candidate's numbers within the yardstick, and
lies at least twice as far from TensorFlow's. It is contradicted by a passing case that it would have made fail, and by
failing ones with room for it that have other numbers. Nothing is named that does not reproduce the numbers; of what
remains it is said what the failures have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rnn_parity.compare import named_arrays
from rnn_parity.diagnose.accounts import Diagnosis, Explanation, Failure, Findings, Signature
from rnn_parity.diagnose.choose import Witnesses, diagnoses
from rnn_parity.diagnose.search import Search
from rnn_parity.diagnose.signature import signatures
from rnn_parity.mistakes.reproduce import Failing, in_float64
from rnn_parity.tolerance import Tolerance
from rnn_parity.witness import Witness

NUMBERS = "fiub"  # kinds of dtypes that can be compared


def diagnose(failures: Sequence[Failure], passing: Sequence[Witness], tolerance: Tolerance) -> Findings:
    """Return the mistakes behind the failures, and what those have in common that no mistake explains."""
    failing = list(_comparable(failures, tolerance))
    accounts = Search(failing, tolerance).run()
    found = tuple(diagnoses(accounts, len(failures), Witnesses(passing, tolerance)))
    named = {"+".join(one.mistakes) for one in found} | {name for one in found for name in one.alternatives}
    telling = [account for account in accounts if account.name in named]
    explanations = {
        failure.case.id: tuple(
            Explanation(account.names, account.ratios[failure.case.id])
            for account in telling
            if failure.case.id in account.ratios
        )
        for failure in failures
    }
    unexplained = {one.case.id for one in failing if not explanations[one.case.id]}
    left = [failure for failure in failures if failure.case.id in unexplained]
    return Findings(diagnoses=found, explanations=explanations, signatures=tuple(signatures(left, tolerance)))


def _comparable(failures: Iterable[Failure], tolerance: Tolerance) -> Iterator[Failing]:
    """Yield the failures whose numbers are wrong: behind a wrong form alone there is no mistake to look for."""
    for failure in failures:
        got, malformed = named_arrays(failure.case, failure.answer)
        if malformed or any(array.dtype.kind not in NUMBERS for array in got.values()):
            continue
        failing = Failing(failure.case, in_float64(failure.case), got, failure.case.expectation.oracle64)
        if not failing.is_right(tolerance):
            yield failing


__all__ = ["Diagnosis", "Explanation", "Failure", "Findings", "Signature", "diagnose"]
