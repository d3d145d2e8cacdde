"""Fused cells: what the kernel answers over a whole sequence, and what TensorFlow's class makes of it.

The kernel runs all rows to the longest one's end and answers zeros after it. The class masks the outputs row by row and
picks each row's final state at its length - 1.
"""

from __future__ import annotations

import numpy as np

from numpy_impl.cell import RNNCell
from numpy_impl.state import map_state
from numpy_impl.unroll import first_state
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import lengths_of, runs, starts
from rnn_parity.mistakes.semantics import Lengths, Semantics, right_loop
from rnn_parity.spec import CaseSpec, FusedRNN
from rnn_parity.structure import Array, Tree


def _kernel(cell: RNNCell, inputs: Array, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    """Return what the kernel answers: h of all rows to the end of the longest one, and the state there."""
    return right_loop(cell, inputs, np.full(inputs.shape[1], np.max(lengths)), state)


def _outputs_of_kernel(cell: RNNCell, inputs: Array, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    outputs, final = right_loop(cell, inputs, lengths, state)
    return (outputs if lengths is None else _kernel(cell, inputs, lengths, state)[0]), final


def _state_of_longest(cell: RNNCell, inputs: Array, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    outputs, final = right_loop(cell, inputs, lengths, state)
    return outputs, (final if lengths is None else _kernel(cell, inputs, lengths, state)[1])


def _state_of_last_step(cell: RNNCell, inputs: Array, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    outputs, final = right_loop(cell, inputs, lengths, state)
    return outputs, (final if lengths is None else _last_step(cell, inputs, lengths, state))


def _empty_rows_of_last_step(cell: RNNCell, inputs: Array, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    outputs, final = right_loop(cell, inputs, lengths, state)
    if lengths is None:
        return outputs, final
    empty = (lengths == 0)[:, np.newaxis]
    last = _last_step(cell, inputs, lengths, state)
    return outputs, map_state(lambda own, other: np.where(empty, other, own), final, last)


def _last_step(cell: RNNCell, inputs: Array, lengths: Lengths, state: Tree) -> Tree:
    """Return the kernel's cs[-1] and h[-1]: zeros where no row reaches the last step."""
    start = first_state(cell, inputs.shape[1], state, inputs.dtype)
    if np.max(lengths) < len(inputs):
        return map_state(np.zeros_like, start)
    return _kernel(cell, inputs, lengths, state)[1]


def _rows_end_earlier(spec: CaseSpec) -> bool:
    """Return whether some row of a fused run ends before the longest one."""
    return isinstance(spec.run, FusedRNN) and min(lengths_of(spec)) < max(lengths_of(spec))


def _rows_miss_the_last_step(spec: CaseSpec) -> bool:
    fused = isinstance(spec.run, FusedRNN) and min(lengths_of(spec)) < spec.sizes.max_time
    return fused and (runs(spec) or starts(spec))


def _empty_rows(spec: CaseSpec) -> bool:
    """Return whether a row of a fused run has no step, and the last step's state is another than the initial one."""
    fused = isinstance(spec.run, FusedRNN) and 0 in lengths_of(spec)
    return fused and (starts(spec) or max(lengths_of(spec)) == spec.sizes.max_time)


_PICK = "Put the initial state before the kernel's cs and h, and pick each row's at index sequence_length."

MISTAKES = (
    Mistake(
        id="fused/outputs-of-the-kernel",
        statement="outputs as the fused kernel gives them, rows not masked",
        explanation="BlockLSTM runs every row to the end of the longest one. Rows of equal lengths cannot show it.",
        repair="Multiply the outputs with sequence_mask(sequence_length), row by row.",
        applies=_rows_end_earlier,
        run=Semantics(loop=_outputs_of_kernel),
    ),
    Mistake(
        id="fused/final-state-of-longest",
        statement="final state of every row is that at the longest row's end",
        explanation="The kernel's state at step max(sequence_length) - 1 was taken for all rows.",
        repair=_PICK,
        applies=_rows_end_earlier,
        run=Semantics(loop=_state_of_longest),
    ),
    Mistake(
        id="fused/final-state-of-last-step",
        statement="final state is the kernel's cs[-1], h[-1]",
        explanation="That is the state of rows of full length. Where none is that long the kernel answers zeros there.",
        repair=_PICK,
        applies=_rows_miss_the_last_step,
        run=Semantics(loop=_state_of_last_step),
    ),
    Mistake(
        id="fused/empty-rows-read-index-minus-1",
        statement="final state of rows of length 0 is that of the last step",
        explanation="cs[sequence_length - 1] reads index -1, the last step, for rows of length 0, whose state is the "
        "initial one.",
        repair=_PICK,
        applies=_empty_rows,
        run=Semantics(loop=_empty_rows_of_last_step),
    ),
)
