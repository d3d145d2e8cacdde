"""All contenders in one process with a number of threads; a measurement a line of JSON on stdout.

`python -m benchmarks.speed` starts it. Before anything is timed, everybody's outputs are compared with the readable
cells'.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.speed.contenders import CONTENDERS, YARDSTICK, LeftOut, Run, ready
from benchmarks.speed.figures import Measurement, apart, as_json
from benchmarks.speed.goals import FAST
from benchmarks.speed.rounds import Plan, measured
from benchmarks.speed.threads import settled
from benchmarks.speed.workloads import SHAPES, WORKLOADS, Shape, case_of

TOLERANCE = 1e-4  # of outputs within -1 and 1: 100 times what summation orders make, a thousandth of a wrong formula
REFERENCE = "readable"
APART = 0.1  # of the ratio to the yardstick: quartiles of the fast form that are further from each other ask for rounds


class DisagreementError(Exception):
    """A contender's outputs are not those of the readable cells: it must not be compared with them."""


def main() -> None:
    """Measure what the options ask for."""
    options = parsed()
    threads = settled()
    plan = Plan(options.budget)
    for workload in options.workload:
        for number in options.shape:
            shape = SHAPES[number]
            try:
                print(json.dumps(as_json(measurement(workload, shape, threads, options.only, plan))), flush=True)
            except DisagreementError as error:
                sys.exit(str(error))


def parsed() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, required=True)
    parser.add_argument("--workload", action="append", choices=WORKLOADS)
    parser.add_argument("--shape", action="append", type=int, help="its number in SHAPES")
    parser.add_argument("--only", action="append", choices=CONTENDERS)
    return parser.parse_args()


def measurement(workload: str, shape: Shape, threads: int, only: list[str], plan: Plan) -> Measurement:
    """Return the times of the contenders in `only`, and why others were left out."""
    runs, left_out = prepared(workload, shape, threads, only)
    seconds = measured(runs, plan, agree=agree)
    ms = {name: [1000 * value for value in values] for name, values in seconds.items()}
    return Measurement(workload, shape, threads, ms, left_out)


def agree(seconds: Mapping[str, list[float]]) -> bool:
    """Return whether the rounds agree on the fast form's time over the yardstick's, where both are measured."""
    if not {FAST, YARDSTICK} <= seconds.keys():
        return True
    return apart([own / other for own, other in zip(seconds[FAST], seconds[YARDSTICK], strict=True)]) <= APART


def prepared(workload: str, shape: Shape, threads: int, only: list[str]) -> tuple[dict[str, Run], dict[str, str]]:
    """Return the contenders that compute a case as the readable cells do, and why the others are left out."""
    case = case_of(workload, shape)
    reference = ready(REFERENCE, case, threads)
    expected = reference()[0]
    runs: dict[str, Run] = {}
    left_out: dict[str, str] = {}
    for name in only:
        try:
            runs[name] = reference if name == REFERENCE else ready(name, case, threads)
        except LeftOut as reason:
            left_out[name] = str(reason)
            continue
        if CONTENDERS[name].computes and name != REFERENCE:
            require_same(name, f"{workload} {shape}", runs[name]()[0], expected)
    return runs, left_out


def require_same(name: str, where: str, outputs: Any, expected: Any) -> None:  # noqa: ANN401  an array, or two
    """Return if outputs are those of the readable cells.

    Raises:
        DisagreementError: they are of another shape, or differ by more than TOLERANCE somewhere.
    """
    pairs = zip(*(one if isinstance(one, tuple) else (one,) for one in (outputs, expected)), strict=True)
    for got, wanted in pairs:
        if np.shape(got) != wanted.shape:
            raise DisagreementError(f"{name}, {where}: got outputs {np.shape(got)}, should be {wanted.shape}.")
        worst = float(np.max(np.abs(np.asarray(got) - wanted)))
        if not worst <= TOLERANCE:
            raise DisagreementError(
                f"{name}, {where}: got outputs {worst:.1e} off, should be within {TOLERANCE:.0e} of numpy_impl's. "
                "What computes something else is not compared."
            )


if __name__ == "__main__":
    main()
