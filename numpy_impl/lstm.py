"""One step of `tf.compat.v1.nn.rnn_cell.LSTMCell`: peepholes, clipping and a projection, each on request.

    [i j f o] = [x h] kernel + bias
    c' = sigmoid(f + forget_bias + w_f_diag * c) * c + sigmoid(i + w_i_diag * c) * activation(j)
    c' = clip(c', cell_clip)
    h' = sigmoid(o + w_o_diag * c') * activation(c')
    h' = clip(h' projection_kernel, proj_clip)

The output is h'. The output gate's peephole sees the new, clipped c'; the clipped c' and the projected, clipped h'
are carried on. A bound of 0 clips to 0; proj_clip acts only where there is a projection, as in TensorFlow.

Source: tensorflow/python/ops/rnn_cell_impl.py, LSTMCell.call.
Axes: B batch, D input depth, H units, P projection (H where there is none).
"""

# mypy: disable-error-code="no-any-return"
# NumPy 2 types the result of a ufunc as Any.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.activations import Activation, activation, sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
from numpy_impl.cell import (
    check_clip,
    check_no_initializer,
    check_shards,
    check_size,
    check_step,
    given_weights,
    weight_fields,
)
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import LSTMStateTuple, State, StateSize, join_lstm_state, split_lstm_state
from numpy_impl.variables import part_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("i", "j", "f", "o")  # input, candidate, forget, output: the kernel's column blocks, left to right
VARIABLES = ("kernel", "bias")  # in TensorFlow's order of creation, then
OPTIONAL_VARIABLES = ("w_f_diag", "w_i_diag", "w_o_diag", "projection/kernel")


class Weights(NamedTuple):
    """The variables of one cell; None where its options leave one out."""

    kernel: Array  # (D + P, 4 H), rows: input first, then h
    bias: Array  # (4 H,)
    w_f_diag: Array | None = None  # (H,) peepholes: all three or none
    w_i_diag: Array | None = None  # (H,)
    w_o_diag: Array | None = None  # (H,)
    projection_kernel: Array | None = None  # (H, P)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, whole or in parts; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES, optional=OPTIONAL_VARIABLES))


def peephole(gate: Array, diagonal: Array | None, c: Array) -> Array:
    """Return gate + diagonal * c, or the gate where there is no diagonal."""
    return gate if diagonal is None else gate + diagonal * c


def clip(values: Array, bound: float | None) -> Array:
    """Return the values cut to [-bound, bound], or as they are where there is no bound."""
    if bound is None:
        return values
    limit = values.dtype.type(bound)
    return np.minimum(np.maximum(values, -limit), limit)


def step_gates(  # noqa: PLR0913 - the cell's options, keyword-only
    x: Array,
    state: LSTMStateTuple,
    weights: Weights,
    *,
    cell_clip: float | None = None,
    proj_clip: float | None = None,
    forget_bias: float = 1.0,
    activation: Activation = tanh,
) -> dict[str, Array]:
    """Return i, j, f, o (B, H) as the kernel and bias give them, and the new c (B, H) and h (B, P)."""
    c, h = state
    i, j, f, o = column_blocks(np.concatenate([x, h], axis=1) @ weights.kernel + weights.bias, len(GATES))
    kept = sigmoid(peephole(f + f.dtype.type(forget_bias), weights.w_f_diag, c)) * c
    added = sigmoid(peephole(i, weights.w_i_diag, c)) * activation(j)
    c = clip(kept + added, cell_clip)
    h = sigmoid(peephole(o, weights.w_o_diag, c)) * activation(c)
    if weights.projection_kernel is not None:
        h = clip(h @ weights.projection_kernel, proj_clip)
    return dict(zip((*GATES, "c", "h"), (i, j, f, o, c, h), strict=True))


def step(  # noqa: PLR0913 - as above
    x: Array,
    state: LSTMStateTuple,
    weights: Weights,
    *,
    cell_clip: float | None = None,
    proj_clip: float | None = None,
    forget_bias: float = 1.0,
    activation: Activation = tanh,
) -> tuple[Array, LSTMStateTuple]:
    """Return the output (B, P) and the next state for one input x (B, D)."""
    gates = step_gates(
        x, state, weights, cell_clip=cell_clip, proj_clip=proj_clip, forget_bias=forget_bias, activation=activation
    )
    return gates["h"], LSTMStateTuple(gates["c"], gates["h"])


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class LSTMCell(WeightedCell):
    """`tf.compat.v1.nn.rnn_cell.LSTMCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    use_peepholes: bool = False
    cell_clip: float | None = None  # bound of |c|
    initializer: None = None  # TensorFlow's place for one; weights are given here, so any other value is refused
    num_proj: int | None = None  # P; 0, which TensorFlow takes and then cannot run, is refused
    proj_clip: float | None = None  # bound of |h|, where there is a projection
    num_unit_shards: int | None = None  # parts that the variable `kernel` is kept in; no number changes
    num_proj_shards: int | None = None  # the same of `projection/kernel`
    forget_bias: float = 1.0  # added to f before its sigmoid
    state_is_tuple: bool = True  # else the state is one array [c | h] (B, H + P)
    activation: str | Activation | None = None  # of j and of c: a name in ACTIVATIONS; None is tanh
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "lstm_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("LSTMCell.num_units", self.num_units)
        check_size("LSTMCell.num_proj", 1 if self.num_proj is None else self.num_proj)
        check_no_initializer("LSTMCell.initializer", self.initializer)
        check_shards("LSTMCell", num_unit_shards=self.num_unit_shards, num_proj_shards=self.num_proj_shards)
        check_clip("LSTMCell.cell_clip", self.cell_clip)
        check_clip("LSTMCell.proj_clip", self.proj_clip)
        activation(self.activation)
        settle(self)

    @property
    def state_size(self) -> StateSize:
        """LSTMStateTuple(H, P), or H + P."""
        if self.state_is_tuple:
            return LSTMStateTuple(self.num_units, self.output_size)
        return self.num_units + self.output_size

    @property
    def output_size(self) -> int:
        """P."""
        return self.num_units if self.num_proj is None else self.num_proj

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        units, columns = self.num_units, len(GATES) * self.num_units
        shapes: dict[str, Shape] = {"kernel": (depth + self.output_size, columns), "bias": (columns,)}
        if self.use_peepholes:
            shapes |= dict.fromkeys(("w_f_diag", "w_i_diag", "w_o_diag"), (units,))
        if self.num_proj is not None:
            shapes["projection/kernel"] = (units, self.num_proj)
        return shapes

    def own_variables(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the variables, which the shards keep in parts."""
        shards = {"kernel": self.num_unit_shards, "projection/kernel": self.num_proj_shards}
        return part_shapes(self.weight_shapes(depth), shards)

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return i, j, f, o before anything is added or squashed and the new c, each (B, H), and the new h (B, P)."""
        weights = given_weights("LSTMCell", self.weights)
        parts = split_lstm_state("LSTMCell", state, self.num_units, state_is_tuple=self.state_is_tuple)
        check_step("LSTMCell", inputs, parts, (self.num_units, self.output_size), weights.kernel)
        return step_gates(
            inputs,
            parts,
            weights,
            cell_clip=self.cell_clip,
            proj_clip=self.proj_clip,
            forget_bias=self.forget_bias,
            activation=activation(self.activation),
        )

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], join_lstm_state(gates["c"], gates["h"], state_is_tuple=self.state_is_tuple)

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, P) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
