"""What the fast form shall reach, and what it reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from benchmarks.speed.figures import Measurement, geometric_mean
from benchmarks.speed.workloads import LARGEST

FAST = "fast"


class Goal(NamedTuple):
    """A bound on the fast form's time over another's.

    Attributes:
        says: what it is, in words.
        to: the other contender.
        bound: what the value is asked to be at most.
        where: which measurements count.
        mean: whether the value is their geometric mean; else the largest of them.
    """

    says: str
    to: str
    bound: float
    where: Callable[[Measurement], bool] = lambda _: True
    mean: bool = True


class Reached(NamedTuple):
    """What became of a goal: the value, and whose it is where it is the largest."""

    goal: Goal
    value: float
    place: str

    @property
    def met(self) -> bool:
        """Whether the value is within the bound."""
        return self.value <= self.goal.bound

    def __str__(self) -> str:
        """Return a line of words."""
        verdict = "reached" if self.met else "missed"
        place = f", of {self.place}" if self.place else ""
        return f"{self.goal.says} {self.value:.2f}{place} ({self.goal.bound:g} asked): {verdict}"


def _is_large(one: Measurement) -> bool:
    return one.shape.B >= 32 and one.shape.H >= 256


GOALS = (
    Goal("geometric mean of fast / dynamic_rnn", "dynamic_rnn", 0.45),
    Goal("largest fast / dynamic_rnn", "dynamic_rnn", 1.0, mean=False),
    Goal("geometric mean of fast / BlockLSTM", "block_lstm", 1.0),
    Goal("geometric mean of fast / torch, B >= 32 and H >= 256", "torch", 1.0, _is_large),
    Goal("largest fast / torch, B >= 32 and H >= 256", "torch", 1.0, _is_large, mean=False),
    Goal(f"largest fast / floor at {LARGEST}", "floor", 1.3, lambda one: one.shape == LARGEST, mean=False),
)


def reached(measurements: Iterable[Measurement]) -> list[Reached]:
    """Return what became of each goal for which something was measured."""
    found = list(measurements)
    answers = (_value(goal, [one for one in found if one.has(FAST, goal.to) and goal.where(one)]) for goal in GOALS)
    return [answer for answer in answers if answer is not None]


def _value(goal: Goal, counted: list[Measurement]) -> Reached | None:
    if not counted:
        return None
    ratios = [one.ratio(FAST, goal.to) for one in counted]
    if goal.mean:
        return Reached(goal, geometric_mean(ratios), "")
    worst = counted[ratios.index(max(ratios))]
    return Reached(goal, max(ratios), f"{worst.workload} {worst.shape}")
