"""Stacks and wrappers of cells, and the unions of all cells.

Sources: tf_keras/src/layers/rnn/legacy_cells.py (MultiRNNCell), legacy_cell_wrappers.py.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, get_args

import msgspec

from rnn_parity.spec.base import (
    CellSpec,
    InputRole,
    Role,
    Shape,
    SingleCellSpec,
    Size,
    as_float,
    class_name,
    require,
)
from rnn_parity.spec.block import (
    BlockLSTMV2,
    CudnnCompatibleGRUCell,
    CudnnCompatibleLSTMCell,
    GRUBlockCellV2,
    LSTMBlockCell,
    LSTMBlockFusedCell,
)
from rnn_parity.spec.core import BasicLSTMCell, BasicRNNCell, GRUCell, LSTMCell
from rnn_parity.spec.coupled import CoupledInputForgetGateLSTMCell
from rnn_parity.spec.gated import UGRNNCell
from rnn_parity.spec.glstm import GLSTMCell
from rnn_parity.spec.indy import IndRNNCell, IndyGRUCell, IndyLSTMCell
from rnn_parity.spec.intersection import IntersectionRNNCell
from rnn_parity.spec.layer_norm import LayerNormBasicLSTMCell, LayerNormLSTMCell
from rnn_parity.spec.nas import NASCell
from rnn_parity.spec.phased import PhasedLSTMCell
from rnn_parity.spec.simple import CFNCell, MinimalRNNCell, SRUCell

ResidualFn = Literal["slice"]  # functions of inputs and outputs that TensorFlow code hands to a ResidualWrapper
RESIDUAL_FNS: tuple[str, ...] = get_args(ResidualFn)

StateFilter = Literal["all"]  # functions that TensorFlow code hands to a DropoutWrapper to say what states it drops
STATE_FILTERS: tuple[str, ...] = get_args(StateFilter)

DEVICE = re.compile(r"(/(job:[a-z]\w*|replica:\d+|task:\d+|[cg]pu:\d+|device:[a-z_]+:(\d+|\*)))+", re.IGNORECASE)


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
        require(self, "cells", len(self.cells) > 0, "at least one cell")
        inner = [unwrapped(cell) for cell in self.cells]
        require(
            self,
            "cells",
            not any(isinstance(cell, StackSpec) for cell in inner),
            "cells that are not stacks themselves",
        )
        require(
            self,
            "cells",
            all(cell.input_classes is None for cell in self.cells[1:]),
            "cells of which only the first may read ids",
        )
        if not self.state_is_tuple:
            tuples = [cell for cell in self.cells if isinstance(cell.state_size, tuple)]
            require(self, "cells", not tuples, "cells with state_is_tuple=False where the stack has it False")
        if self.one_object:
            equal = len(self.cells) > 1 and len(set(self.cells)) == 1
            require(self, "cells", equal, "two or more equal cells where they are one_object")

    @property
    def state_size(self) -> Size:
        """A tuple of the cells' sizes, or their sum."""
        sizes = tuple(cell.state_size for cell in self.cells)
        return sizes if self.state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        """The last cell's."""
        return self.cells[-1].output_size

    def read_size(self, depth: int) -> Size:
        """Return the first cell's."""
        return self.cells[0].read_size(depth)

    def input_role(self, path: str) -> InputRole:
        """Return the first cell's."""
        return self.cells[0].input_role(path)

    @property
    def input_classes(self) -> int | None:
        """The first cell's."""
        return self.cells[0].input_classes

    def require_depth(self, depth: int) -> None:
        """Return if every cell fits what the one below it answers, UnsupportedOptionError otherwise."""
        nested = [cell for cell in self.cells[1:] if not isinstance(cell.read_size(depth), int)]
        require(self, "cells", not nested, "cells above the first that read one array, which the one below answers")
        if self.one_object:
            fits = self.cells[0].output_size == depth
            require(self, "cells", fits, f"cells of output size {depth}, the width of the inputs, if one_object")
        for cell in self.cells:
            cell.require_depth(depth)
            depth = cell.output_size


class MultiRNNCell(StackSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.MultiRNNCell`: the last cell's output is the output."""


class SummedMultiRNNCell(StackSpec, frozen=True, tag=True):
    """A subclass of `MultiRNNCell` whose output is the sum of all cells' outputs, which are of one width."""

    def __post_init__(self) -> None:
        StackSpec.__post_init__(self)
        widths = {cell.output_size for cell in self.cells}
        require(self, "cells", len(widths) == 1, "cells of one output size, so that outputs can be summed")


class WrapperSpec(CellSpec, frozen=True):
    """Parent of the wrappers: one cell, whose sizes are the wrapper's."""

    cell: Cell

    def __post_init__(self) -> None:
        require(self, "cell", isinstance(self.cell, CellSpec), "a cell")

    @property
    def state_size(self) -> Size:
        """The cell's."""
        return self.cell.state_size

    @property
    def output_size(self) -> int:
        """The cell's."""
        return self.cell.output_size

    def read_size(self, depth: int) -> Size:
        """Return the cell's."""
        return self.cell.read_size(depth)

    def input_role(self, path: str) -> InputRole:
        """Return the cell's."""
        return self.cell.input_role(path)

    @property
    def input_classes(self) -> int | None:
        """The cell's."""
        return self.cell.input_classes

    @property
    def scope(self) -> str:
        """The variable scope that the wrapper puts around its own and the cell's variables; '' where it puts none."""
        return ""

    def inner_depth(self, depth: int) -> int:
        """Return the width of what the cell reads where the wrapper reads (B, depth)."""
        return depth

    def variables_before(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002  most wrappers have none
        """Return name -> shape of the wrapper's own variables that TensorFlow creates before the cell's."""
        return {}

    def variables_after(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002  as above
        """Return name -> shape of the wrapper's own variables that TensorFlow creates after the cell's."""
        return {}

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape of all of the wrapper's own variables."""
        return self.variables_before(depth) | self.variables_after(depth)

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        return "bias" if name.endswith("bias") else "kernel"

    def require_depth(self, depth: int) -> None:
        """Return if the cell fits, UnsupportedOptionError otherwise."""
        self.cell.require_depth(self.inner_depth(depth))


class ResidualWrapper(WrapperSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.ResidualWrapper`: the output is `residual_fn(inputs, outputs)`, the state the cell's.

    `residual_fn` names a function: None is TensorFlow's own, inputs + outputs, which are of one width; "slice" adds the
    first columns of the inputs, as many as there are outputs.
    """

    residual_fn: ResidualFn | None = None

    def __post_init__(self) -> None:
        WrapperSpec.__post_init__(self)
        require(self, "cell", self.cell.input_classes is None, "a cell that does not read ids, which cannot be added")
        known = self.residual_fn is None or self.residual_fn in RESIDUAL_FNS
        require(self, "residual_fn", known, f"None or one of {', '.join(RESIDUAL_FNS)}")

    def require_depth(self, depth: int) -> None:
        """Return if inputs and outputs can be added, UnsupportedOptionError otherwise."""
        require(self, "cell", isinstance(self.cell.read_size(depth), int), "a cell that reads one array")
        width = self.cell.output_size
        fits = depth >= width if self.residual_fn == "slice" else depth == width
        most = "at most " if self.residual_fn == "slice" else ""
        require(self, "cell", fits, f"a cell of output size {most}{depth}, the width of its inputs")
        self.cell.require_depth(depth)


class DeviceWrapper(WrapperSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.DeviceWrapper`: the cell, its operations on `device`; the numbers are the cell's."""

    device: str

    def __post_init__(self) -> None:
        WrapperSpec.__post_init__(self)
        fits = DEVICE.fullmatch(self.device) is not None
        require(self, "device", fits, "like '/cpu:0' or '/job:worker/device:CPU:0'")


class DropoutWrapper(WrapperSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.DropoutWrapper`: what is dropped of inputs, outputs and outgoing states is a mask.

    A probability of 0 is refused: TensorFlow's call refuses it, too, or answers NaN where it is variational_recurrent.
    `dropout_state_filter_visitor` names a function: None is TensorFlow's own, which drops all states but the c of an
    LSTMStateTuple; "all" drops c, too. TensorFlow's `input_size`, `dtype` and `seed` follow from the case.
    """

    input_keep_prob: float = 1.0
    output_keep_prob: float = 1.0
    state_keep_prob: float = 1.0
    variational_recurrent: bool = False
    dropout_state_filter_visitor: StateFilter | None = None

    def __post_init__(self) -> None:
        WrapperSpec.__post_init__(self)
        for option in ("input_keep_prob", "output_keep_prob", "state_keep_prob"):
            as_float(self, option)
            require(self, option, 0 < getattr(self, option) <= 1, "more than 0 and at most 1")
        visitor = self.dropout_state_filter_visitor
        known = visitor is None or visitor in STATE_FILTERS
        require(self, "dropout_state_filter_visitor", known, f"None or one of {', '.join(STATE_FILTERS)}")
        numbers = self.input_keep_prob == 1 or self.cell.input_classes is None
        require(self, "input_keep_prob", numbers, "1.0 around a cell that reads ids")


from rnn_parity.spec.contrib_wrappers import (  # noqa: E402  they are wrappers, and the unions hold them
    AttentionCellWrapper,
    EmbeddingWrapper,
    HighwayWrapper,
    InputProjectionWrapper,
    OutputProjectionWrapper,
)

CoreCell: TypeAlias = BasicRNNCell | GRUCell | BasicLSTMCell | LSTMCell
ContribCell: TypeAlias = (
    CFNCell
    | CoupledInputForgetGateLSTMCell
    | CudnnCompatibleGRUCell
    | CudnnCompatibleLSTMCell
    | GLSTMCell
    | GRUBlockCellV2
    | IndRNNCell
    | IndyGRUCell
    | IndyLSTMCell
    | IntersectionRNNCell
    | LayerNormBasicLSTMCell
    | LayerNormLSTMCell
    | LSTMBlockCell
    | MinimalRNNCell
    | NASCell
    | PhasedLSTMCell
    | SRUCell
    | UGRNNCell
)
FusedCell: TypeAlias = LSTMBlockFusedCell | BlockLSTMV2
SingleCell: TypeAlias = CoreCell | ContribCell
Stack: TypeAlias = MultiRNNCell | SummedMultiRNNCell
CoreWrapper: TypeAlias = ResidualWrapper | DeviceWrapper | DropoutWrapper
ContribWrapper: TypeAlias = (
    AttentionCellWrapper | EmbeddingWrapper | HighwayWrapper | InputProjectionWrapper | OutputProjectionWrapper
)
Wrapper: TypeAlias = CoreWrapper | ContribWrapper
StackedCell: TypeAlias = SingleCell | Wrapper
Cell: TypeAlias = SingleCell | FusedCell | Stack | Wrapper


def unwrapped(cell: CellSpec) -> SingleCellSpec | StackSpec:
    """Return the cell inside all wrappers."""
    while isinstance(cell, WrapperSpec):
        cell = cell.cell
    if not isinstance(cell, SingleCellSpec | StackSpec):
        raise TypeError(f"{class_name(cell)}: got neither a cell with weights, nor a stack, nor a wrapper")
    return cell


def single_cells(cell: CellSpec) -> tuple[SingleCellSpec, ...]:
    """Return the cells that compute, without stacks and wrappers, from the input up."""
    inner = unwrapped(cell)
    if not isinstance(inner, StackSpec):
        return (inner,)
    return tuple(single for one in inner.cells for single in single_cells(one))
