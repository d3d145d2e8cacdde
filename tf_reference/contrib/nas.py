"""NASCell. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), NASCell."""

from __future__ import annotations

from typing import Any

from rnn_parity.spec import NASCell, Shape
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow

BASE = 8  # heads


def _variables(cell: NASCell, depth: int) -> dict[str, Shape]:
    fed_back = cell.num_units if cell.num_proj is None else cell.num_proj
    shapes: dict[str, Shape] = {
        "recurrent_kernel": (fed_back, BASE * cell.num_units),
        "kernel": (depth, BASE * cell.num_units),
    }
    if cell.use_bias:
        shapes["bias"] = (BASE * cell.num_units,)
    if cell.num_proj is not None:
        shapes["projection_weights"] = (cell.num_units, cell.num_proj)
    return shapes


def _step(cell: NASCell, x: Tensor, state: Any, weights: Weights) -> Composed:  # noqa: ANN401  a tuple of tensors
    tf = tensorflow()
    c, m = state
    of_state = tf.matmul(m, weights["recurrent_kernel"])
    if cell.use_bias:
        of_state = tf.nn.bias_add(of_state, weights["bias"])
    heads = _heads(tf.split(tf.matmul(x, weights["kernel"]), BASE, axis=1), tf.split(of_state, BASE, axis=1))
    first = tf.tanh(tf.tanh(heads[0] * heads[1]) + c)
    second = tf.tanh(heads[2] + heads[3])
    third = tf.tanh(heads[4] * heads[5])
    fourth = tf.sigmoid(heads[6] + heads[7])
    new_c = first * second
    new_m = tf.tanh(new_c * tf.tanh(third + fourth))
    if cell.num_proj is not None:
        new_m = tf.matmul(new_m, weights["projection_weights"])
    gates = {f"layer1_{index}": head for index, head in enumerate(heads)} | {"c": new_c, "h": new_m}
    return Composed(new_m, tf.compat.v1.nn.rnn_cell.LSTMStateTuple(new_c, new_m), gates)


def _heads(inputs: list[Tensor], states: list[Tensor]) -> list[Tensor]:
    """Return the first layer: sums of inputs and state, but for the fourth head, a product."""
    tf = tensorflow()
    squashes = (tf.sigmoid, tf.nn.relu, tf.sigmoid, tf.nn.relu, tf.tanh, tf.sigmoid, tf.tanh, tf.sigmoid)
    joins = (tf.add, tf.add, tf.add, tf.multiply, tf.add, tf.add, tf.add, tf.add)
    return [squash(join(i, m)) for squash, join, i, m in zip(squashes, joins, inputs, states, strict=True)]


FORMULA = Formula(scope="nas_cell", variables=_variables, step=_step)
