"""One direction handled otherwise than the other: its state, its lengths, its outputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.directions import states_fit, weights_fit, weights_from
from rnn_parity.mistakes.layer_states import State, starting_from, zeros_like
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import all_of, longest, ragged, runs, starts, two_ways
from rnn_parity.mistakes.semantics import Lengths, Semantics, joined, outputs_by_direction, turned
from rnn_parity.spec import CaseSpec, Directions
from rnn_parity.structure import Tree, cells_of, output_shapes, sequence_lengths
from rnn_parity.weights import Layer


def _only_forward(layer: Layer, state: State) -> State:
    return zeros_like(state) if layer.direction == "bw" else state


def _only_backward(layer: Layer, state: State) -> State:
    return zeros_like(state) if layer.direction == "fw" else state


def _forward_from_backward(case: Case) -> Case:
    return case if case.initial_state is None else replace(case, initial_state=Directions(*case.initial_state[1:] * 2))


def _forward_state_for_both(_: Case, result: Result) -> Result:
    return replace(result, final_state=Directions(result.final_state[0], result.final_state[0]))


def _forward_outputs_twice(case: Case, result: Result) -> Result:
    forward = outputs_by_direction(case, result)["fw"]
    return replace(result, outputs=joined(case, forward, forward))


def _backward_outputs_zero(case: Case, result: Result) -> Result:
    outputs = outputs_by_direction(case, result)
    return replace(result, outputs=joined(case, outputs["fw"], np.zeros_like(outputs["bw"])))


def _interleaved(case: Case, result: Result) -> Result:
    outputs = outputs_by_direction(case, result)
    both = np.stack([outputs["fw"], outputs["bw"]], axis=-1)
    half, width = both.shape[-2], 2 * both.shape[-2]
    mixed = both.reshape(*both.shape[:-2], width)
    return replace(result, outputs=joined(case, mixed[..., :half], mixed[..., half:]))


def _ends(direction: str, *, ignored: bool = False, short: int = 0) -> Semantics:
    """Return the candidate whose one direction is told no lengths, or such as are too short."""

    def told(way: str, lengths: Lengths) -> Lengths:
        if way != direction or lengths is None:
            return lengths
        return None if ignored else np.maximum(lengths - short, 0)

    return Semantics(ends=told)


def _turned_one_less(tree: Tree, lengths: Lengths) -> Tree:
    return tree if lengths is None else turned(tree, np.maximum(lengths - 1, 0))


def _same_width(spec: CaseSpec) -> bool:
    return two_ways(spec) and runs(spec) and len({cell.output_size for cell in cells_of(spec)}) == 1


def _joined(spec: CaseSpec) -> bool:
    """Return whether the outputs are one array [fw | bw], of directions of more than one unit each."""
    return _same_width(spec) and len(output_shapes(spec)) == 1 and cells_of(spec)[0].output_size > 1


def _ended(spec: CaseSpec) -> bool:
    return sequence_lengths(spec) is not None and ragged(spec) and (runs(spec) or starts(spec))


def _several_steps(spec: CaseSpec) -> bool:
    """Return whether some row of given length has several steps."""
    given = two_ways(spec) and sequence_lengths(spec) is not None
    return given and longest(spec) > 1


_LENGTHS = "Give the same sequence_length to both loops, and to what turns the rows around."
_STATES = "Return (state_fw, state_bw), and start each direction from its own."

MISTAKES = (
    Mistake(
        id="bidirectional/initial-state-forward-only",
        statement="initial state given to the forward cell only, zeros to bw",
        explanation="initial_state_bw is not handed on. Zero states cannot show it.",
        repair="initial_state_bw starts the backward cell.",
        applies=all_of(two_ways, starts),
        run=Semantics(asked=starting_from(_only_forward)),
    ),
    Mistake(
        id="bidirectional/initial-state-backward-only",
        statement="initial state given to the backward cell only, zeros to fw",
        explanation="The state that was set last is the only one that is used. Zero states cannot show it.",
        repair="initial_state_fw starts the forward cell.",
        applies=all_of(two_ways, starts),
        run=Semantics(asked=starting_from(_only_backward)),
    ),
    Mistake(
        id="bidirectional/forward-starts-from-backward-state",
        statement="forward cell started from the backward initial state",
        explanation="One initial state, the last one, was used for both directions.",
        repair="initial_state_fw starts the forward cell.",
        applies=all_of(states_fit, starts),
        run=Semantics(asked=_forward_from_backward),
    ),
    Mistake(
        id="bidirectional/final-state-forward-for-both",
        statement="final state of the forward cell returned for both directions",
        explanation="The forward state stands where the backward one should. Outputs alone cannot show it.",
        repair=_STATES,
        applies=all_of(states_fit, lambda spec: runs(spec) or starts(spec)),
        run=Semantics(answered=_forward_state_for_both),
    ),
    Mistake(
        id="bidirectional/forward-weights-are-backward",
        statement="forward cell given the backward weights",
        explanation="Both directions were given the weights that were read last.",
        repair="Give each direction its own weights.",
        seen=("https://github.com/pytorch/pytorch/issues/94754",),
        applies=weights_fit,
        run=Semantics(asked=weights_from("bw")),
    ),
    Mistake(
        id="bidirectional/forward-outputs-twice",
        statement="forward outputs returned for both directions: [fw | fw]",
        explanation="The backward outputs are not read out.",
        repair="Return (outputs_fw, outputs_bw), or join them as [fw | bw].",
        applies=_same_width,
        run=Semantics(answered=_forward_outputs_twice),
    ),
    Mistake(
        id="bidirectional/backward-outputs-zero",
        statement="backward outputs are zeros",
        explanation="The backward half of the outputs is never written.",
        repair="Return (outputs_fw, outputs_bw), or join them as [fw | bw].",
        applies=all_of(two_ways, runs),
        run=Semantics(answered=_backward_outputs_zero),
    ),
    Mistake(
        id="bidirectional/outputs-interleaved",
        statement="outputs joined unit by unit: fw, bw, fw, ... (not [fw | bw])",
        explanation="The outputs were stacked as (H, 2) and reshaped to 2 H. All shapes fit.",
        repair="Join the outputs of both directions as [fw | bw].",
        applies=_joined,
        run=Semantics(answered=_interleaved),
    ),
    Mistake(
        id="bidirectional/backward-lengths-ignored",
        statement="backward loop told no lengths: it goes on past them",
        explanation="Its inputs are turned around within each row's length, but the loop runs over all T steps, and "
        "its state goes on into the padding.",
        repair=_LENGTHS,
        applies=all_of(two_ways, _ended),
        run=_ends("bw", ignored=True),
    ),
    Mistake(
        id="bidirectional/forward-lengths-ignored",
        statement="forward loop told no lengths: it goes on past them",
        explanation="Lengths are handed on to the backward direction alone, which cannot do without.",
        repair=_LENGTHS,
        applies=all_of(two_ways, _ended),
        run=_ends("fw", ignored=True),
    ),
    Mistake(
        id="bidirectional/backward-one-short",
        statement="backward cell stops before step 0",
        explanation="Its loop ends one step early, so that the first step of each row is never read backwards.",
        repair=_LENGTHS,
        applies=lambda spec: two_ways(spec) and sequence_lengths(spec) is not None and runs(spec),
        run=_ends("bw", short=1),
    ),
    Mistake(
        id="bidirectional/turned-within-length-minus-1",
        statement="rows turned around within length - 1: the last step stays",
        explanation="The index of the last step was taken for the length where rows are turned around.",
        repair="tf.reverse_sequence with sequence_length, for the inputs and for the outputs.",
        applies=_several_steps,
        run=Semantics(turn_in=_turned_one_less, turn_out=_turned_one_less),
    ),
)
