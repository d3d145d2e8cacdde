"""UGRNNCell. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), UGRNNCell."""

from __future__ import annotations

from rnn_parity.spec import Shape, UGRNNCell
from tf_reference.activations import squash
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow


def _variables(cell: UGRNNCell, depth: int) -> dict[str, Shape]:
    return {"kernel": (depth + cell.num_units, 2 * cell.num_units), "bias": (2 * cell.num_units,)}


def _step(cell: UGRNNCell, x: Tensor, h: Tensor, weights: Weights) -> Composed:
    tf = tensorflow()
    g, c = tf.split(tf.matmul(tf.concat([x, h], 1), weights["kernel"]) + weights["bias"], 2, axis=1)
    gate = tf.sigmoid(g + cell.forget_bias)
    new_h = gate * h + (1 - gate) * squash(cell.activation, c)
    return Composed(new_h, new_h, {"g": g, "c": c, "h": new_h})


FORMULA = Formula(scope="ugrnn_cell", variables=_variables, step=_step)
