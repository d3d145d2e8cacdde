"""A verdict for programs: the JSON of `rnn-parity check --json` and `rnn-parity list --json`.

Additions are free; a change of meaning raises SCHEMA. There is no NaN and no Infinity: `null` stands for a number
that is not finite, and the tensor's `nonfinite` counts them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from rnn_parity.report.words import largest_ratio, problem
from rnn_parity.spec import CaseSpec, class_name
from rnn_parity.verify import VERDICTS, CaseResult, Verdict

if TYPE_CHECKING:
    from rnn_parity.compare import TensorDifference
    from rnn_parity.diagnose import Explanation

SCHEMA = 1


def as_json(verdict: Verdict, reference: Mapping[str, str]) -> dict[str, Any]:
    """Return the document of a run; `reference` says what the candidate was compared with."""
    ratios = [ratio for result in verdict.results if (ratio := largest_ratio(result)) is not None]
    return {
        "schema": SCHEMA,
        "candidate": verdict.candidate,
        "reference": dict(reference),
        "tolerance": asdict(verdict.tolerance),
        "summary": {word: verdict.count(word) for word in VERDICTS}
        | {
            "seconds": round(verdict.seconds, 3),
            "largest_ratio": _finite(max(ratios, default=None)),
            "exit_status": verdict.exit_status,
        },
        "diagnosis": [asdict(found) for found in verdict.diagnosis],
        "cases": [_case(result) for result in verdict.results],
    }


def list_json(specs: Iterable[CaseSpec]) -> dict[str, Any]:
    """Return the document of `list --json`: every case with its reason, class, run, dtype, sizes and all options."""
    return {"cases": [_head(spec) | {"why": spec.why, "spec": msgspec.to_builtins(spec)} for spec in specs]}


def encode(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON, indented, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


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


def _case(result: CaseResult) -> dict[str, Any]:
    comparison = result.comparison
    return _head(result.spec) | {
        "verdict": result.verdict,
        "reason": result.reason,
        "why": result.spec.why,
        "tensors": [_tensor(tensor) for tensor in comparison.tensors] if comparison else [],
        "first_difference": _finite_values(asdict(result.first)) if result.first else None,
        "error_by_step": [_finite(error) for error in result.error_by_step],
        "explanations": [_explanation(explanation) for explanation in result.explanations],
    }


def _tensor(tensor: TensorDifference) -> dict[str, Any]:
    words = None if tensor.problem is None else problem(tensor)
    return _finite_values(asdict(tensor)) | {"message": words}


def _explanation(explanation: Explanation) -> dict[str, Any]:
    return _finite_values(asdict(explanation))


def _finite_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _finite(value) if isinstance(value, float) else value for name, value in fields.items()}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
