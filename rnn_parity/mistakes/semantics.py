"""TensorFlow's semantics, as the NumPy twin states them, in parts that a mistake replaces one by one.

    asked      the case as it is read
    read       one layer's options and weights, as they are read
    make       what is read -> the cell that computes a step
    around     the cells of a stack, or the one in a wrapper without weights -> the stack or wrapper
    dropout    the cell in a DropoutWrapper and its masks -> the wrapper
    wrap       the cell in a wrapper with weights -> the wrapper
    loop       the cell over time
    turn_in    the inputs of the backward direction, turned around
    turn_out   its outputs, turned back
    hand_up    the outputs of both directions -> what the two directions of the layer above read
    ends       the rows' lengths -> those that the loop of a direction is told
    carry      the calls so far -> the state that the next one starts from
    call       one of several calls, from that state
    answered   the answer as it is handed on
    room       the cases that all this is done in; elsewhere the answer is right

Inside, time is the first axis: inputs (T, B, D), or a tuple of such arrays, outputs (T, B, H).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import count
from typing import Any, NamedTuple, TypeAlias

import numpy as np

import numpy_impl
from numpy_impl.cell import RNNCell
from numpy_impl.state import zero_state
from numpy_impl.unroll import unroll
from rnn_parity.candidate import Case, Result
from rnn_parity.candidates import numpy_impl as adapter
from rnn_parity.masks import masks_below
from rnn_parity.spec import (
    BasicLSTMCell,
    BlockLSTMV2,
    CaseSpec,
    Chunked,
    CudnnCompatibleLSTMCell,
    Directions,
    GRUBlockCellV2,
    GRUCell,
    LSTMBlockCell,
    LSTMBlockFusedCell,
    LSTMCell,
    RawRNN,
    StateSavingRNN,
    Step,
    is_own,
)
from rnn_parity.structure import (
    Array,
    Tree,
    case_state_size,
    cells_of,
    cut_tree,
    dtype_of,
    is_time_major,
    levels,
    map_tree,
    output_shapes,
)
from rnn_parity.weights import Layer, layers, level_of, own_weights

BLOCK_LSTM = (LSTMBlockCell, LSTMBlockFusedCell, CudnnCompatibleLSTMCell)  # in one kernel, of LSTMCell's numbers
LSTM = (BasicLSTMCell, LSTMCell, *BLOCK_LSTM)
GRU = (GRUCell, GRUBlockCellV2)
WITH_C = (*LSTM, BlockLSTMV2)  # cells whose state is (c, h)

Weights: TypeAlias = Mapping[str, Array]  # one layer's, under the cell's own names
Lengths: TypeAlias = Any  # (B,) integers, or None
Kinds: TypeAlias = tuple[type, ...]
Make: TypeAlias = Callable[[Layer, Weights], RNNCell]
Loop: TypeAlias = Callable[[RNNCell, Tree, Lengths, Tree], tuple[Array, Tree]]
Reading: TypeAlias = Callable[[Layer, Weights], tuple[Layer, Weights]]


def right_cell(layer: Layer, weights: Weights) -> RNNCell:
    """Return the twin's cell."""
    return adapter.bind(layer.cell, [weights]).layers[0].cell


def right_loop(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    """Return the outputs (T, B, H) and the final state."""
    dtype = dtype_of(inputs) if state is None else None
    return unroll(cell, inputs, sequence_length=lengths, initial_state=state, dtype=dtype)


def turned(tree: Tree, lengths: Lengths) -> Tree:
    """Return (T, B, ...), or a tuple of such arrays, with each row turned around within its own length."""
    return map_tree(lambda array: numpy_impl.reverse_sequence(array, lengths, time_axis=0), tree)


def both_joined(out_fw: Array, out_bw: Array, _: Lengths) -> tuple[Array, Array]:
    """Return [fw | bw] for both directions."""
    joined = np.concatenate([out_fw, out_bw], axis=2)
    return joined, joined


class Called(NamedTuple):
    """One of several calls: the cell, its steps (T, B, D), the state that it started from and that it ended with."""

    cell: RNNCell
    inputs: Tree
    start: Tree
    final: Tree


def last_final(case: Case, calls: list[Called]) -> Tree:
    """Return the last call's final state, or the case's initial one where nothing is carried."""
    return calls[-1].final if getattr(case.spec.run, "carry_state", True) else case.initial_state


def right_call(loop: Loop, _: list[Called], cell: RNNCell, inputs: Tree, start: Tree) -> tuple[Array, Tree]:
    """Return the outputs (T, B, H) and the final state of one of several calls; those before it do not matter."""
    return loop(cell, inputs, None, start)


def right_ends(_: str, lengths: Lengths) -> Lengths:
    """Return the lengths: they are the same in both directions."""
    return lengths


def as_asked(case: Case) -> Case:
    """Return the case."""
    return case


def as_given(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    """Return the layer and its weights."""
    return layer, weights


def plain(layer: Layer) -> Layer:
    """Return the layer with the core cell that computes the same where its own is one kernel: mistakes know that."""
    core = getattr(layer.cell, "as_core_cell", None)
    return layer if core is None else layer._replace(cell=core())


def everywhere(_: CaseSpec) -> bool:
    """Return True."""
    return True


def as_computed(_: Case, result: Result) -> Result:
    """Return the result."""
    return result


class MasksAgain:
    """Masks (T, B, width) by site, from the first step again after the last: some mistakes run a loop twice."""

    def __init__(self, masks: Mapping[str, Array]) -> None:
        self._masks, self._asked = masks, Counter[str]()

    def __call__(self, site: str, shape: tuple[int, ...], keep_prob: float) -> Array:  # noqa: ARG002  drawn already
        """Return the mask of the site's next step."""
        masks = self._masks[site]
        self._asked[site] += 1
        return masks[(self._asked[site] - 1) % len(masks)]


@dataclass(frozen=True, kw_only=True)
class Semantics:
    """A candidate: TensorFlow's semantics but for the parts given."""

    asked: Callable[[Case], Case] = as_asked
    read: Reading = as_given
    make: Make = right_cell
    around: adapter.Around = adapter.around
    dropout: adapter.Dropout = adapter.with_dropout
    wrap: adapter.Wrap = adapter.wrap
    loop: Loop = right_loop
    turn_in: Callable[[Tree, Lengths], Tree] = turned
    turn_out: Callable[[Tree, Lengths], Tree] = turned
    hand_up: Callable[[Array, Array, Lengths], tuple[Array, Array]] = both_joined
    ends: Callable[[str, Lengths], Lengths] = right_ends
    carry: Callable[[Case, list[Called]], Tree] = last_final
    call: Callable[[Loop, list[Called], RNNCell, Tree, Tree], tuple[Array, Tree]] = right_call
    answered: Callable[[Case, Result], Result] = as_computed
    room: Callable[[CaseSpec], bool] = everywhere

    def __call__(self, case: Case) -> Result:
        """Return the answer to a case."""
        if is_own(case.spec):
            return adapter.run(case)  # which says that it is not supported
        if not self.room(case.spec):
            return RIGHT(case)
        asked = self.asked(case)
        with np.errstate(all="ignore"):  # a wrong cell may run away; its numbers are compared, infinite or not
            return self.answered(asked, self._run(asked))

    def _run(self, case: Case) -> Result:
        dtype = adapter.number_type(case)
        inputs = map_tree(partial(steps_first, case), case.inputs)
        if case.initial_state is None and dtype != dtype_of(inputs):  # ids do not say the zeros' dtype
            zeros = zero_state(case_state_size(case.spec), inputs.shape[1], dtype)
            case = replace(case, initial_state=zeros)
        below, *above = self._cells(case)
        if "" in below:
            outputs, state = self._one_way(case, below[""], inputs)
            return Result(case_axes(case, outputs), state)
        lengths = case.sequence_length
        if levels(case.spec) is None:
            out_fw, out_bw, final = self._both(below, (inputs, inputs), lengths, case.initial_state)
            return Result(joined(case, out_fw, out_bw), final)
        starts = case.initial_state and list(zip(*case.initial_state, strict=True))
        out_fw, out_bw, final = self._both(below, (inputs, inputs), lengths, starts and starts[0])
        finals = [final]
        for level, cells in enumerate(above, 1):
            read = self.hand_up(out_fw, out_bw, lengths)
            out_fw, out_bw, final = self._both(cells, read, lengths, starts and starts[level])
            finals.append(final)
        return Result(joined(case, out_fw, out_bw), Directions(*zip(*finals, strict=True)))

    def _both(
        self, cells: Mapping[str, RNNCell], inputs: tuple[Tree, Tree], lengths: Lengths, states: Tree
    ) -> tuple[Array, Array, Directions]:
        """Return the outputs of both directions, (T, B, H) each, and their final states."""
        state_fw, state_bw = states or (None, None)
        out_fw, final_fw = self.loop(cells["fw"], inputs[0], self.ends("fw", lengths), state_fw)
        turned_in = self.turn_in(inputs[1], lengths)
        out_bw, final_bw = self.loop(cells["bw"], turned_in, self.ends("bw", lengths), state_bw)
        return out_fw, self.turn_out(out_bw, lengths), Directions(final_fw, final_bw)

    def _cells(self, case: Case) -> list[dict[str, RNNCell]]:
        """Return direction -> its cell, for every level from the input up."""
        made: list[dict[str, list[RNNCell]]] = [{} for _ in range(levels(case.spec) or 1)]
        for layer in layers(case.spec):
            cell: Any = self.make(*self.read(layer, own_weights(layer, case.weights)))
            own = masks_below(case.dropout, layer.direction, "layer", str(layer.index))
            made[level_of(case.spec, layer)].setdefault(layer.direction, []).append(
                replace(cell, masks=MasksAgain(own)) if own else cell
            )
        return [
            {
                direction: adapter.assembled(
                    cell,
                    adapter.Parts(iter(level[direction]), _masks(case, direction), _owned(case, direction, number)),
                    self.around,
                    self.dropout,
                    self.wrap,
                )
                for direction, cell in zip(level, cells_of(case.spec), strict=True)
            }
            for number, level in enumerate(made)
        ]

    def _one_way(self, case: Case, cell: RNNCell, inputs: Tree) -> tuple[Array, Tree]:
        run, state, lengths = case.spec.run, case.initial_state, case.sequence_length
        if isinstance(run, RawRNN) and lengths is not None:
            inputs = inputs[: max(lengths, default=0)]  # the loop ends with the longest row
        if not isinstance(run, Chunked | StateSavingRNN):
            return self.loop(cell, inputs, lengths, state)
        outputs, calls = [], list[Called]()
        for chunk in cut_tree(lambda array: np.split(array, np.cumsum(run.chunks)[:-1]), inputs):
            start = self.carry(case, calls) if calls else state
            answer, final = self.call(self.loop, calls, cell, chunk, start)
            calls.append(Called(cell, chunk, start, final))
            outputs.append(answer)
        return np.concatenate(outputs), calls[-1].final


@dataclass(frozen=True)
class Remade:
    """What makes the cells of some kinds otherwise: of the layer and its weights or, first, of a class in parts."""

    kinds: Kinds
    make: Callable[..., RNNCell]
    parts: type | None = None

    def __call__(self, layer: Layer, weights: Weights) -> RNNCell:
        """Return a layer's cell."""
        if not isinstance(layer.cell, self.kinds):
            return right_cell(layer, weights)
        first = () if self.parts is None else (self.parts,)
        return self.make(*first, plain(layer), weights)

    def and_(self, other: Remade) -> Make | None:
        """Return what makes both changes; None where they change the same part of the same cells."""
        if not set(self.kinds) & set(other.kinds):
            return lambda layer, weights: (other if isinstance(layer.cell, other.kinds) else self)(layer, weights)
        if self.make is not other.make or self.parts is None or other.parts is None:
            return None
        joined = both_parts(self.parts, other.parts)
        return None if joined is None else replace(self, parts=joined)


@lru_cache(maxsize=4096)
def both_parts(first: type, second: type) -> type | None:
    """Return the class with the methods that both replace in what they come from; None where they replace the same."""
    base = next(one for one in first.__mro__ if one in second.__mro__)
    own = [
        {name for one in parts.__mro__[: parts.__mro__.index(base)] for name in vars(one) if not name.startswith("_")}
        for parts in (first, second)
    ]
    return None if own[0] & own[1] else type(f"{first.__name__}{second.__name__}", (second, first), {})


RIGHT = Semantics()
_REPLACED = ("make", "around", "dropout", "wrap", "loop", "turn_in", "turn_out", "hand_up", "ends", "carry", "call")


def together(first: Semantics, second: Semantics) -> Semantics | None:
    """Return the candidate that does both; None where that cannot be: both replace one part, of which there is one."""
    if type(first) is not Semantics or type(second) is not Semantics:  # what is more than its parts
        return None
    parts: dict[str, Any] = {}
    for part in _REPLACED:
        replaced = [getattr(one, part) for one in (first, second) if getattr(one, part) is not getattr(RIGHT, part)]
        parts[part] = replaced[0] if replaced else getattr(RIGHT, part)
        if len(replaced) > 1:
            both = replaced[0].and_(replaced[1]) if all(isinstance(one, Remade) for one in replaced) else None
            if both is None:
                return None
            parts[part] = both
    return Semantics(
        asked=lambda case: second.asked(first.asked(case)),
        read=lambda layer, weights: second.read(*first.read(layer, weights)),
        answered=lambda case, result: second.answered(case, first.answered(case, result)),
        **parts,
    )


def _masks(case: Case, direction: str) -> Iterator[MasksAgain]:
    """Yield the masks of each DropoutWrapper of a direction, in the order of their numbers."""
    return (MasksAgain(masks_below(case.dropout, direction, "wrapper", str(number))) for number in count())


def _owned(case: Case, direction: str, level: int) -> Iterator[adapter.Wrapped]:
    """Return the wrappers with weights of one level of a direction, in the order of `wrappings`."""
    return iter([one for one in adapter.wrapped(case)[direction] if level_of(case.spec, one[0]) == level])


def misread(kinds: Kinds, reading: Reading) -> Semantics:
    """Return the candidate that reads the options or weights of every cell of these kinds wrongly."""
    return Semantics(
        read=lambda layer, weights: (
            reading(plain(layer), weights) if isinstance(layer.cell, kinds) else as_given(layer, weights)
        )
    )


def miscomputed(kinds: Kinds, make: Callable[..., RNNCell], parts: type | None = None) -> Semantics:
    """Return the candidate in which every cell of these kinds is what `make` makes of it, or of `parts` and it."""
    return Semantics(make=Remade(kinds, make, parts))


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
    if len(output_shapes(case.spec)) == 1:
        return case_axes(case, np.concatenate([out_fw, out_bw], axis=2))
    return Directions(case_axes(case, out_fw), case_axes(case, out_bw))


def outputs_by_direction(case: Case, result: Result) -> dict[str, Array]:
    """Return direction -> outputs (T, B, H) of a result: '' alone, or 'fw' and 'bw'."""
    return dict(_outputs(case, result.outputs))


def _outputs(case: Case, outputs: Tree) -> Iterator[tuple[str, Array]]:
    cells = cells_of(case.spec)
    if not isinstance(cells, Directions):
        yield "", steps_first(case, outputs)
    elif len(output_shapes(case.spec)) == 1:
        width = cells.fw.output_size
        steps = steps_first(case, outputs)
        yield from (("fw", steps[..., :width]), ("bw", steps[..., width:]))
    else:
        yield from zip(Directions._fields, (steps_first(case, array) for array in outputs), strict=True)
