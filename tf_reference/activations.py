"""An activation by name -> what TensorFlow takes as `activation`."""

from __future__ import annotations

from typing import Any

from rnn_parity.spec import DType
from tf_reference.environment import tensorflow

LAYER_CLASSES = ("ELU", "LeakyReLU", "ReLU", "Softmax", "ThresholdedReLU")  # activations that are Keras layers


def named_activation(name: str | None, dtype: DType) -> Any:  # noqa: ANN401  TensorFlow ships no types
    """Return the name itself, or a layer for a name that is a layer's class.

    Named, such a layer has dtype float32 and, under TensorFlow 2's behaviour, casts its input: a float64 graph would
    go on in float32 (seen on TensorFlow 2.21). Under TensorFlow 1's it computes in its input's dtype, as here.
    """
    if name in LAYER_CLASSES:
        return getattr(tensorflow().keras.layers, name)(dtype=dtype)
    return name


def squash(name: str | None, values: Any) -> Any:  # noqa: ANN401  tensors
    """Return the activation of this name of a tensor; None is tanh."""
    tf = tensorflow()
    if name is None:
        return tf.tanh(values)
    return tf.keras.activations.get(named_activation(name, values.dtype.name))(values)
