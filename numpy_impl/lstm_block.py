"""One step of `tf.contrib.rnn.LSTMBlockCell`, which is LSTMCell in one kernel.

    [i ci f o] = [x h] kernel + bias
    i = sigmoid(i + w_i_diag * c)
    ci = tanh(ci)
    f = sigmoid(f + forget_bias + w_f_diag * c)
    cs = clip(i * ci + f * c, cell_clip)
    co = tanh(cs)
    o = sigmoid(o + w_o_diag * cs)
    h' = o * co

The output is h', the next state (cs, h'). There is no clip unless cell_clip is above 0: None and 0.0 are none, where
LSTMCell clips to 0 with 0.0. The raw op's own default clips at 3, which the class never uses.

Source: tensorflow/core/kernels/rnn/lstm_ops.cc, LSTMBlockCellFprop; tensorflow/contrib/rnn/python/ops/lstm_ops.py
(v1.15.0), LSTMBlockCell.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.activations import sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
from numpy_impl.cell import check_size, check_step, given_weights, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.lstm import clip, peephole
from numpy_impl.state import LSTMStateTuple, State, split_lstm_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("i", "ci", "f", "o")  # input, candidate, forget, output: the kernel's column blocks, left to right
OUTPUTS = ("i", "ci", "f", "cs", "co", "o", "h")  # what the kernel answers of a step, in order of computation
VARIABLES = ("kernel", "bias")  # in TensorFlow's order of creation, then
OPTIONAL_VARIABLES = ("w_i_diag", "w_f_diag", "w_o_diag")


class Weights(NamedTuple):
    """The variables of one cell; None where its options leave one out."""

    kernel: Array  # (D + H, 4 H), rows: input first, then hidden
    bias: Array  # (4 H,)
    w_i_diag: Array | None = None  # (H,) peepholes: all three or none
    w_f_diag: Array | None = None  # (H,)
    w_o_diag: Array | None = None  # (H,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES, optional=OPTIONAL_VARIABLES))


def weight_shapes(num_units: int, depth: int, *, use_peephole: bool) -> dict[str, Shape]:
    """Return the shapes of a kernel's weights for inputs (B, depth), in TensorFlow's order of creation."""
    columns = len(GATES) * num_units
    shapes: dict[str, Shape] = {"kernel": (depth + num_units, columns), "bias": (columns,)}
    if use_peephole:
        shapes |= dict.fromkeys(OPTIONAL_VARIABLES, (num_units,))
    return shapes


def step_gates(  # noqa: PLR0913 - the kernel's attributes, keyword-only
    x: Array,
    state: LSTMStateTuple,
    weights: Weights,
    *,
    forget_bias: float = 1.0,
    cell_clip: float | None = None,
    order: tuple[str, ...] = GATES,
) -> dict[str, Array]:
    """Return the kernel's i, ci, f, cs, co, o and h, each (B, H); `order` is that of the column blocks."""
    c, h = state
    z = np.concatenate([x, h], axis=1) @ weights.kernel + weights.bias
    block = dict(zip(order, column_blocks(z, len(order)), strict=True))
    i = sigmoid(peephole(block["i"], weights.w_i_diag, c))
    ci = tanh(block["ci"])
    f = sigmoid(peephole(block["f"] + z.dtype.type(forget_bias), weights.w_f_diag, c))
    cs = clip(i * ci + f * c, cell_clip if cell_clip is not None and cell_clip > 0 else None)
    co = tanh(cs)
    o = sigmoid(peephole(block["o"], weights.w_o_diag, cs))
    return dict(zip(OUTPUTS, (i, ci, f, cs, co, o, o * co), strict=True))


class KernelLSTM(WeightedCell):
    """What the cells of these kernels share: sizes and weights."""

    num_units: int
    use_peephole: bool
    weights: Weights | None

    weights_from = staticmethod(weights_from)

    @property
    def state_size(self) -> LSTMStateTuple:
        """LSTMStateTuple(H, H)."""
        return LSTMStateTuple(self.num_units, self.num_units)

    @property
    def output_size(self) -> int:
        """H."""
        return self.num_units

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        return weight_shapes(self.num_units, depth, use_peephole=self.use_peephole)


class KernelCell(KernelLSTM):
    """A cell of one step: the state (c, h), and checks."""

    @abstractmethod
    def step_gates(self, x: Array, state: LSTMStateTuple, weights: Weights) -> dict[str, Array]:
        """Return the kernel's outputs for a step whose arrays fit."""

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return the kernel's i, ci, f, cs, co, o and h, each (B, H), for inputs (B, D) and the state (c, h)."""
        owner = type(self).__name__
        weights = given_weights(owner, self.weights)
        parts = split_lstm_state(owner, state, self.num_units, state_is_tuple=True)
        check_step(owner, inputs, parts, (self.num_units, self.num_units), weights.kernel)
        return self.step_gates(inputs, parts, weights)

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], LSTMStateTuple(gates["cs"], gates["h"])

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class LSTMBlockCell(KernelCell):
    """`tf.contrib.rnn.LSTMBlockCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    forget_bias: float = 1.0  # added to f before its sigmoid
    cell_clip: float | None = None  # bound of |c| where above 0
    use_peephole: bool = False
    name: str = field(default="lstm_cell", kw_only=True)  # of the scope
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("LSTMBlockCell.num_units", self.num_units)
        settle(self)

    def step_gates(self, x: Array, state: LSTMStateTuple, weights: Weights) -> dict[str, Array]:
        """Return the kernel's outputs for a step whose arrays fit."""
        return step_gates(x, state, weights, forget_bias=self.forget_bias, cell_clip=self.cell_clip)
