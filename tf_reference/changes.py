"""Two recordings of one case, compared: what changed, and by how many multiples of TensorFlow's own rounding.

outputs, final_state, oracle64     |new - old| / noise                 the noise recorded with the old one
trace                              |new - old| / (largest noise of the case max(1, |old|))
noise                              new / old or old / new, whichever is larger; 0 if equal
everything else                    drawn data: equal to the bit, or the inputs changed
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np

from rnn_parity.errors import CaseUnknownError
from rnn_parity.fixture_file import Fixture, content_hash
from rnn_parity.structure import Array
from tf_reference.noise import FACTOR, distance

ANSWERS = ("outputs", "final_state", "oracle64", "trace", "noise")  # first parts of names; all others are drawn


class Change(NamedTuple):
    """What became of one case; `ratio` is the largest multiple of the noise, infinite where that says nothing."""

    case_id: str
    kind: str  # added, removed, changed
    detail: str = ""
    ratio: float = float("inf")

    @property
    def words(self) -> str:
        """One line for the terminal."""
        return f"{self.kind:<8} {self.case_id}" + (f"   {self.detail}" if self.detail else "")

    @property
    def drifted(self) -> bool:
        """Whether this is more than another rounding."""
        return not self.ratio <= FACTOR


def compare_fixtures(old: Fixture, new: Fixture) -> Change | None:
    """Return what changed from `old` to `new`, or None where both are equal to the bit."""
    if content_hash(old) == content_hash(new):
        return None
    detail = _different_in_kind(old, new)
    if detail:
        return Change(new.spec.id, "changed", detail)
    ratio, name = max((_ratio(old, new, name), name) for name in old.arrays if name.startswith(ANSWERS))
    return Change(new.spec.id, "changed", f"{ratio:.3g} x noise at {name}", ratio)


def select(ids: set[str], globs: tuple[str, ...]) -> set[str]:
    """Return the ids that match any glob; all where there is no glob.

    Raises:
        CaseUnknownError: a glob matches none; the nearest id is named.
    """
    found = set() if globs else set(ids)
    for glob in globs:
        matching = {case_id for case_id in ids if fnmatchcase(case_id, glob)}
        if not matching:
            raise CaseUnknownError(glob, sorted(ids))
        found |= matching
    return found


def _different_in_kind(old: Fixture, new: Fixture) -> str:
    """Return what else than answers changed, in words; '' if nothing did."""
    if old.spec != new.spec:
        return "spec changed"
    if _kinds(old) != _kinds(new):
        names = sorted(name for name, _ in _kinds(old).items() ^ _kinds(new).items())
        return f"names, shapes or dtypes changed: {', '.join(dict.fromkeys(names))}"
    drawn = [name for name in old.arrays if not name.startswith(ANSWERS)]
    moved = sorted(name for name in drawn if not np.array_equal(old.arrays[name], new.arrays[name]))
    return f"inputs changed: {', '.join(moved)}" if moved else ""


def _kinds(fixture: Fixture) -> dict[str, tuple[tuple[int, ...], str]]:
    return {name: (array.shape, str(array.dtype)) for name, array in fixture.arrays.items()}


def _ratio(old: Fixture, new: Fixture, name: str) -> float:
    was, now = old.arrays[name], new.arrays[name]
    kind, _, rest = name.partition("/")
    if kind == "noise":
        return 0.0 if was == now else float(max(was / now, now / was))
    return distance(was, now) / _noise(old, kind, name, rest)


def _noise(fixture: Fixture, kind: str, name: str, rest: str) -> float:
    if kind != "trace":
        return float(fixture.arrays[f"noise/{rest if kind == 'oracle64' else name}"])
    largest = max(float(array) for other, array in fixture.arrays.items() if other.startswith("noise/"))
    return largest * max(1.0, _largest(fixture.arrays[name]))


def _largest(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))
