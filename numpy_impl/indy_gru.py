"""One step of `tf.contrib.rnn.IndyGRUCell`: a GRU whose recurrences are one factor a unit.

    [r u] = sigmoid(x gates_kernel_w + [h h] * gates_kernel_u + gates_bias)
    c = activation(x candidate_kernel + (r * h) * candidate_kernel_u + candidate_bias)
    h' = u * h + (1 - u) * c

The output is h'. TensorFlow's name of the candidate's input kernel has no `_w`.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), IndyGRUCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from numpy_impl.activations import Activation, activation, sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
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

GATES = ("r", "u")  # reset, update: the column blocks of the gates' weights, left to right
VARIABLES = (  # in TensorFlow's order of creation
    "gates/kernel_w", "gates/kernel_u", "gates/bias", "candidate/kernel", "candidate/kernel_u", "candidate/bias",
)  # fmt: skip


class Weights(NamedTuple):
    """The variables of one cell."""

    gates_kernel_w: Array  # (D, 2 H)
    gates_kernel_u: Array  # (1, 2 H), the diagonals of the recurrences
    gates_bias: Array  # (2 H,)
    candidate_kernel: Array  # (D, H)
    candidate_kernel_u: Array  # (1, H)
    candidate_bias: Array  # (H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def step_gates(x: Array, h: Array, weights: Weights, *, activation: Activation = tanh) -> dict[str, Array]:
    """Return r and u after the sigmoid, the candidate c after the activation, and the new h, each (B, H)."""
    fed_back = np.tile(h, (1, len(GATES))) * weights.gates_kernel_u
    r, u = column_blocks(sigmoid(x @ weights.gates_kernel_w + fed_back + weights.gates_bias), len(GATES))
    reset = (r * h) * weights.candidate_kernel_u
    c = activation(x @ weights.candidate_kernel + reset + weights.candidate_bias)
    return {"r": r, "u": u, "c": c, "h": u * h + (1 - u) * c}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class IndyGRUCell(WeightedCell):
    """`tf.contrib.rnn.IndyGRUCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    activation: str | Activation | None = None  # of the candidate: a name in ACTIVATIONS; None is tanh
    kernel_initializer: None = None  # TensorFlow's places for initializers; weights are given here, so any other
    bias_initializer: None = None  # value is refused
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "indy_gru_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("IndyGRUCell.num_units", self.num_units)
        check_no_initializer("IndyGRUCell.kernel_initializer", self.kernel_initializer)
        check_no_initializer("IndyGRUCell.bias_initializer", self.bias_initializer)
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
        units, columns = self.num_units, len(GATES) * self.num_units
        return {
            "gates/kernel_w": (depth, columns),
            "gates/kernel_u": (1, columns),
            "gates/bias": (columns,),
            "candidate/kernel": (depth, units),
            "candidate/kernel_u": (1, units),
            "candidate/bias": (units,),
        }

    def depth_of(self, weights: Weights) -> int:
        """Return D of these weights."""
        return input_depth("IndyGRUCell", weights.gates_kernel_w, 0)

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return r, u, c and the new h, each (B, H), for inputs (B, D) and state (B, H)."""
        weights = given_weights("IndyGRUCell", self.weights)
        h = cast("Array", state)
        widths = (len(weights.gates_kernel_w), self.num_units)
        check_arguments("IndyGRUCell", inputs, (h,), widths, weights.gates_kernel_w.dtype)
        return step_gates(inputs, h, weights, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], gates["h"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
