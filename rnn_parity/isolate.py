"""Where an error is made, apart from where it is carried to: a candidate restarted at every step.

In a whole run an error at step 2 makes all later steps wrong. Restarted at each step from the state that TensorFlow
had there, a candidate is wrong only where it goes wrong by itself. Values only; `rnn_parity.report.isolation` says
what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from rnn_parity.candidate import Candidate, Case, Result
from rnn_parity.compare import named_arrays
from rnn_parity.locate import FORMAL, FirstDifference
from rnn_parity.restart import Restart, lengths_of, outputs_of, restarts
from rnn_parity.structure import Array, is_time_major, join
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import EXIT_AGREE, EXIT_CRASHED, EXIT_DIFFER, EXIT_NOTHING, CaseResult, check_case

# Where a direction goes wrong. Of the first six, each step is right by itself and the run is not.
Origin: TypeAlias = Literal[
    "form",  # in shape, dtype or nesting, so that no step of the run can be placed
    "past the end",  # only past a row's length, and in the state that a row ends with
    "last step",  # only at each row's last step
    "final state",  # only in the final state, all outputs being right
    "start",  # from the first step on
    "carried",  # from a later step on
    "every step",
    "first step",
    "later steps",  # at every step but the first
    "some steps",
    "nowhere",
    "unknown",  # no step was judged
]


@dataclass(frozen=True, kw_only=True)
class IsolatedStep:
    """One step by itself and in the run: `rows` of the case, `result` of the restarted step.

    `run_ratio` is the largest error of the run's outputs and, where a row ends with this step, of its final state, as a
    multiple of TensorFlow's rounding; None where the candidate's run gave nothing to compare.
    """

    direction: str
    step: int
    rows: tuple[int, ...]
    result: CaseResult
    run_ratio: float | None

    @property
    def ratio(self) -> float | None:
        """The largest error of the restarted step as a multiple of the rounding; infinite without numbers."""
        if self.result.comparison is None:
            return None
        return max(float("inf") if one.ratio is None else one.ratio for one in self.result.comparison.tensors)


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """A whole run and its steps, each by itself; `origins` says of each direction where it goes wrong.

    `from_zeros` says that the case gives no initial state.
    """

    candidate: str
    run: CaseResult
    from_zeros: bool
    steps: tuple[IsolatedStep, ...]
    origins: dict[str, Origin]

    @property
    def first_own_error(self) -> tuple[IsolatedStep, FirstDifference] | None:
        """The earliest step that is wrong by itself, and the place in it; rows are the case's."""
        wrong = [one for one in self.steps if one.result.verdict == "differ" and one.result.first is not None]
        if not wrong:
            return None
        step = min(wrong, key=lambda one: one.step)
        first = step.result.first
        assert first is not None  # noqa: S101  chosen so, for mypy
        return step, replace(first, step=step.step, direction=step.direction, row=step.rows[first.row])

    @property
    def exit_status(self) -> int:
        """0 the run and every step agree; 1 something differs; 3 something raised; 5 no step was judged."""
        verdicts = {self.run.verdict, *(one.result.verdict for one in self.steps)}
        if "differ" in verdicts:
            return EXIT_DIFFER
        if "error" in verdicts:
            return EXIT_CRASHED
        return EXIT_AGREE if any(one.result.verdict == "agree" for one in self.steps) else EXIT_NOTHING


def isolate(case: Case, run: Candidate, *, name: str, tolerance: Tolerance | None = None) -> Isolation:
    """Return where `run` goes wrong by itself in a case, step by step, and where in the whole run.

    Raises:
        RestartImpossibleError: the state between the steps is not recorded, or there are no steps.
        ExpectationMissingError: the case holds no answer of TensorFlow's.
    """
    tolerance = tolerance or Tolerance()
    pieces = list(restarts(case))
    whole, answer = check_case(case, run, tolerance)
    errors = {direction: _Errors(case, answer, direction) for direction in {piece.direction for piece in pieces}}
    steps = tuple(_isolated(piece, run, tolerance, errors[piece.direction]) for piece in pieces)
    origins = {
        direction: _origin([one for one in steps if one.direction == direction], whole, errors[direction], tolerance)
        for direction in dict.fromkeys(one.direction for one in steps)
    }
    zeros = case.initial_state is None
    return Isolation(candidate=name, run=whole, from_zeros=zeros, steps=steps, origins=origins)


def _isolated(piece: Restart, run: Candidate, tolerance: Tolerance, errors: _Errors) -> IsolatedStep:
    result, _ = check_case(piece.case, run, tolerance)
    return IsolatedStep(
        direction=piece.direction,
        step=piece.step,
        rows=tuple(int(row) for row in piece.rows),
        result=result,
        run_ratio=errors.at(piece.step),
    )


class _Errors:
    """The errors of one direction of a whole run, as multiples of TensorFlow's rounding.

    outputs   (S, B): of each row at each of its steps, in the order of computation; S the steps of the longest row
    padding   (B,): of outputs past the row's length
    final     (B,): of the final state
    """

    def __init__(self, case: Case, answer: Result | None, direction: str) -> None:
        self.lengths = lengths_of(case)
        rows, steps = len(self.lengths), int(self.lengths.max(initial=0))
        self.outputs, self.padding, self.final = np.zeros((steps, rows)), np.zeros(rows), np.zeros(rows)
        self.known = answer is not None
        if answer is not None:
            got, _ = named_arrays(case, answer)
            self._read_outputs(case, got, direction)
            self._read_states(case, got, direction)

    def at(self, step: int) -> float | None:
        """Return the largest error at a step; None where nothing is known of the run."""
        if not self.known:
            return None
        ending = self.final[self.lengths == step + 1]
        return float(max(self.outputs[step].max(initial=0.0), ending.max(initial=0.0)))

    def _read_outputs(self, case: Case, got: dict[str, Array], direction: str) -> None:
        name, columns = outputs_of(case, direction)
        errors = _errors(case, got, name, columns)
        if errors is None:
            self.known = False
            return
        errors = errors if is_time_major(case.spec) else errors.T
        for row, length in enumerate(self.lengths):
            running = errors[:length, row]
            self.outputs[:length, row] = running[::-1] if direction == "bw" else running
            self.padding[row] = errors[length:, row].max(initial=0.0)

    def _read_states(self, case: Case, got: dict[str, Array], direction: str) -> None:
        prefix = join("final_state", direction)
        for name in case.expectation.arrays:
            if name == prefix or name.startswith(f"{prefix}/"):
                errors = _errors(case, got, name, slice(None))
                self.final = np.maximum(self.final, np.inf if errors is None else errors)


def _errors(case: Case, got: dict[str, Array], name: str, columns: slice) -> Array | None:
    """Return the largest error over the units, as a multiple of the noise; None where the form is wrong."""
    expected, noise = case.expectation.oracle64[name], case.expectation.noise[name]
    if name not in got or got[name].shape != expected.shape or got[name].dtype.kind not in "fiub":
        return None
    with np.errstate(invalid="ignore"):
        error = np.abs(got[name].astype(np.float64) - expected)[..., columns]
    return np.where(np.isnan(error), np.inf, error).max(axis=-1, initial=0.0) / noise


def _origin(steps: list[IsolatedStep], whole: CaseResult, errors: _Errors, tolerance: Tolerance) -> Origin:
    """Return where one direction goes wrong."""
    judged = [one.step for one in steps if one.result.verdict in ("agree", "differ")]
    wrong = [one.step for one in steps if one.result.verdict == "differ"]
    if not judged:
        return "unknown"
    if not wrong:
        return _origin_in_run(whole, errors, tolerance)
    if wrong == judged:
        return "every step"
    if wrong == judged[:1]:
        return "first step"
    return "later steps" if wrong == judged[1:] else "some steps"


def _origin_in_run(whole: CaseResult, errors: _Errors, tolerance: Tolerance) -> Origin:
    """Return where a run goes wrong whose steps are all right by themselves."""
    if whole.comparison is None or whole.verdict != "differ":
        return "nowhere"
    if any(tensor.problem in FORMAL for tensor in whole.comparison.tensors):
        return "form"
    wrong = errors.outputs > tolerance.factor
    steps, rows = np.nonzero(wrong)
    if not len(steps):
        if errors.padding.any():
            return "past the end"
        return "final state" if (errors.final > np.where(errors.lengths, tolerance.factor, 0)).any() else "nowhere"
    if len(errors.outputs) > 1 and (steps == errors.lengths[rows] - 1).all():
        return "last step"
    return "start" if wrong[0].any() else "carried"
