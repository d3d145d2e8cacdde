"""What a mistake is: a name, an explanation, a repair, and TensorFlow's semantics made wrong in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnn_parity.candidate import Candidate
from rnn_parity.spec import CaseSpec


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A known way to get TensorFlow's numbers wrong.

    id:           "lstm/forget-bias-left-out"
    statement:    one line, as it stands in a failure
    explanation:  what happens, and why a weak test does not see it
    readings:     what else gives its numbers, so that outputs cannot tell which it was; `explanation` ends with them
    repair:       what to change
    seen:         links to where it really happened
    applies:      whether a case's cell and run leave room for it
    run:          the candidate that makes it: computed like TensorFlow, wrong in this one place
    precision:    whether it is a matter of rounding alone, which the course of the errors shows even where a rounding
                  falls the other way
    """

    id: str
    statement: str
    explanation: str
    repair: str
    readings: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    applies: Callable[[CaseSpec], bool]
    run: Candidate
    precision: bool = False
