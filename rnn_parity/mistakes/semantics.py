"""TensorFlow's semantics, as the NumPy twin states them, in parts that a mistake replaces one by one.

    asked      the case as it is read
    read       one layer's options and weights, as they are read
    make       what is read -> the cell that computes a step
    around     the cells of a stack, or the one in a wrapper without weights -> the stack or wrapper
    wrap       the cell in a wrapper with weights -> the wrapper
    loop       the cell over time
    turn_in    the inputs of the backward direction, turned around
    turn_out   its outputs, turned back
    answered   the answer as it is handed on
    room       the cases that all this is done in; elsewhere the answer is right

Inside, time is the first axis: inputs (T, B, D), outputs (T, B, H).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

import numpy_impl
from numpy_impl.cell import RNNCell
from numpy_impl.state import zero_state
from numpy_impl.unroll import unroll
from rnn_parity.candidate import Case, Result
from rnn_parity.candidates import numpy_impl as adapter
from rnn_parity.spec import BasicLSTMCell, CaseSpec, Chunked, Directions, LSTMCell, StaticBidirectionalRNN, Step
from rnn_parity.structure import Array, Tree, case_state_size, cells_of, is_time_major, join
from rnn_parity.weights import Layer, layers

LSTM = (BasicLSTMCell, LSTMCell)

Weights: TypeAlias = Mapping[str, Array]  # one layer's, under the cell's own names
Lengths: TypeAlias = Any  # (B,) integers, or None
Kinds: TypeAlias = tuple[type, ...]
Make: TypeAlias = Callable[[Layer, Weights], RNNCell]
Reading: TypeAlias = Callable[[Layer, Weights], tuple[Layer, Weights]]


def right_cell(layer: Layer, weights: Weights) -> RNNCell:
    """Return the twin's cell."""
    return adapter.bind(layer.cell, [weights]).layers[0].cell


def right_loop(cell: RNNCell, inputs: Array, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    """Return the outputs (T, B, H) and the final state."""
    dtype = inputs.dtype if state is None else None
    return unroll(cell, inputs, sequence_length=lengths, initial_state=state, dtype=dtype)


def turned(array: Array, lengths: Lengths) -> Array:
    """Return (T, B, ...) with each row turned around within its own length."""
    return numpy_impl.reverse_sequence(array, lengths, time_axis=0)


def as_asked(case: Case) -> Case:
    """Return the case."""
    return case


def as_given(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    """Return the layer and its weights."""
    return layer, weights


def everywhere(_: CaseSpec) -> bool:
    """Return True."""
    return True


def as_computed(_: Case, result: Result) -> Result:
    """Return the result."""
    return result


@dataclass(frozen=True, kw_only=True)
class Semantics:
    """A candidate: TensorFlow's semantics but for the parts given."""

    asked: Callable[[Case], Case] = as_asked
    read: Reading = as_given
    make: Make = right_cell
    around: adapter.Around = adapter.around
    wrap: adapter.Wrap = adapter.wrap
    loop: Callable[[RNNCell, Array, Lengths, Tree], tuple[Array, Tree]] = right_loop
    turn_in: Callable[[Array, Lengths], Array] = turned
    turn_out: Callable[[Array, Lengths], Array] = turned
    answered: Callable[[Case, Result], Result] = as_computed
    room: Callable[[CaseSpec], bool] = everywhere

    def __call__(self, case: Case) -> Result:
        """Return the answer to a case."""
        if not self.room(case.spec):
            return RIGHT(case)
        asked = self.asked(case)
        with np.errstate(all="ignore"):  # a wrong cell may run away; its numbers are compared, infinite or not
            return self.answered(asked, self._run(asked))

    def _run(self, case: Case) -> Result:
        inputs = steps_first(case, case.inputs)
        if case.initial_state is None and adapter.dtype_of(case) != inputs.dtype:  # ids do not say the zeros' dtype
            zeros = zero_state(case_state_size(case.spec), inputs.shape[1], adapter.dtype_of(case))
            case = replace(case, initial_state=zeros)
        cells = self._cells(case)
        if "" in cells:
            outputs, state = self._one_way(case, cells[""], inputs)
            return Result(case_axes(case, outputs), state)
        lengths = case.sequence_length
        state_fw, state_bw = case.initial_state or (None, None)
        out_fw, final_fw = self.loop(cells["fw"], inputs, lengths, state_fw)
        out_bw, final_bw = self.loop(cells["bw"], self.turn_in(inputs, lengths), lengths, state_bw)
        return Result(joined(case, out_fw, self.turn_out(out_bw, lengths)), Directions(final_fw, final_bw))

    def _cells(self, case: Case) -> dict[str, RNNCell]:
        """Return direction -> its cell."""
        made: dict[str, list[RNNCell]] = {}
        for layer in layers(case.spec):
            made.setdefault(layer.direction, []).append(self.make(*self.read(layer, own_weights(case, layer))))
        owned = adapter.wrapped(case)
        return {
            direction: adapter.assembled(cell, iter(made[direction]), iter(owned[direction]), self.around, self.wrap)
            for direction, cell in zip(made, cells_of(case.spec), strict=True)
        }

    def _one_way(self, case: Case, cell: RNNCell, inputs: Array) -> tuple[Array, Tree]:
        run, state = case.spec.run, case.initial_state
        if not isinstance(run, Chunked):
            return self.loop(cell, inputs, case.sequence_length, state)
        outputs = []
        for chunk in np.split(inputs, np.cumsum(run.chunks)[:-1]):
            answer, state = self.loop(cell, chunk, None, state if run.carry_state else case.initial_state)
            outputs.append(answer)
        return np.concatenate(outputs), state


RIGHT = Semantics()


def together(first: Semantics, second: Semantics) -> Semantics | None:
    """Return the candidate that does both; None where both replace one part, of which there can be only one."""
    parts: dict[str, Any] = {}
    for part in ("make", "around", "wrap", "loop", "turn_in", "turn_out"):
        replaced = [getattr(one, part) for one in (first, second) if getattr(one, part) is not getattr(RIGHT, part)]
        if len(replaced) > 1:
            return None
        parts[part] = replaced[0] if replaced else getattr(RIGHT, part)
    return Semantics(
        asked=lambda case: second.asked(first.asked(case)),
        read=lambda layer, weights: second.read(*first.read(layer, weights)),
        answered=lambda case, result: second.answered(case, first.answered(case, result)),
        **parts,
    )


def own_weights(case: Case, layer: Layer) -> dict[str, Array]:
    """Return the weights of one layer, under the cell's own names."""
    return {name: case.weights[join(layer.scope, name)] for name in layer.cell.variables(layer.depth)}


def misread(kinds: Kinds, reading: Reading) -> Semantics:
    """Return the candidate that reads the options or weights of every cell of these kinds wrongly."""
    return Semantics(
        read=lambda layer, weights: (reading if isinstance(layer.cell, kinds) else as_given)(layer, weights)
    )


def miscomputed(kinds: Kinds, make: Make) -> Semantics:
    """Return the candidate in which every cell of these kinds is what `make` makes of it."""
    return Semantics(
        make=lambda layer, weights: (make if isinstance(layer.cell, kinds) else right_cell)(layer, weights)
    )


def steps_first(case: Case, array: Array) -> Array:
    """Return inputs or outputs of the case as (T, B, ...)."""
    if isinstance(case.spec.run, Step):
        return array[np.newaxis]
    return array if is_time_major(case.spec) else array.swapaxes(0, 1)


def case_axes(case: Case, steps: Array) -> Array:
    """Return (T, B, ...) with the axes of the case's outputs."""
    if isinstance(case.spec.run, Step):
        return steps[0]
    return steps if is_time_major(case.spec) else steps.swapaxes(0, 1)


def joined(case: Case, out_fw: Array, out_bw: Array) -> Tree:
    """Return the outputs of two directions, (T, B, H) each, as the case's run returns them."""
    if isinstance(case.spec.run, StaticBidirectionalRNN):
        return case_axes(case, np.concatenate([out_fw, out_bw], axis=2))
    return Directions(case_axes(case, out_fw), case_axes(case, out_bw))


def outputs_by_direction(case: Case, result: Result) -> dict[str, Array]:
    """Return direction -> outputs (T, B, H) of a result: '' alone, or 'fw' and 'bw'."""
    return dict(_outputs(case, result.outputs))


def _outputs(case: Case, outputs: Tree) -> Iterator[tuple[str, Array]]:
    cells = cells_of(case.spec)
    if not isinstance(cells, Directions):
        yield "", steps_first(case, outputs)
    elif isinstance(case.spec.run, StaticBidirectionalRNN):
        width = cells.fw.output_size
        steps = steps_first(case, outputs)
        yield from (("fw", steps[..., :width]), ("bw", steps[..., width:]))
    else:
        yield from zip(Directions._fields, (steps_first(case, array) for array in outputs), strict=True)
