"""States: an array, or TensorFlow's nested tuples of arrays.

A state and its size have one structure: where the size holds a width, the state holds an array (B, width).
Axes: B batch.

Source: tensorflow/python/ops/rnn_cell_impl.py, LSTMStateTuple and _zero_state_tensors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from numpy_impl.arrays import Array

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

State: TypeAlias = Array | tuple["State", ...]
StateSize: TypeAlias = int | tuple["StateSize", ...]


class LSTMStateTuple(NamedTuple):
    """The state of an LSTM; as a `state_size`, its two widths."""

    c: Any  # (B, H) the cell state; H in a size
    h: Any  # (B, H) or (B, P) the output fed back; H or P in a size


def map_state(function: Callable[..., Any], state: Any, *others: Any) -> Any:  # noqa: ANN401 - a state or a size
    """Return `state`'s structure, each leaf replaced by `function` of the leaves at its place.

    Raises:
        ValueError: the structures differ in length.
    """
    if not isinstance(state, tuple):
        return function(state, *others)
    parts = [map_state(function, *leaves) for leaves in zip(state, *others, strict=True)]
    return LSTMStateTuple(*parts) if isinstance(state, LSTMStateTuple) else tuple(parts)


def zero_state(state_size: StateSize, batch_size: int, dtype: npt.DTypeLike) -> Any:  # noqa: ANN401 - structure of the size
    """Return zeros (B, width) in the structure of `state_size`."""
    return map_state(lambda width: np.zeros((batch_size, width), dtype), state_size)


def split_lstm_state(owner: str, state: State, num_units: int, *, state_is_tuple: bool) -> LSTMStateTuple:
    """Return c and h of an LSTM's state, which is the tuple (c, h) or the array [c | h].

    Raises:
        ValueError: the state is of the other kind, or a tuple of other than two; widths are left to the caller.
    """
    if isinstance(state, tuple):
        if state_is_tuple and len(state) == len(LSTMStateTuple._fields):
            return LSTMStateTuple(*state)
        got = f"a tuple of {len(state)}"
    else:
        if not state_is_tuple:
            return LSTMStateTuple(state[..., :num_units], state[..., num_units:])
        got = f"an array {state.shape}"
    should_be = "a tuple (c, h)" if state_is_tuple else "an array [c | h]"
    raise ValueError(
        f"{owner} state: got {got}, should be {should_be}. Change the state, or the cell's state_is_tuple."
    )


def join_lstm_state(c: Array, h: Array, *, state_is_tuple: bool) -> State:
    """Return LSTMStateTuple(c, h), or the array [c | h]."""
    return LSTMStateTuple(c, h) if state_is_tuple else np.concatenate([c, h], axis=1)
