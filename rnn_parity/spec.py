"""What a case is: frozen specifications of cells and runs, to and from JSON.

Field names, meanings and defaults are TensorFlow's arguments (`tf.compat.v1.nn.rnn_cell`, `tf.compat.v1.nn`).
An option is honoured or refused with `UnsupportedOptionError`; an unknown field is refused when JSON is read.
Sources: tf_keras/src/layers/rnn/legacy_cells.py, tensorflow/python/ops/rnn.py.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias, assert_never, get_args

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

ResidualFn = Literal["slice"]  # functions of inputs and outputs that TensorFlow code hands to a ResidualWrapper
RESIDUAL_FNS: tuple[str, ...] = get_args(ResidualFn)
SAME_OBJECT: Literal["cell_fw"] = "cell_fw"  # the backward cell that is the forward cell itself

DEVICE = re.compile(r"(/(job:[a-z]\w*|replica:\d+|task:\d+|[cg]pu:\d+|device:[a-z_]+:(\d+|\*)))+", re.IGNORECASE)
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


class StackSpec(CellSpec, frozen=True):
    """Parent of the stacks: `cells[0]` reads the input, every other cell the output of the one below it.

    With `one_object` all cells are one Python object, `[cell] * n`: one set of weights, which TensorFlow names after
    the first place, `cell_0`, and a state for every place.
    """

    cells: tuple[StackedCell, ...]
    state_is_tuple: bool = True
    one_object: bool = False

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "cells", tuple(self.cells))
        _require(self, "cells", len(self.cells) > 0, "at least one cell")
        inner = [unwrapped(cell) for cell in self.cells]
        _require(
            self,
            "cells",
            not any(isinstance(cell, StackSpec) for cell in inner),
            "cells that are not stacks themselves",
        )
        if not self.state_is_tuple:
            tuples = [cell for cell in inner if getattr(cell, "state_is_tuple", False)]
            _require(self, "cells", not tuples, "cells with state_is_tuple=False where the stack has it False")
        if self.one_object:
            equal = len(self.cells) > 1 and len(set(self.cells)) == 1
            _require(self, "cells", equal, "two or more equal cells where they are one_object")


class MultiRNNCell(StackSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.MultiRNNCell`: the last cell's output is the output."""


class SummedMultiRNNCell(StackSpec, frozen=True, tag=True):
    """A subclass of `MultiRNNCell` whose output is the sum of all cells' outputs, which are of one width."""

    def __post_init__(self) -> None:
        StackSpec.__post_init__(self)
        widths = {output_size(cell) for cell in self.cells}
        _require(self, "cells", len(widths) == 1, "cells of one output size, so that outputs can be summed")


class ResidualWrapper(CellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.ResidualWrapper`: the output is `residual_fn(inputs, outputs)`, the state the cell's.

    `residual_fn` names a function: None is TensorFlow's own, inputs + outputs, which are of one width; "slice" adds the
    first columns of the inputs, as many as there are outputs.
    """

    cell: Cell
    residual_fn: ResidualFn | None = None

    def __post_init__(self) -> None:
        _require(self, "cell", isinstance(self.cell, CellSpec), "a cell")
        known = self.residual_fn is None or self.residual_fn in RESIDUAL_FNS
        _require(self, "residual_fn", known, f"None or one of {', '.join(RESIDUAL_FNS)}")


class DeviceWrapper(CellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.DeviceWrapper`: the cell, its operations on `device`; the numbers are the cell's."""

    cell: Cell
    device: str

    def __post_init__(self) -> None:
        _require(self, "cell", isinstance(self.cell, CellSpec), "a cell")
        _require(
            self, "device", DEVICE.fullmatch(self.device) is not None, "like '/cpu:0' or '/job:worker/device:CPU:0'"
        )


SingleCell: TypeAlias = BasicRNNCell | GRUCell | BasicLSTMCell | LSTMCell
Stack: TypeAlias = MultiRNNCell | SummedMultiRNNCell
Wrapper: TypeAlias = ResidualWrapper | DeviceWrapper
StackedCell: TypeAlias = SingleCell | Wrapper
Cell: TypeAlias = SingleCell | Stack | Wrapper


def unwrapped(cell: Cell) -> SingleCell | Stack:
    """Return the cell inside all wrappers."""
    while isinstance(cell, ResidualWrapper | DeviceWrapper):
        cell = cell.cell
    return cell


def output_size(cell: Cell) -> int:
    """Return TensorFlow's `cell.output_size`: the width of its output."""
    match cell:
        case LSTMCell():
            return cell.num_proj or cell.num_units
        case BasicRNNCell() | GRUCell() | BasicLSTMCell():
            return cell.num_units
        case MultiRNNCell() | SummedMultiRNNCell():
            return output_size(cell.cells[-1])
        case ResidualWrapper() | DeviceWrapper():
            return output_size(cell.cell)
        case _:
            assert_never(cell)


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
    """`tf.compat.v1.nn.bidirectional_dynamic_rnn`.

    `cell_bw=None` is a second cell with the options of the first; "cell_fw" is the first itself, one Python object for
    both directions: one set of weights, which TensorFlow names after the forward direction, and a state for each.
    """

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False
    time_major: bool = False
    cell_bw: Cell | Literal["cell_fw"] | None = None

    def __post_init__(self) -> None:
        _require_backward(self)


class StaticBidirectionalRNN(RunSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.static_bidirectional_rnn`: outputs [fw | bw] on columns, stacked to (B, T, ...).

    `cell_bw` as for `BidirectionalDynamicRNN`.
    """

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False
    cell_bw: Cell | Literal["cell_fw"] | None = None

    def __post_init__(self) -> None:
        _require_backward(self)


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
        _require_widths(self.cell, self.sizes.depth)
        backward = getattr(self.run, "cell_bw", None)
        if isinstance(backward, CellSpec):
            _require_widths(backward, self.sizes.depth)


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


def _require_backward(run: BidirectionalDynamicRNN | StaticBidirectionalRNN) -> None:
    known = run.cell_bw is None or run.cell_bw == SAME_OBJECT or isinstance(run.cell_bw, CellSpec)
    _require(run, "cell_bw", known, f"None, a cell or {SAME_OBJECT!r}")


def _require_lengths(run: StaticRNN | DynamicRNN | BidirectionalDynamicRNN | StaticBidirectionalRNN, rows: int) -> None:
    if run.sequence_length is None:
        return
    msgspec.structs.force_setattr(run, "sequence_length", tuple(run.sequence_length))
    fits = len(run.sequence_length) == rows and min(run.sequence_length) >= 0
    _require(run, "sequence_length", fits, f"{rows} numbers of at least 0, one a batch row")


def _require_widths(cell: Any, depth: int) -> None:  # noqa: ANN401  any Cell
    """Return if all parts of a cell fit each other for inputs (B, depth)."""
    if isinstance(cell, ResidualWrapper):
        width = output_size(cell.cell)
        fits = depth >= width if cell.residual_fn == "slice" else depth == width
        most = "at most " if cell.residual_fn == "slice" else ""
        _require(cell, "cell", fits, f"a cell of output size {most}{depth}, the width of its inputs")
    if isinstance(cell, ResidualWrapper | DeviceWrapper):
        _require_widths(cell.cell, depth)
    elif isinstance(cell, StackSpec):
        if cell.one_object:
            fits = output_size(cell.cells[0]) == depth
            _require(cell, "cells", fits, f"cells of output size {depth}, the width of the inputs, if one_object")
        for one in cell.cells:
            _require_widths(one, depth)
            depth = output_size(one)


_DECODER = msgspec.json.Decoder(CaseSpec)
