"""A verdict judged again by another tolerance, from what it holds: nothing is run.

A case that differed holds its arrays and is compared again; one that agreed holds its largest errors, which are
compared with what is allowed now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rnn_parity.candidate import Case, Expected, Result
from rnn_parity.compare import Comparison, TensorDifference
from rnn_parity.spec import Directions, Size
from rnn_parity.structure import case_state_size, join, output_shapes, sequence_lengths, unflatten
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import CaseResult, Evidence, Verdict, judge

if TYPE_CHECKING:
    from rnn_parity.diagnose import Diagnosis, Signature
    from rnn_parity.structure import Tree


def recheck(verdict: Verdict, factor: float) -> Verdict:
    """Return the verdict that `factor` times TensorFlow's rounding gives.

    A diagnosis stays for the cases that still differ; none is made for those that begin to.

    Raises:
        UnsupportedOptionError: the factor is no finite number of at least 0.
    """
    tolerance = Tolerance(factor=factor)
    results = tuple(_again(result, tolerance) for result in verdict.results)
    failing = [result for result in results if result.verdict == "differ"]
    diagnosis = tuple(found for one in verdict.diagnosis if (found := _still(one, failing)) is not None)
    signatures = tuple(left for one in verdict.signatures if (left := _still_shown(one, failing)) is not None)
    return replace(verdict, tolerance=tolerance, results=results, diagnosis=diagnosis, signatures=signatures)


def _again(result: CaseResult, tolerance: Tolerance) -> CaseResult:
    if result.comparison is None:
        return result
    if result.evidence is None:
        tensors = tuple(_by_ratio(tensor, tolerance) for tensor in result.comparison.tensors)
        comparison = Comparison(tensors=tensors)
        return replace(result, comparison=comparison, verdict="agree" if comparison.agrees else "differ")
    answer = answer_of(result)
    if answer is None:  # a wrong form: no tolerance makes it right
        return result
    judged = judge(_case(result, result.comparison, result.evidence), answer, tolerance)
    kept = result.explanations if judged.verdict == "differ" else ()
    return replace(judged, explanations=kept)


def _by_ratio(tensor: TensorDifference, tolerance: Tolerance) -> TensorDifference:
    """Return an agreeing tensor as it is judged now; of the wrong entries at least the worst one is known."""
    if tensor.ratio is None or tensor.ratio <= tolerance.factor:
        return tensor
    return replace(tensor, problem="values", mismatched=1)


def _case(result: CaseResult, comparison: Comparison, evidence: Evidence) -> Case:
    """Return the case with TensorFlow's answer as the evidence holds it; what was fed to it is not needed."""
    spec = result.spec
    lengths = sequence_lengths(spec)
    return Case(
        spec=spec,
        weights={},
        inputs=np.empty(0, spec.dtype),
        sequence_length=None if lengths is None else np.asarray(lengths, np.int32),
        expected=Expected(
            arrays={name: array.astype(spec.dtype) for name, array in evidence.expected.items()},
            oracle64=evidence.expected,
            noise={tensor.name: tensor.noise for tensor in comparison.tensors},
            trace=evidence.expected_trace,
        ),
    )


def answer_of(result: CaseResult) -> Result | None:
    """Return what the candidate answered, as the evidence holds it; None where a tensor is missing or no numbers."""
    evidence = result.evidence
    if evidence is None or evidence.got.keys() != evidence.expected.keys():
        return None
    outputs: Size = Directions(0, 0) if len(output_shapes(result.spec)) > 1 else 0
    return Result(
        _tree(outputs, evidence, "outputs"),
        _tree(case_state_size(result.spec), evidence, "final_state"),
        evidence.trace or None,
    )


def _tree(size: Size, evidence: Evidence, prefix: str) -> Tree:
    paths = {name.removeprefix(prefix).strip("/"): name for name in evidence.got if f"{name}/".startswith(f"{prefix}/")}
    return unflatten(size, {path: evidence.got[join(prefix, path)] for path in paths})


def _still(diagnosis: Diagnosis, failing: Iterable[CaseResult]) -> Diagnosis | None:
    """Return the diagnosis over the cases that still differ; None where it explains none of them."""
    cases = list(failing)
    explains = sum(any(one.mistakes == diagnosis.mistakes for one in case.explanations) for case in cases)
    return replace(diagnosis, explains=min(explains, diagnosis.explains), of=len(cases)) if explains else None


def _still_shown(signature: Signature, failing: Iterable[CaseResult]) -> Signature | None:
    """Return the signature of the cases that still differ; None where none of them has it."""
    left = {case.spec.id for case in failing if not case.explanations}
    cases = tuple(case_id for case_id in signature.cases if case_id in left)
    return replace(signature, cases=cases, of=min(signature.of, len(left))) if cases else None
