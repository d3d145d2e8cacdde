"""One step of `tf.contrib.rnn.CFNCell`, the chaos free network.

    [theta eta] = sigmoid(h recurrent_kernel + x kernel[:, :2 H] + bias)
    proj_input = x kernel[:, 2 H:]
    h' = theta * activation(h) + (1 - eta) * activation(proj_input)

The output is h'. The paper's input gate is eta itself.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), CFNCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

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

GATES = ("theta", "eta")  # forget, input: the column blocks of recurrent_kernel and bias, left to right
BLOCKS = (*GATES, "proj_input")  # those of kernel
VARIABLES = ("kernel", "recurrent_kernel", "bias")  # in TensorFlow's order of creation


class Weights(NamedTuple):
    """The variables of one cell."""

    kernel: Array  # (D, 3 H)
    recurrent_kernel: Array  # (H, 2 H)
    bias: Array  # (2 H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def step_gates(x: Array, h: Array, weights: Weights, *, activation: Activation = tanh) -> dict[str, Array]:
    """Return theta and eta after the sigmoid, the inputs' product and the new h, each (B, H)."""
    width = len(GATES) * h.shape[1]
    sums = h @ weights.recurrent_kernel + x @ weights.kernel[:, :width] + weights.bias
    theta, eta = column_blocks(sigmoid(sums), len(GATES))
    proj_input = x @ weights.kernel[:, width:]
    new_h = theta * activation(h) + (1 - eta) * activation(proj_input)
    return {"theta": theta, "eta": eta, "proj_input": proj_input, "h": new_h}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class CFNCell(WeightedCell):
    """`tf.contrib.rnn.CFNCell`; ValueError where weights, inputs or state do not fit."""

    units: int  # H
    activation: str | Activation | None = "tanh"  # of h and the inputs' product, by name; None is "linear" here
    kernel_initializer: None = None  # TensorFlow's place for one; weights are given here, so any other is refused
    bias_initializer: None = None  # the same
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "cfn_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("CFNCell.units", self.units)
        check_no_initializer("CFNCell.kernel_initializer", self.kernel_initializer)
        check_no_initializer("CFNCell.bias_initializer", self.bias_initializer)
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
        """Return D: the rows of `kernel`."""
        return input_depth("CFNCell", weights.kernel, 0)

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        gates = len(GATES) * self.units
        return {"kernel": (depth, gates + self.units), "recurrent_kernel": (self.units, gates), "bias": (gates,)}

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return theta, eta, the inputs' product and the new h, each (B, H), for inputs (B, D) and state (B, H)."""
        weights = given_weights("CFNCell", self.weights)
        h, widths = cast("Array", state), (len(weights.kernel), self.units)
        check_arguments("CFNCell", inputs, (h,), widths, weights.kernel.dtype)
        return step_gates(inputs, h, weights, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], gates["h"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
