"""Which cases leave room for a mistake: it must be able to change their numbers.

A diagnosis asks every mistake about every case, so that what a case has is looked at once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from numpy_impl import activation
from rnn_parity.mistakes.semantics import LSTM, Kinds, plain
from rnn_parity.spec import BlockLSTMSpec, CaseSpec, Chunked, Directions
from rnn_parity.structure import answered_steps, cells_of, sequence_lengths
from rnn_parity.weights import REMEMBERED, Layer, layers

Room: TypeAlias = Callable[[CaseSpec], bool]
Holds: TypeAlias = Callable[[Any], bool]  # of one cell's spec
Chosen: TypeAlias = Callable[[Layer], bool]


@lru_cache(maxsize=REMEMBERED)
def lengths_of(spec: CaseSpec) -> tuple[int, ...]:
    """Return the steps of every row."""
    time = spec.sizes.max_time
    return tuple(min(length, time) for length in sequence_lengths(spec) or (time,) * spec.sizes.batch_size)


@lru_cache(maxsize=REMEMBERED)
def longest(spec: CaseSpec) -> int:
    """Return the steps that the longest row runs through with one state; 0 where nothing comes of them."""
    run = spec.run
    if not alive(spec):
        return 0
    return max(run.chunks) if isinstance(run, Chunked) and not run.carry_state else max(lengths_of(spec))


def runs(spec: CaseSpec) -> bool:
    """Return whether a cell answers at all."""
    return longest(spec) > 0


def recurs(spec: CaseSpec) -> bool:
    """Return whether a cell ever sees a state other than zero."""
    return longest(spec) > (0 if spec.run.initial_state else 1)


@lru_cache(maxsize=REMEMBERED)
def mute(cell: Any) -> bool:  # noqa: ANN401  any cell's spec
    """Return whether the cell answers zeros whatever it is given: an LSTM that clips c to 0."""
    return clips_to_zero(cell) and not activation(cell.activation)(np.zeros(2)).any()


def clips_to_zero(cell: Any) -> bool:  # noqa: ANN401  any cell's spec
    """Return whether a cell_clip of 0 leaves nothing of c: to the kernels' cells it is no clip."""
    return getattr(cell, "cell_clip", None) == 0 and not isinstance(cell, BlockLSTMSpec)


@lru_cache(maxsize=REMEMBERED)
def alive(spec: CaseSpec) -> bool:
    """Return whether some cell answers more than zeros."""
    return any(not mute(layer.cell) for layer in layers(spec))


@lru_cache(maxsize=REMEMBERED)
def listens(spec: CaseSpec) -> bool:
    """Return whether a cell's answer depends on its inputs: a norm over one unit leaves nothing of them."""
    return runs(spec) and not all(
        getattr(layer.cell, "layer_norm", False) and layer.cell.num_units == 1 for layer in layers(spec)
    )


@lru_cache(maxsize=REMEMBERED)
def ragged(spec: CaseSpec) -> bool:
    """Return whether some row ends before the last step that is run."""
    return min(lengths_of(spec)) < answered_steps(spec)


def two_ways(spec: CaseSpec) -> bool:
    """Return whether there is a backward direction."""
    return isinstance(cells_of(spec), Directions)


def starts(spec: CaseSpec) -> bool:
    """Return whether an initial state is given that shows in the answer."""
    return spec.run.initial_state and (alive(spec) or 0 in lengths_of(spec))


def has(spec: CaseSpec, kinds: Kinds, holds: Holds) -> bool:
    """Return whether a cell is of these kinds and `holds`; of a kernel's cell, whether that of equal numbers does."""
    return any(isinstance(layer.cell, kinds) and holds(equal) for layer, equal in _cells(spec))


@lru_cache(maxsize=REMEMBERED)
def _cells(spec: CaseSpec) -> tuple[tuple[Layer, Any], ...]:
    """Return all layers, each with the core cell of equal numbers."""
    return tuple((layer, plain(layer).cell) for layer in layers(spec))


@dataclass(frozen=True)
class Where:
    """The room of a mistake in some cells: of these kinds, which `holds`, in runs that do what it `needs`."""

    kinds: Kinds
    holds: Holds
    needs: Room
    chosen: Chosen | None = None

    def __call__(self, spec: CaseSpec) -> bool:
        """Return whether a case has such a cell, in a layer that is chosen."""
        if not self.needs(spec):
            return False
        if self.chosen is None:
            return has(spec, self.kinds, self.holds)
        return any(
            isinstance(layer.cell, self.kinds) and self.chosen(layer) and self.holds(equal)
            for layer, equal in _cells(spec)
        )

    def among(self, chosen: Chosen) -> Where:
        """Return the room in such cells of the layers chosen."""
        return replace(self, chosen=chosen)


def where(kinds: Kinds, holds: Holds = lambda _: True, *, needs: Room = runs) -> Where:
    """Return the room of a mistake in the cells of these kinds that `holds`; `needs` says what the run must do."""
    return Where(kinds, lambda cell: not mute(cell) and holds(cell), needs)


def where_even_mute(kinds: Kinds, holds: Holds) -> Where:
    """Return the room of a mistake that can make a mute cell speak."""
    return Where(kinds, holds, lambda spec: max(lengths_of(spec)) > 0)


def where_lstm(holds: Holds = lambda _: True, *, needs: Room = runs) -> Where:
    """Return the room of a mistake in what becomes of c, which a cell_clip of 0 leaves none."""
    return where(LSTM, lambda cell: not clips_to_zero(cell) and holds(cell), needs=needs)


def squashes_unlike(cell: Any, name: str) -> bool:  # noqa: ANN401  any cell's spec
    """Return whether the cell's activation is another function than the one of this name."""
    return (getattr(cell, "activation", None) or "tanh") != name


def all_of(*rooms: Room) -> Room:
    """Return the room that all of these leave."""
    return lambda spec: all(room(spec) for room in rooms)
