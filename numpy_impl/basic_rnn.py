"""One step of `tf.compat.v1.nn.rnn_cell.BasicRNNCell`.

    z = [x h] kernel + bias
    h' = activation(z)

The output is h'.

Source: tensorflow/python/ops/rnn_cell_impl.py, BasicRNNCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from numpy_impl.activations import Activation, activation, tanh
from numpy_impl.cell import check_size, check_step, given_weights, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.arrays import Array
    from numpy_impl.variables import Shape

GATES = ("z",)  # the kernel's one column block, before the activation
VARIABLES = ("kernel", "bias")  # in TensorFlow's order of creation


class Weights(NamedTuple):
    """The variables of one cell."""

    kernel: Array  # (D + H, H), rows: input first, then hidden
    bias: Array  # (H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def step_gates(x: Array, h: Array, weights: Weights, *, activation: Activation = tanh) -> dict[str, Array]:
    """Return z (B, H) before the activation, and the new h (B, H)."""
    z = np.concatenate([x, h], axis=1) @ weights.kernel + weights.bias
    return dict(zip((*GATES, "h"), (z, activation(z)), strict=True))


def step(x: Array, h: Array, weights: Weights, *, activation: Activation = tanh) -> tuple[Array, Array]:
    """Return the output (B, H) and the next state, the same array, for one input x (B, D)."""
    h = step_gates(x, h, weights, activation=activation)["h"]
    return h, h


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class BasicRNNCell(WeightedCell):
    """`tf.compat.v1.nn.rnn_cell.BasicRNNCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    activation: str | Activation | None = None  # a name in ACTIVATIONS; None is tanh
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "basic_rnn_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("BasicRNNCell.num_units", self.num_units)
        activation(self.activation)
        settle(self)

    @property
    def state_size(self) -> int:
        """H."""
        return self.num_units

    @property
    def output_size(self) -> int:
        """H."""
        return self.num_units

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        units = self.num_units
        return {"kernel": (depth + units, units), "bias": (units,)}

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return z and the new h, each (B, H), for inputs (B, D) and state (B, H)."""
        weights = given_weights("BasicRNNCell", self.weights)
        h = cast("Array", state)
        check_step("BasicRNNCell", inputs, (h,), (self.num_units,), weights.kernel)
        return step_gates(inputs, h, weights, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], gates["h"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
