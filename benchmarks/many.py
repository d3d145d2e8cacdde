"""Whether time grows with the number of cases alone, and memory does not: python -m benchmarks.many [--json FILE].

    slope = d log(seconds) / d log(cases)      1 where every case costs the same, beyond what starting costs
    growth = d bytes / d cases                 of the largest resident set: 0 where nothing is kept

Folders of 10^2, 10^3 and 10^4 cases are written: the catalogue's cases under new names, one after the
other in an order that is the same in every size, with their recorded arrays. `rnn-parity check` is a cold process on
one core; another one with `--jobs 2`, one that writes JSON, and one whose every case differs by its dtype. Seconds are
those of the processor, the least of --rounds. The catalogue has fewer than 10^3 cases: up to there memory also grows
with the kinds of cases and the modules they load.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count, islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from benchmarks.options import parser_of, positive, writable
from rnn_parity.fixture_file import Fixture, content_hash, fixture_bytes, fixture_path
from rnn_parity.store import MANIFEST, Fixtures, default_fixtures, write_manifest

ROOT = Path(__file__).parents[1]
SIZES = (100, 1_000, 10_000)
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
WRONG = "benchmarks.many:wrong"
MEGABYTE = 1e6


class Run(NamedTuple):
    """What a process took: seconds of the processor, those that passed, and the largest resident set in bytes."""

    processor: float
    passed: float
    resident: int


def wrong(case: Any) -> Any:  # noqa: ANN401  a case, whose classes the worker loads
    """Return the right answer in another dtype: every case differs, and none of the time goes into a diagnosis."""
    from rnn_parity.candidate import Result  # noqa: PLC0415  only in the process that is measured
    from rnn_parity.candidates.numpy_impl import run  # noqa: PLC0415  as above
    from rnn_parity.structure import map_tree  # noqa: PLC0415  as above

    answer = run(case)
    trees = (answer.outputs, answer.final_state)
    return Result(*(map_tree(lambda array: array.astype("longdouble"), tree) for tree in trees))


def main() -> None:
    """Write the folders, measure and print."""
    parser = parser_of("benchmarks.many", __doc__)
    parser.add_argument("--sizes", type=positive, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--json", type=writable, help="write the figures there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folders = _written(Path(place), options.sizes)
        figures = {what: _measured(arguments, folders, options) for what, arguments in _ways(Path(place)).items()}
    _show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def _ways(place: Path) -> dict[str, list[str]]:
    return {
        "check": [],
        "check --jobs 2": ["--jobs", "2"],
        "check --json FILE": ["--json", str(place / "verdict.json")],
        "check, every case differs": ["--candidate", WRONG],
    }


def _written(place: Path, sizes: Sequence[int]) -> dict[int, Path]:
    """Return folders of so many cases: every catalogue's case as often as the others, or once less.

    Each begins with the files of the one before, which are linked. None is read back: `check` does, with its hash.
    """
    recorded = Fixtures(default_fixtures())
    copies, hashes, folders = _copies(recorded), dict[str, str](), dict[int, Path]()
    without_manifest = shutil.ignore_patterns(MANIFEST)
    for size in sorted({*sizes}):
        folder = place / str(size)
        if folders:
            shutil.copytree([*folders.values()][-1], folder, copy_function=os.link, ignore=without_manifest)
        for fixture in islice(copies, size - len(hashes)):
            path = fixture_path(folder, fixture.spec.id)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(fixture_bytes(fixture))
            hashes[fixture.spec.id] = content_hash(fixture)
        write_manifest(folder, msgspec.structs.replace(recorded.manifest, cases=hashes))
        folders[size] = folder
    return folders


def _copies(recorded: Fixtures) -> Iterator[Fixture]:
    """Yield recorded cases under new names, without an end: each family's every so often, so that sizes are alike."""
    ids = sorted(recorded.ids, key=lambda case_id: case_id[::-1])
    fixtures = {case_id: recorded.read(case_id) for case_id in ids}
    for number in count():
        for case_id, fixture in fixtures.items():
            yield Fixture(msgspec.structs.replace(fixture.spec, id=f"{case_id}-{number}"), fixture.arrays)


def _measured(arguments: Sequence[str], folders: dict[int, Path], options: argparse.Namespace) -> dict[str, Any]:
    runs: dict[int, list[Run]] = {size: [] for size in folders}
    for _ in range(options.rounds):
        for size, folder in folders.items():
            runs[size].append(_run([*arguments, "--fixtures", str(folder)], status=int(WRONG in arguments)))
    least = {size: min(found) for size, found in runs.items()}
    return {
        "runs": {size: run._asdict() for size, run in least.items()},
        "growth": [_growth(*pair) for pair in pairwise(least.items())],
    }


def _growth(before: tuple[int, Run], after: tuple[int, Run]) -> dict[str, float]:
    """Return how seconds and memory grow from one size to the next."""
    (small, first), (large, second) = before, after
    more = large - small
    return {
        "from": small,
        "to": large,
        "slope": math.log(second.processor / first.processor) / math.log(large / small),
        "milliseconds a case more": 1e3 * (second.processor - first.processor) / more,
        "bytes a case more": (second.resident - first.resident) / more,
    }


def _run(arguments: Sequence[str], *, status: int) -> Run:
    """Return what `rnn-parity check -q` took, in a process of its own that measures its own child."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT), "MANY_CHILD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    got, *figures = done.stdout.split()
    if int(got) != status:
        raise SystemExit(f"check ended with {got}, should be {status}: {done.stderr}")
    return Run(float(figures[0]), float(figures[1]), int(figures[2]))


def _child(arguments: Sequence[str]) -> None:
    """Run the command, wait, and print its status, seconds and largest resident set."""
    if "--jobs" not in arguments and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "rnn_parity", "check", "-q", *arguments], stdout=subprocess.DEVNULL, check=False
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    kilobytes = 1 if sys.platform == "darwin" else 1024
    passed = time.perf_counter() - started
    print(done.returncode, used.ru_utime + used.ru_stime, passed, used.ru_maxrss * kilobytes)


def _show(figures: dict[str, Any]) -> None:
    for what, found in figures.items():
        print(what)
        for size, run in found["runs"].items():
            rate = size / run["processor"]
            print(
                f"  {size:>6} cases{run['processor']:9.2f} s{rate:8.0f} cases/s{run['resident'] / MEGABYTE:9.1f} MB"
                f"   ({run['passed']:.2f} s passed)"
            )
        for one in found["growth"]:
            print(
                f"  from {one['from']} to {one['to']}: slope {one['slope']:.2f}; for each case more "
                f"{one['milliseconds a case more']:.2f} ms and {one['bytes a case more']:.0f} bytes"
            )


if __name__ == "__main__":
    if os.environ.get("MANY_CHILD"):
        _child(sys.argv[1:])
    else:
        main()
