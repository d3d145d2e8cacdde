"""What a case is: frozen specifications of cells and runs, to and from JSON.

Field names, meanings and defaults are TensorFlow's arguments (`tf.compat.v1.nn.rnn_cell`, `tf.compat.v1.nn`).
An option is honoured or refused with `UnsupportedOptionError`; an unknown field is refused when JSON is read.
Sources: tf_keras/src/layers/rnn/legacy_cells.py, tensorflow/python/ops/rnn.py.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, get_args

import msgspec

from rnn_parity.errors import SpecInvalidError, UnsupportedOptionError, nearest

DType = Literal["float16", "float32", "float64"]

# What tf_keras.activations.get() takes by name, apart from PReLU, which owns a variable that no cell creates.
Activation = Literal[
    "ELU", "LeakyReLU", "ReLU", "Softmax", "ThresholdedReLU",
    "elu", "exponential", "gelu", "hard_sigmoid", "leaky_relu", "linear", "log_softmax", "mish", "relu", "relu6",
    "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh",
]  # fmt: skip
ACTIVATIONS: tuple[str, ...] = get_args(Activation)
DTYPES: tuple[str, ...] = get_args(DType)

CASE_ID = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)+")


class Spec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parent of all specifications: immutable, keyword-only, equal by value."""


class CellSpec(Spec, frozen=True, tag_field="class", tag=True):
    """Parent of the cells; the tag is TensorFlow's class name."""


class BasicRNNCell(CellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.BasicRNNCell`; `activation=None` is tanh."""

    num_units: int
    activation: Activation | None = None

    def __post_init__(self) -> None:
        _require_size(self, "num_units")
        _require_activation(self, self.activation)


class GRUCell(CellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.GRUCell`; `activation` squashes the candidate, None is tanh."""

    num_units: int
    activation: Activation | None = None

    def __post_init__(self) -> None:
        _require_size(self, "num_units")
        _require_activation(self, self.activation)


class BasicLSTMCell(CellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.BasicLSTMCell`."""

    num_units: int
    forget_bias: float = 1.0
    state_is_tuple: bool = True
    activation: Activation | None = None

    def __post_init__(self) -> None:
        _require_size(self, "num_units")
        _as_float(self, "forget_bias")
        _require_activation(self, self.activation)


class LSTMCell(CellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.LSTMCell`.

    `cell_clip` clips the carried c to [-cell_clip, cell_clip], 0.0 included; `proj_clip` clips the projected h and
    does nothing without `num_proj`. `num_proj=0` is refused: TensorFlow then builds a kernel without recurrent rows.
    """

    num_units: int
    use_peepholes: bool = False
    cell_clip: float | None = None
    num_proj: int | None = None
    proj_clip: float | None = None
    forget_bias: float = 1.0
    state_is_tuple: bool = True
    activation: Activation | None = None

    def __post_init__(self) -> None:
        _require_size(self, "num_units")
        if self.num_proj is not None:
            _require_size(self, "num_proj")
        for clip in ("cell_clip", "proj_clip"):
            if getattr(self, clip) is not None:
                _as_float(self, clip)
                _require(self, clip, getattr(self, clip) >= 0, "None or a number of at least 0")
        _as_float(self, "forget_bias")
        _require_activation(self, self.activation)


class MultiRNNCell(CellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.MultiRNNCell`: `cells[0]` reads the input, the last cell's output is the output."""

    cells: tuple[SingleCell, ...]
    state_is_tuple: bool = True

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "cells", tuple(self.cells))
        _require(self, "cells", len(self.cells) > 0, "at least one cell")
        nested = [cell for cell in self.cells if isinstance(cell, MultiRNNCell)]
        _require(self, "cells", not nested, "cells that are not stacks themselves")
        if not self.state_is_tuple:
            tuples = [cell for cell in self.cells if getattr(cell, "state_is_tuple", False)]
            _require(self, "cells", not tuples, "cells with state_is_tuple=False where the stack has it False")


Cell: TypeAlias = BasicRNNCell | GRUCell | BasicLSTMCell | LSTMCell | MultiRNNCell
SingleCell: TypeAlias = BasicRNNCell | GRUCell | BasicLSTMCell | LSTMCell


class RunSpec(Spec, frozen=True, tag_field="function", tag=True):
    """Parent of the runs.

    `initial_state` says whether one is given (else TensorFlow starts from zeros); `sequence_length` is what is given
    under that name, one number a batch row, or None.
    """


class Step(RunSpec, frozen=True, tag=True):
    """One call `cell(inputs, state)`: inputs (B, D), outputs (B, H)."""

    initial_state: bool = False


class StaticRNN(RunSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.static_rnn`; its list of inputs and of outputs is stacked to (B, T, ...)."""

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False


class DynamicRNN(RunSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.dynamic_rnn`: inputs (B, T, D), or (T, B, D) with `time_major`."""

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False
    time_major: bool = False


class Chunked(RunSpec, frozen=True, tag=True):
    """Several calls of `dynamic_rnn` with one cell, `chunks[k]` steps of the inputs (B, T, D) in the k-th.

    With `carry_state` each call is given the state that the call before answered; without, each starts as the first
    did. Outputs are joined along time, the final state is the last call's.
    """

    chunks: tuple[int, ...]
    initial_state: bool = False
    carry_state: bool = True

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "chunks", tuple(self.chunks))
        _require(self, "chunks", len(self.chunks) > 1 and min(self.chunks) > 0, "two or more numbers of steps > 0")


class BidirectionalDynamicRNN(RunSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.bidirectional_dynamic_rnn`; `cell_bw=None` is a second cell with the options of the first."""

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False
    time_major: bool = False
    cell_bw: Cell | None = None


class StaticBidirectionalRNN(RunSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.static_bidirectional_rnn`: outputs [fw | bw] on columns, stacked to (B, T, ...)."""

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False
    cell_bw: Cell | None = None


Run: TypeAlias = Step | StaticRNN | DynamicRNN | Chunked | BidirectionalDynamicRNN | StaticBidirectionalRNN


class Sizes(Spec, frozen=True):
    """Batch rows B, time steps T (1 for a `Step`) and input depth D."""

    batch_size: int
    max_time: int
    depth: int

    def __post_init__(self) -> None:
        for name in ("batch_size", "max_time", "depth"):
            _require_size(self, name)


class CaseSpec(Spec, frozen=True):
    """One case: what is built, how it runs, and why it exists.

    `seed` and `gain` decide the drawn weights (`rnn_parity.draws`); `gain` scales the kernels and is 1 unless an
    activation would run away.
    """

    id: str
    why: str
    cell: Cell
    run: Run
    sizes: Sizes
    seed: int
    dtype: DType = "float32"
    gain: float = 1.0

    def __post_init__(self) -> None:
        _as_float(self, "gain")
        _require(self, "id", CASE_ID.fullmatch(self.id) is not None, "like 'lstm/peephole-clip'")
        _require(self, "why", bool(self.why.strip()), "the mistake that this case catches")
        _require(self, "dtype", self.dtype in DTYPES, f"one of {', '.join(DTYPES)}")
        _require(self, "seed", self.seed >= 0, "at least 0")
        _require(self, "gain", self.gain > 0, "more than 0")
        if isinstance(self.run, Step):
            _require(self, "sizes", self.sizes.max_time == 1, "of max_time 1 for one Step")
        elif isinstance(self.run, Chunked):
            _require(self, "sizes", self.sizes.max_time == sum(self.run.chunks), "of as many steps as the chunks have")
        else:
            _require_lengths(self.run, self.sizes.batch_size)


def to_json(spec: CaseSpec) -> bytes:
    """Return the canonical JSON of `spec`: keys sorted, no spaces, every field written."""
    return msgspec.json.encode(spec, order="sorted")


def from_json(text: bytes | str, where: str = "JSON") -> CaseSpec:
    """Return the `CaseSpec` that `text` describes.

    Raises:
        SpecInvalidError: `text` is no JSON, or an unknown field, a wrong type or a missing field stands in it.
        UnsupportedOptionError: an option has a value that TensorFlow does not take.
    """
    try:
        return _DECODER.decode(text)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise SpecInvalidError(where, str(error)) from error


def class_name(spec: Spec) -> str:
    """Return TensorFlow's name of a cell's class or, for a run, the name it has here."""
    return type(spec).__name__


def _require(owner: Spec, option: str, holds: bool, should_be: str) -> None:  # noqa: FBT001  a condition, said in place
    if not holds:
        raise UnsupportedOptionError(class_name(owner), option, getattr(owner, option), should_be)


def _require_size(owner: Spec, option: str) -> None:
    value = getattr(owner, option)
    _require(owner, option, isinstance(value, int) and not isinstance(value, bool) and value > 0, "a whole number > 0")


def _as_float(owner: Spec, option: str) -> None:
    value = getattr(owner, option)
    _require(owner, option, isinstance(value, int | float) and not isinstance(value, bool), "a number")
    _require(owner, option, abs(value) < float("inf"), "a finite number")  # NaN fails the comparison, too
    msgspec.structs.force_setattr(owner, option, float(value))  # 1 and 1.0 must be one JSON text


def _require_activation(owner: CellSpec, name: str | None) -> None:
    if name is None or name in ACTIVATIONS:
        return
    near = nearest(name, ACTIVATIONS) if isinstance(name, str) else None
    hint = f" (did you mean {near!r}?)" if near else ""
    raise UnsupportedOptionError(
        class_name(owner), "activation", name, f"None or one of {', '.join(ACTIVATIONS)}{hint}"
    )


def _require_lengths(run: StaticRNN | DynamicRNN | BidirectionalDynamicRNN | StaticBidirectionalRNN, rows: int) -> None:
    if run.sequence_length is None:
        return
    msgspec.structs.force_setattr(run, "sequence_length", tuple(run.sequence_length))
    fits = len(run.sequence_length) == rows and min(run.sequence_length) >= 0
    _require(run, "sequence_length", fits, f"{rows} numbers of at least 0, one a batch row")


_DECODER = msgspec.json.Decoder(CaseSpec)
