"""Time and batch axes taken for each other, or for themselves backwards."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.masks import mask_shapes
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import longest
from rnn_parity.mistakes.semantics import Semantics, case_axes, joined, outputs_by_direction
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CaseSpec,
    Directions,
    DynamicRNN,
    StackBidirectionalDynamicRNN,
    StaticRNN,
    Step,
)
from rnn_parity.structure import answered_steps, sequence_lengths


def _axes_misread(case: Case) -> Case:
    run = case.spec.run
    if isinstance(run, DynamicRNN | BidirectionalDynamicRNN | StackBidirectionalDynamicRNN):
        other = msgspec.structs.replace(run, time_major=not run.time_major)
    else:
        other = DynamicRNN(
            sequence_length=sequence_lengths(case.spec), initial_state=run.initial_state, time_major=True
        )
    return replace(case, spec=msgspec.structs.replace(case.spec, run=other))


def _axes_exchanged(_: Case, result: Result) -> Result:
    outputs = result.outputs
    if isinstance(outputs, tuple):
        return replace(result, outputs=Directions(*(array.swapaxes(0, 1) for array in outputs)))
    return replace(result, outputs=outputs.swapaxes(0, 1))


def _reversed_in_time(case: Case, result: Result) -> Result:
    steps = {way: np.flip(array, axis=0) for way, array in outputs_by_direction(case, result).items()}
    outputs = case_axes(case, steps[""]) if "" in steps else joined(case, steps["fw"], steps["bw"])
    return replace(result, outputs=outputs)


def _loops_over_batch(spec: CaseSpec) -> bool:
    """Return whether the run allows it: what has a batch axis alone must fit the other one."""
    rows, steps = spec.sizes.batch_size, spec.sizes.max_time
    of_ids = spec.cell.input_classes is not None  # the state alone says their rows and dtype
    alone = spec.run.initial_state or sequence_lengths(spec) is not None or of_ids or bool(mask_shapes(spec))
    loops = isinstance(spec.run, DynamicRNN | BidirectionalDynamicRNN | StackBidirectionalDynamicRNN | StaticRNN)
    return loops and (rows == steps or not alone) and (rows > 1 or steps > 1)


def _two_axes(spec: CaseSpec) -> bool:
    return not isinstance(spec.run, Step) and (spec.sizes.batch_size > 1 or spec.sizes.max_time > 1)


MISTAKES = (
    Mistake(
        id="axes/loop-over-batch",
        statement="recurrence over the batch axis: time and batch swapped",
        explanation="(B, T, D) was read as (T, B, D), or the converse. The outputs have the right shape even so.",
        repair="Swap the first two axes (a transposition, not a reshape), or set time_major as the arrays are.",
        seen=(
            "https://github.com/HHTseng/video-classification/issues/42",
            "https://github.com/ray075hl/Bi-Model-Intent-And-Slot/pull/2",
        ),
        applies=_loops_over_batch,
        run=Semantics(asked=_axes_misread),
    ),
    Mistake(
        id="axes/outputs-transposed",
        statement="outputs with time and batch axes swapped",
        explanation="(T, B, H) was returned for (B, T, H), or the converse. Equal sizes hide the wrong shape.",
        repair="Return outputs with the axes of the inputs.",
        seen=("https://github.com/pytorch/pytorch/issues/80306",),
        applies=_two_axes,
        run=Semantics(answered=_axes_exchanged),
    ),
    Mistake(
        id="axes/outputs-reversed-in-time",
        statement="outputs in reverse order of time",
        explanation="Each new output was put in front of the others.",
        repair="Append outputs: step 0 first.",
        seen=("https://github.com/zhiyongc/GRU-D/issues/5",),
        applies=lambda spec: longest(spec) > 0 and answered_steps(spec) > 1,
        run=Semantics(answered=_reversed_in_time),
    ),
)
