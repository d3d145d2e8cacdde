"""Layer normalisation of `tf.contrib.layers`, as the cells of `tf.contrib.rnn` use it: over the units of each row.

Source: tensorflow/contrib/layers/python/layers/layers.py (v1.15.0), layer_norm.
"""

from __future__ import annotations

from rnn_parity.spec import Shape
from tf_reference.contrib.composed import Tensor, Weights, computed_as
from tf_reference.environment import tensorflow

EPSILON = 1e-12
EPSILON_FLOAT16 = 1e-3  # 1e-12 is 0 in float16


def layer_norm(values: Tensor, weights: Weights, scope: str) -> Tensor:
    """Return values (B, H) normalised with the gamma and beta of a scope."""
    tf = tensorflow()
    mean, variance = tf.nn.moments(values, [1], keepdims=True)
    epsilon = EPSILON_FLOAT16 if computed_as(values) == "float16" else EPSILON
    return tf.nn.batch_normalization(
        values, mean, variance, offset=weights[f"{scope}/beta"], scale=weights[f"{scope}/gamma"],
        variance_epsilon=epsilon,
    )  # fmt: skip


def norms(units: int, *scopes: str) -> dict[str, Shape]:
    """Return the variables of these scopes: the cells create gamma first, unlike `layer_norm` itself."""
    return {f"{scope}/{name}": (units,) for scope in scopes for name in ("gamma", "beta")}
