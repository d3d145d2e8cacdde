"""SRUCell: a state that is not the output, and gates of the inputs alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

import numpy_impl
from numpy_impl.activations import activation, sigmoid
from numpy_impl.arrays import column_blocks
from numpy_impl.cell import given_weights
from numpy_impl.sru import BIASED, GATES
from numpy_impl.state import State
from rnn_parity.mistakes.every_cell import in_activation, in_biases
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.parts import blocks_in_order, with_parts
from rnn_parity.mistakes.reading import reshaped, with_arrays, with_options
from rnn_parity.mistakes.room import runs, squashes_unlike, where
from rnn_parity.mistakes.semantics import misread
from rnn_parity.spec import CaseSpec, SRUCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import layers

SRU = (SRUCell,)


class SRUInParts(numpy_impl.SRUCell):
    """`numpy_impl.SRUCell`, one method a part."""

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return x_bar, f, r, x_tx, the new c and the h."""
        weights = given_weights("SRUCell", self.weights)
        x_bar, f, r, x_tx = self.biased(inputs @ weights.kernel, weights.bias)
        f, r = sigmoid(f), sigmoid(r)
        c = self.new_c(f, state, x_bar)
        h = self.new_h(r, self.squashed(c, state), self.carried(inputs, x_tx))
        return {"x_bar": x_bar, "f": f, "r": r, "x_tx": x_tx, "c": c, "h": h}

    def biased(self, z: Array, bias: Array) -> Array:
        """Return the four blocks, f and r with their biases."""
        blocks = column_blocks(z, len(GATES)).copy()
        blocks[1:3] += column_blocks(bias[np.newaxis], len(BIASED))
        return blocks

    def new_c(self, f: Array, c: Array, x_bar: Array) -> Array:
        """Return the new c."""
        return f * c + (1 - f) * x_bar

    def squashed(self, c: Array, old: Array) -> Array:  # noqa: ARG002  the old c is for a mistake
        """Return what h is made of."""
        return activation(self.activation)(c)

    def carried(self, inputs: Array, x_tx: Array) -> Array:  # noqa: ARG002  the inputs are for a mistake
        """Return what is carried past the state."""
        return x_tx

    def new_h(self, r: Array, squashed: Array, x_tx: Array) -> Array:
        """Return h."""
        return r * squashed + (1 - r) * x_tx


class _OutputFedBack(SRUInParts):
    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        return gates["h"], gates["h"]


class _StateAnswered(SRUInParts):
    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        return gates["c"], gates["c"]


class _ForgetInverted(SRUInParts):
    def new_c(self, f: Array, c: Array, x_bar: Array) -> Array:
        return (1 - f) * c + f * x_bar


class _NotCoupled(SRUInParts):
    def new_c(self, f: Array, c: Array, x_bar: Array) -> Array:
        return f * c + x_bar


class _HighwayLeftOut(SRUInParts):
    def new_h(self, r: Array, squashed: Array, x_tx: Array) -> Array:  # noqa: ARG002  left out
        return r * squashed


class _HighwayNotGated(SRUInParts):
    def new_h(self, r: Array, squashed: Array, x_tx: Array) -> Array:
        return r * squashed + x_tx


class _ResetInverted(SRUInParts):
    def new_h(self, r: Array, squashed: Array, x_tx: Array) -> Array:
        return (1 - r) * squashed + r * x_tx


class _OfTheOldC(SRUInParts):
    def squashed(self, c: Array, old: Array) -> Array:  # noqa: ARG002  the old one instead
        return activation(self.activation)(old)


class _InputsCarried(SRUInParts):
    def carried(self, inputs: Array, x_tx: Array) -> Array:
        return inputs if inputs.shape == x_tx.shape else x_tx


class _BiasOfTheFirstBlocks(SRUInParts):
    def biased(self, z: Array, bias: Array) -> Array:
        blocks = column_blocks(z, len(GATES)).copy()
        blocks[:2] += column_blocks(bias[np.newaxis], len(BIASED))
        return blocks


def _as_wide(spec: CaseSpec) -> bool:
    """Return whether some cell's inputs are as wide as its output."""
    return runs(spec) and any(
        isinstance(layer.cell, SRU) and layer.depth == layer.cell.num_units for layer in layers(spec)
    )


_TWO = "c = f * c + (1 - f) * x_bar is the state; h = r * activation(c) + (1 - r) * x_tx the output."

MISTAKES = (
    Mistake(
        id="sru/output-fed-back",
        statement="output fed back as the state",
        explanation="TensorFlow's SRUCell answers (h, c); the loop took h for both, as it is in cells with one state.",
        repair=_TWO,
        applies=where(SRU),
        run=with_parts(SRU, _OutputFedBack),
    ),
    Mistake(
        id="sru/state-answered",
        statement="state c answered as the output",
        explanation="The output is h. Tests that compare states alone cannot show it.",
        repair=_TWO,
        applies=where(SRU),
        run=with_parts(SRU, _StateAnswered),
    ),
    Mistake(
        id="sru/blocks-f-r-first",
        statement="blocks read f,r,x_bar,x_tx (TensorFlow: x_bar,f,r,x_tx)",
        explanation="The gates were taken for the first blocks. All shapes fit.",
        repair="The column blocks of kernel are x_bar, f, r, x_tx; those of bias f, r.",
        applies=where(SRU),
        run=misread(SRU, with_arrays(("kernel",), blocks_in_order(2, 0, 1, 3))),
    ),
    Mistake(
        id="sru/gates-swapped",
        statement="gates read r,f (TensorFlow: f,r)",
        explanation="Both blocks of kernel and of bias were taken for each other. All shapes fit.",
        repair="The column blocks of kernel are x_bar, f, r, x_tx; those of bias f, r.",
        applies=where(SRU),
        run=misread(
            SRU,
            lambda layer, weights: (
                layer,
                {
                    "kernel": blocks_in_order(0, 2, 1, 3)(layer, weights["kernel"]),
                    "bias": blocks_in_order(1, 0)(layer, weights["bias"]),
                },
            ),
        ),
    ),
    Mistake(
        id="sru/bias-of-the-first-blocks",
        statement="bias added to the first two blocks, x_bar and f",
        explanation="It has half the kernel's columns, and belongs to the middle ones: x_bar and x_tx have none.",
        repair="[f r] = sigmoid([f r] + bias).",
        applies=where(SRU),
        run=with_parts(SRU, _BiasOfTheFirstBlocks),
    ),
    Mistake(
        id="sru/forget-gate-inverted",
        statement="forget gate inverted: c = (1 - f) c + f x_bar",
        explanation="TensorFlow's f keeps the old state. Gates near 0.5 hide it.",
        repair=_TWO,
        applies=where(SRU),
        run=with_parts(SRU, _ForgetInverted),
    ),
    Mistake(
        id="sru/candidate-not-gated",
        statement="candidate not gated: c = f c + x_bar",
        explanation="f was taken for a forget gate alone; it lets in the candidate, too.",
        repair=_TWO,
        applies=where(SRU),
        run=with_parts(SRU, _NotCoupled),
    ),
    Mistake(
        id="sru/highway-left-out",
        statement="highway left out: h = r activation(c)",
        explanation="The first version of the paper has a variant without it; TensorFlow's cell has it.",
        repair=_TWO,
        applies=where(SRU),
        run=with_parts(SRU, _HighwayLeftOut),
    ),
    Mistake(
        id="sru/highway-not-gated",
        statement="r on c alone: h = r activation(c) + x_tx",
        explanation="What is carried past the state is gated by 1 - r.",
        repair=_TWO,
        applies=where(SRU),
        run=with_parts(SRU, _HighwayNotGated),
    ),
    Mistake(
        id="sru/reset-gate-inverted",
        statement="reset gate inverted: h = (1 - r) activation(c) + r x_tx",
        explanation="TensorFlow's r lets the state through. Gates near 0.5 hide it.",
        repair=_TWO,
        applies=where(SRU),
        run=with_parts(SRU, _ResetInverted),
    ),
    Mistake(
        id="sru/inputs-carried",
        statement="inputs themselves carried: h = r activation(c) + (1 - r) x",
        explanation="The paper does so where the inputs are as wide as the output; TensorFlow always has the fourth "
        "block of kernel, x_tx, for it.",
        repair=_TWO,
        applies=_as_wide,
        run=with_parts(SRU, _InputsCarried),
    ),
    Mistake(
        id="sru/output-of-the-old-c",
        statement="output made of the old c",
        explanation="h is made of the c of the same step.",
        repair=_TWO,
        applies=where(SRU),
        run=with_parts(SRU, _OfTheOldC),
    ),
    Mistake(
        id="sru/activation-left-out",
        statement="activation of c left out: h = r c + (1 - r) x_tx",
        explanation="The activation is optional in the paper; TensorFlow's default is tanh.",
        repair=_TWO,
        applies=where(SRU, lambda cell: squashes_unlike(cell, "linear")),
        run=misread(SRU, with_options(activation="linear")),
    ),
    Mistake(
        id="sru/kernel-reshaped",
        statement="kernel reshaped where it should be transposed",
        explanation="`kernel.reshape(kernel.T.shape)` has the shape of the transposed kernel, and its numbers in other "
        "places.",
        repair="Transpose: `kernel.T`.",
        applies=where(SRU),
        run=misread(SRU, with_arrays(("kernel",), reshaped)),
    ),
    *in_activation("sru", SRU),
    *(replace(mistake, repair="[f r] = sigmoid([f r] + bias), once.") for mistake in in_biases("sru", SRU)),
)
