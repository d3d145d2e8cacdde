"""One step of `tf.contrib.rnn.LayerNormLSTMCell`: LSTMCell with peepholes, clips and projection, and norms on request.

    [i j f o] = [x h] kernel
    i, j, f, o = norm_input(i), norm_transform(j), norm_forget(f), norm_output(o)
    c' = sigmoid(f + forget_bias + w_f_diag * c) * c + sigmoid(i + w_i_diag * c) * activation(j)
    c' = clip(norm_state(c'), cell_clip)
    h' = sigmoid(o + w_o_diag * c') * activation(c')
    h' = clip(h' projection_kernel, proj_clip)
    norm(z) = (z - mean(z)) / sqrt(variance(z) + 1e-12) * gamma + beta      over the units; 1e-3 in float16

Every norm has its own gamma and beta (`numpy_impl.layer_norm`). The output is h'; c' is carried on as it is normalised
and clipped. There is a bias in any case; it is added, [x h] kernel + bias, only with layer_norm=False, the default, and
then there are no norms. A bound of 0 clips to 0; proj_clip acts only where there is a projection, as in TensorFlow.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), LayerNormLSTMCell.call.
Axes: B batch, D input depth, H units, P projection (H where there is none).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.activations import Activation, activation, sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
from numpy_impl.cell import check_clip, check_no_initializer, check_size, check_step, given_weights, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.layer_norm import check_untrained, norm_names, norm_shapes, normalised, normalised_gates
from numpy_impl.lstm import clip, peephole
from numpy_impl.state import LSTMStateTuple, State, StateSize, split_lstm_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("i", "j", "f", "o")  # input, candidate, forget, output: the kernel's column blocks, left to right
VARIABLES = ("kernel", "bias")
PEEPHOLES = ("w_f_diag", "w_i_diag", "w_o_diag")
OPTIONAL_VARIABLES = (*norm_names(GATES), *PEEPHOLES, *norm_names("c"), "projection/kernel")  # as TensorFlow creates


class Weights(NamedTuple):
    """The variables of one cell; None where its options leave one out."""

    kernel: Array  # (D + P, 4 H), rows: input first, then h
    bias: Array  # (4 H,) unused where there are norms
    input_gamma: Array | None = None  # (H,) like all up to the projection; all norms or none
    input_beta: Array | None = None
    transform_gamma: Array | None = None
    transform_beta: Array | None = None
    forget_gamma: Array | None = None
    forget_beta: Array | None = None
    output_gamma: Array | None = None
    output_beta: Array | None = None
    w_f_diag: Array | None = None  # peepholes: all three or none
    w_i_diag: Array | None = None
    w_o_diag: Array | None = None
    state_gamma: Array | None = None
    state_beta: Array | None = None
    projection_kernel: Array | None = None  # (H, P)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES, optional=OPTIONAL_VARIABLES))


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
    """Return i, j, f, o (B, H) as kernel and bias give them, before any norm, and the new c (B, H) and h (B, P)."""
    c, h = state
    product = np.concatenate([x, h], axis=1) @ weights.kernel
    if weights.state_gamma is None:
        product = product + weights.bias
    split = dict(zip(GATES, column_blocks(product, len(GATES)), strict=True))
    norms = normalised_gates(split, weights) if weights.state_gamma is not None else {}
    i, j, f, o = (norms or split).values()
    kept = sigmoid(peephole(f + f.dtype.type(forget_bias), weights.w_f_diag, c)) * c
    c = kept + sigmoid(peephole(i, weights.w_i_diag, c)) * activation(j)
    if norms:
        c = normalised(c, "c", weights)
    c = clip(c, cell_clip)
    h = sigmoid(peephole(o, weights.w_o_diag, c)) * activation(c)
    if weights.projection_kernel is not None:
        h = clip(h @ weights.projection_kernel, proj_clip)
    return {**split, "c": c, "h": h}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class LayerNormLSTMCell(WeightedCell):
    """`tf.contrib.rnn.LayerNormLSTMCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    use_peepholes: bool = False
    cell_clip: float | None = None  # bound of |c|, once it is normalised
    initializer: None = None  # TensorFlow's place for one; weights are given here, so any other value is refused
    num_proj: int | None = None  # P; 0, which TensorFlow takes and then cannot run, is refused
    proj_clip: float | None = None  # bound of |h|, where there is a projection
    forget_bias: float = 1.0  # added to f, after its normalisation and before its sigmoid
    activation: str | Activation | None = None  # of j and of c: a name in ACTIVATIONS; None is tanh
    layer_norm: bool = False
    norm_gain: float = 1.0  # what gamma is before training: any other value is refused
    norm_shift: float = 0.0  # the same of beta
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "layer_norm_lstm_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("LayerNormLSTMCell.num_units", self.num_units)
        check_size("LayerNormLSTMCell.num_proj", 1 if self.num_proj is None else self.num_proj)
        check_no_initializer("LayerNormLSTMCell.initializer", self.initializer)
        check_clip("LayerNormLSTMCell.cell_clip", self.cell_clip)
        check_clip("LayerNormLSTMCell.proj_clip", self.proj_clip)
        check_untrained("LayerNormLSTMCell", self.norm_gain, self.norm_shift)
        activation(self.activation)
        settle(self)

    @property
    def state_size(self) -> StateSize:
        """LSTMStateTuple(H, P)."""
        return LSTMStateTuple(self.num_units, self.output_size)

    @property
    def output_size(self) -> int:
        """P."""
        return self.num_units if self.num_proj is None else self.num_proj

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        units, columns = self.num_units, len(GATES) * self.num_units
        shapes: dict[str, Shape] = {"kernel": (depth + self.output_size, columns), "bias": (columns,)}
        if self.layer_norm:
            shapes |= norm_shapes(GATES, units)
        if self.use_peepholes:
            shapes |= dict.fromkeys(PEEPHOLES, (units,))
        if self.layer_norm:
            shapes |= norm_shapes("c", units)
        if self.num_proj is not None:
            shapes["projection/kernel"] = (units, self.num_proj)
        return shapes

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return i, j, f, o before they are normalised, added to or squashed, the new c (B, H) and h (B, P)."""
        weights = given_weights("LayerNormLSTMCell", self.weights)
        parts = split_lstm_state("LayerNormLSTMCell", state, self.num_units, state_is_tuple=True)
        check_step("LayerNormLSTMCell", inputs, parts, (self.num_units, self.output_size), weights.kernel)
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
        return gates["h"], LSTMStateTuple(gates["c"], gates["h"])

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, P) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
