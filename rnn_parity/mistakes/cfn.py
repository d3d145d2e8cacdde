"""CFNCell: two gates that are not coupled, and a state that is squashed before it is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import numpy_impl
from numpy_impl.activations import activation, sigmoid
from numpy_impl.arrays import column_blocks
from numpy_impl.cell import given_weights
from numpy_impl.cfn import GATES
from rnn_parity.mistakes.every_cell import in_activation, in_biases
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.parts import blocks_in_order, with_parts
from rnn_parity.mistakes.reading import reshaped, with_arrays
from rnn_parity.mistakes.room import recurs, squashes_unlike, where
from rnn_parity.mistakes.semantics import Weights, misread
from rnn_parity.spec import CFNCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer

CFN = (CFNCell,)


class CFNInParts(numpy_impl.CFNCell):
    """`numpy_impl.CFNCell`, one method a part."""

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return theta, eta, the inputs' product and the new h."""
        weights = given_weights("CFNCell", self.weights)
        width = len(GATES) * self.units
        z = inputs @ weights.kernel
        sums = z[:, :width] + state @ weights.recurrent_kernel + weights.bias
        theta, eta = column_blocks(sigmoid(sums), len(GATES))
        proj_input = z[:, width:]
        new_h = self.blend(theta, self.of_state(state), eta, self.of_inputs(proj_input))
        return {"theta": theta, "eta": eta, "proj_input": proj_input, "h": new_h}

    def of_state(self, h: Array) -> Array:
        """Return what theta keeps."""
        return activation(self.activation)(h)

    def of_inputs(self, proj_input: Array) -> Array:
        """Return what 1 - eta lets in."""
        return activation(self.activation)(proj_input)

    def blend(self, theta: Array, kept: Array, eta: Array, new: Array) -> Array:
        """Return the new h."""
        return theta * kept + (1 - eta) * new


class _AsInThePaper(CFNInParts):
    def blend(self, theta: Array, kept: Array, eta: Array, new: Array) -> Array:
        return theta * kept + eta * new


class _Coupled(CFNInParts):
    def blend(self, theta: Array, kept: Array, eta: Array, new: Array) -> Array:  # noqa: ARG002  theta for both
        return theta * kept + (1 - theta) * new


class _StateNotSquashed(CFNInParts):
    def of_state(self, h: Array) -> Array:
        return h


class _InputsNotSquashed(CFNInParts):
    def of_inputs(self, proj_input: Array) -> Array:
        return proj_input


class _SquashedTwice(CFNInParts):
    def blend(self, theta: Array, kept: Array, eta: Array, new: Array) -> Array:
        return activation(self.activation)(super().blend(theta, kept, eta, new))


def _eta_first(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    """Return the weights of a cell whose gates were read eta, theta."""
    swapped = blocks_in_order(1, 0)
    return layer, {
        "kernel": blocks_in_order(1, 0, 2)(layer, weights["kernel"]),
        "recurrent_kernel": swapped(layer, weights["recurrent_kernel"]),
        "bias": swapped(layer, weights["bias"]),
    }


def _blocks_transposed(_: Layer, kernel: Array) -> Array:
    return np.concatenate([block.T for block in np.split(kernel, len(GATES), axis=1)], axis=1)


_HOW = "h = theta * activation(h) + (1 - eta) * activation(proj_input)."
_SQUASHES = where(CFN, lambda cell: squashes_unlike(cell, "linear"))

MISTAKES = (
    Mistake(
        id="cfn/input-gate-as-in-the-paper",
        statement="input gate eta (TensorFlow: 1 - eta)",
        explanation="The paper's input gate is eta itself. TensorFlow turned it around, so that its biases of one "
        "close it at first. Gates near 0.5 hide it.",
        repair=_HOW,
        applies=where(CFN),
        run=with_parts(CFN, _AsInThePaper),
    ),
    Mistake(
        id="cfn/gates-swapped",
        statement="gates read eta,theta (TensorFlow's blocks are theta,eta)",
        explanation="Other libraries store the input gate first. All shapes fit.",
        repair="The column blocks are theta, eta in recurrent_kernel and bias, theta, eta, inputs in kernel.",
        applies=where(CFN),
        run=misread(CFN, _eta_first),
    ),
    Mistake(
        id="cfn/input-block-first",
        statement="kernel blocks read inputs,theta,eta (TensorFlow: inputs last)",
        explanation="The block that no gate uses was taken for the first one. All shapes fit.",
        repair="The column blocks are theta, eta in recurrent_kernel and bias, theta, eta, inputs in kernel.",
        applies=where(CFN),
        run=misread(CFN, with_arrays(("kernel",), blocks_in_order(1, 2, 0))),
    ),
    Mistake(
        id="cfn/gates-coupled",
        statement="gates coupled: h = theta act(h) + (1 - theta) act(proj_input)",
        explanation="eta was left out, as if the cell had one gate.",
        repair=_HOW,
        applies=where(CFN),
        run=with_parts(CFN, _Coupled),
    ),
    Mistake(
        id="cfn/state-not-squashed",
        statement="old state kept unsquashed: theta h",
        explanation="TensorFlow's other gated cells keep the state as it is; this one squashes it at every step. A "
        "first step from a zero state does not show it.",
        repair=_HOW,
        applies=where(CFN, lambda cell: squashes_unlike(cell, "linear"), needs=recurs),
        run=with_parts(CFN, _StateNotSquashed),
    ),
    Mistake(
        id="cfn/inputs-not-squashed",
        statement="inputs' product let in unsquashed",
        explanation="The activation is for both terms.",
        repair=_HOW,
        applies=_SQUASHES,
        run=with_parts(CFN, _InputsNotSquashed),
    ),
    Mistake(
        id="cfn/sum-squashed",
        statement="sum squashed, too",
        explanation="The terms are squashed, and then their sum once more.",
        repair=_HOW,
        applies=_SQUASHES,
        run=with_parts(CFN, _SquashedTwice),
    ),
    Mistake(
        id="cfn/recurrent-kernel-transposed",
        statement="recurrent kernel transposed, block by block",
        explanation="Its blocks are square, so that a transposition too many, or one too few, fits. A first step from "
        "a zero state does not show it.",
        repair="Multiply as h @ recurrent_kernel.",
        applies=where(CFN, lambda cell: cell.num_units > 1, needs=recurs),
        run=misread(CFN, with_arrays(("recurrent_kernel",), _blocks_transposed)),
    ),
    Mistake(
        id="cfn/kernels-reshaped",
        statement="kernels reshaped where they should be transposed",
        explanation="`kernel.reshape(kernel.T.shape)` has the shape of the transposed kernel, and its numbers in other "
        "places.",
        repair="Transpose: `kernel.T`.",
        applies=where(CFN),
        run=misread(CFN, with_arrays(("kernel", "recurrent_kernel"), reshaped)),
    ),
    *in_activation("cfn", CFN),
    *(
        replace(mistake, repair="[theta eta] = sigmoid(h recurrent_kernel + x kernel[:, :2 H] + bias), once.")
        for mistake in in_biases("cfn", CFN)
    ),
)
