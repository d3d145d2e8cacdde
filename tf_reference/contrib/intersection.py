"""IntersectionRNNCell. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), IntersectionRNNCell."""

from __future__ import annotations

from rnn_parity.spec import IntersectionRNNCell, Shape
from tf_reference.activations import squash
from tf_reference.contrib.composed import Composed, Formula, Tensor, Weights
from tf_reference.environment import tensorflow


def _variables(cell: IntersectionRNNCell, depth: int) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    if depth != cell.num_units:
        if not cell.num_in_proj:
            raise ValueError(
                f"Must have input size == output size for Intersection RNN: got inputs of width {depth} for "
                f"{cell.num_units} units, should be as many. To fix, num_in_proj should be set to num_units."
            )
        shapes["in_projection/kernel"] = (depth, cell.num_units)
        shapes["in_projection/bias"] = (cell.num_units,)
    shapes["kernel"] = (cell.num_units + cell.num_units, 4 * cell.num_units)
    shapes["bias"] = (4 * cell.num_units,)
    return shapes


def _step(cell: IntersectionRNNCell, x: Tensor, state: Tensor, weights: Weights) -> Composed:
    tf = tensorflow()
    if "in_projection/kernel" in weights:
        x = tf.nn.bias_add(tf.matmul(x, weights["in_projection/kernel"]), weights["in_projection/bias"])
    matrix = tf.nn.bias_add(tf.matmul(tf.concat([x, state], 1), weights["kernel"]), weights["bias"])
    gh, h, gy, y = tf.split(matrix, 4, axis=1)
    through_time = tf.sigmoid(gh + cell.forget_bias)
    through_depth = tf.sigmoid(gy + cell.forget_bias)
    new_state = through_time * state + (1.0 - through_time) * tf.tanh(h)
    new_y = through_depth * x + (1.0 - through_depth) * squash(cell.y_activation, y)
    return Composed(new_y, new_state, {"gh": gh, "h": h, "gy": gy, "y": y, "new_state": new_state, "new_y": new_y})


FORMULA = Formula(scope="intersection_rnn_cell", variables=_variables, step=_step)
