"""Two directions: the backward cell reads each row from its last valid step, and its outputs are turned back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.layer_states import State, ending_in, is_as_wide_as_its_output, is_top, map_h, zeros_like
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, longest, ragged, runs, starts, two_ways
from rnn_parity.mistakes.semantics import Lengths, Semantics, outputs_by_direction, turned
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer


def _as_it_is(tree: Tree, _: Lengths) -> Tree:
    return tree


def _turned_over_all_steps(tree: Tree, _: Lengths) -> Tree:
    return turned(tree, None)


def _backward_h(time: Callable[[Lengths, int], Array]) -> Callable[[Case, Result], Result]:
    """Return what takes the final backward h from the outputs at this time of each row."""

    def answer(case: Case, result: Result) -> Result:
        outputs = outputs_by_direction(case, result)["bw"]
        steps, rows = outputs.shape[:2]
        lengths = np.full(rows, steps) if case.sequence_length is None else case.sequence_length
        found = outputs[time(lengths, steps), np.arange(rows)]

        def change(layer: Layer, state: State) -> State:
            backward = layer.direction == "bw" and is_top(case.spec, layer)
            return map_h(lambda h: np.where(lengths[:, np.newaxis] > 0, found, h), state) if backward else state

        return ending_in(change)(case, result)

    return answer


def _backward_zero(layer: Layer, state: State) -> State:
    return zeros_like(state) if layer.direction == "bw" else state


def _steps(least: int) -> Room:
    return lambda spec: two_ways(spec) and longest(spec) >= least


def _h_from_outputs(room: Room) -> Room:
    """Return the room where the outputs can be taken for h: they are as wide."""
    return lambda spec: room(spec) and is_as_wide_as_its_output(spec, "bw")


MISTAKES = (
    Mistake(
        id="bidirectional/backward-output-not-turned-back",
        statement="backward outputs not turned back",
        explanation="The backward outputs are in the order of computation: the last step first.",
        repair="Turn the backward outputs around within each row's length: tf.reverse_sequence.",
        seen=(
            "https://github.com/microsoft/onnxruntime/issues/4187",
            "https://github.com/webmachinelearning/webnn/issues/801",
            "https://github.com/onnx/keras-onnx/pull/583",
            "https://github.com/PINTO0309/onnx2tf/pull/287",
            "https://github.com/onnx/tensorflow-onnx/pull/213",
        ),
        applies=_steps(2),
        run=Semantics(turn_out=_as_it_is),
    ),
    Mistake(
        id="bidirectional/turned-over-all-steps",
        statement="rows turned around over all T steps, not within their length",
        explanation="The backward cell starts in the padding of short rows. Full rows cannot show it; because of the "
        "biases, zero padding does not hide it.",
        repair="tf.reverse_sequence with sequence_length, for the inputs and for the outputs.",
        seen=(
            "https://github.com/NervanaSystems/ngraph/pull/3176",
            "https://github.com/pytorch/pytorch/issues/1811",
            "https://github.com/keras-team/keras/issues/4192",
            "https://github.com/pytorch/pytorch/issues/517",
        ),
        applies=all_of(two_ways, ragged, runs),
        run=Semantics(turn_in=_turned_over_all_steps, turn_out=_turned_over_all_steps),
    ),
    Mistake(
        id="bidirectional/backward-reads-forwards",
        statement="backward cell reads the inputs forwards",
        explanation="Neither its inputs nor its outputs are turned around: it is a second forward cell.",
        repair="Turn the inputs of the backward cell around within each row's length, and its outputs back.",
        seen=("https://github.com/apache/tvm/pull/15829",),
        applies=_steps(2),
        run=Semantics(turn_in=_as_it_is, turn_out=_as_it_is),
    ),
    Mistake(
        id="bidirectional/backward-input-not-turned",
        statement="backward inputs not turned around, but the outputs are",
        explanation="The backward cell reads forwards, and its outputs come out in reverse.",
        repair="Turn the inputs of the backward cell around, too.",
        seen=("https://github.com/stanfordmlgroup/nlc/issues/8",),
        applies=_steps(2),
        run=Semantics(turn_in=_as_it_is),
    ),
    Mistake(
        id="bidirectional/backward-h-of-row-end",
        statement="final backward h taken at each row's last step",
        explanation="There the backward cell has seen one step only; it ends at step 0.",
        repair="Take the state that the backward loop ends with, which is its output at step 0.",
        seen=("https://github.com/yunjey/pytorch-tutorial/pull/174",),
        applies=_h_from_outputs(_steps(2)),
        run=Semantics(answered=_backward_h(lambda lengths, steps: np.clip(lengths, 1, steps) - 1)),
    ),
    Mistake(
        id="bidirectional/backward-h-of-last-step",
        statement="final backward h is the output at T - 1",
        explanation="outputs[:, -1] was taken for both directions; there the backward cell has seen one step at most.",
        repair="Take the state that the backward loop ends with, which is its output at step 0.",
        seen=("https://github.com/yunjey/pytorch-tutorial/pull/174",),
        applies=_h_from_outputs(lambda spec: _steps(1)(spec) and spec.sizes.max_time > 1),
        run=Semantics(answered=_backward_h(lambda lengths, steps: np.full_like(lengths, steps - 1))),
    ),
    Mistake(
        id="bidirectional/backward-final-state-zero",
        statement="final backward state returned as zeros",
        explanation="The backward state is not written to what is returned.",
        repair="Return the state that the backward loop ends with.",
        seen=("https://github.com/apple/coremltools/issues/824", "https://github.com/apple/coremltools/issues/263"),
        applies=lambda spec: two_ways(spec) and (runs(spec) or starts(spec)),
        run=Semantics(answered=ending_in(_backward_zero)),
    ),
)
