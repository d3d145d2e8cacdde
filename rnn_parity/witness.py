"""Cases that pass, of which a few of each kind may contradict a diagnosis: known by their specs, read when asked.

A green run, whose cases can be read again, so keeps the arrays of none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from rnn_parity.candidate import Case
from rnn_parity.spec import CaseSpec, class_name
from rnn_parity.structure import sequence_lengths

Kind: TypeAlias = tuple[str, str, str, bool, bool]  # class of cell and run, dtype, whether lengths and state are given
Reader: TypeAlias = Callable[[str], Case]  # case id -> case, with TensorFlow's answer

WITNESSES = 3  # of a kind: what is kept does not grow with the number of cases


@dataclass(frozen=True)
class Witness:
    """A passing case: what it is, and what gives it whole."""

    spec: CaseSpec
    read: Callable[[], Case]


def witness_of(case: Case, again: Reader | None) -> Witness:
    """Return a passing case as one that is read `again` by its name; it is kept where nothing reads it."""
    return Witness(case.spec, partial(_itself, case) if again is None else partial(again, case.id))


def is_witness(spec: CaseSpec, kinds: Counter[Kind]) -> bool:
    """Return whether a passing case is among the first of its kind, and count it."""
    kind = (
        class_name(spec.cell),
        class_name(spec.run),
        spec.dtype,
        sequence_lengths(spec) is not None,
        spec.run.initial_state,
    )
    kinds[kind] += 1
    return kinds[kind] <= WITNESSES


def _itself(case: Case) -> Case:
    return case
