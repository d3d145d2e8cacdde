"""LayerNormBasicLSTMCell. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), LayerNormBasicLSTMCell."""

from __future__ import annotations

from typing import Any

from rnn_parity.spec import LayerNormBasicLSTMCell, Shape
from tf_reference.activations import squash
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.contrib.layer_norm import layer_norm, norms
from tf_reference.environment import tensorflow


def _variables(cell: LayerNormBasicLSTMCell, depth: int) -> dict[str, Shape]:
    units = cell.num_units
    kernel: dict[str, Shape] = {"kernel": (depth + units, 4 * units)}
    if cell.layer_norm:
        return kernel | norms(units, "input", "transform", "forget", "output", "state")
    return kernel | {"bias": (4 * units,)}


def _step(cell: LayerNormBasicLSTMCell, x: Tensor, state: Any, weights: Weights) -> Composed:  # noqa: ANN401  a tuple
    tf = tensorflow()
    c, h = state
    product = tf.matmul(tf.concat([x, h], 1), weights["kernel"])
    if not cell.layer_norm:
        product = tf.nn.bias_add(product, weights["bias"])
    i, j, f, o = tf.split(product, 4, axis=1)
    gates = {"i": i, "j": j, "f": f, "o": o}
    if cell.layer_norm:
        i = layer_norm(i, weights, "input")
        j = layer_norm(j, weights, "transform")
        f = layer_norm(f, weights, "forget")
        o = layer_norm(o, weights, "output")
    candidate = squash(cell.activation, j)
    if cell.dropout_keep_prob < 1:
        candidate = tf.nn.dropout(candidate, rate=1 - cell.dropout_keep_prob)
    new_c = c * tf.sigmoid(f + cell.forget_bias) + tf.sigmoid(i) * candidate
    if cell.layer_norm:
        new_c = layer_norm(new_c, weights, "state")
    new_h = squash(cell.activation, new_c) * tf.sigmoid(o)
    return Composed(new_h, tf.compat.v1.nn.rnn_cell.LSTMStateTuple(new_c, new_h), gates | {"c": new_c, "h": new_h})


FORMULA = Formula(scope="layer_norm_basic_lstm_cell", variables=_variables, step=_step)
