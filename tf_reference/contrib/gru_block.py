"""GRUBlockCellV2 and CudnnCompatibleGRUCell.

The kernel GRUBlockCell has float32 alone; in float64, the dtype of the oracle, its formula is composed of TensorFlow's
ops. Sources: tensorflow/contrib/rnn/python/ops/gru_ops.py, contrib/cudnn_rnn/python/ops/cudnn_rnn_ops.py (v1.15.0).
"""

from __future__ import annotations

from rnn_parity.spec import CudnnCompatibleGRUCell, GRUBlockCellV2, Shape
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow


def _gates(x: Tensor, h: Tensor, weights: Weights) -> tuple[Tensor, Tensor]:
    tf = tensorflow()
    z = tf.matmul(tf.concat([x, h], 1), weights["gates/kernel"]) + weights["gates/bias"]
    r, u = tf.split(tf.sigmoid(z), 2, axis=1)
    return r, u


def _block_variables(cell: GRUBlockCellV2, depth: int) -> dict[str, Shape]:
    rows, units = depth + cell.num_units, cell.num_units
    return {
        "gates/kernel": (rows, 2 * units),
        "gates/bias": (2 * units,),
        "candidate/kernel": (rows, units),
        "candidate/bias": (units,),
    }


def _block_step(cell: GRUBlockCellV2, x: Tensor, h: Tensor, weights: Weights) -> Composed:
    tf = tensorflow()
    if x.dtype.name in cell.dtypes:
        done = tf.raw_ops.GRUBlockCell(
            x=x,
            h_prev=h,
            w_ru=weights["gates/kernel"],
            w_c=weights["candidate/kernel"],
            b_ru=weights["gates/bias"],
            b_c=weights["candidate/bias"],
        )
        return Composed(done.h, done.h, dict(done._asdict()))
    r, u = _gates(x, h, weights)
    c = tf.tanh(tf.matmul(tf.concat([x, r * h], 1), weights["candidate/kernel"]) + weights["candidate/bias"])
    new_h = (1 - u) * c + u * h
    return Composed(new_h, new_h, {"r": r, "u": u, "c": c, "h": new_h})


def _cudnn_variables(cell: CudnnCompatibleGRUCell, depth: int) -> dict[str, Shape]:
    units = cell.num_units
    return {
        "gates/kernel": (depth + units, 2 * units),
        "gates/bias": (2 * units,),
        "candidate/input_projection/kernel": (depth, units),
        "candidate/hidden_projection/kernel": (units, units),
        "candidate/input_projection/bias": (units,),
        "candidate/hidden_projection/bias": (units,),
    }


def _cudnn_step(_: CudnnCompatibleGRUCell, x: Tensor, h: Tensor, weights: Weights) -> Composed:
    tf = tensorflow()
    own = {name.removeprefix("candidate/"): variable for name, variable in weights.items()}
    r, u = _gates(x, h, weights)
    of_input = tf.matmul(x, own["input_projection/kernel"]) + own["input_projection/bias"]
    of_hidden = tf.matmul(h, own["hidden_projection/kernel"]) + own["hidden_projection/bias"]
    c = tf.tanh(of_input + r * of_hidden)
    new_h = u * h + (1 - u) * c
    return Composed(new_h, new_h, {"r": r, "u": u, "ci": of_input, "ch": of_hidden, "c": c, "h": new_h})


FORMULA = Formula(scope="gru_cell", variables=_block_variables, step=_block_step)
CUDNN_FORMULA = Formula(scope="cudnn_compatible_gru_cell", variables=_cudnn_variables, step=_cudnn_step)
