"""Layer normalisation as the cells of `tf.contrib.rnn` use it: each row over its own units.

    mean, variance = of the row's H values, divided by H
    normalised = (values - mean) / sqrt(variance + epsilon) * gamma + beta

epsilon is 1e-12, in float16 1e-3. Where all values of a row are one value, as in a cell of one unit, beta is left.

Source: tensorflow/contrib/layers/python/layers/layers.py (v1.15.0), layer_norm.
Axes: B batch, H units.
"""

# mypy: disable-error-code="no-any-return"
# NumPy 2 types the result of a ufunc as Any.

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy_impl.arrays import Array
    from numpy_impl.variables import Shape

EPSILON = 1e-12
EPSILON_FLOAT16 = 1e-3  # 1e-12 is 0 in float16
SCOPES = {"i": "input", "j": "transform", "f": "forget", "o": "output", "c": "state"}  # of gamma and beta, by letter


def layer_norm(values: Array, gamma: Array, beta: Array) -> Array:
    """Return values (B, H) normalised over each row, with gamma and beta (H,)."""
    centred = values - values.mean(axis=1, keepdims=True)
    variance = np.square(centred).mean(axis=1, keepdims=True)
    epsilon = EPSILON_FLOAT16 if values.dtype == np.float16 else EPSILON
    return centred / np.sqrt(variance + values.dtype.type(epsilon)) * gamma + beta


def normalised(values: Array, letter: str, weights: NamedTuple) -> Array:
    """Return what has this letter normalised with its gamma and beta among the weights of its cell."""
    scope = SCOPES[letter]
    return layer_norm(values, getattr(weights, f"{scope}_gamma"), getattr(weights, f"{scope}_beta"))


def normalised_gates(gates: Mapping[str, Array], weights: NamedTuple) -> dict[str, Array]:
    """Return the gates normalised, each by itself."""
    return {letter: normalised(values, letter, weights) for letter, values in gates.items()}


def norm_names(letters: Iterable[str]) -> tuple[str, ...]:
    """Return TensorFlow's variables that normalise what has these letters, in their order of creation."""
    return tuple(f"{SCOPES[letter]}/{name}" for letter in letters for name in ("gamma", "beta"))


def norm_shapes(letters: Iterable[str], num_units: int) -> dict[str, Shape]:
    """Return the shapes of these variables."""
    return dict.fromkeys(norm_names(letters), (num_units,))


def check_untrained(owner: str, norm_gain: float, norm_shift: float) -> None:
    """Return None if gain and shift, which gamma and beta are initialised with, are TensorFlow's defaults.

    Raises:
        ValueError: one is not; nothing would use it.
    """
    for name, got, default in (("norm_gain", norm_gain, 1.0), ("norm_shift", norm_shift, 0.0)):
        if got != default:
            raise ValueError(
                f"{owner}.{name}: got {got}, should be {default}. It is where training starts; "
                "what gamma and beta have become is given here, with weights=..."
            )
