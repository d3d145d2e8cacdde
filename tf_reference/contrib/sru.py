"""SRUCell. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), SRUCell."""

from __future__ import annotations

from rnn_parity.spec import Shape, SRUCell
from tf_reference.activations import squash
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow


def _variables(cell: SRUCell, depth: int) -> dict[str, Shape]:
    return {"kernel": (depth, 4 * cell.num_units), "bias": (2 * cell.num_units,)}


def _step(cell: SRUCell, x: Tensor, state: Tensor, weights: Weights) -> Composed:
    tf = tensorflow()
    x_bar, f, r, x_tx = tf.split(tf.matmul(x, weights["kernel"]), 4, axis=1)
    f, r = tf.split(tf.sigmoid(tf.nn.bias_add(tf.concat([f, r], 1), weights["bias"])), 2, axis=1)
    c = f * state + (1.0 - f) * x_bar
    h = r * squash(cell.activation, c) + (1.0 - r) * x_tx
    return Composed(h, c, {"x_bar": x_bar, "f": f, "r": r, "x_tx": x_tx, "c": c, "h": h})


FORMULA = Formula(scope="sru_cell", variables=_variables, step=_step)
