"""The cells that are one TensorFlow kernel, the fused cells that run whole sequences, and the cuDNN-compatible cells.

Sources: tensorflow/contrib/rnn/python/ops/lstm_ops.py, gru_ops.py, contrib/cudnn_rnn/python/ops/cudnn_rnn_ops.py
(v1.15.0), core/kernels/rnn/lstm_ops.cc. The kernels compute in float16 and float32, that of the GRU in float32 alone.
"""

from __future__ import annotations

from typing import ClassVar

from rnn_parity.spec.base import (
    LSTMStateTuple,
    Role,
    Shape,
    SingleCellSpec,
    Size,
    as_float,
    require_size,
)
from rnn_parity.spec.core import GRU_GATES, GRUCell, LSTMCell

BLOCK_GATES = ("i", "ci", "f", "o")  # LSTMCell's i, j, f, o by the kernel's names: column blocks of kernel and bias
BLOCK_V2_GATES = ("i", "f", "ci", "o")  # those of BlockLSTMV2
BLOCK_TRACE = ("i", "ci", "f", "cs", "co", "o", "h")  # in order of computation


class BlockLSTMSpec(SingleCellSpec, frozen=True):
    """Parent of the LSTMs that a kernel computes: tanh alone, no projection, the state a tuple (c, h)."""

    dtypes: ClassVar[tuple[str, ...]] = ("float16", "float32")

    @property
    def state_size(self) -> Size:
        """LSTMStateTuple(H, H)."""
        return LSTMStateTuple(self.num_units, self.num_units)

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of kernel and bias."""
        return BLOCK_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """The kernel's outputs: i, f, o after the sigmoid, ci after tanh, the new cs (c), co = tanh(cs), the new h."""
        return BLOCK_TRACE

    @property
    def has_peepholes(self) -> bool:
        """Whether there are the three diagonals."""
        return bool(getattr(self, "use_peephole", False))

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        columns = len(BLOCK_GATES) * self.num_units
        shapes: dict[str, Shape] = {"kernel": (depth + self.num_units, columns), "bias": (columns,)}
        if self.has_peepholes:
            shapes |= dict.fromkeys(("w_i_diag", "w_f_diag", "w_o_diag"), (self.num_units,))
        return shapes


class LSTMBlockCell(BlockLSTMSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.LSTMBlockCell`, by the kernel of `tf.raw_ops.LSTMBlockCell`.

    `cell_clip` clips c where it is above 0; None, 0.0 and less are no clip. (LSTMCell clips to 0 with 0.0.)
    """

    forget_bias: float = 1.0
    cell_clip: float | None = None
    use_peephole: bool = False

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        as_float(self, "forget_bias")
        _clip_as_float(self)

    @property
    def scope(self) -> str:
        """`lstm_cell`, so that checkpoints of LSTMCell fit."""
        return "lstm_cell"

    def as_core_cell(self) -> LSTMCell:
        """Return the LSTMCell that computes the same."""
        return _as_lstm_cell(self)


class LSTMBlockFusedCell(BlockLSTMSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.LSTMBlockFusedCell`: LSTMBlockCell over a whole sequence, by `tf.raw_ops.BlockLSTM`.

    It is no RNNCell: it runs by itself (`FusedRNN`), in no other run, stack or wrapper.
    """

    forget_bias: float = 1.0
    cell_clip: float | None = None
    use_peephole: bool = False

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        as_float(self, "forget_bias")
        _clip_as_float(self)

    @property
    def scope(self) -> str:
        """`lstm_fused_cell`."""
        return "lstm_fused_cell"

    def as_core_cell(self) -> LSTMCell:
        """Return the LSTMCell that computes a step of it."""
        return _as_lstm_cell(self)


class BlockLSTMV2(BlockLSTMSpec, frozen=True, tag=True):
    """`tf.raw_ops.BlockLSTMV2`: blocks i, f, ci, o and no forget bias, over a whole sequence as LSTMBlockFusedCell.

    The op owns no variables; here they are named as LSTMBlockFusedCell's, below `block_lstm_v2`. It has one length,
    `seq_len_max`, for all rows: a `sequence_length` of different numbers is refused.
    """

    cell_clip: float = 0.0
    use_peephole: bool = False

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        as_float(self, "cell_clip")

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of kernel and bias."""
        return BLOCK_V2_GATES

    @property
    def scope(self) -> str:
        """`block_lstm_v2`."""
        return "block_lstm_v2"


class CudnnCompatibleLSTMCell(BlockLSTMSpec, frozen=True, tag=True):
    """`tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell`: LSTMBlockCell with a forget bias of 0, no clip, no peepholes.

    cuDNN's two biases are summed into one.
    """

    def __post_init__(self) -> None:
        require_size(self, "num_units")

    def as_core_cell(self) -> LSTMCell:
        """Return the LSTMCell that computes the same."""
        return LSTMCell(num_units=self.num_units, forget_bias=0.0)


class GRUBlockCellV2(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.GRUBlockCellV2`: GRUCell with tanh, by the kernel of `tf.raw_ops.GRUBlockCell`."""

    dtypes: ClassVar[tuple[str, ...]] = ("float32",)

    def __post_init__(self) -> None:
        require_size(self, "num_units")

    @property
    def scope(self) -> str:
        """`gru_cell`, so that checkpoints of GRUCell fit."""
        return "gru_cell"

    def as_core_cell(self) -> GRUCell:
        """Return the GRUCell that computes the same."""
        return GRUCell(num_units=self.num_units)

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of gates/kernel and gates/bias."""
        return GRU_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """The kernel's outputs: r, u after the sigmoid, the candidate c after tanh, the new h."""
        return (*GRU_GATES, "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        units = self.num_units
        return {
            "gates/kernel": (depth + units, 2 * units),
            "gates/bias": (2 * units,),
            "candidate/kernel": (depth + units, units),
            "candidate/bias": (units,),
        }


class CudnnCompatibleGRUCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell`: reset after the matrix product, two biases of the candidate."""

    def __post_init__(self) -> None:
        require_size(self, "num_units")

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of gates/kernel and gates/bias."""
        return GRU_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """r, u after the sigmoid; x Wi + bi and h Wh + bh of the candidate; the candidate c after tanh; the new h."""
        return (*GRU_GATES, "ci", "ch", "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        units = self.num_units
        return {
            "gates/kernel": (depth + units, 2 * units),
            "gates/bias": (2 * units,),
            "candidate/input_projection/kernel": (depth, units),
            "candidate/hidden_projection/kernel": (units, units),
            "candidate/input_projection/bias": (units,),
            "candidate/hidden_projection/bias": (units,),
        }

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        if name == "candidate/input_projection/kernel":
            return "input kernel"
        return "recurrent kernel" if name == "candidate/hidden_projection/kernel" else super().role(name)


def _clip_as_float(cell: LSTMBlockCell | LSTMBlockFusedCell) -> None:
    if cell.cell_clip is not None:
        as_float(cell, "cell_clip")


def _as_lstm_cell(cell: LSTMBlockCell | LSTMBlockFusedCell) -> LSTMCell:
    clips = cell.cell_clip is not None and cell.cell_clip > 0
    return LSTMCell(
        num_units=cell.num_units,
        use_peepholes=cell.use_peephole,
        cell_clip=cell.cell_clip if clips else None,
        forget_bias=cell.forget_bias,
    )
