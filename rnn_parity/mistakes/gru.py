"""GRUCell: the formula in parts, and what goes wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np

import numpy_impl
from numpy_impl.activations import activation, hard_sigmoid, sigmoid
from numpy_impl.arrays import column_blocks
from numpy_impl.cell import given_weights
from numpy_impl.gru import Weights, weights_from
from rnn_parity.mistakes.every_cell import mistakes_of
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_arrays, zero
from rnn_parity.mistakes.room import recurs, where
from rnn_parity.mistakes.semantics import GRU, Semantics, miscomputed, misread
from rnn_parity.mistakes.semantics import Weights as Variables
from rnn_parity.spec import GRU_GATES
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer


class GRUInParts(numpy_impl.GRUCell):
    """`numpy_impl.GRUCell`, one method a part."""

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return r, u, c and the new h."""
        z = np.concatenate([inputs, state], axis=1) @ self.variables.gates_kernel + self.variables.gates_bias
        r, u = column_blocks(self.squash(z), len(GRU_GATES))
        c = activation(self.activation)(self.candidate(inputs, state, r))
        return {"r": r, "u": u, "c": c, "h": self.blend(u, state, c)}

    @property
    def variables(self) -> Weights:
        """The cell's weights."""
        return given_weights("GRUCell", self.weights)

    @property
    def hidden_rows(self) -> Array:
        """The rows of the candidate kernel that h is multiplied with."""
        return self.variables.candidate_kernel[-self.num_units :]

    def squash(self, z: Array) -> Array:
        """Return the gates of their pre-activations."""
        return sigmoid(z)

    def candidate(self, x: Array, h: Array, r: Array) -> Array:
        """Return the candidate before its activation."""
        return self.of_inputs(x) + (r * h) @ self.hidden_rows + self.variables.candidate_bias

    def of_inputs(self, x: Array) -> Array:
        """Return what the inputs add to the candidate."""
        return x @ self.variables.candidate_kernel[: -self.num_units]

    def blend(self, u: Array, h: Array, c: Array) -> Array:
        """Return the new h."""
        return u * h + (1 - u) * c


class _UpdateInverted(GRUInParts):
    def blend(self, u: Array, h: Array, c: Array) -> Array:
        return (1 - u) * h + u * c


class _ResetAfterProduct(GRUInParts):
    def candidate(self, x: Array, h: Array, r: Array) -> Array:
        return self.of_inputs(x) + r * (h @ self.hidden_rows) + self.variables.candidate_bias


class _ResetAfterProductAndBias(GRUInParts):
    def candidate(self, x: Array, h: Array, r: Array) -> Array:
        return self.of_inputs(x) + r * (h @ self.hidden_rows + self.variables.candidate_bias)


class _ResetNeverUsed(GRUInParts):
    def candidate(self, x: Array, h: Array, r: Array) -> Array:  # noqa: ARG002  the mistake
        return self.of_inputs(x) + h @ self.hidden_rows + self.variables.candidate_bias


class _HardSigmoid(GRUInParts):
    def squash(self, z: Array) -> Array:
        return hard_sigmoid(z)


def with_parts(parts: type[GRUInParts]) -> Semantics:
    """Return the candidate whose GRU cells are computed by these parts."""
    return miscomputed(GRU, _made, parts)


def _made(parts: type[GRUInParts], layer: Layer, variables: Variables) -> GRUInParts:
    cell: Any = layer.cell  # one of GRU
    return parts(cell.num_units, cell.activation, weights=weights_from(variables))


def _u_first(_: Layer, array: Array) -> Array:
    return np.roll(array, array.shape[-1] // len(GRU_GATES), axis=-1)


MISTAKES = (
    Mistake(
        id="gru/reset-after-product",
        statement="reset gate applied after the matrix product: r * (h R)",
        explanation="PyTorch, cuDNN and Keras's default (reset_after=True) multiply first; TensorFlow resets first. A "
        "step from a zero state, or one unit, does not show it.",
        repair="candidate = activation([x, r * h] kernel + bias): reset_after=False, linear_before_reset=0.",
        seen=(
            "https://discuss.pytorch.org/t/grucell-is-different-in-pytorch-and-tensorflow/6630",
            "https://github.com/keras-team/keras/pull/9112",
            "https://github.com/tracel-ai/burn/issues/2701",
            "https://github.com/nntrainer/nntrainer/pull/1644",
            "https://github.com/uxlfoundation/oneDNN/issues/617",
            "https://github.com/onnx/onnx-tensorflow/pull/227",
        ),
        applies=where(GRU, lambda cell: cell.num_units > 1, needs=recurs),
        run=with_parts(_ResetAfterProduct),
    ),
    Mistake(
        id="gru/reset-after-product-and-bias",
        statement="reset gate applied after product and bias: r * (h R + b)",
        explanation="As PyTorch and cuDNN do with a recurrent bias, into which TensorFlow's one bias was loaded.",
        repair="candidate = activation([x, r * h] kernel + bias).",
        seen=(
            "https://github.com/keras-team/keras/pull/9112",
            "https://github.com/apple/coremltools/issues/1124",
            "https://github.com/xiph/rnnoise/pull/190",
        ),
        applies=where(GRU),
        run=with_parts(_ResetAfterProductAndBias),
    ),
    Mistake(
        id="gru/gates-swapped",
        statement="gates read u,r (TensorFlow's kernel blocks are r,u)",
        explanation="Keras and ONNX store the update gate first. All shapes fit.",
        repair="Take the first H columns of gates/kernel and gates/bias for r, the last for u.",
        seen=(
            "https://github.com/keras-team/keras/issues/15915",
            "https://github.com/distillpub/post--memorization-in-rnns/issues/24",
        ),
        applies=where(GRU),
        run=misread(GRU, with_arrays(("gates/kernel", "gates/bias"), _u_first)),
    ),
    Mistake(
        id="gru/update-inverted",
        statement="update gate inverted: h = (1 - u) h + u c",
        explanation="TensorFlow's u keeps the old state; that of the paper and of many tutorials lets the new one in. "
        "Gates near 0.5 hide it.",
        repair="h = u * h + (1 - u) * candidate.",
        seen=(
            "https://github.com/tensorflow/tensorflow/issues/13825",
            "https://gitcode.net/paddlepaddle/Paddle/-/issues/5493",
            "https://devhide.com/gru-pytorch-keras-and-formula-in-wiki-are-different-64031287",
            "https://github.com/ElektrischesSchaf/LayerNorm_GRU/pull/1",
            "https://github.com/keras-team/keras/issues/14649",
        ),
        applies=where(GRU),
        run=with_parts(_UpdateInverted),
    ),
    Mistake(
        id="gru/reset-never-used",
        statement="reset gate never used: candidate of [x, h]",
        explanation="The candidate sees the whole state.",
        repair="candidate = activation([x, r * h] kernel + bias).",
        seen=("https://github.com/zhiyongc/GRU-D/issues/2",),
        applies=where(GRU, needs=recurs),
        run=with_parts(_ResetNeverUsed),
    ),
    Mistake(
        id="gru/candidate-bias-dropped",
        statement="candidate bias dropped",
        explanation="candidate/bias is not added. TensorFlow initialises it to zero, so a freshly built cell is right.",
        repair="Add candidate/bias to the candidate before its activation.",
        seen=("https://github.com/xiph/rnnoise/issues/177",),
        applies=where(GRU),
        run=misread(GRU, with_arrays(("candidate/bias",), zero)),
    ),
    Mistake(
        id="gru/gates-bias-dropped",
        statement="bias of the gates r and u dropped",
        explanation="gates/bias is not added; TensorFlow initialises it to one.",
        repair="Add gates/bias to [x h] gates/kernel.",
        applies=where(GRU),
        run=misread(GRU, with_arrays(("gates/bias",), zero)),
    ),
    Mistake(
        id="gru/gates-hard-sigmoid",
        statement="gates are hard_sigmoid: 0.2 z + 0.5 (TensorFlow: sigmoid)",
        explanation="Keras's GRU once squashed its gates with hard_sigmoid by default.",
        repair="Squash r and u with the logistic sigmoid: recurrent_activation='sigmoid'.",
        seen=("https://stackoverflow.com/questions/49759614/lstm-calculation-with-vanilla-numpy",),
        applies=where(GRU),
        run=with_parts(_HardSigmoid),
    ),
    *mistakes_of("gru", GRU),
)
