"""PhasedLSTMCell. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), PhasedLSTMCell.

The time's dtype is that of the arithmetic up to the cycle ratio, which is then cast to that of the features: float32 in
TensorFlow, where features have no other; here float64 in the oracle, too.
"""

from __future__ import annotations

from typing import Any

from rnn_parity.spec import PhasedLSTMCell, Shape
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow


def _variables(cell: PhasedLSTMCell, depth: int) -> dict[str, Shape]:
    units = cell.num_units
    masked = depth + units + (units if cell.use_peepholes else 0)
    return {
        "mask_gates/kernel": (masked, 2 * units),
        "mask_gates/bias": (2 * units,),
        "new_input/kernel": (depth + units, units),
        "new_input/bias": (units,),
        "output_gate/kernel": (masked, units),
        "output_gate/bias": (units,),
        "period": (units,),
        "phase": (units,),
        "ratio_on": (units,),
    }


def _step(cell: PhasedLSTMCell, inputs: Any, state: Any, weights: Weights) -> Composed:  # noqa: ANN401  tuples of two
    tf = tensorflow()
    (time, x), (c, h) = inputs, state
    seen = [x, h, c] if cell.use_peepholes else [x, h]
    i, f = tf.split(tf.sigmoid(_linear(seen, "mask_gates", weights)), 2, axis=1)
    j = tf.tanh(_linear([x, h], "new_input", weights))
    new_c = c * f + i * j
    seen = [x, h, new_c] if cell.use_peepholes else [x, h]
    o = tf.sigmoid(_linear(seen, "output_gate", weights))
    new_h = tf.tanh(new_c) * o
    k = _openness(cell.leak, _cycle_ratio(time, weights, x.dtype), weights["ratio_on"])
    kept_c, kept_h = k * new_c + (1 - k) * c, k * new_h + (1 - k) * h
    state_tuple = tf.compat.v1.nn.rnn_cell.LSTMStateTuple
    gates = {"i": i, "f": f, "j": j, "o": o, "k": k, "c": kept_c, "h": kept_h}
    return Composed(kept_h, state_tuple(kept_c, kept_h), gates)


def _linear(args: list[Tensor], scope: str, weights: Weights) -> Tensor:
    tf = tensorflow()
    return tf.nn.bias_add(tf.matmul(tf.concat(args, 1), weights[f"{scope}/kernel"]), weights[f"{scope}/bias"])


def _cycle_ratio(time: Tensor, weights: Weights, dtype: Any) -> Tensor:  # noqa: ANN401  TensorFlow's dtype
    tf = tensorflow()
    period, phase = (tf.cast(weights[name], time.dtype) for name in ("period", "phase"))
    shifted = time - phase
    remainder = tf.stop_gradient(tf.math.floormod(shifted, period) - shifted) + shifted
    return tf.cast(remainder / period, dtype)


def _openness(leak: float, ratio: Tensor, ratio_on: Tensor) -> Tensor:
    tf = tensorflow()
    up = 2 * ratio / ratio_on
    k = tf.where(ratio < ratio_on, 2 - up, leak * ratio)
    return tf.where(ratio < 0.5 * ratio_on, up, k)


FORMULA = Formula(scope="phased_lstm_cell", variables=_variables, step=_step)
