"""Which mistakes, alone or two together, make the numbers of a run's failing cases.

All mistakes are tried on the plainest failing case, first on its first step; what reproduces that one is tried on all.
Then on the plainest of those that nothing explains, and so on, kind by kind; where none does it alone, two together
are tried, a few times for the same cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from typing import TypeAlias

import numpy as np

from rnn_parity.candidate import Candidate
from rnn_parity.compare import named_arrays
from rnn_parity.diagnose.accounts import Account, Making
from rnn_parity.diagnose.beginning import beginning, shows_at_once
from rnn_parity.diagnose.rounding import nearest_of, resembles
from rnn_parity.mistakes import MISTAKES, Mistake, both
from rnn_parity.mistakes.reproduce import Failing, could_reproduce, reproduces
from rnn_parity.spec import CaseSpec, StackSpec, WrapperSpec, class_name, single_cells
from rnn_parity.structure import Array, cells_of
from rnn_parity.tolerance import Tolerance
from rnn_parity.weights import layers

ALONE = 10_000  # tries of single mistakes on unexplained cases: where very many fail in unknown ways, not on all
PAIRED = 3  # cases of the same cells on which pairs are tried
PAIRS = 15_000  # pairs that are tried in one run; of one class of cells there are some thousands
LITTLE = 0.05  # of the wrong entries, where two mistakes touch each other

_PRECISIONS = tuple(mistake for mistake in MISTAKES if mistake.precision)

Cells: TypeAlias = tuple[str, ...]
Wrong: TypeAlias = Array  # (entries of all tensors,) bool


@dataclass(frozen=True)
class Probe:
    """A failing case to try mistakes on, and its first step where that can be told apart."""

    failing: Failing
    tolerance: Tolerance

    @property
    def spec(self) -> CaseSpec:
        """What the case is."""
        return self.failing.case.spec

    @cached_property
    def first(self) -> Failing | None:
        """The first step of the case."""
        return beginning(self.failing)

    def ratio(self, run: Candidate, *, at_once: bool) -> float | None:
        """Return what remains where `run` makes the candidate's numbers; None where it does not."""
        if at_once and self.first is not None and not could_reproduce(run, self.first, self.tolerance):
            return None
        return reproduces(run, self.failing, self.tolerance)

    @cached_property
    def wrong(self) -> Wrong:
        """The entries that the candidate has wrong."""
        return self._wrong(self.failing.got)

    def wrong_by(self, run: Candidate) -> Wrong:
        """Return the entries that a mistake makes wrong."""
        made, _ = named_arrays(self.failing.double, run(self.failing.double.question()))
        return self._wrong(made)

    def _wrong(self, arrays: Mapping[str, Array]) -> Wrong:
        noise, right = self.failing.case.expectation.noise, self.failing.right
        parts = []
        for name in noise:
            if arrays[name].shape != right[name].shape:
                return np.ones(sum(array.size for array in right.values()), bool)
            allowed = self.tolerance.factor * noise[name]
            parts.append((~(np.abs(arrays[name].astype(np.float64) - right[name]) <= allowed)).ravel())
        return np.concatenate(parts)


class Search:
    """The failing cases of one run, and what accounts for them so far."""

    def __init__(self, failing: Iterable[Failing], tolerance: Tolerance) -> None:
        self.accounts: list[Account] = []
        self._tolerance = tolerance
        self._probes = sorted((Probe(one, tolerance) for one in failing), key=lambda one: _plainness(one.spec))
        self._unexplained = {probe.failing.case.id for probe in self._probes}
        self._known: set[tuple[str, ...]] = set()

    def run(self) -> list[Account]:
        """Return the mistakes that reproduce some case alone, as another precision, or two together."""
        left, paired = PAIRS, Counter[Cells]()
        for probe in self._pivots():
            self._alone(probe)
            if not paired:  # rounding everywhere is told before pairs are tried in vain
                self._rounding()
            cells = _cells(probe.failing.case.spec)
            if probe.failing.case.id in self._unexplained and paired[cells] < PAIRED:
                paired[cells] += 1
                left -= self._together(probe, left)
        self._rounding()
        return self.accounts

    def _pivots(self) -> Iterator[Probe]:
        """Yield unexplained probes, one of a kind first, the plainest before the others, as long as there is room."""
        kinds, left = dict[Cells, Probe](), ALONE
        for probe in self._probes:
            kinds.setdefault(_kind(probe.spec), probe)
        firsts = {probe.spec.id for probe in kinds.values()}
        for probe in sorted(self._probes, key=lambda one: one.spec.id not in firsts):
            if left > 0 and probe.failing.case.id in self._unexplained:
                left -= sum(mistake.applies(probe.spec) for mistake in MISTAKES)
                yield probe

    def _alone(self, probe: Probe) -> None:
        """Try every mistake on a probe, and on all cases what reproduces it."""
        for mistake in MISTAKES:
            names = (mistake.id,)
            if names in self._known or mistake.precision or not mistake.applies(probe.failing.case.spec):
                continue
            at_once = shows_at_once(mistake.run)
            if probe.ratio(mistake.run, at_once=at_once) is not None:
                self._take(names, _only(mistake), at_once=at_once)

    def _rounding(self) -> None:
        """Try every other precision on what is unexplained; of several that are alike, the nearest counts."""
        found: dict[str, dict[str, float]] = {}
        for mistake in _PRECISIONS:
            left = [one for one in self._room(mistake) if one.case.id in self._unexplained]
            found[mistake.id] = resembles(mistake.run, left, self._tolerance)
        for mistake in _PRECISIONS:
            nearest = nearest_of(found, mistake.id, self._tolerance)
            if nearest:
                room = tuple(one.case.id for one in self._room(mistake))
                self._add(Account((mistake.id,), _only(mistake), nearest, room))

    def _room(self, mistake: Mistake) -> list[Failing]:
        return [one.failing for one in self._probes if mistake.applies(one.failing.case.spec)]

    def _together(self, probe: Probe, most: int) -> int:
        """Try pairs on a probe, and on all cases what reproduces it; return how many were tried."""
        tried = 0
        if not probe.failing.is_finite:
            return tried
        known = {name for account in self.accounts for name in account.names}
        for first, second, run in _pairs(probe, most, known):
            tried += 1
            names = (first.id, second.id)
            at_once = shows_at_once(first.run) and shows_at_once(second.run)
            if names not in self._known and _makes(probe, run, at_once=at_once):
                self._take(names, _both(first, second), at_once=at_once)
        return tried

    def _take(self, names: tuple[str, ...], making: Making, *, at_once: bool) -> None:
        ratios, room = {}, []
        for probe in self._probes:
            run = making(probe.failing.case.spec)
            if run is None:
                continue
            room.append(probe.failing.case.id)
            ratio = probe.ratio(run, at_once=at_once)
            if ratio is not None:
                ratios[probe.failing.case.id] = ratio
        self._add(Account(names, making, ratios, tuple(room)))

    def _add(self, account: Account) -> None:
        self._known.add(account.names)
        self._unexplained -= account.ratios.keys()
        self.accounts.append(account)


def _pairs(probe: Probe, most: int, known: Container[str] = ()) -> Iterator[tuple[Mistake, Mistake, Candidate]]:
    """Yield at most so many pairs that have room in the probe and between them touch what is wrong in it.

    What is `known` to be behind other cases comes first.
    """
    spec = probe.failing.case.spec
    possible = [mistake for mistake in MISTAKES if mistake.applies(spec) and not mistake.precision]
    possible.sort(key=lambda mistake: mistake.id not in known)
    touched = {mistake.id: probe.wrong_by(mistake.run) for mistake in possible}
    enough = (1 - LITTLE) * np.count_nonzero(probe.wrong)
    for first, second in combinations(possible, 2):
        if most <= 0:
            return
        if np.count_nonzero(probe.wrong & (touched[first.id] | touched[second.id])) < enough:
            continue
        run = both(first, second, spec)
        if run is not None:
            most -= 1
            yield first, second, run


def _makes(probe: Probe, run: Candidate, *, at_once: bool) -> bool:
    """Return whether two mistakes together make a probe's numbers; not where one takes what the other works on."""
    try:
        return probe.ratio(run, at_once=at_once) is not None
    except (ValueError, IndexError, TypeError):  # no step left to join, say
        return False


def _only(mistake: Mistake) -> Making:
    return lambda spec: mistake.run if mistake.applies(spec) else None


def _both(first: Mistake, second: Mistake) -> Making:
    return lambda spec: both(first, second, spec)


@lru_cache(maxsize=4096)
def _cells(spec: CaseSpec) -> Cells:
    """Return the classes of a case's cells, whatever is around them: where these are wrong, all of it is."""
    return tuple(sorted({class_name(layer.cell) for layer in layers(spec)}))


@lru_cache(maxsize=4096)
def _kind(spec: CaseSpec) -> Cells:
    """Return the classes of a case's cells and what is around them, their activations, the run, what that is given."""
    around = (class_name(cell) for outer in cells_of(spec) for cell in (outer, *single_cells(outer)))
    lengths = getattr(spec.run, "sequence_length", None) is not None
    return (*around, *_activations(spec), class_name(spec.run), f"lengths {lengths}", f"state {spec.run.initial_state}")


def _activations(spec: CaseSpec) -> Iterator[str]:
    return (name for layer in layers(spec) if (name := getattr(layer.cell, "activation", None)) not in (None, "tanh"))


@lru_cache(maxsize=4096)
def _plainness(spec: CaseSpec) -> tuple[int, int]:
    """Return what to sort by: how much there is to get wrong besides the cell itself, then how much work a case is."""
    extras = (
        getattr(spec.run, "sequence_length", None) is not None,
        bool(getattr(spec.run, "time_major", False)),
        len(cells_of(spec)) > 1,
        isinstance(spec.cell, StackSpec | WrapperSpec),
        any(_activations(spec)),
        spec.dtype != "float32",
    )
    return sum(extras), spec.sizes.max_time * len(layers(spec))
