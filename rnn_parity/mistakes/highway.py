"""HighwayWrapper: inputs and outputs blended by gates that look at the inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy_impl
from numpy_impl.cell import RNNCell, given_weights
from numpy_impl.highway import gates
from numpy_impl.state import State
from rnn_parity.candidate import Case
from rnn_parity.candidates.numpy_impl import wrap
from rnn_parity.mistakes.layer_states import with_h
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import runs
from rnn_parity.mistakes.semantics import Semantics
from rnn_parity.mistakes.wrapping import left_out, of_class, top_width, transposed, with_weights, wrongly, zeros
from rnn_parity.spec import CaseSpec, HighwayWrapper, StackSpec, WrapperSpec, unwrapped
from rnn_parity.structure import Array, is_one_object, join
from rnn_parity.weights import Wrapping, wrappings


class _Swapped(numpy_impl.HighwayWrapper):
    def blend(self, inputs: Array, outputs: Array) -> Array:
        carry, transform = gates(inputs, given_weights("HighwayWrapper", self.weights))
        return inputs * transform + outputs * carry


class _GatedByOutputs(numpy_impl.HighwayWrapper):
    def blend(self, inputs: Array, outputs: Array) -> Array:
        carry, transform = gates(outputs, given_weights("HighwayWrapper", self.weights))
        return inputs * carry + outputs * transform


class _WithState:
    """A highway whose blended output is fed back as h."""

    def __init__(self, spec: WrapperSpec, right: RNNCell) -> None:
        self.spec, self.right = spec, right
        self.state_size, self.output_size, self.zero_state = right.state_size, right.output_size, right.zero_state

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        output, new_state = self.right(inputs, state)
        return output, with_h(self.spec, new_state, output)


def _fed_back(wrapping: Wrapping, cell: RNNCell, weights: Mapping[str, Array]) -> RNNCell:
    return _WithState(wrapping.cell, wrap(wrapping, cell, weights))


def _coupled(_: Wrapping, cell: RNNCell, weights: Mapping[str, Array]) -> RNNCell:
    made = numpy_impl.HighwayWrapper
    return made(cell, weights=made.weights_from({name: weights[name] for name in ("carry_w", "carry_b")}))


def _of_one_object(spec: CaseSpec) -> list[Wrapping]:
    """Return the highways of a case that are one object in several places, each with gates of its own; [] else."""
    stack = unwrapped(spec.cell)
    one = is_one_object(spec) or (isinstance(stack, StackSpec) and stack.one_object)
    found = [wrapping for wrapping in wrappings(spec) if isinstance(wrapping.cell, HighwayWrapper)]
    alike = len({wrapping.cell for wrapping in found}) == 1 < len({wrapping.scope for wrapping in found})
    return found if one and alike else []


def _gates_of_the_first_place(case: Case) -> Case:
    found, weights = _of_one_object(case.spec), dict(case.weights)
    for wrapping in found[1:]:
        for name in wrapping.cell.variables(wrapping.depth):
            weights[join(wrapping.scope, name)] = case.weights[join(found[0].scope, name)]
    return replace(case, weights=weights)


def _is_uncoupled(wrapping: Wrapping) -> bool:
    return isinstance(wrapping.cell, HighwayWrapper) and not wrapping.cell.couple_carry_transform_gates


_HOW = "Answer inputs * carry + outputs * transform, with carry = sigmoid(inputs carry_w + carry_b)."
_UNCOUPLED = "Where the gates are not coupled, transform = sigmoid(inputs transform_w + transform_b)."

MISTAKES = (
    wrongly(
        HighwayWrapper,
        left_out,
        name="highway/left-out",
        statement="highway left out: the cell's outputs as they are",
        explanation="The wrapped cell stands where the wrapper should. States are right, outputs are not.",
        repair=_HOW,
    ),
    wrongly(
        HighwayWrapper,
        of_class(_Swapped),
        name="highway/carry-and-transform-swapped",
        statement="highway: carry and transform swapped",
        explanation="The carry gate multiplies the cell's outputs and the transform gate the inputs, as where a "
        "paper's T, the transform gate, is taken for TensorFlow's carry.",
        repair=_HOW,
    ),
    wrongly(
        HighwayWrapper,
        with_weights(zeros, "carry_b"),
        name="highway/carry-bias-left-out",
        statement="highway: carry_b left out",
        explanation="The gate is the sigmoid of inputs carry_w alone. carry_b starts at 1, not 0.",
        repair=_HOW,
    ),
    wrongly(
        HighwayWrapper,
        of_class(_GatedByOutputs),
        name="highway/gate-of-the-output",
        statement="highway: gates look at the cell's output",
        explanation="TensorFlow computes both gates from the inputs. The output is as wide, so that it fits.",
        repair=_HOW,
    ),
    wrongly(
        HighwayWrapper,
        _fed_back,
        holds=lambda one: top_width(one.cell) == one.cell.output_size,
        name="highway/fed-into-state",
        statement="highway: the blended output fed back as h",
        explanation="The wrapper blends what is answered; the state is the cell's own, untouched.",
        repair="Feed back the state that the cell returned.",
    ),
    wrongly(
        HighwayWrapper,
        with_weights(transposed, "carry_w"),
        holds=lambda one: one.depth > 1,
        name="highway/carry-weights-transposed",
        statement="highway: carry_w transposed",
        explanation="carry_w is square, so that a transposition too many, or one too few, fits.",
        repair="Multiply as inputs carry_w, rows being inputs.",
    ),
    wrongly(
        HighwayWrapper,
        _coupled,
        holds=_is_uncoupled,
        name="highway/always-coupled",
        statement="highway: transform is 1 - carry where it has weights",
        explanation="couple_carry_transform_gates=False was ignored, and transform_w and transform_b with it.",
        repair=_UNCOUPLED,
    ),
    wrongly(
        HighwayWrapper,
        with_weights(zeros, "transform_b"),
        holds=_is_uncoupled,
        name="highway/transform-bias-left-out",
        statement="highway: transform_b left out",
        explanation="The transform gate is the sigmoid of inputs transform_w alone. transform_b starts at -1, not 0.",
        repair=_UNCOUPLED,
    ),
    Mistake(
        id="highway/one-object-one-set-of-gates",
        statement="a shared highway has one set of gates for all its places",
        explanation="A HighwayWrapper is no layer: TensorFlow makes its gates in the scope of each call, cell_0, "
        "cell_1, fw and bw, whatever object is called. Only the cell in it is shared.",
        repair="Give every place the gates named after it: wrapper_weights does.",
        applies=lambda spec: runs(spec) and bool(_of_one_object(spec)),
        run=Semantics(asked=_gates_of_the_first_place),
    ),
)
