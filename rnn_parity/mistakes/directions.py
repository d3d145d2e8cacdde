"""Two directions taken for each other: their weights, states or outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import all_of, runs, starts, two_ways
from rnn_parity.mistakes.semantics import Semantics, joined, outputs_by_direction
from rnn_parity.spec import CaseSpec, Directions
from rnn_parity.structure import Tree, cells_of, is_one_object, output_shapes
from rnn_parity.weights import Owner, own_weights, owners, stored_weights


def _pairs(spec: CaseSpec) -> list[tuple[Owner, Owner]]:
    """Return the layers and wrappers with weights of both directions, side by side."""
    forward, backward = ([owner for owner in owners(spec) if owner.direction == way] for way in ("fw", "bw"))
    return list(zip(forward, backward, strict=False))


def weights_from(*sources: str) -> Callable[[Case], Case]:
    """Return what gives the weights of these directions, 'fw' or 'bw', to the other one."""

    def read(case: Case) -> Case:
        weights = dict(case.weights)
        for forward, backward in _pairs(case.spec):
            if "fw" in sources:
                weights |= stored_weights(backward, own_weights(forward, case.weights))
            if "bw" in sources:
                weights |= stored_weights(forward, own_weights(backward, case.weights))
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


def weights_fit(spec: CaseSpec) -> bool:
    """Return whether the directions have weights of their own of the same shapes, which come to act."""
    pairs = _pairs(spec)
    return (
        runs(spec)
        and not is_one_object(spec)
        and 0 < 2 * len(pairs) == len(owners(spec))
        and all(fw.cell.variables(fw.depth) == bw.cell.variables(bw.depth) for fw, bw in pairs)
    )


def _outputs_fit(spec: CaseSpec) -> bool:
    widths = {cell.output_size for cell in cells_of(spec)}
    return two_ways(spec) and runs(spec) and (len(output_shapes(spec)) == 1 or len(widths) == 1)


def states_fit(spec: CaseSpec) -> bool:
    """Return whether the states of two directions are of the same sizes."""
    sizes = [cell.state_size for cell in cells_of(spec)]
    return two_ways(spec) and sizes[0] == sizes[-1]


MISTAKES = (
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
        applies=weights_fit,
        run=Semantics(asked=weights_from("fw", "bw")),
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
        applies=weights_fit,
        run=Semantics(asked=weights_from("fw")),
    ),
    Mistake(
        id="bidirectional/initial-states-swapped",
        statement="initial states of the two directions swapped",
        explanation="Each direction starts from the other's initial state.",
        repair="initial_state_fw starts the forward cell, initial_state_bw the backward one.",
        applies=all_of(states_fit, starts),
        run=_starting_from(lambda fw, bw: Directions(bw, fw)),
    ),
    Mistake(
        id="bidirectional/final-states-swapped",
        statement="final states of the two directions swapped",
        explanation="The backward state stands where the forward one should.",
        repair="Return (state_fw, state_bw).",
        applies=all_of(states_fit, lambda spec: runs(spec) or starts(spec)),
        run=Semantics(answered=lambda _, result: replace(result, final_state=Directions(*result.final_state[::-1]))),
    ),
    Mistake(
        id="bidirectional/backward-starts-from-forward-state",
        statement="backward cell started from the forward initial state",
        explanation="One initial state was used for both directions.",
        repair="initial_state_bw starts the backward cell.",
        applies=all_of(states_fit, starts),
        run=_starting_from(lambda fw, _: Directions(fw, fw)),
    ),
)
