"""Several calls of one graph: the state carried from one to the next, or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from rnn_parity.candidate import Case
from rnn_parity.mistakes.layer_states import State, exchangeable, is_top, join_layers, split_layers, zeros_like
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, runs, where, where_lstm
from rnn_parity.mistakes.semantics import LSTM, Called, Semantics, right_loop
from rnn_parity.mistakes.stacked import reversed_layers, reversible, several_layers
from rnn_parity.spec import CaseSpec, Chunked, LSTMStateTuple, StateSavingRNN
from rnn_parity.structure import Tree, map_tree
from rnn_parity.weights import Layer, layers


def _carried_otherwise(case: Case) -> Case:
    run = case.spec.run
    if not isinstance(run, Chunked | StateSavingRNN):
        return case
    carried = isinstance(run, StateSavingRNN) or run.carry_state
    other = Chunked(chunks=run.chunks, initial_state=run.initial_state, carry_state=not carried)
    return replace(case, spec=msgspec.structs.replace(case.spec, run=other))


def _handing_on(change: Callable[[CaseSpec, Layer, State, State], State]) -> Semantics:
    """Return the candidate whose calls start, layer by layer, from what this makes of the last and the first state."""

    def carry(case: Case, calls: list[Called]) -> Tree:
        finals = split_layers(case.spec, calls[-1].final)
        zeros = case.initial_state is None
        starts = [zeros_like(state) for state in finals] if zeros else split_layers(case.spec, case.initial_state)
        triples = zip(layers(case.spec), finals, starts, strict=True)
        changed = [change(case.spec, *triple) for triple in triples]
        return join_layers(case.spec, changed, calls[-1].final)

    return Semantics(carry=carry)


def _c_alone(spec: CaseSpec, _: Layer, final: State, start: State) -> State:
    """Return the state with c of the last call and h of the first; other cells' as it should be."""
    if isinstance(final, LSTMStateTuple):
        return LSTMStateTuple(final.c, start.h)
    return final if CARRIED(spec) else start


def _h_alone(spec: CaseSpec, _: Layer, final: State, start: State) -> State:
    if isinstance(final, LSTMStateTuple):
        return LSTMStateTuple(start.c, final.h)
    return final if CARRIED(spec) else start


def _exchanged(_: CaseSpec, layer: Layer, final: State, __: State) -> State:
    return LSTMStateTuple(final.h, final.c) if exchangeable(layer.cell) else final


def _before_last_step(_: Case, calls: list[Called]) -> Tree:
    cell, inputs, start, _final = calls[-1]
    return right_loop(cell, map_tree(lambda array: array[:-1], inputs), None, start)[1]


def _called(*, carry_state: bool) -> Room:
    return lambda spec: (
        runs(spec)
        and isinstance(spec.run, Chunked | StateSavingRNN)
        and getattr(spec.run, "carry_state", True) == carry_state
    )


CARRIED, RESET = _called(carry_state=True), _called(carry_state=False)
_HOW = "Hand every part of a call's final state to the next call."

MISTAKES = (
    Mistake(
        id="state/lost-between-calls",
        statement="state not carried to the next call",
        explanation="Each call starts from the first call's initial state.",
        repair="Feed the final state of a call as the initial state of the next.",
        seen=(
            "https://github.com/apple/coremltools/issues/263",
            "https://github.com/tensorflow/tensorflow/issues/32299",
        ),
        applies=_called(carry_state=True),
        run=Semantics(asked=_carried_otherwise),
    ),
    Mistake(
        id="state/leaks-into-next-call",
        statement="state of the last call leaks into the next",
        explanation="A call continues where the one before ended, although it is told to start anew.",
        repair="Reset the state at the start of every call.",
        seen=(
            "https://github.com/soumith/cudnn.torch/issues/348",
            "https://github.com/mlpack/mlpack/pull/2772",
        ),
        applies=_called(carry_state=False),
        run=Semantics(asked=_carried_otherwise),
    ),
    Mistake(
        id="state/carried-one-call-late",
        statement="state carried one call late",
        explanation="A call starts from what the call before the last one ended with: the state was fetched or saved "
        "before the call, not after. Two calls cannot tell it from a state that is lost.",
        repair=_HOW,
        applies=all_of(CARRIED, lambda spec: len(getattr(spec.run, "chunks", ())) > 2),  # noqa: PLR2004  a third call
        run=Semantics(carry=lambda case, calls: calls[-2].final if len(calls) > 1 else case.initial_state),
    ),
    Mistake(
        id="state/saved-before-last-step",
        statement="state saved before the last step of a call",
        explanation="The state that the last step read was handed on, not the one that it answered.",
        repair=_HOW,
        applies=CARRIED,
        run=Semantics(carry=_before_last_step),
    ),
    Mistake(
        id="state/h-not-carried",
        statement="c of LSTMs carried to the next call, h not",
        explanation="h was taken for an output. Every call starts from the first call's h.",
        repair=_HOW,
        applies=where(LSTM, needs=CARRIED),
        run=_handing_on(_c_alone),
    ),
    Mistake(
        id="state/c-not-carried",
        statement="h of LSTMs carried to the next call, c not",
        explanation="The last output was fed back in the state's place. Every call starts from the first call's c.",
        repair=_HOW,
        applies=where_lstm(needs=CARRIED),
        run=_handing_on(_h_alone),
    ),
    Mistake(
        id="state/c-h-swapped-between-calls",
        statement="c and h of LSTMs swapped between two calls",
        explanation="Each was saved under the other's name. Shapes fit wherever there is no projection, and the first "
        "call is right.",
        repair="Save and feed (c, h), in TensorFlow's order.",
        applies=where(LSTM, exchangeable, needs=CARRIED),
        run=_handing_on(_exchanged),
    ),
    Mistake(
        id="state/layers-reversed-between-calls",
        statement="states of the layers in reverse order in the next call",
        explanation="Layers' states were saved under each other's names. The first call is right.",
        repair="state[k] is that of cells[k], which counts from the input.",
        applies=all_of(CARRIED, reversible),
        run=Semantics(carry=lambda case, calls: reversed_layers(case.spec, calls[-1].final)),
    ),
    Mistake(
        id="state/layer-0-carried-only",
        statement="state of layer 0 carried to the next call, others not",
        explanation="The layers above the first start each call as they started the first call.",
        repair="Carry the state of every layer.",
        applies=all_of(CARRIED, several_layers),
        run=_handing_on(lambda _, layer, final, start: final if layer.index == 0 else start),
    ),
    Mistake(
        id="state/last-layer-carried-only",
        statement="state of the last layer carried to the next call, others not",
        explanation="state[-1] was taken for the state. The layers below start each call as they started the first.",
        repair="Carry the state of every layer.",
        applies=all_of(CARRIED, several_layers),
        run=_handing_on(lambda spec, layer, final, start: final if is_top(spec, layer) else start),
    ),
    Mistake(
        id="state/c-not-reset",
        statement="h of LSTMs reset for the next call, c not",
        explanation="One of two variables was forgotten where the state is reset.",
        repair="Reset every part of the state at the start of every call.",
        applies=where_lstm(needs=RESET),
        run=_handing_on(_c_alone),
    ),
    Mistake(
        id="state/h-not-reset",
        statement="c of LSTMs reset for the next call, h not",
        explanation="One of two variables was forgotten where the state is reset.",
        repair="Reset every part of the state at the start of every call.",
        applies=where(LSTM, needs=RESET),
        run=_handing_on(_h_alone),
    ),
)
