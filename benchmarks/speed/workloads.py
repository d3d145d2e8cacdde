"""What is computed: a kind of network and a shape, as a case of the harness with drawn weights and inputs.

Axes: T steps, B batch, D input depth, H units. Time comes first everywhere, so that nobody has to turn arrays around.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnn_parity.candidate import Case
from rnn_parity.draws import draw
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CaseSpec,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
)
from rnn_parity.spec.case import Sizes


class Shape(NamedTuple):
    """The sizes of one measurement."""

    T: int
    B: int
    D: int
    H: int

    def __str__(self) -> str:
        """Return (T,B,D,H) in digits."""
        return f"({','.join(map(str, self))})"


SHAPES = tuple(
    Shape(*sizes)
    for sizes in (
        (7, 1, 4, 3),
        (100, 1, 32, 32),
        (100, 1, 128, 128),
        (100, 32, 128, 128),
        (50, 32, 256, 256),
        (50, 64, 512, 512),
        (35, 20, 650, 650),
        (20, 128, 1024, 1024),
    )
)
LARGEST = SHAPES[-1]
QUICK = (SHAPES[0], SHAPES[1], SHAPES[3])
LAYERS = 3


class Workload(NamedTuple):
    """A kind of network; `made` returns its cell for H units, `run` what runs it over a shape."""

    title: str
    made: Callable[[int], Any]
    run: Callable[[Shape], Any]


def _one(_: Shape) -> DynamicRNN:
    return DynamicRNN(time_major=True)


def _both(shape: Shape) -> BidirectionalDynamicRNN:
    return BidirectionalDynamicRNN(time_major=True, sequence_length=ragged(shape))


WORKLOADS = {
    "lstm": Workload("LSTM", lambda units: LSTMCell(num_units=units), _one),
    "lstm-peephole-projection": Workload(
        "LSTM, peepholes, projection to H/2",
        lambda units: LSTMCell(num_units=units, use_peepholes=True, num_proj=max(1, units // 2)),
        _one,
    ),
    "gru": Workload("GRU", lambda units: GRUCell(num_units=units), _one),
    "stack": Workload(
        f"{LAYERS} LSTM layers", lambda units: MultiRNNCell(cells=(LSTMCell(num_units=units),) * LAYERS), _one
    ),
    "bidirectional": Workload("LSTM both ways, ragged lengths", lambda units: LSTMCell(num_units=units), _both),
}


def ragged(shape: Shape) -> tuple[int, ...]:
    """Return the lengths of B rows: spread evenly over T/4 to T and shuffled, the mean of a batch of sentences."""
    if shape.B == 1:
        return (max(1, 3 * shape.T // 4),)
    lengths = np.linspace(max(1, shape.T // 4), shape.T, shape.B).round().astype(int)
    return tuple(int(length) for length in np.random.default_rng(shape.B).permutation(lengths))


def case_of(name: str, shape: Shape) -> Case:
    """Return the case of a workload and a shape: weights, inputs (T, B, D), lengths where it has them."""
    workload = WORKLOADS[name]
    spec = CaseSpec(
        id=f"speed/{name}",
        why="time",
        cell=workload.made(shape.H),
        run=workload.run(shape),
        sizes=Sizes(batch_size=shape.B, max_time=shape.T, depth=shape.D),
        seed=1,
    )
    arrays = draw(spec)
    weights = {key.removeprefix("weights/"): array for key, array in arrays.items() if key.startswith("weights/")}
    return Case(spec=spec, weights=weights, inputs=arrays["inputs"], sequence_length=arrays.get("sequence_length"))
