"""How fast checking and recording are: python -m benchmarks [--rounds N] [--json FILE].

Every figure is a median over rounds, the contestants of a round run one after the other, so that a busy machine slows
all of them alike. Checking is a cold process on one core: Python started, modules imported, fixtures read, hashed,
computed and compared.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.options import parser_of, positive, require, writable

ROOT = Path(__file__).parents[1]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
COMMANDS = {
    "python, empty": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "import rnn_parity": ["-c", "from rnn_parity import check, load_cases"],  # names are loaded when used
    "rnn-parity check, whole catalogue": ["-m", "rnn_parity", "check", "-q"],
}
IN_ONE_PROCESS = """
import time
started = time.perf_counter()
from tf_reference.environment import tensorflow
tensorflow()
imported = time.perf_counter()
from rnn_parity.catalogue import CASES
from tf_reference.record import record
record(CASES[0])
begun = time.perf_counter()
for case in CASES[::4]:
    record(case)
print(imported - started, (time.perf_counter() - begun) / len(CASES[::4]))
"""


def main() -> None:
    """Measure and print."""
    parser = parser_of("benchmarks", __doc__)
    parser.add_argument("--rounds", type=positive, default=9)
    parser.add_argument("--json", type=writable, help="write the figures there")
    options = parser.parse_args()
    require("benchmarks", "tensorflow", "tf_keras")
    cases = _number_of_cases()
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(options.rounds):
        for name, arguments in COMMANDS.items():
            times[name].append(_seconds(arguments))
    medians = {name: statistics.median(values) for name, values in times.items()}
    imported, per_case = _recording()
    check = medians["rnn-parity check, whole catalogue"]
    figures: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "cases": cases,
        "seconds": medians,
        "spread": {name: [min(values), max(values)] for name, values in times.items()},
        "import rnn_parity, beyond an empty python": medians["import rnn_parity"] - medians["python, empty"],
        "cases per second, cold": cases / check,
        "import tensorflow": imported,
        "seconds per recorded case": per_case,
        "seconds per recorded case, all cores": _recording_on_all_cores(cases),
    }
    _show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def _show(figures: dict[str, Any]) -> None:
    print(figures["machine"])
    seconds, spread = figures["seconds"], figures["spread"]
    for name in COMMANDS:
        low, high = spread[name]
        print(f"  {name:40}{seconds[name]:8.3f} s   ({low:.3f} to {high:.3f})")
    rate, count = figures["cases per second, cold"], figures["cases"]
    print(f"  {'cases checked per second, cold process':40}{rate:8.0f}     of {count}")
    print(f"  {'import rnn_parity alone':40}{figures['import rnn_parity, beyond an empty python']:8.3f} s")
    print(f"  {'import of TensorFlow':40}{figures['import tensorflow']:8.3f} s")
    print(f"  {'recording, a case in one process':40}{figures['seconds per recorded case']:8.3f} s")
    both = figures["seconds per recorded case, all cores"]
    print(f"  {'recording, a case on all cores':40}{both:8.3f} s   (TensorFlow's imports included)")


def _seconds(arguments: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        stdout=subprocess.DEVNULL,
        check=True,
        preexec_fn=_on_one_core,
    )
    return time.perf_counter() - started


def _on_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _recording() -> tuple[float, float]:
    """Return the seconds that TensorFlow's import takes, and those of one case, over every fourth case."""
    command = [sys.executable, "-c", IN_ONE_PROCESS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, preexec_fn=_on_one_core)
    imported, per_case = done.stdout.split()
    return float(imported), float(per_case)


def _recording_on_all_cores(cases: int) -> float:
    """Return the seconds of one case when the whole catalogue is recorded as `make fixtures-check` does it."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "tf_reference", "check"], cwd=ROOT, capture_output=True, check=True)
    return (time.perf_counter() - started) / cases


def _number_of_cases() -> int:
    done = subprocess.run(
        [sys.executable, "-m", "rnn_parity", "list", "--json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return len(json.loads(done.stdout)["cases"])


if __name__ == "__main__":
    main()
