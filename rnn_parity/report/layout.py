"""Rows of a report -> lines of a width: labels, wrapping, and what is cut where there is no room."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import NamedTuple

NARROWEST = 60
NARROW = 90  # below this many columns labels and phrases are shorter
LINES = 8  # of one failing case
LABELS = {  # wide, narrow
    "first": ("first difference", "first"),
    "values": ("values", "values"),
    "problem": ("problem", "problem"),
    "max": ("max |d|", "max |d|"),
    "growth": ("growth", "growth"),
    "likely": ("likely mistake", "likely"),
    "why": ("this case exists", "exists"),
    "next": ("next", "next"),
}


class Row(NamedTuple):
    """One row of a failing case, before it is wrapped."""

    kind: str  # a key of LABELS, or "header"
    text: str


def lay_out(rows: list[Row], width: int) -> Iterator[str]:
    """Yield at most LINES lines: what is left over by short rows goes to `next`, then to the likely mistake."""
    wrapped = {row.kind: _wrapped(row, width) for row in rows}
    if sum(len(wrapped[kind]) if kind == "next" else 1 for kind in wrapped) > LINES:
        wrapped.pop("growth", None)
    spare = LINES - len(wrapped)
    room = dict.fromkeys(wrapped, 1)
    for kind in ("next", "likely", *wrapped):
        extra = min(len(wrapped.get(kind, ())) - room.get(kind, 1), spare)
        if extra > 0:
            room[kind] += extra
            spare -= extra
    for kind, lines in wrapped.items():
        yield from lines[: room[kind] - 1]
        rest = lines[room[kind] - 1 :]
        continued = " ".join((rest[0], *(line.strip() for line in rest[1:])))
        yield continued if kind == "next" else cut(continued, width)


def _wrapped(row: Row, width: int) -> list[str]:
    if row.kind == "header":
        return [row.text]
    wide, narrow = LABELS[row.kind]
    label = f"{narrow:<8}" if width < NARROW else f"{wide:<19}"
    blank = " " * len(label)
    if row.kind == "next":
        return _wrapped_command(row.text, label, width)
    return wrap(
        " ".join(row.text.splitlines()),
        width,
        initial_indent=label,
        subsequent_indent=blank,
        drop_whitespace=True,
        break_on_hyphens=False,
    ) or [label]


def _wrapped_command(command: str, label: str, width: int) -> list[str]:
    if len(label) + len(command) <= width:
        return [label + command]
    start, option, rest = command.partition(" --cases ")
    return [f"{label}{start} \\", f"{' ' * len(label)}  {option.strip()} {rest}"]


def paragraph(text: str, width: int, indent: int) -> list[str]:
    """Return `text` wrapped and indented, the lines after the first one two columns deeper."""
    blank, deeper = " " * indent, " " * (indent + 2)
    one_line = " ".join(text.split())
    return wrap(one_line, max(width, NARROWEST), initial_indent=blank, subsequent_indent=deeper, break_on_hyphens=False)


def cut(line: str, width: int) -> str:
    """Return `line`, its end replaced by three dots where it is longer than `width`."""
    return line if len(line) <= width else f"{line[: width - 3].rstrip()}..."
