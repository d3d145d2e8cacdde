"""How many threads everybody has: set before anything is imported, in a process for each number.

The process is bound to as many cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTLED = "BENCHMARK_THREADS"  # says to a process that its environment is the one below
POOLS = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
)  # fmt: skip


def environment(threads: int) -> dict[str, str]:
    """Return the environment of a process in which everybody has so many threads."""
    xla = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'} intra_op_parallelism_threads={threads}"
    return {
        **os.environ,
        **dict.fromkeys((SETTLED, *POOLS), str(threads)),
        "XLA_FLAGS": xla,
        "JAX_PLATFORMS": "cpu",
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_USE_LEGACY_KERAS": "1",
    }


def lines(module: str, threads: int, arguments: list[str]) -> Iterator[str]:
    """Yield what `python -m module` prints, in a process with so many threads.

    Raises:
        SystemExit: it failed; its stderr, which frameworks write much into otherwise, says why.
    """
    command = [sys.executable, "-m", module, *arguments]
    with tempfile.TemporaryFile("w+") as said:
        run = {"cwd": ROOT, "env": environment(threads), "stdout": subprocess.PIPE, "stderr": said, "text": True}
        with subprocess.Popen(command, **run) as process:
            yield from process.stdout
        if process.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(command[1:])} failed:\n{said.read()}")


def is_settled() -> bool:
    """Return whether this process was started by `lines`."""
    return SETTLED in os.environ


def settled() -> int:
    """Bind this process to as many cores as it has threads, and return how many.

    Raises:
        SystemExit: the process was not started by `lines`.
    """
    if not is_settled():
        sys.exit("This module is started by `python -m benchmarks.speed`, which sets the number of threads before.")
    threads = int(os.environ[SETTLED])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    return threads


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
