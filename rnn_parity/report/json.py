"""A verdict as JSON and back, and the JSON of `rnn-parity list`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from rnn_parity.compare import Comparison, TensorDifference
from rnn_parity.errors import ReportUnreadableError, RnnParityError
from rnn_parity.locate import FirstDifference
from rnn_parity.report.document import (
    SCHEMA,
    ArrayEntry,
    Arrays,
    CaseEntry,
    DiagnosisEntry,
    Document,
    EvidenceEntry,
    ExplanationEntry,
    FirstEntry,
    MistakeEntry,
    SignatureEntry,
    SummaryEntry,
    TensorEntry,
    ToleranceEntry,
)
from rnn_parity.report.words import largest_ratio, problem
from rnn_parity.spec import CaseSpec, class_name
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import VERDICTS, CaseResult, Evidence, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from rnn_parity.diagnose import Explanation
    from rnn_parity.structure import Array


def document(verdict: Verdict, reference: Mapping[str, str]) -> Document:
    """Return a run as a document; `reference` says what the candidate was compared with."""
    ratios = [ratio for result in verdict.results if (ratio := largest_ratio(result)) is not None]
    return Document(
        schema=SCHEMA,
        candidate=verdict.candidate,
        reference=dict(reference),
        tolerance=ToleranceEntry(**asdict(verdict.tolerance)),
        summary=SummaryEntry(
            **{word: verdict.count(word) for word in VERDICTS},
            seconds=round(verdict.seconds, 3),
            largest_ratio=_finite(max(ratios, default=None)),
            exit_status=verdict.exit_status,
        ),
        diagnosis=tuple(DiagnosisEntry(**asdict(found)) for found in verdict.diagnosis),
        mistakes=_named_mistakes(verdict),
        cases=tuple(case_entry(result) for result in verdict.results),
        signatures=tuple(SignatureEntry(**asdict(one)) for one in verdict.signatures),
    )


def verdict_of(held: Document) -> Verdict:
    """Return the verdict that a document holds.

    Raises:
        SpecInvalidError, UnsupportedOptionError: a case in it is none of this version's.
    """
    from rnn_parity.diagnose import Diagnosis, Signature  # noqa: PLC0415  loads the mistakes, which writing spares

    return Verdict(
        candidate=held.candidate,
        tolerance=Tolerance(**msgspec.structs.asdict(held.tolerance)),
        results=tuple(result_of(case) for case in held.cases),
        diagnosis=tuple(Diagnosis(**msgspec.structs.asdict(found)) for found in held.diagnosis),
        seconds=held.summary.seconds,
        signatures=tuple(Signature(**msgspec.structs.asdict(one)) for one in held.signatures),
    )


def read_document(path: Path) -> Document:
    """Return the document in a file that `rnn-parity check --json` wrote.

    Raises:
        ReportUnreadableError: there is no such file, or it is no such document.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Document)
    except (OSError, msgspec.MsgspecError) as error:
        raise ReportUnreadableError(path, str(error)) from error


def list_json(specs: Iterable[CaseSpec]) -> dict[str, Any]:
    """Return the document of `list --json`: every case with its reason, class, run, dtype, sizes and all options."""
    return {"cases": [_head(spec) | {"why": spec.why, "spec": msgspec.to_builtins(spec)} for spec in specs]}


def encode(held: object) -> bytes:
    """Return a document as JSON, indented, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(held), indent=1) + b"\n"


def array_of(entry: ArrayEntry) -> Array:
    """Return the array that an entry holds.

    Raises:
        ReportUnreadableError: its bytes are not those of such an array.
    """
    try:
        dtype = np.dtype(entry.dtype).newbyteorder("<")
        return np.frombuffer(entry.base64, dtype).reshape(entry.shape).astype(np.dtype(entry.dtype))
    except (TypeError, ValueError) as error:
        raise ReportUnreadableError("an array in it", str(error)) from error


def _head(spec: CaseSpec) -> dict[str, Any]:
    sizes = spec.sizes
    return {
        "id": spec.id,
        "cell": class_name(spec.cell),
        "run": class_name(spec.run),
        "dtype": spec.dtype,
        "batch_size": sizes.batch_size,
        "max_time": sizes.max_time,
        "depth": sizes.depth,
    }


def case_entry(result: CaseResult) -> CaseEntry:
    """Return one case of a document."""
    comparison = result.comparison
    return CaseEntry(
        **_head(result.spec),
        verdict=result.verdict,
        reason=result.reason,
        why=result.spec.why,
        spec=msgspec.to_builtins(result.spec),
        tensors=tuple(_tensor(tensor) for tensor in comparison.tensors) if comparison else (),
        first_difference=FirstEntry(**_finite_values(asdict(result.first))) if result.first else None,
        error_by_step=tuple(_finite(error) for error in result.error_by_step),
        explanations=tuple(_explanation(explanation) for explanation in result.explanations),
        evidence=_evidence(result.evidence) if result.evidence else None,
    )


def _tensor(tensor: TensorDifference) -> TensorEntry:
    words = None if tensor.problem is None else problem(tensor)
    return TensorEntry(**_finite_values(vars(tensor)), message=words)  # numbers and tuples: nothing to be copied


def _explanation(explanation: Explanation) -> ExplanationEntry:
    return ExplanationEntry(**_finite_values(asdict(explanation)))


def _evidence(held: Evidence) -> EvidenceEntry:
    return EvidenceEntry(
        got=_arrays(held.got),
        expected=_arrays(held.expected),
        trace=_arrays(held.trace),
        expected_trace=_arrays(held.expected_trace),
    )


def _arrays(named: Mapping[str, Array]) -> Arrays:
    return {name: _array(array) for name, array in named.items()}


def _array(array: Array) -> ArrayEntry:
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    return ArrayEntry(dtype=array.dtype.name, shape=array.shape, base64=little.tobytes())


def _named_mistakes(verdict: Verdict) -> dict[str, MistakeEntry]:
    named = {name for found in verdict.diagnosis for name in found.mistakes}
    named |= {name for found in verdict.diagnosis for joined in found.alternatives for name in joined.split("+")}
    named |= {name for result in verdict.results for one in result.explanations for name in one.mistakes}
    if not named:
        return {}
    from rnn_parity.mistakes import MISTAKES  # noqa: PLC0415  a green run spares them

    return {
        mistake.id: MistakeEntry(
            statement=mistake.statement, explanation=mistake.explanation, repair=mistake.repair, seen=mistake.seen
        )
        for mistake in MISTAKES
        if mistake.id in named
    }


def result_of(case: CaseEntry) -> CaseResult:
    """Return what a document says of a case; ReportUnreadableError where it is none of this version's."""
    first = case.first_difference
    return CaseResult(
        spec=_spec(case),
        verdict=case.verdict,
        reason=case.reason,
        comparison=Comparison(tensors=tuple(map(_difference, case.tensors))) if case.tensors else None,
        first=FirstDifference(**_numbers(msgspec.structs.asdict(first), "got", "expected")) if first else None,
        error_by_step=tuple(math.inf if error is None else error for error in case.error_by_step),
        explanations=_explanations(case) if case.explanations else (),
        evidence=_held(case.evidence) if case.evidence else None,
    )


def _explanations(case: CaseEntry) -> tuple[Explanation, ...]:
    from rnn_parity.diagnose import Explanation  # noqa: PLC0415  as above

    return tuple(Explanation(one.mistakes, math.inf if one.ratio is None else one.ratio) for one in case.explanations)


def _spec(case: CaseEntry) -> CaseSpec:
    try:
        return msgspec.convert(case.spec, CaseSpec)
    except (msgspec.ValidationError, RnnParityError) as error:
        raise ReportUnreadableError(f"case {case.id}", str(error)) from error


def _difference(tensor: TensorEntry) -> TensorDifference:
    fields = msgspec.structs.asdict(tensor)
    del fields["message"]
    if tensor.nonfinite:
        fields = _numbers(fields, "max_abs", "ratio", "got")
    return TensorDifference(**fields)


def _held(entry: EvidenceEntry) -> Evidence:
    return Evidence(
        **{
            name: {key: array_of(array) for key, array in getattr(entry, name).items()}
            for name in entry.__struct_fields__
        }
    )


def _numbers(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the fields with what stood for a number that is not finite: an error is infinite, a value NaN."""
    lost = {"max_abs": math.inf, "ratio": math.inf}
    return fields | {name: lost.get(name, math.nan) for name in names if fields[name] is None}


def _finite_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _finite(value) if isinstance(value, float) else value for name, value in fields.items()}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
