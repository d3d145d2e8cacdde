"""Cells whose step a mistake replaces as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from numpy_impl.cell import RNNCell
from rnn_parity.mistakes.semantics import Kinds, Semantics, Weights, miscomputed, right_cell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer

# A numpy_impl cell with its weights, inputs (B, D), state -> what the cell's own `gates` answers.
Step: TypeAlias = Callable[[Any, Array, Tree], dict[str, Array]]


class _Stepped:
    """The cell given, its gates computed by another step."""

    def __init__(self, cell: Any, step: Step) -> None:  # noqa: ANN401  any gated cell of numpy_impl
        self.cell, self.step = cell, step
        self.state_size, self.output_size, self.zero_state = cell.state_size, cell.output_size, cell.zero_state

    def __call__(self, inputs: Array, state: Tree) -> tuple[Array, Tree]:
        answer: tuple[Array, Tree] = self.cell.outcome(self.step(self.cell, inputs, state))
        return answer


def stepped(kinds: Kinds, step: Step) -> Semantics:
    """Return the candidate in which every cell of these kinds computes this step."""

    def make(layer: Layer, weights: Weights) -> RNNCell:
        return _Stepped(right_cell(layer, weights), step)

    return miscomputed(kinds, make)
