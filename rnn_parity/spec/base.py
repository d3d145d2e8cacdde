"""What all specifications share: immutable, checked where they are made, equal by value.

A cell says its own sizes and variables, under TensorFlow's names, so that a new cell is one class in one place.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias, get_args

import msgspec

from rnn_parity.errors import UnsupportedOptionError, nearest

DType = Literal["float16", "float32", "float64"]
DTYPES: tuple[str, ...] = get_args(DType)

# What tf_keras.activations.get() takes by name, apart from PReLU, which owns a variable that no cell creates.
Activation = Literal[
    "ELU", "LeakyReLU", "ReLU", "Softmax", "ThresholdedReLU",
    "elu", "exponential", "gelu", "hard_sigmoid", "leaky_relu", "linear", "log_softmax", "mish", "relu", "relu6",
    "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh",
]  # fmt: skip
ACTIVATIONS: tuple[str, ...] = get_args(Activation)

# How a variable is drawn (`rnn_parity.draws`): what it does to the pre-activations decides its size.
Role = Literal[
    "kernel",  # rows of inputs first, then of what is fed back
    "input kernel",  # rows of inputs alone, beside a "recurrent kernel"
    "recurrent kernel",  # rows of what is fed back alone
    "bias",
    "embedding",  # rows that are read in place of inputs
    "diagonal",  # one factor a unit: peepholes, diagonal recurrences
    "gain",  # a factor near 1: gamma of a layer normalisation
    "projection",
    "period",  # of a PhasedLSTMCell, in units of its times
    "phase",  # the same, less than a period
    "ratio",  # a part of 1
]

InputRole = Literal["features", "times"]  # times grow from step to step

Size: TypeAlias = Any  # an int, or a tuple (plain or named) of sizes
Shape: TypeAlias = tuple[int, ...]


class LSTMStateTuple(NamedTuple):
    """An LSTM's state, in this order: c (B, H), h (B, H or P)."""

    c: Any
    h: Any


class Directions(NamedTuple):
    """What a bidirectional run has twice: forward, backward."""

    fw: Any
    bw: Any


class Spec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, cache_hash=True):
    """Parent of all specifications: immutable, keyword-only, equal by value."""


class CellSpec(Spec, frozen=True, tag_field="class", tag=True):
    """Parent of the cells; the tag is TensorFlow's class name."""

    @property
    def state_size(self) -> Size:
        """TensorFlow's `cell.state_size`: an int, `LSTMStateTuple(c, h)`, or a tuple of those for a stack."""
        raise NotImplementedError

    @property
    def output_size(self) -> int:
        """TensorFlow's `cell.output_size`: the width of the output."""
        raise NotImplementedError

    @property
    def input_classes(self) -> int | None:
        """How many ids there are where inputs are ids (B, 1), whole numbers from 0; None where they are numbers."""
        return None

    @property
    def shards(self) -> dict[str, int]:
        """The variables that TensorFlow keeps in parts -> the most parts; one part is still called `part_0`."""
        return {}

    def read_size(self, depth: int) -> Size:
        """Return the widths of what the cell reads, nested as it is: `depth` of one array (B, depth)."""
        return depth

    def input_role(self, path: str) -> InputRole:  # noqa: ARG002  for cells that read more than features
        """Return how the array of its inputs at this path is drawn; the path of one array is ''."""
        return "features"

    def kernel_depth(self, depth: int) -> int:
        """Return the rows of inputs in a kernel of [x h], for inputs (B, depth)."""
        return depth

    def require_depth(self, depth: int) -> None:
        """Return if all parts of the cell fit each other for inputs (B, depth).

        Raises:
            UnsupportedOptionError: they do not.
        """


class SingleCellSpec(CellSpec, frozen=True):
    """Parent of the cells that compute: one set of weights each, and gates to be traced."""

    dtypes: ClassVar[tuple[str, ...]] = DTYPES  # those that TensorFlow computes it in

    num_units: int

    @property
    def scope(self) -> str:
        """The variable scope of the cell itself: its class's name, unless TensorFlow names it otherwise."""
        return snake_case(class_name(self))

    @property
    def state_size(self) -> Size:
        """TensorFlow's `cell.state_size`."""
        return self.num_units

    @property
    def output_size(self) -> int:
        """TensorFlow's `cell.output_size`."""
        return self.num_units

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The letters of the column blocks of the cell's first kernel, left to right; () where it has no gates."""
        return ()

    @property
    def trace_names(self) -> tuple[str, ...]:
        """What is traced of the cell at every step, in order of computation."""
        raise NotImplementedError

    @property
    def dropout(self) -> dict[str, tuple[int, float]]:
        """Where the cell itself drops something at each step, in TensorFlow's order: site -> (width, keep_prob < 1)."""
        return {}

    @property
    def own_constants(self) -> tuple[str, ...]:
        """The dtypes in which the cell has other constants than in float64, so that float64 computes another one."""
        return ()

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape of the cell's own variables for inputs (B, depth), in TensorFlow's order of creation.

        Each is whole here, also where TensorFlow keeps it in `shards`.
        """
        raise NotImplementedError

    def arguments(self) -> dict[str, Any]:
        """Return the options under the names that TensorFlow's constructor gives them."""
        return msgspec.structs.asdict(self)

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        if name.endswith("bias"):
            return "bias"
        if name.endswith("_diag"):
            return "diagonal"
        return "projection" if name == "projection/kernel" else "kernel"


def class_name(spec: Spec) -> str:
    """Return TensorFlow's name of a cell's class, an own cell's own or, for a run, the name it has here."""
    own = getattr(spec, "class_name", "")
    return own or type(spec).__name__


@cache  # there are a few dozen classes
def snake_case(name: str) -> str:
    """Return a class's name as TensorFlow makes a scope of it: "BasicLSTMCell" is "basic_lstm_cell"."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def require(owner: Spec, option: str, holds: bool, should_be: str) -> None:  # noqa: FBT001  a condition, said in place
    """Return if `holds`.

    Raises:
        UnsupportedOptionError: it does not; the message says what the option should be.
    """
    if not holds:
        raise UnsupportedOptionError(class_name(owner), option, getattr(owner, option), should_be)


def require_size(owner: Spec, *options: str) -> None:
    """Return if the options are whole numbers above 0, UnsupportedOptionError otherwise."""
    for option in options:
        value = getattr(owner, option)
        require(
            owner, option, isinstance(value, int) and not isinstance(value, bool) and value > 0, "a whole number > 0"
        )


def as_float(owner: Spec, *options: str) -> None:
    """Make the options floats, so that 1 and 1.0 are one JSON text; UnsupportedOptionError unless finite numbers."""
    for option in options:
        value = getattr(owner, option)
        require(owner, option, isinstance(value, int | float) and not isinstance(value, bool), "a number")
        require(owner, option, abs(value) < float("inf"), "a finite number")  # NaN fails the comparison, too
        msgspec.structs.force_setattr(owner, option, float(value))


def require_clip(owner: Spec, *options: str) -> None:
    """Return if the options are None or bounds of at least 0, made floats; UnsupportedOptionError otherwise."""
    for option in options:
        if getattr(owner, option) is not None:
            as_float(owner, option)
            require(owner, option, getattr(owner, option) >= 0, "None or a number of at least 0")


def require_activation(owner: CellSpec, name: str | None, *, option: str = "activation", none: bool = True) -> None:
    """Return if the name is one of ACTIVATIONS, or None where `none` may stand for one; UnsupportedOptionError else."""
    if name in ACTIVATIONS or (none and name is None):
        return
    near = nearest(name, ACTIVATIONS) if isinstance(name, str) else None
    hint = f" (did you mean {near!r}?)" if near else ""
    should_be = f"{'None or ' if none else ''}one of {', '.join(ACTIVATIONS)}{hint}"
    raise UnsupportedOptionError(class_name(owner), option, name, should_be)
