"""The pieces that cases are built from: sizes, runs with their reasons, seeds."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    CaseSpec,
    Cell,
    Chunked,
    ContribWrapper,
    CoreCell,
    DType,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    Run,
    SingleCell,
    Sizes,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
)

# B, T, D differ from each other and from the units (5) and projections (2) used with them, so that a transposed or
# swapped axis cannot fit. In a SQUARE case D, H and P are all 4: there a wrong weight fits and only values tell.
SIZES = Sizes(batch_size=4, max_time=6, depth=3)
SQUARE = Sizes(batch_size=5, max_time=6, depth=4)
UNITS, PROJECTED, SQUARE_UNITS = 5, 2, 4
RAGGED = (6, 4, 1, 0)  # T, T-2, 1 and 0 steps in one batch
SQUARE_RAGGED = (6, 4, 1, 0, 5)

CORE: dict[str, CoreCell] = {  # one cell of each kind in TensorFlow's core, for runs that every one of them meets
    "basic-rnn": BasicRNNCell(num_units=UNITS),
    "gru": GRUCell(num_units=UNITS),
    "basic-lstm": BasicLSTMCell(num_units=UNITS, forget_bias=0.7),
    "lstm": LSTMCell(num_units=UNITS, use_peepholes=True, cell_clip=0.6, num_proj=PROJECTED, forget_bias=0.7),
}


class RunChoice(NamedTuple):
    """A run under the name that case ids use, and what it catches."""

    name: str
    run: Run
    why: str


def case(  # noqa: PLR0913  the fields of a CaseSpec, most with a default
    name: str,
    why: str,
    cell: Cell,
    run: Run,
    *,
    sizes: Sizes = SIZES,
    dtype: DType = "float32",
    gain: float = 1.0,
) -> CaseSpec:
    """Return a case whose seed follows from its name; one Step has a max_time of 1 whatever `sizes` says."""
    if isinstance(run, Step):
        sizes = Sizes(batch_size=sizes.batch_size, max_time=1, depth=sizes.depth)
    seed = zlib.crc32(name.encode())
    return CaseSpec(id=name, why=f"to catch {why}", cell=cell, run=run, sizes=sizes, seed=seed, dtype=dtype, gain=gain)


def matrix(family: str, cell: Cell) -> Iterator[CaseSpec]:
    """Yield one case for every run, with and without lengths and a given initial state."""
    for choice in run_choices():
        yield case(f"{family}/{choice.name}", choice.why, cell, choice.run)


def contrib(
    family: str, cell: SingleCell, square: SingleCell, *, sizes: Sizes = SIZES, stack: MultiRNNCell | None = None
) -> Iterator[CaseSpec]:
    """Yield the cases that every contrib cell has: each run, lengths, states, dtypes; `square` has SQUARE_UNITS.

    `sizes` and `stack` are for cells that do not fit the usual ones.
    """
    given = DynamicRNN(sequence_length=RAGGED, initial_state=True)
    for name, why, run in (
        ("step", "a wrong formula in a single step from zeros", Step()),
        ("step-state", "a wrong recurrent term in a single step", Step(initial_state=True)),
        ("static-ragged", "padding that is not zeroed, states that are not frozen", StaticRNN(sequence_length=RAGGED)),
        ("dynamic-ragged-state", "a wrong recurrence over rows that end, from a given state", given),
        ("time-major-state", "time and batch axes swapped", DynamicRNN(time_major=True, initial_state=True)),
        (
            "bidirectional-ragged-state",
            "a backward direction that is not reversed within each row's length",
            BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
        ),
        ("static-bidirectional", "directions joined in the wrong order or across time", StaticBidirectionalRNN()),
        ("chunked-carried", "a state that does not reach the next call", Chunked(chunks=(2, 4), initial_state=True)),
    ):
        yield case(f"{family}/{name}", why, cell, run, sizes=sizes)
    wide = "blocks of the kernel read in another order, or rows swapped, where all shapes fit"
    yield case(f"{family}/square", wide, square, DynamicRNN(initial_state=True), sizes=SQUARE)
    stack = stack or MultiRNNCell(cells=(square, GRUCell(num_units=UNITS), cell))
    layers = "one layer's weights or state used for another"
    yield case(f"{family}/stacked-ragged-state", layers, stack, given, sizes=sizes)
    if "float64" in cell.dtypes:
        yield case(
            f"{family}/float64-ragged-state",
            "single precision in a double precision cell",
            cell,
            given,
            sizes=sizes,
            dtype="float64",
        )
    if "float16" in cell.dtypes:
        half, lost = StaticRNN(initial_state=True), "half precision answered in another dtype"
        yield case(f"{family}/float16-static", lost, cell, half, sizes=sizes, dtype="float16")


def with_and_without(
    name: str, why: str, cell: Cell, run: Callable[[tuple[int, ...] | None, bool], Run]
) -> Iterator[CaseSpec]:
    """Yield a case of the run with and without lengths and a given initial state: `run(lengths, given)`."""
    for lengths, ragged, lengths_why in _LENGTHS:
        for given, state, state_why in _STATES:
            also = " and ".join(reason for reason in (lengths_why, state_why) if reason)
            yield case(f"{name}{ragged}{state}", f"{why}, with {also}" if also else why, cell, run(lengths, given))


def wrapped(
    family: str, wrap: Callable[[Cell], ContribWrapper], *, square: bool = False, depth: int = SIZES.depth
) -> Iterator[CaseSpec]:
    """Yield the cases that every contrib wrapper has: around a cell, around a stack, in one; runs, states, dtypes.

    `wrap` puts the wrapper around a cell of the case's units; with `square` inputs and outputs are of one width.
    """
    sizes = SQUARE if square else Sizes(batch_size=SIZES.batch_size, max_time=SIZES.max_time, depth=depth)
    units, lengths = (SQUARE_UNITS, SQUARE_RAGGED) if square else (UNITS, RAGGED)
    lstm, gru = BasicLSTMCell(num_units=units, forget_bias=0.7), GRUCell(num_units=units)
    peepholes = LSTMCell(num_units=7, use_peepholes=True, num_proj=units, forget_bias=0.7)
    stack = MultiRNNCell(cells=(BasicLSTMCell(num_units=3, forget_bias=0.7), gru))
    inside = MultiRNNCell(cells=(wrap(lstm), gru))
    given = DynamicRNN(sequence_length=lengths, initial_state=True)
    both = BidirectionalDynamicRNN(sequence_length=lengths, initial_state=True)
    for name, why, cell, run in (
        ("step", "a wrong formula in a single step from zeros", lstm, Step()),
        ("step-state", "a state that the wrapper changes in a single step", gru, Step(initial_state=True)),
        ("static-ragged", "padding that is not zeroed", lstm, StaticRNN(sequence_length=lengths)),
        ("dynamic-ragged-state", "h where the output should be, or the converse", peepholes, given),
        ("time-major", "time and batch axes swapped around the wrapper", lstm, DynamicRNN(time_major=True)),
        ("around-stack", "a wrapper of a stack taken for one of each layer", stack, given),
        ("bidirectional-ragged-state", "one direction's wrapper used for both", lstm, both),
        ("static-bidirectional", "outputs joined before they are wrapped", gru, StaticBidirectionalRNN()),
        ("chunked-carried", "state lost between calls", lstm, Chunked(chunks=(2, 4), initial_state=True)),
    ):
        yield case(f"{family}/{name}", why, wrap(cell), run, sizes=sizes)
    single, lost, unrolled = "a wrapper in single precision", "half precision lost", StaticRNN(initial_state=True)
    yield case(f"{family}/float64", single, wrap(lstm), given, sizes=sizes, dtype="float64")
    yield case(f"{family}/float16", f"{lost} in a wrapper", wrap(gru), unrolled, sizes=sizes, dtype="float16")
    yield case(f"{family}/in-stack", "a wrapper of one layer taken for one of the stack", inside, both, sizes=sizes)


def run_choices() -> Iterator[RunChoice]:
    """Yield every run, with and without lengths and a given initial state."""
    yield RunChoice("step", Step(), "a wrong formula in a single step from zeros")
    yield RunChoice("step-state", Step(initial_state=True), "a wrong recurrent term in a single step")
    for lengths, ragged, lengths_why in _LENGTHS:
        for given, state, state_why in _STATES:
            why = " and ".join(reason for reason in (lengths_why, state_why) if reason)
            for name, run, run_why in (
                ("static", StaticRNN(sequence_length=lengths, initial_state=given), "an unrolled loop gone wrong"),
                ("dynamic", DynamicRNN(sequence_length=lengths, initial_state=given), "a wrong recurrence over time"),
                (
                    "dynamic-time-major",
                    DynamicRNN(sequence_length=lengths, initial_state=given, time_major=True),
                    "time and batch axes swapped",
                ),
                (
                    "bidirectional",
                    BidirectionalDynamicRNN(sequence_length=lengths, initial_state=given),
                    "a backward direction that is not reversed, or not reversed back",
                ),
                (
                    "bidirectional-time-major",
                    BidirectionalDynamicRNN(sequence_length=lengths, initial_state=given, time_major=True),
                    "a reversal along the batch instead of the time axis",
                ),
                (
                    "static-bidirectional",
                    StaticBidirectionalRNN(sequence_length=lengths, initial_state=given),
                    "directions joined in the wrong order or across time",
                ),
            ):
                yield RunChoice(f"{name}{ragged}{state}", run, f"{run_why}, with {why}" if why else run_why)


_LENGTHS = (
    (None, "", ""),
    (RAGGED, "-ragged", "padding that is not zeroed, states that are not frozen"),
)
_STATES = (
    (False, "", ""),
    (True, "-state", "an initial state that is ignored or swapped"),
)
