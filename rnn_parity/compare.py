"""Two sets of arrays -> differences. Values only: nothing here raises, prints or plots.

Names, nesting, shapes, dtypes and finiteness come before values. A missing tensor is a difference. What TensorFlow
promises exactly is compared exactly: outputs past a row's length are 0, and the state of a row of length 0 is the
initial state, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.errors import StructureMismatchError
from rnn_parity.spec import Directions, OwnGraph, Shape, Size
from rnn_parity.structure import (
    Array,
    Tree,
    answered_steps,
    case_state_size,
    flatten,
    flatten_like,
    is_time_major,
    join,
    output_shapes,
)
from rnn_parity.tolerance import Tolerance

_NOWHERE = np.zeros((), bool)

Problem: TypeAlias = Literal["missing", "structure", "shape", "dtype", "nonfinite", "values", "padding", "frozen state"]


@dataclass(frozen=True, kw_only=True)
class TensorDifference:
    """One tensor beside TensorFlow's; `problem` is None where it agrees.

    Of the entry with the largest error: `worst_index`, `got`, `expected`. `ratio` is `max_abs / noise`; figures are
    None where nothing could be compared, those of an entry also where an array has none. `detail` says what is and what
    should be where that is no number.
    """

    name: str
    shape: Shape
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


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All tensors of a case, in TensorFlow's order: outputs, then final states."""

    tensors: tuple[TensorDifference, ...]

    @property
    def agrees(self) -> bool:
        """Whether there was something to compare and all of it agrees."""
        return bool(self.tensors) and all(tensor.problem is None for tensor in self.tensors)

    @property
    def worst(self) -> TensorDifference:
        """The differing tensor to speak of first: a wrong form, else the largest ratio; an agreeing one if none."""
        return max(self.tensors, key=_severity)


def compare(case: Case, result: Result, tolerance: Tolerance) -> Comparison:
    """Return how `result` differs from what TensorFlow answered."""
    actual, malformed = named_arrays(case, result)
    tensors = []
    exact = _exact_entries(case)
    for name in case.expectation.arrays:
        if name in malformed:
            tensors.append(_malformed(case, name, malformed[name]))
        else:
            tensors.append(_compare_tensor(case, name, actual[name], tolerance, exact.get(name)))
    return Comparison(tensors=tuple(tensors))


def named_arrays(case: Case, result: Result) -> tuple[dict[str, Array], dict[str, StructureMismatchError]]:
    """Return a result's arrays by TensorFlow's names, and the names that its nesting does not give, with the reason."""
    actual: dict[str, Array] = {}
    malformed: dict[str, StructureMismatchError] = {}
    outputs_size = Directions(0, 0) if len(output_shapes(case.spec)) > 1 else 0
    _take("outputs", outputs_size, result.outputs, actual, malformed)
    _take("final_state", case_state_size(case.spec), result.final_state, actual, malformed)
    return actual, malformed


def _take(
    prefix: str, size: Size, tree: Tree, actual: dict[str, Array], malformed: dict[str, StructureMismatchError]
) -> None:
    try:
        flat = flatten_like(size, tree, prefix)
    except StructureMismatchError as error:
        malformed |= {join(prefix, path): error for path in flatten(size)}
    else:
        actual |= {join(prefix, path): array for path, array in flat.items()}


def _malformed(case: Case, name: str, error: StructureMismatchError) -> TensorDifference:
    expected = case.expectation.arrays[name]
    missing = error.got == "a NoneType" and f"{name}/".startswith(f"{error.where}/")
    got = error.got if error.where in name.split("/") else f"{error.got} at {error.where}"
    return TensorDifference(
        name=name,
        shape=expected.shape,
        size=expected.size,
        noise=case.expectation.noise[name],
        problem="missing" if missing else "structure",
        detail=(got, error.should_be),
        mismatched=expected.size,
    )


def _compare_tensor(
    case: Case, name: str, actual: Array, tolerance: Tolerance, exact: Array | None
) -> TensorDifference:
    expected, oracle = case.expectation.arrays[name], case.expectation.oracle64[name]
    noise = case.expectation.noise[name]
    form = _form_problem(actual, expected)
    if form is not None:
        problem, detail = form
        return TensorDifference(
            name=name,
            shape=expected.shape,
            size=expected.size,
            noise=noise,
            problem=problem,
            detail=detail,
            mismatched=expected.size,
        )
    got = actual.astype(np.float64)
    finite = np.isfinite(got)
    nonfinite = got.size - int(np.count_nonzero(finite))
    error = np.abs((np.where(finite, got, np.inf) if nonfinite else got) - oracle)
    wrong = error > tolerance.allowed(oracle, noise)
    broken = _NOWHERE if exact is None else exact & (actual != expected)
    differing = wrong if exact is None else wrong | broken
    mismatched = int(np.count_nonzero(differing))
    worst = worst_index(error, differing) if error.size else None  # a run of no steps answers no entries
    largest = error.max(initial=0.0)
    return TensorDifference(
        name=name,
        shape=expected.shape,
        size=expected.size,
        noise=noise,
        problem="nonfinite" if nonfinite else _value_problem(name, wrong, broken) if mismatched else None,
        mismatched=mismatched,
        nonfinite=nonfinite,
        max_abs=float(largest),
        ratio=float(largest / noise),
        worst_index=worst,
        got=None if worst is None else float(got[worst]),
        expected=None if worst is None else float(oracle[worst]),
    )


def _form_problem(actual: Array, expected: Array) -> tuple[Problem, tuple[str, str]] | None:
    if actual.shape != expected.shape:
        return "shape", (str(actual.shape), str(expected.shape))
    if actual.dtype != expected.dtype:
        return "dtype", (str(actual.dtype), str(expected.dtype))
    return None


def _value_problem(name: str, wrong: Array, broken: Array) -> Problem:
    if broken.any() and not (wrong & ~broken).any():
        return "padding" if name.startswith("outputs") else "frozen state"
    return "values"


def worst_index(error: Array, wrong: Array) -> tuple[int, ...]:
    """Return the index of the largest error among the wrong entries, or among all where none is wrong."""
    among = np.where(wrong, error, -1.0) if np.count_nonzero(wrong) else error
    return tuple(map(int, np.unravel_index(int(among.argmax()), error.shape)))


def _severity(tensor: TensorDifference) -> tuple[bool, bool, float]:
    formal = tensor.problem in ("missing", "structure", "shape", "dtype", "nonfinite")
    return (tensor.problem is not None, formal, tensor.ratio or 0.0)


def _exact_entries(case: Case) -> dict[str, Array]:
    """Return name -> mask of the entries that must be TensorFlow's exactly."""
    if case.sequence_length is None:
        return {}
    masks = {}
    run = case.spec.run
    for name, expected in case.expectation.arrays.items():
        kind = "zero_past_length" if name.startswith("outputs") else "frozen_state"
        if isinstance(run, OwnGraph) and not getattr(run, kind):
            continue  # TensorFlow's own runs promise both, a graph of one's own what it was seen to keep
        if name.startswith("outputs"):
            padded = np.arange(answered_steps(case.spec)) >= case.sequence_length[:, np.newaxis]
            padded = padded.T if is_time_major(case.spec) else padded
            masks[name] = np.broadcast_to(padded[..., np.newaxis], expected.shape)
        else:
            masks[name] = np.broadcast_to(case.sequence_length[:, np.newaxis] == 0, expected.shape)
    return masks
