"""One step of `tf.contrib.rnn.LayerNormBasicLSTMCell`: an LSTM whose gates and cell state are normalised.

    [i j f o] = [x h] kernel
    i, j, f, o = norm_input(i), norm_transform(j), norm_forget(f), norm_output(o)
    c' = norm_state(c * sigmoid(f + forget_bias) + sigmoid(i) * dropout(activation(j)))
    h' = activation(c') * sigmoid(o)
    norm(z) = (z - mean(z)) / sqrt(variance(z) + 1e-12) * gamma + beta      over the units; 1e-3 in float16

Every norm has its own gamma and beta (`numpy_impl.layer_norm`). The output is h'; the normalised c' is carried on. With
layer_norm=False there are no norms, and [i j f o] = [x h] kernel + bias. Dropout keeps each entry of the candidate with
probability dropout_keep_prob and divides it by that; c itself is never dropped.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), LayerNormBasicLSTMCell.call.
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
from numpy_impl.layer_norm import check_untrained, norm_names, norm_shapes, normalised, normalised_gates
from numpy_impl.masks import DrawnMasks, Mask, MaskSource, dropped
from numpy_impl.state import LSTMStateTuple, State, StateSize, split_lstm_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("i", "j", "f", "o")  # input, candidate, forget, output: the kernel's column blocks, left to right
VARIABLES = ("kernel",)  # then, in TensorFlow's order of creation, the bias or
NORMS = norm_names((*GATES, "c"))


class Weights(NamedTuple):
    """The variables of one cell: with a bias, or with all the norms."""

    kernel: Array  # (D + H, 4 H), rows: input first, then hidden
    bias: Array | None = None  # (4 H,)
    input_gamma: Array | None = None  # (H,) like all that follow
    input_beta: Array | None = None
    transform_gamma: Array | None = None
    transform_beta: Array | None = None
    forget_gamma: Array | None = None
    forget_beta: Array | None = None
    output_gamma: Array | None = None
    output_beta: Array | None = None
    state_gamma: Array | None = None
    state_beta: Array | None = None


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES, optional=("bias", *NORMS)))


def step_gates(  # noqa: PLR0913 - the cell's options, keyword-only
    x: Array,
    state: LSTMStateTuple,
    weights: Weights,
    *,
    forget_bias: float = 1.0,
    activation: Activation = tanh,
    dropout_keep_prob: float = 1.0,
    mask: Mask | None = None,
) -> dict[str, Array]:
    """Return i, j, f, o as kernel and bias give them, before any norm, and the new c and h, each (B, H).

    `mask` (B, H) says which entries of the candidate are kept; None drops nothing.
    """
    c, h = state
    product = np.concatenate([x, h], axis=1) @ weights.kernel
    if weights.bias is not None:
        product = product + weights.bias
    split = dict(zip(GATES, column_blocks(product, len(GATES)), strict=True))
    norms = normalised_gates(split, weights) if weights.state_gamma is not None else {}
    i, j, f, o = (norms or split).values()
    candidate = activation(j)
    if mask is not None:
        candidate = dropped(candidate, mask, dropout_keep_prob)
    c = c * sigmoid(f + f.dtype.type(forget_bias)) + sigmoid(i) * candidate
    if norms:
        c = normalised(c, "c", weights)
    return {**split, "c": c, "h": activation(c) * sigmoid(o)}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class LayerNormBasicLSTMCell(WeightedCell):
    """`tf.contrib.rnn.LayerNormBasicLSTMCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    forget_bias: float = 1.0  # added to f, after its normalisation and before its sigmoid
    input_size: None = None  # deprecated and unused in TensorFlow: any other value is refused
    activation: str | Activation | None = None  # of j and of c: a name in ACTIVATIONS; None is tanh
    layer_norm: bool = True  # else there is a bias
    norm_gain: float = 1.0  # what gamma is before training: any other value is refused
    norm_shift: float = 0.0  # the same of beta
    dropout_keep_prob: float = 1.0  # of the candidate's entries; 1 drops nothing
    dropout_prob_seed: int | None = None  # of the masks that are drawn where none are given
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "layer_norm_basic_lstm_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)
    masks: MaskSource | None = field(default=None, kw_only=True, repr=False)  # asked for "candidate" at every step

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("LayerNormBasicLSTMCell.num_units", self.num_units)
        if self.input_size is not None:
            raise ValueError(
                f"LayerNormBasicLSTMCell.input_size: got {self.input_size!r}, should be None. Leave it out: "
                "TensorFlow has no use for it either."
            )
        check_untrained("LayerNormBasicLSTMCell", self.norm_gain, self.norm_shift)
        activation(self.activation)
        self._settle_dropout()
        settle(self)

    def _settle_dropout(self) -> None:
        keep_prob = self.dropout_keep_prob
        if not 0 < keep_prob <= 1:
            raise ValueError(
                f"LayerNormBasicLSTMCell.dropout_keep_prob: got {keep_prob}, should be above 0 and at most 1. "
                "It is the share that is kept."
            )
        if keep_prob == 1 and self.masks is not None:
            raise ValueError(
                "LayerNormBasicLSTMCell.masks: got a source, should be None where dropout_keep_prob is 1. "
                "Nothing is dropped; leave one of them out."
            )
        if keep_prob < 1 and self.masks is None:
            object.__setattr__(self, "masks", DrawnMasks(self.dropout_prob_seed))  # frozen for everybody else

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
        units, columns = self.num_units, len(GATES) * self.num_units
        kernel: dict[str, Shape] = {"kernel": (depth + units, columns)}
        return kernel | (norm_shapes((*GATES, "c"), units) if self.layer_norm else {"bias": (columns,)})

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return i, j, f, o before they are normalised, added to or squashed, and the new c and h, each (B, H)."""
        weights = given_weights("LayerNormBasicLSTMCell", self.weights)
        parts = split_lstm_state("LayerNormBasicLSTMCell", state, self.num_units, state_is_tuple=True)
        check_step("LayerNormBasicLSTMCell", inputs, parts, (self.num_units, self.num_units), weights.kernel)
        keep_prob, shape = self.dropout_keep_prob, (len(inputs), self.num_units)
        return step_gates(
            inputs,
            parts,
            weights,
            forget_bias=self.forget_bias,
            activation=activation(self.activation),
            dropout_keep_prob=keep_prob,
            mask=None if self.masks is None else self.masks("candidate", shape, keep_prob),
        )

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], LSTMStateTuple(gates["c"], gates["h"])

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
