"""The tutorial of a model of 2016: its commands, run one after the other in an empty folder, and what they print.

They need TensorFlow and PyTorch, and a minute: `python docs/generate.py` leaves them out.
`python docs/legacy_tutorial.py` writes the files of the outputs that changed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from generate import steady

DOCS = Path(__file__).parent
PAGE = DOCS / "tutorials" / "legacy-model.md"
SHOWN = {  # a command's beginning -> the file that the page shows as its output
    "python docs/examples/char_model_of_2016.py": "char_model_of_2016",
    "python -m tf_reference inspect": "char_model_inspect",
    "python -m tf_reference import": "char_model_import",
    "rnn-parity check": "char_model_check",
    "rnn-parity convert": "char_model_convert",
    "python docs/examples/char_model_in_pytorch.py": "char_model_in_pytorch",
    "python docs/examples/char_model_in_numpy.py": "char_model_in_numpy",
}


def commands() -> list[str]:
    """Return the commands of the page, in order."""
    return [
        line for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL) for line in block.splitlines()
    ]


def replayed(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each command and what it wrote to stdout, run in an empty folder in which `docs` is this one."""
    (folder / "docs").symlink_to(DOCS)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "TF_USE_LEGACY_KERAS")}
    environment |= {"PATH": path, "PYTHONPATH": str(DOCS.parent), "COLUMNS": "120", "NO_COLOR": "1"}
    for command in commands():
        done = subprocess.run(  # noqa: S603  the commands of our own page
            ["/bin/bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr}")
        yield command, done.stdout


def main() -> None:
    """Write the files that show something else than the commands print."""
    with tempfile.TemporaryDirectory() as folder:
        for command, printed in replayed(Path(folder)):
            for beginning, name in SHOWN.items():
                file = DOCS / "examples" / f"{name}.txt"
                if command.startswith(beginning) and not (
                    file.exists() and steady(file.read_text()) == steady(printed)
                ):
                    file.write_text(printed)
                    print(f"wrote {file.relative_to(DOCS.parent)}")


if __name__ == "__main__":
    main()
