"""IndRNNCell, IndyGRUCell and IndyLSTMCell.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), the classes of these names.
"""

from __future__ import annotations

from typing import Any

from rnn_parity.spec import IndRNNCell, IndyGRUCell, IndyLSTMCell, Shape
from tf_reference.activations import squash
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow


def _ind_rnn_variables(cell: IndRNNCell, depth: int) -> dict[str, Shape]:
    return {"kernel_w": (depth, cell.num_units), "kernel_u": (1, cell.num_units), "bias": (cell.num_units,)}


def _ind_rnn_step(cell: IndRNNCell, x: Tensor, h: Tensor, weights: Weights) -> Composed:
    tf = tensorflow()
    z = tf.nn.bias_add(tf.matmul(x, weights["kernel_w"]) + h * weights["kernel_u"], weights["bias"])
    new_h = squash(cell.activation, z)
    return Composed(new_h, new_h, {"z": z, "h": new_h})


def _indy_gru_variables(cell: IndyGRUCell, depth: int) -> dict[str, Shape]:
    units = cell.num_units
    return {
        "gates/kernel_w": (depth, 2 * units),
        "gates/kernel_u": (1, 2 * units),
        "gates/bias": (2 * units,),
        "candidate/kernel": (depth, units),
        "candidate/kernel_u": (1, units),
        "candidate/bias": (units,),
    }


def _indy_gru_step(cell: IndyGRUCell, x: Tensor, h: Tensor, weights: Weights) -> Composed:
    tf = tensorflow()
    gates = tf.matmul(x, weights["gates/kernel_w"]) + tf.tile(h, [1, 2]) * weights["gates/kernel_u"]
    r, u = tf.split(tf.sigmoid(tf.nn.bias_add(gates, weights["gates/bias"])), 2, axis=1)
    candidate = tf.matmul(x, weights["candidate/kernel"]) + (r * h) * weights["candidate/kernel_u"]
    c = squash(cell.activation, tf.nn.bias_add(candidate, weights["candidate/bias"]))
    new_h = u * h + (1 - u) * c
    return Composed(new_h, new_h, {"r": r, "u": u, "c": c, "h": new_h})


def _indy_lstm_variables(cell: IndyLSTMCell, depth: int) -> dict[str, Shape]:
    columns = 4 * cell.num_units
    return {"kernel_w": (depth, columns), "kernel_u": (1, columns), "bias": (columns,)}


def _indy_lstm_step(cell: IndyLSTMCell, x: Tensor, state: Any, weights: Weights) -> Composed:  # noqa: ANN401  (c, h)
    tf = tensorflow()
    c, h = state
    z = tf.matmul(x, weights["kernel_w"]) + tf.tile(h, [1, 4]) * weights["kernel_u"]
    i, j, f, o = tf.split(tf.nn.bias_add(z, weights["bias"]), 4, axis=1)
    new_c = c * tf.sigmoid(f + cell.forget_bias) + tf.sigmoid(i) * squash(cell.activation, j)
    new_h = squash(cell.activation, new_c) * tf.sigmoid(o)
    state_tuple = tf.compat.v1.nn.rnn_cell.LSTMStateTuple
    return Composed(new_h, state_tuple(new_c, new_h), {"i": i, "j": j, "f": f, "o": o, "c": new_c, "h": new_h})


IND_RNN = Formula(scope="ind_rnn_cell", variables=_ind_rnn_variables, step=_ind_rnn_step)
INDY_GRU = Formula(scope="indy_gru_cell", variables=_indy_gru_variables, step=_indy_gru_step)
INDY_LSTM = Formula(scope="indy_lstm_cell", variables=_indy_lstm_variables, step=_indy_lstm_step)
