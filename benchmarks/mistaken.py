"""A candidate that makes known mistakes, for commands that take a function by name: `benchmarks.mistaken:run`."""

from __future__ import annotations

from collections.abc import Sequence

from rnn_parity.candidate import Candidate, Case, Result
from rnn_parity.candidates import numpy_impl
from rnn_parity.mistakes import Mistake, both
from rnn_parity.spec import CaseSpec

made: Sequence[Mistake] = ()  # one mistake, or two


def run(case: Case) -> Result:
    """Return what numpy_impl computes with the mistakes in `made`; the right answer where there is no room."""
    return (candidate(made, case.spec) or numpy_impl.run)(case)


def candidate(mistakes: Sequence[Mistake], spec: CaseSpec) -> Candidate | None:
    """Return what makes one mistake, or two, in such a case; None without room."""
    if len(mistakes) == 1:
        return mistakes[0].run if mistakes[0].applies(spec) else None
    return both(*mistakes, spec)
