"""numpy_impl.fast as a candidate: the cells of the core, their stacks and directions, over whole sequences.

A step is a sequence of one, chunks are calls of one plan, and a stacked bidirectional run is one plan of both
directions a level. Nothing is traced: no gate of a step is left when the next one has run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import numpy_impl
from numpy_impl import fast
from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.numpy_impl import Parts, assembled, replayed, wrapped
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CellSpec,
    Chunked,
    Directions,
    FusedRNN,
    RawRNN,
    SingleCellSpec,
    StateSavingRNN,
    Step,
    class_name,
    is_own,
    single_cells,
)
from rnn_parity.structure import Array, Tree, answered_steps, cells_of, is_time_major, levels

if TYPE_CHECKING:
    from numpy_impl.cell import RNNCell
    from rnn_parity.candidates.numpy_impl import Wrapped


def run(case: Case) -> Result:
    """Return what numpy_impl.fast computes.

    Raises:
        Unsupported: the cell, or something in it, is not of the core, or the numbers are of float16.
    """
    if is_own(case.spec):
        raise Unsupported(f"{class_name(case.spec.cell)} is none of TensorFlow's own cells")
    if isinstance(case.spec.run, FusedRNN):
        raise Unsupported(f"{class_name(case.spec.cell)} is a fused cell, fast in itself")
    try:
        return _run_both(case) if isinstance(case.layer_weights, Directions) else _run_one(case)
    except fast.UnsupportedCellError as error:
        raise Unsupported(error.lacking) from error


def bound(cell: CellSpec, weights: Iterable[Mapping[str, Array]], owned: Iterable[Wrapped], case: Case) -> RNNCell:
    """Return the numpy_impl cell that `cell` describes, holding `weights`, one mapping a layer."""
    layers = (_single(one, own) for one, own in zip(single_cells(cell), weights, strict=True))
    return assembled(cell, Parts(layers, replayed(case.dropout), iter(owned)))


def _single(cell: SingleCellSpec, weights: Mapping[str, Array]) -> Any:  # noqa: ANN401  many classes, one protocol
    made = getattr(numpy_impl, class_name(cell))
    return made(**cell.arguments(), weights=made.weights_from(weights))


def _run_one(case: Case) -> Result:
    plan = fast.prepare(bound(case.spec.cell, case.layer_weights, wrapped(case)[""], case))
    inputs, state, kinds = case.inputs, case.initial_state, case.spec.run
    if isinstance(kinds, Step):
        outputs, final = plan(inputs[np.newaxis], None, state, time_major=True)
        return Result(outputs[0], final)
    if isinstance(kinds, Chunked | StateSavingRNN):
        return _run_chunks(plan, inputs, state, kinds)
    outputs, final = plan(inputs, case.sequence_length, state, time_major=is_time_major(case.spec))
    if isinstance(kinds, RawRNN):
        outputs = outputs[: answered_steps(case.spec)]  # where its loop ends
    return Result(outputs, final)


def _run_chunks(plan: fast.Plan, inputs: Array, start: Tree, run: Chunked | StateSavingRNN) -> Result:
    parts, state, carries = [], start, getattr(run, "carry_state", True)
    for chunk in np.split(inputs, np.cumsum(run.chunks)[:-1], axis=1):
        outputs, state = plan(chunk, None, state if carries else start)
        parts.append(outputs)
    return Result(np.concatenate(parts, axis=1), state)


def _run_both(case: Case) -> Result:
    count, time_major = levels(case.spec), is_time_major(case.spec)
    starts = case.initial_state or (None, None)
    by_level = zip(*starts, strict=True) if count and case.initial_state else [starts] * (count or 1)
    inputs, states = case.inputs, []
    for plan, (fw, bw) in zip(_plans(case, count or 1), by_level, strict=True):
        outputs, state = plan(inputs, case.sequence_length, fw, bw, time_major=time_major)
        states.append(state)
        if isinstance(case.spec.run, BidirectionalDynamicRNN):
            return Result(Directions(*outputs), Directions(*state))
        inputs = np.concatenate(outputs, axis=-1)
    return Result(inputs, Directions(*zip(*states, strict=True)) if count else Directions(*states[0]))


def _plans(case: Case, count: int) -> Iterator[fast.BidirectionalPlan]:
    """Yield the plan of both directions of each level."""
    cells, weights, owned = cells_of(case.spec), case.layer_weights, wrapped(case)
    for level in range(count):
        pair = []
        for cell, way, own in zip(cells, Directions._fields, weights, strict=True):
            layers, around = len(own) // count, len(owned[way]) // count
            pair.append(
                bound(
                    cell,
                    own[level * layers : (level + 1) * layers],
                    owned[way][level * around : (level + 1) * around],
                    case,
                )
            )
        fw, bw = pair
        yield fast.prepare_bidirectional(fw, bw)
