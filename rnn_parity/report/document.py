"""The JSON of a run: everything that a report shows, so that it can be shown and judged again without running.

Additions are free; a change of meaning raises SCHEMA. There is no NaN and no Infinity: `null` stands for a number that
is not finite, and the tensor's `nonfinite` counts them. Arrays are base64 of their little-endian bytes.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from rnn_parity.compare import Problem
from rnn_parity.verify import VerdictWord

SCHEMA: Literal[1] = 1


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Parent of all entries; a field that this version does not know is passed over when a document is read."""


class ToleranceEntry(Entry, frozen=True):
    """What was allowed: `factor` times TensorFlow's rounding, or atol + rtol |expected| where both are numbers."""

    factor: float
    rtol: float | None = None
    atol: float | None = None


class SummaryEntry(Entry, frozen=True):
    """How many cases have which verdict, the largest error as a multiple of the rounding, and the exit status."""

    agree: int
    differ: int
    error: int
    unsupported: int
    seconds: float
    largest_ratio: float | None
    exit_status: int


class DiagnosisEntry(Entry, frozen=True):
    """Mistakes made together over the whole run: how many failing cases they reproduce, and what speaks against.

    `room` counts the failing cases that leave room for them; `contradicted_by` are passing cases that would fail,
    `unlike` failing ones with room that have other numbers and no explanation. Two mistakes that are an alternative
    together are joined by "+".
    """

    mistakes: tuple[str, ...]
    explains: int
    of: int
    room: int = 0
    contradicted_by: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


class SignatureEntry(Entry, frozen=True):
    """What these cases, of so many that no mistake explains, have in common; suspects are no causes."""

    statement: str
    suspects: tuple[str, ...]
    cases: tuple[str, ...]
    of: int


class MistakeEntry(Entry, frozen=True):
    """What is known of a mistake that the document names."""

    statement: str
    explanation: str
    repair: str
    seen: tuple[str, ...] = ()


class TensorEntry(Entry, frozen=True):
    """One tensor beside TensorFlow's; `problem` is null where it agrees, `message` says it in words."""

    name: str
    shape: tuple[int, ...]
    size: int
    noise: float
    problem: Problem | None = None
    detail: tuple[str, str] | None = None
    mismatched: int = 0
    nonfinite: int = 0
    max_abs: float | None = None
    ratio: float | None = None
    worst_index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    message: str | None = None


class FirstEntry(Entry, frozen=True):
    """Where the difference began, in the order of computation."""

    tensor: str
    direction: str
    layer: int | None
    step: int | None
    row: int
    unit: int
    got: float | None
    expected: float | None


class ExplanationEntry(Entry, frozen=True):
    """Mistakes that reproduce the case's numbers; `ratio` is what remains."""

    mistakes: tuple[str, ...]
    ratio: float | None


class ArrayEntry(Entry, frozen=True):
    """An array: NumPy's name of the dtype, the shape, and the bytes in C order, little-endian, as base64."""

    dtype: str
    shape: tuple[int, ...]
    base64: bytes


Arrays: TypeAlias = dict[str, ArrayEntry]


class EvidenceEntry(Entry, frozen=True):
    """The arrays of a case that differs: the candidate's, TensorFlow's in float64, and the gates of both."""

    got: Arrays
    expected: Arrays
    trace: Arrays
    expected_trace: Arrays


class CaseEntry(Entry, frozen=True):
    """One case: what it is, what became of it, and where and why."""

    id: str
    cell: str
    run: str
    dtype: str
    batch_size: int
    max_time: int
    depth: int
    verdict: VerdictWord
    reason: str | None
    why: str
    spec: dict[str, Any]
    tensors: tuple[TensorEntry, ...]
    first_difference: FirstEntry | None
    error_by_step: tuple[float | None, ...]
    explanations: tuple[ExplanationEntry, ...]
    evidence: EvidenceEntry | None = None


class Document(Entry, frozen=True):
    """A whole run."""

    schema: Literal[1]
    candidate: str
    reference: dict[str, str]
    tolerance: ToleranceEntry
    summary: SummaryEntry
    diagnosis: tuple[DiagnosisEntry, ...]
    mistakes: dict[str, MistakeEntry]
    cases: tuple[CaseEntry, ...]
    signatures: tuple[SignatureEntry, ...] = ()


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a document."""
    schema = msgspec.json.schema(Document)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "rnn-parity check --json"} | schema
