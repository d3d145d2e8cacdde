"""One step of `tf.contrib.rnn.IndyLSTMCell`: a BasicLSTMCell whose recurrences are one factor a unit.

    [i j f o] = x kernel_w + [h h h h] * kernel_u + bias
    c' = c * sigmoid(f + forget_bias) + sigmoid(i) * activation(j)
    h' = activation(c') * sigmoid(o)

The output is h'.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), IndyLSTMCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

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
from numpy_impl.state import LSTMStateTuple, State, StateSize, split_lstm_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("i", "j", "f", "o")  # input, candidate, forget, output: the column blocks of all weights, left to right
VARIABLES = ("kernel_w", "kernel_u", "bias")  # in TensorFlow's order of creation


class Weights(NamedTuple):
    """The variables of one cell."""

    kernel_w: Array  # (D, 4 H)
    kernel_u: Array  # (1, 4 H), the diagonals of the recurrences
    bias: Array  # (4 H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def step_gates(
    x: Array, state: LSTMStateTuple, weights: Weights, *, forget_bias: float = 1.0, activation: Activation = tanh
) -> dict[str, Array]:
    """Return i, j, f, o before anything is added or squashed, and the new c and h, each (B, H)."""
    c, h = state
    fed_back = np.tile(h, (1, len(GATES))) * weights.kernel_u
    i, j, f, o = column_blocks(x @ weights.kernel_w + fed_back + weights.bias, len(GATES))
    c = c * sigmoid(f + f.dtype.type(forget_bias)) + sigmoid(i) * activation(j)
    h = activation(c) * sigmoid(o)
    return dict(zip((*GATES, "c", "h"), (i, j, f, o, c, h), strict=True))


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class IndyLSTMCell(WeightedCell):
    """`tf.contrib.rnn.IndyLSTMCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    forget_bias: float = 1.0  # added to f before its sigmoid
    activation: str | Activation | None = None  # of j and of c: a name in ACTIVATIONS; None is tanh
    kernel_initializer: None = None  # TensorFlow's places for initializers; weights are given here, so any other
    bias_initializer: None = None  # value is refused
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "indy_lstm_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("IndyLSTMCell.num_units", self.num_units)
        check_no_initializer("IndyLSTMCell.kernel_initializer", self.kernel_initializer)
        check_no_initializer("IndyLSTMCell.bias_initializer", self.bias_initializer)
        activation(self.activation)
        settle(self)

    @property
    def state_size(self) -> StateSize:
        """LSTMStateTuple(H, H)."""
        return LSTMStateTuple(self.num_units, self.num_units)

    @property
    def output_size(self) -> int:
        """H."""
        return self.num_units

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        columns = len(GATES) * self.num_units
        return {"kernel_w": (depth, columns), "kernel_u": (1, columns), "bias": (columns,)}

    def depth_of(self, weights: Weights) -> int:
        """Return D of these weights."""
        return input_depth("IndyLSTMCell", weights.kernel_w, 0)

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return i, j, f, o before anything is added or squashed, and the new c and h, each (B, H)."""
        weights = given_weights("IndyLSTMCell", self.weights)
        parts = split_lstm_state("IndyLSTMCell", state, self.num_units, state_is_tuple=True)
        widths = (len(weights.kernel_w), self.num_units, self.num_units)
        check_arguments("IndyLSTMCell", inputs, parts, widths, weights.kernel_w.dtype)
        return step_gates(inputs, parts, weights, forget_bias=self.forget_bias, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], LSTMStateTuple(gates["c"], gates["h"])

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
