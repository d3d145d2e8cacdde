"""One step of `tf.contrib.rnn.SRUCell`, the simple recurrent unit.

    [x_bar f r x_tx] = x kernel
    [f r] = sigmoid([f r] + bias)
    c' = f * c + (1 - f) * x_bar
    h = r * activation(c') + (1 - r) * x_tx

The output is h, the state c': nothing that a matrix is multiplied with is fed back.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), SRUCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from numpy_impl.activations import Activation, activation, sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
from numpy_impl.cell import check_arguments, check_size, given_weights, input_depth, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("x_bar", "f", "r", "x_tx")  # candidate, forget, reset, highway: the kernel's column blocks, left to right
BIASED = ("f", "r")  # bias's column blocks
VARIABLES = ("kernel", "bias")  # in TensorFlow's order of creation


class Weights(NamedTuple):
    """The variables of one cell."""

    kernel: Array  # (D, 4 H)
    bias: Array  # (2 H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def step_gates(x: Array, c: Array, weights: Weights, *, activation: Activation = tanh) -> dict[str, Array]:
    """Return x_bar and x_tx as the kernel gives them, f and r after the sigmoid, the new c and the h, each (B, H)."""
    x_bar, f, r, x_tx = column_blocks(x @ weights.kernel, len(GATES))
    f, r = column_blocks(sigmoid(np.concatenate([f, r], axis=1) + weights.bias), len(BIASED))
    c = f * c + (1 - f) * x_bar
    return {"x_bar": x_bar, "f": f, "r": r, "x_tx": x_tx, "c": c, "h": r * activation(c) + (1 - r) * x_tx}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class SRUCell(WeightedCell):
    """`tf.contrib.rnn.SRUCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    activation: str | Activation | None = None  # of the new c: a name in ACTIVATIONS; None is tanh
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "sru_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("SRUCell.num_units", self.num_units)
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

    def depth_of(self, weights: Weights) -> int:
        """Return D: the rows of `kernel`."""
        return input_depth("SRUCell", weights.kernel, 0)

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        return {"kernel": (depth, len(GATES) * self.num_units), "bias": (len(BIASED) * self.num_units,)}

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return x_bar, f, r, x_tx, the new c and the h, each (B, H), for inputs (B, D) and state c (B, H)."""
        weights = given_weights("SRUCell", self.weights)
        c, widths = cast("Array", state), (len(weights.kernel), self.num_units)
        check_arguments("SRUCell", inputs, (c,), widths, weights.kernel.dtype)
        return step_gates(inputs, c, weights, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], gates["c"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
