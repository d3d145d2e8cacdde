"""Several things measured in turns: in every round each has one turn, in another order.

A busy machine then slows all of a round alike, and what is compared is ratios within a round. A turn of something quick
is many calls, after one that is not counted. Where the rounds do not agree, more of them follow. Threads that keep
turning after their work, as OpenBLAS's do, would take a core from whoever comes next: a turn begins when the process
has gone to sleep.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

MORE, AS_LONG = 4, 2  # times the budget, or times what the least rounds took, that rounds may take until they agree
NAP, ASLEEP = 0.005, 0.1  # seconds that the process is watched for, and the share of a core that it may use


class Plan(NamedTuple):
    """How long to measure.

    Attributes:
        budget: seconds after which no round is begun, once there are `least` of them that agree.
        least: rounds at least.
        most: rounds at most.
        turn: seconds that a turn takes at least, made of so many calls.
        patience: seconds that are waited before each turn at most, for threads to go to sleep.
    """

    budget: float = 1.0
    least: int = 3
    most: int = 15
    turn: float = 0.01
    patience: float = 0.5


def measured(
    runs: Mapping[str, Callable[[], Any]],
    plan: Plan,
    seed: int = 0,
    agree: Callable[[Mapping[str, list[float]]], bool] = lambda _: True,
) -> dict[str, list[float]]:
    """Return name -> seconds of one call, a number a round; `agree` says of these whether the budget is enough."""
    shuffled, generator = list(runs), random.Random(seed)  # noqa: S311  an order, no secret
    repeats = {name: repeats_of(run, plan.turn) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    gc.collect()
    gc.disable()
    try:
        for _ in numbers(plan, lambda: agree(seconds)):
            generator.shuffle(shuffled)
            for name in shuffled:
                fall_asleep(plan.patience)
                seconds[name].append(turn(runs[name], repeats[name]))
    finally:
        gc.enable()
    return seconds


def numbers(plan: Plan, agree: Callable[[], bool]) -> Iterator[int]:
    """Yield a number a round: within the budget, or within the larger one while the rounds do not agree."""
    began, longest = time.perf_counter(), plan.budget
    for number in range(plan.most):
        passed = time.perf_counter() - began
        if number == plan.least:
            longest = max(MORE * plan.budget, AS_LONG * passed)
        if number >= plan.least and passed > (plan.budget if agree() else longest):
            return
        yield number


def repeats_of(run: Callable[[], Any], least: float) -> int:
    """Return how many calls take so many seconds; what is quick is called once before, to warm up."""
    seconds = turn(run, 1)
    if seconds < least:
        seconds = turn(run, 1)
    return max(1, int(least / seconds) + 1) if seconds < least else 1


def turn(run: Callable[[], Any], repeats: int) -> float:
    """Return the seconds of one of so many calls."""
    if repeats > 1:
        run()
    began = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - began) / repeats


def fall_asleep(patience: float) -> bool:
    """Wait until this process uses next to no processor time; return whether it came to that."""
    ends = time.perf_counter() + patience
    while time.perf_counter() < ends:
        wall, cpu = time.perf_counter(), time.process_time()
        time.sleep(NAP)
        if time.process_time() - cpu < ASLEEP * (time.perf_counter() - wall):
            return True
    return False
