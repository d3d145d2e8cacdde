"""Which rows run at which step: all of them at every one, or the longest ones first and fewer and fewer.

    rows in order of length:   a a a a a        runs of steps with one number of rows:
                               b b b            3 steps of 3 rows, 2 steps of 1
                               c c c

Rows of one length run at every step of theirs (`Dense`). Others (`Packed`) are kept in order and without their padding,
(N, ...) with N = sum of lengths, step after step; what stands in the padding is never read. The backward direction
takes the steps, or each row's own, from the end.

Axes: T steps, B batch, N steps of all rows.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from numpy_impl.arrays import Array


class Rows(Protocol):
    """How the rows of a call are kept between its beginning and its end.

    Attributes:
        steps: how many there are in which a row runs.
        batch: B.
    """

    steps: int
    batch: int

    def gathered(self, inputs: Array) -> Array:
        """Return inputs (T, B, D) as they are kept."""

    def empty(self, width: int, dtype: np.dtype[np.floating]) -> Array:
        """Return an array for outputs of this width, as they are kept."""

    def runs(self, kept: Array) -> list[Array]:
        """Return views (steps, rows, width) of what is kept, in the order in which it is computed."""

    def scattered(self, kept: Array) -> Array:
        """Return the outputs (T, B, width), 0 past each row's length."""

    def in_order(self, state: Array) -> Array:
        """Return a copy of a state (B, width) in the order of the rows."""

    def as_given(self, state: Array) -> Array:
        """Return the state of the rows in the order of the batch."""


class Dense:
    """All rows at every one of the first steps; T of them, or the one length that all rows have."""

    def __init__(self, total: int, steps: int, batch: int, *, backward: bool) -> None:
        """Take T, the steps in which rows run, and B."""
        self.total, self.steps, self.batch, self.backward = total, steps, batch, backward

    def gathered(self, inputs: Array) -> Array:
        """Return the inputs of these steps."""
        return inputs[: self.steps]

    def empty(self, width: int, dtype: np.dtype[np.floating]) -> Array:
        """Return an array (steps, B, width)."""
        return np.empty((self.steps, self.batch, width), dtype)

    def runs(self, kept: Array) -> list[Array]:
        """Return the one run of all steps."""
        if not self.steps or not self.batch:
            return []
        return [kept[::-1] if self.backward else kept]

    def scattered(self, kept: Array) -> Array:
        """Return the outputs themselves, or zeros after them."""
        if self.steps == self.total:
            return kept
        found = np.zeros((self.total, *kept.shape[1:]), kept.dtype)
        found[: self.steps] = kept
        return found

    def in_order(self, state: Array) -> Array:
        """Return a copy."""
        return state.copy()

    def as_given(self, state: Array) -> Array:
        """Return the state itself."""
        return state


class Packed:
    """Rows of unequal lengths (B,), each from 0 to T, the longest first."""

    def __init__(self, steps: int, lengths: npt.NDArray[np.integer], *, backward: bool) -> None:
        """Find out which rows run at each step."""
        self.total, self.batch = steps, len(lengths)
        self.order = np.argsort(-lengths, kind="stable")
        sizes = np.count_nonzero(lengths > np.arange(lengths.max())[:, np.newaxis], axis=1)  # (longest,) rows that run
        self.steps, starts = len(sizes), np.cumsum(sizes) - sizes
        self.time = np.repeat(np.arange(len(sizes)), sizes)
        self.row = self.order[np.arange(len(self.time)) - np.repeat(starts, sizes)]
        if backward:
            self.time = lengths[self.row] - 1 - self.time
        borders = [0, *(np.flatnonzero(np.diff(sizes)) + 1), len(sizes)]
        self._runs = (
            [(starts[begin], end - begin, sizes[begin]) for begin, end in pairwise(borders)] if len(sizes) else []
        )

    def gathered(self, inputs: Array) -> Array:
        """Return what stands within the lengths, (N, D)."""
        return inputs[self.time, self.row]

    def empty(self, width: int, dtype: np.dtype[np.floating]) -> Array:
        """Return an array (N, width)."""
        return np.empty((len(self.time), width), dtype)

    def runs(self, kept: Array) -> list[Array]:
        """Return one view for each number of rows."""
        return [kept[start : start + steps * rows].reshape(steps, rows, -1) for start, steps, rows in self._runs]

    def scattered(self, kept: Array) -> Array:
        """Return the outputs (T, B, width), zeros where nothing ran."""
        found = np.zeros((self.total, self.batch, kept.shape[1]), kept.dtype)
        found[self.time, self.row] = kept
        return found

    def in_order(self, state: Array) -> Array:
        """Return the rows, the longest first."""
        return state[self.order]

    def as_given(self, state: Array) -> Array:
        """Return the rows where they were."""
        found = np.empty_like(state)
        found[self.order] = state
        return found


def rows_of(steps: int, batch: int, lengths: npt.NDArray[np.integer] | None, *, backward: bool) -> Rows:
    """Return how to run a batch of these lengths; more than T counts as T, less than 0 as 0."""
    if lengths is None or not batch:
        return Dense(steps, steps, batch, backward=backward)
    shortest, longest = (min(max(int(length), 0), steps) for length in (lengths.min(), lengths.max()))
    if shortest == longest:
        return Dense(steps, longest, batch, backward=backward)
    return Packed(steps, np.clip(lengths, 0, steps), backward=backward)
