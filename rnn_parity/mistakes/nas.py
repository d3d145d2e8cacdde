"""NASCell: eight heads, one of them a product, and a tree of activations over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

import numpy_impl
from numpy_impl.activations import relu, sigmoid, tanh
from numpy_impl.cell import given_weights
from numpy_impl.nas import GATES, PRODUCT, SQUASHES, Weights, cell_state, halves, heads, hidden_state
from numpy_impl.state import LSTMStateTuple, State
from rnn_parity.mistakes.every_cell import in_biases
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.parts import blocks_in_order, with_parts
from rnn_parity.mistakes.reading import reshaped, with_arrays
from rnn_parity.mistakes.room import recurs, where
from rnn_parity.mistakes.semantics import misread
from rnn_parity.spec import CaseSpec, NASCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer

NAS = (NASCell,)


class NASInParts(numpy_impl.NASCell):
    """`numpy_impl.NASCell`, one method a part."""

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return the heads, the new c and the new h."""
        weights = given_weights("NASCell", self.weights)
        layer1 = self.heads(*self.halves(inputs, state[1], weights))
        c = self.cell_state(layer1, state[0])
        h = self.project(self.hidden_state(layer1, c), weights)
        return dict(zip(GATES, layer1, strict=True)) | {"c": c, "h": h}

    def halves(self, x: Array, h: Array, weights: Weights) -> tuple[Array, Array]:
        """Return what the inputs and the state give to the heads."""
        return halves(x, h, weights)

    def heads(self, inputs: Array, recurrent: Array) -> list[Array]:
        """Return the heads after their activations."""
        return heads(inputs, recurrent)

    def cell_state(self, layer1: list[Array], c: Array) -> Array:
        """Return the new c."""
        return cell_state(layer1, c)

    def hidden_state(self, layer1: list[Array], c: Array) -> Array:
        """Return the new h before any projection."""
        return hidden_state(layer1, c)

    def project(self, h: Array, weights: Weights) -> Array:
        """Return h as it is answered."""
        return h if weights.projection_weights is None else h @ weights.projection_weights


class _Sum(NASInParts):
    def heads(self, inputs: Array, recurrent: Array) -> list[Array]:
        return [squash(head) for squash, head in zip(SQUASHES, inputs + recurrent, strict=True)]


class _ProductOfActivations(NASInParts):
    def heads(self, inputs: Array, recurrent: Array) -> list[Array]:
        found = heads(inputs, recurrent)
        found[PRODUCT] = relu(inputs[PRODUCT]) * relu(recurrent[PRODUCT])
        return found


class _BiasOfInputs(NASInParts):
    def halves(self, x: Array, h: Array, weights: Weights) -> tuple[Array, Array]:
        inputs, recurrent = halves(x, h, weights._replace(bias=None))
        bias = weights.bias
        return inputs if bias is None else inputs + bias.reshape(len(GATES), 1, -1), recurrent


class _OldCellLeftOut(NASInParts):
    def cell_state(self, layer1: list[Array], c: Array) -> Array:
        return cell_state(layer1, np.zeros_like(c))


class _AddedToTheProduct(NASInParts):
    def cell_state(self, layer1: list[Array], c: Array) -> Array:
        first: Array = tanh(layer1[0] * layer1[1] + c) * tanh(layer1[2] + layer1[3])
        return first


class _ForgottenLikeAnLSTM(NASInParts):
    def cell_state(self, layer1: list[Array], c: Array) -> Array:
        new: Array = tanh(layer1[0] * layer1[1]) * tanh(layer1[2] + layer1[3]) + c
        return new


class _TanhOfTheLastPair(NASInParts):
    def hidden_state(self, layer1: list[Array], c: Array) -> Array:
        new: Array = tanh(c * tanh(tanh(layer1[4] * layer1[5]) + tanh(layer1[6] + layer1[7])))
        return new


class _LastTanhLeftOut(NASInParts):
    def hidden_state(self, layer1: list[Array], c: Array) -> Array:
        new: Array = c * tanh(tanh(layer1[4] * layer1[5]) + sigmoid(layer1[6] + layer1[7]))
        return new


class _CAnswered(NASInParts):
    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        return gates["c"], LSTMStateTuple(gates["c"], gates["h"])


class _ProjectionTransposed(NASInParts):
    def project(self, h: Array, weights: Weights) -> Array:
        if weights.projection_weights is None or self.num_proj != self.num_units:
            return super().project(h, weights)
        return h @ weights.projection_weights.T


class _ProjectionLeftOut(NASInParts):
    def project(self, h: Array, weights: Weights) -> Array:
        return h if self.num_proj == self.num_units else super().project(h, weights)


def _recurrent_blocks_transposed(layer: Layer, kernel: Array) -> Array:
    """Return the recurrent kernel with each block transposed, if they are square."""
    if layer.cell.output_size != layer.cell.num_units:
        return kernel
    return np.concatenate([block.T for block in np.split(kernel, len(GATES), axis=1)], axis=1)


def _multiplies(spec: CaseSpec) -> bool:
    """Return whether head 3 ever has something to multiply the inputs with."""
    return recurs(spec) or _BIASED(spec)


def _square_projection(cell: NASCell) -> bool:
    return cell.num_proj == cell.num_units


_ALL_OF_THEM = ("recurrent_kernel", "kernel", "bias")
_BIASED = where(NAS, lambda cell: cell.use_bias)

MISTAKES = (
    Mistake(
        id="nas/sum-for-product",
        statement="head 3 a sum like the others: relu(I + M)",
        explanation="The two halves of head 3 are multiplied, those of the other seven added.",
        repair="layer1_3 = relu(I_3 * M_3).",
        applies=where(NAS),
        run=with_parts(NAS, _Sum),
    ),
    Mistake(
        id="nas/product-of-activations",
        statement="head 3 a product of activations: relu(I) relu(M)",
        explanation="It differs where both halves are negative: relu(I_3 * M_3) is their product, this is 0.",
        repair="layer1_3 = relu(I_3 * M_3).",
        applies=lambda spec: where(NAS)(spec) and _multiplies(spec),
        run=with_parts(NAS, _ProductOfActivations),
    ),
    Mistake(
        id="nas/bias-of-inputs",
        statement="bias added to the input half",
        explanation="It is added to the recurrent half, which only head 3, the product, can tell.",
        repair="M = h recurrent_kernel + bias.",
        applies=_BIASED,
        run=with_parts(NAS, _BiasOfInputs),
    ),
    Mistake(
        id="nas/old-c-left-out",
        statement="old c left out",
        explanation="The new c is made of the heads alone. A step from a zero state does not show it.",
        repair="c = tanh(tanh(layer1_0 * layer1_1) + c) * tanh(layer1_2 + layer1_3).",
        applies=where(NAS, needs=recurs),
        run=with_parts(NAS, _OldCellLeftOut),
    ),
    Mistake(
        id="nas/old-c-added-before-the-first-tanh",
        statement="one tanh too few: tanh(layer1_0 layer1_1 + c)",
        explanation="The old c is added between two tanhs, of which one is left out.",
        repair="c = tanh(tanh(layer1_0 * layer1_1) + c) * tanh(layer1_2 + layer1_3).",
        applies=where(NAS),
        run=with_parts(NAS, _AddedToTheProduct),
    ),
    Mistake(
        id="nas/old-c-added-last",
        statement="old c added to the finished product, as in an LSTM",
        explanation="It belongs inside the first factor. A first step from a zero state differs by a tanh alone.",
        repair="c = tanh(tanh(layer1_0 * layer1_1) + c) * tanh(layer1_2 + layer1_3).",
        applies=where(NAS),
        run=with_parts(NAS, _ForgottenLikeAnLSTM),
    ),
    Mistake(
        id="nas/last-pair-tanh",
        statement="heads 6 and 7 joined by tanh (TensorFlow: sigmoid)",
        explanation="Three of the four pairs are squashed with tanh, the last with sigmoid.",
        repair="h = tanh(c * tanh(tanh(layer1_4 * layer1_5) + sigmoid(layer1_6 + layer1_7))).",
        applies=where(NAS),
        run=with_parts(NAS, _TanhOfTheLastPair),
    ),
    Mistake(
        id="nas/last-tanh-left-out",
        statement="last tanh left out of h",
        explanation="h is small, so that the tanh changes little.",
        repair="h = tanh(c * tanh(tanh(layer1_4 * layer1_5) + sigmoid(layer1_6 + layer1_7))).",
        applies=where(NAS),
        run=with_parts(NAS, _LastTanhLeftOut),
    ),
    Mistake(
        id="nas/blocks-interleaved",
        statement="blocks read by activation: 0,2,5,7,1,3,4,6 (TensorFlow: 0..7)",
        explanation="The four sigmoids were taken for the first blocks. All shapes fit.",
        repair="Head k is the k-th block of H columns in both kernels and in bias.",
        applies=where(NAS),
        run=misread(NAS, with_arrays(_ALL_OF_THEM, blocks_in_order(0, 4, 1, 5, 6, 2, 7, 3))),
    ),
    Mistake(
        id="nas/kernel-blocks-reversed",
        statement="blocks of the input kernel reversed",
        explanation="The two kernels are two variables; only one of them was read in TensorFlow's order.",
        repair="Head k is the k-th block of H columns in both kernels and in bias.",
        applies=where(NAS),
        run=misread(NAS, with_arrays(("kernel",), blocks_in_order(7, 6, 5, 4, 3, 2, 1, 0))),
    ),
    Mistake(
        id="nas/c-answered",
        statement="c answered as the output",
        explanation="The output is h; c is the state's first part. Tests that compare states alone cannot show it.",
        repair="Return h, LSTMStateTuple(c, h).",
        applies=where(NAS, lambda cell: cell.output_size == cell.num_units),
        run=with_parts(NAS, _CAnswered),
    ),
    Mistake(
        id="nas/projection-left-out",
        statement="projection left out",
        explanation="h keeps the width of c. Only where num_proj equals num_units do the shapes allow it.",
        repair="h = h projection_weights, and feed that back.",
        applies=where(NAS, _square_projection),
        run=with_parts(NAS, _ProjectionLeftOut),
    ),
    Mistake(
        id="nas/projection-transposed",
        statement="projection transposed",
        explanation="Where num_proj equals num_units a transposition too many fits.",
        repair="h = h projection_weights.",
        applies=where(NAS, _square_projection),
        run=with_parts(NAS, _ProjectionTransposed),
    ),
    Mistake(
        id="nas/recurrent-kernel-transposed",
        statement="recurrent kernel transposed, block by block",
        explanation="Its blocks are square, so that a transposition too many, or one too few, fits.",
        repair="Multiply as h @ recurrent_kernel.",
        applies=where(NAS, lambda cell: cell.num_units > 1 and cell.output_size == cell.num_units, needs=recurs),
        run=misread(NAS, with_arrays(("recurrent_kernel",), _recurrent_blocks_transposed)),
    ),
    Mistake(
        id="nas/kernels-reshaped",
        statement="kernels reshaped where they should be transposed",
        explanation="`kernel.reshape(kernel.T.shape)` has the shape of the transposed kernel, and its numbers in other "
        "places.",
        repair="Transpose: `kernel.T`.",
        applies=where(NAS),
        run=misread(NAS, with_arrays(("kernel", "recurrent_kernel"), reshaped)),
    ),
    *(
        replace(mistake, applies=_BIASED, repair="M = h recurrent_kernel + bias, where the cell has use_bias.")
        for mistake in in_biases("nas", NAS)
    ),
)
