"""Lines as wide as the terminal: what a command prints of files whose names are long."""

from __future__ import annotations

import shutil
import sys
import textwrap

WIDTH = 120  # columns, where there is no terminal to ask
NARROWEST = 60


def width() -> int:
    """Return the columns to write in."""
    return max(shutil.get_terminal_size((WIDTH, 0)).columns, NARROWEST)


def wrapped(line: str, columns: int, indent: int = 0) -> list[str]:
    """Return a line as lines of so many columns, those after the first indented; names stay whole."""
    return textwrap.wrap(
        line, columns, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    ) or [line]


def complaint(text: str) -> str:
    """Return an error's text for stderr: on a terminal in lines of its width, but commands to be copied whole."""
    if not sys.stderr.isatty():
        return text
    lines = []
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        lines += [line] if line.startswith("python ", indent) else wrapped(line, width(), indent + 2)
    return "\n".join(lines)


def show_waiting(words: str) -> None:
    """Say what is being done on a terminal, where the next such words take its place; '' takes the last away."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words[: width() - 1]}")
        sys.stderr.flush()
