"""IndyLSTMCell: gate orders, also of the recurrences alone, and the forget bias."""

from __future__ import annotations

from typing import Any

from numpy_impl.activations import activation, sigmoid
from rnn_parity.mistakes.every_cell import in_activation, in_biases, in_kernels
from rnn_parity.mistakes.indy import in_diagonals
from rnn_parity.mistakes.lstm_gates import KNOWN_ORDERS, blocks
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_arrays, with_options
from rnn_parity.mistakes.room import recurs, where
from rnn_parity.mistakes.semantics import Reading, misread
from rnn_parity.mistakes.stepped import stepped
from rnn_parity.spec import LSTM_GATES, IndyLSTMCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer

INDY_LSTM = (IndyLSTMCell,)
COLUMNS = ("kernel_w", "kernel_u", "bias")  # all have the gates' blocks


def _ordered(order: str, names: tuple[str, ...]) -> Reading:
    """Return the reading of these weights' blocks as if they stood in this order."""
    picked = [order.index(gate) for gate in LSTM_GATES]
    return with_arrays(names, lambda _, array: blocks(array)[..., picked, :].reshape(array.shape))


def _interleaved(_: Layer, array: Array) -> Array:
    return array.reshape(*array.shape[:-1], -1, len(LSTM_GATES)).swapaxes(-1, -2).reshape(array.shape)


def _order(order: str) -> Mistake:
    letters, (whose, _) = ",".join(order), KNOWN_ORDERS[order]
    return Mistake(
        id=f"indy-lstm/gates-read-{'-'.join(order)}",
        statement=f"gates read {letters} (TensorFlow's blocks are {','.join(LSTM_GATES)})",
        explanation=f"The four column blocks of kernel_w, kernel_u and bias are taken for {letters}. {whose}",
        repair=f"Take the blocks as {', '.join(LSTM_GATES)}, or permute the columns of all three.",
        applies=where(INDY_LSTM),
        run=misread(INDY_LSTM, _ordered(order, COLUMNS)),
    )


def _hidden_without_activation(cell: Any, x: Array, state: Tree) -> dict[str, Array]:  # noqa: ANN401  numpy_impl's
    right: dict[str, Array] = cell.gates(x, state)
    return right | {"h": right["c"] * sigmoid(right["o"])}


def _hidden_from_old_c(cell: Any, x: Array, state: Tree) -> dict[str, Array]:  # noqa: ANN401  as above
    right: dict[str, Array] = cell.gates(x, state)
    return right | {"h": activation(cell.activation)(state[0]) * sigmoid(right["o"])}


MISTAKES = (
    *map(_order, KNOWN_ORDERS),
    Mistake(
        id="indy-lstm/forget-bias-left-out",
        statement="forget_bias left out: sigmoid(f), not sigmoid(f+forget_bias)",
        explanation="TensorFlow adds forget_bias to f in every step, and no checkpoint holds it. A first step from a "
        "zero state is right even so.",
        repair="Add forget_bias (TensorFlow's default is 1.0) to f, or once to the bias of the forget gate.",
        applies=where(INDY_LSTM, lambda cell: cell.forget_bias != 0, needs=recurs),
        run=misread(INDY_LSTM, with_options(forget_bias=0.0)),
    ),
    Mistake(
        id="indy-lstm/forget-bias-always-one",
        statement="forget_bias hard-coded to 1",
        explanation="The cell adds 1 to f whatever forget_bias says. With TensorFlow's default it is right.",
        repair="Add the cell's forget_bias.",
        applies=where(INDY_LSTM, lambda cell: cell.forget_bias != 1, needs=recurs),
        run=misread(INDY_LSTM, with_options(forget_bias=1.0)),
    ),
    *in_diagonals("indy-lstm", INDY_LSTM),
    Mistake(
        id="indy-lstm/recurrence-read-i-f-j-o",
        statement="kernel_u alone read i,f,j,o (its blocks are i,j,f,o, too)",
        explanation="kernel_w and bias were permuted to another order of gates, kernel_u was not, or the converse.",
        repair="Permute the columns of kernel_w, kernel_u and bias alike.",
        applies=where(INDY_LSTM, needs=recurs),
        run=misread(INDY_LSTM, _ordered("ifjo", ("kernel_u",))),
    ),
    Mistake(
        id="indy-lstm/recurrence-interleaved",
        statement="kernel_u read unit by unit (it stands gate by gate)",
        explanation="The 4 H factors are cut as (H, 4), as if each h were repeated four times in a row. TensorFlow "
        "tiles h: [h h h h].",
        repair="Multiply with kernel_u reshaped to (4, H), or tile h.",
        applies=where(INDY_LSTM, lambda cell: cell.num_units > 1, needs=recurs),
        run=misread(INDY_LSTM, with_arrays(("kernel_u",), _interleaved)),
    ),
    Mistake(
        id="indy-lstm/hidden-without-activation",
        statement="h = o c: the activation of c left out",
        explanation="c is multiplied with the output gate as it is. Small c hide it.",
        repair="h = sigmoid(o) * activation(c).",
        applies=where(INDY_LSTM, lambda cell: cell.activation != "linear"),
        run=stepped(INDY_LSTM, _hidden_without_activation),
    ),
    Mistake(
        id="indy-lstm/hidden-from-old-c",
        statement="h computed from the c of the step before",
        explanation="c was not yet replaced when h was computed.",
        repair="Compute the new c first, and h from it.",
        applies=where(INDY_LSTM),
        run=stepped(INDY_LSTM, _hidden_from_old_c),
    ),
    *in_activation("indy-lstm", INDY_LSTM),
    *in_biases("indy-lstm", INDY_LSTM),
    *in_kernels("indy-lstm", INDY_LSTM),
)
