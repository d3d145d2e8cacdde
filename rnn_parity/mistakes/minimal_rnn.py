"""MinimalRNNCell: one kernel whose rows serve two products."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import numpy_impl
from numpy_impl.activations import activation, sigmoid
from numpy_impl.cell import given_weights
from rnn_parity.mistakes.every_cell import in_activation, in_biases
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.parts import with_parts
from rnn_parity.mistakes.reading import reshaped, with_arrays, with_options
from rnn_parity.mistakes.room import runs, squashes_unlike, where
from rnn_parity.mistakes.semantics import misread
from rnn_parity.spec import CaseSpec, MinimalRNNCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer, layers

MINIMAL = (MinimalRNNCell,)


class MinimalRNNInParts(numpy_impl.MinimalRNNCell):
    """`numpy_impl.MinimalRNNCell`, one method a part."""

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return the candidate, u and the new h."""
        kernel, bias = given_weights("MinimalRNNCell", self.weights)
        depth = inputs.shape[1]
        bare = inputs @ kernel[:depth]
        feedforward = self.candidate(bare, bias)
        read = self.read(inputs, bare, feedforward)
        u = self.gate(np.concatenate([read, state], axis=1) @ kernel[depth:], bias)
        return {"feedforward": feedforward, "u": u, "h": self.blend(u, state, feedforward)}

    def candidate(self, bare: Array, bias: Array) -> Array:  # noqa: ARG002  the bias is for a mistake
        """Return the candidate after its activation."""
        return activation(self.activation)(bare)

    def read(self, inputs: Array, bare: Array, feedforward: Array) -> Array:  # noqa: ARG002  for mistakes
        """Return what the gate reads beside the state."""
        return feedforward

    def gate(self, z: Array, bias: Array) -> Array:
        """Return u."""
        return sigmoid(z + bias)

    def blend(self, u: Array, h: Array, feedforward: Array) -> Array:
        """Return the new h."""
        return u * h + (1 - u) * feedforward


class _Inverted(MinimalRNNInParts):
    def blend(self, u: Array, h: Array, feedforward: Array) -> Array:
        return (1 - u) * h + u * feedforward


class _GateOfInputs(MinimalRNNInParts):
    def read(self, inputs: Array, bare: Array, feedforward: Array) -> Array:  # noqa: ARG002  inputs instead
        return inputs if inputs.shape == feedforward.shape else feedforward


class _GateOfBareCandidate(MinimalRNNInParts):
    def read(self, inputs: Array, bare: Array, feedforward: Array) -> Array:  # noqa: ARG002  unsquashed instead
        return bare


class _BiasOfCandidate(MinimalRNNInParts):
    def candidate(self, bare: Array, bias: Array) -> Array:
        return activation(self.activation)(bare + bias)

    def gate(self, z: Array, bias: Array) -> Array:  # noqa: ARG002  in the candidate instead
        return sigmoid(z)


class _BiasOfBoth(MinimalRNNInParts):
    def candidate(self, bare: Array, bias: Array) -> Array:
        return activation(self.activation)(bare + bias)


def _gate_rows_first(layer: Layer, kernel: Array) -> Array:
    """Return the kernel whose first 2 H rows were taken for the gate's, and the last D for the candidate's."""
    border = len(kernel) - layer.depth
    return np.concatenate([kernel[border:], kernel[:border]])


def _state_rows_first(layer: Layer, kernel: Array) -> Array:
    """Return the kernel that makes of [candidate h] what the given one makes of [h candidate]."""
    of_inputs, of_gate = np.split(kernel, [layer.depth])
    return np.concatenate([of_inputs, *np.split(of_gate, 2)[::-1]])


def _as_wide(spec: CaseSpec) -> bool:
    """Return whether some cell's inputs are as wide as its output."""
    return runs(spec) and any(
        isinstance(layer.cell, MINIMAL) and layer.depth == layer.cell.num_units for layer in layers(spec)
    )


_ROWS = "The kernel's first D rows are the candidate's; then H rows of the candidate and H of h are the gate's."
_GATE = "u = sigmoid([feedforward h] kernel[D:] + bias)."

MISTAKES = (
    Mistake(
        id="minimal-rnn/gate-inverted",
        statement="gate inverted: h = (1 - u) h + u candidate",
        explanation="TensorFlow's u keeps the old state. Gates near 0.5 hide it.",
        repair="h = u * h + (1 - u) * feedforward.",
        applies=where(MINIMAL),
        run=with_parts(MINIMAL, _Inverted),
    ),
    Mistake(
        id="minimal-rnn/gate-rows-first",
        statement="kernel rows read as [gate; candidate] (TensorFlow: reversed)",
        explanation="One kernel serves both products; the shapes do not say which rows are whose.",
        repair=_ROWS,
        applies=where(MINIMAL),
        run=misread(MINIMAL, with_arrays(("kernel",), _gate_rows_first)),
    ),
    Mistake(
        id="minimal-rnn/state-rows-first",
        statement="gate rows read as [h; candidate] (TensorFlow's: reversed)",
        explanation="Both have H rows, so every shape fits.",
        repair=_ROWS,
        applies=where(MINIMAL),
        run=misread(MINIMAL, with_arrays(("kernel",), _state_rows_first)),
    ),
    Mistake(
        id="minimal-rnn/gate-of-inputs",
        statement="gate reads the inputs (TensorFlow: the candidate)",
        explanation="It fits where the inputs are as wide as the output.",
        repair=_GATE,
        applies=_as_wide,
        run=with_parts(MINIMAL, _GateOfInputs),
    ),
    Mistake(
        id="minimal-rnn/gate-of-bare-candidate",
        statement="gate reads the candidate before its activation",
        explanation="The candidate is squashed first, then it goes both into the gate and into the state.",
        repair=_GATE,
        applies=where(MINIMAL, lambda cell: squashes_unlike(cell, "linear")),
        run=with_parts(MINIMAL, _GateOfBareCandidate),
    ),
    Mistake(
        id="minimal-rnn/bias-of-candidate",
        statement="bias added to the candidate, not to the gate",
        explanation="The cell's one bias is the gate's; TensorFlow initialises it to one.",
        repair=_GATE,
        applies=where(MINIMAL),
        run=with_parts(MINIMAL, _BiasOfCandidate),
    ),
    Mistake(
        id="minimal-rnn/bias-of-both",
        statement="bias added to the candidate, too",
        explanation="The cell's one bias is the gate's; TensorFlow initialises it to one.",
        repair=_GATE,
        applies=where(MINIMAL),
        run=with_parts(MINIMAL, _BiasOfBoth),
    ),
    Mistake(
        id="minimal-rnn/activation-left-out",
        statement="activation of the candidate left out",
        explanation="TensorFlow takes activation=None for none here, and for tanh in its other cells; left out, it is "
        "tanh in both.",
        repair="feedforward = activation(x kernel[:D]).",
        applies=where(MINIMAL, lambda cell: squashes_unlike(cell, "linear")),
        run=misread(MINIMAL, with_options(activation="linear")),
    ),
    Mistake(
        id="minimal-rnn/kernel-reshaped",
        statement="kernel reshaped where it should be transposed",
        explanation="`kernel.reshape(kernel.T.shape)` has the shape of the transposed kernel, and its numbers in other "
        "places.",
        repair="Transpose: `kernel.T`.",
        applies=where(MINIMAL),
        run=misread(MINIMAL, with_arrays(("kernel",), reshaped)),
    ),
    *in_activation("minimal-rnn", MINIMAL),
    *(replace(mistake, repair=_GATE) for mistake in in_biases("minimal-rnn", MINIMAL)),
)
