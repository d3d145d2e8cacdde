"""One step of `tf.contrib.rnn.IntersectionRNNCell`, the +RNN.

    x = x in_projection/kernel + in_projection/bias        where the inputs are not as wide as the output
    [gh h gy y] = [x s] kernel + bias
    gh = sigmoid(gh + forget_bias)
    gy = sigmoid(gy + forget_bias)
    s' = gh * s + (1 - gh) * tanh(h)
    y' = gy * x + (1 - gy) * y_activation(y)

The output is y', the state s'.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), IntersectionRNNCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from numpy_impl.activations import Activation, activation, relu, sigmoid, tanh
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

GATES = ("gh", "h", "gy", "y")  # gate, candidate of the state, then of the output: column blocks, left to right
VARIABLES = ("kernel", "bias")
OPTIONAL_VARIABLES = ("in_projection/kernel", "in_projection/bias")  # in TensorFlow's order of creation before those


class Weights(NamedTuple):
    """The variables of one cell; None where inputs are not projected."""

    kernel: Array  # (2 H, 4 H), rows: input first, then state
    bias: Array  # (4 H,)
    in_projection_kernel: Array | None = None  # (D, H)
    in_projection_bias: Array | None = None  # (H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as above; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES, optional=OPTIONAL_VARIABLES))


def projected(x: Array, weights: Weights) -> Array:
    """Return the inputs (B, D) as wide as the output, (B, H)."""
    if weights.in_projection_kernel is None or weights.in_projection_bias is None:
        return x
    return x @ weights.in_projection_kernel + weights.in_projection_bias


def step_gates(
    x: Array, state: Array, weights: Weights, *, forget_bias: float = 1.0, y_activation: Activation = relu
) -> dict[str, Array]:
    """Return gh, h, gy and y as the kernel and bias give them, the new state and the output, each (B, H)."""
    x = projected(x, weights)
    gh, h, gy, y = column_blocks(np.concatenate([x, state], axis=1) @ weights.kernel + weights.bias, len(GATES))
    kept, passed = (sigmoid(gate + gate.dtype.type(forget_bias)) for gate in (gh, gy))
    new_state = kept * state + (1 - kept) * tanh(h)
    new_y = passed * x + (1 - passed) * y_activation(y)
    return {"gh": gh, "h": h, "gy": gy, "y": y, "new_state": new_state, "new_y": new_y}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class IntersectionRNNCell(WeightedCell):
    """`tf.contrib.rnn.IntersectionRNNCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    num_in_proj: int | None = None  # H where inputs of another width may come; TensorFlow projects to H whatever it is
    initializer: None = None  # TensorFlow's place for one; weights are given here, so any other value is refused
    forget_bias: float = 1.0  # added to both gates before their sigmoids
    y_activation: str | Activation = "relu"  # of the output's candidate: a name in ACTIVATIONS
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "intersection_rnn_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("IntersectionRNNCell.num_units", self.num_units)
        check_no_initializer("IntersectionRNNCell.initializer", self.initializer)
        if self.num_in_proj not in (None, self.num_units):
            raise ValueError(
                f"IntersectionRNNCell.num_in_proj: got {self.num_in_proj}, should be None or {self.num_units}. "
                "TensorFlow projects to num_units, whatever num_in_proj says."
            )
        if not self.y_activation:
            raise ValueError(
                f"IntersectionRNNCell.y_activation: got {self.y_activation!r}, should be an activation. "
                "Leave it out for relu, or say 'linear'."
            )
        activation(self.y_activation)
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
        """Return D: the projection's rows, or H."""
        if weights.in_projection_kernel is None:
            return self.num_units
        return input_depth("IntersectionRNNCell in_projection", weights.in_projection_kernel, 0)

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation.

        Raises:
            ValueError: inputs are of another width than H, and `num_in_proj` does not say that they are projected.
        """
        units, columns = self.num_units, len(GATES) * self.num_units
        own: dict[str, Shape] = {"kernel": (2 * units, columns), "bias": (columns,)}
        if depth == units:
            return own
        if self.num_in_proj is None:
            raise ValueError(
                "Must have input size == output size for Intersection RNN: IntersectionRNNCell inputs: got width "
                f"{depth}, should be {units}. To fix, num_in_proj should be set to num_units."
            )
        return {"in_projection/kernel": (depth, units), "in_projection/bias": (units,)} | own

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return gh, h, gy, y, the new state and the output, each (B, H), for inputs (B, D) and state (B, H)."""
        weights = given_weights("IntersectionRNNCell", self.weights)
        old, widths = cast("Array", state), (self.depth_of(weights), self.num_units)
        check_arguments("IntersectionRNNCell", inputs, (old,), widths, weights.kernel.dtype)
        squash = activation(self.y_activation)
        return step_gates(inputs, old, weights, forget_bias=self.forget_bias, y_activation=squash)

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["new_y"], gates["new_state"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
