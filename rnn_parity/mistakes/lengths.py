"""sequence_length: past a row's length outputs are 0 and the state stays what it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from numpy_impl.cell import RNNCell
from numpy_impl.state import map_state
from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.layer_states import State, ending_in, is_top, map_h
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import alive, all_of, lengths_of, ragged, runs, starts
from rnn_parity.mistakes.semantics import Lengths, Semantics, right_loop
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array, Tree, answered_steps, sequence_lengths
from rnn_parity.weights import Layer


def _without_lengths(case: Case) -> Case:
    return replace(case, sequence_length=None)


def _off_by(steps: int) -> Callable[[Case], Case]:
    def read(case: Case) -> Case:
        lengths = case.sequence_length
        if lengths is None:
            return case
        last = case.spec.sizes.max_time
        return replace(case, sequence_length=np.clip(np.minimum(lengths, last) + steps, 0, last))

    return read


def _state_not_frozen(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    outputs, _ = right_loop(cell, inputs, lengths, state)
    return outputs, right_loop(cell, inputs, None, state)[1]


def _padding_not_zeroed(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    outputs, _ = right_loop(cell, inputs, None, state)
    return outputs, right_loop(cell, inputs, lengths, state)[1]


def _last_output_repeated(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    outputs, final = right_loop(cell, inputs, lengths, state)
    if lengths is None:
        return outputs, final
    time = np.minimum(np.arange(len(outputs))[:, np.newaxis], np.maximum(lengths, 1) - 1)
    return np.take_along_axis(outputs, time[..., np.newaxis], axis=0), final


def _zeroed(rows: Callable[[Lengths, int], Array]) -> Semantics:
    """Return the candidate whose final state is 0 in these rows."""

    def loop(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
        outputs, final = right_loop(cell, inputs, lengths, state)
        if lengths is None:
            return outputs, final
        empty = rows(lengths, len(outputs))[:, np.newaxis]
        return outputs, map_state(lambda part: np.where(empty, part.dtype.type(0), part), final)

    return Semantics(loop=loop)


def _last_step_as_h(case: Case, result: Result) -> Result:
    """Return the result with the output of the last step for the final h: 0 where the row has ended."""
    if case.sequence_length is None:
        return result
    ended = (case.sequence_length < answered_steps(case.spec))[:, np.newaxis]

    def change(layer: Layer, state: State) -> State:
        return map_h(lambda h: np.where(ended, h.dtype.type(0), h), state) if is_top(case.spec, layer) else state

    return ending_in(change)(case, result)


def _can_be_shorter(spec: CaseSpec) -> bool:
    return sequence_lengths(spec) is not None and max(lengths_of(spec)) > 0 and (alive(spec) or starts(spec))


def _ends_with_state(spec: CaseSpec) -> bool:
    """Return whether some row ends early with a state other than zero."""
    return ragged(spec) and (runs(spec) or starts(spec))


def _outlived(spec: CaseSpec) -> bool:
    """Return whether some row ends after a step or more, and another one goes on."""
    return any(0 < length < answered_steps(spec) for length in lengths_of(spec))


def _ragged_and_alive(spec: CaseSpec) -> bool:
    """Return whether some row ends early, and what comes after would change its state."""
    return ragged(spec) and (alive(spec) or starts(spec))


_HOW = "Past a row's length write zeros to the outputs and keep the state: select, do not multiply."

MISTAKES = (
    Mistake(
        id="lengths/ignored",
        statement="sequence_length ignored",
        explanation="Every row runs through all steps, padding included. Batches of equal lengths cannot show it.",
        repair=_HOW,
        seen=("https://github.com/apache/tvm/pull/13587", "https://github.com/microsoft/onnxruntime/issues/1400"),
        applies=_ragged_and_alive,
        run=Semantics(asked=_without_lengths),
    ),
    Mistake(
        id="lengths/padding-not-zeroed",
        statement="outputs past a row's length not zeroed",
        explanation="The final states are right, but the outputs go on into the padding.",
        repair=_HOW,
        seen=("https://github.com/microsoft/onnxruntime/pull/1361",),
        applies=all_of(ragged, alive),
        run=Semantics(loop=_padding_not_zeroed),
    ),
    Mistake(
        id="lengths/state-not-frozen",
        statement="state not frozen past a row's length",
        explanation="The outputs are right, but the final state has gone on into the padding: through the biases even "
        "where the padding is zero.",
        repair=_HOW,
        seen=(
            "https://github.com/keras-team/keras/issues/1300",
            "https://github.com/microsoft/onnxruntime/issues/1400",
        ),
        applies=_ragged_and_alive,
        run=Semantics(loop=_state_not_frozen),
    ),
    Mistake(
        id="lengths/last-output-repeated",
        statement="outputs past a row's length repeat the last one",
        explanation="Keras repeats the last valid output of a masked row; TensorFlow's rnn functions answer 0.",
        repair="Write zeros to the outputs past a row's length: zero_output_for_mask=True in Keras.",
        seen=("https://github.com/keras-team/keras/issues/1569",),
        applies=all_of(runs, _outlived),
        run=Semantics(loop=_last_output_repeated),
    ),
    Mistake(
        id="lengths/final-h-of-last-step",
        statement="final h is the output at T - 1: 0 for rows that have ended",
        explanation="outputs[:, -1] was taken for the final h. That is right for rows of full length alone.",
        repair="Take the state that the loop ends with, or the output at each row's length - 1.",
        seen=("https://github.com/allenai/allennlp/issues/1713", "https://github.com/pytorch/rl/issues/3711"),
        applies=_ends_with_state,
        run=Semantics(answered=_last_step_as_h),
    ),
    Mistake(
        id="lengths/final-state-zeroed",
        statement="final state zeroed for rows that have ended",
        explanation="The state is zeroed past a row's length, as the outputs are, instead of kept.",
        repair=_HOW,
        seen=("https://github.com/tensorflow/tensorflow/issues/1030",),
        applies=_ends_with_state,
        run=_zeroed(lambda lengths, steps: lengths < steps),
    ),
    Mistake(
        id="lengths/empty-rows-zeroed",
        statement="final state of rows of length 0 is 0 (TensorFlow: initial)",
        explanation="Rows of length 0 return early, with zeros; their final state is the initial one.",
        repair=_HOW,
        seen=(
            "https://github.com/microsoft/onnxruntime/pull/749",
            "https://github.com/microsoft/onnxruntime/issues/28490",
        ),
        applies=all_of(starts, lambda spec: 0 in lengths_of(spec)),
        run=_zeroed(lambda lengths, _: lengths == 0),
    ),
    Mistake(
        id="lengths/one-short",
        statement="rows end one step too early",
        explanation="The length was taken for the index of the last step, or compared with a step counted from 1.",
        repair="A row runs while step < length, with steps counted from 0.",
        applies=_can_be_shorter,
        run=Semantics(asked=_off_by(-1)),
    ),
    Mistake(
        id="lengths/one-long",
        statement="rows end one step too late",
        explanation="The length was compared with <=, so that one step of padding is read.",
        repair="A row runs while step < length, with steps counted from 0.",
        applies=_ragged_and_alive,
        run=Semantics(asked=_off_by(1)),
    ),
)
