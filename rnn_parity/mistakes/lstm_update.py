"""The LSTM's update of c and h with a gate too few, too many or in the wrong place, and activations exchanged."""

from __future__ import annotations

import numpy as np

from numpy_impl.activations import sigmoid
from rnn_parity.mistakes.lstm_in_parts import CellStates, LSTMInParts, with_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import recurs, squashes_unlike, where, where_even_mute, where_lstm
from rnn_parity.mistakes.semantics import LSTM
from rnn_parity.structure import Array, Tree


class _InputGateLeftOut(LSTMInParts):
    def new_c(self, forget: Array, admit: Array, candidate: Array, c: Array) -> Array:  # noqa: ARG002  the mistake
        return forget * c + candidate


class _ForgetGateLeftOut(LSTMInParts):
    def new_c(self, forget: Array, admit: Array, candidate: Array, c: Array) -> Array:  # noqa: ARG002  the mistake
        return c + admit * candidate


class _ForgetGateInverted(LSTMInParts):
    def new_c(self, forget: Array, admit: Array, candidate: Array, c: Array) -> Array:
        return (1 - forget) * c + admit * candidate


class _GatesExchanged(LSTMInParts):
    def new_c(self, forget: Array, admit: Array, candidate: Array, c: Array) -> Array:
        return admit * c + forget * candidate


class _OldCLeftOut(LSTMInParts):
    def new_c(self, forget: Array, admit: Array, candidate: Array, c: Array) -> Array:  # noqa: ARG002  the mistake
        return admit * candidate


class _OutputGateLeftOut(LSTMInParts):
    def hidden(self, emit: Array, c: CellStates) -> Array:  # noqa: ARG002  the mistake
        return self.activate(c.clipped)


class _OutputGateInverted(LSTMInParts):
    def hidden(self, emit: Array, c: CellStates) -> Array:
        return (1 - emit) * self.activate(c.clipped)


class _CarriedActivated(LSTMInParts):
    def carried(self, c: CellStates) -> Array:
        return self.activate(c.clipped)


class _HiddenSigmoid(LSTMInParts):
    def hidden(self, emit: Array, c: CellStates) -> Array:
        return emit * sigmoid(c.clipped)


class _HiddenAlwaysTanh(LSTMInParts):
    def hidden(self, emit: Array, c: CellStates) -> Array:
        return emit * np.tanh(c.clipped)


class _CandidateAlwaysTanh(LSTMInParts):
    def activate_j(self, j: Array) -> Array:
        return np.tanh(j)


class _GatesTanh(LSTMInParts):
    def squash(self, z: Array) -> Array:
        return np.tanh(z)


class _SumActivated(LSTMInParts):
    def new_c(self, forget: Array, admit: Array, candidate: Array, c: Array) -> Array:
        return self.activate(super().new_c(forget, admit, candidate, c))


class _CFedBack(LSTMInParts):
    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        c, h = state
        return super().gates(inputs, (c, c) if c.shape == h.shape else state)


_UPDATE = "c = sigmoid(f + forget_bias) * c + sigmoid(i) * activation(j)."
_HIDDEN = "h = sigmoid(o) * activation(c)."

MISTAKES = (
    Mistake(
        id="lstm/input-gate-left-out",
        statement="input gate left out: c = f c + j",
        explanation="The candidate goes into c whole.",
        repair=_UPDATE,
        applies=where_lstm(),
        run=with_parts(_InputGateLeftOut),
    ),
    Mistake(
        id="lstm/forget-gate-left-out",
        statement="forget gate left out: c = c + i j",
        explanation="The LSTM of 1997, which had no forget gate. A first step from a zero state is right even so.",
        repair=_UPDATE,
        applies=where_lstm(needs=recurs),
        run=with_parts(_ForgetGateLeftOut),
    ),
    Mistake(
        id="lstm/forget-gate-inverted",
        statement="forget gate inverted: c = (1 - f) c + i j",
        explanation="The gate was taken for what is forgotten; it is what is kept. Gates near 0.5 hide it.",
        repair=_UPDATE,
        applies=where_lstm(needs=recurs),
        run=with_parts(_ForgetGateInverted),
    ),
    Mistake(
        id="lstm/input-and-forget-gate-exchanged",
        statement="input and forget gate exchanged: c = i c + f j",
        explanation="Each gate acts on the other's term, forget_bias and peepholes included.",
        repair=_UPDATE,
        applies=where_lstm(),
        run=with_parts(_GatesExchanged),
    ),
    Mistake(
        id="lstm/old-c-left-out",
        statement="old c left out: c = i j",
        explanation="c is not carried on from step to step; a first step from a zero state is right.",
        repair=_UPDATE,
        applies=where_lstm(needs=recurs),
        run=with_parts(_OldCLeftOut),
    ),
    Mistake(
        id="lstm/new-c-activated",
        statement="new c activated: c = activation(f c + i j)",
        explanation="The sum is squashed before it is carried on; h squashes it once more.",
        repair=_UPDATE,
        applies=where_lstm(lambda cell: squashes_unlike(cell, "linear")),
        run=with_parts(_SumActivated),
    ),
    Mistake(
        id="lstm/activated-c-carried",
        statement="activation(c) carried on, not c",
        explanation="What h is made of was kept for the next step: one buffer, activated in place.",
        repair="Carry c on as it is, and activate a copy of it for h.",
        applies=where(LSTM, lambda cell: squashes_unlike(cell, "linear")),
        run=with_parts(_CarriedActivated),
    ),
    Mistake(
        id="lstm/output-gate-left-out",
        statement="output gate left out: h = activation(c)",
        explanation="The gate o is computed, or not, but never used.",
        repair=_HIDDEN,
        applies=where(LSTM),
        run=with_parts(_OutputGateLeftOut),
    ),
    Mistake(
        id="lstm/output-gate-inverted",
        statement="output gate inverted: h = (1 - o) activation(c)",
        explanation="The gate was taken for what is held back. Gates near 0.5 hide it.",
        repair=_HIDDEN,
        applies=where(LSTM),
        run=with_parts(_OutputGateInverted),
    ),
    Mistake(
        id="lstm/hidden-sigmoid",
        statement="h = o sigmoid(c) (TensorFlow: o activation(c))",
        explanation="The sigmoid of the gates was used for c, too.",
        repair=_HIDDEN,
        applies=where_even_mute(LSTM, lambda cell: squashes_unlike(cell, "sigmoid")),
        run=with_parts(_HiddenSigmoid),
    ),
    Mistake(
        id="lstm/hidden-always-tanh",
        statement="h = o tanh(c) whatever the activation, which j has",
        explanation="The cell's activation is handed on for j alone. With tanh, the default, nothing shows.",
        repair=_HIDDEN,
        seen=("https://github.com/keras-team/keras/issues/13399",),
        applies=where(LSTM, lambda cell: squashes_unlike(cell, "tanh")),
        run=with_parts(_HiddenAlwaysTanh),
    ),
    Mistake(
        id="lstm/candidate-always-tanh",
        statement="tanh(j) whatever the activation, which c has",
        explanation="The cell's activation is handed on for h alone, as in GLSTMCell. With tanh nothing shows.",
        repair=_UPDATE,
        applies=where_lstm(lambda cell: squashes_unlike(cell, "tanh")),
        run=with_parts(_CandidateAlwaysTanh),
    ),
    Mistake(
        id="lstm/gates-tanh",
        statement="gates squashed with tanh (TensorFlow: sigmoid)",
        explanation="One activation, the cell's default, was applied to all four blocks. Gates then leave [0, 1].",
        repair="Squash i, f and o with the logistic sigmoid.",
        applies=where(LSTM),
        run=with_parts(_GatesTanh),
    ),
    Mistake(
        id="lstm/c-fed-back",
        statement="c fed back into the kernel (TensorFlow: h)",
        explanation="[x, c] kernel stands for [x, h] kernel: the state's parts were confused. It fits without a "
        "projection, or with one as wide as c.",
        repair="Multiply [x, h], h being the last step's output.",
        applies=where(
            LSTM, lambda cell: cell.output_size == cell.num_units and isinstance(cell.state_size, tuple), needs=recurs
        ),
        run=with_parts(_CFedBack),
    ),
)
