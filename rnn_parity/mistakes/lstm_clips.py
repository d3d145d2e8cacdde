"""Clips and the projection: c is clipped as soon as it is new, h is projected and then clipped."""

from __future__ import annotations

import numpy as np

from numpy_impl.lstm import clip
from rnn_parity.mistakes.lstm_in_parts import CellStates, LSTMInParts, lstm_of, with_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import is_square, with_arrays, with_options
from rnn_parity.mistakes.room import Holds, where, where_even_mute
from rnn_parity.mistakes.semantics import LSTM, Weights, misread
from rnn_parity.spec import LSTMCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer


class _ClippedNotCarried(LSTMInParts):
    def carried(self, c: CellStates) -> Array:
        return c.unclipped


class _CarriedNotSeen(LSTMInParts):
    def hidden(self, emit: Array, c: CellStates) -> Array:
        return emit * self.activate(c.unclipped)


class _ProjectionActivated(LSTMInParts):
    def project(self, h: Array) -> Array:
        kernel = self.variables.projection_kernel
        return h if kernel is None else clip(np.tanh(h @ kernel), self.proj_clip)


class _ClippedBeforeProjection(LSTMInParts):
    def project(self, h: Array) -> Array:
        kernel = self.variables.projection_kernel
        return h if kernel is None else clip(h, self.proj_clip) @ kernel


class _ClippedWithoutProjection(LSTMInParts):
    def project(self, h: Array) -> Array:
        return clip(h, self.proj_clip) if self.variables.projection_kernel is None else super().project(h)


class _Unprojected(LSTMInParts):
    def project(self, h: Array) -> Array:
        fits = self.num_proj == self.num_units
        return clip(h, self.proj_clip) if fits else super().project(h)


class _ClippedOnTheWayIn(LSTMInParts):
    def forget(self, f: Array, c: Array) -> Array:
        return super().forget(f, clip(c, self.cell_clip))

    def admit(self, i: Array, c: Array) -> Array:
        return super().admit(i, clip(c, self.cell_clip))

    def new_c(self, forget: Array, admit: Array, candidate: Array, c: Array) -> Array:
        return super().new_c(forget, admit, candidate, clip(c, self.cell_clip))

    def emit(self, o: Array, c: CellStates) -> Array:
        return super().emit(o, c._replace(clipped=c.unclipped))

    def hidden(self, emit: Array, c: CellStates) -> Array:
        return super().hidden(emit, c._replace(clipped=c.unclipped))

    def carried(self, c: CellStates) -> Array:
        return c.unclipped


class _PreActivationsClipped(LSTMInParts):
    def squash(self, z: Array) -> Array:
        return super().squash(clip(z, self.cell_clip))

    def activate_j(self, j: Array) -> Array:
        return super().activate_j(clip(j, self.cell_clip))

    def emit(self, o: Array, c: CellStates) -> Array:
        return super().emit(o, c._replace(clipped=c.unclipped))

    def carried(self, c: CellStates) -> Array:
        return c.unclipped


class _ProjectedBeforeTheGate(LSTMInParts):
    def hidden(self, emit: Array, c: CellStates) -> Array:
        kernel = self.variables.projection_kernel
        if kernel is None or kernel.shape[0] != kernel.shape[1]:
            return super().hidden(emit, c)
        return emit * (self.activate(c.clipped) @ kernel)

    def project(self, h: Array) -> Array:
        kernel = self.variables.projection_kernel
        fits = kernel is not None and kernel.shape[0] == kernel.shape[1]
        return clip(h, self.proj_clip) if fits else super().project(h)


class _ProjectedOutsideTheLoop(LSTMInParts):
    def __call__(self, inputs: Array, state: Tree) -> tuple[Array, Tree]:
        """Return the projected output, and the state with h as it is before that."""
        fits = self.num_proj == self.num_units
        output, new_state = super().__call__(inputs, state)
        return (super().project(output) if fits else output), new_state

    def project(self, h: Array) -> Array:
        return h if self.num_proj == self.num_units else super().project(h)


def _clips_exchanged(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    cell = lstm_of(layer)
    if cell.num_proj is None or cell.cell_clip == cell.proj_clip:
        return layer, weights
    return with_options(cell_clip=cell.proj_clip, proj_clip=cell.cell_clip)(layer, weights)


def _zero_is_none(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    return with_options(cell_clip=lstm_of(layer).cell_clip or None)(layer, weights)


def _transposed(_: Layer, kernel: Array) -> Array:
    return kernel.T if kernel.shape[0] == kernel.shape[1] else kernel


def _lstm(holds: Holds) -> Holds:
    return lambda cell: isinstance(cell, LSTMCell) and holds(cell)


_CELL_CLIP = where_even_mute(LSTM, _lstm(lambda cell: cell.cell_clip is not None))
_PROJECTION = where(LSTM, _lstm(lambda cell: cell.num_proj is not None))
_PROJECTION_CLIP = where(LSTM, _lstm(lambda cell: cell.num_proj is not None and cell.proj_clip is not None))
_CLIP_WITHOUT_PROJECTION = where(LSTM, _lstm(lambda cell: cell.num_proj is None and cell.proj_clip is not None))
_SQUARE_PROJECTION = where(LSTM, _lstm(lambda cell: cell.num_proj is not None and is_square(cell)))

MISTAKES = (
    Mistake(
        id="lstm/cell-clip-left-out",
        statement="cell_clip left out",
        explanation="c is never clipped. Where |c| stays below cell_clip that changes nothing; in one real model the "
        "difference was 0.0004.",
        repair="Clip the new c to [-cell_clip, cell_clip], before h and the output gate's peephole see it.",
        seen=(
            "https://github.com/sonos/tract/issues/2751",
            "https://github.com/ratsgo/embedding/issues/49",
            "https://github.com/onnx/tensorflow-onnx/pull/722",
        ),
        applies=_CELL_CLIP,
        run=misread(LSTM, with_options(cell_clip=None)),
    ),
    Mistake(
        id="lstm/clipped-c-not-carried",
        statement="clipped c used for h, the unclipped one carried on",
        explanation="h is right in the first step, and c grows past the bound.",
        repair="Carry the clipped c on: it is the state.",
        applies=_CELL_CLIP,
        run=with_parts(_ClippedNotCarried),
    ),
    Mistake(
        id="lstm/clipped-c-not-used-for-h",
        statement="clipped c carried on, h computed from the unclipped one",
        explanation="The clip comes after h instead of before.",
        repair="Clip c first, then h = sigmoid(o) * activation(c).",
        seen=("https://github.com/microsoft/onnxruntime/issues/27224",),
        applies=_CELL_CLIP,
        run=with_parts(_CarriedNotSeen),
    ),
    Mistake(
        id="lstm/cell-clip-0-is-none",
        statement="cell_clip=0.0 taken for no clip (LSTMCell clips c to 0)",
        explanation="`if cell_clip:` is false for 0.0, which LSTMCell tells from None. The kernels' cells do not.",
        repair="Ask `cell_clip is not None`.",
        applies=where_even_mute(LSTM, _lstm(lambda cell: cell.cell_clip == 0)),
        run=misread(LSTM, _zero_is_none),
    ),
    Mistake(
        id="lstm/cell-clip-on-the-way-in",
        statement="c clipped at the start of a step, not at its end",
        explanation="Each step clips the c that it is given; the new one goes to h, and is answered, unclipped.",
        repair="Clip the new c to [-cell_clip, cell_clip], before h and the output gate's peephole see it.",
        applies=_CELL_CLIP,
        run=with_parts(_ClippedOnTheWayIn),
    ),
    Mistake(
        id="lstm/cell-clip-of-pre-activations",
        statement="cell_clip bounds what goes into sigmoid and tanh, as in ONNX",
        explanation="ONNX's `clip` bounds the input of every activation: i, j, f, o, and c for h alone, which is then "
        "carried on unclipped. TensorFlow's cell_clip bounds c, and nothing else.",
        repair="Clip the new c, and carry the clipped one on; no attribute of ONNX's LSTM does.",
        seen=("https://github.com/microsoft/onnxruntime/issues/27224",),
        applies=where_even_mute(LSTM, _lstm(lambda cell: cell.cell_clip is not None)),
        run=with_parts(_PreActivationsClipped),
    ),
    Mistake(
        id="lstm/clips-exchanged",
        statement="cell_clip and proj_clip exchanged",
        explanation="The bound of c was used for h, and the converse. Equal bounds hide it.",
        repair="cell_clip bounds c, proj_clip the projected h.",
        applies=where_even_mute(
            LSTM, _lstm(lambda cell: cell.num_proj is not None and cell.cell_clip != cell.proj_clip)
        ),
        run=misread(LSTM, _clips_exchanged),
    ),
    Mistake(
        id="lstm/projection-not-fed-back",
        statement="projection of the outputs only: h is fed back unprojected",
        explanation="The projection stands outside the recurrence, as a layer on top. It fits where num_proj equals "
        "num_units.",
        repair="h = h @ projection kernel, in every step, before h is fed back.",
        seen=("https://github.com/pytorch/pytorch/issues/139582",),
        applies=_SQUARE_PROJECTION,
        run=with_parts(_ProjectedOutsideTheLoop),
    ),
    Mistake(
        id="lstm/projection-before-output-gate",
        statement="projection before the output gate: h = o (activation(c) P)",
        explanation="The gate acts on the projected values. It fits where num_proj equals num_units.",
        repair="h = (sigmoid(o) * activation(c)) @ projection kernel.",
        applies=_SQUARE_PROJECTION,
        run=with_parts(_ProjectedBeforeTheGate),
    ),
    Mistake(
        id="lstm/projection-clip-left-out",
        statement="proj_clip left out",
        explanation="The projected h is never clipped.",
        repair="Clip h after its projection to [-proj_clip, proj_clip].",
        seen=(
            "https://github.com/PaddlePaddle/Paddle/pull/15605",
            "https://github.com/ratsgo/embedding/issues/49",
        ),
        applies=_PROJECTION_CLIP,
        run=misread(LSTM, with_options(proj_clip=None)),
    ),
    Mistake(
        id="lstm/projection-clip-before-projection",
        statement="proj_clip applied before the projection",
        explanation="What h was is clipped, not what it is projected to.",
        repair="Project first, then clip.",
        applies=_PROJECTION_CLIP,
        run=with_parts(_ClippedBeforeProjection),
    ),
    Mistake(
        id="lstm/projection-clip-without-projection",
        statement="proj_clip applied where there is no projection",
        explanation="TensorFlow ignores proj_clip where num_proj is None.",
        repair="Clip h only after a projection.",
        applies=_CLIP_WITHOUT_PROJECTION,
        run=with_parts(_ClippedWithoutProjection),
    ),
    Mistake(
        id="lstm/projection-activated",
        statement="tanh of the projected h (TensorFlow's projection is linear)",
        explanation="The projection was given an activation, which small values hide: 0.002 in one real model.",
        repair="h = h @ projection kernel, then the clip, nothing else.",
        seen=("https://github.com/PaddlePaddle/Paddle/pull/15605",),
        applies=_PROJECTION,
        run=with_parts(_ProjectionActivated),
    ),
    Mistake(
        id="lstm/projection-left-out",
        statement="projection left out",
        explanation="h keeps the width of c. Only where num_proj equals num_units do the shapes allow it.",
        repair="h = h @ projection kernel, in every step, before h is fed back.",
        seen=("https://github.com/k2-fsa/icefall/pull/621",),
        applies=_SQUARE_PROJECTION,
        run=with_parts(_Unprojected),
    ),
    Mistake(
        id="lstm/projection-transposed",
        statement="projection kernel transposed",
        explanation="Where num_proj equals num_units a transposition too many fits.",
        repair="h @ projection kernel: its rows are units, its columns the projection.",
        applies=_SQUARE_PROJECTION,
        run=misread(LSTM, with_arrays(("projection/kernel",), _transposed)),
    ),
)
