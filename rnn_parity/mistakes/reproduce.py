"""Whether a mistake, made on purpose, makes the numbers that a candidate gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rnn_parity.candidate import Candidate, Case
from rnn_parity.compare import named_arrays
from rnn_parity.structure import Array, map_tree
from rnn_parity.tolerance import Tolerance
from rnn_parity.weights import layers

NEARER = 2  # how much nearer than TensorFlow's numbers a mistake's must be: rounding alone names nothing
CLEARLY_NEARER = 100  # ... where the mistake amplifies rounding, by up to
LARGEST_AMPLIFICATION = 1000


@dataclass(frozen=True)
class Failing:
    """A failing case, the same in float64, and the candidate's and TensorFlow's arrays by name."""

    case: Case
    double: Case
    got: Mapping[str, Array]
    right: Mapping[str, Array]

    @property
    def is_finite(self) -> bool:
        """Whether the candidate gave numbers."""
        return all(bool(np.isfinite(array).all()) for array in self.got.values())

    def is_right(self, tolerance: Tolerance) -> bool:
        """Whether the candidate's numbers are TensorFlow's, whatever else is wrong: the dtype, say."""
        return _ratio(self.double, self.right, self.got) <= tolerance.factor


def mistaken_ratio(run: Candidate, case: Case, against: Mapping[str, Array]) -> float:
    """Return how far `against` lies from what `run` makes of a case, as a multiple of TensorFlow's rounding.

    `case` is computed in the dtype of its arrays; float64 leaves the candidate's rounding alone.
    """
    made, malformed = named_arrays(case, run(case.question()))
    return float("inf") if malformed else _ratio(case, made, against)


def reproduces(run: Candidate, failing: Failing, tolerance: Tolerance) -> float | None:
    """Return the ratio that remains where `run` makes the candidate's numbers, and not TensorFlow's.

    A mistake may amplify rounding more than TensorFlow's semantics do: a candidate that is clearly nearer to the
    mistake than to TensorFlow is then measured by what the mistake itself loses to rounding.
    """
    case = failing.double
    made, _ = named_arrays(case, run(case.question()))
    near, far = (_ratio(case, made, against) for against in (failing.got, failing.right))
    if far <= tolerance.factor or far < NEARER * near:
        return None
    if near <= tolerance.factor:
        return near
    if far < CLEARLY_NEARER * near:
        return None
    rounded, _ = named_arrays(failing.case, run(failing.case.question()))
    own = _ratio(case, made, rounded)
    return near if near <= tolerance.factor * own and own <= LARGEST_AMPLIFICATION else None


def could_reproduce(run: Candidate, failing: Failing, tolerance: Tolerance) -> bool:
    """Return whether what `run` makes of a part of a case allows that it makes the candidate's numbers.

    A part that the mistake leaves right must be right in the candidate, too; rounding may do more in it than in all.
    """
    made, _ = named_arrays(failing.double, run(failing.double.question()))
    near, far = (_ratio(failing.double, made, against) for against in (failing.got, failing.right))
    return near <= tolerance.factor or far >= NEARER * near


def _ratio(case: Case, made: Mapping[str, Array], against: Mapping[str, Array]) -> float:
    ratios = [0.0]
    for name, noise in case.expectation.noise.items():
        if against[name].shape != made[name].shape:
            return float("inf")
        with np.errstate(invalid="ignore", over="ignore"):
            error = np.abs(against[name].astype(np.float64) - made[name])
        size = float(np.abs(made[name]).max(initial=0.0))
        reference = float(np.abs(case.expectation.oracle64[name]).max(initial=0.0))
        scale = noise * max(1.0, size / max(1.0, reference))  # a mistake may blow values up, and their rounding
        ratios.append(float(np.where(np.isnan(error), np.inf, error).max(initial=0.0)) / scale)
    return max(ratios)


def in_float64(case: Case) -> Case:
    """Return the case with all its numbers in float64, ids whole; as it is where float64 would compute another cell."""
    if any(case.spec.dtype in layer.cell.own_constants for layer in layers(case.spec)):
        return case
    return replace(
        case,
        weights={name: array.astype(np.float64) for name, array in case.weights.items()},
        inputs=map_tree(_as_float64, case.inputs),
        initial_state=None if case.initial_state is None else map_tree(_as_float64, case.initial_state),
    )


def _as_float64(array: Array) -> Array:
    return array.astype(np.float64) if np.issubdtype(array.dtype, np.floating) else array
