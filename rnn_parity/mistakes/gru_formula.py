"""Slips in the GRU's formula beyond the frequent ones: its gates, its candidate and how they are blended."""

from __future__ import annotations

import numpy as np

from numpy_impl.activations import activation, sigmoid
from rnn_parity.mistakes.gru import GRUInParts, with_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import recurs, squashes_unlike, where
from rnn_parity.mistakes.semantics import GRU
from rnn_parity.structure import Array, Tree


class _ResetInverted(GRUInParts):
    def candidate(self, x: Array, h: Array, r: Array) -> Array:
        return super().candidate(x, h, 1 - r)


class _ResetOnInputsToo(GRUInParts):
    def candidate(self, x: Array, h: Array, r: Array) -> Array:
        return r * (self.of_inputs(x) + h @ self.hidden_rows) + self.variables.candidate_bias


class _ResetHBlended(GRUInParts):
    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        found = super().gates(inputs, state)
        return {**found, "h": self.blend(found["u"], found["r"] * state, found["c"])}


class _OldHLeftOut(GRUInParts):
    def blend(self, u: Array, h: Array, c: Array) -> Array:  # noqa: ARG002  the mistake
        return (1 - u) * c


class _CandidateUngated(GRUInParts):
    def blend(self, u: Array, h: Array, c: Array) -> Array:
        return u * h + c


class _UpdateLeftOut(GRUInParts):
    def blend(self, u: Array, h: Array, c: Array) -> Array:  # noqa: ARG002  the mistake
        return c


class _HardSigmoidOfSixth(GRUInParts):
    def squash(self, z: Array) -> Array:
        return np.clip(z / 6 + z.dtype.type(0.5), 0, 1)


class _GatesTanh(GRUInParts):
    def squash(self, z: Array) -> Array:
        return np.tanh(z)


class _ActivationsExchanged(GRUInParts):
    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        own = self.activation
        z = np.concatenate([inputs, state], axis=1) @ self.variables.gates_kernel + self.variables.gates_bias
        r, u = np.split(activation(own)(z), 2, axis=1)
        c = sigmoid(self.candidate(inputs, state, r))
        return {"r": r, "u": u, "c": c, "h": self.blend(u, state, c)}


class _Squashed(GRUInParts):
    """A candidate with another activation than the cell's."""

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        found = super().gates(inputs, state)
        c = self.squashed(self.candidate(inputs, state, found["r"]))
        return {**found, "c": c, "h": self.blend(found["u"], state, c)}

    def squashed(self, z: Array) -> Array:
        return sigmoid(z)


class _Unsquashed(_Squashed):
    def squashed(self, z: Array) -> Array:
        return z


_CANDIDATE = "candidate = activation([x, r * h] kernel + bias)."
_BLEND = "h = u * h + (1 - u) * candidate."
_SQUASH = "Sigmoid for r and u, the cell's activation for the candidate."

MISTAKES = (
    Mistake(
        id="gru/reset-inverted",
        statement="reset gate inverted: candidate of [x, (1 - r) h]",
        explanation="The gate was taken for what is forgotten. Gates near 0.5 hide it.",
        repair=_CANDIDATE,
        applies=where(GRU, needs=recurs),
        run=with_parts(_ResetInverted),
    ),
    Mistake(
        id="gru/reset-on-inputs-too",
        statement="reset gate applied to the inputs' part, too: r * (x W + h R)",
        explanation="The whole product is reset, but for the bias.",
        repair=_CANDIDATE,
        applies=where(GRU),
        run=with_parts(_ResetOnInputsToo),
    ),
    Mistake(
        id="gru/reset-h-blended",
        statement="reset h blended in: h = u (r h) + (1 - u) c",
        explanation="r * h was written over h before h was used again.",
        repair=_BLEND,
        applies=where(GRU, needs=recurs),
        run=with_parts(_ResetHBlended),
    ),
    Mistake(
        id="gru/old-h-left-out",
        statement="old h left out: h = (1 - u) c",
        explanation="The state is not carried on but through the gates and the candidate.",
        repair=_BLEND,
        applies=where(GRU, needs=recurs),
        run=with_parts(_OldHLeftOut),
    ),
    Mistake(
        id="gru/candidate-ungated",
        statement="candidate added whole: h = u h + c",
        explanation="1 - u is missing, and h grows past 1.",
        repair=_BLEND,
        applies=where(GRU),
        run=with_parts(_CandidateUngated),
    ),
    Mistake(
        id="gru/update-gate-left-out",
        statement="update gate left out: h = c",
        explanation="The candidate is the state.",
        repair=_BLEND,
        applies=where(GRU),
        run=with_parts(_UpdateLeftOut),
    ),
    Mistake(
        id="gru/gates-hard-sigmoid-sixth",
        statement="gates are z / 6 + 0.5, cut to [0, 1] (TensorFlow: sigmoid)",
        explanation="The hard sigmoid of PyTorch and Keras 3, which has another slope than that of earlier Keras.",
        repair=_SQUASH,
        seen=("https://github.com/llvm/torch-mlir/pull/2682",),
        applies=where(GRU),
        run=with_parts(_HardSigmoidOfSixth),
    ),
    Mistake(
        id="gru/gates-tanh",
        statement="gates squashed with tanh (TensorFlow: sigmoid)",
        explanation="One activation, the cell's default, was applied to gates and candidate.",
        repair=_SQUASH,
        applies=where(GRU),
        run=with_parts(_GatesTanh),
    ),
    Mistake(
        id="gru/activations-exchanged",
        statement="activation on the gates, sigmoid on the candidate",
        explanation="The two activations of the cell changed places.",
        repair=_SQUASH,
        seen=("https://github.com/tflearn/tflearn/pull/200",),
        applies=where(GRU, lambda cell: squashes_unlike(cell, "sigmoid")),
        run=with_parts(_ActivationsExchanged),
    ),
    Mistake(
        id="gru/candidate-sigmoid",
        statement="candidate squashed with the sigmoid, like the gates",
        explanation="One sigmoid was applied to everything.",
        repair=_SQUASH,
        applies=where(GRU, lambda cell: squashes_unlike(cell, "sigmoid")),
        run=with_parts(_Squashed),
    ),
    Mistake(
        id="gru/candidate-without-activation",
        statement="candidate used without its activation",
        explanation="The candidate goes into h as the kernel gives it.",
        repair=_SQUASH,
        applies=where(GRU, lambda cell: squashes_unlike(cell, "linear")),
        run=with_parts(_Unsquashed),
    ),
)
