"""From wrong numbers to the mistake that makes exactly these numbers.

A mistake explains a failing case if, made on purpose, it reproduces the candidate's numbers within the yardstick. It
is contradicted by a passing case that it would have made fail. Nothing is named that does not reproduce the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.compare import named_arrays
from rnn_parity.mistakes import MISTAKES
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.spec import CaseSpec, class_name
from rnn_parity.structure import Array, Tree
from rnn_parity.tolerance import Tolerance

SCREENED = 6  # failing cases, of different cells and runs, on which a mistake must show itself before all are tried


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
    """A mistake over the whole run: how many of the failing cases it reproduces, and which passing ones speak against.

    `alternatives` reproduce the same cases equally well: outputs cannot tell them apart.
    """

    mistakes: tuple[str, ...]
    explains: int
    of: int
    contradicted_by: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


def diagnose(
    failures: Sequence[Failure], passing: Sequence[Case], tolerance: Tolerance
) -> tuple[tuple[Diagnosis, ...], dict[str, tuple[Explanation, ...]]]:
    """Return the mistakes behind the failures, the one that explains most first, and case id -> its explanations."""
    explained = {mistake.id: _explained_cases(mistake, failures, tolerance) for mistake in MISTAKES}
    found: list[Diagnosis] = []
    remaining = {failure.case.id for failure in failures}
    while True:
        best = max(MISTAKES, key=lambda mistake: len(remaining & explained[mistake.id].keys()), default=None)
        if best is None or not remaining & explained[best.id].keys():
            break
        found.append(_diagnosis(best, explained, remaining, len(failures), passing, tolerance))
        remaining -= explained[best.id].keys()
    named = {name for one in found for name in (*one.mistakes, *one.alternatives)}
    explanations = {
        failure.case.id: tuple(
            Explanation((name,), ratios[failure.case.id])
            for name, ratios in explained.items()
            if name in named and failure.case.id in ratios
        )
        for failure in failures
    }
    return tuple(found), explanations


def mistaken_ratio(mistake: Mistake, case: Case, against: dict[str, Array]) -> float:
    """Return how far `against` lies from what `mistake` makes of `case`, as a multiple of TensorFlow's rounding."""
    double = _in_float64(case)
    made, _ = named_arrays(case, mistake.run(double.question()))
    ratios = [0.0]
    for name, noise in case.expectation.noise.items():
        if name not in against or against[name].shape != made[name].shape:
            return float("inf")
        with np.errstate(invalid="ignore"):
            error = np.abs(against[name].astype(np.float64) - made[name])
        size = float(np.abs(made[name]).max(initial=0.0))
        reference = float(np.abs(case.expectation.oracle64[name]).max(initial=0.0))
        scale = noise * max(1.0, size / max(1.0, reference))  # a mistake may blow values up, and their rounding
        ratios.append(float(np.where(np.isnan(error), np.inf, error).max(initial=0.0)) / scale)
    return max(ratios)


def _explained_cases(mistake: Mistake, failures: Sequence[Failure], tolerance: Tolerance) -> dict[str, float]:
    """Return case id -> ratio of the failing cases whose numbers the mistake reproduces."""
    open_to = [failure for failure in failures if mistake.applies(failure.case.spec)]
    screened = _one_of_each(open_to)
    if not any(_reproduces(mistake, failure, tolerance) is not None for failure in screened):
        return {}
    ratios = {failure.case.id: _reproduces(mistake, failure, tolerance) for failure in open_to}
    return {case_id: ratio for case_id, ratio in ratios.items() if ratio is not None}


def _reproduces(mistake: Mistake, failure: Failure, tolerance: Tolerance) -> float | None:
    actual, malformed = named_arrays(failure.case, failure.answer)
    if malformed:
        return None
    ratio = mistaken_ratio(mistake, failure.case, actual)
    return ratio if ratio <= tolerance.factor else None


def _one_of_each(failures: Iterable[Failure]) -> list[Failure]:
    chosen: dict[tuple[str, str], Failure] = {}
    for failure in failures:
        chosen.setdefault(_kind(failure.case.spec), failure)
    return list(chosen.values())[:SCREENED]


def _kind(spec: CaseSpec) -> tuple[str, str]:
    return class_name(spec.cell), class_name(spec.run)


def _diagnosis(
    best: Mistake,
    explained: dict[str, dict[str, float]],
    remaining: set[str],
    failing: int,
    passing: Sequence[Case],
    tolerance: Tolerance,
) -> Diagnosis:
    cases = remaining & explained[best.id].keys()
    alternatives = [name for name, ratios in explained.items() if name != best.id and cases <= ratios.keys()]
    against = [
        case.id
        for case in passing
        if best.applies(case.spec)
        and mistaken_ratio(best, case, dict(case.expectation.oracle64)) > 2 * tolerance.factor
    ]
    return Diagnosis(
        mistakes=(best.id,),
        explains=len(cases),
        of=failing,
        contradicted_by=tuple(against),
        alternatives=tuple(alternatives),
    )


def _in_float64(case: Case) -> Case:
    return replace(
        case,
        weights={name: array.astype(np.float64) for name, array in case.weights.items()},
        inputs=case.inputs.astype(np.float64),
        initial_state=_tree_in_float64(case.initial_state),
    )


def _tree_in_float64(tree: Tree) -> Tree:
    if tree is None:
        return None
    if isinstance(tree, tuple):
        parts = [_tree_in_float64(part) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    return tree.astype(np.float64)
