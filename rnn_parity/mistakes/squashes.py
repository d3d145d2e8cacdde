"""Gates squashed by what only looks like a sigmoid, and activations with other constants than TensorFlow's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from numpy_impl.activations import hard_sigmoid
from numpy_impl.cell import RNNCell
from rnn_parity.mistakes.gru import GRUInParts
from rnn_parity.mistakes.gru import with_parts as with_gru_parts
from rnn_parity.mistakes.lstm_in_parts import LSTMInParts
from rnn_parity.mistakes.lstm_in_parts import with_parts as with_lstm_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, where
from rnn_parity.mistakes.semantics import GRU, LSTM, Semantics, Weights, plain, right_cell
from rnn_parity.spec import SingleCellSpec
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

Squash = Callable[[Array], Array]


def _quarter(z: Array) -> Array:
    return np.clip(z / 4 + z.dtype.type(0.5), 0, 1)


def _by_division(z: Array) -> Array:
    return z / (2 * (1 + np.abs(z))) + z.dtype.type(0.5)


def _of_twice(z: Array) -> Array:
    return np.tanh(z) / 2 + z.dtype.type(0.5)


_SQUASHES: dict[str, tuple[Squash, str, str]] = {
    "hard-sigmoid-quarter": (
        _quarter,
        "gates are z / 4 + 0.5, cut to [0, 1] (TensorFlow: sigmoid)",
        "The tangent of the sigmoid at 0, as small devices compute it, stands in for it.",
    ),
    "sigmoid-by-division": (
        _by_division,
        "gates are z / (2 + 2 |z|) + 0.5 (TensorFlow: sigmoid)",
        "A sigmoid without exponentials, of softsign's shape; it is off by up to 0.08.",
    ),
    "sigmoid-of-2-z": (
        _of_twice,
        "gates are sigmoid(2 z): tanh(z) / 2 + 0.5, z not halved",
        "sigmoid(z) is tanh(z / 2) / 2 + 0.5; the inner half was forgotten.",
    ),
}
_LOGISTIC = "Squash the gates with the logistic sigmoid: 1 / (1 + exp(-z)), or tanh(z / 2) / 2 + 0.5."


def _gates(family: str, name: str) -> Mistake:
    squash, statement, explanation = _SQUASHES[name]
    parts = type(name, (LSTMInParts if family == "lstm" else GRUInParts,), {"squash": lambda _, z: squash(z)})
    return Mistake(
        id=f"{family}/gates-{name}",
        statement=statement,
        explanation=explanation,
        repair=_LOGISTIC,
        applies=where(LSTM if family == "lstm" else GRU),
        run=with_lstm_parts(parts) if family == "lstm" else with_gru_parts(parts),
    )


def _activated(names: tuple[str, ...], other: Squash) -> Semantics:
    """Return the candidate whose cells with an activation of these names have the other one."""

    def make(layer: Layer, weights: Weights) -> RNNCell:
        if not _has(names)(plain(layer).cell):
            return right_cell(layer, weights)
        cell: Any = right_cell(plain(layer), weights)
        changed: RNNCell = replace(cell, activation=other)
        return changed

    return Semantics(make=make)


def _has(names: tuple[str, ...]) -> Callable[[Any], bool]:
    return lambda cell: hasattr(cell, "activation") and (cell.activation or "tanh") in names


def _room(*names: str) -> Room:
    return where((SingleCellSpec,), _has(names))


def _activation(  # noqa: PLR0913  the fields of a Mistake
    name: str, of: tuple[str, ...], other: Squash, statement: str, why: str, *, coarse: bool = False
) -> Mistake:
    return Mistake(
        id=f"activation/{name}",
        statement=statement,
        explanation=why,
        repair="Compute the activation as tf_keras does, with its constants and over its axis.",
        applies=all_of(_room(*of), lambda spec: spec.dtype != "float16") if coarse else _room(*of),
        run=_activated(of, other),
    )


_TANH = ("tanh",)
_LEAKY = ("leaky_relu", "LeakyReLU")
_SOFTMAX = ("softmax", "Softmax")


def _pade(x: Array) -> Array:
    bounded = np.clip(x, -3, 3)
    return bounded * (27 + bounded * bounded) / (27 + 9 * bounded * bounded)


def _softmax_over_batch(x: Array) -> Array:
    powers = np.exp(x - x.max(axis=0, keepdims=True))
    return powers / powers.sum(axis=0, keepdims=True)


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _gelu_by_tanh(x: Array) -> Array:
    return x / 2 * (1 + np.tanh(x.dtype.type(np.sqrt(2 / np.pi)) * (x + x.dtype.type(0.044715) * x**3)))


MISTAKES = (
    *(_gates(family, name) for family in ("lstm", "gru") for name in _SQUASHES),
    _activation(
        "tanh-hard",
        _TANH,
        lambda x: np.clip(x, -1, 1),
        "tanh is x, cut to [-1, 1] (hard tanh)",
        "A cheap stand-in for tanh, in every cell. Values near 0 hide it.",
    ),
    _activation(
        "tanh-of-fraction",
        _TANH,
        _pade,
        "tanh is x (27 + x x) / (27 + 9 x x), cut at 3",
        "A fraction that small devices compute for tanh, in every cell; it is off by up to 0.024, and loose tolerances "
        "let it pass. float16 hides it.",
        coarse=True,
    ),
    Mistake(
        id="activation/relu-for-tanh",
        statement="relu where the activation is tanh",
        explanation="The target's default, or the option that another model was trained with, stands in for tanh.",
        repair="Use the cell's `activation`; None is tanh.",
        seen=("https://github.com/xiph/rnnoise/issues/58",),
        applies=_room(*_TANH),
        run=_activated(_TANH, lambda x: np.maximum(x, 0)),
    ),
    _activation(
        "softsign-for-tanh",
        _TANH,
        lambda x: x / (1 + np.abs(x)),
        "softsign where the activation is tanh",
        "x / (1 + |x|) has the bounds and the slope at 0 of tanh.",
    ),
    Mistake(
        id="activation/leaky-slope-0.01",
        statement="leaky relu's slope 0.01 (leaky_relu: 0.2, LeakyReLU: 0.3)",
        explanation="ONNX and PyTorch have another default than TensorFlow, and the slope was not handed on.",
        repair="tf.nn.leaky_relu has a slope of 0.2 below 0, the layer LeakyReLU one of 0.3.",
        seen=("https://github.com/PINTO0309/onnx2tf/issues/300",),
        applies=_room(*_LEAKY),
        run=_activated(_LEAKY, lambda x: np.where(x > 0, x, x.dtype.type(0.01) * x)),
    ),
    _activation(
        "gelu-by-tanh",
        ("gelu",),
        _gelu_by_tanh,
        "gelu by tanh, its approximation (TensorFlow's has erf)",
        "JAX's default, and PyTorch's approximate='tanh'. It is off by up to 0.0005.",
    ),
    _activation(
        "hard-sigmoid-sixth",
        ("hard_sigmoid",),
        lambda x: np.clip(x / 6 + x.dtype.type(0.5), 0, 1),
        "hard_sigmoid is x / 6 + 0.5 (tf_keras: 0.2 x + 0.5)",
        "PyTorch, Keras 3 and JAX have another slope under the same name.",
    ),
    _activation(
        "selu-unscaled",
        ("selu",),
        _elu,
        "selu without its constants: elu",
        "selu multiplies with 1.0507, and its part below 0 with 1.6733 besides.",
    ),
    _activation(
        "swish-of-hard-sigmoid",
        ("silu", "swish"),
        lambda x: x * hard_sigmoid(x),
        "swish as x hard_sigmoid(x)",
        "A cheap stand-in for x sigmoid(x).",
    ),
    _activation(
        "softmax-over-the-batch",
        _SOFTMAX,
        _softmax_over_batch,
        "softmax over the batch (TensorFlow: over the units)",
        "The axis of softmax was taken for the first one.",
    ),
    _activation(
        "thresholded-relu-at-0",
        ("ThresholdedReLU",),
        lambda x: np.maximum(x, 0),
        "ThresholdedReLU with a threshold of 0: relu (it is 1)",
        "The layer's default theta is 1.0; a relu with a threshold was read as a relu.",
    ),
)
