"""A recorded run cut into cases of one step each, every one started from the state that TensorFlow itself had.

    step k of a row   its k-th in the order of computation: the backward direction begins at the row's last valid step
    state before it   the trace's c and h of step k - 1; at k = 0 what the case starts from
    expected          the recorded outputs of the step, and the trace's c and h of step k

Rows that have ended are left out. The trace is in the case's dtype, so the state has TensorFlow's rounding of the run
up to there. That and the step's own are within what was recorded for the whole run, which is the unit here, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np

from rnn_parity.candidate import Case, Expected
from rnn_parity.errors import RestartImpossibleError
from rnn_parity.spec import (
    AttentionCellWrapper,
    CaseSpec,
    Cell,
    CellSpec,
    Chunked,
    Directions,
    FusedRNN,
    IntersectionRNNCell,
    LSTMStateTuple,
    Sizes,
    SRUCell,
    StackSpec,
    Step,
    WrapperSpec,
    class_name,
    is_own,
)
from rnn_parity.structure import Array, Tree, cells_of, flatten, is_time_major, join, levels, map_tree
from rnn_parity.tolerance import FACTOR
from rnn_parity.weights import owners, stored_shapes, wrappings

# What the trace calls a state: that of the cells in STATES is one array other than h.
C, H = ("c", "cs"), ("h",)  # c is "cs" in the trace of a cell that is one kernel
STATES = {SRUCell: ("c",), IntersectionRNNCell: ("new_state",)}


@dataclass(frozen=True, kw_only=True)
class Restart:
    """One step as a case of its own: `rows` of the whole case, each at its own `time` (rows,), an index of T."""

    direction: str
    step: int
    rows: Array
    time: Array
    case: Case


def restarts(case: Case) -> Iterator[Restart]:
    """Yield every step of a recorded case, direction by direction, in the order of computation.

    Raises:
        RestartImpossibleError: the case's run has no single steps, or the state between them is not recorded.
        ExpectationMissingError: the case holds no answer of TensorFlow's.
    """
    _require_steps(case)
    cells = cells_of(case.spec)
    ways = Directions._fields if isinstance(cells, Directions) else ("",)
    pieces = [_Way(case, direction, cell) for direction, cell in zip(ways, cells, strict=True)]
    for way in pieces:
        way.require_recorded_states()
    for way in pieces:
        yield from way.steps()


def lengths_of(case: Case) -> Array:
    """Return (B,): the steps that each row runs."""
    steps = case.spec.sizes.max_time
    if case.sequence_length is None:
        return np.full(case.spec.sizes.batch_size, steps)
    return np.minimum(case.sequence_length, steps)


def outputs_of(case: Case, direction: str) -> tuple[str, slice]:
    """Return the name of the outputs that a direction is in, and its columns of them."""
    cells = cells_of(case.spec)
    if not direction or "outputs" not in case.expectation.arrays:
        return join("outputs", direction), slice(None)
    width = cells[0].output_size
    return "outputs", slice(0, width) if direction == "fw" else slice(width, None)


def taken(case: Case, array: Array, rows: Array, time: Array) -> Array:
    """Return (rows, ...): each of the rows of inputs or outputs at its own time."""
    return array[time, rows] if is_time_major(case.spec) else array[rows, time]


class _Way:
    """One direction of a case."""

    def __init__(self, case: Case, direction: str, cell: Cell) -> None:
        self._case, self._direction, self._cell = case, direction, cell
        self._lengths = lengths_of(case)
        self._trace = {
            name.removeprefix(f"{direction}/"): array
            for name, array in case.expectation.trace.items()
            if not direction or name.startswith(f"{direction}/")
        }
        start = case.initial_state
        self._start = getattr(start, direction) if direction and start is not None else start
        self._weights = _renamed(case, direction, self._spec(1, started=False))

    def steps(self) -> Iterator[Restart]:
        """Yield the steps that some row runs."""
        for step in range(int(self._lengths.max(initial=0))):
            rows = np.flatnonzero(self._lengths > step)
            time = self._lengths[rows] - 1 - step if self._direction == "bw" else np.full(len(rows), step)
            case = self._case_of(step, rows, time)
            yield Restart(direction=self._direction, step=step, rows=rows, time=time, case=case)

    def require_recorded_states(self) -> None:
        """Return if the trace's states are those that the run ended with, RestartImpossibleError otherwise."""
        rows = np.flatnonzero(self._lengths)
        if not len(rows):
            raise RestartImpossibleError(self._case.id, "no row has a step")
        ended = [self._state(int(self._lengths[row]) - 1, np.array([row])) for row in rows]
        for path in flatten(ended[0]):
            name = join("final_state", self._direction, path)
            final, noise = self._case.expectation.arrays[name][rows], self._case.expectation.noise[name]
            traced = np.concatenate([flatten(state)[path] for state in ended])
            fits = traced.shape == final.shape
            if not fits or np.abs(traced.astype(np.float64) - final).max() > FACTOR * noise:
                raise RestartImpossibleError(self._case.id, f"its trace does not hold {name}, the state between steps")

    def _case_of(self, step: int, rows: Array, time: Array) -> Case:
        state = self._state_before(step, rows)
        return Case(
            spec=self._spec(len(rows), started=state is not None, step=step),
            weights=self._weights,
            inputs=map_tree(lambda array: taken(self._case, array, rows, time), self._case.inputs),
            initial_state=state,
            expected=self._expected(step, rows, time),
        )

    def _spec(self, rows: int, *, started: bool, step: int = 0) -> CaseSpec:
        whole = self._case.spec
        return CaseSpec(
            id=f"{whole.id}/{'-'.join(filter(None, (self._direction, f'step-{step}')))}",
            why=whole.why,
            cell=self._cell,
            run=Step(initial_state=started),
            sizes=Sizes(batch_size=rows, max_time=1, depth=whole.sizes.depth),
            seed=whole.seed,
            dtype=whole.dtype,
            gain=whole.gain,
        )

    def _state_before(self, step: int, rows: Array) -> Tree:
        """Return what TensorFlow's step started from; None for its zeros."""
        run = self._case.spec.run
        anew = isinstance(run, Chunked) and not run.carry_state and step in np.cumsum(run.chunks)
        if step and not anew:
            return self._state(step - 1, rows)
        return None if self._start is None else map_tree(lambda array: array[rows], self._start)

    def _state(self, step: int, rows: Array) -> Tree:
        """Return what TensorFlow's step ended with."""
        return _traced_state(self._cell, partial(self._traced, step=step, rows=rows), count())

    def _traced(self, layer: int, letters: Iterable[str], *, step: int, rows: Array) -> Array:
        for letter in letters:
            array = self._trace.get(join(str(layer), letter))
            if array is not None:
                return array[step, rows]
        raise RestartImpossibleError(self._case.id, f"its trace has no {' or '.join(letters)} of layer {layer}")

    def _expected(self, step: int, rows: Array, time: Array) -> Expected:
        whole = self._case.expectation
        name, columns = outputs_of(self._case, self._direction)
        state = {join("final_state", path): array for path, array in flatten(self._state(step, rows)).items()}
        given, exact = (
            taken(self._case, found[name], rows, time)[:, columns] for found in (whole.arrays, whole.oracle64)
        )
        noise = {one: whole.noise[one.replace("final_state", join("final_state", self._direction), 1)] for one in state}
        return Expected(
            arrays={"outputs": given, **state},
            oracle64={"outputs": exact, **{one: array.astype(np.float64) for one, array in state.items()}},
            noise={"outputs": whole.noise[name], **noise},
            trace={one: array[step : step + 1, rows] for one, array in self._trace.items()},
        )


def _require_steps(case: Case) -> None:
    spec = case.spec
    case.expectation  # noqa: B018  raises before anything else is said
    if is_own(spec):
        raise RestartImpossibleError(spec.id, "it is a cell or graph of one's own, whose states are not known")
    if isinstance(spec.run, Step):
        raise RestartImpossibleError(spec.id, "it is one step, which `rnn-parity check` judges by itself")
    if isinstance(spec.run, FusedRNN):
        raise RestartImpossibleError(spec.id, "a fused cell takes the whole sequence in one call: it has no steps")
    if levels(spec) is not None:
        reason = f"in a {class_name(spec.run)} a level reads the outputs of the one below, which are not recorded"
        raise RestartImpossibleError(spec.id, reason)
    if any(isinstance(wrapping.cell, AttentionCellWrapper) for wrapping in wrappings(spec)):
        raise RestartImpossibleError(spec.id, "the states of an AttentionCellWrapper are not in its trace")
    if case.dropout:
        raise RestartImpossibleError(spec.id, "it drops states and outputs after they are traced")


def _traced_state(cell: CellSpec, traced: partial[Array], places: Iterator[int]) -> Tree:
    """Return the state of a cell, nested like TensorFlow's, from `traced(layer, letters)`."""
    if isinstance(cell, StackSpec):
        parts = tuple(_traced_state(one, traced, places) for one in cell.cells)
        return parts if cell.state_is_tuple else np.concatenate(parts, axis=1)
    if isinstance(cell, WrapperSpec):
        return _traced_state(cell.cell, traced, places)
    layer = next(places)
    if isinstance(cell.state_size, LSTMStateTuple):
        return LSTMStateTuple(traced(layer, C), traced(layer, H))
    if not getattr(cell, "state_is_tuple", True):
        return np.concatenate([traced(layer, C), traced(layer, H)], axis=1)
    return traced(layer, STATES.get(type(cell), H))


def _renamed(case: Case, direction: str, step: CaseSpec) -> Mapping[str, Array]:
    """Return the weights of one direction under the names that they have in one step, where no run has a scope."""
    found = {}
    own = (owner for owner in owners(case.spec) if owner.direction == direction)
    for alone, owner in zip(owners(step), own, strict=True):
        for name, shape in owner.cell.variables(owner.depth).items():
            for new, old in zip(stored_shapes(alone, name, shape), stored_shapes(owner, name, shape), strict=True):
                found[new] = case.weights[old]
    return found
