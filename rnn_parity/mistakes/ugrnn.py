"""UGRNNCell: one gate between the old state and the candidate."""

from __future__ import annotations

import numpy as np

import numpy_impl
from numpy_impl.activations import activation, sigmoid
from numpy_impl.arrays import column_blocks
from numpy_impl.cell import given_weights
from numpy_impl.ugrnn import GATES
from rnn_parity.mistakes.every_cell import mistakes_of
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.parts import blocks_in_order, with_parts
from rnn_parity.mistakes.reading import with_arrays, with_options
from rnn_parity.mistakes.room import squashes_unlike, where
from rnn_parity.mistakes.semantics import misread
from rnn_parity.spec import UGRNNCell
from rnn_parity.structure import Array, Tree

UGRNN = (UGRNNCell,)


class UGRNNInParts(numpy_impl.UGRNNCell):
    """`numpy_impl.UGRNNCell`, one method a part."""

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return g, c and the new h."""
        weights = given_weights("UGRNNCell", self.weights)
        z = np.concatenate([inputs, state], axis=1) @ weights.kernel + weights.bias
        g, c = column_blocks(z, len(GATES))
        return {"g": g, "c": c, "h": self.blend(self.gate(g), state, activation(self.activation)(c))}

    def gate(self, g: Array) -> Array:
        """Return the gate of its pre-activation."""
        return sigmoid(g + g.dtype.type(self.forget_bias))

    def blend(self, g: Array, h: Array, c: Array) -> Array:
        """Return the new h."""
        return g * h + (1 - g) * c


class _Inverted(UGRNNInParts):
    def blend(self, g: Array, h: Array, c: Array) -> Array:
        return (1 - g) * h + g * c


class _NotCoupled(UGRNNInParts):
    def blend(self, g: Array, h: Array, c: Array) -> Array:
        return g * h + c


class _BiasAfterSigmoid(UGRNNInParts):
    def gate(self, g: Array) -> Array:
        return sigmoid(g) + g.dtype.type(self.forget_bias)


MISTAKES = (
    Mistake(
        id="ugrnn/forget-bias-left-out",
        statement="forget bias left out: g = sigmoid(g)",
        explanation="`forget_bias` is no variable, so it is in no checkpoint; its default is 1.",
        repair="Add forget_bias to g before its sigmoid, or to the bias of g once, when it is loaded.",
        applies=where(UGRNN, lambda cell: cell.forget_bias != 0),
        run=misread(UGRNN, with_options(forget_bias=0.0)),
    ),
    Mistake(
        id="ugrnn/forget-bias-always-one",
        statement="forget bias always 1, whatever the cell says",
        explanation="The default is hard-wired. Tests with the default cannot see it.",
        repair="Use the cell's `forget_bias`.",
        applies=where(UGRNN, lambda cell: cell.forget_bias != 1),
        run=misread(UGRNN, with_options(forget_bias=1.0)),
    ),
    Mistake(
        id="ugrnn/forget-bias-after-sigmoid",
        statement="forget bias added after the sigmoid of g",
        explanation="g leaves the range from 0 to 1, and the state grows.",
        repair="g = sigmoid(g + forget_bias).",
        applies=where(UGRNN, lambda cell: cell.forget_bias != 0),
        run=with_parts(UGRNN, _BiasAfterSigmoid),
    ),
    Mistake(
        id="ugrnn/gate-inverted",
        statement="gate inverted: h = (1 - g) h + g c",
        explanation="TensorFlow's g keeps the old state. Gates near 0.5 hide it.",
        repair="h = g * h + (1 - g) * c.",
        applies=where(UGRNN),
        run=with_parts(UGRNN, _Inverted),
    ),
    Mistake(
        id="ugrnn/blocks-swapped",
        statement="blocks read c,g (TensorFlow's kernel blocks are g,c)",
        explanation="The candidate was taken for the first block. All shapes fit.",
        repair="Take the first H columns of kernel and bias for g, the last for c.",
        applies=where(UGRNN),
        run=misread(UGRNN, with_arrays(("kernel", "bias"), blocks_in_order(1, 0))),
    ),
    Mistake(
        id="ugrnn/candidate-not-gated",
        statement="candidate not gated: h = g h + c",
        explanation="The one gate was taken for a forget gate; it lets in the candidate, too.",
        repair="h = g * h + (1 - g) * c.",
        applies=where(UGRNN),
        run=with_parts(UGRNN, _NotCoupled),
    ),
    Mistake(
        id="ugrnn/activation-left-out",
        statement="activation of the candidate left out",
        explanation="What the kernel gives is blended with the state, unsquashed.",
        repair="h = g * h + (1 - g) * activation(c); the default is tanh.",
        applies=where(UGRNN, lambda cell: squashes_unlike(cell, "linear")),
        run=misread(UGRNN, with_options(activation="linear")),
    ),
    *mistakes_of("ugrnn", UGRNN),
)
