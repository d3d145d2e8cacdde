"""Candidates that are right at another precision.

They are recognised by their numbers or, where a rounding fell the other way, by the course of their errors:

    e  the candidate's errors, p those of the mistake, each tensor in units of TensorFlow's own rounding
    alike:  e.p / (|e| |p|) >= ALIKE  and  1/SIZE <= |e| / |p| <= SIZE
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnn_parity.candidate import Candidate
from rnn_parity.compare import named_arrays
from rnn_parity.mistakes.reproduce import Failing, reproduces
from rnn_parity.structure import Array
from rnn_parity.tolerance import Tolerance

ALIKE = 0.7  # cosine between errors; of unrelated causes it is near 0 on average, but not in every small case
SIZE = 2.0
MOST = 0.5  # of the cases with room, that must be alike
SCREENED = 8


def resembles(run: Candidate, room: Sequence[Failing], tolerance: Tolerance) -> dict[str, float]:
    """Return case id -> what remains, of the cases that are alike; nothing where most are not."""
    some = room[:: max(1, len(room) // SCREENED)]
    if len(_alike(run, some, tolerance)) < MOST * len(some):
        return {}
    found = _alike(run, room, tolerance)
    return found if len(found) >= MOST * len(room) else {}


def nearest_of(found: Mapping[str, Mapping[str, float]], name: str, tolerance: Tolerance) -> dict[str, float]:
    """Return the cases of one mistake that no other is nearer to; nothing where those are less than most of them.

    Within the yardstick all are as near.
    """

    def distance(ratio: float) -> float:
        return max(ratio, tolerance.factor)

    own = found[name]
    least = {case_id: min(other[case_id] for other in found.values() if case_id in other) for case_id in own}
    nearest = {case_id: ratio for case_id, ratio in own.items() if distance(ratio) <= distance(least[case_id])}
    return nearest if len(nearest) >= MOST * len(own) else {}


def _alike(run: Candidate, room: Sequence[Failing], tolerance: Tolerance) -> dict[str, float]:
    ratios = {one.case.id: _remains(run, one, tolerance) for one in room}
    return {case_id: ratio for case_id, ratio in ratios.items() if ratio is not None}


def _remains(run: Candidate, failing: Failing, tolerance: Tolerance) -> float | None:
    exactly = reproduces(run, failing, tolerance)
    if exactly is not None:
        return exactly
    made, _ = named_arrays(failing.double, run(failing.double.question()))
    if any(failing.got[name].shape != array.shape for name, array in failing.right.items()):
        return None
    got, own = _errors(failing, failing.got), _errors(failing, made)
    if not (np.isfinite(got).all() and np.isfinite(own).all()):
        return None
    sizes = float(np.linalg.norm(got)), float(np.linalg.norm(own))
    if not all(sizes) or not 1 / SIZE <= sizes[0] / sizes[1] <= SIZE or got @ own < ALIKE * sizes[0] * sizes[1]:
        return None
    return float(np.abs(got - own).max())


def _errors(failing: Failing, arrays: Mapping[str, Array]) -> Array:
    noise = failing.case.expectation.noise
    differences = ((arrays[name].astype(np.float64) - failing.right[name]) / noise[name] for name in noise)
    return np.concatenate([one.ravel() for one in differences])
