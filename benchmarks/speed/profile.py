"""Where the fast form's time goes, by timing its parts alone; a shape a line of JSON on stdout.

    inputs     the product of all inputs
    steps      the T products with h
    squash     tanh or exp, whichever is quicker, over the gates and over c, a step at a time
    calls      the whole of as many steps over as good as no numbers: what Python and NumPy take to be called
    passes     the rest: additions, multiplications, copies

Parts are taken without what calling them costs, which is measured likewise over as good as no numbers. One LSTM layer.
`python -m benchmarks.speed` starts it.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.speed.contenders import ready
from benchmarks.speed.contenders.floor import layer_products
from benchmarks.speed.figures import significant
from benchmarks.speed.rounds import Plan, measured
from benchmarks.speed.threads import settled
from benchmarks.speed.workloads import SHAPES, Shape, case_of

WORKLOAD = "lstm"
PARTS = ("inputs", "steps", "squash", "passes", "calls")
PLAN = Plan(budget=1.5, least=5, most=25, turn=0.01)


def main() -> None:
    """Measure every shape."""
    threads = settled()
    for shape in SHAPES:
        print(json.dumps({"shape": list(shape), "threads": threads, **shares(shape)}), flush=True)


def shares(shape: Shape) -> dict[str, Any]:
    """Return the milliseconds of the whole, and part -> milliseconds."""
    tiny = Shape(shape.T, min(2, shape.B), 1, 1)  # one row has a way of its own, two have that of many
    runs = {f"{name}/{size}": run for size in (shape, tiny) for name, run in alone(size).items()}
    seconds = measured(runs, PLAN)

    def median(of: Callable[[int], float]) -> float:
        return 1000 * statistics.median(max(0.0, of(k)) for k in range(len(next(iter(seconds.values())))))

    def net(name: str) -> float:
        return median(lambda k: seconds[f"{name}/{shape}"][k] - seconds[f"{name}/{tiny}"][k])

    whole, calls = median(lambda k: seconds[f"whole/{shape}"][k]), median(lambda k: seconds[f"whole/{tiny}"][k])
    squash = min(net("tanh"), net("exp"))
    parts = {"inputs": net("inputs"), "steps": net("steps"), "squash": squash, "calls": calls}
    parts["passes"] = max(0.0, whole - sum(parts.values()))
    return {"ms": significant(whole), "parts": {name: significant(parts[name]) for name in PARTS}}


def alone(shape: Shape) -> dict[str, Callable[[], Any]]:
    """Return the whole and its parts, each to be called."""
    case = case_of(WORKLOAD, shape)
    first, *steps = layer_products(case, 0)
    gates, c = np.ones((shape.B, 4 * shape.H), np.float32), np.ones((shape.B, shape.H), np.float32)

    def products() -> None:
        for a, b, out in steps:
            np.matmul(a, b, out)

    def squash(function: Any) -> None:  # noqa: ANN401  a ufunc
        for _ in range(shape.T):
            function(gates, out)
            function(c, out_c)

    out, out_c = np.empty_like(gates), np.empty_like(c)
    return {
        "whole": ready("fast", case, 1),
        "inputs": lambda: np.matmul(*first),
        "steps": products,
        "tanh": partial(squash, np.tanh),
        "exp": partial(squash, np.exp),
    }


if __name__ == "__main__":
    main()
