"""The page of the docs and its charts, from what was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.speed import standing, table
from benchmarks.speed.chart import chart
from benchmarks.speed.contenders import CONTENDERS
from benchmarks.speed.figures import Measurement, measurements_of
from benchmarks.speed.goals import reached
from benchmarks.speed.profile import PARTS
from benchmarks.speed.threads import ROOT
from benchmarks.speed.workloads import WORKLOADS, Shape

DOCS = ROOT / "docs"
FILE, PAGE, TEMPLATE = DOCS / "speed.json", DOCS / "speed.md", Path(__file__).with_name("page.md")
LIMITS = {  # what a shape is limited by, where this takes most of its time
    "calls": "Python: calls of NumPy",
    "passes": "passes over the gates",
    "products": "BLAS",
}
TITLES = {
    "inputs": "x W",
    "steps": "h W, T times",
    "squash": "tanh or exp",
    "passes": "other passes",
    "calls": "calls",
}


def read() -> dict[str, Any]:
    """Return what was measured last."""
    return json.loads(FILE.read_text())


def files(document: dict[str, Any]) -> dict[Path, str]:
    """Return path -> text of all that is made of a document."""
    found = measurements_of(document)
    counts = sorted({one.threads for one in found})
    charts = {DOCS / chart_name(count): chart(found, count) for count in counts}
    return {PAGE: page(document), **charts}


def write_all() -> None:
    """Write page and charts."""
    for path, text in files(read()).items():
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")


def chart_name(count: int) -> str:
    """Return the file name of the chart for so many threads."""
    return f"speed-{count}.svg"


def page(document: dict[str, Any]) -> str:
    """Return the page: the template with its fields filled in."""
    found = measurements_of(document)
    fields = {
        "measured": "\n".join(measured(document)),
        "standing": table.as_markdown(standing.rows(found)),
        "ahead": standing.ahead(found),
        "readable": standing.readable(found),
        "minutes": f"{document['seconds'] / 60:.0f}",
        "goals": table.as_markdown(goal_rows(found)),
        "charts": "\n\n".join(charts(found)),
        "parts": table.as_markdown(parts_rows(document["parts"])),
        "growth": table.as_markdown(growth_rows(document["growth"])),
        "left out": "\n".join(left_out(found)),
        "tables": "\n\n".join(tables(found)),
    }
    return re.sub(r"\{\{ (.+?) \}\}", lambda field: fields[field[1]], TEMPLATE.read_text())


def measured(document: dict[str, Any]) -> Iterator[str]:
    """Yield what was measured on and how, a line each: processor, load, versions, command."""
    of = document["machine"]
    caches = ", ".join(f"{name} {size}" for name, size in of["caches"].items())
    cores = f"{of['cores']} core{'s' if of['cores'] > 1 else ''}"
    yield f"- machine: {of['processor']}, {cores}, {of['vectors']}" + (f" ({caches})" if caches else "")
    if of.get("load") is not None:
        yield f"- load average before: {of['load']}"
    yield f"- Python {of['python']}: {', '.join(f'{name} {version}' for name, version in of['versions'].items())}"
    yield f"- NumPy's BLAS: {of['blas']}"
    yield f"- command: `{document['command']}`, {document['seconds'] / 60:.0f} minutes"
    if "note" in document:
        yield f"- {document['note']}"


def goal_rows(found: list[Measurement]) -> table.Rows:
    """Return a row for each goal: the bound, what was reached with each number of threads and over all."""
    columns = table.by_threads(found)
    answers = [{one.goal: one for one in reached(own)} for own in columns.values()]
    rows = [["time of the fast form over another's", "at most", *columns, ""]]
    for goal, last in answers[-1].items():
        values = [f"{own[goal].value:.2f}" if goal in own else "-" for own in answers]
        said = f"reached{_of(last.place)}" if last.met else f"**missed**{_of(last.place)}"
        rows.append([goal.says.replace(">=", "≥"), f"{goal.bound:g}", *values, said])
    return rows


def _of(place: str) -> str:
    return f" ({place})" if place else ""


def charts(found: list[Measurement]) -> Iterator[str]:
    """Yield the picture of each number of threads."""
    for count in sorted({one.threads for one in found}):
        says = (
            f"Time over dynamic_rnn's, {table.threads(count)}; left is faster. The numbers stand in the tables below."
        )
        yield f"![{says}]({chart_name(count)})"


def tables(found: list[Measurement]) -> Iterator[str]:
    """Yield a table with its title for each workload and number of threads."""
    for group in table.groups(found):
        yield f"### {table.title(group)}\n\n{rounds(group)}\n\n{table.as_markdown(table.rows(group))}"


def rounds(group: list[Measurement]) -> str:
    """Return how many rounds there were."""
    counts = [len(next(iter(one.ms.values()))) for one in group]
    least, most = min(counts), max(counts)
    return f"Of {least if least == most else f'{least} to {most}'} rounds: median {table.MEANING}."


def left_out(found: list[Measurement]) -> Iterator[str]:
    """Yield a line for each workload that somebody cannot compute."""
    for name, reasons in table.left_out(found).items():
        yield f"- {WORKLOADS[name].title}: {'; '.join(reasons)}."


def parts_rows(parts: list[dict[str, Any]]) -> table.Rows:
    """Return a row a shape: the whole in ms, each part's share, and what takes most of it."""
    rows = [["(T,B,D,H)", "ms", *TITLES.values(), "limited by"]]
    for one in parts:
        whole = sum(one["parts"].values())
        shares = [f"{100 * one['parts'][name] / whole:.0f} %" for name in PARTS]
        rows.append([str(Shape(*one["shape"])), table.number(one["ms"]), *shares, LIMITS[largest(one["parts"])]])
    return rows


def largest(parts: dict[str, float]) -> str:
    """Return which kind of part takes most: calls, passes or products."""
    kinds = {
        "calls": parts["calls"],
        "passes": parts["squash"] + parts["passes"],
        "products": parts["inputs"] + parts["steps"],
    }
    return max(kinds, key=lambda name: kinds[name])


def growth_rows(growth: dict[str, Any]) -> table.Rows:
    """Return a row a contender: ms for each number of steps, and the slope."""
    rows = [["ms", *(f"T = {steps:,}" for steps in growth["steps"]), "slope"]]
    for name, values in growth["ms"].items():
        rows.append([CONTENDERS[name].title, *map(table.number, values), f"{growth['slopes'][name]:.3f}"])
    return rows
