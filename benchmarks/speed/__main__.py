"""Whole sequences, side by side: python -m benchmarks.speed [--quick] [--write].

Everybody who computes the same, in one process a number of threads, in turns: see docs/speed.md. `--write` brings
docs/speed.json and all that is made of it up to date.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from benchmarks import growth
from benchmarks.options import parser_of, require, seconds, thread_count, writable
from benchmarks.speed import page, standing, table
from benchmarks.speed.contenders import CONTENDERS, YARDSTICK, needs
from benchmarks.speed.figures import Measurement, from_json, measurements_of, to_document, write
from benchmarks.speed.goals import reached
from benchmarks.speed.machine import machine
from benchmarks.speed.threads import cores, lines
from benchmarks.speed.workloads import QUICK, SHAPES, WORKLOADS

PAGE_THREADS = [1, 2]
BUDGET_HELP = "seconds for each workload and shape, 1 unless given; three rounds at least"
QUICK_HELP = (
    "three shapes, half a second each: about 3 minutes a number of threads, most of them imports and building; "
    "less with --only and --workloads"
)


def main() -> None:
    """Measure, print, and write what is asked for."""
    options = parsed()
    require("benchmarks.speed", *needs(options.who))
    began = time.perf_counter()
    document: dict[str, Any] = {
        "machine": machine(),
        "command": " ".join(["python -m benchmarks.speed", *sys.argv[1:]]),
    }
    found = [one for threads in options.threads for one in _measured(threads, options)]
    if not options.quick and not options.only:
        document["parts"] = [json.loads(line) for line in lines("benchmarks.speed.profile", 1, [])]
        document["growth"] = growth.growth(1)
        print(table.as_text(page.parts_rows(document["parts"])), end="\n\n")
        growth.show(document["growth"])
    document = to_document(found, seconds=round(time.perf_counter() - began), **document)
    show_goals(measurements_of(document))
    print(f"{document['seconds']} s")
    if options.json:
        write(options.json, document)
    if options.write:
        write(page.FILE, document)
        page.write_all()


def parsed() -> argparse.Namespace:
    """Return the options."""
    parser = parser_of("benchmarks.speed", __doc__)
    parser.add_argument("--quick", action="store_true", help=QUICK_HELP)
    parser.add_argument("--budget", type=seconds, help=BUDGET_HELP)
    parser.add_argument("--threads", type=_threads, help="1,2 unless there is one core")
    parser.add_argument("--only", type=_names, default=[], help=f"of {', '.join(CONTENDERS)}; {YARDSTICK} comes along")
    parser.add_argument("--workloads", type=_workloads, default=list(WORKLOADS), help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--json", type=writable, help="write all figures there")
    parser.add_argument("--write", action="store_true", help="write docs/speed.json, page and charts")
    options = parser.parse_args()
    options.budget = options.budget or (0.5 if options.quick else 1.0)
    options.who = [name for name in CONTENDERS if not options.only or name in (*options.only, YARDSTICK)]
    possible = [threads for threads in PAGE_THREADS if threads <= cores()]
    options.threads = options.threads or possible
    whole = not options.quick and not options.only and options.workloads == list(WORKLOADS)
    if options.write and not (whole and options.threads == possible):
        parser.error("--write: got a part of it, should be with none of the other options. The page shows all of it.")
    return options


def show_goals(measurements: list[Measurement]) -> None:
    """Print what became of the goals, for each number of threads and over all, and who is quicker."""
    for said, found in table.by_threads(measurements).items():
        print(f"\n{said}")
        for one in reached(found):
            print(f"  {one}")
    if standing.others(measurements):
        print(f"\n{table.as_text(standing.rows(measurements))}\n{standing.ahead(measurements)}\n")


def _measured(threads: int, options: argparse.Namespace) -> list[Measurement]:
    """Return the measurements with so many threads, each workload shown when it is through."""
    shapes = QUICK if options.quick else SHAPES
    arguments = ["--budget", str(options.budget)]
    for option, values in (
        ("workload", options.workloads),
        ("shape", map(SHAPES.index, shapes)),
        ("only", options.who),
    ):
        arguments += [part for value in values for part in (f"--{option}", str(value))]
    found: list[Measurement] = []
    for line in lines("benchmarks.speed.one_process", threads, arguments):
        found.append(from_json(json.loads(line)))
        if len(found) % len(shapes) == 0:
            group = found[-len(shapes) :]
            print(f"{table.title(group)}: {table.MEANING.replace('`', '')}")
            print(table.as_text(table.rows(group)), end="\n\n", flush=True)
    return found


def _threads(text: str) -> list[int]:
    return sorted({thread_count(part) for part in text.split(",")})


def _names(text: str) -> list[str]:
    return _known(text, list(CONTENDERS))


def _workloads(text: str) -> list[str]:
    return _known(text, list(WORKLOADS))


def _known(text: str, known: list[str]) -> list[str]:
    for name in text.split(","):
        if name not in known:
            raise argparse.ArgumentTypeError(f"got {name!r}, should be of {', '.join(known)}")
    return list(dict.fromkeys(text.split(",")))


if __name__ == "__main__":
    main()
