"""LSTMCell in parts, so that a mistake can replace one: the twin's formula, cut at its joints.

    forget, admit, emit = the gates of f, i and o
    c' = clip(forget * c + admit * activate(j), cell_clip)
    h' = clip(emit * activate(c') projection_kernel, proj_clip)

BasicLSTMCell is the same without peepholes, clips and projection.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import numpy_impl
from numpy_impl.activations import activation, sigmoid
from numpy_impl.arrays import column_blocks
from numpy_impl.cell import given_weights
from numpy_impl.lstm import Weights, clip, peephole, weights_from
from numpy_impl.state import split_lstm_state
from rnn_parity.mistakes.semantics import LSTM, Semantics, miscomputed
from rnn_parity.mistakes.semantics import Weights as Variables
from rnn_parity.spec import LSTM_GATES, BasicLSTMCell, LSTMCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer


class CellStates(NamedTuple):
    """The cell states of one step, (B, H) each."""

    old: Array
    unclipped: Array
    clipped: Array


class LSTMInParts(numpy_impl.LSTMCell):
    """`numpy_impl.LSTMCell`, one method a part."""

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return i, j, f, o and the new c and h."""
        old = split_lstm_state("LSTMCell", state, self.num_units, state_is_tuple=self.state_is_tuple)
        z = np.concatenate([inputs, old.h], axis=1) @ self.variables.kernel + self.variables.bias
        i, j, f, o = column_blocks(z, len(LSTM_GATES))
        c = self.new_c(self.forget(f, old.c), self.admit(i, old.c), self.activate_j(j), old.c)
        states = CellStates(old.c, c, clip(c, self.cell_clip))
        h = self.project(self.hidden(self.emit(o, states), states))
        return {"i": i, "j": j, "f": f, "o": o, "c": self.carried(states), "h": h}

    @property
    def variables(self) -> Weights:
        """The cell's weights."""
        return given_weights("LSTMCell", self.weights)

    def squash(self, z: Array) -> Array:
        """Return a gate of its pre-activation."""
        return sigmoid(z)

    def activate(self, values: Array) -> Array:
        """Return the cell's activation of j or c."""
        return activation(self.activation)(values)

    def activate_j(self, j: Array) -> Array:
        """Return the candidate."""
        return self.activate(j)

    def forget(self, f: Array, c: Array) -> Array:
        """Return the forget gate; c is the old one."""
        return self.squash(peephole(f + f.dtype.type(self.forget_bias), self.variables.w_f_diag, c))

    def admit(self, i: Array, c: Array) -> Array:
        """Return the input gate; c is the old one."""
        return self.squash(peephole(i, self.variables.w_i_diag, c))

    def new_c(self, forget: Array, admit: Array, candidate: Array, c: Array) -> Array:
        """Return the new cell state before it is clipped."""
        return forget * c + admit * candidate

    def emit(self, o: Array, c: CellStates) -> Array:
        """Return the output gate."""
        return self.squash(peephole(o, self.variables.w_o_diag, c.clipped))

    def hidden(self, emit: Array, c: CellStates) -> Array:
        """Return h before its projection."""
        return emit * self.activate(c.clipped)

    def project(self, h: Array) -> Array:
        """Return h as it is answered and carried on."""
        kernel = self.variables.projection_kernel
        return h if kernel is None else clip(h @ kernel, self.proj_clip)

    def carried(self, c: CellStates) -> Array:
        """Return the cell state that is carried on."""
        return c.clipped


def with_parts(parts: type[LSTMInParts]) -> Semantics:
    """Return the candidate whose LSTM cells, of both classes, are computed by these parts."""
    return miscomputed(LSTM, _made, parts)


def _made(parts: type[LSTMInParts], layer: Layer, variables: Variables) -> LSTMInParts:
    cell = lstm_of(layer)
    return parts(
        cell.num_units,
        use_peepholes=cell.use_peepholes,
        cell_clip=cell.cell_clip,
        num_proj=cell.num_proj,
        proj_clip=cell.proj_clip,
        forget_bias=cell.forget_bias,
        state_is_tuple=cell.state_is_tuple,
        activation=cell.activation,
        weights=weights_from(variables),
    )


def lstm_of(layer: Layer) -> LSTMCell:
    """Return the LSTMCell that computes what the layer's cell, of either LSTM class, computes.

    Raises:
        TypeError: the layer is no LSTM.
    """
    match layer.cell:
        case LSTMCell():
            return layer.cell
        case BasicLSTMCell(num_units=units, forget_bias=bias, state_is_tuple=is_tuple, activation=activation):
            return LSTMCell(num_units=units, forget_bias=bias, state_is_tuple=is_tuple, activation=activation)
        case cell:
            raise TypeError(f"layer {layer.index}: got a {type(cell).__name__}, should be an LSTM.")
