"""Measurements as tables: a workload and a number of threads a table, a shape a row, a contender a column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.speed.contenders import CONTENDERS, YARDSTICK
from benchmarks.speed.figures import Measurement, quartiles
from benchmarks.speed.goals import FAST
from benchmarks.speed.workloads import WORKLOADS

Rows = list[list[str]]
MEANING = "ms (median of the rounds' ratios to `dynamic_rnn`)"


def groups(measurements: Iterable[Measurement]) -> Iterator[list[Measurement]]:
    """Yield the measurements of each workload and number of threads, in the order in which they were made."""
    found: dict[tuple[int, str], list[Measurement]] = {}
    for one in measurements:
        found.setdefault((one.threads, one.workload), []).append(one)
    yield from found.values()


def by_threads(measurements: Iterable[Measurement]) -> dict[str, list[Measurement]]:
    """Return what stands above a column -> its measurements: each number of threads, and all where there are more."""
    found = list(measurements)
    counts = sorted({one.threads for one in found})
    columns = {threads(count): [one for one in found if one.threads == count] for count in counts}
    return columns | ({"over all": found} if len(counts) > 1 else {})


def title(group: list[Measurement]) -> str:
    """Return what stands above a table."""
    return f"{WORKLOADS[group[0].workload].title}, {threads(group[0].threads)}"


def threads(count: int) -> str:
    """Return a number of threads in words."""
    return f"{count} thread{'s' if count > 1 else ''}"


def rows(group: list[Measurement]) -> Rows:
    """Return head and rows: milliseconds with the ratio to dynamic_rnn's in brackets, and the fast form's spread."""
    names = [name for name in CONTENDERS if any(one.has(name) for one in group)]
    spread = FAST in names and YARDSTICK in names
    head = ["(T,B,D,H)", *(CONTENDERS[name].title for name in names)]
    found = [head + (["fast, quartiles"] if spread else [])]
    for one in group:
        cells = [cell(one, name) for name in names]
        if spread:
            cells.append("{:.2f} to {:.2f}".format(*quartiles(one.ratios(FAST))))
        found.append([str(one.shape), *cells])
    return found


def cell(one: Measurement, name: str) -> str:
    """Return a contender's milliseconds, and its ratio to dynamic_rnn in brackets."""
    if not one.has(name):
        return "-"
    own = number(one.median(name))
    return own if name == YARDSTICK or not one.has(YARDSTICK) else f"{own} ({one.ratio(name):.2f})"


def number(ms: float) -> str:
    """Return milliseconds to three digits."""
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.3g}" if ms >= 1 else f"{ms:.3f}"


def left_out(measurements: Iterable[Measurement]) -> dict[str, list[str]]:
    """Return workload -> a line for each contender that cannot compute it, with the reason."""
    found: dict[str, dict[str, str]] = {}
    for one in measurements:
        found.setdefault(one.workload, {}).update(one.left_out)
    wanted = {name: {who: why for who, why in own.items() if CONTENDERS[who].computes} for name, own in found.items()}
    return {
        name: [f"{CONTENDERS[who].title}: {why}" for who, why in own.items()] for name, own in wanted.items() if own
    }


def as_text(found: Rows) -> str:
    """Return rows in columns of spaces."""
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    return "\n".join(_line(row, widths) for row in found)


def as_markdown(found: Rows) -> str:
    """Return rows as a table of Markdown, numbers on the right."""
    head, *body = found
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *body))


def _line(row: list[str], widths: list[int]) -> str:
    first, *rest = (f"{text:>{width}}" for text, width in zip(row, widths, strict=True))
    return "  ".join([first.strip().ljust(widths[0]), *rest])
