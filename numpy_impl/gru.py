"""One step of `tf.compat.v1.nn.rnn_cell.GRUCell`.

    [r u] = sigmoid([x h] gates_kernel + gates_bias)
    c = activation([x r*h] candidate_kernel + candidate_bias)
    h' = u * h + (1 - u) * c

The output is h'. The reset gate acts before the matrix product, and u keeps the old state.

Source: tensorflow/python/ops/rnn_cell_impl.py, GRUCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from numpy_impl.activations import Activation, activation, sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
from numpy_impl.cell import check_size, check_step, given_weights, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("r", "u")  # reset, update: the gates kernel's column blocks, left to right
VARIABLES = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")  # in TensorFlow's order of creation


class Weights(NamedTuple):
    """The variables of one cell."""

    gates_kernel: Array  # (D + H, 2 H), rows: input first, then hidden
    gates_bias: Array  # (2 H,)
    candidate_kernel: Array  # (D + H, H), rows: input first, then reset hidden
    candidate_bias: Array  # (H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def step_gates(x: Array, h: Array, weights: Weights, *, activation: Activation = tanh) -> dict[str, Array]:
    """Return r and u after the sigmoid, the candidate c after the activation, and the new h, each (B, H)."""
    r, u = column_blocks(
        sigmoid(np.concatenate([x, h], axis=1) @ weights.gates_kernel + weights.gates_bias), len(GATES)
    )
    c = activation(np.concatenate([x, r * h], axis=1) @ weights.candidate_kernel + weights.candidate_bias)
    return dict(zip((*GATES, "c", "h"), (r, u, c, u * h + (1 - u) * c), strict=True))


def step(x: Array, h: Array, weights: Weights, *, activation: Activation = tanh) -> tuple[Array, Array]:
    """Return the output (B, H) and the next state, the same array, for one input x (B, D)."""
    h = step_gates(x, h, weights, activation=activation)["h"]
    return h, h


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class GRUCell(WeightedCell):
    """`tf.compat.v1.nn.rnn_cell.GRUCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    activation: str | Activation | None = None  # of the candidate: a name in ACTIVATIONS; None is tanh
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "gru_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("GRUCell.num_units", self.num_units)
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
        units, rows = self.num_units, depth + self.num_units
        return {
            "gates/kernel": (rows, len(GATES) * units),
            "gates/bias": (len(GATES) * units,),
            "candidate/kernel": (rows, units),
            "candidate/bias": (units,),
        }

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return r, u, c and the new h, each (B, H), for inputs (B, D) and state (B, H)."""
        weights = given_weights("GRUCell", self.weights)
        h = cast("Array", state)
        check_step("GRUCell", inputs, (h,), (self.num_units,), weights.gates_kernel)
        return step_gates(inputs, h, weights, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], gates["h"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
