"""IntersectionRNNCell: one gate over time and one over depth, and an output that is not the state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import numpy_impl
from numpy_impl.activations import activation, relu, sigmoid, tanh
from numpy_impl.arrays import column_blocks
from numpy_impl.cell import given_weights
from numpy_impl.intersection import GATES, projected
from numpy_impl.state import State
from rnn_parity.mistakes.every_cell import in_biases
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.parts import blocks_in_order, with_parts
from rnn_parity.mistakes.reading import with_arrays, with_options, zero
from rnn_parity.mistakes.room import Room, runs, where
from rnn_parity.mistakes.semantics import misread
from rnn_parity.spec import CaseSpec, IntersectionRNNCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer, layers

INTERSECTION = (IntersectionRNNCell,)


class IntersectionInParts(numpy_impl.IntersectionRNNCell):
    """`numpy_impl.IntersectionRNNCell`, one method a part."""

    def gates(self, inputs: Array, state: Tree) -> dict[str, Array]:
        """Return gh, h, gy, y, the new state and the output."""
        weights = given_weights("IntersectionRNNCell", self.weights)
        x = projected(inputs, weights)
        z = np.concatenate([x, state], axis=1) @ weights.kernel + weights.bias
        gh, h, gy, y = column_blocks(z, len(GATES))
        new_state = self.blend(self.time_gate(gh), state, self.squash_h(h))
        new_y = self.blend(self.depth_gate(gy), self.carried(inputs, x), self.squash_y(y))
        return {"gh": gh, "h": h, "gy": gy, "y": y, "new_state": new_state, "new_y": new_y}

    def time_gate(self, gh: Array) -> Array:
        """Return the gate of the state."""
        return sigmoid(gh + gh.dtype.type(self.forget_bias))

    def depth_gate(self, gy: Array) -> Array:
        """Return the gate of the output."""
        return sigmoid(gy + gy.dtype.type(self.forget_bias))

    def squash_h(self, h: Array) -> Array:
        """Return the state's candidate."""
        return tanh(h)

    def squash_y(self, y: Array) -> Array:
        """Return the output's candidate."""
        return activation(self.y_activation)(y)

    def carried(self, inputs: Array, x: Array) -> Array:  # noqa: ARG002  for a mistake
        """Return what the output gate lets through, (B, H)."""
        return x

    def blend(self, gate: Array, kept: Array, new: Array) -> Array:
        """Return the blend of what is kept and what is new."""
        return gate * kept + (1 - gate) * new


class _StateAnswered(IntersectionInParts):
    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        return gates["new_state"], gates["new_state"]


class _OutputFedBack(IntersectionInParts):
    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        return gates["new_y"], gates["new_y"]


class _BiasOnTimeAlone(IntersectionInParts):
    def depth_gate(self, gy: Array) -> Array:
        return sigmoid(gy)


class _BiasOnDepthAlone(IntersectionInParts):
    def time_gate(self, gh: Array) -> Array:
        return sigmoid(gh)


class _ActivationsSwapped(IntersectionInParts):
    def squash_h(self, h: Array) -> Array:
        return activation(self.y_activation)(h)

    def squash_y(self, y: Array) -> Array:
        return tanh(y)


class _Inverted(IntersectionInParts):
    def blend(self, gate: Array, kept: Array, new: Array) -> Array:
        return (1 - gate) * kept + gate * new


class _InputsNotProjected(IntersectionInParts):
    def carried(self, inputs: Array, x: Array) -> Array:
        """Return the first H of the inputs, with zeros where they have fewer columns."""
        bare = np.zeros_like(x)
        width = min(inputs.shape[1], x.shape[1])
        bare[:, :width] = inputs[:, :width]
        return bare


class _Relu(IntersectionInParts):
    def squash_y(self, y: Array) -> Array:
        return relu(y)


def _state_rows_first(_: Layer, kernel: Array) -> Array:
    """Return the kernel that makes [x s] kernel what the given one makes of [s x]."""
    return np.concatenate(np.split(kernel, 2)[::-1])


def _projects(spec: CaseSpec) -> bool:
    """Return whether some cell's inputs are projected."""
    return runs(spec) and any(
        isinstance(layer.cell, INTERSECTION) and layer.depth != layer.cell.num_units for layer in layers(spec)
    )


_BIASED: Room = where(INTERSECTION, lambda cell: cell.forget_bias != 0)
_PROJECTION = ("in_projection/kernel", "in_projection/bias")
_TWO = "s = gh * s + (1 - gh) * tanh(h) is the state; y = gy * x + (1 - gy) * y_activation(y) the output."

MISTAKES = (
    Mistake(
        id="intersection/state-answered",
        statement="state answered as the output",
        explanation="In TensorFlow's other cells with one state the output is the state; here it is another array. "
        "Tests that compare states alone cannot show it.",
        repair=_TWO,
        applies=where(INTERSECTION),
        run=with_parts(INTERSECTION, _StateAnswered),
    ),
    Mistake(
        id="intersection/output-fed-back",
        statement="output fed back as the state",
        explanation="The loop hands the output on, which is the state in TensorFlow's other cells with one state.",
        repair=_TWO,
        applies=where(INTERSECTION),
        run=with_parts(INTERSECTION, _OutputFedBack),
    ),
    Mistake(
        id="intersection/halves-swapped",
        statement="blocks read gy,y,gh,h (TensorFlow's are gh,h,gy,y)",
        explanation="The half of the output was taken for that of the state. All shapes fit.",
        repair="The column blocks of kernel and bias are gh, h, gy, y.",
        applies=where(INTERSECTION),
        run=misread(INTERSECTION, with_arrays(("kernel", "bias"), blocks_in_order(2, 3, 0, 1))),
    ),
    Mistake(
        id="intersection/gates-first",
        statement="blocks read gh,gy,h,y (TensorFlow's are gh,h,gy,y)",
        explanation="The gates were taken for the first two blocks. All shapes fit.",
        repair="The column blocks of kernel and bias are gh, h, gy, y.",
        applies=where(INTERSECTION),
        run=misread(INTERSECTION, with_arrays(("kernel", "bias"), blocks_in_order(0, 2, 1, 3))),
    ),
    Mistake(
        id="intersection/forget-bias-left-out",
        statement="forget bias left out of both gates",
        explanation="`forget_bias` is no variable, so it is in no checkpoint; its default is 1.",
        repair="gh = sigmoid(gh + forget_bias), gy = sigmoid(gy + forget_bias).",
        applies=_BIASED,
        run=misread(INTERSECTION, with_options(forget_bias=0.0)),
    ),
    Mistake(
        id="intersection/forget-bias-always-one",
        statement="forget bias always 1, whatever the cell says",
        explanation="The default is hard-wired. Tests with the default cannot see it.",
        repair="Use the cell's `forget_bias`.",
        applies=where(INTERSECTION, lambda cell: cell.forget_bias != 1),
        run=misread(INTERSECTION, with_options(forget_bias=1.0)),
    ),
    Mistake(
        id="intersection/forget-bias-on-the-state-alone",
        statement="forget bias on the state's gate alone",
        explanation="The output's gate has it, too, though it forgets nothing.",
        repair="gh = sigmoid(gh + forget_bias), gy = sigmoid(gy + forget_bias).",
        applies=_BIASED,
        run=with_parts(INTERSECTION, _BiasOnTimeAlone),
    ),
    Mistake(
        id="intersection/forget-bias-on-the-output-alone",
        statement="forget bias on the output's gate alone",
        explanation="Both gates have it.",
        repair="gh = sigmoid(gh + forget_bias), gy = sigmoid(gy + forget_bias).",
        applies=_BIASED,
        run=with_parts(INTERSECTION, _BiasOnDepthAlone),
    ),
    Mistake(
        id="intersection/activations-swapped",
        statement="activations swapped: y_activation of h, tanh of y",
        explanation="The state's candidate is always squashed with tanh, the output's with y_activation.",
        repair=_TWO,
        applies=where(INTERSECTION, lambda cell: cell.y_activation != "tanh"),
        run=with_parts(INTERSECTION, _ActivationsSwapped),
    ),
    Mistake(
        id="intersection/tanh-for-y-activation",
        statement="output's candidate squashed with tanh",
        explanation="The default of y_activation is relu, where TensorFlow's other cells have tanh.",
        repair="y = gy * x + (1 - gy) * y_activation(y).",
        applies=where(INTERSECTION, lambda cell: cell.y_activation != "tanh"),
        run=misread(INTERSECTION, with_options(y_activation="tanh")),
    ),
    Mistake(
        id="intersection/y-activation-always-relu",
        statement="y_activation ignored: always relu",
        explanation="The default is hard-wired. Tests with the default cannot see it.",
        repair="Use the cell's `y_activation`.",
        applies=where(INTERSECTION, lambda cell: cell.y_activation != "relu"),
        run=with_parts(INTERSECTION, _Relu),
    ),
    Mistake(
        id="intersection/gates-inverted",
        statement="gates inverted: (1 - g) old + g new",
        explanation="TensorFlow's gates keep: the state over time, the input through depth. Gates near 0.5 hide it.",
        repair=_TWO,
        applies=where(INTERSECTION),
        run=with_parts(INTERSECTION, _Inverted),
    ),
    Mistake(
        id="intersection/inputs-carried-unprojected",
        statement="inputs let through to the output as they are, not projected",
        explanation="The projection feeds the kernel alone, and the bare inputs, cut or filled up with zeros, are "
        "blended with the output's candidate.",
        repair="Replace the inputs by their projection before anything else.",
        applies=_projects,
        run=with_parts(INTERSECTION, _InputsNotProjected),
    ),
    Mistake(
        id="intersection/projection-bias-dropped",
        statement="bias of the projection dropped",
        explanation="in_projection/bias is not added. TensorFlow initialises it to zero.",
        repair="x = x in_projection/kernel + in_projection/bias.",
        applies=_projects,
        run=misread(INTERSECTION, with_arrays(_PROJECTION[1:], zero)),
    ),
    Mistake(
        id="intersection/kernel-rows-s-x",
        statement="kernel rows read as [s; x] (TensorFlow's are [x; s])",
        explanation="TensorFlow multiplies the concatenation [x, s]. Both halves have H rows, so every shape fits.",
        repair="Take the first H rows for the inputs, the rest for the state.",
        applies=where(INTERSECTION),
        run=misread(INTERSECTION, with_arrays(("kernel",), _state_rows_first)),
    ),
    *in_biases("intersection", INTERSECTION),
)
