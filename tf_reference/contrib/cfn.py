"""CFNCell. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), CFNCell."""

from __future__ import annotations

from rnn_parity.spec import CFNCell, Shape
from tf_reference.activations import squash
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow


def _variables(cell: CFNCell, depth: int) -> dict[str, Shape]:
    units = cell.num_units
    return {"kernel": (depth, 3 * units), "recurrent_kernel": (units, 2 * units), "bias": (2 * units,)}


def _step(cell: CFNCell, x: Tensor, h: Tensor, weights: Weights) -> Composed:
    tf = tensorflow()
    of_gates, of_input = tf.split(weights["kernel"], [2 * cell.num_units, cell.num_units], axis=1)
    sums = tf.matmul(h, weights["recurrent_kernel"]) + tf.matmul(x, of_gates)
    theta, eta = tf.split(tf.sigmoid(tf.nn.bias_add(sums, weights["bias"])), 2, axis=1)
    proj_input = tf.matmul(x, of_input)
    new_h = theta * squash(cell.activation, h) + (1 - eta) * squash(cell.activation, proj_input)
    return Composed(new_h, new_h, {"theta": theta, "eta": eta, "proj_input": proj_input, "h": new_h})


FORMULA = Formula(scope="cfn_cell", variables=_variables, step=_step)
