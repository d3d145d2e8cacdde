"""What was measured, and what follows from it: medians, ratios within a round, their quartiles, means over many."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.speed.contenders import YARDSTICK
from benchmarks.speed.workloads import Shape

SCHEMA = 1
DIGITS = 4  # significant ones that are kept


@dataclass(frozen=True)
class Measurement:
    """One workload at one shape, with a number of threads.

    Attributes:
        ms: contender -> milliseconds of one call, a number a round, the same rounds for all.
        left_out: contender -> why it cannot compute the workload.
    """

    workload: str
    shape: Shape
    threads: int
    ms: dict[str, list[float]]
    left_out: dict[str, str] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """Return the median of a contender's milliseconds."""
        return statistics.median(self.ms[name])

    def ratio(self, name: str, to: str = YARDSTICK) -> float:
        """Return the median of the ratios of each round."""
        return statistics.median(self.ratios(name, to))

    def ratios(self, name: str, to: str = YARDSTICK) -> list[float]:
        """Return a contender's time over another's, a number a round."""
        return [one / other for one, other in zip(self.ms[name], self.ms[to], strict=True)]

    def has(self, *names: str) -> bool:
        """Return whether all of these were measured."""
        return set(names) <= self.ms.keys()


def quartiles(values: list[float]) -> tuple[float, float]:
    """Return the lower and the upper quartile, the value itself where there is one."""
    if len(values) == 1:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def apart(values: list[float]) -> float:
    """Return how far the quartiles are from each other, as a share of the median."""
    low, high = quartiles(values)
    return (high - low) / statistics.median(values)


def geometric_mean(values: Iterable[float]) -> float:
    """Return the n-th root of the product of n values."""
    found = [math.log(value) for value in values]
    return math.exp(math.fsum(found) / len(found))


def slope(xs: list[float], ys: list[float]) -> float:
    """Return the slope of log y over log x, by least squares: 1 is growth in proportion."""
    return statistics.linear_regression([math.log(x) for x in xs], [math.log(y) for y in ys]).slope


def significant(value: float) -> float:
    """Return the value to so many significant digits."""
    return float(f"{value:.{DIGITS}g}")


def to_document(measurements: Iterable[Measurement], **more: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
    """Return what is kept in a file: `more`, and the measurements."""
    return {"schema": SCHEMA, **more, "measurements": [as_json(one) for one in measurements]}


def as_json(one: Measurement) -> dict[str, Any]:
    """Return a measurement as JSON keeps it."""
    ms = {name: [significant(value) for value in values] for name, values in one.ms.items()}
    return {
        "workload": one.workload,
        "shape": list(one.shape),
        "threads": one.threads,
        "ms": ms,
        "left_out": one.left_out,
    }


def from_json(one: dict[str, Any]) -> Measurement:
    """Return the measurement that was kept."""
    return Measurement(one["workload"], Shape(*one["shape"]), one["threads"], one["ms"], one["left_out"])


def measurements_of(document: dict[str, Any]) -> list[Measurement]:
    """Return the measurements in a document."""
    return [from_json(one) for one in document["measurements"]]


def write(path: Path, document: dict[str, Any]) -> None:
    """Write a document, a measurement a line."""
    rest = {name: value for name, value in document.items() if name != "measurements"}
    head = json.dumps(rest, indent=1).removesuffix("\n}")
    rows = ",\n".join(json.dumps(one) for one in document["measurements"])
    path.write_text(f'{head},\n "measurements": [\n{rows}\n]}}\n')
