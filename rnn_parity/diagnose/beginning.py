"""The first step of a failing case: what most mistakes can be told by, at a fraction of the work.

A mistake in the cell, its weights or its options makes the first output of a row whatever comes after. One that
replaces the loop, the directions, the lengths, what is asked or what is answered needs the whole case.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from rnn_parity.candidate import Candidate, Case, Expected
from rnn_parity.mistakes.reproduce import Failing
from rnn_parity.mistakes.semantics import RIGHT, Semantics
from rnn_parity.spec import CaseSpec, Chunked, DynamicRNN, RawRNN, StateSavingRNN, StaticRNN
from rnn_parity.structure import Array, is_time_major, map_tree, sequence_lengths

_WHOLE = ("asked", "loop", "turn_in", "turn_out", "hand_up", "ends", "carry", "call", "answered")
_CUT = (StaticRNN, DynamicRNN, RawRNN, Chunked, StateSavingRNN)


def shows_at_once(run: Candidate) -> bool:
    """Return whether what a mistake does to a step depends on nothing that comes after it."""
    return type(run) is Semantics and all(getattr(run, part) is getattr(RIGHT, part) for part in _WHOLE)


def beginning(failing: Failing) -> Failing | None:
    """Return a failing case cut to its first step, outputs alone; None where it has none, or one only, or two ways."""
    spec = failing.case.spec
    if not isinstance(spec.run, _CUT) or spec.sizes.max_time < 2 or not max(sequence_lengths(spec) or (1,)):  # noqa: PLR2004
        return None
    axis = 0 if is_time_major(spec) else 1
    outputs = {"outputs": np.take(failing.got["outputs"], [0], axis)}
    right = {"outputs": np.take(failing.right["outputs"], [0], axis)}
    double = _first_step(failing.double, axis, right)
    return Failing(double, double, outputs, right)


def _first_step(case: Case, axis: int, right: dict[str, Array]) -> Case:
    spec, lengths = case.spec, case.sequence_length
    dropout = {name: masks[:1] for name, masks in case.dropout.items()}
    return replace(
        case,
        spec=_spec_of_first_step(spec),
        inputs=map_tree(lambda array: np.take(array, [0], axis), case.inputs),
        sequence_length=None if lengths is None else np.minimum(lengths, 1),
        dropout=dropout,
        expected=Expected(arrays=right, oracle64=right, noise={"outputs": case.expectation.noise["outputs"]}, trace={}),
    )


def _spec_of_first_step(spec: CaseSpec) -> CaseSpec:
    lengths = sequence_lengths(spec)
    run: Any = DynamicRNN(
        sequence_length=None if lengths is None else tuple(min(length, 1) for length in lengths),
        initial_state=spec.run.initial_state,
        time_major=is_time_major(spec),
    )
    return msgspec.structs.replace(spec, run=run, sizes=msgspec.structs.replace(spec.sizes, max_time=1))
