"""Padding looked for in the wrong place, and masks that are a step off."""

from __future__ import annotations

import numpy as np

from numpy_impl.cell import RNNCell
from numpy_impl.state import leaves
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import alive, all_of, lengths_of, ragged, runs
from rnn_parity.mistakes.semantics import Lengths, Semantics, right_loop
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array, Tree, answered_steps, map_tree, sequence_lengths


def _padding_in_front(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    """Return what comes of running each row's last steps instead of its first, outputs at the end."""
    if lengths is None:
        return right_loop(cell, inputs, lengths, state)
    steps, rows = leaves(inputs)[0].shape[:2]
    ends = np.minimum(lengths, steps)
    there = (np.arange(steps)[:, np.newaxis] + steps - ends) % max(steps, 1)
    back = (np.arange(steps)[:, np.newaxis] - steps + ends) % max(steps, 1)
    outputs, final = right_loop(
        cell, map_tree(lambda array: array[there, np.arange(rows)], inputs), ends.astype(np.int32), state
    )
    return outputs[back, np.arange(rows)], final


def _masked(shift: int) -> Semantics:
    """Return the candidate whose outputs are masked this many steps late; its states are right."""

    def loop(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
        outputs, final = right_loop(cell, inputs, lengths, state)
        if lengths is None:
            return outputs, final
        shown = np.clip(lengths + shift, 0, len(outputs)).astype(np.int32)
        return right_loop(cell, inputs, shown, state)[0], final

    return Semantics(loop=loop)


def _given(spec: CaseSpec) -> bool:
    return sequence_lengths(spec) is not None and runs(spec)


def _some_row_starts_late(spec: CaseSpec) -> bool:
    return any(0 < length < answered_steps(spec) for length in lengths_of(spec))


_HOW = "A row's steps are its first ones: it runs while step < length, outputs past it are 0, its state is kept."

MISTAKES = (
    Mistake(
        id="lengths/padding-in-front",
        statement="padding looked for in front: a row's last steps are run",
        explanation="Keras pads sequences in front by default; TensorFlow's sequence_length counts from the first "
        "step. Rows of full length cannot show it.",
        repair=_HOW,
        seen=("https://github.com/zhangj111/astnn/pull/28",),
        applies=all_of(runs, _some_row_starts_late),
        run=Semantics(loop=_padding_in_front),
    ),
    Mistake(
        id="lengths/outputs-masked-one-step-late",
        statement="outputs masked one step late, states frozen rightly",
        explanation="The mask of the outputs is that of the step before: one output too many is not zero.",
        repair=_HOW,
        applies=all_of(ragged, alive),
        run=_masked(1),
    ),
    Mistake(
        id="lengths/outputs-masked-one-step-early",
        statement="outputs masked one step early, states frozen rightly",
        explanation="The mask of the outputs is that of the step after: each row's last output is zero.",
        repair=_HOW,
        applies=_given,
        run=_masked(-1),
    ),
)
