"""What a user says of a cell or graph that is to be recorded.

    def build():
        return [CellRecording(id="leaky/step", why="...", cell=LeakyCell, options={"leak": 0.3}, run=Step(), sizes=...)]

Importing this loads no TensorFlow.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from rnn_parity.spec import AnyRun, DType, OwnGraph, OwnValue, Sizes
from rnn_parity.structure import Array

# Values by TensorFlow's name, or a function of name and shape -> an array, or None for a drawn one.
Given: TypeAlias = Mapping[str, Array] | Callable[[str, tuple[int, ...]], "Array | None"]
Weights: TypeAlias = Literal["drawn", "initializers"] | Given


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What both kinds have.

    Attributes:
        id: "family/name", lower-case letters, digits and hyphens.
        why: the mistake that this case catches; printed when it fails.
        sizes: batch rows, time steps (1 for a `Step`), input depth.
        options: what the cell or function is made with, by keyword: numbers, strings and lists of them. A port finds
            them in `case.spec.cell.options`.
        dtype: of weights, inputs and states.
        seed: of what is drawn; follows from the id where it is None.
        gain: scales the drawn kernels.
        weights: "drawn": all different, biases not zero, so that no mistake can hide; "initializers": as the graph's
            own initializers make them; or values by TensorFlow's name (without ":0"), or a function of name and shape,
            which leaves to drawing what it answers None for.
        ids: how many ids there are, where the inputs are ids (int32) instead of numbers.
        float64: False where the cell computes in its own dtype alone: then there is no float64 oracle, and
            TensorFlow's rounding is measured in the dtype itself.
    """

    id: str
    why: str
    sizes: Sizes
    options: Mapping[str, OwnValue] = field(default_factory=dict)
    dtype: DType = "float32"
    seed: int | None = None
    gain: float = 1.0
    weights: Weights = "drawn"
    ids: int | None = None
    float64: bool = True

    @property
    def drawn_from(self) -> int:
        """The seed, given or made of the id."""
        return zlib.crc32(self.id.encode()) if self.seed is None else self.seed


@dataclass(frozen=True, kw_only=True)
class CellRecording(Recording):
    """A cell of the user's in one of TensorFlow's runs.

    Attributes:
        cell: the class, or a function that makes a new cell at each call, since every graph needs its own. It is called
            with the options and, where it has a parameter `dtype`, with that of the graph: "float64" for the oracle's.
        run: `Step`, `StaticRNN`, `DynamicRNN`, `RawRNN`, `Chunked`, `BidirectionalDynamicRNN` or
            `StaticBidirectionalRNN`.
    """

    cell: Callable[..., Any]
    run: AnyRun

    @property
    def name(self) -> str:
        """What the cell is made by, until its class is known."""
        return getattr(self.cell, "__name__", "cell")


@dataclass(frozen=True, kw_only=True)
class GraphRecording(Recording):
    """A function of TensorFlow's operations: a model that is more than one cell in one run.

    Attributes:
        graph: `(inputs, sequence_length, initial_state, **options) -> (outputs, final_state)`. Inputs are (B, T,
            depth), or (T, B, depth) with `time_major`; sequence_length is (B,) int32; both it and initial_state are
            None where the recording gives none. Outputs have the inputs' first two axes, or are (B, width);
            final_state is one (B, width) tensor, tuples of them, or None.
        sequence_length: one number a batch row, or None.
        state_size: the widths of the initial state, nested as the function takes it, or None.
        time_major: whether time is the first axis.
    """

    graph: Callable[..., tuple[Any, Any]]
    sequence_length: tuple[int, ...] | None = None
    state_size: Any = None
    time_major: bool = False

    @property
    def name(self) -> str:
        """The function's."""
        return getattr(self.graph, "__name__", type(self.graph).__name__)

    @property
    def run(self) -> OwnGraph:
        """The run of its case, before it is known what the graph answers."""
        return OwnGraph(
            sequence_length=self.sequence_length,
            initial_state=self.state_size is not None,
            time_major=self.time_major,
        )
