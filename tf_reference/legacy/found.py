"""What is found in a file of TensorFlow 1's: variables, cells, and what is said of each, by what.

A cell is known by the names and shapes of its variables; what those do not say is read from a graph's own operations
where the file has a graph, and is a question otherwise. Nothing here reads a file or needs TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

ReadFrom: TypeAlias = Literal["names", "shapes", "graph"]
Direction: TypeAlias = Literal["", "fw", "bw"]
Option: TypeAlias = "bool | int | float | str | None"
GRAPHS = ("MetaGraph", "frozen graph", "SavedModel")  # kinds of files that are graphs themselves


@dataclass(frozen=True, kw_only=True)
class SavedVariable:
    """A variable as the file has it: its name to the letter, also where that ends in ":0"."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What is known of a cell's option, and what says so: `evidence` names the variables or the operation."""

    option: str  # TensorFlow's argument name: "forget_bias", "activation", "cell_clip"...; "gate_order"; "class"
    value: Option
    read_from: ReadFrom
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """What cannot be known from the file: the default that is taken if nobody answers, and what hangs on it."""

    option: str
    default: Option
    others: tuple[Option, ...]  # what else is found in the wild; () where any number may be
    hangs_on_it: str  # a sentence: what is computed otherwise if the answer is wrong


@dataclass(frozen=True, kw_only=True)
class FoundCell:
    """One set of a cell's variables.

    `parts` leads from today's own name of a variable ("kernel", "gates/bias", "projection/kernel") to the names in
    the file, several where it was kept in shards, in the order in which they are joined along `shard_axis`.
    """

    scope: str  # what all names have in front of the cell's own part: "rnnlm/MultiRNNCell/Cell0/BasicLSTMCell"
    classes: tuple[str, ...]  # what it may be an object of, the likeliest first; several where names do not tell
    era: str  # by its names: "0.6-0.12", "1.0-1.1", "1.2 and later", ...
    parts: Mapping[str, tuple[str, ...]]
    depth: int
    num_units: int
    num_proj: int | None = None
    dtype: str
    layer: int = 0
    direction: Direction = ""
    shard_axis: int = 0
    facts: tuple[Fact, ...] = ()
    questions: tuple[Question, ...] = ()
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # by today's own names, shards joined


@dataclass(frozen=True, kw_only=True)
class FoundModel:
    """Cells that run together: one, a stack of layers, one or more for each direction.

    `scope` is where the run's variables lie ("rnnlm/rnn", "" at the top). `facts` and `questions` are of the model
    as a whole: whether one object was stacked, whether both directions share weights.
    """

    scope: str
    cells: tuple[FoundCell, ...]  # by direction, then by layer
    run: str = "DynamicRNN"  # or "BidirectionalDynamicRNN", "StackBidirectionalDynamicRNN", "FusedRNN": by the scopes
    facts: tuple[Fact, ...] = ()
    questions: tuple[Question, ...] = ()
    obstacle: str = ""  # why it cannot be imported as it was found, and what to do; "" where nothing is in the way

    @property
    def layers(self) -> int:
        """The number of layers."""
        return 1 + max(cell.layer for cell in self.cells)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions, forward first; ("",) where there is one."""
        return tuple(dict.fromkeys(cell.direction for cell in self.cells))


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """Everything that is found in a file."""

    path: str
    kind: str  # "V2 checkpoint", "V1 checkpoint", "MetaGraph", "frozen graph", "SavedModel", "HDF5", "npz"
    has_graph: bool
    models: tuple[FoundModel, ...]
    slots: tuple[str, ...] = ()  # variables of optimizers, set aside
    others: tuple[SavedVariable, ...] = ()  # no part of a cell: embeddings, softmax, counters
    warnings: tuple[str, ...] = field(default=())

    @property
    def kind_words(self) -> str:
        """The kind, and whether there is a graph where the kind does not say it."""
        if self.kind in GRAPHS:
            return self.kind
        return f"{self.kind}, {'with its graph' if self.has_graph else 'no graph'}"
