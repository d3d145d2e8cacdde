"""Slips in the LSTM's formula that every LSTM leaves room for."""

from __future__ import annotations

import numpy as np

from numpy_impl.activations import hard_sigmoid, sigmoid
from rnn_parity.mistakes.lstm_in_parts import CellStates, LSTMInParts, with_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import squashes_unlike, where, where_even_mute, where_lstm
from rnn_parity.mistakes.semantics import LSTM
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array


class _HiddenWithoutActivation(LSTMInParts):
    def hidden(self, emit: Array, c: CellStates) -> Array:
        return emit * c.clipped


class _HiddenActivatedOutside(LSTMInParts):
    def hidden(self, emit: Array, c: CellStates) -> Array:
        return self.activate(emit * c.clipped)


class _HiddenFromOldC(LSTMInParts):
    def hidden(self, emit: Array, c: CellStates) -> Array:
        return emit * self.activate(c.old)


class _HardSigmoid(LSTMInParts):
    def squash(self, z: Array) -> Array:
        return hard_sigmoid(z)


class _HardSigmoidOfSixth(LSTMInParts):
    def squash(self, z: Array) -> Array:
        return np.clip(z / 6 + 0.5, 0, 1)


class _GatesUnsquashed(LSTMInParts):
    def squash(self, z: Array) -> Array:
        return z


class _ActivationsExchanged(LSTMInParts):
    def squash(self, z: Array) -> Array:
        return super().activate(z)

    def activate(self, values: Array) -> Array:
        return sigmoid(values)


class _CandidateUnactivated(LSTMInParts):
    def activate_j(self, j: Array) -> Array:
        return j


class _CandidateSigmoid(LSTMInParts):
    def activate_j(self, j: Array) -> Array:
        return sigmoid(j)


class _ForgetForAdmit(LSTMInParts):
    def new_c(self, forget: Array, admit: Array, candidate: Array, c: Array) -> Array:  # noqa: ARG002  the mistake
        return forget * (c + candidate)


class _Coupled(LSTMInParts):
    def new_c(self, forget: Array, admit: Array, candidate: Array, c: Array) -> Array:  # noqa: ARG002  the mistake
        return forget * c + (1 - forget) * candidate


_COMMUTE = ("linear", "relu", "ReLU", "leaky_relu", "LeakyReLU")  # activation(o c) = o activation(c), since o > 0


def _reads_old_c(spec: CaseSpec) -> bool:
    """Return whether h from the old c differs: with a cell_clip of 0 only a given c does."""
    return where(LSTM)(spec) or (spec.run.initial_state and where_even_mute(LSTM, lambda _: True)(spec))


MISTAKES = (
    Mistake(
        id="lstm/hidden-without-activation",
        statement="h = o c, without the activation of c",
        explanation="The activation between c and h is missing. Small c hide it: tanh(c) is near c there.",
        repair="h = sigmoid(o) * activation(c).",
        seen=("https://github.com/nicodjimenez/lstm/issues/47", "https://github.com/XiaLiPKU/RESCAN/issues/2"),
        applies=where(LSTM, lambda cell: squashes_unlike(cell, "linear")),
        run=with_parts(_HiddenWithoutActivation),
    ),
    Mistake(
        id="lstm/hidden-activated-outside",
        statement="h = activation(o c) (TensorFlow: o activation(c))",
        explanation="The output gate acts inside the activation instead of outside.",
        repair="h = sigmoid(o) * activation(c).",
        seen=("https://github.com/coreylynch/grid-lstm/issues/4",),
        applies=where(LSTM, lambda cell: cell.activation not in _COMMUTE),
        run=with_parts(_HiddenActivatedOutside),
    ),
    Mistake(
        id="lstm/hidden-from-old-c",
        statement="h computed from the old c (TensorFlow: from the new one)",
        explanation="The cell state of the step before stands in h = o activation(c).",
        repair="Update c first, then h = sigmoid(o) * activation(c).",
        seen=("https://github.com/borelien/entailment-neural-attention-lstm-tf/issues/3",),
        applies=_reads_old_c,
        run=with_parts(_HiddenFromOldC),
    ),
    Mistake(
        id="lstm/gates-hard-sigmoid",
        statement="gates are hard_sigmoid: 0.2 z + 0.5 (TensorFlow: sigmoid)",
        explanation="Keras's LSTM once squashed its gates so by default. Differences are 0.02 to 0.1, and "
        "loose tolerances let them pass.",
        repair="Squash i, f and o with the logistic sigmoid: recurrent_activation='sigmoid'.",
        seen=(
            "https://stackoverflow.com/questions/49759614/lstm-calculation-with-vanilla-numpy",
            "https://github.com/keras-team/keras/issues/10179",
        ),
        applies=where(LSTM),
        run=with_parts(_HardSigmoid),
    ),
    Mistake(
        id="lstm/gates-hard-sigmoid-sixth",
        statement="gates are z / 6 + 0.5, cut to [0, 1] (TensorFlow: sigmoid)",
        explanation="PyTorch's hardsigmoid, which has another slope than Keras's, stands in for the sigmoid.",
        repair="Squash i, f and o with the logistic sigmoid.",
        seen=("https://github.com/llvm/torch-mlir/pull/2682",),
        applies=where(LSTM),
        run=with_parts(_HardSigmoidOfSixth),
    ),
    Mistake(
        id="lstm/gates-unsquashed",
        statement="gates used without their sigmoid",
        explanation="The sigmoid of i, f and o was lost, often where a layer was replaced by its weights.",
        repair="Squash i, f + forget_bias and o with the sigmoid.",
        seen=("https://github.com/YerevaNN/R-NET-in-Keras/issues/14",),
        applies=where(LSTM),
        run=with_parts(_GatesUnsquashed),
    ),
    Mistake(
        id="lstm/activations-exchanged",
        statement="activation on the gates, sigmoid on j and c (exchanged)",
        explanation="The two activations of the cell changed places.",
        repair="Sigmoid for i, f and o; the cell's activation for j and c.",
        seen=("https://github.com/tflearn/tflearn/pull/200",),
        applies=where_even_mute(LSTM, lambda cell: squashes_unlike(cell, "sigmoid")),
        run=with_parts(_ActivationsExchanged),
    ),
    Mistake(
        id="lstm/candidate-without-activation",
        statement="j used without its activation",
        explanation="The candidate goes into c as the kernel gives it.",
        repair="c = sigmoid(f + forget_bias) * c + sigmoid(i) * activation(j).",
        applies=where_lstm(lambda cell: squashes_unlike(cell, "linear")),
        run=with_parts(_CandidateUnactivated),
    ),
    Mistake(
        id="lstm/candidate-sigmoid",
        statement="j squashed with the sigmoid, like the gates",
        explanation="One sigmoid was applied to all four blocks.",
        repair="Squash i, f and o alone; j takes the cell's activation.",
        applies=where_lstm(lambda cell: squashes_unlike(cell, "sigmoid")),
        run=with_parts(_CandidateSigmoid),
    ),
    Mistake(
        id="lstm/forget-gate-for-input-gate",
        statement="forget gate used for the input gate: c = f c + f j",
        explanation="The input gate never acts. Equal gates, or one buffer for both, hide it.",
        repair="c = sigmoid(f + forget_bias) * c + sigmoid(i) * activation(j).",
        seen=("https://github.com/ARM-software/CMSIS-NN/pull/181",),
        applies=where_lstm(),
        run=with_parts(_ForgetForAdmit),
    ),
    Mistake(
        id="lstm/input-gate-coupled",
        statement="input gate is 1 - forget gate: c = f c + (1 - f) j",
        explanation="This is the coupled cell (ONNX: input_forget=1), which has no weights of its own for i.",
        repair="Use sigmoid(i), of the kernel's first block.",
        seen=("https://github.com/sonos/tract/issues/2751",),
        applies=where_lstm(),
        run=with_parts(_Coupled),
    ),
)
