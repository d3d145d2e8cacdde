"""The activations that a TensorFlow cell takes by name, each in the dtype of its argument.

Source: tf_keras 2.21, tf_keras/src/activations.py and layers/activation/*.py; tensorflow/python/ops/nn_ops.py.
`PReLU`, the one other name TensorFlow takes, is left out: its slope is a trained variable of its own.
The layers (`ELU` ... `ThresholdedReLU`) compute in float32 in TensorFlow unless Keras' floatx says otherwise.
"""

# mypy: disable-error-code="no-any-return"
# NumPy 2 types the result of a ufunc as Any.

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from numpy_impl.arrays import Array

Activation: TypeAlias = Callable[[Array], Array]

# TensorFlow rounds these three to float32, also where it computes in float64: an attribute of the op LeakyRelu, and
# the cast of a Python float in `gelu`. With the true root, gelu differs from TensorFlow's by 5e-9 in float64.
LEAKY_RELU_ALPHA = float(np.float32(0.2))  # tf.nn.leaky_relu
LEAKY_RELU_LAYER_ALPHA = float(np.float32(0.3))  # the layer LeakyReLU
GELU_SQRT_HALF = float(np.float32(math.sqrt(0.5)))
THRESHOLDED_RELU_THETA = 1.0
SELU_SCALE = 1.0507009873554805
SELU_SCALE_ALPHA = 1.7580993408473768

_erfc = np.vectorize(math.erfc, otypes=[float])  # NumPy has none; the C library's keeps all digits of small results


def elu(x: Array) -> Array:
    """Return x where x > 0, else exp(x) - 1."""
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def exponential(x: Array) -> Array:
    """Return exp(x), infinity where that overflows."""
    with np.errstate(over="ignore"):  # TensorFlow answers inf without a word
        return np.exp(x)


def gelu(x: Array) -> Array:
    """Return x/2 erfc(-x sqrt(1/2)): TensorFlow's default, not its tanh approximation."""
    return 0.5 * x * _erfc(-GELU_SQRT_HALF * x).astype(x.dtype)


def hard_sigmoid(x: Array) -> Array:
    """Return 0.2 x + 0.5, cut to [0, 1]."""
    return np.clip(0.2 * x + 0.5, 0, 1)


def leaky_relu(x: Array) -> Array:
    """Return x where x > 0, else 0.2 x."""
    return np.where(x > 0, x, LEAKY_RELU_ALPHA * x)


def leaky_relu_layer(x: Array) -> Array:
    """Return x where x > 0, else 0.3 x."""
    return np.where(x > 0, x, LEAKY_RELU_LAYER_ALPHA * x)


def linear(x: Array) -> Array:
    """Return x itself."""
    return x


def log_softmax(x: Array) -> Array:
    """Return x - log sum exp(x), over the last axis."""
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def mish(x: Array) -> Array:
    """Return x tanh(softplus(x))."""
    return x * np.tanh(softplus(x))


def relu(x: Array) -> Array:
    """Return max(x, 0)."""
    return np.maximum(x, 0)


def relu6(x: Array) -> Array:
    """Return x, cut to [0, 6]."""
    return np.clip(x, 0, 6)


def selu(x: Array) -> Array:
    """Return scale x where x > 0, else scale alpha (exp(x) - 1)."""
    return np.where(x > 0, SELU_SCALE * x, SELU_SCALE_ALPHA * np.expm1(np.minimum(x, 0)))


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)) as exp(min(x, 0)) / (1 + exp(-|x|)): none overflows, small results keep all digits."""
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def silu(x: Array) -> Array:
    """Return x sigmoid(x); `swish` is the same."""
    return x * sigmoid(x)


def softmax(x: Array) -> Array:
    """Return exp(x) / sum exp(x), over the last axis."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def softplus(x: Array) -> Array:
    """Return log(1 + exp(x))."""
    return np.logaddexp(0, x)


def softsign(x: Array) -> Array:
    """Return x / (1 + |x|)."""
    return x / (1 + np.abs(x))


def tanh(x: Array) -> Array:
    """Return the hyperbolic tangent of x."""
    return np.tanh(x)


def thresholded_relu(x: Array) -> Array:
    """Return x where x > 1, else 0."""
    return x * (x > THRESHOLDED_RELU_THETA)


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "elu": elu,
        "exponential": exponential,
        "gelu": gelu,
        "hard_sigmoid": hard_sigmoid,
        "leaky_relu": leaky_relu,
        "linear": linear,
        "log_softmax": log_softmax,
        "mish": mish,
        "relu": relu,
        "relu6": relu6,
        "selu": selu,
        "sigmoid": sigmoid,
        "silu": silu,
        "softmax": softmax,
        "softplus": softplus,
        "softsign": softsign,
        "swish": silu,
        "tanh": tanh,
        "ELU": elu,
        "LeakyReLU": leaky_relu_layer,
        "ReLU": relu,
        "Softmax": softmax,
        "ThresholdedReLU": thresholded_relu,
    }
)


def activation(name: str | Activation | None) -> Activation:
    """Return the activation of this name, or the function given; tanh for None and "", as in TensorFlow's cells.

    Raises:
        ValueError: there is none of this name; the message suggests the nearest.
    """
    if not name:
        return tanh
    if not isinstance(name, str):
        return name
    if name in ACTIVATIONS:
        return ACTIVATIONS[name]
    near = get_close_matches(name, ACTIVATIONS, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Take one of {', '.join(ACTIVATIONS)}."
    raise ValueError(f"activation: got {name!r}, should be the name of an activation. {hint}")
