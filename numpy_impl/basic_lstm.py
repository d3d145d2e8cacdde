"""One step of `tf.compat.v1.nn.rnn_cell.BasicLSTMCell`.

    [i j f o] = [x h] kernel + bias
    c' = c * sigmoid(f + forget_bias) + sigmoid(i) * activation(j)
    h' = activation(c') * sigmoid(o)

The output is h'.

Source: tensorflow/python/ops/rnn_cell_impl.py, BasicLSTMCell.call.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.activations import Activation, activation, sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
from numpy_impl.cell import check_size, check_step, given_weights, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import LSTMStateTuple, State, StateSize, join_lstm_state, split_lstm_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("i", "j", "f", "o")  # input, candidate, forget, output: the kernel's column blocks, left to right
VARIABLES = ("kernel", "bias")  # in TensorFlow's order of creation


class Weights(NamedTuple):
    """The variables of one cell."""

    kernel: Array  # (D + H, 4 H), rows: input first, then hidden
    bias: Array  # (4 H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def step_gates(
    x: Array, state: LSTMStateTuple, weights: Weights, *, forget_bias: float = 1.0, activation: Activation = tanh
) -> dict[str, Array]:
    """Return i, j, f, o as the kernel and bias give them, and the new c and h, each (B, H)."""
    c, h = state
    i, j, f, o = column_blocks(np.concatenate([x, h], axis=1) @ weights.kernel + weights.bias, len(GATES))
    c = c * sigmoid(f + f.dtype.type(forget_bias)) + sigmoid(i) * activation(j)
    h = activation(c) * sigmoid(o)
    return dict(zip((*GATES, "c", "h"), (i, j, f, o, c, h), strict=True))


def step(
    x: Array, state: LSTMStateTuple, weights: Weights, *, forget_bias: float = 1.0, activation: Activation = tanh
) -> tuple[Array, LSTMStateTuple]:
    """Return the output (B, H) and the next state for one input x (B, D)."""
    gates = step_gates(x, state, weights, forget_bias=forget_bias, activation=activation)
    return gates["h"], LSTMStateTuple(gates["c"], gates["h"])


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class BasicLSTMCell(WeightedCell):
    """`tf.compat.v1.nn.rnn_cell.BasicLSTMCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    forget_bias: float = 1.0  # added to f before its sigmoid
    state_is_tuple: bool = True  # else the state is one array [c | h] (B, 2 H)
    activation: str | Activation | None = None  # of j and of c: a name in ACTIVATIONS; None is tanh
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "basic_lstm_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("BasicLSTMCell.num_units", self.num_units)
        activation(self.activation)
        settle(self)

    @property
    def state_size(self) -> StateSize:
        """LSTMStateTuple(H, H), or 2 H."""
        return LSTMStateTuple(self.num_units, self.num_units) if self.state_is_tuple else 2 * self.num_units

    @property
    def output_size(self) -> int:
        """H."""
        return self.num_units

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        columns = len(GATES) * self.num_units
        return {"kernel": (depth + self.num_units, columns), "bias": (columns,)}

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return i, j, f, o before anything is added or squashed, and the new c and h, each (B, H)."""
        weights = given_weights("BasicLSTMCell", self.weights)
        parts = split_lstm_state("BasicLSTMCell", state, self.num_units, state_is_tuple=self.state_is_tuple)
        check_step("BasicLSTMCell", inputs, parts, (self.num_units, self.num_units), weights.kernel)
        return step_gates(inputs, parts, weights, forget_bias=self.forget_bias, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], join_lstm_state(gates["c"], gates["h"], state_is_tuple=self.state_is_tuple)

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
