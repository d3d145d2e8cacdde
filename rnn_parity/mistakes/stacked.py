"""MultiRNNCell: every layer has its own weights, options and state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rnn_parity.candidate import Case
from rnn_parity.mistakes.layer_states import State, is_top, join_layers, split_layers, zeros_like
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_options
from rnn_parity.mistakes.room import all_of, clips_to_zero, recurs, runs, starts
from rnn_parity.mistakes.semantics import LSTM, Semantics, Weights, misread, plain
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Tree, cells_of
from rnn_parity.weights import Layer, layers, own_weights, stored_weights


def stacks(spec: CaseSpec) -> list[list[Layer]]:
    """Return the layers of each direction, from the input up."""
    found: dict[str, list[Layer]] = {}
    for layer in layers(spec):
        found.setdefault(layer.direction, []).append(layer)
    return list(found.values())


def _weights_of_layer_0(case: Case) -> Case:
    weights = dict(case.weights)
    for stack in stacks(case.spec):
        for layer in stack[1:]:
            weights |= stored_weights(layer, own_weights(stack[0], case.weights))
    return replace(case, weights=weights)


def _no_forget_bias_above(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    return with_options(forget_bias=0.0)(layer, weights) if layer.index > 0 else (layer, weights)


def reversed_layers(spec: CaseSpec, tree: Tree) -> Tree:
    """Return the state with the layers of each direction in reverse order."""
    remaining = iter(split_layers(spec, tree))
    states: list[State] = []
    for stack in stacks(spec):
        states += [next(remaining) for _ in stack][::-1]
    return join_layers(spec, states, tree)


def _kept(keep: Callable[[CaseSpec, Layer], bool]) -> Semantics:
    """Return the candidate that starts from zeros in every layer but those to keep."""

    def read(case: Case) -> Case:
        if case.initial_state is None:
            return case
        states = zip(layers(case.spec), split_layers(case.spec, case.initial_state), strict=True)
        kept = [state if keep(case.spec, layer) else zeros_like(state) for layer, state in states]
        return replace(case, initial_state=join_layers(case.spec, kept, case.initial_state))

    return Semantics(asked=read)


def _start_reversed(case: Case) -> Case:
    if case.initial_state is None:
        return case
    return replace(case, initial_state=reversed_layers(case.spec, case.initial_state))


def several_layers(spec: CaseSpec) -> bool:
    """Return whether a direction has more than one layer."""
    return len(layers(spec)) > len(cells_of(spec))


def weights_are_alike(spec: CaseSpec) -> bool:
    """Return whether all layers of a direction have weights of the same shapes, and several of them their own."""
    shapes = [{tuple(layer.cell.variables(layer.depth).items()) for layer in stack} for stack in stacks(spec)]
    several_weights = any(len({layer.scope for layer in stack}) > 1 for stack in stacks(spec))
    return several_weights and runs(spec) and all(len(found) == 1 for found in shapes)


def reversible(spec: CaseSpec) -> bool:
    """Return whether the layers' states fit each other in reverse order."""
    sizes = [[layer.cell.state_size for layer in stack] for stack in stacks(spec)]
    return several_layers(spec) and all(found == found[::-1] for found in sizes)


def _forget_bias_above(spec: CaseSpec) -> bool:
    above = [plain(layer).cell for layer in layers(spec) if layer.index > 0 and isinstance(layer.cell, LSTM)]
    return recurs(spec) and any(getattr(cell, "forget_bias", 0) != 0 and not clips_to_zero(cell) for cell in above)


MISTAKES = (
    Mistake(
        id="stacked/weights-shared",
        statement="all layers share the weights of layer 0",
        explanation="[cell] * n is one cell n times. Only where input and layers have equal widths does it run at all.",
        repair="Make a new cell for every layer: [make() for _ in range(n)].",
        seen=(
            "https://github.com/tensorflow/models/pull/2878",
            "https://github.com/macanv/BERT-BiLSTM-CRF-NER/issues/252",
            "https://github.com/tensorflow/tensorflow/issues/14897",
        ),
        applies=weights_are_alike,
        run=Semantics(asked=_weights_of_layer_0),
    ),
    Mistake(
        id="stacked/forget-bias-in-layer-0-only",
        statement="forget_bias in layer 0 only",
        explanation="Layers above the first have none.",
        repair="Add each layer's own forget_bias to its f.",
        applies=_forget_bias_above,
        run=misread(LSTM, _no_forget_bias_above),
    ),
    Mistake(
        id="stacked/initial-states-reversed",
        statement="initial states of the layers in reverse order",
        explanation="The state of the last layer starts the first. Zero states, and one layer, cannot show it.",
        repair="state[k] is that of cells[k], which counts from the input.",
        seen=("https://github.com/pytorch/pytorch/pull/95137",),
        applies=all_of(reversible, starts),
        run=Semantics(asked=_start_reversed),
    ),
    Mistake(
        id="stacked/final-states-reversed",
        statement="final states of the layers in reverse order",
        explanation="The state of the last layer is returned first.",
        repair="state[k] is that of cells[k], which counts from the input.",
        seen=("https://github.com/OpenNMT/OpenNMT-py/issues/61",),
        applies=all_of(reversible, lambda spec: runs(spec) or starts(spec)),
        run=Semantics(
            answered=lambda case, result: replace(result, final_state=reversed_layers(case.spec, result.final_state))
        ),
    ),
    Mistake(
        id="stacked/initial-state-of-layer-0-only",
        statement="initial state used in layer 0 only, zeros above",
        explanation="The given states of the layers above the first are not used.",
        repair="Start every layer from its own part of the state.",
        seen=("https://github.com/pytorch/pytorch/pull/95137",),
        applies=all_of(several_layers, starts),
        run=_kept(lambda _, layer: layer.index == 0),
    ),
    Mistake(
        id="stacked/initial-state-of-last-layer-only",
        statement="initial state used in the last layer only, zeros below",
        explanation="The given states of the layers below the last are not used.",
        repair="Start every layer from its own part of the state.",
        seen=("https://github.com/jzilly/RecurrentHighwayNetworks/issues/5",),
        applies=all_of(several_layers, starts),
        run=_kept(is_top),
    ),
)
