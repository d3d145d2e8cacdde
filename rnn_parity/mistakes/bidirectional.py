"""Two directions: the backward cell reads each row from its last valid step, and its outputs are turned back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.layer_states import State, ending_in, is_top, map_h, zeros_like
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, given, longest, ragged, runs, two_ways
from rnn_parity.mistakes.semantics import Lengths, Semantics, joined, outputs_by_direction, turned
from rnn_parity.spec import CaseSpec, StaticBidirectionalRNN
from rnn_parity.structure import Array, Directions, Tree, cells_of, join, output_size, state_size
from rnn_parity.weights import Layer, cell_variables, layers


def _as_it_is(array: Array, _: Lengths) -> Array:
    return array


def _turned_over_all_steps(array: Array, _: Lengths) -> Array:
    return turned(array, None)


def _pairs(spec: CaseSpec) -> list[tuple[Layer, Layer]]:
    """Return the layers of both directions, side by side."""
    forward, backward = ([layer for layer in layers(spec) if layer.direction == way] for way in ("fw", "bw"))
    return list(zip(forward, backward, strict=False))


def _weights_from(*, fw_too: bool) -> Callable[[Case], Case]:
    """Return what reads the backward weights from the forward cell and, `fw_too`, the converse."""

    def read(case: Case) -> Case:
        weights = dict(case.weights)
        for forward, backward in _pairs(case.spec):
            for name in cell_variables(forward.cell, forward.depth):
                weights[join(backward.scope, name)] = case.weights[join(forward.scope, name)]
                if fw_too:
                    weights[join(forward.scope, name)] = case.weights[join(backward.scope, name)]
        return replace(case, weights=weights)

    return read


def _starting_from(choose: Callable[[Tree, Tree], Directions]) -> Semantics:
    """Return the candidate that starts the two directions from what it chooses of their initial states."""

    def read(case: Case) -> Case:
        return case if case.initial_state is None else replace(case, initial_state=choose(*case.initial_state))

    return Semantics(asked=read)


def _outputs_swapped(case: Case, result: Result) -> Result:
    outputs = outputs_by_direction(case, result)
    return replace(result, outputs=joined(case, outputs["bw"], outputs["fw"]))


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


def _weights_fit(spec: CaseSpec) -> bool:
    """Return whether the directions' weights have the same shapes, and come to act."""
    pairs = _pairs(spec)
    return (
        runs(spec)
        and 0 < 2 * len(pairs) == len(layers(spec))
        and all(cell_variables(fw.cell, fw.depth) == cell_variables(bw.cell, bw.depth) for fw, bw in pairs)
    )


def _outputs_fit(spec: CaseSpec) -> bool:
    widths = {output_size(cell) for cell in cells_of(spec)}
    return _steps(1)(spec) and (isinstance(spec.run, StaticBidirectionalRNN) or len(widths) == 1)


def _states_fit(spec: CaseSpec) -> bool:
    sizes = [state_size(cell) for cell in cells_of(spec)]
    return two_ways(spec) and sizes[0] == sizes[-1]


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
        id="bidirectional/outputs-swapped",
        statement="outputs of the two directions swapped: [bw | fw]",
        explanation="The backward outputs stand where the forward ones should.",
        repair="Return (outputs_fw, outputs_bw), or join them as [fw | bw].",
        applies=_outputs_fit,
        run=Semantics(answered=_outputs_swapped),
    ),
    Mistake(
        id="bidirectional/weights-swapped",
        statement="weights of the two directions swapped",
        explanation="Each direction runs with the other's weights. All shapes fit.",
        repair="Variables under `fw` are the forward cell's, those under `bw` the backward cell's.",
        seen=("https://github.com/pytorch/pytorch/pull/22850",),
        applies=_weights_fit,
        run=Semantics(asked=_weights_from(fw_too=True)),
    ),
    Mistake(
        id="bidirectional/backward-weights-are-forward",
        statement="backward cell given the forward weights",
        explanation="One cell was used for both directions.",
        repair="Give each direction its own weights.",
        seen=(
            "https://github.com/guillaumegenthial/sequence_tagging/issues/2",
            "https://github.com/pytorch/pytorch/issues/94754",
        ),
        applies=_weights_fit,
        run=Semantics(asked=_weights_from(fw_too=False)),
    ),
    Mistake(
        id="bidirectional/initial-states-swapped",
        statement="initial states of the two directions swapped",
        explanation="Each direction starts from the other's initial state.",
        repair="initial_state_fw starts the forward cell, initial_state_bw the backward one.",
        applies=all_of(_states_fit, given),
        run=_starting_from(lambda fw, bw: Directions(bw, fw)),
    ),
    Mistake(
        id="bidirectional/final-states-swapped",
        statement="final states of the two directions swapped",
        explanation="The backward state stands where the forward one should.",
        repair="Return (state_fw, state_bw).",
        applies=all_of(_states_fit, lambda spec: runs(spec) or given(spec)),
        run=Semantics(answered=lambda _, result: replace(result, final_state=Directions(*result.final_state[::-1]))),
    ),
    Mistake(
        id="bidirectional/backward-starts-from-forward-state",
        statement="backward cell started from the forward initial state",
        explanation="One initial state was used for both directions.",
        repair="initial_state_bw starts the backward cell.",
        applies=all_of(_states_fit, given),
        run=_starting_from(lambda fw, _: Directions(fw, fw)),
    ),
    Mistake(
        id="bidirectional/backward-h-of-row-end",
        statement="final backward h taken at each row's last step",
        explanation="There the backward cell has seen one step only; it ends at step 0.",
        repair="Take the state that the backward loop ends with, which is its output at step 0.",
        seen=("https://github.com/yunjey/pytorch-tutorial/pull/174",),
        applies=_steps(2),
        run=Semantics(answered=_backward_h(lambda lengths, steps: np.clip(lengths, 1, steps) - 1)),
    ),
    Mistake(
        id="bidirectional/backward-h-of-last-step",
        statement="final backward h is the output at T - 1",
        explanation="outputs[:, -1] was taken for both directions; there the backward cell has seen one step at most.",
        repair="Take the state that the backward loop ends with, which is its output at step 0.",
        seen=("https://github.com/yunjey/pytorch-tutorial/pull/174",),
        applies=lambda spec: _steps(1)(spec) and spec.sizes.max_time > 1,
        run=Semantics(answered=_backward_h(lambda lengths, steps: np.full_like(lengths, steps - 1))),
    ),
    Mistake(
        id="bidirectional/backward-final-state-zero",
        statement="final backward state returned as zeros",
        explanation="The backward state is not written to what is returned.",
        repair="Return the state that the backward loop ends with.",
        seen=("https://github.com/apple/coremltools/issues/824", "https://github.com/apple/coremltools/issues/263"),
        applies=lambda spec: two_ways(spec) and (runs(spec) or given(spec)),
        run=Semantics(answered=ending_in(_backward_zero)),
    ),
)
