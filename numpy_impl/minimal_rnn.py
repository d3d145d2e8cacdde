"""One step of `tf.contrib.rnn.MinimalRNNCell`.

    feedforward = activation(x kernel[:D])
    u = sigmoid([feedforward h] kernel[D:] + bias)
    h' = u * h + (1 - u) * feedforward

The output is h'.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), MinimalRNNCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from numpy_impl.activations import Activation, activation, sigmoid, tanh
from numpy_impl.arrays import Array
from numpy_impl.cell import (
    check_arguments,
    check_no_initializer,
    check_size,
    given_weights,
    input_depth,
    weight_fields,
)
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

VARIABLES = ("kernel", "bias")  # in TensorFlow's order of creation


class Weights(NamedTuple):
    """The variables of one cell."""

    kernel: Array  # (D + 2 H, H), rows: of the candidate, then those of the gate: candidate first, then hidden
    bias: Array  # (H,), of the gate


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def step_gates(x: Array, h: Array, weights: Weights, *, activation: Activation = tanh) -> dict[str, Array]:
    """Return the candidate after its activation, u after the sigmoid and the new h, each (B, H)."""
    depth = x.shape[1]
    feedforward = activation(x @ weights.kernel[:depth])
    u = sigmoid(np.concatenate([feedforward, h], axis=1) @ weights.kernel[depth:] + weights.bias)
    return {"feedforward": feedforward, "u": u, "h": u * h + (1 - u) * feedforward}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class MinimalRNNCell(WeightedCell):
    """`tf.contrib.rnn.MinimalRNNCell`; ValueError where weights, inputs or state do not fit."""

    units: int  # H
    activation: str | Activation | None = "tanh"  # of the candidate: a name in ACTIVATIONS; None is "linear" here
    kernel_initializer: None = None  # TensorFlow's place for one; weights are given here, so any other is refused
    bias_initializer: None = None  # the same
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "minimal_rnn_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("MinimalRNNCell.units", self.units)
        check_no_initializer("MinimalRNNCell.kernel_initializer", self.kernel_initializer)
        check_no_initializer("MinimalRNNCell.bias_initializer", self.bias_initializer)
        if self.activation is None:  # as tf.keras.activations.get has it; in TensorFlow's other cells it is tanh
            object.__setattr__(self, "activation", "linear")
        activation(self.activation)
        settle(self)

    @property
    def state_size(self) -> int:
        """H."""
        return self.units

    @property
    def output_size(self) -> int:
        """H."""
        return self.units

    def depth_of(self, weights: Weights) -> int:
        """Return D: the rows of `kernel` but those of the gate."""
        return input_depth("MinimalRNNCell", weights.kernel, 2 * self.units)

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        return {"kernel": (depth + 2 * self.units, self.units), "bias": (self.units,)}

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return the candidate, u and the new h, each (B, H), for inputs (B, D) and state (B, H)."""
        weights = given_weights("MinimalRNNCell", self.weights)
        h, widths = cast("Array", state), (self.depth_of(weights), self.units)
        check_arguments("MinimalRNNCell", inputs, (h,), widths, weights.kernel.dtype)
        return step_gates(inputs, h, weights, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], gates["h"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
