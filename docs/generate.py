"""Write what the README and the docs show of the code: python docs/generate.py.

- the README's table of what is covered, and its numbers of cases and mistakes
- docs/cells/: a page a cell
- docs/mistakes/: a page a family of mistakes
- docs/compatibility.md, of what `make compatibility` measured
- docs/speed.md and its charts, of what `make bench WRITE=1` measured
- docs/verdict.schema.json: the JSON Schema of `rnn-parity check --json`
- the output of every `$ rnn-parity ...` that shows another one than the command prints, and of docs/examples/
- the sessions of the pages in docs/sessions.py
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import cell_pages
import compatibility
import compatibility_page
import coverage
import mistake_pages
import sessions

from rnn_parity.catalogue import CASES
from rnn_parity.mistakes import MISTAKES
from rnn_parity.report.document import json_schema
from rnn_parity.report.json import encode

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.speed import page as speed_page  # noqa: E402  scripts, not a package that is installed

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
UNSTEADY = re.compile(r"\d[\d,.]*(e\+\d+)? (?=x\b)|\d+\.\d+ (?=s\b)")  # multiples of a rounding, seconds
MOST_USED = (  # cells whose compatibility the README shows
    "BasicRNNCell", "GRUCell", "BasicLSTMCell", "LSTMCell", "LSTMBlockCell", "CudnnCompatibleLSTMCell",
    "CudnnCompatibleGRUCell", "MultiRNNCell", "ResidualWrapper", "DropoutWrapper",
)  # fmt: skip
GLOBS = ("lstm/*", "basic-lstm/*", "gru/*", "stacked/*")
OWN = ("check", "--fixtures", "docs/examples/slow-cell")
AGREEING = {"slow_port": (*OWN, "--candidate", "docs/examples/slow_port.py:run")}  # as EXAMPLES, and nothing differs
EXAMPLES = {  # the output of these calls, beside the script that they check
    "slow_port_wrong": (*OWN, "--candidate", "docs/examples/slow_port_wrong.py:run"),
    "my_lstm": ("check", "--candidate", "docs/examples/my_lstm.py:run"),
    "h_not_carried": ("isolate", "--candidate", "docs/examples/h_not_carried.py:run", "basic-lstm/dynamic-state"),
    "my_onnx": ("check", "--candidate", "docs/examples/my_onnx.py:run", "--cases", "gru/dynamic-state"),
    "pytorch_by_hand": (
        "check",
        "--candidate",
        "docs/examples/pytorch_by_hand.py:run",
        "--cases",
        "basic-lstm/dynamic",
    ),
    "no_forget_bias": (
        *("check", "--candidate", "docs/examples/no_forget_bias.py:run"),
        *(part for glob in GLOBS for part in ("--cases", glob)),
    ),
}


def main() -> None:
    """Write the files that changed, and say which."""
    wanted = {ROOT / "docs" / "cells" / name: text for name, text in cell_pages.pages().items()}
    wanted |= {ROOT / "docs" / "mistakes" / name: text for name, text in mistake_pages.pages().items()}
    wanted[ROOT / "docs" / "verdict.schema.json"] = schema()
    wanted[compatibility.PAGE] = compatibility_page.page(compatibility.read())
    wanted |= speed_page.files(speed_page.read())
    wanted[ROOT / "README.md"] = readme((ROOT / "README.md").read_text())
    for path, text in wanted.items():
        _write(path, text)
    for path in PAGES:
        if path.parent.name not in ("cells", "mistakes"):
            _write(path, with_output(path.read_text()))
    for path in sessions.PAGES:
        text = path.read_text()
        _write(path, _newer(text, sessions.replayed(text)))
    for name, arguments in (EXAMPLES | AGREEING).items():
        example, new = ROOT / "docs" / "examples" / f"{name}.txt", printed(arguments)
        if not example.exists() or steady(example.read_text()) != steady(new):
            _write(example, new)


def readme(text: str) -> str:
    """Return the README with its table and numbers as they are."""
    text = re.sub(r"(?m)^\| cases \|(.*\n\|)*.*$", lambda _: "\n".join(coverage.table()), text)
    candidates = compatibility_page.measured_candidates(compatibility.read())
    table = compatibility_page.summary(candidates, "docs/cells/", MOST_USED)
    text = re.sub(r"(?m)^\| cell \|(.*\n\|)*.*$", lambda _: "\n".join(table), text)
    text = re.sub(r"answered in \d+ cases", f"answered in {len(CASES)} cases", text)
    return re.sub(r"lists the \d+ that are known", f"lists the {len(MISTAKES)} that are known", text)


def schema() -> str:
    """Return the JSON Schema of a run's document, as text."""
    return encode(json_schema()).decode()


def with_output(text: str) -> str:
    """Return a page with the output of its `$ rnn-parity ...` commands, where it shows any, as it is."""

    def part(match: re.Match[str]) -> str:
        command, output = match["command"], match["output"]
        arguments = shlex.split(command.split("#")[0])[1:]
        return f"$ {command}\n{_newer(output, printed(tuple(arguments)))}"

    blocks = re.split(r"(```console\n.*?```)", text, flags=re.DOTALL)
    shown = r"(?m)^\$ (?P<command>rnn-parity .*)\n(?P<output>(?:(?!\$ |```).*\n)+)"
    return "".join(re.sub(shown, part, block) if block.startswith("```console") else block for block in blocks)


def steady(text: str) -> str:
    """Return the text without what a clock or the summation order of this machine decides."""
    return " ".join(UNSTEADY.sub("# ", text).split())


def printed(arguments: tuple[str, ...]) -> str:
    """Return what `rnn-parity` with these arguments prints, in 120 columns."""
    command = [sys.executable, "-m", "rnn_parity", *arguments]
    done = subprocess.run(  # noqa: S603  this package, run on itself
        command, cwd=ROOT, env={"COLUMNS": "120"}, capture_output=True, text=True, check=False
    )
    return done.stdout


def _newer(old: str, new: str) -> str:
    """Return the old text unless it says something else than the new."""
    return old if steady(old) in steady(new) else new


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
