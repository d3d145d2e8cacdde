"""One block of an LSTM's kernel or bias read wrongly, and kernels and biases that are not read alike."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from rnn_parity.mistakes.lstm_gates import KNOWN_ORDERS, blocks, sources, with_blocks
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import is_square, with_arrays
from rnn_parity.mistakes.room import Room, recurs, where, where_lstm
from rnn_parity.mistakes.semantics import LSTM, misread
from rnn_parity.spec import LSTM_GATES
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

NAMES = {"i": "input", "j": "candidate", "f": "forget", "o": "output"}
_OWN = "Each gate has a block of columns of its own in kernel and bias, in the order i, j, f, o."


def _in_block(gate: str, change: Callable[[Array], Array]) -> Callable[[Layer, Array], Array]:
    """Return what changes the block of one gate: columns (..., H)."""
    position = LSTM_GATES.index(gate)

    def changed(_: Layer, array: Array) -> Array:
        own = blocks(array).copy()
        own[..., position, :] = change(own[..., position, :])
        return own.reshape(array.shape)

    return changed


def _in_recurrent_block(gate: str, change: Callable[[Array], Array]) -> Callable[[Layer, Array], Array]:
    """Return what changes the rows of h in the block of one gate, where these are square."""

    def changed(layer: Layer, kernel: Array) -> Array:
        if not is_square(layer.cell):
            return kernel
        rows = layer.cell.kernel_depth(layer.depth)
        hidden = _in_block(gate, change)(layer, kernel[rows:])
        return np.concatenate([kernel[:rows], hidden])

    return changed


def _room(gate: str) -> Room:
    """Return the room of a mistake in one gate: that of o shows even where c is clipped to 0."""
    return where(LSTM) if gate == "o" else where_lstm()


def _room_of_old(gate: str) -> Room:
    """Return the room of a mistake in what f makes of the old c, which is zero in a first step from zeros."""
    return where_lstm(needs=recurs) if gate == "f" else _room(gate)


def _bias_dropped(gate: str) -> Mistake:
    return Mistake(
        id=f"lstm/bias-of-{gate}-dropped",
        statement=f"bias of the {NAMES[gate]} gate, {gate}, dropped",
        explanation=f"The block of {gate} in the bias is taken for zero. Freshly built cells, whose bias is zero, "
        "cannot show it.",
        repair=_OWN,
        applies=_room_of_old(gate),
        run=misread(LSTM, with_arrays(("bias",), _in_block(gate, np.zeros_like))),
    )


def _taken_from(gate: str, other: str) -> Mistake:
    picked = "".join(other if one == gate else one for one in LSTM_GATES)
    return Mistake(
        id=f"lstm/gate-{gate}-from-{other}",
        statement=f"{gate} computed from the block of {other}: {gate} = {other}",
        explanation=f"A copied line kept the weights of {other}. Weights that are all equal cannot show it.",
        repair=_OWN,
        seen=("https://github.com/stanfordnlp/stanza/issues/88",),
        applies=_room_of_old(gate),
        run=misread(LSTM, with_blocks(picked)),
    )


def _transposed(gate: str) -> Mistake:
    return Mistake(
        id=f"lstm/recurrent-block-of-{gate}-transposed",
        statement=f"recurrent rows of {gate} transposed, those of the other gates not",
        explanation="Where the blocks of the gates are kept apart, one transposition too many, or too few, fits: the "
        "recurrent part of a block is square. A first step from a zero state does not show it.",
        repair="Multiply as h @ rows in every gate.",
        applies=where(LSTM, is_square, needs=recurs) if gate == "o" else where_lstm(is_square, needs=recurs),
        run=misread(LSTM, with_arrays(("kernel",), _in_recurrent_block(gate, np.transpose))),
    )


def _order_in(array: str, order: str, *, only: str) -> Mistake:
    """Return the mistake of reading the blocks of the kernel, or of the bias, alone in another order."""
    letters, picked = ",".join(order), [LSTM_GATES.index(gate) for gate in sources(order)]
    known, _ = KNOWN_ORDERS[order]

    def pick(_: Layer, weights: Array) -> Array:
        return blocks(weights)[..., picked, :].reshape(weights.shape)

    return Mistake(
        id=f"lstm/{array}-read-{'-'.join(order)}",
        statement=f"{array} alone read {letters} (TensorFlow's blocks are i,j,f,o)",
        explanation=f"{only} {known} A bias of zeros hides the difference from an order that is right, or wrong, in "
        "both.",
        repair="Permute the columns of kernel and bias alike, or neither.",
        applies=where_lstm(),
        run=misread(LSTM, with_arrays((array,), pick)),
    )


def _rows_in(rows: str, order: str) -> Mistake:
    """Return the mistake of reading the blocks of the inputs' or of h's rows alone in another order."""
    picked = [LSTM_GATES.index(gate) for gate in sources(order)]

    def pick(layer: Layer, kernel: Array) -> Array:
        parts = list(np.split(kernel, [layer.cell.kernel_depth(layer.depth)]))
        at = ("input", "recurrent").index(rows)
        parts[at] = blocks(parts[at])[..., picked, :].reshape(parts[at].shape)
        return np.concatenate(parts)

    return Mistake(
        id=f"lstm/{rows}-rows-read-{'-'.join(order)}",
        statement=f"{rows} rows alone read {','.join(order)} (the blocks are i,j,f,o)",
        explanation="Where the kernel is cut into an input and a recurrent one, the columns of one of them were "
        f"permuted, those of the other not. {KNOWN_ORDERS[order][0]}",
        repair="Permute the columns of both parts of the kernel, and of the bias, alike.",
        applies=where_lstm() if rows == "input" else where_lstm(needs=recurs),
        run=misread(LSTM, with_arrays(("kernel",), pick)),
    )


def _half(_: Layer, bias: Array) -> Array:
    return bias / 2


_KERNEL_ONLY = "The columns of the kernel were permuted, those of the bias forgotten, or the converse."
_BIAS_ONLY = "The bias was permuted, and the kernel left as it is, or the converse."

MISTAKES = (
    *map(_bias_dropped, LSTM_GATES),
    *(_order_in("kernel", order, only=_KERNEL_ONLY) for order in ("ifjo", "iofj")),
    *(_order_in("bias", order, only=_BIAS_ONLY) for order in ("ifjo", "iofj")),
    *(_rows_in(rows, order) for rows in ("input", "recurrent") for order in ("ifjo", "iofj")),
    *(_taken_from(gate, earlier) for earlier, gate in combinations(LSTM_GATES, 2)),  # a copied line is copied downwards
    *map(_transposed, LSTM_GATES),
    Mistake(
        id="lstm/bias-halved",
        statement="bias halved: bias / 2",
        explanation="The bias was divided between two biases, which are summed, and one of the two was lost.",
        repair="Put TensorFlow's bias into one of the two and zeros into the other.",
        seen=(
            "https://github.com/keras-team/keras/issues/8860",
            "https://github.com/PINTO0309/onnx2tf/pull/291",
            "https://github.com/google/flax/issues/3746",
        ),
        applies=where(LSTM),
        run=misread(LSTM, with_arrays(("bias",), _half)),
    ),
    Mistake(
        id="lstm/recurrent-kernel-left-out",
        statement="recurrent rows of the kernel left out: h is never read",
        explanation="z = x kernel + bias: c alone is carried on. A first step from a zero state does not show it.",
        repair="z = [x h] kernel + bias.",
        applies=where(LSTM, needs=recurs),
        run=misread(
            LSTM,
            with_arrays(
                ("kernel",),
                lambda layer, kernel: np.concatenate(
                    [
                        kernel[: layer.cell.kernel_depth(layer.depth)],
                        np.zeros_like(kernel[layer.cell.kernel_depth(layer.depth) :]),
                    ]
                ),
            ),
        ),
    ),
)
