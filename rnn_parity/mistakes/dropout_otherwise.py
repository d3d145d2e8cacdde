"""DropoutWrappers that are wrong in one place, and masks that are not TensorFlow's: what mistakes are made of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import numpy_impl
from numpy_impl.cell import RNNCell
from numpy_impl.masks import MaskSource, dropped
from numpy_impl.state import LSTMStateTuple, State, map_state
from rnn_parity.structure import Array, Tree


class ChangedMasks:
    """Masks of another source, changed before they are handed out."""

    def __init__(self, source: MaskSource, change: Callable[[Array], Array]) -> None:
        self.source, self.change = source, change

    def __call__(self, site: str, shape: tuple[int, ...], keep_prob: float) -> Array:
        """Return which entries are kept."""
        return self.change(self.source(site, shape, keep_prob))


class FirstMasks:
    """The mask of the first step at every step."""

    def __init__(self, source: MaskSource) -> None:
        self.source, self.found = source, dict[str, Array]()

    def __call__(self, site: str, shape: tuple[int, ...], keep_prob: float) -> Array:
        """Return which entries are kept."""
        if site not in self.found:
            self.found[site] = self.source(site, shape, keep_prob)
        return self.found[site]


class NotScaled(numpy_impl.DropoutWrapper):
    """What is kept is left as it is."""

    def drop(self, site: str, values: Array, keep_prob: float) -> Array:
        """Return what is left of the values."""
        return super().drop(site, values, keep_prob) * values.dtype.type(keep_prob)


class ScaledTwice(numpy_impl.DropoutWrapper):
    """What is kept is divided twice."""

    def drop(self, site: str, values: Array, keep_prob: float) -> Array:
        """Return what is left of the values."""
        return super().drop(site, values, keep_prob) / values.dtype.type(keep_prob)


class DividedByTheRate(numpy_impl.DropoutWrapper):
    """What is kept is divided by 1 - keep_prob."""

    def drop(self, site: str, values: Array, keep_prob: float) -> Array:
        """Return what is left of the values."""
        left = super().drop(site, values, keep_prob)
        return left if keep_prob == 1 else left * values.dtype.type(keep_prob / (1 - keep_prob))


class NotRounded(numpy_impl.DropoutWrapper):
    """keep_prob is not rounded to float32."""

    def drop(self, site: str, values: Array, keep_prob: float) -> Array:
        """Return what is left of the values."""
        return super().drop(site, values, keep_prob) * values.dtype.type(float(np.float32(keep_prob)) / keep_prob)


class OnTheWayIn(numpy_impl.DropoutWrapper):
    """The state is dropped before the cell reads it."""

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output and the next state."""
        named = map_state(lambda _, part: part, self.state_size, state)  # a given state may be of plain tuples
        left = self.drop_state("state", named)
        outputs, new_state = self.cell(self.drop("input", inputs, self.input_keep_prob), left)
        return self.drop("output", outputs, self.output_keep_prob), new_state


class OutputOfDroppedState(numpy_impl.DropoutWrapper):
    """The output is the h that is left."""

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output and the next state."""
        outputs, new_state = self.cell(self.drop("input", inputs, self.input_keep_prob), state)
        new_state = self.drop_state("state", new_state)
        return self.drop("output", _last_h(new_state, outputs.shape[1]), self.output_keep_prob), new_state


class CToo(numpy_impl.DropoutWrapper):
    """The c of an LSTMStateTuple is dropped with h's mask."""

    def drop_state(self, site: str, state: Tree) -> Tree:
        """Return what is left of the state."""
        if not is_lstm(state) or self.dropout_state_filter_visitor is not None:
            return super().drop_state(site, state)
        kept = self.source(f"{site}/h", state.h.shape, self.state_keep_prob)
        return LSTMStateTuple(*(dropped(part, kept, self.state_keep_prob) for part in state))


class HOfColumns(numpy_impl.DropoutWrapper):
    """Of a state [c | h] the columns of c are kept."""

    def drop_state(self, site: str, state: Tree) -> Tree:
        """Return what is left of the state."""
        left = super().drop_state(site, state)
        if isinstance(left, tuple) or site != "state":
            return left
        return np.concatenate([state[:, : -self.output_size], left[:, -self.output_size :]], axis=1)


class Answering:
    """A cell whose output and state are changed before they are handed on."""

    def __init__(self, cell: RNNCell, change: Callable[[Array, State], tuple[Array, State]]) -> None:
        self.cell, self.change = cell, change
        self.state_size, self.output_size, self.zero_state = cell.state_size, cell.output_size, cell.zero_state

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output and the next state."""
        return self.change(*self.cell(inputs, state))


def _last_h(state: Tree, width: int) -> Array:
    """Return the h of a state: of a stack, the last layer's."""
    while isinstance(state, tuple):
        state = state[-1]
    return state[:, -width:]


def is_lstm(state: Tree) -> bool:
    """Return whether a state or its size is (c, h) of one width."""
    return (
        isinstance(state, tuple) and type(state).__name__ == "LSTMStateTuple" and _width(state[0]) == _width(state[1])
    )


def _width(part: object) -> object:
    return getattr(part, "shape", part)
