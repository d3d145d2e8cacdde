"""What recording costs a case: python -m benchmarks.recording [--every N | --only GLOB] [--rounds N] [--json FILE].

Every Nth case of the catalogue, recorded in cold processes: by one, and by two that share the cases. A process imports
TensorFlow before its first case, which is counted apart: `check` imports it once a process, whatever it records.

    processor   seconds of all processes, those of TensorFlow's threads with them, without the imports
    clock       seconds until the last process ended, with the imports
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.options import parser_of, positive, require, writable
from rnn_parity.catalogue import CASES
from tf_reference.changes import select

ROOT = Path(__file__).parents[1]
RECORD = """
import json, sys, time
from rnn_parity.catalogue import CASES
from tf_reference.pool import begin
from tf_reference.record import record
started = time.process_time()
begin()
imported = time.process_time()
wanted = set(json.loads(sys.argv[1]))
for case in CASES:
    if case.id in wanted:
        record(case)
print(imported - started, time.process_time() - imported)
"""


class Cost(NamedTuple):
    """Seconds of one round: a process's import, a case's processor time, a case's share of the clock."""

    imports: float
    processor: float
    clock: float


def main() -> None:
    """Measure and print."""
    parser = parser_of("benchmarks.recording", __doc__)
    parser.add_argument("--every", type=positive, default=16, metavar="N", help="every Nth case of those chosen")
    parser.add_argument("--only", action="append", default=[], metavar="GLOB", help="of the cases that match")
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--json", type=writable, help="write the figures there")
    options = parser.parse_args()
    require("benchmarks.recording", "tensorflow", "tf_keras")
    chosen = select({case.id for case in CASES}, tuple(options.only))
    cases = [case.id for case in CASES if case.id in chosen][:: options.every]
    costs: dict[int, list[Cost]] = {processes: [] for processes in (1, 2)}
    for _ in range(options.rounds):
        for processes, found in costs.items():
            found.append(_cost(cases, processes))
    print(
        f"{len(cases)} of {len(CASES)} cases, {os.cpu_count()} cores; medians of {options.rounds} rounds, their range"
    )
    for processes, found in costs.items():
        print(f"  {processes} process{'es' if processes > 1 else ''}")
        for name, seconds in zip(Cost._fields, zip(*found, strict=True), strict=True):
            print(f"    {name:12}{_words(seconds)}")
    if options.json:
        options.json.write_text(json.dumps({"cases": cases, "seconds": costs}, indent=1))


def _words(seconds: tuple[float, ...]) -> str:
    return f"{statistics.median(seconds):7.3f} s   ({min(seconds):.3f} to {max(seconds):.3f})"


def _cost(cases: list[str], processes: int) -> Cost:
    """Return what recording takes in this many processes, each with every so many'th case."""
    started = time.perf_counter()
    shares = [json.dumps(cases[first::processes]) for first in range(processes)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", RECORD, share],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for share in shares
    ]
    imports, spent = zip(*(_printed(process) for process in running), strict=True)
    clock = time.perf_counter() - started
    return Cost(statistics.mean(imports), sum(spent) / len(cases), clock / len(cases))


def _printed(process: subprocess.Popen[str]) -> tuple[float, float]:
    """Return the seconds of a process's import and of its cases, once it has ended."""
    printed, errors = process.communicate()
    if process.returncode != 0:
        raise SystemExit(errors)
    imports, spent = map(float, printed.split())
    return imports, spent


if __name__ == "__main__":
    main()
