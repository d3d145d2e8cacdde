"""Where one call ends and the next begins: steps that are run twice or not at all, a reset that comes too late."""

from __future__ import annotations

import numpy as np

from numpy_impl.cell import RNNCell
from numpy_impl.unroll import first_state
from rnn_parity.candidate import Case
from rnn_parity.mistakes.calls import CARRIED, RESET
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.semantics import Called, Loop, Semantics, right_loop
from rnn_parity.structure import Array, Tree, dtype_of, map_tree


def _last_step_again(_: Case, calls: list[Called]) -> Tree:
    cell, inputs, _start, final = calls[-1]
    return right_loop(cell, map_tree(lambda array: array[-1:], inputs), None, final)[1]


def _first_step_skipped(
    loop: Loop, calls: list[Called], cell: RNNCell, inputs: Tree, start: Tree
) -> tuple[Array, Tree]:
    if not calls:
        return loop(cell, inputs, None, start)
    outputs, final = loop(cell, map_tree(lambda array: array[1:], inputs), None, start)
    return np.concatenate([np.zeros((1, *outputs.shape[1:]), outputs.dtype), outputs]), final


def _reset_late(loop: Loop, calls: list[Called], cell: RNNCell, inputs: Tree, start: Tree) -> tuple[Array, Tree]:
    """Return what a call answers that is reset after its first step, which goes on from the call before."""
    if not calls:
        return loop(cell, inputs, None, start)
    first, _ = loop(cell, map_tree(lambda array: array[:1], inputs), None, calls[-1].final)
    rest, final = loop(cell, map_tree(lambda array: array[1:], inputs), None, _given(cell, inputs, start))
    return np.concatenate([first, rest]), final


def _given(cell: RNNCell, inputs: Tree, start: Tree) -> Tree:
    """Return the initial state, zeros where none is given: a call may have no steps to tell."""
    rows = inputs[0].shape[1] if isinstance(inputs, tuple) else inputs.shape[1]
    return first_state(cell, rows, None, dtype_of(inputs)) if start is None else start


MISTAKES = (
    Mistake(
        id="state/last-step-again-between-calls",
        statement="last step of a call run again before the next call",
        explanation="Calls overlap by one step: the state that is carried has seen it twice. The first call is right.",
        repair="Cut the inputs into chunks that touch, and hand on the state that each call ends with.",
        applies=CARRIED,
        run=Semantics(carry=_last_step_again),
    ),
    Mistake(
        id="state/first-step-skipped-in-later-calls",
        statement="first step of every later call skipped",
        explanation="The first frame of a chunk is taken for the last one of the chunk before; its output is zero. The "
        "first call is right.",
        repair="Cut the inputs into chunks that touch, and run every step of each.",
        applies=CARRIED,
        run=Semantics(call=_first_step_skipped),
    ),
    Mistake(
        id="state/reset-one-step-late",
        statement="state reset one step late: after a call's first step",
        explanation="The first step of a new sequence still goes on from the old one; the reset comes after it.",
        repair="Reset the state before the first step of a new sequence.",
        seen=("https://github.com/paxcema/KerasGRU4Rec/issues/1",),
        applies=RESET,
        run=Semantics(call=_reset_late),
    ),
)
