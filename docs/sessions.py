"""Pages that show a whole session: every command of their `shell-session` blocks, run one after the other.

They run in an empty folder in which `docs` is this one, with `rnn-parity` at hand. A page shows the whole of what a
command writes to stdout, or nothing of it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
PAGES = (DOCS / "arrays-only.md", DOCS / "tutorials" / "c.md")
BLOCK = re.compile(r"(?<=```shell-session\n).*?(?=```)", re.DOTALL)
COMMAND = re.compile(r"(?m)^\$ (?P<command>.*(?:\\\n.*)*)\n(?P<output>(?:(?!\$ ).*\n)*)")


def replayed(text: str) -> str:
    """Return a page with what its commands print now, where it shows any output of theirs."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "docs").symlink_to(DOCS)

        def line(match: re.Match[str]) -> str:
            printed = _printed(match["command"], folder)
            return f"$ {match['command']}\n{printed if match['output'] else ''}"

        return BLOCK.sub(lambda block: COMMAND.sub(line, block[0]), text)


def _printed(command: str, folder: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    places = os.pathsep.join([str(DOCS.parent), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    environment = {**os.environ, "PATH": path, "PYTHONPATH": places, "COLUMNS": "120", "NO_COLOR": "1"}
    done = subprocess.run(  # noqa: S603  the commands of our own pages
        ["/bin/bash", "-c", command], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command} ended with {done.returncode}")
    return done.stdout
