"""Initial, final and carried states: TensorFlow's LSTM state is (c, h), and each call starts where it is told to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from numpy_impl.cell import RNNCell
from numpy_impl.state import leaves, map_state
from numpy_impl.unroll import first_state
from rnn_parity.candidate import Case
from rnn_parity.mistakes.layer_states import State, ending_in, exchangeable, starting_from, zeros_like
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Holds, Room, clips_to_zero, has, lengths_of, longest, mute, runs, starts, where
from rnn_parity.mistakes.semantics import WITH_C, Lengths, Semantics, right_loop
from rnn_parity.spec import CaseSpec, LSTMStateTuple
from rnn_parity.structure import Array, Tree, cut_tree, dtype_of
from rnn_parity.weights import Layer


def _no_state(case: Case) -> Case:
    return replace(case, initial_state=None)


def _without_h(_: Layer, state: State) -> State:
    return LSTMStateTuple(state.c, np.zeros_like(state.h)) if isinstance(state, LSTMStateTuple) else state


def _without_c(_: Layer, state: State) -> State:
    return LSTMStateTuple(np.zeros_like(state.c), state.h) if isinstance(state, LSTMStateTuple) else state


def _h_for_c(layer: Layer, state: State) -> State:
    return LSTMStateTuple(state.h, state.h) if exchangeable(layer.cell) else state


def _read_h_first(layer: Layer, state: State) -> State:
    """Return (c, h) of columns [c | h] that are taken for [h | c]."""
    if not _reorderable(layer.cell):
        return state
    h, c = np.split(np.concatenate(state, axis=1), [layer.cell.output_size], axis=1)
    return LSTMStateTuple(c, h)


def _written_h_first(layer: Layer, state: State) -> State:
    """Return the (c, h) that TensorFlow reads in columns [h | c]."""
    if not _reorderable(layer.cell):
        return state
    return LSTMStateTuple(*np.split(np.concatenate(state[::-1], axis=1), [state.c.shape[1]], axis=1))


def _reorderable(cell: object) -> bool:
    """Return whether the shapes allow h before c: equal widths, or both in one array."""
    return exchangeable(cell) or (isinstance(cell, WITH_C) and not isinstance(cell.state_size, tuple))


def _always_from_the_start(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    start = state if state is not None else first_state(cell, leaves(inputs)[0].shape[1], None, dtype_of(inputs))
    outputs, final = [], start
    for time, step in enumerate(cut_tree(lambda array: array[:, np.newaxis], inputs)):
        still = None if lengths is None else np.clip(lengths - time, 0, 1)
        output, ended = right_loop(cell, step, still, start)
        running = np.ones((1, 1), bool) if still is None else still[:, np.newaxis] > 0
        final = map_state(lambda new, old, running=running: np.where(running, new, old), ended, final)
        outputs.append(output)
    return np.concatenate(outputs), final


def _ends_somewhere(spec: CaseSpec) -> bool:
    """Return whether some final state is not zero."""
    return runs(spec) or starts(spec)


def _in_lstm(needs: Room, holds: Holds = lambda _: True) -> Room:
    """Return the room in the states of LSTM cells; a row of length 0 has one even where the cell is mute."""
    return lambda spec: (
        needs(spec) and has(spec, WITH_C, lambda cell: holds(cell) and (not mute(cell) or 0 in lengths_of(spec)))
    )


def _in_c(holds: Holds = lambda _: True) -> Room:
    """Return the room in the given c of LSTM cells: a cell_clip of 0 leaves it to rows of length 0."""
    return lambda spec: _in_lstm(
        starts, lambda cell: holds(cell) and (not clips_to_zero(cell) or 0 in lengths_of(spec))
    )(spec)


MISTAKES = (
    Mistake(
        id="state/initial-state-ignored",
        statement="initial state ignored: zeros instead",
        explanation="The loop starts from zeros whatever it is given. Tests that start from zeros cannot show it.",
        repair="Start the loop from the given state: every part of every layer.",
        seen=(
            "https://github.com/neulab/xnmt/issues/223",
            "https://github.com/clab/dynet/issues/226",
            "https://github.com/ray-project/ray/issues/15483",
        ),
        applies=starts,
        run=Semantics(asked=_no_state),
    ),
    Mistake(
        id="state/h0-ignored",
        statement="initial h of LSTMs ignored: zeros instead",
        explanation="Only c of the given state is used.",
        repair="Feed the given h back in the first step.",
        seen=("https://github.com/PaddlePaddle/Paddle/pull/15605",),
        applies=_in_lstm(starts),
        run=Semantics(asked=starting_from(_without_h)),
    ),
    Mistake(
        id="state/c0-ignored",
        statement="initial c of LSTMs ignored: zeros instead",
        explanation="Only h of the given state is used.",
        repair="Multiply the given c with the forget gate in the first step.",
        seen=("https://github.com/onnx/onnx-tensorflow/pull/410",),
        applies=_in_c(),
        run=Semantics(asked=starting_from(_without_c)),
    ),
    Mistake(
        id="state/h0-for-c0",
        statement="initial h of LSTMs used for c, too",
        explanation="A missing or misnamed c was replaced by h.",
        repair="The state is (c, h): two arrays.",
        seen=("https://github.com/onnx/onnx-tensorflow/pull/410",),
        applies=_in_c(exchangeable),
        run=Semantics(asked=starting_from(_h_for_c)),
    ),
    Mistake(
        id="state/c-h-swapped",
        statement="LSTM states are (h, c) on both ends (TensorFlow: (c, h))",
        explanation="Keras, PyTorch and ONNX have h first. Shapes fit wherever there is no projection.",
        repair="Read and return (c, h), or the columns [c | h].",
        seen=("https://github.com/neulab/xnmt/issues/223",),
        applies=where(WITH_C, _reorderable),
        run=Semantics(asked=starting_from(_read_h_first), answered=ending_in(_written_h_first)),
    ),
    Mistake(
        id="state/c-h-swapped-in-initial-state",
        statement="given LSTM state read as (h, c) (TensorFlow: (c, h))",
        explanation="Keras, PyTorch and ONNX have h first. Shapes fit wherever there is no projection.",
        repair="Read (c, h), or the columns [c | h].",
        seen=("https://github.com/neulab/xnmt/issues/223",),
        applies=_in_lstm(starts, _reorderable),
        run=Semantics(asked=starting_from(_read_h_first)),
    ),
    Mistake(
        id="state/c-h-swapped-in-final-state",
        statement="final LSTM state returned as (h, c) (TensorFlow: (c, h))",
        explanation="Keras, PyTorch and ONNX return h first. Tests that compare outputs alone cannot show it.",
        repair="Return (c, h), or the columns [c | h].",
        seen=("https://github.com/neulab/xnmt/issues/223",),
        applies=_in_lstm(_ends_somewhere, _reorderable),
        run=Semantics(answered=ending_in(_written_h_first)),
    ),
    Mistake(
        id="state/final-c-is-h",
        statement="final c returned as h",
        explanation="h was copied to both places. Tests that compare outputs alone cannot show it.",
        repair="Return (c, h).",
        seen=("https://github.com/salesforce/decaNLP/issues/9",),
        applies=_in_lstm(_ends_somewhere, exchangeable),
        run=Semantics(answered=ending_in(_h_for_c)),
    ),
    Mistake(
        id="state/final-state-zero",
        statement="final state returned as zeros",
        explanation="The state is never written to what is returned, so that chunked inference starts anew each time.",
        repair="Return the state that the loop ends with.",
        seen=("https://github.com/apple/coremltools/issues/263",),
        applies=_ends_somewhere,
        run=Semantics(answered=ending_in(lambda _, state: zeros_like(state))),
    ),
    Mistake(
        id="state/every-step-from-initial-state",
        statement="every step starts from the initial state",
        explanation="The new state is not fed back. Sequences of one step cannot show it.",
        repair="Feed the state of step t - 1 to step t.",
        seen=("https://github.com/tracel-ai/burn/issues/2701",),
        applies=lambda spec: longest(spec) > 1,
        run=Semantics(loop=_always_from_the_start),
    ),
)
