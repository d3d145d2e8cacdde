"""raw_rnn: a loop that ends with the longest row, around a function that is called once more than the cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import longest, runs
from rnn_parity.mistakes.semantics import Semantics
from rnn_parity.spec import CaseSpec, RawRNN
from rnn_parity.structure import answered_steps


def _padded(case: Case, result: Result) -> Result:
    missing = case.spec.sizes.max_time - len(result.outputs)
    return replace(result, outputs=np.pad(result.outputs, ((0, missing), (0, 0), (0, 0))))


def _one_late(_: Case, result: Result) -> Result:
    outputs = result.outputs
    return replace(result, outputs=np.concatenate([np.zeros_like(outputs[:1]), outputs[:-1]]))


def _last_input_again(case: Case) -> Case:
    return replace(case, inputs=np.concatenate([case.inputs[:1], case.inputs[:-1]]))


def _is_raw(spec: CaseSpec) -> bool:
    return isinstance(spec.run, RawRNN)


MISTAKES = (
    Mistake(
        id="raw/outputs-padded",
        statement="outputs padded to T (raw_rnn's end with the longest row)",
        explanation="raw_rnn's loop ends when every row has, and emits no step after. Rows of full length cannot show "
        "it.",
        repair="Return as many steps as the longest row has, none where all rows are empty.",
        applies=lambda spec: _is_raw(spec) and answered_steps(spec) < spec.sizes.max_time,
        run=Semantics(answered=_padded),
    ),
    Mistake(
        id="raw/outputs-one-step-late",
        statement="outputs one step late: zeros at step 0",
        explanation="loop_fn gets the output of step t at time t + 1, and gets None at time 0. What it emits belongs "
        "to the step before.",
        repair="Write what loop_fn emits at time t to step t - 1.",
        applies=lambda spec: _is_raw(spec) and runs(spec),
        run=Semantics(answered=_one_late),
    ),
    Mistake(
        id="raw/inputs-one-step-late",
        statement="inputs one step late: step 0's is read twice",
        explanation="The input that loop_fn answers at time t is the one of step t; it answers the first one at time "
        "0, before the cell is called.",
        repair="Answer inputs[time] as the next input.",
        applies=lambda spec: _is_raw(spec) and longest(spec) > 1,
        run=Semantics(asked=_last_input_again),
    ),
)
