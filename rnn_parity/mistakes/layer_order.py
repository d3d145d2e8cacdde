"""Layers of a stack taken for each other: their weights, their states, and what each of them reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy_impl
from numpy_impl.cell import RNNCell
from numpy_impl.state import State as CellState
from rnn_parity.candidate import Case, Result
from rnn_parity.candidates.numpy_impl import around
from rnn_parity.mistakes.layer_states import State, join_layers, split_layers
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import all_of, runs, starts
from rnn_parity.mistakes.semantics import Semantics
from rnn_parity.mistakes.stacked import several_layers, stacks, weights_are_alike
from rnn_parity.spec import (
    BasicRNNCell,
    CaseSpec,
    CoreWrapper,
    GRUCell,
    LSTMStateTuple,
    MultiRNNCell,
    SingleCellSpec,
    Stack,
    unwrapped,
)
from rnn_parity.structure import Array, Tree, cells_of, levels
from rnn_parity.weights import own_weights, stored_weights

Rearranged = Callable[[list[State]], list[State]]


def _first_for_all(states: list[State]) -> list[State]:
    return states[:1] * len(states)


def _last_for_all(states: list[State]) -> list[State]:
    return states[-1:] * len(states)


def _one_up(states: list[State]) -> list[State]:
    return [*states[-1:], *states[:-1]]


def _by_kind(states: list[State]) -> list[State]:
    """Return what becomes of [c0, c1, ..., h0, h1, ...] where it is read as (c0, h0), (c1, h1), ..."""
    if not all(isinstance(state, LSTMStateTuple) for state in states):
        return states
    listed = [*(state.c for state in states), *(state.h for state in states)]
    return [LSTMStateTuple(*pair) for pair in zip(listed[::2], listed[1::2], strict=True)]


def rearranged(spec: CaseSpec, tree: Tree, change: Rearranged) -> Tree:
    """Return the state with the layers of each direction rearranged."""
    remaining = iter(split_layers(spec, tree))
    states: list[State] = []
    for stack in stacks(spec):
        states += change([next(remaining) for _ in stack])
    return join_layers(spec, states, tree)


def _starting(change: Rearranged) -> Semantics:
    def asked(case: Case) -> Case:
        if case.initial_state is None:
            return case
        return replace(case, initial_state=rearranged(case.spec, case.initial_state, change))

    return Semantics(asked=asked)


def _ending(change: Rearranged) -> Semantics:
    def answered(case: Case, result: Result) -> Result:
        return replace(result, final_state=rearranged(case.spec, result.final_state, change))

    return Semantics(answered=answered)


def _weights_reversed(case: Case) -> Case:
    weights = dict(case.weights)
    for stack in stacks(case.spec):
        for layer, other in zip(stack, stack[::-1], strict=True):
            weights |= stored_weights(layer, own_weights(other, case.weights))
    return replace(case, weights=weights)


class _Rewired:
    """A stack whose layers read something else than the output of the layer below at this step."""

    def __init__(self, stack: RNNCell, cells: list[RNNCell], read: Callable[[Array, Array, CellState], Array]) -> None:
        self.cells, self.read = cells, read
        self.state_size, self.output_size, self.zero_state = stack.state_size, stack.output_size, stack.zero_state

    def __call__(self, inputs: Array, state: CellState) -> tuple[Array, CellState]:
        answered: Any = inputs
        finals: list[CellState] = []
        below: CellState | None = None
        for cell, own in zip(self.cells, cast("tuple[CellState, ...]", state), strict=True):
            read: Any = inputs if below is None else self.read(inputs, answered, below)
            answered, final = cell(read, own)
            finals.append(final)
            below = own
        return answered, tuple(finals)


def _rewired(read: Callable[[Array, Array, CellState], Array]) -> Semantics:
    """Return the candidate whose plain stacks are wired so: inputs, output below, old state below -> what is read."""

    def make(outer: Stack | CoreWrapper, inner: list[RNNCell]) -> RNNCell:
        right = around(outer, inner)
        if isinstance(outer, MultiRNNCell) and isinstance(right, numpy_impl.MultiRNNCell) and _is_plain(outer):
            return _Rewired(right, inner, read)
        return right

    return Semantics(around=make)


class _ButOne(numpy_impl.MultiRNNCell):
    """A stack that answers what its last layer but one does."""

    def answer(self, outputs: list[Array]) -> Array:
        """Return the output of the last layer but one."""
        return outputs[-2]


def _but_one(outer: Stack | CoreWrapper, inner: list[RNNCell]) -> RNNCell:
    if isinstance(outer, MultiRNNCell) and _has_widths_alike(outer):
        return _ButOne(inner, outer.state_is_tuple)
    return around(outer, inner)


def _has_widths_alike(stack: object) -> bool:
    """Return whether a stack's last two layers answer arrays of one width."""
    return isinstance(stack, MultiRNNCell) and len({cell.output_size for cell in stack.cells[-2:]}) == 1 < len(
        stack.cells
    )


def _ends_alike(spec: CaseSpec) -> bool:
    return any(_has_widths_alike(unwrapped(cell)) for cell in cells_of(spec))


def _old_h(_: Array, __: Array, state: CellState) -> Array:
    return cast("Array", state[1] if isinstance(state, tuple) else state)


def _is_plain(stack: object) -> bool:
    """Return whether a stack holds several cells that answer their h, without wrappers, states in tuples."""
    return (
        isinstance(stack, MultiRNNCell)
        and stack.state_is_tuple
        and len(stack.cells) > 1
        and all(_answers_h(cell) for cell in stack.cells)
    )


def _answers_h(cell: object) -> bool:
    if isinstance(cell, GRUCell | BasicRNNCell):
        return True
    return isinstance(cell, SingleCellSpec) and isinstance(cell.state_size, LSTMStateTuple)


def _has_plain_stack(spec: CaseSpec) -> bool:
    return any(_is_plain(unwrapped(cell)) for cell in cells_of(spec))


def _reads_alike(spec: CaseSpec) -> bool:
    """Return whether every cell is a plain stack whose upper layers can read its inputs: equal widths."""
    return levels(spec) is None and all(
        _is_plain(cell) and all(one.output_size == spec.sizes.depth for one in getattr(cell, "cells", ())[:-1])
        for cell in cells_of(spec)
    )


def _all_alike(spec: CaseSpec) -> bool:
    """Return whether a direction has several layers, their states all of one size."""
    return several_layers(spec) and all(
        len({str(layer.cell.state_size) for layer in stack}) == 1 for stack in stacks(spec)
    )


def _all_square(spec: CaseSpec) -> bool:
    """Return whether a direction has several layers, whose c and h are all of one width."""
    sizes = [layer.cell.state_size for stack in stacks(spec) for layer in stack]
    tuples = [size for size in sizes if isinstance(size, LSTMStateTuple)]
    return _all_alike(spec) and len(tuples) == len(sizes) and all(size.c == size.h for size in tuples)


def _ends_somewhere(spec: CaseSpec) -> bool:
    return runs(spec) or starts(spec)


_ONE_EACH = "state[k] is that of cells[k], which counts from the input, and is (c, h) for an LSTM."
_WIRED = "Layer k reads what layer k - 1 answers at the same step."

MISTAKES = (
    Mistake(
        id="stacked/initial-state-of-layer-0-for-all",
        statement="initial state of layer 0 used for every layer",
        explanation="One state is handed to all layers. Equal or zero states cannot show it.",
        repair=_ONE_EACH,
        seen=("https://github.com/pytorch/pytorch/issues/3259", "https://github.com/pytorch/pytorch/pull/95137"),
        applies=all_of(_all_alike, starts),
        run=_starting(_first_for_all),
    ),
    Mistake(
        id="stacked/initial-states-one-layer-up",
        statement="initial state of each layer used for the one above it",
        explanation="The slices of a stacked state are off by one layer.",
        repair=_ONE_EACH,
        seen=("https://github.com/pytorch/pytorch/pull/95137",),
        applies=all_of(_all_alike, starts),
        run=_starting(_one_up),
    ),
    Mistake(
        id="stacked/final-state-of-last-layer-for-all",
        statement="final state of the last layer returned for every layer",
        explanation="The variable that holds one layer's state is returned for all. Outputs alone cannot show it.",
        repair=_ONE_EACH,
        applies=all_of(_all_alike, _ends_somewhere),
        run=_ending(_last_for_all),
    ),
    Mistake(
        id="stacked/final-state-of-layer-0-for-all",
        statement="final state of layer 0 returned for every layer",
        explanation="The state of the first layer is returned for all. Outputs alone cannot show it.",
        repair=_ONE_EACH,
        applies=all_of(_all_alike, _ends_somewhere),
        run=_ending(_first_for_all),
    ),
    Mistake(
        id="stacked/initial-states-by-kind",
        statement="initial states read as c0, c1, ..., h0, h1, ...",
        explanation="PyTorch and cuDNN keep all h in one array and all c in another; TensorFlow has a pair a layer. "
        "Read as pairs, the c of one layer is the h of another.",
        repair=_ONE_EACH,
        seen=("https://github.com/OpenNMT/OpenNMT-py/issues/61",),
        applies=all_of(_all_square, starts),
        run=_starting(_by_kind),
    ),
    Mistake(
        id="stacked/final-states-by-kind",
        statement="final states returned as c0, c1, ..., h0, h1, ...",
        explanation="PyTorch and cuDNN keep all h in one array and all c in another; TensorFlow has a pair a layer. "
        "Outputs alone cannot show it.",
        repair=_ONE_EACH,
        seen=("https://github.com/OpenNMT/OpenNMT-py/issues/61",),
        applies=all_of(_all_square, _ends_somewhere),
        run=_ending(_by_kind),
    ),
    Mistake(
        id="stacked/weights-reversed",
        statement="weights of the layers in reverse order",
        explanation="The first layer computes with the weights of the last. It fits where all widths are equal.",
        repair="cell_0 is the layer that reads the inputs.",
        applies=weights_are_alike,
        run=Semantics(asked=_weights_reversed),
    ),
    Mistake(
        id="stacked/every-layer-reads-the-inputs",
        statement="every layer reads the inputs: layers side by side",
        explanation="What the layer below answers is not handed up. It fits where inputs and layers have one width.",
        repair=_WIRED,
        applies=all_of(_reads_alike, runs),
        run=_rewired(lambda inputs, _, __: inputs),
    ),
    Mistake(
        id="stacked/output-of-last-layer-but-one",
        statement="output of the last layer but one answered",
        explanation="The number of layers is off by one where the output is taken. It fits where both have one width.",
        repair="Answer what the last layer answers.",
        seen=("https://github.com/OpenNMT/OpenNMT-py/pull/342",),
        applies=all_of(_ends_alike, runs),
        run=Semantics(around=_but_one),
    ),
    Mistake(
        id="stacked/layers-one-step-apart",
        statement="upper layers read the h that the layer below had a step ago",
        explanation="All layers are computed from the old state at once, as in a pipeline. One layer cannot show it.",
        repair=_WIRED,
        applies=all_of(_has_plain_stack, runs),
        run=_rewired(_old_h),
    ),
)
