"""ResidualWrapper: the inputs are added to the outputs, step by step, and to nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import numpy_impl
from numpy_impl.cell import RNNCell
from numpy_impl.state import State
from rnn_parity.candidates.numpy_impl import RESIDUAL_FNS, Around, around
from rnn_parity.mistakes.layer_states import with_h
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, ragged, runs
from rnn_parity.mistakes.semantics import Lengths, Semantics, right_loop
from rnn_parity.spec import CaseSpec, Cell, CoreWrapper, DeviceWrapper, ResidualWrapper, Stack, StackSpec, unwrapped
from rnn_parity.structure import Array, Tree, cells_of, levels


@dataclass(frozen=True, eq=False)
class _Answering(numpy_impl.ResidualWrapper):
    """A residual whose output and state are changed before they are handed on."""

    change: Callable[[Array, State], tuple[Array, State]] = lambda *both: both

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        return self.change(*super().__call__(inputs, state))


def _changed(change: Callable[[ResidualWrapper, Array, State], tuple[Array, State]]) -> Semantics:
    """Return the candidate whose every residual is changed so; `change` is told the wrapper's spec."""

    def wrongly(outer: Stack | CoreWrapper, inner: list[RNNCell]) -> RNNCell:
        right = around(outer, inner)
        if not isinstance(outer, ResidualWrapper) or not isinstance(right, numpy_impl.ResidualWrapper):
            return right
        return _Answering(right.cell, right.residual_fn, lambda output, state: change(outer, output, state))

    return Semantics(around=wrongly)


def _without(outer: Stack | CoreWrapper, inner: list[RNNCell]) -> RNNCell:
    return inner[0] if isinstance(outer, ResidualWrapper) else around(outer, inner)


def _in_layers(change: Callable[[int, int, RNNCell], RNNCell]) -> Around:
    """Return what makes stacks whose layer k of n is what `change` makes of it."""

    def wrongly(outer: Stack | CoreWrapper, inner: list[RNNCell]) -> RNNCell:
        if isinstance(outer, StackSpec):
            inner = [change(index, len(inner), cell) for index, cell in enumerate(inner)]
        return around(outer, inner)

    return wrongly


def _plain(cell: RNNCell) -> RNNCell:
    """Return the cell inside all wrappers."""
    while isinstance(cell, numpy_impl.ResidualWrapper | numpy_impl.DeviceWrapper):
        cell = cell.cell
    return cell


def _one_layer_late(outer: Stack | CoreWrapper, inner: list[RNNCell]) -> RNNCell:
    """Return the stack without the residual of the first layer that has one."""
    if isinstance(outer, StackSpec):
        first = next((index for index, cell in enumerate(inner) if _plain(cell) is not cell), None)
        inner = [_plain(cell) if index == first else cell for index, cell in enumerate(inner)]
    return around(outer, inner)


def _after_the_loop(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    """Return what the wrapped cell answers over time, with all inputs added afterwards, padding included."""
    while isinstance(cell, numpy_impl.DeviceWrapper):
        cell = cell.cell
    if not isinstance(cell, numpy_impl.ResidualWrapper):
        return right_loop(cell, inputs, lengths, state)
    outputs, final = right_loop(cell.cell, inputs, lengths, state)
    return inputs[..., : outputs.shape[-1]] + outputs, final


def _wrappers(cell: Cell) -> list[CoreWrapper]:
    """Return the wrappers around a cell, the outermost first."""
    found: list[CoreWrapper] = []
    while isinstance(cell, ResidualWrapper | DeviceWrapper):
        found.append(cell)
        cell = cell.cell
    return found


def _residuals(cell: Cell) -> list[ResidualWrapper]:
    return [wrapper for wrapper in _wrappers(cell) if isinstance(wrapper, ResidualWrapper)]


def _layers_of(cell: Cell) -> tuple[Cell, ...]:
    """Return the cells of a stack as they are, wrapped; () of another cell."""
    inner = unwrapped(cell)
    return inner.cells if isinstance(inner, StackSpec) else ()


def _where(holds: Callable[[Cell], object]) -> Room:
    """Return the room in the runs of a cell for which this holds."""
    return all_of(runs, lambda spec: any(map(holds, cells_of(spec))))


def _anywhere(cell: Cell) -> bool:
    return bool(_residuals(cell)) or any(map(_residuals, _layers_of(cell)))


def _fits_first_layer(spec: CaseSpec) -> bool:
    """Return whether a stack has residuals above its first layer, which has none although it could."""
    return (runs(spec) and levels(spec) is None) and any(
        any(map(_residuals, stack)) and not _residuals(stack[0]) and stack[0].output_size == spec.sizes.depth
        for stack in map(_layers_of, cells_of(spec))
    )


_ADD = "Add a cell's inputs to its outputs at every step; answer the sum and feed back the cell's own state."

MISTAKES = (
    Mistake(
        id="residual/left-out",
        statement="residual left out: inputs not added to the outputs",
        explanation="The wrapped cell stands where the wrapper should. Names and shapes of weights are the same.",
        repair=_ADD,
        applies=_where(_anywhere),
        run=Semantics(around=_without),
    ),
    Mistake(
        id="residual/fed-into-state",
        statement="inputs added to the state h, too",
        explanation="The sum is fed back as h. TensorFlow adds the inputs to what is answered alone; a wrapper does "
        "not touch the state.",
        repair=_ADD,
        applies=_where(_anywhere),
        run=_changed(lambda outer, output, state: (output, with_h(outer.cell, state, output))),
    ),
    Mistake(
        id="residual/last-layer-only",
        statement="residual of the last layer only",
        explanation="Residuals of the layers below the last are left out.",
        repair=_ADD,
        applies=_where(lambda cell: any(map(_residuals, _layers_of(cell)[:-1]))),
        run=Semantics(around=_in_layers(lambda index, count, cell: cell if index == count - 1 else _plain(cell))),
    ),
    Mistake(
        id="residual/first-layer-too",
        statement="residual in the first layer, too",
        explanation="Every layer was wrapped, although the first has no wrapper. It fits where the input is as wide "
        "as the first layer.",
        repair="Wrap the layers that are wrapped in TensorFlow; the first one often is not, its input being wider.",
        applies=_fits_first_layer,
        run=Semantics(
            around=_in_layers(lambda index, _, cell: cell if index > 0 else numpy_impl.ResidualWrapper(cell))
        ),
    ),
    Mistake(
        id="residual/one-layer-late",
        statement="residuals start one layer too late",
        explanation="The first layer with a residual has none: layers were counted from 0 on one side, from 1 on the "
        "other.",
        repair=_ADD,
        seen=("https://github.com/awslabs/sockeye/pull/114",),
        applies=_where(lambda cell: sum(bool(_residuals(layer)) for layer in _layers_of(cell)) > 1),
        run=Semantics(around=_one_layer_late),
    ),
    Mistake(
        id="residual/mean",
        statement="residual: mean of inputs and outputs (TensorFlow: sum)",
        explanation="The sum is halved, to keep its size.",
        repair=_ADD,
        applies=_where(_anywhere),
        run=_changed(lambda _, output, state: (output / 2, state)),
    ),
    Mistake(
        id="residual/activation-after-the-sum",
        statement="residual: an activation after the sum (relu)",
        explanation="Residual blocks of convolutional networks squash the sum; a ResidualWrapper does not.",
        repair=_ADD,
        applies=_where(_anywhere),
        run=_changed(lambda _, output, state: (np.maximum(output, 0), state)),
    ),
    Mistake(
        id="residual/twice",
        statement="residual added twice",
        explanation="Both the layer and the code around it add the inputs.",
        repair=_ADD,
        applies=_where(_anywhere),
        run=Semantics(
            around=lambda outer, inner: (
                numpy_impl.ResidualWrapper(around(outer, inner), RESIDUAL_FNS[outer.residual_fn])
                if isinstance(outer, ResidualWrapper)
                else around(outer, inner)
            )
        ),
    ),
    Mistake(
        id="residual/after-the-loop",
        statement="residual added after the loop, also past a row's length",
        explanation="outputs + inputs, once all steps are computed. Rows of full length cannot show it; past a row's "
        "length TensorFlow answers 0, which the padding of the inputs is not.",
        repair="Add the inputs inside the step, or zero the outputs past each row's length afterwards.",
        applies=lambda spec: ragged(spec) and any(map(_residuals, cells_of(spec))),
        run=Semantics(loop=_after_the_loop),
    ),
)
