"""States: an array, or TensorFlow's nested tuples of arrays.

A state and its size have one structure: where the size holds a width, the state holds an array (B, width).
Axes: B batch.

Source: tensorflow/python/ops/rnn_cell_impl.py, LSTMStateTuple and _zero_state_tensors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from numpy_impl.arrays import Array

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt


@dataclass(frozen=True)
class TensorShape:
    """A size of other than one axis: TensorShape((3, 4)) is an array (B, 3, 4); a tuple would be a structure."""

    dims: tuple[int, ...]


State: TypeAlias = Array | tuple["State", ...]
StateSize: TypeAlias = int | TensorShape | tuple["StateSize", ...]


class LSTMStateTuple(NamedTuple):
    """The state of an LSTM; as a `state_size`, its two widths."""

    c: Any  # (B, H) the cell state; H in a size
    h: Any  # (B, H) or (B, P) the output fed back; H or P in a size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of both; TypeError where they differ."""
        if self.c.dtype != self.h.dtype:
            raise TypeError(
                f"Inconsistent dtypes for internal state: got c {self.c.dtype} and h {self.h.dtype}, should be one. "
                "Cast one of them."
            )
        return self.c.dtype


def map_state(function: Callable[..., Any], state: Any, *others: Any) -> Any:  # noqa: ANN401 - a state or a size
    """Return `state`'s structure, each leaf replaced by `function` of the leaves at its place.

    Raises:
        ValueError: the structures differ in length.
    """
    if not isinstance(state, (tuple, list)):
        return function(state, *others)
    parts = [map_state(function, *leaves) for leaves in zip(state, *others, strict=True)]
    return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)


def leaves(state: Any) -> list[Any]:  # noqa: ANN401 - a state or a size
    """Return the arrays or widths of a structure, left to right."""
    if not isinstance(state, (tuple, list)):
        return [state]
    return [leaf for part in state for leaf in leaves(part)]


def check_one_structure(owner: str, inputs: Any, outputs: Any) -> None:  # noqa: ANN401 - arrays or structures of them
    """Return None if inputs and outputs are nested alike.

    Raises:
        TypeError: sequences of two classes nest them.
        ValueError: one is an array where the other is none, or they differ in length.
    """
    nested = [isinstance(part, (tuple, list)) for part in (inputs, outputs)]
    if not any(nested):
        return
    alike = all(nested) and len(inputs) == len(outputs)
    if alike and type(inputs) is type(outputs):
        for pair in zip(inputs, outputs, strict=True):
            check_one_structure(owner, *pair)
        return
    got = " and ".join(
        f"{name} {type(part).__name__}" + (f" of {len(part)}" if is_nested else "")
        for name, part, is_nested in zip(("inputs", "outputs"), (inputs, outputs), nested, strict=True)
    )
    raise (TypeError if alike else ValueError)(
        f"{owner}: got {got}, which don't have the same nested structure, should be alike. Nest one as the other."
    )


def zero_state(state_size: Any, batch_size: int, dtype: npt.DTypeLike) -> Any:  # noqa: ANN401 - a size and its state
    """Return zeros (B, width) in the structure of `state_size`."""

    def zeros(size: Any) -> Array:  # noqa: ANN401 - an integer or a TensorShape
        return np.zeros((batch_size, *(size.dims if isinstance(size, TensorShape) else (size,))), dtype)

    return map_state(zeros, state_size)


def split_lstm_state(owner: str, state: State, num_units: int, *, state_is_tuple: bool) -> LSTMStateTuple:
    """Return c and h of an LSTM's state, which is the tuple (c, h) or the array [c | h].

    Raises:
        ValueError: the state is of the other kind, or a tuple of other than two; widths are left to the caller.
    """
    if isinstance(state, (tuple, list)):
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
