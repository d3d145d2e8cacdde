"""`tf.contrib.rnn.AttentionCellWrapper`: a cell that looks back at the last outputs of its own.

    y, cell_state' = cell([x attns] kernel + bias, cell_state)
    query = state' attention_kernel + attention_bias                  state': all parts of cell_state' side by side
    score_l = sum attn_v * tanh(window_l attn_w + query)              for every row l of the window
    attns' = sum_l softmax(score)_l * window_l
    output = [y attns'] output_kernel + output_bias
    window' = [window_1 ... window_{L-1} output]

The window holds the last L outputs, the oldest first: the oldest is dropped, and the output, not the cell's, appended.
The state is (cell_state, attns, window), the window flat, or all of its columns side by side.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), AttentionCellWrapper.
Axes: B batch, D input depth, I input_size, H the cell's output size, S width of its state, A attn_size,
V attn_vec_size, L attn_length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from numpy_impl.activations import softmax
from numpy_impl.arrays import Array, check_array
from numpy_impl.cell import check_size, given_weights, input_depth, weight_fields
from numpy_impl.state import leaves, zero_state
from numpy_impl.weighted_wrapper import WeightedWrapper, settle_wrapper

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from numpy_impl.state import State, StateSize
    from numpy_impl.variables import Shape

VARIABLES = (  # in TensorFlow's order of creation, the first two before the cell's
    "kernel",
    "bias",
    "attention/attn_w",
    "attention/attn_v",
    "attention/kernel",
    "attention/bias",
    "attn_output_projection/kernel",
    "attn_output_projection/bias",
)


class Weights(NamedTuple):
    """The variables of one attention."""

    kernel: Array  # (D + A, I), rows: input first, then attention
    bias: Array  # (I,)
    attention_attn_w: Array  # (1, 1, A, V), a convolution over the window, of width 1
    attention_attn_v: Array  # (V,)
    attention_kernel: Array  # (S, V)
    attention_bias: Array  # (V,)
    attn_output_projection_kernel: Array  # (H + A, A), rows: the cell's output first, then attention
    attn_output_projection_bias: Array  # (A,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def scores(query: Array, window: Array, weights: Weights) -> Array:
    """Return the scores (B, L) of the rows of the window (B, L, A) for a state (B, S)."""
    asked = query @ weights.attention_kernel + weights.attention_bias
    return np.tanh(window @ weights.attention_attn_w[0, 0] + asked[:, np.newaxis]) @ weights.attention_attn_v


def attend(query: Array, window: Array, weights: Weights) -> Array:
    """Return the attention (B, A) that a state (B, S) pays to a window (B, L, A)."""
    return (softmax(scores(query, window, weights))[..., np.newaxis] * window).sum(axis=1)


def project(outputs: Array, attns: Array, weights: Weights) -> Array:
    """Return the output (B, A) made of the cell's (B, H) and the attention (B, A)."""
    both = np.concatenate([outputs, attns], axis=1)
    return both @ weights.attn_output_projection_kernel + weights.attn_output_projection_bias


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class AttentionCellWrapper(WeightedWrapper):
    """A cell with attention over its last outputs; ValueError where weights, inputs or state do not fit."""

    attn_length: int  # L
    attn_size: int | None = None  # A; None is the cell's output size
    attn_vec_size: int | None = None  # V; None is A
    input_size: int | None = None  # I; None is D
    state_is_tuple: bool = True  # else the state is one array [cell_state | attns | window]
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check the cell, the options and the weights."""
        super().__post_init__()
        if isinstance(self.cell.state_size, tuple) and not self.state_is_tuple:
            raise ValueError(
                "Cell returns tuple of states, but the flag state_is_tuple is not set: got state size "
                f"{self.cell.state_size}, should be an integer. Make the cell with state_is_tuple=False too."
            )
        if self.attn_length < 1:
            raise ValueError(f"attn_length should be greater than zero, got {self.attn_length}.")
        for name in ("attn_size", "attn_vec_size", "input_size"):
            check_size(f"AttentionCellWrapper.{name}", 1 if getattr(self, name) is None else getattr(self, name))
        depth = None
        if self.weights is not None:
            depth = input_depth("AttentionCellWrapper", self.weights.kernel, self.output_size)
        settle_wrapper(self, depth)

    @property
    def output_size(self) -> int:
        """A."""
        return self.cell.output_size if self.attn_size is None else self.attn_size

    @property
    def state_size(self) -> StateSize:
        """(the cell's, A, A L), or their sum."""
        sizes = (self.cell.state_size, self.output_size, self.output_size * self.attn_length)
        return sizes if self.state_is_tuple else sum(cast("tuple[int, ...]", sizes))

    def zero_state(self, batch_size: int, dtype: npt.DTypeLike) -> Any:  # noqa: ANN401 - structure of state_size
        """Return zeros (B, width) in the structure of `state_size`."""
        return zero_state(self.state_size, batch_size, dtype)

    def inner_depth(self, depth: int) -> int:
        """Return I."""
        return depth if self.input_size is None else self.input_size

    def shapes_before(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the projection of inputs (B, depth) and attention."""
        width = self.inner_depth(depth)
        return {"kernel": (depth + self.output_size, width), "bias": (width,)}

    def shapes_after(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002 - whatever is read
        """Return the shapes of the scores' and the output's weights."""
        size = self.output_size
        hidden = size if self.attn_vec_size is None else self.attn_vec_size
        shapes = (
            (1, 1, size, hidden),
            (hidden,),
            (sum(leaves(self.cell.state_size)), hidden),
            (hidden,),
            (self.cell.output_size + size, size),
            (size,),
        )
        return dict(zip(VARIABLES[2:], shapes, strict=True))

    def parts(self, inputs: Array, state: Any) -> tuple[Any, Array, Array]:  # noqa: ANN401 - structure of state_size
        """Return the cell's state, the last attention (B, A) and the window (B, L, A); ValueError for another form."""
        size, batch = self.output_size, len(inputs)
        if not self.state_is_tuple:
            check_array("AttentionCellWrapper state", state, (batch, cast("int", self.state_size)), inputs.dtype)
            state = np.split(state, np.cumsum([cast("int", self.cell.state_size), size]), axis=1)
        elif not isinstance(state, (tuple, list)) or len(state) != 3:  # noqa: PLR2004 - the three of `state_size`
            raise ValueError("AttentionCellWrapper state: should be a tuple (the cell's, attention, window).")
        cell_state, attns, window = state
        check_array("AttentionCellWrapper attention", attns, (batch, size), inputs.dtype)
        check_array("AttentionCellWrapper window", window, (batch, size * self.attn_length), inputs.dtype)
        return cell_state, attns, window.reshape(batch, self.attn_length, size)

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, A) and the next state for inputs (B, D)."""
        weights = given_weights("AttentionCellWrapper", self.weights)
        depth = len(weights.kernel) - self.output_size
        check_array("AttentionCellWrapper inputs", inputs, (*inputs.shape[:1], depth), weights.kernel.dtype)
        cell_state, attns, window = self.parts(inputs, state)
        cell_output, new_state = self.cell(self.read(inputs, attns), cell_state)
        new_attns = self.attended(cell_state, new_state, window)
        output = self.answer(cell_output, attns, new_attns)
        new_window = self.moved(window, cell_output, output).reshape(len(inputs), -1)
        parts = (new_state, new_attns, new_window)
        return output, parts if self.state_is_tuple else np.concatenate(cast("Any", parts), axis=1)

    # The four parts of a step, each told all that is there to be mistaken for what it takes.

    def read(self, inputs: Array, attns: Array) -> Array:
        """Return what the cell reads (B, I): inputs and the last attention, projected."""
        weights = given_weights("AttentionCellWrapper", self.weights)
        return np.concatenate([inputs, attns], axis=1) @ weights.kernel + weights.bias

    def attended(self, _: State, new_state: State, window: Array) -> Array:
        """Return the attention (B, A) that the cell's new state pays to the window."""
        query = np.concatenate(leaves(new_state), axis=1)
        return attend(query, window, given_weights("AttentionCellWrapper", self.weights))

    def answer(self, cell_output: Array, _: Array, new_attns: Array) -> Array:
        """Return the output (B, A) made of the cell's and the new attention."""
        return project(cell_output, new_attns, given_weights("AttentionCellWrapper", self.weights))

    def moved(self, window: Array, _: Array, output: Array) -> Array:
        """Return the window without its oldest row, and with the output as its newest."""
        return np.concatenate([window[:, 1:], output[:, np.newaxis]], axis=1)
