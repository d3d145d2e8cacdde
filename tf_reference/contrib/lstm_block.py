"""The LSTM kernels: LSTMBlockCell, BlockLSTM and BlockLSTMV2, and the same composed of TensorFlow's ops.

The kernels have float16 and float32. Where the dtype is float64, that of the oracle, the cell is composed of ops from
the kernel's published formula; so is every step of BlockLSTMV2, which has no kernel of one step.
Source: tensorflow/core/kernels/rnn/lstm_ops.cc (LSTMBlockCellFprop), tensorflow/contrib/rnn/python/ops/lstm_ops.py and
contrib/cudnn_rnn/python/ops/cudnn_rnn_ops.py (v1.15.0).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rnn_parity.spec import BlockLSTMSpec, BlockLSTMV2, LSTMBlockCell, LSTMBlockFusedCell, Shape
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow

NO_CLIP = -1.0  # what the classes hand to the kernel for None; the op's own default clips at 3


class Options(NamedTuple):
    """What the kernels take besides tensors."""

    forget_bias: float
    cell_clip: float
    use_peephole: bool


def options(cell: BlockLSTMSpec) -> Options:
    """Return what the cell's class hands to its kernel."""
    match cell:
        case LSTMBlockCell() | LSTMBlockFusedCell():
            clip = NO_CLIP if cell.cell_clip is None else cell.cell_clip
            return Options(cell.forget_bias, clip, cell.use_peephole)
        case BlockLSTMV2():
            return Options(0.0, cell.cell_clip, cell.use_peephole)
        case _:
            return Options(0.0, NO_CLIP, use_peephole=False)


def diagonals(cell: BlockLSTMSpec, weights: Weights, like: Tensor) -> dict[str, Tensor]:
    """Return the kernels' wci, wcf, wco: the variables, or zeros of the dtype of `like`."""
    if options(cell).use_peephole:
        return {"wci": weights["w_i_diag"], "wcf": weights["w_f_diag"], "wco": weights["w_o_diag"]}
    return dict.fromkeys(("wci", "wcf", "wco"), tensorflow().zeros((cell.num_units,), like.dtype))


def composed_step(cell: BlockLSTMSpec, x: Tensor, state: Any, weights: Weights) -> Composed:  # noqa: ANN401  two tensors
    """Return the kernel's formula in TensorFlow's ops."""
    tf = tensorflow()
    c, h = state
    own, diagonal = options(cell), diagonals(cell, weights, x)
    blocks = tf.split(tf.matmul(tf.concat([x, h], 1), weights["kernel"]) + weights["bias"], 4, axis=1)
    i, ci, f, o = (blocks[k] for k in ((0, 2, 1, 3) if isinstance(cell, BlockLSTMV2) else (0, 1, 2, 3)))
    admit = tf.sigmoid(i + c * diagonal["wci"])
    forget = tf.sigmoid(f + own.forget_bias + c * diagonal["wcf"])
    candidate = tf.tanh(ci)
    new_c = admit * candidate + forget * c
    if own.cell_clip > 0:
        new_c = tf.clip_by_value(new_c, -own.cell_clip, own.cell_clip)
    squashed = tf.tanh(new_c)
    emit = tf.sigmoid(o + new_c * diagonal["wco"])
    return _composed(
        {"i": admit, "ci": candidate, "f": forget, "cs": new_c, "co": squashed, "o": emit}, emit * squashed
    )


def step(cell: BlockLSTMSpec, x: Tensor, state: Any, weights: Weights) -> Composed:  # noqa: ANN401  two tensors
    """Return what the op LSTMBlockCell computes; where the dtype has no kernel, what its formula does."""
    if x.dtype.name not in cell.dtypes:
        return composed_step(cell, x, state, weights)
    c, h = state
    done = tensorflow().raw_ops.LSTMBlockCell(
        x=x,
        cs_prev=c,
        h_prev=h,
        w=weights["kernel"],
        b=weights["bias"],
        **diagonals(cell, weights, x),
        **options(cell)._asdict(),
    )
    return _composed({name: getattr(done, name) for name in ("i", "ci", "f", "cs", "co", "o")}, done.h)


def variables(cell: BlockLSTMSpec, depth: int) -> dict[str, Shape]:
    """Return name -> shape in the order in which the classes create them."""
    units = cell.num_units
    shapes: dict[str, Shape] = {"kernel": (depth + units, 4 * units), "bias": (4 * units,)}
    if options(cell).use_peephole:
        shapes |= {"w_i_diag": (units,), "w_f_diag": (units,), "w_o_diag": (units,)}
    return shapes


def _composed(gates: dict[str, Tensor], h: Tensor) -> Composed:
    state = tensorflow().compat.v1.nn.rnn_cell.LSTMStateTuple(gates["cs"], h)
    return Composed(h, state, {**gates, "h": h})


FORMULA = Formula(scope="lstm_cell", variables=variables, step=step)
CUDNN_FORMULA = Formula(scope="cudnn_compatible_lstm_cell", variables=variables, step=step)
