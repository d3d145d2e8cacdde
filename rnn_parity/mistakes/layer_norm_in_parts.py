"""The LSTMs with norms, and the coupled LSTM, in parts, so that a mistake can replace one.

    gates = norm(split([x h] kernel)), each by itself, or split([x h] kernel + bias)
    raw = what the gates make of the old c
    c' = bounded(norm(raw))
    h' = what the output gate lets out of activate(c'), projected

LayerNormBasicLSTMCell is LayerNormLSTMCell without peepholes, clips, projection and the unused bias.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

import numpy_impl
from numpy_impl import coupled_input_forget_gate_lstm as coupled
from numpy_impl import layer_norm_lstm
from numpy_impl.activations import activation, sigmoid
from numpy_impl.arrays import column_blocks
from numpy_impl.cell import given_weights
from numpy_impl.layer_norm import EPSILON, EPSILON_FLOAT16, SCOPES
from numpy_impl.lstm import clip, peephole
from numpy_impl.masks import MaskSource, dropped
from numpy_impl.state import LSTMStateTuple, split_lstm_state
from rnn_parity.mistakes.semantics import Semantics, miscomputed
from rnn_parity.mistakes.semantics import Weights as Variables
from rnn_parity.spec import (
    COUPLED_GATES,
    LSTM_GATES,
    CoupledInputForgetGateLSTMCell,
    LayerNormBasicLSTMCell,
    LayerNormLSTMCell,
)
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer

NORMED = (LayerNormBasicLSTMCell, LayerNormLSTMCell)
COUPLED = (CoupledInputForgetGateLSTMCell,)


class NormInParts:
    """What all these cells share: how their gates come about, and the norms."""

    letters: ClassVar[tuple[str, ...]]
    epsilon: ClassVar[dict[bool, float]] = {False: EPSILON, True: EPSILON_FLOAT16}  # by whether it is float16
    axis: ClassVar[int] = 1  # that is normalised over
    lost: ClassVar[int] = 0  # degrees of freedom that the variance takes off
    weights: Any
    layer_norm: bool
    forget_bias: float
    activation: Any

    @property
    def kernel(self) -> Array:
        """The kernel (D + P, ...)."""
        raise NotImplementedError

    @property
    def bias(self) -> Array:
        """The bias, used or not."""
        raise NotImplementedError

    def activate(self, values: Array) -> Array:
        """Return the cell's activation of j or c."""
        return activation(self.activation)(values)

    def split(self, product: Array) -> dict[str, Array]:
        """Return the column blocks by letter."""
        return dict(zip(self.letters, column_blocks(product, len(self.letters)), strict=True))

    def ready(self, x: Array, old: LSTMStateTuple) -> dict[str, Array]:
        """Return the gates before forget bias, peepholes and sigmoid."""
        product = np.concatenate([x, old.h], axis=1) @ self.kernel
        return self.normed(product, x, old) if self.layer_norm else self.split(product + self.bias)

    def normed(self, product: Array, x: Array, old: LSTMStateTuple) -> dict[str, Array]:  # noqa: ARG002  for mistakes
        """Return the gates in a product, normalised."""
        return {letter: self.norm(values, letter) for letter, values in self.split(product).items()}

    def norm(self, values: Array, letter: str) -> Array:
        """Return what has this letter, normalised."""
        return self.standard(values) * self.gamma(letter) + self.beta(letter)

    def standard(self, values: Array) -> Array:
        """Return the values with mean 0 and variance 1."""
        centred = values - values.mean(axis=self.axis, keepdims=True)
        count = values.dtype.type(values.shape[self.axis] - self.lost)
        variance = np.square(centred).sum(axis=self.axis, keepdims=True) / count
        return centred / np.sqrt(variance + values.dtype.type(self.epsilon[values.dtype == np.float16]))

    def gamma(self, letter: str) -> Array:
        """Return the factors that belong to a letter."""
        return getattr(self.weights, f"{SCOPES[letter]}_gamma")

    def beta(self, letter: str) -> Array:
        """Return the shifts that belong to a letter."""
        return getattr(self.weights, f"{SCOPES[letter]}_beta")

    def shifted(self, f: Array) -> Array:
        """Return f with the forget bias."""
        return f + f.dtype.type(self.forget_bias)

    def settled(self, raw: Array) -> Array:
        """Return the new c of what the gates made."""
        return self.bounded(self.norm_c(raw))

    def norm_c(self, raw: Array) -> Array:
        """Return c normalised, where there are norms."""
        return self.norm(raw, "c") if self.layer_norm else raw

    def bounded(self, c: Array) -> Array:
        """Return c clipped, where it is."""
        return c

    def carried(self, raw: Array, c: Array) -> Array:  # noqa: ARG002  for mistakes
        """Return the cell state that is carried on."""
        return c

    def seen(self, raw: Array, c: Array) -> Array:  # noqa: ARG002  for mistakes
        """Return the cell state that h is made of."""
        return c


@dataclass(frozen=True, eq=False)
class NormedLSTMInParts(NormInParts, numpy_impl.LayerNormLSTMCell):
    """`numpy_impl.LayerNormLSTMCell`, one method a part, with the dropout of a LayerNormBasicLSTMCell."""

    weights: Any = field(default=None, kw_only=True)
    dropout_keep_prob: float = field(default=1.0, kw_only=True)
    masks: MaskSource | None = field(default=None, kw_only=True)

    letters = LSTM_GATES

    @property
    def kernel(self) -> Array:
        """The kernel (D + P, 4 H)."""
        return given_weights("LayerNormLSTMCell", self.weights).kernel

    @property
    def bias(self) -> Array:
        """The bias (4 H,)."""
        return given_weights("LayerNormLSTMCell", self.weights).bias

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return the new c and h."""
        old = split_lstm_state("LayerNormLSTMCell", state, self.num_units, state_is_tuple=True)
        i, j, f, o = self.ready(inputs, old).values()
        forget, admit = sigmoid(self.forget(f, old.c)), sigmoid(self.admit(i, old.c))
        raw = self.mixed(forget * old.c, admit, self.activate(j))
        c = self.settled(raw)
        seen = self.seen(raw, c)
        h = sigmoid(peephole(o, self.weights.w_o_diag, self.peeped(old.c, seen))) * self.activate(seen)
        if self.weights.projection_kernel is not None:
            h = clip(h @ self.weights.projection_kernel, self.proj_clip)
        return {"c": self.carried(raw, c), "h": h}

    def mixed(self, kept: Array, admit: Array, candidate: Array) -> Array:
        """Return the new c before it is normalised."""
        return kept + admit * self.drop(candidate)

    def drop(self, values: Array) -> Array:
        """Return what is left of the values, where something is dropped."""
        if self.masks is None:
            return values
        mask = self.masks("candidate", values.shape, self.dropout_keep_prob)
        return dropped(values, mask, self.dropout_keep_prob)

    def forget(self, f: Array, c: Array) -> Array:
        """Return f as its sigmoid takes it; c is the old one."""
        return peephole(self.shifted(f), self.weights.w_f_diag, c)

    def admit(self, i: Array, c: Array) -> Array:
        """Return i as its sigmoid takes it; c is the old one."""
        return peephole(i, self.weights.w_i_diag, c)

    def peeped(self, old: Array, new: Array) -> Array:  # noqa: ARG002  for mistakes
        """Return the cell state that the output gate sees."""
        return new

    def bounded(self, c: Array) -> Array:
        """Return c clipped."""
        return clip(c, self.cell_clip)


class CoupledInParts(NormInParts, numpy_impl.CoupledInputForgetGateLSTMCell):
    """`numpy_impl.CoupledInputForgetGateLSTMCell`, one method a part."""

    letters = COUPLED_GATES

    @property
    def kernel(self) -> Array:
        """The kernel (D + P, 3 H)."""
        return given_weights("CoupledInputForgetGateLSTMCell", self.weights).W

    @property
    def bias(self) -> Array:
        """The bias (3 H,)."""
        return given_weights("CoupledInputForgetGateLSTMCell", self.weights).B

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return the new c and h."""
        owner = "CoupledInputForgetGateLSTMCell"
        old = split_lstm_state(owner, state, self.num_units, state_is_tuple=self.state_is_tuple)
        j, f, o = self.ready(inputs, old).values()
        raw = self.blend(f, old.c, self.activate(j))
        c = self.settled(raw)
        seen = self.seen(raw, c)
        h = sigmoid(peephole(o, self.weights.W_O_diag, self.peeped(old.c, seen))) * self.activate(seen)
        if self.weights.W_P is not None:
            h = clip(h @ self.weights.W_P, self.proj_clip)
        return {"c": self.carried(raw, c), "h": h}

    def forget(self, f: Array, c: Array) -> Array:
        """Return the forget gate; c is the old one."""
        return sigmoid(peephole(self.shifted(f), self.weights.W_F_diag, c))

    def blend(self, f: Array, c: Array, candidate: Array) -> Array:
        """Return the new c before it is normalised."""
        forget = self.forget(f, c)
        return forget * c + (1 - forget) * candidate

    def peeped(self, old: Array, new: Array) -> Array:  # noqa: ARG002  for mistakes
        """Return the cell state that the output gate sees."""
        return new


def with_parts(parts: type[NormInParts]) -> Semantics:
    """Return the candidate whose cells, of all three classes, are computed by these parts.

    `parts` may be a `NormInParts` of its own, which then stands before either cell's parts.
    """
    return miscomputed((*NORMED, *COUPLED), _made, parts)


def _made(parts: type[NormInParts], layer: Layer, variables: Variables) -> Any:  # noqa: ANN401  one of many classes
    if isinstance(layer.cell, CoupledInputForgetGateLSTMCell):
        return _coupled(_before(parts, CoupledInParts), layer.cell, variables)
    made = _normed(_before(parts, NormedLSTMInParts), lstm_of(layer), variables)
    keep_prob = getattr(layer.cell, "dropout_keep_prob", 1.0)
    return replace(made, dropout_keep_prob=keep_prob) if keep_prob < 1 else made


def lstm_of(layer: Layer) -> LayerNormLSTMCell:
    """Return the LayerNormLSTMCell that computes what the layer's cell, of either class, computes.

    Raises:
        TypeError: the layer is neither.
    """
    match layer.cell:
        case LayerNormLSTMCell():
            return layer.cell
        case LayerNormBasicLSTMCell() as cell:
            return LayerNormLSTMCell(
                num_units=cell.num_units,
                forget_bias=cell.forget_bias,
                activation=cell.activation,
                layer_norm=cell.layer_norm,
            )
        case cell:
            raise TypeError(f"layer {layer.index}: got a {type(cell).__name__}, should be an LSTM with norms.")


def _before(parts: type[NormInParts], cell: type[Any]) -> type[Any]:
    """Return the cell's parts with these before them, where they are no cell of another kind."""
    if issubclass(parts, cell):
        return parts
    return cell if issubclass(parts, numpy_impl.CellInterface) else type(parts.__name__, (parts, cell), {})


def _normed(parts: type[Any], cell: LayerNormLSTMCell, variables: Variables) -> Any:  # noqa: ANN401  as above
    columns = variables["kernel"].shape[1]
    unused = {"bias": np.zeros(columns, variables["kernel"].dtype)}
    return parts(
        cell.num_units,
        use_peepholes=cell.use_peepholes,
        cell_clip=cell.cell_clip,
        num_proj=cell.num_proj,
        proj_clip=cell.proj_clip,
        forget_bias=cell.forget_bias,
        activation=cell.activation,
        layer_norm=cell.layer_norm,
        weights=layer_norm_lstm.weights_from(unused | dict(variables)),
    )


def _coupled(parts: type[Any], cell: CoupledInputForgetGateLSTMCell, variables: Variables) -> Any:  # noqa: ANN401
    return parts(
        cell.num_units,
        use_peepholes=cell.use_peepholes,
        num_proj=cell.num_proj,
        proj_clip=cell.proj_clip,
        forget_bias=cell.forget_bias,
        state_is_tuple=cell.state_is_tuple,
        activation=cell.activation,
        layer_norm=cell.layer_norm,
        weights=coupled.weights_from(variables),
    )
