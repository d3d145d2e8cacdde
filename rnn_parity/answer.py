"""What a candidate makes of a case: a `Result`, or why there is none."""

from __future__ import annotations

import traceback
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from rnn_parity.candidate import Candidate, Case, Result, Unsupported
from rnn_parity.structure import map_tree


@dataclass(frozen=True)
class Unanswered:
    """No `Result`: the candidate does not offer the case, or something went wrong; `reason` says what."""

    verdict: Literal["error", "unsupported"]
    reason: str


Answer: TypeAlias = Result | Unanswered
Answered: TypeAlias = Generator[tuple[Case, Answer], None, None]  # cases, each with its answer; to be closed


def answer_of(run: Candidate, case: Case) -> Answer:
    """Return what `run` answers to the question of a case; whatever it raises is an answer, too.

    Its arrays are copies: `run` may write the next answer into its own.
    """
    try:
        answer = run(case.question())
    except Unsupported as reason:
        return Unanswered("unsupported", str(reason) or "no reason given")
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever a candidate raises is its verdict
        return Unanswered("error", _words(error))
    if not isinstance(answer, Result):
        reason = f"returned a {type(answer).__name__}, should be a rnn_parity.Result(outputs=..., final_state=...)"
        return Unanswered("error", reason)
    return _kept(answer)


def _kept(answer: Result) -> Answer:
    answer = replace(
        answer, outputs=map_tree(_copied, answer.outputs), final_state=map_tree(_copied, answer.final_state)
    )
    if answer.trace is None:
        return answer
    should_be = "should be a mapping of names to arrays"
    if not isinstance(answer.trace, Mapping):
        return Unanswered("error", f"returned a trace that is a {type(answer.trace).__name__}, {should_be}")
    try:
        return replace(answer, trace={str(name): np.array(array) for name, array in answer.trace.items()})
    except Exception as error:  # noqa: BLE001  arrays of a candidate may be anything
        return Unanswered("error", f"returned a trace that NumPy cannot read ({error}), {should_be}")


def _copied(leaf: object) -> object:
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf  # what is no array, the comparison has words for


def _words(error: BaseException) -> str:
    """Return an exception as one line: class, text, and the last place in the candidate's code."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" [{frames[-1].filename}:{frames[-1].lineno}]" if len(frames) > 1 else ""
    return f"{type(error).__name__}: {error}{place}"
