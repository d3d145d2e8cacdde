"""CoupledInputForgetGateLSTMCell.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), CoupledInputForgetGateLSTMCell.
"""

from __future__ import annotations

from typing import Any

from rnn_parity.spec import CoupledInputForgetGateLSTMCell, Shape
from tf_reference.activations import squash
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.contrib.layer_norm import layer_norm, norms
from tf_reference.environment import tensorflow


def _variables(cell: CoupledInputForgetGateLSTMCell, depth: int) -> dict[str, Shape]:
    units, fed_back = cell.num_units, cell.num_proj or cell.num_units
    shapes: dict[str, Shape] = {"W_0": (depth + fed_back, 3 * units), "B": (3 * units,)}
    if cell.layer_norm:
        shapes |= norms(units, "transform", "forget", "output")
    if cell.use_peepholes:
        shapes |= {"W_F_diag": (units,), "W_O_diag": (units,)}
    if cell.layer_norm:
        shapes |= norms(units, "state")
    if cell.num_proj is not None:
        shapes["W_P_0"] = (units, cell.num_proj)
    return shapes


def _step(cell: CoupledInputForgetGateLSTMCell, x: Tensor, state: Any, weights: Weights) -> Composed:  # noqa: ANN401
    tf = tensorflow()
    fed_back = cell.num_proj or cell.num_units
    c_prev, m_prev = state if cell.state_is_tuple else tf.split(state, [cell.num_units, fed_back], axis=1)
    product = tf.matmul(tf.concat([x, m_prev], 1), weights["W_0"])
    if not cell.layer_norm:
        product = tf.nn.bias_add(product, weights["B"])
    j, f, o = tf.split(product, 3, axis=1)
    gates = {"j": j, "f": f, "o": o}
    if cell.layer_norm:
        j = layer_norm(j, weights, "transform")
        f = layer_norm(f, weights, "forget")
        o = layer_norm(o, weights, "output")
    f = f + cell.forget_bias
    if cell.use_peepholes:
        f = f + weights["W_F_diag"] * c_prev
    kept = tf.sigmoid(f)
    c = kept * c_prev + (1 - kept) * squash(cell.activation, j)
    if cell.layer_norm:
        c = layer_norm(c, weights, "state")
    if cell.use_peepholes:
        o = o + weights["W_O_diag"] * c
    m = tf.sigmoid(o) * squash(cell.activation, c)
    if cell.num_proj is not None:
        m = tf.matmul(m, weights["W_P_0"])
        if cell.proj_clip is not None:
            m = tf.clip_by_value(m, -cell.proj_clip, cell.proj_clip)
    new_state = tf.compat.v1.nn.rnn_cell.LSTMStateTuple(c, m) if cell.state_is_tuple else tf.concat([c, m], 1)
    return Composed(m, new_state, gates | {"c": c, "h": m})


FORMULA = Formula(scope="coupled_input_forget_gate_lstm_cell", variables=_variables, step=_step)
