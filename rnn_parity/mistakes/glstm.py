"""GLSTMCell: what belongs to a group, and what to all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from numpy_impl.activations import activation, sigmoid
from numpy_impl.arrays import column_blocks
from rnn_parity.mistakes.every_cell import mistakes_of
from rnn_parity.mistakes.lstm_gates import blocks
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_options, with_role
from rnn_parity.mistakes.room import recurs, runs, squashes_unlike, where
from rnn_parity.mistakes.semantics import Weights, misread
from rnn_parity.mistakes.stepped import Step, stepped
from rnn_parity.spec import LSTM_GATES, CaseSpec, GLSTMCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer, layers

GLSTM = (GLSTMCell,)


def _grouped(cell: Any) -> bool:  # noqa: ANN401  a cell's spec
    return bool(cell.number_of_groups > 1)


def _deals(spec: CaseSpec) -> bool:
    """Return whether some group is given several columns of h, or of inputs."""
    wide = any(one.depth > getattr(one.cell, "number_of_groups", one.depth) for one in layers(spec))
    return recurs(spec) or (runs(spec) and wide)


def _groups_reversed(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    kernels = [name for name in weights if name.startswith("group")]
    return layer, dict(weights) | {name: weights[other] for name, other in zip(kernels, kernels[::-1], strict=True)}


def _biases_exchanged(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    return layer, dict(weights) | {"bias_j": weights["bias_f"], "bias_f": weights["bias_j"]}


def _in_keras_order(_: Layer, kernel: Array) -> Array:
    return blocks(kernel)[..., [0, 2, 1, 3], :].reshape(kernel.shape)


def _block_diagonal(layer: Layer, kernel: Array) -> Array:
    """Return the projection of each group to its own part."""
    groups = getattr(layer.cell, "number_of_groups", 1)
    rows, columns = (np.arange(size) * groups // size for size in kernel.shape)
    return kernel * (rows[:, np.newaxis] == columns)


def _stepping(*, gates: Any = None, split: Any = column_blocks, squash_j: Any = np.tanh) -> Step:  # noqa: ANN401
    """Return the right step but for the functions given.

    gates:     products (G, B, 4 H / G) -> i, j, f, o without biases, (B, H) each
    split:     columns, G -> their groups, (G, B, width)
    squash_j:  of j; None is the cell's activation
    """

    def step(cell: Any, x: Array, state: Tree) -> dict[str, Array]:  # noqa: ANN401  numpy_impl's
        own, groups, squash = cell.weights, cell.number_of_groups, activation(cell.activation)
        c, h = state
        products = np.concatenate([split(x, groups), split(h, groups)], axis=2) @ own.kernels
        parts = (gates or _gates)(products)
        i, j, f, o = (z + b for z, b in zip(parts, (own.bias_i, own.bias_j, own.bias_f, own.bias_o), strict=True))
        c = sigmoid(f + f.dtype.type(cell.forget_bias)) * c + sigmoid(i) * (squash_j or squash)(j)
        h = sigmoid(o) * squash(c)
        h = h if own.projection_kernel is None else h @ own.projection_kernel
        return dict(zip((*LSTM_GATES, "c", "h"), (i, j, f, o, c, h), strict=True))

    return step


def _gates(products: Array) -> list[Array]:
    """Return each gate of all groups side by side."""
    cut = np.split(products, len(LSTM_GATES), axis=2)
    return [np.concatenate(list(gate), axis=1) for gate in cut]


def _gates_of_joined(products: Array) -> list[Array]:
    """Return four blocks of all groups' products side by side."""
    return np.split(np.concatenate(list(products), axis=1), len(LSTM_GATES), axis=1)


def _dealt_out(columns: Array, groups: int) -> Array:
    return np.stack([columns[:, k::groups] for k in range(groups)])


def _first_part(columns: Array, groups: int) -> Array:
    return np.broadcast_to(column_blocks(columns, groups)[:1], (groups, len(columns), columns.shape[1] // groups))


_PARTS = "Group k takes the k-th of G equal blocks of columns, of x and of h."
_JOINED = "Split each group's product into i, j, f, o, then join each gate's parts over the groups."

MISTAKES = (
    Mistake(
        id="glstm/groups-swapped",
        statement="kernels of the groups in reverse order",
        explanation="The last group's kernel is used for the first. All shapes fit, and weights that are all equal, as "
        "in TensorFlow's own test, cannot show it.",
        repair="Variables under group0 belong to the first columns.",
        applies=where(GLSTM, _grouped),
        run=misread(GLSTM, _groups_reversed),
    ),
    Mistake(
        id="glstm/columns-dealt-out",
        statement="columns dealt out to the groups in turn (they are blocks)",
        explanation="Group k takes columns k, k + G, k + 2 G, ..., as a reshape to (B, -1, G) gives them.",
        repair=_PARTS,
        applies=where(GLSTM, lambda cell: _grouped(cell) and cell.output_size > cell.number_of_groups, needs=_deals),
        run=stepped(GLSTM, _stepping(split=_dealt_out)),
    ),
    Mistake(
        id="glstm/first-part-for-all",
        statement="every group given the first block of columns",
        explanation="Inputs and state are cut to a group's width, but not moved on from group to group.",
        repair=_PARTS,
        applies=where(GLSTM, _grouped),
        run=stepped(GLSTM, _stepping(split=_first_part)),
    ),
    Mistake(
        id="glstm/gates-of-joined-groups",
        statement="groups' products joined first, then split into gates",
        explanation="The groups' [i j f o] are concatenated and the whole is cut in four, so that i holds the first "
        "group's j.",
        repair=_JOINED,
        applies=where(GLSTM, _grouped),
        run=stepped(GLSTM, _stepping(gates=_gates_of_joined)),
    ),
    Mistake(
        id="glstm/gates-read-i-f-j-o",
        statement="gates read i,f,j,o (each group's blocks are i,j,f,o)",
        explanation="This is the order of Keras (i, f, c, o) and PyTorch (i, f, g, o). The biases have names and are "
        "right.",
        repair="Split each group's product into i, j, f, o.",
        applies=where(GLSTM),
        run=misread(GLSTM, with_role(_in_keras_order, "kernel")),
    ),
    Mistake(
        id="glstm/biases-j-f-exchanged",
        statement="bias_j and bias_f exchanged",
        explanation="The four biases were joined in another order than the kernels' blocks.",
        repair="Add bias_i, bias_j, bias_f, bias_o to i, j, f, o.",
        applies=where(GLSTM),
        run=misread(GLSTM, _biases_exchanged),
    ),
    Mistake(
        id="glstm/forget-bias-left-out",
        statement="forget_bias left out: sigmoid(f), not sigmoid(f+forget_bias)",
        explanation="TensorFlow adds forget_bias to f in every step, and no checkpoint holds it: bias_f starts at 0. "
        "A first step from a zero state is right even so.",
        repair="Add forget_bias (TensorFlow's default is 1.0) to f, or once to bias_f.",
        applies=where(GLSTM, lambda cell: cell.forget_bias != 0, needs=recurs),
        run=misread(GLSTM, with_options(forget_bias=0.0)),
    ),
    Mistake(
        id="glstm/activation-of-j-too",
        statement="activation used for j, too (TensorFlow: tanh, always)",
        explanation="In LSTMCell the activation squashes j and c; in GLSTMCell c alone.",
        repair="c = sigmoid(f + forget_bias) * c + sigmoid(i) * tanh(j).",
        applies=where(GLSTM, lambda cell: squashes_unlike(cell, "tanh")),
        run=stepped(GLSTM, _stepping(squash_j=None)),
    ),
    Mistake(
        id="glstm/projection-by-group",
        statement="projection of each group to its own part",
        explanation="Only the diagonal blocks of projection/kernel are used. TensorFlow's projection mixes the groups.",
        repair="Multiply the whole h with the whole projection/kernel.",
        applies=where(GLSTM, lambda cell: _grouped(cell) and cell.num_proj is not None),
        run=misread(GLSTM, with_role(_block_diagonal, "projection")),
    ),
    *mistakes_of("glstm", GLSTM),
)
