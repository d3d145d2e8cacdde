"""GLSTMCell. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), GLSTMCell."""

from __future__ import annotations

from typing import Any

from rnn_parity.spec import GLSTMCell, Shape
from tf_reference.activations import squash
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow

LETTERS = ("i", "j", "f", "o")


def _variables(cell: GLSTMCell, depth: int) -> dict[str, Shape]:
    groups, units, projected = cell.number_of_groups, cell.num_units, cell.num_proj
    fed_back = units if projected is None else projected
    shape = (depth // groups + fed_back // groups, 4 * (units // groups))
    declared: dict[str, Shape] = {}
    for group in range(groups):
        declared[f"group{group}/kernel"] = shape
    for letter in LETTERS:
        declared[f"bias_{letter}"] = (units,)
    if projected is not None:
        declared["projection/kernel"] = (units, projected)
    return declared


def _step(cell: GLSTMCell, x: Tensor, state: Any, weights: Weights) -> Composed:  # noqa: ANN401  (c, h)
    tf = tensorflow()
    c, m = state
    parts: list[list[Tensor]] = [[], [], [], []]
    inputs, fed_back = (tf.split(whole, cell.number_of_groups, axis=1) for whole in (x, m))
    for group, pair in enumerate(zip(inputs, fed_back, strict=True)):
        product = tf.matmul(tf.concat(pair, 1), weights[f"group{group}/kernel"])
        for found, part in zip(parts, tf.split(product, 4, axis=1), strict=True):
            found.append(part)
    i, j, f, o = (
        tf.nn.bias_add(tf.concat(found, 1), weights[f"bias_{letter}"])
        for letter, found in zip(LETTERS, parts, strict=True)
    )
    new_c = tf.sigmoid(f + cell.forget_bias) * c + tf.sigmoid(i) * tf.tanh(j)
    new_m = tf.sigmoid(o) * squash(cell.activation, new_c)
    if cell.num_proj is not None:
        new_m = tf.matmul(new_m, weights["projection/kernel"])
    state_tuple = tf.compat.v1.nn.rnn_cell.LSTMStateTuple
    return Composed(new_m, state_tuple(new_c, new_m), {"i": i, "j": j, "f": f, "o": o, "c": new_c, "h": new_m})


FORMULA = Formula(scope="glstm_cell", variables=_variables, step=_step)
