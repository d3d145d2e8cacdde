"""CudnnCompatibleGRUCell: the formula in parts, and what goes wrong with its reset and its two biases."""

from __future__ import annotations

from typing import Any

import numpy as np

import numpy_impl
from numpy_impl.activations import sigmoid, tanh
from numpy_impl.arrays import column_blocks
from numpy_impl.cell import given_weights
from numpy_impl.cudnn_compatible import GRUWeights, gru_weights_from
from rnn_parity.mistakes.every_cell import mistakes_of
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_arrays, zero
from rnn_parity.mistakes.room import recurs, where
from rnn_parity.mistakes.semantics import Semantics, Weights, miscomputed, misread
from rnn_parity.spec import GRU_GATES, CudnnCompatibleGRUCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer

CUDNN_GRU = (CudnnCompatibleGRUCell,)
INPUT_BIAS, HIDDEN_BIAS = "candidate/input_projection/bias", "candidate/hidden_projection/bias"
HIDDEN_KERNEL = "candidate/hidden_projection/kernel"


class CudnnGRUInParts(numpy_impl.CudnnCompatibleGRUCell):
    """`numpy_impl.CudnnCompatibleGRUCell`, one method a part."""

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return r, u, c and the new h."""
        z = np.concatenate([inputs, state], axis=1) @ self.variables.gates_kernel + self.variables.gates_bias
        r, u = column_blocks(sigmoid(z), len(GRU_GATES))
        own = self.variables
        of_input = inputs @ own.candidate_input_projection_kernel + own.candidate_input_projection_bias
        c = tanh(of_input + self.of_hidden(state, r))
        return {"r": r, "u": u, "c": c, "h": self.blend(u, state, c)}

    @property
    def variables(self) -> GRUWeights:
        """The cell's weights."""
        return given_weights("CudnnCompatibleGRUCell", self.weights)

    @property
    def hidden_kernel(self) -> Array:
        """What h is multiplied with in the candidate."""
        return self.variables.candidate_hidden_projection_kernel

    @property
    def hidden_bias(self) -> Array:
        """What the reset gate acts on besides."""
        return self.variables.candidate_hidden_projection_bias

    def of_hidden(self, h: Array, r: Array) -> Array:
        """Return what the state adds to the candidate."""
        return r * (h @ self.hidden_kernel + self.hidden_bias)

    def blend(self, u: Array, h: Array, c: Array) -> Array:
        """Return the new h."""
        return u * h + (1 - u) * c


class _ResetBeforeProduct(CudnnGRUInParts):
    def of_hidden(self, h: Array, r: Array) -> Array:
        return (r * h) @ self.hidden_kernel + self.hidden_bias


class _BiasOutside(CudnnGRUInParts):
    def of_hidden(self, h: Array, r: Array) -> Array:
        return r * (h @ self.hidden_kernel) + self.hidden_bias


class _ResetNeverUsed(CudnnGRUInParts):
    def of_hidden(self, h: Array, r: Array) -> Array:  # noqa: ARG002  the mistake
        return h @ self.hidden_kernel + self.hidden_bias


class _UpdateInverted(CudnnGRUInParts):
    def blend(self, u: Array, h: Array, c: Array) -> Array:
        return (1 - u) * h + u * c


def with_parts(parts: type[CudnnGRUInParts]) -> Semantics:
    """Return the candidate whose CudnnCompatibleGRUCells are computed by these parts."""
    return miscomputed(CUDNN_GRU, _made, parts)


def _made(parts: type[CudnnGRUInParts], layer: Layer, weights: Weights) -> CudnnGRUInParts:
    cell: Any = layer.cell  # of CUDNN_GRU
    return parts(cell.num_units, weights=gru_weights_from(weights))


def _u_first(_: Layer, array: Array) -> Array:
    return np.roll(array, array.shape[-1] // len(GRU_GATES), axis=-1)


def _biases_swapped(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    return layer, {**weights, INPUT_BIAS: weights[HIDDEN_BIAS], HIDDEN_BIAS: weights[INPUT_BIAS]}


_FORMULA = "c = tanh(x Wi + bi + r * (h Wh + bh))."

MISTAKES = (
    Mistake(
        id="cudnn-gru/reset-before-product",
        statement="reset gate applied before the matrix product: (r * h) Wh",
        explanation="GRUCell, and Keras's GRU(reset_after=False), reset first; cuDNN multiplies first. A step from a "
        "zero state shows only the bias.",
        repair=_FORMULA,
        seen=("https://github.com/keras-team/keras/pull/9112",),
        applies=where(CUDNN_GRU),
        run=with_parts(_ResetBeforeProduct),
    ),
    Mistake(
        id="cudnn-gru/hidden-bias-outside-reset",
        statement="candidate's hidden bias outside the reset: r * (h Wh) + bh",
        explanation="The two biases of the candidate were summed, as those of the gates may be. Biases that are zero, "
        "as in a freshly built cell, cannot show it.",
        repair=_FORMULA,
        seen=("https://github.com/apple/coremltools/issues/1124",),
        applies=where(CUDNN_GRU),
        run=with_parts(_BiasOutside),
    ),
    Mistake(
        id="cudnn-gru/candidate-biases-swapped",
        statement="biases of input_projection and hidden_projection swapped",
        explanation="Both are (H,), and both are added to the candidate; but the reset gate acts on one of them.",
        repair=_FORMULA,
        applies=where(CUDNN_GRU),
        run=misread(CUDNN_GRU, _biases_swapped),
    ),
    Mistake(
        id="cudnn-gru/hidden-bias-dropped",
        statement="hidden bias of the candidate dropped",
        explanation="GRUCell's candidate has one bias, so that the second one was left behind.",
        repair=_FORMULA,
        applies=where(CUDNN_GRU),
        run=misread(CUDNN_GRU, with_arrays((HIDDEN_BIAS,), zero)),
    ),
    Mistake(
        id="cudnn-gru/gates-swapped",
        statement="gates read u,r (TensorFlow's kernel blocks are r,u)",
        explanation="Keras and ONNX store the update gate first. All shapes fit.",
        repair="Take the first H columns of gates/kernel and gates/bias for r, the last for u.",
        seen=("https://github.com/keras-team/keras/issues/15915",),
        applies=where(CUDNN_GRU),
        run=misread(CUDNN_GRU, with_arrays(("gates/kernel", "gates/bias"), _u_first)),
    ),
    Mistake(
        id="cudnn-gru/update-inverted",
        statement="update gate inverted: h = (1 - u) h + u c",
        explanation="TensorFlow's and cuDNN's u keeps the old state; that of the paper lets the new one in.",
        repair="h = u * h + (1 - u) * candidate.",
        seen=("https://github.com/tensorflow/tensorflow/issues/13825",),
        applies=where(CUDNN_GRU),
        run=with_parts(_UpdateInverted),
    ),
    Mistake(
        id="cudnn-gru/reset-never-used",
        statement="reset gate never used in the candidate",
        explanation="The candidate sees the whole state.",
        repair=_FORMULA,
        applies=where(CUDNN_GRU),
        run=with_parts(_ResetNeverUsed),
    ),
    Mistake(
        id="cudnn-gru/hidden-kernel-transposed",
        statement="hidden_projection/kernel transposed",
        explanation="It is square, so that a transposition too many fits. A first step from a zero state is right.",
        repair="h @ kernel: its rows are the old units, its columns the new ones.",
        applies=where(CUDNN_GRU, lambda cell: cell.num_units > 1, needs=recurs),
        run=misread(CUDNN_GRU, with_arrays((HIDDEN_KERNEL,), lambda _, kernel: kernel.T)),
    ),
    *mistakes_of("cudnn-gru", CUDNN_GRU),
)
