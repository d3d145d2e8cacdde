"""`tf.raw_ops.BlockLSTMV2`: an LSTM over a whole sequence, in Keras's order of gates.

    [i f ci o] = [x h] w + b
    i = sigmoid(i + wci * c)
    ci = tanh(ci)
    f = sigmoid(f + wcf * c)
    cs = clip(i * ci + f * c, cell_clip)
    co = tanh(cs)
    o = sigmoid(o + wco * cs)
    h' = o * co

There is no forget_bias, and no clip unless cell_clip is above 0. Only the first `seq_len_max` steps are computed, the
same number for all rows.

`block_lstm_v2` is the op. `BlockLSTMV2` holds its weights and is called as LSTMBlockFusedCell is; they are named as
that cell's, in the scope `block_lstm_v2`.

Source: tensorflow/core/kernels/rnn/lstm_ops.cc, BlockLSTMOp with gate layout IFCO; core/ops/rnn_ops.cc.
Axes: T steps, B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.cell import check_size, given_weights
from numpy_impl.interface import settle
from numpy_impl.lstm_block import KernelCell, Weights, step_gates
from numpy_impl.lstm_block_fused import FusedCell

if TYPE_CHECKING:
    import numpy.typing as npt

    from numpy_impl.arrays import Array
    from numpy_impl.state import LSTMStateTuple

GATES = ("i", "f", "ci", "o")  # input, forget, candidate, output: the column blocks of w and b, left to right


class BlockLSTMV2Outputs(NamedTuple):
    """What the op answers, (T, B, H) each, in its order."""

    i: Array
    cs: Array
    f: Array
    o: Array
    ci: Array
    co: Array
    h: Array


def block_lstm_v2(  # noqa: PLR0913, PLR0917 - the op's inputs and attributes, in its order
    seq_len_max: int,
    x: Array,
    cs_prev: Array,
    h_prev: Array,
    w: Array,
    wci: Array,
    wcf: Array,
    wco: Array,
    b: Array,
    cell_clip: float = 0.0,
    use_peephole: bool = False,  # noqa: FBT001, FBT002 - as above
) -> BlockLSTMV2Outputs:
    """Return the op's outputs for x (T, B, D), 0 from step `seq_len_max` on; wci, wcf, wco count with `use_peephole`.

    Raises:
        ValueError: arrays do not fit each other, or seq_len_max is not from 0 to T.
    """
    diagonals = (wci, wcf, wco) if use_peephole else (None, None, None)
    cell = BlockLSTMV2(len(b) // len(GATES), cell_clip, use_peephole, weights=Weights(w, b, *diagonals))
    ran = cell.run(x, (cs_prev, h_prev), sequence_length=np.full(x.shape[1], seq_len_max))
    return BlockLSTMV2Outputs(**ran.gates)


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class _OneStep(KernelCell):
    """One step of the op, as an RNNCell."""

    num_units: int
    cell_clip: float
    use_peephole: bool
    weights: Weights | None
    dtype: Any = None

    def step_gates(self, x: Array, state: LSTMStateTuple, weights: Weights) -> dict[str, Array]:
        """Return the kernel's outputs for a step whose arrays fit."""
        return step_gates(x, state, weights, forget_bias=0.0, cell_clip=self.cell_clip, order=GATES)


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class BlockLSTMV2(FusedCell):
    """The op with its weights, called as a fused cell; ValueError where weights, inputs or state do not fit.

    A `sequence_length` must be one number for all rows: the op's `seq_len_max`.
    """

    num_units: int  # H
    cell_clip: float = 0.0  # bound of |c| where above 0
    use_peephole: bool = False
    name: str = field(default="block_lstm_v2", kw_only=True)  # of the scope
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("BlockLSTMV2.num_units", self.num_units)
        settle(self)

    @property
    def one_step(self) -> KernelCell:
        """An RNNCell of one step, with the same weights."""
        return _OneStep(self.num_units, self.cell_clip, self.use_peephole, given_weights("BlockLSTMV2", self.weights))

    def _lengths(self, given: npt.ArrayLike | None, steps: int, batch: int) -> npt.NDArray[np.integer]:
        lengths = super()._lengths(given, steps, batch)
        if len(set(lengths.tolist())) > 1:
            raise ValueError(
                f"sequence_length: got {lengths}, should be one number for all rows, the op's seq_len_max. "
                "Use LSTMBlockFusedCell for rows of different lengths."
            )
        return lengths
