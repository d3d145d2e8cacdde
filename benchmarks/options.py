"""The options of the benchmarks: what would fail after the measuring is refused before it, in one line.

    parser = parser_of("benchmarks.growth", __doc__)    # python -m benchmarks.growth: error: ...
    parser.add_argument("--rounds", type=positive)
    require("benchmarks.growth", "tensorflow")          # error: ...: got a Python without tensorflow

Both end with status 2.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.speed.threads import cores

FULL = ".venv-full/bin/python"
PACKAGES = {"tf_keras": "tf-keras"}  # module -> what pip calls it, where that differs


def parser_of(module: str, says: str | None) -> argparse.ArgumentParser:
    """Return a parser that calls itself `python -m module` and shows its docstring as it stands."""
    return argparse.ArgumentParser(
        prog=f"python -m {module}", description=says, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def positive(text: str) -> int:
    """Return a whole number from 1 on."""
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"got {text!r}, should be a whole number from 1 on")
    return int(text)


def seconds(text: str) -> float:
    """Return seconds above 0, and not without an end."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"got {text!r}, should be seconds above 0")
    return value


def thread_count(text: str) -> int:
    """Return a number of threads for which there are cores."""
    possible = cores()
    if not (text.isdecimal() and 0 < int(text) <= possible):
        raise argparse.ArgumentTypeError(f"got {text!r}, should be from 1 to {possible}, the cores that there are")
    return int(text)


def writable(text: str) -> Path:
    """Return the path of a file that can be written: what is measured first would be lost otherwise."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"got {text!r}, should be a file that can be written, in a folder that exists")
    return path


def require(module: str, *needed: str) -> None:
    """Return if all of these modules are installed.

    Raises:
        SystemExit: some are not; status 2, after a line that says which, and which environment has them.
    """
    missing = [PACKAGES.get(name, name) for name in needed if find_spec(name) is None]
    if missing:
        got = f"got a Python without {', '.join(missing)} [{sys.executable}]"
        then = f"Run `{FULL} -m {module}`; `make .venv-full/.ready` sets that environment up, as `make bench` does."
        print(f"error: {module}: {got}, should be one with all that is measured. {then}", file=sys.stderr)
        sys.exit(2)
