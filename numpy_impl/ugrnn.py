"""One step of `tf.contrib.rnn.UGRNNCell`, the update gate RNN.

    [g c] = [x h] kernel + bias
    g = sigmoid(g + forget_bias)
    h' = g * h + (1 - g) * activation(c)

The output is h'.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), UGRNNCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from numpy_impl.activations import Activation, activation, sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
from numpy_impl.cell import check_no_initializer, check_size, check_step, given_weights, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("g", "c")  # gate, candidate: the kernel's column blocks, left to right
VARIABLES = ("kernel", "bias")  # in TensorFlow's order of creation


class Weights(NamedTuple):
    """The variables of one cell."""

    kernel: Array  # (D + H, 2 H), rows: input first, then hidden
    bias: Array  # (2 H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def step_gates(
    x: Array, h: Array, weights: Weights, *, forget_bias: float = 1.0, activation: Activation = tanh
) -> dict[str, Array]:
    """Return g and c as the kernel and bias give them, and the new h, each (B, H)."""
    g, c = column_blocks(np.concatenate([x, h], axis=1) @ weights.kernel + weights.bias, len(GATES))
    kept = sigmoid(g + g.dtype.type(forget_bias))
    return {"g": g, "c": c, "h": kept * h + (1 - kept) * activation(c)}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class UGRNNCell(WeightedCell):
    """`tf.contrib.rnn.UGRNNCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    initializer: None = None  # TensorFlow's place for one; weights are given here, so any other value is refused
    forget_bias: float = 1.0  # added to g before its sigmoid
    activation: str | Activation | None = None  # of the candidate: a name in ACTIVATIONS; None is tanh
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "ugrnn_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("UGRNNCell.num_units", self.num_units)
        check_no_initializer("UGRNNCell.initializer", self.initializer)
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
        columns = len(GATES) * self.num_units
        return {"kernel": (depth + self.num_units, columns), "bias": (columns,)}

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return g, c and the new h, each (B, H), for inputs (B, D) and state (B, H)."""
        weights = given_weights("UGRNNCell", self.weights)
        h = cast("Array", state)
        check_step("UGRNNCell", inputs, (h,), (self.num_units,), weights.kernel)
        return step_gates(inputs, h, weights, forget_bias=self.forget_bias, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], gates["h"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
