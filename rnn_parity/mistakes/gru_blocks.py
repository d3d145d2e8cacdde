"""Blocks of the GRU's two kernels and biases read wrongly, or not alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import hidden_rows_first, recurrent_rows_transposed, with_arrays
from rnn_parity.mistakes.room import recurs, where
from rnn_parity.mistakes.semantics import GRU, Reading, misread
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

_GATES = ("gates/kernel", "gates/bias")


def _blocks(change: Callable[[Array, Array], tuple[Array, Array]], *names: str) -> Reading:
    """Return the reading in which the columns of r and of u are what this makes of them."""

    def changed(_: Layer, array: Array) -> Array:
        return np.concatenate(change(*np.split(array, 2, axis=-1)), axis=-1)

    return with_arrays(names, changed)


def _interleaved(_: Layer, array: Array) -> Array:
    by_unit = array.reshape(*array.shape[:-1], -1, 2)
    return by_unit.swapaxes(-1, -2).reshape(array.shape)


def _hidden_zero(layer: Layer, kernel: Array) -> Array:
    rows = layer.cell.kernel_depth(layer.depth)
    return np.concatenate([kernel[:rows], np.zeros_like(kernel[rows:])])


_BLOCKS = "Take the first H columns of gates/kernel and gates/bias for r, the last for u."
_CANDIDATE = "candidate = activation([x, r * h] kernel + bias)."

MISTAKES = (
    Mistake(
        id="gru/gates-bias-swapped",
        statement="bias alone read u,r (TensorFlow's blocks are r,u)",
        explanation="The columns of the kernel were permuted and those of the bias forgotten, or the converse. Equal "
        "biases hide it: TensorFlow initialises both to one.",
        repair=_BLOCKS,
        applies=where(GRU),
        run=misread(GRU, _blocks(lambda r, u: (u, r), "gates/bias")),
    ),
    Mistake(
        id="gru/gates-kernel-swapped",
        statement="kernel alone read u,r (TensorFlow's blocks are r,u)",
        explanation="The kernel was permuted, and the bias left as it is, or the converse.",
        repair=_BLOCKS,
        applies=where(GRU),
        run=misread(GRU, _blocks(lambda r, u: (u, r), "gates/kernel")),
    ),
    Mistake(
        id="gru/gates-interleaved",
        statement="kernel columns read unit by unit (they stand gate by gate)",
        explanation="The 2 H columns of the gates are cut as (H, 2) instead of (2, H).",
        repair=_BLOCKS,
        applies=where(GRU, lambda cell: cell.num_units > 1),
        run=misread(GRU, with_arrays(_GATES, _interleaved)),
    ),
    Mistake(
        id="gru/both-gates-from-r",
        statement="both gates computed from the block of r: u = r",
        explanation="A copied line kept the weights of the reset gate.",
        repair=_BLOCKS,
        applies=where(GRU),
        run=misread(GRU, _blocks(lambda r, _: (r, r), *_GATES)),
    ),
    Mistake(
        id="gru/both-gates-from-u",
        statement="both gates computed from the block of u: r = u",
        explanation="A copied line kept the weights of the update gate.",
        repair=_BLOCKS,
        applies=where(GRU, needs=recurs),
        run=misread(GRU, _blocks(lambda _, u: (u, u), *_GATES)),
    ),
    Mistake(
        id="gru/bias-of-r-dropped",
        statement="bias of the reset gate dropped",
        explanation="The first half of gates/bias is taken for zero; TensorFlow initialises it to one.",
        repair="Add gates/bias to [x h] gates/kernel.",
        applies=where(GRU, needs=recurs),
        run=misread(GRU, _blocks(lambda r, u: (np.zeros_like(r), u), "gates/bias")),
    ),
    Mistake(
        id="gru/bias-of-u-dropped",
        statement="bias of the update gate dropped",
        explanation="The second half of gates/bias is taken for zero; TensorFlow initialises it to one.",
        repair="Add gates/bias to [x h] gates/kernel.",
        applies=where(GRU),
        run=misread(GRU, _blocks(lambda r, u: (r, np.zeros_like(u)), "gates/bias")),
    ),
    Mistake(
        id="gru/bias-halved",
        statement="bias halved: bias / 2",
        explanation="The bias was divided between an input and a recurrent bias, which are summed, and one was lost.",
        repair="Put TensorFlow's bias into one of the two and zeros into the other.",
        seen=("https://github.com/xiph/rnnoise/issues/177", "https://github.com/tensorflow/tfjs/issues/2442"),
        applies=where(GRU),
        run=misread(GRU, with_arrays(("gates/bias", "candidate/bias"), lambda _, bias: bias / 2)),
    ),
    Mistake(
        id="gru/gates-kernel-rows-h-x",
        statement="rows of gates/kernel read [h; x], candidate's rightly",
        explanation="The two kernels of the cell were not handled alike.",
        repair="Take the first D rows of both kernels for x, the rest for h.",
        applies=where(GRU),
        run=misread(GRU, with_arrays(("gates/kernel",), hidden_rows_first)),
    ),
    Mistake(
        id="gru/candidate-kernel-rows-h-x",
        statement="rows of candidate/kernel read [h; x], the gates' rightly",
        explanation="The two kernels of the cell were not handled alike.",
        repair="Take the first D rows of both kernels for x, the rest for h.",
        applies=where(GRU),
        run=misread(GRU, with_arrays(("candidate/kernel",), hidden_rows_first)),
    ),
    Mistake(
        id="gru/candidate-recurrent-rows-transposed",
        statement="recurrent rows of candidate/kernel transposed, not the gates'",
        explanation="The recurrent part of the candidate is square, so that a transposition too many, or one too few, "
        "fits. A first step from a zero state does not show it.",
        repair="Multiply as (r * h) @ rows.",
        applies=where(GRU, lambda cell: cell.num_units > 1, needs=recurs),
        run=misread(GRU, with_arrays(("candidate/kernel",), recurrent_rows_transposed)),
    ),
    Mistake(
        id="gru/candidate-recurrence-left-out",
        statement="h left out of the candidate: candidate of x alone",
        explanation="Only the gates see the state. A first step from a zero state does not show it.",
        repair=_CANDIDATE,
        applies=where(GRU, needs=recurs),
        run=misread(GRU, with_arrays(("candidate/kernel",), _hidden_zero)),
    ),
    Mistake(
        id="gru/gates-recurrence-left-out",
        statement="h left out of the gates: r and u of x alone",
        explanation="Only the candidate sees the state. A first step from a zero state does not show it.",
        repair="r, u = sigmoid([x, h] gates/kernel + gates/bias).",
        applies=where(GRU, needs=recurs),
        run=misread(GRU, with_arrays(("gates/kernel",), _hidden_zero)),
    ),
)
