"""How time grows with the number of steps: python -m benchmarks.growth [--threads N] [--json FILE].

From 10 to 10,000 steps of one LSTM layer, in turns; the slope is that of log time over log T by least squares, over the
last two decades, where 1 is growth in proportion.
"""

from __future__ import annotations

import json
import statistics
from typing import Any

from benchmarks.options import parser_of, require, thread_count, writable
from benchmarks.speed.contenders import CONTENDERS, ready
from benchmarks.speed.figures import significant, slope
from benchmarks.speed.rounds import Plan, measured
from benchmarks.speed.threads import is_settled, lines, settled
from benchmarks.speed.workloads import Shape, case_of

STEPS = (10, 32, 100, 316, 1_000, 3_162, 10_000)
ROWS, DEPTH, UNITS = 8, 32, 32
WHO = ("readable", "fast", "dynamic_rnn")
FROM = 100  # steps from which on the slope is taken: two decades
PLAN = Plan(budget=2.0, least=3, most=9)


def main() -> None:
    """Measure and print."""
    parser = parser_of("benchmarks.growth", __doc__)
    parser.add_argument("--threads", type=thread_count, default=1, help="1 unless given")
    parser.add_argument("--json", type=writable, help="write the figures there")
    options = parser.parse_args()
    require("benchmarks.growth", "tensorflow", "tf_keras")
    figures = growth(options.threads)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def growth(threads: int) -> dict[str, Any]:
    """Return sizes, steps, contender -> milliseconds for each number of steps, and contender -> slope."""
    found: dict[str, Any] = {}
    for line in lines("benchmarks.growth", threads, []):
        found = json.loads(line)
    return found


def measure() -> dict[str, Any]:
    """Return the same, measured in this process."""
    threads, ms = settled(), dict[str, list[float]]({name: [] for name in WHO})
    for steps in STEPS:
        case = case_of("lstm", Shape(steps, ROWS, DEPTH, UNITS))
        seconds = measured({name: ready(name, case, threads) for name in WHO}, PLAN)
        for name, values in seconds.items():
            ms[name].append(significant(1000 * statistics.median(values)))
    return {
        "threads": threads,
        "sizes": [ROWS, DEPTH, UNITS],
        "steps": list(STEPS),
        "ms": ms,
        "slopes": {name: significant(slope_of(values)) for name, values in ms.items()},
    }


def slope_of(ms: list[float]) -> float:
    """Return the slope over the numbers of steps from FROM on."""
    chosen = [(steps, value) for steps, value in zip(STEPS, ms, strict=True) if steps >= FROM]
    return slope([steps for steps, _ in chosen], [value for _, value in chosen])


def show(figures: dict[str, Any]) -> None:
    """Print milliseconds for each number of steps, and the slopes."""
    print("one LSTM layer, (B,D,H) = ({},{},{}), ms".format(*figures["sizes"]))
    print(f"  {'T':18}" + "".join(f"{steps:>10,}" for steps in figures["steps"]) + f"   slope from {FROM}")
    for name, values in figures["ms"].items():
        numbers = "".join(f"{value:10.3f}" if value < 100 else f"{value:10.0f}" for value in values)
        print(f"  {CONTENDERS[name].title:18}{numbers}   {figures['slopes'][name]:.3f}")


if __name__ == "__main__":
    if is_settled():
        print(json.dumps(measure()))
    else:
        main()
