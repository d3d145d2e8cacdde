"""The 23 wrong orders of an LSTM's four gates, and other ways to cut the kernel into gates wrongly."""

from __future__ import annotations

from itertools import permutations

from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_arrays
from rnn_parity.mistakes.room import Room, squashes_unlike, where, where_lstm
from rnn_parity.mistakes.semantics import LSTM, Reading, misread
from rnn_parity.spec import LSTM_GATES
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

KNOWN_ORDERS = {
    "ifjo": (
        "This is the order of Keras (i, f, c, o) and PyTorch (i, f, g, o).",
        (
            "https://github.com/tensorflow/tensorflow/issues/29308",
            "https://discuss.pytorch.org/t/146907",
            "https://github.com/keras-team/keras/issues/3088",
            "https://github.com/tensorflow/tensorflow/issues/29622",
        ),
    ),
    "iofj": (
        "This is the order of ONNX (i, o, f, c).",
        ("https://github.com/microsoft/onnxscript/pull/2674", "https://github.com/CrispStrobe/CrispASR/pull/106"),
    ),
    "ifoj": ("This is the order of Core ML (i, f, o, z).", ("https://github.com/apple/coremltools/pull/93",)),
}


def blocks(array: Array) -> Array:
    """Return the four column blocks of a kernel or bias, stacked before the units: (..., 4, H)."""
    return array.reshape(*array.shape[:-1], len(LSTM_GATES), -1)


def with_blocks(sources: str) -> Reading:
    """Return the reading in which gate i, j, f and o are computed from the blocks of these gates."""
    picked = [LSTM_GATES.index(gate) for gate in sources]

    def pick(_: Layer, array: Array) -> Array:
        return blocks(array)[..., picked, :].reshape(array.shape)

    return with_arrays(("kernel", "bias"), pick)


def sources(order: str) -> str:
    """Return which block i, j, f and o come from where the blocks are taken to stand in this order."""
    return "".join(LSTM_GATES[order.index(gate)] for gate in LSTM_GATES)


def _order_matters(order: str) -> Room:
    if order[3] != "o":
        return where(LSTM)
    if order == "jifo":  # sigmoid(i) sigmoid(j) is the same either way where no peephole tells i from j
        return where_lstm(lambda cell: squashes_unlike(cell, "sigmoid") or getattr(cell, "use_peepholes", False))
    return where_lstm()


def _order(order: str) -> Mistake:
    letters = ",".join(order)
    known, seen = KNOWN_ORDERS.get(order, ("", ()))
    return Mistake(
        id=f"lstm/gates-read-{'-'.join(order)}",
        statement=f"gates read {letters} (TensorFlow's kernel blocks are {','.join(LSTM_GATES)})",
        explanation=f"The four column blocks of kernel and bias are taken for {letters}. {known}".rstrip()
        + " All shapes fit, and weights that are all equal, as in many published tests, cannot show it.",
        repair=f"Split [x h] kernel + bias into {', '.join(LSTM_GATES)}, or permute the columns of kernel and bias.",
        seen=seen,
        applies=_order_matters(order),
        run=misread(LSTM, with_blocks(sources(order))),
    )


def _interleaved(_: Layer, array: Array) -> Array:
    by_unit = array.reshape(*array.shape[:-1], -1, len(LSTM_GATES))
    return by_unit.swapaxes(-1, -2).reshape(array.shape)


ORDERS = tuple("".join(order) for order in permutations(LSTM_GATES) if order != LSTM_GATES)

MISTAKES = (
    *(_order(order) for order in sorted(ORDERS, key=lambda order: order not in KNOWN_ORDERS)),
    Mistake(
        id="lstm/gates-interleaved",
        statement="kernel columns read unit by unit (they stand gate by gate)",
        explanation="The 4 H columns are cut as (H, 4) instead of (4, H).",
        repair="Reshape [x h] kernel + bias to (B, 4, H), or split it into four blocks of H columns.",
        seen=("https://github.com/libxsmm/libxsmm/pull/274",),
        applies=where(LSTM, lambda cell: cell.num_units > 1),
        run=misread(LSTM, with_arrays(("kernel", "bias"), _interleaved)),
    ),
    Mistake(
        id="lstm/gates-all-from-i",
        statement="all four gates computed from the block of i",
        explanation="A copied line kept the weights of the first gate.",
        repair="Give j, f and o their own blocks of kernel and bias.",
        seen=("https://github.com/stanfordnlp/stanza/issues/88",),
        applies=where(LSTM),
        run=misread(LSTM, with_blocks("iiii")),
    ),
    Mistake(
        id="lstm/bias-of-o-for-i-and-f",
        statement="bias of o added to i and f, too",
        explanation="A copied line kept the bias of the output gate. Equal or zero biases hide it.",
        repair="Give i and f their own blocks of the bias.",
        seen=("https://github.com/ddbourgin/numpy-ml/issues/42",),
        applies=where_lstm(),
        run=misread(LSTM, with_arrays(("bias",), lambda _, bias: blocks(bias)[[3, 1, 3, 3]].reshape(bias.shape))),
    ),
)
