"""A case as a chain of a framework's own modules, each over a whole sequence; between them stands NumPy alone.

The framework computes modules (`rnn_parity.layouts.modules`): some layers of one or two directions, told the lengths.
What TensorFlow's runs and wrappers do around cells is done here as a port does it around modules: axes, chunks, rows
reversed within their lengths, residual sums, TensorFlow's dropout masks, zeros past a row's end. Wrappers that own
weights have layers of the framework around theirs (`rnn_parity.candidates.framework`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.framework import Framework, Sequence, around
from rnn_parity.candidates.layer_states import LayerState, join_state, split_state
from rnn_parity.layouts.modules import Module, is_joint, plain_stack
from rnn_parity.masks import masks_below
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CaseSpec,
    CellSpec,
    Chunked,
    DeviceWrapper,
    Directions,
    DropoutWrapper,
    ResidualWrapper,
    SingleCellSpec,
    StackSpec,
    StateSavingRNN,
    Step,
    SummedMultiRNNCell,
    WrapperSpec,
    class_name,
)
from rnn_parity.structure import Array, Tree, answered_steps, cells_of, flatten, is_time_major, join, levels, unflatten
from rnn_parity.weights import Wrapping, level_of, wrappings


@dataclass(frozen=True)
class _Chain:
    """The modules of one direction, run one after the other, and the wrappers that own weights around them."""

    framework: Framework
    modules: tuple[Module, ...]
    owners: tuple[Wrapping, ...]
    masks: Mapping[str, Array]
    one_step: bool

    def run(
        self, cell: CellSpec, inputs: Array, lengths: Array | None, states: Iterable[LayerState]
    ) -> tuple[Array, list[LayerState]]:
        """Return outputs (B, T, W), 0 past each row's length, and the layers' states where it ends."""
        if _drops_state(cell) and not self.one_step:
            return self._by_steps(cell, inputs, lengths, list(states))
        walk = _Walk(self, lengths, iter(self.modules), iter(list(states)), [], count(), iter(self.owners))
        return _running(walk.outputs(cell, inputs), lengths), walk.final

    def _by_steps(
        self, cell: CellSpec, inputs: Array, lengths: Array | None, states: list[LayerState]
    ) -> tuple[Array, list[LayerState]]:
        """Return the same of one call a step, as something happens to the states between them."""
        outputs = []
        for step in range(inputs.shape[1]):
            masks = {name: mask[step : step + 1] for name, mask in self.masks.items()}
            here = replace(self, masks=masks, one_step=True)
            answer, new = here.run(cell, inputs[:, step : step + 1], None, states)
            outputs.append(answer)
            states = new if lengths is None else _frozen(step < lengths, new, states)
        return _running(np.concatenate(outputs, axis=1), lengths), states


class _Walk(NamedTuple):
    """One way through a cell, from the input up."""

    chain: _Chain
    lengths: Array | None
    modules: Iterator[Module]
    states: Iterator[LayerState]
    final: list[LayerState]
    wrappers: Iterator[int]
    owners: Iterator[Wrapping]

    def outputs(self, cell: CellSpec, inputs: Array) -> Array:
        """Return a cell's outputs, leaving the states of its layers in `final`."""
        match cell:
            case DeviceWrapper():
                return self.outputs(cell.cell, inputs)
            case ResidualWrapper():
                answer = self.outputs(cell.cell, inputs)
                return answer + inputs[..., : answer.shape[-1]]
            case DropoutWrapper():
                return self._with_dropout(cell, inputs)
            case StackSpec() if not plain_stack(cell):
                return self._stack(cell, inputs)
            case SingleCellSpec() | StackSpec():
                return self._module(inputs)
            case WrapperSpec():
                owner = next(self.owners)
                return around(self.chain.framework, owner, partial(self.outputs, cell.cell), inputs)
            case _:
                raise Unsupported(f"{class_name(cell)} is no part of this chain")

    def _stack(self, cell: StackSpec, inputs: Array) -> Array:
        answers = []
        for one in cell.cells:
            inputs = self.outputs(one, inputs)
            answers.append(inputs)
        return np.sum(answers, axis=0, dtype=inputs.dtype) if isinstance(cell, SummedMultiRNNCell) else inputs

    def _module(self, inputs: Array) -> Array:
        module = next(self.modules)
        states = tuple((next(self.states),) for _ in module.levels)
        answer = self.chain.framework.run_module(module, Sequence(inputs, self.lengths, states, self.chain.one_step))
        self.final.extend(state for (state,) in answer.states)
        return answer.outputs

    def _with_dropout(self, cell: DropoutWrapper, inputs: Array) -> Array:
        masks, first = masks_below(self.chain.masks, "wrapper", str(next(self.wrappers))), len(self.final)
        answer = self.outputs(cell.cell, _kept(inputs, masks.get("input"), cell.input_keep_prob))
        if cell.state_keep_prob < 1:
            self.final[first:] = _kept_states(cell, self.final[first:], masks)
        return _kept(answer, masks.get("output"), cell.output_keep_prob)


def run_chain(case: Case, modules: tuple[Module, ...], framework: Framework) -> Result:
    """Return what the modules of a case answer, one after the other."""
    spec = case.spec
    inputs = case.inputs[:, np.newaxis] if isinstance(spec.run, Step) else case.inputs
    if is_time_major(spec):
        inputs = inputs.swapaxes(0, 1)
    inputs = inputs[:, : answered_steps(spec)]
    lengths = None if case.sequence_length is None else np.minimum(case.sequence_length, inputs.shape[1])
    if isinstance(cells_of(spec), Directions):
        both = _run_stacked if levels(spec) is not None else _run_both
        outputs, state = both(case, modules, framework, inputs, lengths)
    else:
        chain = _Chain(framework, modules, _owners(spec, ""), case.dropout, isinstance(spec.run, Step))
        outputs, state = _run_one(case, chain, inputs, lengths)
    return Result(_placed(spec, outputs), state)


def reversed_rows(inputs: Array, lengths: Array | None) -> Array:
    """Return (B, T, ...) with each row's first steps, as many as its length, in reversed order."""
    if lengths is None:
        return inputs[:, ::-1]
    steps = np.arange(inputs.shape[1])
    until = lengths[:, np.newaxis]
    order = np.where(steps < until, until - 1 - steps, steps)
    return np.take_along_axis(inputs, order[..., np.newaxis], axis=1)


def _run_one(case: Case, chain: _Chain, inputs: Array, lengths: Array | None) -> tuple[Array, Tree]:
    cell, run, dtype = case.spec.cell, case.spec.run, np.dtype(case.spec.dtype)
    given = split_state(cell, case.initial_state, len(inputs), dtype)
    if not isinstance(run, Chunked | StateSavingRNN):
        outputs, final = chain.run(cell, inputs, lengths, given)
        return outputs, join_state(cell, final)
    carries = not isinstance(run, Chunked) or run.carry_state
    answers, states, begin = [], given, 0
    for steps in run.chunks:
        masks = {name: mask[begin : begin + steps] for name, mask in case.dropout.items()}
        part = inputs[:, begin : begin + steps]
        outputs, states = replace(chain, masks=masks).run(cell, part, None, states if carries else given)
        answers.append(outputs)
        begin += steps
    return np.concatenate(answers, axis=1), join_state(cell, states)


def _run_both(
    case: Case, modules: tuple[Module, ...], framework: Framework, inputs: Array, lengths: Array | None
) -> tuple[Tree, Directions]:
    cells, dtype = cells_of(case.spec), np.dtype(case.spec.dtype)
    starts = case.initial_state or (None, None)
    states = [split_state(cell, start, len(inputs), dtype) for cell, start in zip(cells, starts, strict=True)]
    if is_joint(case.spec):
        by_layer = tuple(zip(*states, strict=True))
        answer = framework.run_module(modules[0], Sequence(inputs, lengths, by_layer, one_step=False))
        final = [list(way) for way in zip(*answer.states, strict=True)]
        outputs = np.split(answer.outputs, 2, axis=-1)
    else:
        outputs, final = [], []
        for way, cell, own in zip(Directions._fields, cells, states, strict=True):
            owners, masks = _owners(case.spec, way), masks_below(case.dropout, way)
            chain = _Chain(framework, _of(modules, way), owners, masks, one_step=False)
            turned = inputs if way == "fw" else reversed_rows(inputs, lengths)
            answer_one, end = chain.run(cell, turned, lengths, own)
            outputs.append(answer_one if way == "fw" else reversed_rows(answer_one, lengths))
            final.append(end)
    state = Directions(*(join_state(cell, end) for cell, end in zip(cells, final, strict=True)))
    return Directions(*outputs), state


def _run_stacked(
    case: Case, modules: tuple[Module, ...], framework: Framework, inputs: Array, lengths: Array | None
) -> tuple[Array, Directions]:
    """Return the answer of a stacked bidirectional run: one module, or one of each level and direction."""
    cell, dtype, number = case.spec.cell, np.dtype(case.spec.dtype), levels(case.spec) or 1
    starts = case.initial_state or ((None,) * number,) * 2
    states = [[split_state(cell, start, len(inputs), dtype) for start in way] for way in starts]
    if is_joint(case.spec):
        by_level = tuple((fw[0], bw[0]) for fw, bw in zip(*states, strict=True))
        answer = framework.run_module(modules[0], Sequence(inputs, lengths, by_level, one_step=False))
        final = [[join_state(cell, [level[way]]) for level in answer.states] for way in (0, 1)]
        return answer.outputs, Directions(*map(tuple, final))
    ends: list[list[Any]] = [[], []]
    for level in range(number):
        outputs = []
        for k, way in enumerate(Directions._fields):
            chain = _Chain(
                framework, _of(modules, f"{level}.{way}"), _owners(case.spec, way, level), {}, one_step=False
            )
            turned = inputs if k == 0 else reversed_rows(inputs, lengths)
            answer_one, end = chain.run(cell, turned, lengths, states[k][level])
            outputs.append(answer_one if k == 0 else reversed_rows(answer_one, lengths))
            ends[k].append(join_state(cell, end))
        inputs = np.concatenate(outputs, axis=-1)
    return inputs, Directions(*map(tuple, ends))


def _of(modules: Iterable[Module], place: str) -> tuple[Module, ...]:
    """Return the modules of one direction, or of one direction in one level."""
    return tuple(module for module in modules if f"{module.name}.".startswith(f"{place}."))


def _owners(spec: CaseSpec, way: str, level: int = 0) -> tuple[Wrapping, ...]:
    """Return the wrappers that own weights, of one direction in one level."""
    return tuple(owner for owner in wrappings(spec) if owner.direction == way and level_of(spec, owner) == level)


def _placed(spec: CaseSpec, outputs: Tree) -> Tree:
    """Return the outputs on the axes that TensorFlow has them on, of both directions side by side where it has so."""
    if isinstance(spec.run, Step):
        return outputs[:, 0]
    if isinstance(spec.run, BidirectionalDynamicRNN):
        return Directions(*(way.swapaxes(0, 1) if spec.run.time_major else way for way in outputs))
    if isinstance(outputs, Directions):
        outputs = np.concatenate(outputs, axis=-1)
    return outputs.swapaxes(0, 1) if is_time_major(spec) else outputs


def _running(outputs: Array, lengths: Array | None) -> Array:
    if lengths is None:
        return outputs
    running = np.arange(outputs.shape[1]) < lengths[:, np.newaxis]
    return np.where(running[..., np.newaxis], outputs, outputs.dtype.type(0))


def _frozen(running: Array, new: list[LayerState], old: list[LayerState]) -> list[LayerState]:
    """Return the new states of the rows (B,) that run, the old ones of the others."""
    return [
        tuple(np.where(running[:, np.newaxis], *pair) for pair in zip(*both, strict=True))
        for both in zip(new, old, strict=True)
    ]


def _drops_state(cell: CellSpec) -> bool:
    if isinstance(cell, StackSpec):
        return any(map(_drops_state, cell.cells))
    own = isinstance(cell, DropoutWrapper) and cell.state_keep_prob < 1
    return own or (isinstance(cell, WrapperSpec) and _drops_state(cell.cell))


def _kept_states(cell: DropoutWrapper, states: list[LayerState], masks: Mapping[str, Array]) -> list[LayerState]:
    """Return the layers' states after one step, TensorFlow's masks (1, B, width) applied."""
    tree = join_state(cell.cell, states)
    kept = {
        path: _kept(leaf[:, np.newaxis], masks.get(join("state", path)), cell.state_keep_prob)[:, 0]
        for path, leaf in flatten(tree).items()
    }
    return split_state(cell.cell, unflatten(cell.state_size, kept), len(states[0][0]), states[0][0].dtype)


def _kept(values: Array, mask: Array | None, keep_prob: float) -> Array:
    """Return what TensorFlow kept of (B, T, width), divided by keep_prob; all of it without a mask (T, B, width)."""
    if mask is None:
        return values
    divided = values / values.dtype.type(np.float32(keep_prob))
    return np.where(mask[: values.shape[1]].swapaxes(0, 1), divided, values.dtype.type(0))
