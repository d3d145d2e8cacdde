"""Several calls of one graph: the state carried from one to the next, or not."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from rnn_parity.candidate import Case
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, runs
from rnn_parity.mistakes.semantics import Semantics
from rnn_parity.spec import Chunked


def _carried_otherwise(case: Case) -> Case:
    run = case.spec.run
    if not isinstance(run, Chunked):
        return case
    other = msgspec.structs.replace(run, carry_state=not run.carry_state)
    return replace(case, spec=msgspec.structs.replace(case.spec, run=other))


def _chunked(*, carry_state: bool) -> Room:
    return lambda spec: runs(spec) and isinstance(spec.run, Chunked) and spec.run.carry_state == carry_state


MISTAKES = (
    Mistake(
        id="state/lost-between-calls",
        statement="state not carried to the next call",
        explanation="Each call starts from the first call's initial state.",
        repair="Feed the final state of a call as the initial state of the next.",
        seen=(
            "https://github.com/apple/coremltools/issues/263",
            "https://github.com/tensorflow/tensorflow/issues/32299",
        ),
        applies=_chunked(carry_state=True),
        run=Semantics(asked=_carried_otherwise),
    ),
    Mistake(
        id="state/leaks-into-next-call",
        statement="state of the last call leaks into the next",
        explanation="A call continues where the one before ended, although it is told to start anew.",
        repair="Reset the state at the start of every call.",
        seen=(
            "https://github.com/soumith/cudnn.torch/issues/348",
            "https://github.com/mlpack/mlpack/pull/2772",
        ),
        applies=_chunked(carry_state=False),
        run=Semantics(asked=_carried_otherwise),
    ),
)
