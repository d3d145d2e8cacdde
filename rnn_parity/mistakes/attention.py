"""AttentionCellWrapper: what is asked, what is remembered, and what is answered."""

from __future__ import annotations

from typing import Any

import numpy as np

import numpy_impl
from numpy_impl.activations import softmax
from numpy_impl.attention import Weights, attend, scores
from numpy_impl.cell import given_weights
from numpy_impl.state import LSTMStateTuple, State, leaves
from rnn_parity.mistakes.room import longest, recurs
from rnn_parity.mistakes.wrapping import of_class, with_weights, wrongly, zeros
from rnn_parity.spec import AttentionCellWrapper, CaseSpec
from rnn_parity.structure import Array
from rnn_parity.weights import Wrapping


class _Attention(numpy_impl.AttentionCellWrapper):
    """The right wrapper, with its weights at hand."""

    @property
    def own(self) -> Weights:
        return given_weights("AttentionCellWrapper", self.weights)


class _NewestDropped(_Attention):
    def moved(self, window: Array, cell_output: Array, output: Array) -> Array:  # noqa: ARG002  one of four parts
        return np.concatenate([window[:, :-1], output[:, np.newaxis]], axis=1)


class _NewestFirst(_Attention):
    def moved(self, window: Array, cell_output: Array, output: Array) -> Array:  # noqa: ARG002  as above
        return np.concatenate([output[:, np.newaxis], window[:, :-1]], axis=1)


class _NotMoved(_Attention):
    def moved(self, window: Array, cell_output: Array, output: Array) -> Array:  # noqa: ARG002  as above
        return window


class _CellOutputRemembered(_Attention):
    def moved(self, window: Array, cell_output: Array, output: Array) -> Array:  # noqa: ARG002  as above
        return super().moved(window, cell_output, cell_output)


class _OverTheBatch(_Attention):
    def attended(self, state: State, new_state: State, window: Array) -> Array:  # noqa: ARG002  as above
        found = scores(np.concatenate(leaves(new_state), axis=1), window, self.own)
        return (softmax(found.T).T[..., np.newaxis] * window).sum(axis=1)


class _Unnormalised(_Attention):
    def attended(self, state: State, new_state: State, window: Array) -> Array:  # noqa: ARG002  as above
        found = scores(np.concatenate(leaves(new_state), axis=1), window, self.own)
        return (found[..., np.newaxis] * window).sum(axis=1)


class _ScoredWithoutTanh(_Attention):
    def attended(self, state: State, new_state: State, window: Array) -> Array:  # noqa: ARG002  as above
        own = self.own
        asked = np.concatenate(leaves(new_state), axis=1) @ own.attention_kernel + own.attention_bias
        found = (window @ own.attention_attn_w[0, 0] + asked[:, np.newaxis]) @ own.attention_attn_v
        return (softmax(found)[..., np.newaxis] * window).sum(axis=1)


class _AskedByH(_Attention):
    def attended(self, state: State, new_state: State, window: Array) -> Array:  # noqa: ARG002  as above
        return attend(np.concatenate(leaves(_without_c(new_state)), axis=1), window, self.own)


class _AskedByTheOldState(_Attention):
    def attended(self, state: State, new_state: State, window: Array) -> Array:  # noqa: ARG002  as above
        return attend(np.concatenate(leaves(state), axis=1), window, self.own)


class _AnsweredWithoutAttention(_Attention):
    def answer(self, cell_output: Array, attns: Array, new_attns: Array) -> Array:
        return super().answer(cell_output, attns, np.zeros_like(new_attns))


class _AnsweredWithOldAttention(_Attention):
    def answer(self, cell_output: Array, attns: Array, new_attns: Array) -> Array:  # noqa: ARG002  as above
        return super().answer(cell_output, attns, attns)


class _ReadWithoutAttention(_Attention):
    def read(self, inputs: Array, attns: Array) -> Array:
        return super().read(inputs, np.zeros_like(attns))


def _without_c(state: Any) -> Any:  # noqa: ANN401  the cell's state, of any structure
    if isinstance(state, LSTMStateTuple):
        return LSTMStateTuple(np.zeros_like(state.c), state.h)
    return tuple(map(_without_c, state)) if isinstance(state, tuple) else state


def _has_c(size: Any) -> bool:  # noqa: ANN401  the size of any state
    return hasattr(size, "c") or (isinstance(size, tuple) and any(map(_has_c, size)))


def _chooses(one: Wrapping) -> bool:
    """Return whether there is more than one row to choose from."""
    return getattr(one.cell, "attn_length", 0) > 1


def _remembers_as_wide(one: Wrapping) -> bool:
    return one.cell.cell.output_size == one.cell.output_size


def _feeds_back(spec: CaseSpec) -> bool:
    """Return whether the cell ever reads an attention other than zero: from zeros, at the third step."""
    return longest(spec) > (0 if spec.run.initial_state else 2)


_REMEMBER = "Drop the oldest row of the window, its first, and append the output as its last."
_ASK = "score = sum attn_v * tanh(window attn_w + [c h] kernel + bias), with softmax over the window's rows."
_USE = "Read [inputs, last attention], and answer [cell's output, new attention], each projected with its bias."

MISTAKES = (
    wrongly(
        AttentionCellWrapper,
        of_class(_NewestDropped),
        holds=_chooses,
        needs=recurs,
        name="attention/newest-dropped",
        statement="attention: the window drops its newest row, not its oldest",
        explanation="The new output takes the place of the last one, and all older rows stay for ever.",
        repair=_REMEMBER,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_NewestFirst),
        holds=_chooses,
        name="attention/newest-first",
        statement="attention: the window has its newest row first",
        explanation="What is attended to does not depend on the order of rows: from zeros the outputs are right, and "
        "the final state, or what is made of a given one, is not.",
        repair=_REMEMBER,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_NotMoved),
        name="attention/window-not-moved",
        statement="attention: the window stays as it was given",
        explanation="Attention is paid to the initial window at every step; outputs are never remembered.",
        repair=_REMEMBER,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_CellOutputRemembered),
        holds=_remembers_as_wide,
        name="attention/cell-output-remembered",
        statement="attention: the window holds the cell's outputs",
        explanation="The window is of the wrapper's outputs, which the attention is part of already. The cell's h fits "
        "where attn_size is its width.",
        repair=_REMEMBER,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_AskedByH),
        holds=lambda one: _chooses(one) and _has_c(one.cell.cell.state_size),
        needs=recurs,
        name="attention/asked-by-h-alone",
        statement="attention: scores computed from h without c",
        explanation="The query is the whole new state of the cell, c and h side by side.",
        repair=_ASK,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_AskedByTheOldState),
        holds=_chooses,
        needs=recurs,
        name="attention/asked-by-the-old-state",
        statement="attention: scores computed from the state before the step",
        explanation="The query is the state that the cell returns at this step, not the one that it is given.",
        repair=_ASK,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_OverTheBatch),
        needs=recurs,
        name="attention/softmax-over-the-batch",
        statement="attention: softmax over the batch instead of the window",
        explanation="A softmax without an axis, or along the first one. The weights of a row then depend on its "
        "neighbours.",
        repair=_ASK,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_Unnormalised),
        needs=recurs,
        name="attention/softmax-left-out",
        statement="attention: scores used as weights, without softmax",
        explanation="The rows are weighed by their scores as they are.",
        repair=_ASK,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_ScoredWithoutTanh),
        holds=_chooses,
        needs=recurs,
        name="attention/tanh-left-out",
        statement="attention: scores without tanh",
        explanation="The hidden layer of the scores is squashed. Without that the query cancels in the softmax.",
        repair=_ASK,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_AnsweredWithoutAttention),
        needs=recurs,
        name="attention/left-out-of-the-output",
        statement="attention left out of the output's projection",
        explanation="The output is a projection of the cell's output and of the new attention.",
        repair=_USE,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_AnsweredWithOldAttention),
        needs=recurs,
        name="attention/of-the-step-before",
        statement="attention of the step before in the output's projection",
        explanation="The cell reads the last attention; the output is made of the new one.",
        repair=_USE,
    ),
    wrongly(
        AttentionCellWrapper,
        of_class(_ReadWithoutAttention),
        needs=_feeds_back,
        name="attention/not-fed-to-the-cell",
        statement="attention not fed to the cell",
        explanation="The cell reads a projection of its inputs and of the last attention. From zeros the difference "
        "begins at the third step.",
        repair=_USE,
    ),
    wrongly(
        AttentionCellWrapper,
        with_weights(zeros, "bias", "attention/bias", "attn_output_projection/bias"),
        name="attention/biases-dropped",
        statement="attention: biases dropped",
        explanation="All three linear maps of the wrapper have a bias, which starts at 0.",
        repair=_USE,
    ),
)
