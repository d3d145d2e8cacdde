"""Where the fast form stands beside everybody else: figures without a goal, and sentences made of them.

mean over workloads and shapes of (fast / other)      geometric; of those that the other computes
quicker                                               where the other's time is below the fast form's
"""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.speed.contenders import CONTENDERS
from benchmarks.speed.figures import Measurement, geometric_mean
from benchmarks.speed.goals import FAST
from benchmarks.speed.table import Rows, by_threads

READABLE = "readable"
CLOSE = 1.2  # times the fast form's time: as good as it, for whoever would rather read


def rows(found: list[Measurement]) -> Rows:
    """Return a row for each other contender: means of fast / other, and in how many rows the other is quicker."""
    columns = by_threads(found)
    answer = [["fast form over", *columns, "the other is quicker"]]
    for name in others(found):
        means = [mean(own, name) for own in columns.values()]
        values = ["-" if one is None else f"{one:.2f}" for one in means]
        quicker, of = count(found, name)
        answer.append([CONTENDERS[name].title, *values, f"in {quicker} of {of} rows"])
    return answer


def others(found: Iterable[Measurement]) -> list[str]:
    """Return who else computes what the fast form does, and was measured."""
    measured = {name for one in found if one.has(FAST) for name in one.ms}
    return [name for name, one in CONTENDERS.items() if one.computes and name != FAST and name in measured]


def mean(found: Iterable[Measurement], name: str) -> float | None:
    """Return the geometric mean of fast / other; None where they never met."""
    ratios = [one.ratio(FAST, name) for one in found if one.has(FAST, name)]
    return geometric_mean(ratios) if ratios else None


def count(found: Iterable[Measurement], name: str) -> tuple[int, int]:
    """Return in how many rows the other is quicker, and in how many both were measured."""
    ratios = [one.ratio(FAST, name) for one in found if one.has(FAST, name)]
    return sum(ratio > 1 for ratio in ratios), len(ratios)


def ahead(found: list[Measurement]) -> str:
    """Return who is quicker than the fast form in the mean, in a sentence; whoever is furthest ahead comes first."""
    means = {name: mean(found, name) or 0.0 for name in others(found)}
    quicker = sorted((name for name, value in means.items() if value > 1), key=lambda name: -means[name])
    if not quicker:
        return "In the geometric mean, nobody is quicker than the fast form."
    said = [f"{CONTENDERS[name].title} (in {'{} of {} rows'.format(*count(found, name))})" for name in quicker]
    return f"Quicker than the fast form, in the geometric mean: {', '.join(said)}."


def readable(found: list[Measurement]) -> str:
    """Return by H what the readable cells take of the fast form's time, and from which H on it is about the same."""
    by_units: dict[int, list[Measurement]] = {}
    for one in found:
        by_units.setdefault(one.shape.H, []).append(one)
    means = {units: 1 / (mean(own, READABLE) or 1.0) for units, own in sorted(by_units.items())}
    close = next((least for least in means if all(means[units] <= CLOSE for units in means if units >= least)), None)
    each = ", ".join(f"{value:.1f} at H = {units}" for units, value in means.items())
    end = f"within {CLOSE:g} from H = {close} on" if close else f"within {CLOSE:g} at no H that was measured last"
    return f"The readable cells' time over the fast form's, the geometric mean of each H: {each}; {end}."
