"""One step of `tf.contrib.rnn.IndRNNCell`, the independently recurrent network.

    z = x kernel_w + h * kernel_u + bias
    h' = activation(z)

The output is h'. The recurrence is one factor a unit: no unit sees another's h.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), IndRNNCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from numpy_impl.activations import Activation, activation, tanh
from numpy_impl.arrays import Array
from numpy_impl.cell import check_arguments, check_size, given_weights, input_depth, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

VARIABLES = ("kernel_w", "kernel_u", "bias")  # in TensorFlow's order of creation


class Weights(NamedTuple):
    """The variables of one cell."""

    kernel_w: Array  # (D, H)
    kernel_u: Array  # (1, H), the diagonal of the recurrence
    bias: Array  # (H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def step_gates(x: Array, h: Array, weights: Weights, *, activation: Activation = tanh) -> dict[str, Array]:
    """Return z and the new h, each (B, H)."""
    z = x @ weights.kernel_w + h * weights.kernel_u + weights.bias
    return {"z": z, "h": activation(z)}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class IndRNNCell(WeightedCell):
    """`tf.contrib.rnn.IndRNNCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    activation: str | Activation | None = None  # a name in ACTIVATIONS; None is tanh
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "ind_rnn_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("IndRNNCell.num_units", self.num_units)
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
        return {"kernel_w": (depth, units), "kernel_u": (1, units), "bias": (units,)}

    def depth_of(self, weights: Weights) -> int:
        """Return D of these weights."""
        return input_depth("IndRNNCell", weights.kernel_w, 0)

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return z and the new h, each (B, H), for inputs (B, D) and state (B, H)."""
        weights = given_weights("IndRNNCell", self.weights)
        h = cast("Array", state)
        widths = (len(weights.kernel_w), self.num_units)
        check_arguments("IndRNNCell", inputs, (h,), widths, weights.kernel_w.dtype)
        return step_gates(inputs, h, weights, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], gates["h"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
