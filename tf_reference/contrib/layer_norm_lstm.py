"""LayerNormLSTMCell. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), LayerNormLSTMCell."""

from __future__ import annotations

from typing import Any

from rnn_parity.spec import LayerNormLSTMCell, Shape
from tf_reference.activations import squash
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.contrib.layer_norm import layer_norm, norms
from tf_reference.environment import tensorflow


def _variables(cell: LayerNormLSTMCell, depth: int) -> dict[str, Shape]:
    units, fed_back = cell.num_units, cell.num_proj or cell.num_units
    shapes: dict[str, Shape] = {"kernel": (depth + fed_back, 4 * units), "bias": (4 * units,)}
    if cell.layer_norm:
        shapes |= norms(units, "input", "transform", "forget", "output")
    if cell.use_peepholes:
        shapes |= {"w_f_diag": (units,), "w_i_diag": (units,), "w_o_diag": (units,)}
    if cell.layer_norm:
        shapes |= norms(units, "state")
    if cell.num_proj is not None:
        shapes["projection/kernel"] = (units, cell.num_proj)
    return shapes


def _step(cell: LayerNormLSTMCell, x: Tensor, state: Any, weights: Weights) -> Composed:  # noqa: ANN401  a tuple
    tf = tensorflow()
    c_prev, m_prev = state
    product = tf.matmul(tf.concat([x, m_prev], 1), weights["kernel"])
    if not cell.layer_norm:
        product = tf.nn.bias_add(product, weights["bias"])
    i, j, f, o = tf.split(product, 4, axis=1)
    gates = {"i": i, "j": j, "f": f, "o": o}
    if cell.layer_norm:
        i = layer_norm(i, weights, "input")
        j = layer_norm(j, weights, "transform")
        f = layer_norm(f, weights, "forget")
        o = layer_norm(o, weights, "output")
    f = f + cell.forget_bias
    if cell.use_peepholes:
        f = f + weights["w_f_diag"] * c_prev
        i = i + weights["w_i_diag"] * c_prev
    c = tf.sigmoid(f) * c_prev + tf.sigmoid(i) * squash(cell.activation, j)
    if cell.layer_norm:
        c = layer_norm(c, weights, "state")
    if cell.cell_clip is not None:
        c = tf.clip_by_value(c, -cell.cell_clip, cell.cell_clip)
    if cell.use_peepholes:
        o = o + weights["w_o_diag"] * c
    m = tf.sigmoid(o) * squash(cell.activation, c)
    if cell.num_proj is not None:
        m = tf.matmul(m, weights["projection/kernel"])
        if cell.proj_clip is not None:
            m = tf.clip_by_value(m, -cell.proj_clip, cell.proj_clip)
    return Composed(m, tf.compat.v1.nn.rnn_cell.LSTMStateTuple(c, m), gates | {"c": c, "h": m})


FORMULA = Formula(scope="layer_norm_lstm_cell", variables=_variables, step=_step)
