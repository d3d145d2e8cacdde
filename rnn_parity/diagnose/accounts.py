"""What a diagnosis is made of: failures, the mistakes that account for them, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from rnn_parity.candidate import Candidate, Case, Result
from rnn_parity.spec import CaseSpec

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
    """Mistakes made together, over the whole run.

    Attributes:
        mistakes: their ids.
        explains: failing cases that they reproduce, and nothing before them does.
        of: all failing cases.
        room: failing cases that leave room for the mistakes.
        contradicted_by: passing cases that would have failed.
        unlike: failing cases with room whose numbers are others, and which nothing else explains.
        alternatives: ids, of two mistakes joined by "+", that reproduce the same cases and are contradicted by no
            more: these cases cannot tell them apart.
    """

    mistakes: tuple[str, ...]
    explains: int
    of: int
    room: int = 0
    contradicted_by: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What many unexplained failures have in common, and what it may come from: suspects, not causes.

    `cases` are the ids of those that have it, `of` is the number of all that are unexplained.
    """

    statement: str
    suspects: tuple[str, ...]
    cases: tuple[str, ...]
    of: int


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that can be said of a run's failures: the mistake that explains most first, case id -> explanations."""

    diagnoses: tuple[Diagnosis, ...] = ()
    explanations: Mapping[str, tuple[Explanation, ...]] = field(default_factory=dict)
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True)
class Account:
    """Mistakes made together, and case id -> ratio of the cases they reproduce, among those `room` that allow them."""

    names: tuple[str, ...]
    making: Making
    ratios: Mapping[str, float]
    room: tuple[str, ...]

    @property
    def name(self) -> str:
        """The ids as one word."""
        return "+".join(self.names)
