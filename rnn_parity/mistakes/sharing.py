"""One cell object in several places: one set of weights, and a state for every place."""

from __future__ import annotations

import numpy as np

from numpy_impl.cell import RNNCell
from numpy_impl.state import State
from rnn_parity.candidates.numpy_impl import around
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import runs
from rnn_parity.mistakes.semantics import Semantics, Weights
from rnn_parity.spec import CaseSpec, CoreWrapper, Stack, StackSpec, unwrapped
from rnn_parity.structure import Array, cells_of
from rnn_parity.weights import Layer, layers


class _Stateful:
    """A cell that goes on from the state it returned last, whatever place of the stack calls it."""

    def __init__(self, cell: RNNCell, last: list[State]) -> None:
        self.cell, self.last = cell, last
        self.state_size, self.output_size, self.zero_state = cell.state_size, cell.output_size, cell.zero_state

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        output, new_state = self.cell(inputs, self.last[-1] if self.last else state)
        self.last.append(new_state)
        return output, new_state


class _OneState:
    """A stack whose places hand one state on to each other within a step."""

    def __init__(self, stack: Stack, cells: list[RNNCell]) -> None:
        self.stack, self.cells = stack, cells
        right = around(stack, cells)
        self.state_size, self.output_size, self.zero_state = right.state_size, right.output_size, right.zero_state

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        last: list[State] = []
        return around(self.stack, [_Stateful(cell, last) for cell in self.cells])(inputs, state)


def _one_state(outer: Stack | CoreWrapper, inner: list[RNNCell]) -> RNNCell:
    if isinstance(outer, StackSpec) and outer.one_object:
        return _OneState(outer, inner)
    return around(outer, inner)


def _is_later_use(layer: Layer) -> bool:
    """Return whether the layer's object was built elsewhere: no variable is named after this place."""
    if layer.scope.startswith("stack_bidirectional_rnn/"):
        return False  # every cell is one of its own, and is named after its level
    place = f"/cell_{layer.index}/" if layer.index > 0 else "/"
    return place not in f"/{layer.scope}/" or (layer.direction == "bw" and "/bw/" not in layer.scope)


def _later_uses_zero(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    if not _is_later_use(layer):
        return layer, weights
    return layer, {name: np.zeros_like(array) for name, array in weights.items()}


def _has_one_object_stack(spec: CaseSpec) -> bool:
    stacks = [unwrapped(cell) for cell in cells_of(spec)]
    return runs(spec) and any(isinstance(stack, StackSpec) and stack.one_object for stack in stacks)


MISTAKES = (
    Mistake(
        id="sharing/later-uses-without-weights",
        statement="a shared cell's second use left without weights (zeros)",
        explanation="A file of weights names an object's variables once, after the place where it was called first: "
        "cell_0, or fw. Weights looked up by place find nothing for the others, which stay as they were made.",
        repair="Give every place the weights of its object: layer_weights does.",
        applies=lambda spec: runs(spec) and any(map(_is_later_use, layers(spec))),
        run=Semantics(read=_later_uses_zero),
    ),
    Mistake(
        id="sharing/one-state",
        statement="a shared cell has one state for all its places",
        explanation="The object keeps its state itself, so that each place of the stack goes on where the one below "
        "ended, within a step.",
        repair="Share the weights, and keep a state for every place.",
        applies=_has_one_object_stack,
        run=Semantics(around=_one_state),
    ),
)
