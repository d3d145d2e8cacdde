"""SummedMultiRNNCell: the output is the sum of all layers' outputs, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy_impl
from numpy_impl.cell import RNNCell
from numpy_impl.state import State
from rnn_parity.candidates.numpy_impl import around
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, runs
from rnn_parity.mistakes.semantics import Semantics
from rnn_parity.spec import CaseSpec, CoreWrapper, Stack, SummedMultiRNNCell, unwrapped
from rnn_parity.structure import Array, cells_of, levels

MakeStack: TypeAlias = Callable[..., RNNCell]


class _Mean(numpy_impl.SummedMultiRNNCell):
    def answer(self, outputs: list[Array]) -> Array:
        return super().answer(outputs) / outputs[0].dtype.type(len(outputs))


class _WithInput(numpy_impl.SummedMultiRNNCell):
    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        output, new_state = super().__call__(inputs, state)
        return inputs + output, new_state


class _FirstOutput(numpy_impl.SummedMultiRNNCell):
    def answer(self, outputs: list[Array]) -> Array:
        return outputs[0]


class _Below:
    """A cell that reads the sum of what the layers below it answered, which it is told by them."""

    def __init__(self, cell: RNNCell, below: list[Array]) -> None:
        self.cell, self.below = cell, below
        self.state_size, self.output_size, self.zero_state = cell.state_size, cell.output_size, cell.zero_state

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        output, new_state = self.cell(sum(self.below[1:], self.below[0]) if self.below else inputs, state)
        self.below.append(output)
        return output, new_state


class _RunningSum(numpy_impl.SummedMultiRNNCell):
    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        below: list[Array] = []
        fed = numpy_impl.SummedMultiRNNCell([_Below(cell, below) for cell in self.cells], self.state_is_tuple)
        return fed(inputs, state)


def _stacked_as(make: MakeStack) -> Semantics:
    """Return the candidate whose summed stacks are made by `make`."""

    def wrongly(outer: Stack | CoreWrapper, inner: list[RNNCell]) -> RNNCell:
        return make(inner, outer.state_is_tuple) if isinstance(outer, SummedMultiRNNCell) else around(outer, inner)

    return Semantics(around=wrongly)


def _summed(least: int, holds: Callable[[SummedMultiRNNCell, CaseSpec], bool] = lambda *_: True) -> Room:
    """Return the room in summed stacks of at least so many layers for which this holds."""

    def applies(spec: CaseSpec) -> bool:
        stacks = [unwrapped(cell) for cell in cells_of(spec)]
        return any(
            isinstance(stack, SummedMultiRNNCell) and len(stack.cells) >= least and holds(stack, spec)
            for stack in stacks
        )

    return all_of(runs, applies)


_ALONE = "Add the outputs of all layers, each once: y = h_1 + h_2 + ... + h_N."

MISTAKES = (
    Mistake(
        id="summed/last-output-only",
        statement="output of the last layer alone (here: the sum of all)",
        explanation="The subclass was taken for MultiRNNCell, which answers what its last cell answers.",
        repair=_ALONE,
        applies=_summed(2),
        run=_stacked_as(numpy_impl.MultiRNNCell),
    ),
    Mistake(
        id="summed/first-output-only",
        statement="output of the first layer alone (here: the sum of all)",
        explanation="The sum is begun with the first layer's output and never added to.",
        repair=_ALONE,
        applies=_summed(2),
        run=_stacked_as(_FirstOutput),
    ),
    Mistake(
        id="summed/mean",
        statement="mean of all layers' outputs (here: their sum)",
        explanation="The sum is divided by the number of layers. One layer cannot show it.",
        repair=_ALONE,
        applies=_summed(2),
        run=_stacked_as(_Mean),
    ),
    Mistake(
        id="summed/input-added",
        statement="the input added to the sum of the layers' outputs",
        explanation="The running sum begins with the input, as in a residual network. It fits where the input is as "
        "wide as the layers.",
        repair=_ALONE,
        applies=_summed(1, lambda stack, spec: stack.output_size == spec.sizes.depth and levels(spec) is None),
        run=_stacked_as(_WithInput),
    ),
    Mistake(
        id="summed/running-sum-fed-up",
        statement="each layer fed the sum of those below, not the last output",
        explanation="The running sum is handed up along with being answered. Two layers cannot show it: the sum over "
        "one layer is its output.",
        repair="Hand the output of layer n, alone, to layer n + 1.",
        applies=_summed(3),
        run=_stacked_as(_RunningSum),
    ),
)
