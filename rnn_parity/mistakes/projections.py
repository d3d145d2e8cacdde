"""InputProjectionWrapper, OutputProjectionWrapper, EmbeddingWrapper: a map before or after the cell, at every step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import numpy_impl
from numpy_impl.cell import RNNCell, given_weights
from numpy_impl.projection import project, weights_from
from numpy_impl.state import State
from rnn_parity.mistakes.layer_states import with_h
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import ragged
from rnn_parity.mistakes.semantics import Lengths, Semantics, right_loop
from rnn_parity.mistakes.wrapping import (
    left_out,
    of_class,
    top_width,
    transposed,
    with_options,
    with_weights,
    wrongly,
    zeros,
)
from rnn_parity.spec import (
    CaseSpec,
    Cell,
    DeviceWrapper,
    EmbeddingWrapper,
    InputProjectionWrapper,
    OutputProjectionWrapper,
)
from rnn_parity.structure import Array, Tree, cells_of
from rnn_parity.weights import Wrapping


class _Around:
    """A cell with a projection around it, on whichever side."""

    def __init__(self, wrapping: Wrapping, cell: RNNCell, weights: Mapping[str, Array]) -> None:
        self.spec: Any = wrapping.cell
        self.cell, self.weights = cell, weights_from(weights)
        self.state_size, self.output_size, self.zero_state = cell.state_size, self.spec.output_size, cell.zero_state

    def project(self, values: Array) -> Array:
        return project(values, self.weights, self.spec.activation)


class _Before(_Around):
    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        return self.cell(self.project(inputs), state)


class _After(_Around):
    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        output, new_state = self.cell(inputs, state)
        return self.project(output), new_state


class _FedBack(_After):
    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        output, new_state = super().__call__(inputs, state)
        return output, with_h(self.spec.cell, new_state, output)


class _FromOne(numpy_impl.EmbeddingWrapper):
    def embedded(self, ids: Any) -> Array:  # noqa: ANN401  whole numbers
        return super().embedded((np.asarray(ids) - 1) % self.embedding_classes)


class _Scaled(numpy_impl.EmbeddingWrapper):
    def embedded(self, ids: Any) -> Array:  # noqa: ANN401  as above
        rows = super().embedded(ids)
        return rows * rows.dtype.type(np.sqrt(self.embedding_size))


def _after_the_loop(cell: RNNCell, inputs: Array, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    """Return what the cell answers over time, with all outputs projected afterwards, padding included."""
    while isinstance(cell, numpy_impl.DeviceWrapper):
        cell = cell.cell
    if not isinstance(cell, numpy_impl.OutputProjectionWrapper):
        return right_loop(cell, inputs, lengths, state)
    outputs, final = right_loop(cell.cell, inputs, lengths, state)
    return project(outputs, given_weights("OutputProjectionWrapper", cell.weights), cell.activation), final


def _is_projected_last(cell: Cell) -> bool:
    while isinstance(cell, DeviceWrapper):
        cell = cell.cell
    return isinstance(cell, OutputProjectionWrapper)


def _leaves_padding(spec: CaseSpec) -> bool:
    """Return whether outputs past some row's length are projected after the loop, to what the bias makes of 0."""
    return ragged(spec) and any(map(_is_projected_last, cells_of(spec)))


def _is_activated(one: Wrapping) -> bool:
    return getattr(one.cell, "activation", None) not in (None, "linear")


def _is_square(one: Wrapping) -> bool:
    """Return whether what is projected is as wide as the projection."""
    wrapper = one.cell
    if isinstance(wrapper, InputProjectionWrapper):
        return wrapper.num_proj == one.depth
    return wrapper.cell.output_size == wrapper.output_size


def _fits_elsewhere(one: Wrapping) -> bool:
    """Return whether the projection fits on the other side of the cell, and the cell without it."""
    return _is_square(one) and one.depth == one.cell.cell.output_size


def _of_both(side: str, kind: type[InputProjectionWrapper | OutputProjectionWrapper]) -> tuple[Mistake, ...]:
    family = f"{side}-projection"
    how = f"Project the {side}s at every step: activation({side}s kernel + bias)."
    return (
        wrongly(
            kind,
            left_out,
            holds=_is_square,
            name=f"{family}/left-out",
            statement=f"{side} projection left out",
            explanation="The cell stands where the wrapper should. It fits where the projection keeps the width.",
            repair=how,
        ),
        wrongly(
            kind,
            with_weights(zeros, "bias"),
            name=f"{family}/bias-dropped",
            statement=f"{side} projection's bias dropped",
            explanation="The projection of an LSTM cell, num_proj, has no bias; that of this wrapper has one.",
            repair=how,
        ),
        wrongly(
            kind,
            with_options(activation=None),
            holds=_is_activated,
            name=f"{family}/activation-left-out",
            statement=f"{side} projection's activation left out",
            explanation="The wrapper's activation is not handed on. By default there is none.",
            repair=how,
        ),
        wrongly(
            kind,
            with_options(activation="tanh"),
            holds=lambda one: not _is_activated(one),
            name=f"{family}/tanh-by-default",
            statement=f"{side} projection squashed by tanh (here: no activation)",
            explanation="None is tanh in TensorFlow's cells, but no activation at all in these wrappers.",
            repair=how,
        ),
        wrongly(
            kind,
            with_weights(transposed, "kernel"),
            holds=_is_square,
            name=f"{family}/kernel-transposed",
            statement=f"{side} projection's kernel transposed",
            explanation="Layers of other frameworks keep the transposed kernel. It fits where the kernel is square.",
            repair="Multiply as values kernel, rows being what is projected.",
        ),
    )


_INPUT = "Project the inputs, before the cell reads them; feed back the cell's own state."
_OUTPUT = "Project the cell's outputs, where they are answered; feed back the cell's own state."
_LOOK_UP = "Look up row `id` of embedding, counted from 0, as it stands."

MISTAKES = (
    *_of_both("input", InputProjectionWrapper),
    wrongly(
        InputProjectionWrapper,
        _After,
        holds=_fits_elsewhere,
        name="input-projection/after-the-cell",
        statement="inputs not projected, but the outputs",
        explanation="The projection is on the other side of the cell. It fits where all widths are one.",
        repair=_INPUT,
    ),
    *_of_both("output", OutputProjectionWrapper),
    wrongly(
        OutputProjectionWrapper,
        _Before,
        holds=_fits_elsewhere,
        name="output-projection/before-the-cell",
        statement="outputs not projected, but the inputs",
        explanation="The projection is on the other side of the cell. It fits where all widths are one.",
        repair=_OUTPUT,
    ),
    wrongly(
        OutputProjectionWrapper,
        _FedBack,
        holds=lambda one: top_width(one.cell) == one.cell.output_size,
        name="output-projection/fed-back",
        statement="projected output fed back as h",
        explanation="An LSTM with num_proj feeds its projection back, this wrapper does not. It fits where the "
        "projection keeps the width.",
        repair=_OUTPUT,
    ),
    Mistake(
        id="output-projection/after-the-loop",
        statement="outputs projected after the loop, also past a row's length",
        explanation="A dense layer over all steps makes of the zeros past a row's length what its bias says. Inside "
        "the loop TensorFlow projects first and zeroes then.",
        repair="Zero the projected outputs past each row's length.",
        applies=_leaves_padding,
        run=Semantics(loop=_after_the_loop),
    ),
    wrongly(
        EmbeddingWrapper,
        of_class(_FromOne),
        name="embedding/counted-from-one",
        statement="ids counted from 1: the row before is read",
        explanation="Vocabularies often number from 1 and keep 0 for padding. TensorFlow's ids are rows, from 0.",
        repair=_LOOK_UP,
    ),
    wrongly(
        EmbeddingWrapper,
        of_class(_Scaled),
        holds=lambda one: one.cell.inner_depth(1) > 1,
        name="embedding/scaled",
        statement="embedding scaled by the square root of its size",
        explanation="Transformers scale what they look up; this wrapper does not.",
        repair=_LOOK_UP,
    ),
)
