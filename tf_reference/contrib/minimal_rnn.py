"""MinimalRNNCell. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), MinimalRNNCell."""

from __future__ import annotations

from rnn_parity.spec import MinimalRNNCell, Shape
from tf_reference.activations import squash
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow


def _variables(cell: MinimalRNNCell, depth: int) -> dict[str, Shape]:
    return {"kernel": (depth + 2 * cell.num_units, cell.num_units), "bias": (cell.num_units,)}


def _step(cell: MinimalRNNCell, x: Tensor, h: Tensor, weights: Weights) -> Composed:
    tf = tensorflow()
    depth = int(x.shape[1])
    of_inputs, of_gate = tf.split(weights["kernel"], [depth, 2 * cell.num_units], axis=0)
    feedforward = squash(cell.activation, tf.matmul(x, of_inputs))
    u = tf.sigmoid(tf.nn.bias_add(tf.matmul(tf.concat([feedforward, h], 1), of_gate), weights["bias"]))
    new_h = u * h + (1 - u) * feedforward
    return Composed(new_h, new_h, {"feedforward": feedforward, "u": u, "h": new_h})


FORMULA = Formula(scope="minimal_rnn_cell", variables=_variables, step=_step)
