"""One case the whole way to a `CaseResult`; all cases to a `Verdict`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from rnn_parity.answer import Answer, Unanswered, answer_of
from rnn_parity.candidate import Candidate, Case, Result
from rnn_parity.compare import Comparison, compare, named_arrays
from rnn_parity.locate import FirstDifference, error_by_step, locate
from rnn_parity.spec import CaseSpec, class_name
from rnn_parity.structure import Array
from rnn_parity.tolerance import Tolerance
from rnn_parity.witness import Kind, Reader, Witness, is_witness, witness_of

if TYPE_CHECKING:
    from rnn_parity.diagnose import Diagnosis, Explanation, Signature

VerdictWord: TypeAlias = Literal["agree", "differ", "error", "unsupported"]
VERDICTS: tuple[VerdictWord, ...] = ("agree", "differ", "error", "unsupported")

EXIT_AGREE, EXIT_DIFFER, EXIT_CRASHED, EXIT_NOTHING = 0, 1, 3, 5


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The arrays of a case that differs, by name: what the candidate answered, and TensorFlow's float64 answer.

    `trace` and `expected_trace` hold the gates where the candidate gave any. A tensor that is missing, or that NumPy
    cannot count with, is left out of `got`.
    """

    got: Mapping[str, Array]
    expected: Mapping[str, Array]
    trace: Mapping[str, Array]
    expected_trace: Mapping[str, Array]


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """What became of one case; `reason` is the text of an `Unsupported` or of what was raised."""

    spec: CaseSpec
    verdict: VerdictWord
    reason: str | None = None
    comparison: Comparison | None = None
    first: FirstDifference | None = None
    error_by_step: tuple[float, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    evidence: Evidence | None = None


@dataclass
class Agreeing:
    """Agreeing cases of one class of cells that are counted alone: how many, and the largest of their ratios."""

    cell: str
    count: int = 0
    largest: float | None = None

    def add(self, result: CaseResult) -> None:
        """Count one more."""
        self.count += 1
        for tensor in result.comparison.tensors if result.comparison else ():
            if tensor.ratio is not None:
                self.largest = tensor.ratio if self.largest is None else max(self.largest, tensor.ratio)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of all cases.

    `counted` are agreeing cases that are not among the `results`, by class of cells: one entry for every class that
    there is, in the order of the cases; () where all results are kept. `diagnosis` are the mistakes behind the
    failures, the one that explains most first; `signatures` say what those failures have in common that no known
    mistake explains.
    """

    candidate: str
    tolerance: Tolerance
    results: tuple[CaseResult, ...]
    diagnosis: tuple[Diagnosis, ...]
    seconds: float
    signatures: tuple[Signature, ...] = ()
    counted: tuple[Agreeing, ...] = ()

    @property
    def total(self) -> int:
        """The number of cases."""
        return len(self.results) + sum(one.count for one in self.counted)

    def count(self, word: VerdictWord) -> int:
        """Return the number of cases with this verdict."""
        counted = sum(one.count for one in self.counted) if word == "agree" else 0
        return counted + sum(result.verdict == word for result in self.results)

    @property
    def agrees(self) -> bool:
        """Whether something was compared and everything the candidate claims agrees."""
        return self.exit_status == EXIT_AGREE

    @property
    def exit_status(self) -> int:
        """0 all claimed cases agree; 1 some differ; 3 some raised and none differ; 5 nothing was compared."""
        if self.count("differ"):
            return EXIT_DIFFER
        if self.count("error"):
            return EXIT_CRASHED
        return EXIT_AGREE if self.count("agree") else EXIT_NOTHING


def check(
    cases: Iterable[Case],
    run: Candidate,
    *,
    name: str | None = None,
    tolerance: Tolerance | None = None,
    on_result: Callable[[CaseResult], None] | None = None,
) -> Verdict:
    """Return whether `run` computes what TensorFlow computed in these cases, and if not, where and why.

    Args:
        cases: from `load_cases()`; taken one at a time.
        run: `Case` in, `Result` out.
        name: what the candidate is called in reports; its function's name otherwise.
        tolerance: 8 times TensorFlow's own rounding where not given.
        on_result: called with each result as it is made (its explanations come only with the verdict).

    Raises:
        ExpectationMissingError: a case holds no answer of TensorFlow's.
    """
    answered = ((case, answer_of(run, case)) for case in cases if case.expectation)  # raises before run is troubled
    return check_answers(answered, name=name or _name(run), tolerance=tolerance, on_result=on_result)


def check_answers(  # noqa: PLR0913  keyword-only
    answered: Iterable[tuple[Case, Answer]],
    *,
    name: str,
    tolerance: Tolerance | None = None,
    on_result: Callable[[CaseResult], None] | None = None,
    keep_agreeing: bool = True,
    again: Reader | None = None,
) -> Verdict:
    """Return whether answers are TensorFlow's, and if not, where and why; arguments as of `check`.

    answered:       each case with what was answered to it, whoever did and wherever; taken one at a time
    keep_agreeing:  whether results that agree are kept, 4 kB each, or counted alone, so that memory stays flat
    again:          reads a case that agreed once more, for a diagnosis; without it a few of each kind are kept whole
    """
    start = time.perf_counter()
    tolerance = tolerance or Tolerance()
    results: list[CaseResult] = []
    counted: dict[str, Agreeing] = {}
    failures: list[tuple[Case, Result]] = []
    passing, kinds = list[Witness](), Counter[Kind]()
    for case, answer in answered:
        result = judge(case, answer, tolerance)
        if not keep_agreeing:
            name_of_cell = class_name(case.spec.cell)
            of_its_class = counted.setdefault(name_of_cell, Agreeing(name_of_cell))
        if keep_agreeing or result.verdict != "agree":
            results.append(result)
        else:
            of_its_class.add(result)
        if isinstance(answer, Result) and result.verdict == "differ":
            failures.append((case, answer))
        if result.verdict == "agree" and is_witness(case.spec, kinds):
            passing.append(witness_of(case, again))
        if on_result is not None:
            on_result(result)
    verdict = Verdict(
        candidate=name,
        tolerance=tolerance,
        results=tuple(results),
        diagnosis=(),
        seconds=0.0,
        counted=tuple(counted.values()),
    )
    return replace(diagnosed(verdict, failures, passing), seconds=time.perf_counter() - start)


def diagnosed(verdict: Verdict, failures: Sequence[tuple[Case, Result]], passing: Sequence[Witness]) -> Verdict:
    """Return the verdict with the mistakes behind its failures: cases and answers that differ, cases that agree."""
    if not failures:
        return verdict
    from rnn_parity.diagnose import Failure, diagnose  # noqa: PLC0415  loads the mistakes, which a green run spares

    found = diagnose([Failure(case, answer) for case, answer in failures], passing, verdict.tolerance)
    results = tuple(replace(one, explanations=found.explanations.get(one.spec.id, ())) for one in verdict.results)
    return replace(verdict, diagnosis=found.diagnoses, signatures=found.signatures, results=results)


def check_case(case: Case, run: Candidate, tolerance: Tolerance) -> tuple[CaseResult, Result | None]:
    """Return what became of one case, and the candidate's answer where it gave one."""
    case.expectation  # noqa: B018  raises before the candidate is troubled
    answer = answer_of(run, case)
    return judge(case, answer, tolerance), answer if isinstance(answer, Result) else None


def judge(case: Case, answer: Answer, tolerance: Tolerance) -> CaseResult:
    """Return how an answer compares with TensorFlow's."""
    if isinstance(answer, Unanswered):
        return CaseResult(spec=case.spec, verdict=answer.verdict, reason=answer.reason)
    comparison = compare(case, answer, tolerance)
    if comparison.agrees:
        return CaseResult(spec=case.spec, verdict="agree", comparison=comparison)
    return CaseResult(
        spec=case.spec,
        verdict="differ",
        comparison=comparison,
        first=locate(case, answer, comparison, tolerance),
        error_by_step=error_by_step(case, answer, comparison, tolerance),
        evidence=_evidence(case, answer),
    )


def _evidence(case: Case, answer: Result) -> Evidence:
    got, _ = named_arrays(case, answer)
    traces = {name: np.asarray(array) for name, array in (answer.trace or {}).items()}
    shown = {name: array for name, array in traces.items() if name in case.expectation.trace and _is_numeric(array)}
    return Evidence(
        got={name: array for name, array in got.items() if _is_numeric(array)},
        expected=case.expectation.oracle64,
        trace=shown,
        expected_trace={name: case.expectation.trace[name] for name in shown},
    )


def _is_numeric(array: Array) -> bool:
    return array.dtype.kind in "fiub"


def _name(run: Candidate) -> str:
    return f"{getattr(run, '__module__', '?')}:{getattr(run, '__qualname__', type(run).__name__)}"
