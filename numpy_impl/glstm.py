"""One step of `tf.contrib.rnn.GLSTMCell`: an LSTM for each group of inputs and units, side by side.

    [i_k j_k f_k o_k] = [x_k h_k] kernel_k               for each group k of the G
    i = [i_0 i_1 ...] + bias_i, and j, f and o likewise
    c' = sigmoid(f + forget_bias) * c + sigmoid(i) * tanh(j)
    h' = sigmoid(o) * activation(c')
    h' = h' projection_kernel                            where there is a projection

The output is h'. x_k and h_k are the k-th of G equal parts of the columns. `activation` is of c' alone; j is squashed
with tanh always. Biases and the projection are over all groups.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), GLSTMCell.call.
Axes: B batch, D input depth, H units, P projection (H where there is none), G groups.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.activations import Activation, activation, sigmoid, tanh
from numpy_impl.arrays import Array, check_array, column_blocks
from numpy_impl.cell import check_arguments, check_no_initializer, check_size, given_weights, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import LSTMStateTuple, State, StateSize, split_lstm_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("i", "j", "f", "o")  # input, candidate, forget, output: the column blocks of each kernel, left to right
BIASES = ("bias_i", "bias_j", "bias_f", "bias_o")  # in TensorFlow's order of creation, after the groups' kernels


class Weights(NamedTuple):
    """The variables of one cell; None where it has no projection."""

    kernels: Array  # (G, (D + P) / G, 4 H / G), rows: input first, then h
    bias_i: Array  # (H,)
    bias_j: Array  # (H,)
    bias_f: Array  # (H,)
    bias_o: Array  # (H,)
    projection_kernel: Array | None = None  # (H, P)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables `group0/kernel`, ..., the biases, perhaps `projection/kernel`.

    Raises:
        ValueError: names are missing or extra, or the groups' kernels differ in shape.
    """
    groups = max(1, sum(name.startswith("group") and name.endswith("/kernel") for name in variables))
    names = [f"group{k}/kernel" for k in range(groups)]
    found = weight_fields(variables, (*names, *BIASES), optional=("projection/kernel",))
    kernels = [found.pop(f"group{k}_kernel") for k in range(groups)]
    for name, kernel in zip(names, kernels, strict=True):
        check_array(name, kernel, kernels[0].shape, kernels[0].dtype)
    return Weights(np.stack(kernels), **found)


def step_gates(
    x: Array, state: LSTMStateTuple, weights: Weights, *, forget_bias: float = 1.0, activation: Activation = tanh
) -> dict[str, Array]:
    """Return i, j, f, o (B, H) of all groups with their biases, and the new c (B, H) and h (B, P)."""
    c, h = state
    groups = len(weights.kernels)
    parts = np.concatenate([column_blocks(x, groups), column_blocks(h, groups)], axis=2) @ weights.kernels
    by_gate = parts.reshape(groups, len(x), len(GATES), -1).transpose(2, 1, 0, 3).reshape(len(GATES), *c.shape)
    biases = (weights.bias_i, weights.bias_j, weights.bias_f, weights.bias_o)
    i, j, f, o = (gate + bias for gate, bias in zip(by_gate, biases, strict=True))
    c = sigmoid(f + f.dtype.type(forget_bias)) * c + sigmoid(i) * tanh(j)
    h = sigmoid(o) * activation(c)
    if weights.projection_kernel is not None:
        h = h @ weights.projection_kernel
    return dict(zip((*GATES, "c", "h"), (i, j, f, o, c, h), strict=True))


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class GLSTMCell(WeightedCell):
    """`tf.contrib.rnn.GLSTMCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    initializer: None = None  # TensorFlow's place for one; weights are given here, so any other value is refused
    num_proj: int | None = None  # P; 0, with which TensorFlow projects to nothing, is refused
    number_of_groups: int = 1  # G
    forget_bias: float = 1.0  # added to f before its sigmoid
    activation: str | Activation | None = None  # of c alone: a name in ACTIVATIONS; None is tanh
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "glstm_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("GLSTMCell.number_of_groups", self.number_of_groups)
        for name, size in (("num_units", self.num_units), ("num_proj", self.num_proj)):
            if size is not None:
                check_size(f"GLSTMCell.{name}", size)
                self._check_groups(name, size)
        check_no_initializer("GLSTMCell.initializer", self.initializer)
        activation(self.activation)
        settle(self)

    def _check_groups(self, what: str, size: int) -> None:
        if size % self.number_of_groups:
            raise ValueError(
                f"{what} must be divisible by number_of_groups: got {size} and {self.number_of_groups}. "
                "Every group has as many columns as the others."
            )

    @property
    def state_size(self) -> StateSize:
        """LSTMStateTuple(H, P)."""
        return LSTMStateTuple(self.num_units, self.output_size)

    @property
    def output_size(self) -> int:
        """P."""
        return self.num_units if self.num_proj is None else self.num_proj

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth); the groups' kernels are one array.

        Raises:
            ValueError: the inputs do not fall into groups.
        """
        groups = self.number_of_groups
        self._check_groups(f"input size ({depth})", depth)
        kernels = (groups, (depth + self.output_size) // groups, len(GATES) * self.num_units // groups)
        shapes: dict[str, Shape] = {"kernels": kernels} | dict.fromkeys(BIASES, (self.num_units,))
        return shapes if self.num_proj is None else shapes | {"projection/kernel": (self.num_units, self.num_proj)}

    def own_variables(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the cell's variables, the kernels of the groups one by one."""
        shapes = self.weight_shapes(depth)
        groups, *shape = shapes.pop("kernels")
        return {f"group{k}/kernel": tuple(shape) for k in range(groups)} | shapes

    def depth_of(self, weights: Weights) -> int:
        """Return D of these weights; ValueError where their groups have fewer rows than are fed back."""
        rows, fed_back = weights.kernels.shape[1] * self.number_of_groups, self.output_size
        if rows < fed_back:
            raise ValueError(
                f"GLSTMCell kernels: got {weights.kernels.shape[1]} rows a group, should be at least "
                f"{fed_back // self.number_of_groups}. Rows are inputs first, then what the cell feeds back."
            )
        return rows - fed_back

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return i, j, f, o of all groups and the new c, each (B, H), and the new h (B, P)."""
        weights = given_weights("GLSTMCell", self.weights)
        parts = split_lstm_state("GLSTMCell", state, self.num_units, state_is_tuple=True)
        self._check_groups(f"input size ({inputs.shape[-1]})", inputs.shape[-1])
        widths = (self.depth_of(weights), self.num_units, self.output_size)
        check_arguments("GLSTMCell", inputs, parts, widths, weights.kernels.dtype)
        return step_gates(inputs, parts, weights, forget_bias=self.forget_bias, activation=activation(self.activation))

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], LSTMStateTuple(gates["c"], gates["h"])

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, P) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
