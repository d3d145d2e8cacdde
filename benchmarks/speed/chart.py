"""Measurements as a picture: an SVG for a number of threads, readable on light and on dark pages.

A panel a workload with the scale below it, a line a shape; each contender a mark at its time over dynamic_rnn's, on a
logarithmic scale, a little above or below the line so that marks of the same time can be told apart. The fast form has
its quartiles as a bar. Every mark says its numbers as a title.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from benchmarks.speed.contenders import CONTENDERS, YARDSTICK
from benchmarks.speed.figures import Measurement, quartiles
from benchmarks.speed.goals import FAST
from benchmarks.speed.table import groups, number, threads, title

LEFT, WIDTH, RIGHT = 140, 600, 20  # of the shapes' names, of the scale, after it
ROW, HEAD, GAP = 26, 26, 34
LEGEND = 94  # what stands above the first panel: who has which mark, what the scale is, the scale
TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
LOW, HIGH = 0.015, 6.0
COLOURS = {  # contender -> on light, on dark
    "readable": ("#6b7280", "#9ca3af"),
    "fast": ("#c2410c", "#fb923c"),
    "static_rnn": ("#1d4ed8", "#93b4ff"),
    "block_lstm": ("#0e7490", "#38c6de"),
    "torch": ("#9d174d", "#f472b6"),
    "torch-reset-after": ("#9d174d", "#f472b6"),
    "onnxruntime": ("#15803d", "#4ade80"),
    "jax": ("#6d28d9", "#b79cff"),
    "floor": ("#111827", "#e5e7eb"),
}
MARKS = {  # contender -> path around 0, 0
    "readable": "M-4-4H4V4H-4Z",
    "fast": "M-6 0A6 6 0 1 1 6 0A6 6 0 1 1-6 0Z",
    "static_rnn": "M0-5L5 4H-5Z",
    "block_lstm": "M0 5L5-4H-5Z",
    "torch": "M0-5.5L5.5 0L0 5.5L-5.5 0Z",
    "torch-reset-after": "M0-4L4 0L0 4L-4 0ZM0-2L-2 0L0 2L2 0Z",
    "onnxruntime": "M-1.5-5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5V-1.5H-1.5Z",
    "jax": "M-4-5L0-1.5L4-5L5-4L1.5 0L5 4L4 5L0 1.5L-4 5L-5 4L-1.5 0L-5-4Z",
    "floor": "M-1-8H1V8H-1Z",
}

LANES = {  # contender -> how far below its line; those of much the same time are kept apart
    "static_rnn": -8, "onnxruntime": -8, "jax": -4, "torch": 4, "torch-reset-after": 4, "readable": 8, "block_lstm": 8,
}  # fmt: skip
SCALE = "time over dynamic_rnn's, logarithmic; left is faster; the bar is the quartiles of numpy_impl.fast"


def chart(measurements: Iterable[Measurement], count: int) -> str:
    """Return the SVG of the measurements with so many threads."""
    found = list(groups(one for one in measurements if one.threads == count))
    heights = [HEAD + ROW * len(group) + GAP for group in found]
    width, height = LEFT + WIDTH + RIGHT, LEGEND + sum(heights) + 20
    body = [*_legend(), *_words(LEGEND - 32), *_ticks(LEGEND - 12), *_words(height - 14)]
    top = LEGEND
    for group, own in zip(found, heights, strict=True):
        body += _panel(group, top)
        top += own
    says = f"Time over dynamic_rnn's, {threads(count)}, of every contender at every shape; left is faster"
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{says}">',
        f"<title>{says}</title>",
        f"<style>{_style()}</style>",
        f'<rect class="page" width="{width}" height="{height}" rx="6"/>',
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def place(ratio: float) -> float:
    """Return where a ratio stands from the left; what is off the scale stands at its end."""
    within = min(max(ratio, LOW), HIGH)
    return round(LEFT + WIDTH * math.log(within / LOW) / math.log(HIGH / LOW), 1)


def _style() -> str:
    light = "".join(f".{name}{{fill:{one}}}" for name, (one, _) in COLOURS.items())
    dark = "".join(f".{name}{{fill:{one}}}" for name, (_, one) in COLOURS.items())
    return (
        "text{font:12px system-ui,sans-serif;fill:#1f2937}.page{fill:#fff}.band{fill:#f6f7f9}.line{stroke:#e5e7eb}"
        ".one{stroke:#6b7280;stroke-dasharray:4 3}"
        f".head{{font-weight:600}}.range{{stroke:#c2410c;stroke-width:2}}path{{opacity:.9}}{light}"
        "@media(prefers-color-scheme:dark){text{fill:#e5e7eb}.page{fill:#131416}.band{fill:#1b1d20}.line{stroke:#33363b}"
        f".one{{stroke:#9ca3af}}.range{{stroke:#fb923c}}{dark}}}"
    )


def _legend() -> Iterator[str]:
    for number_, name in enumerate(MARKS):
        x, y = _place_in_legend(number_)
        yield f'<path class="{name}" d="{MARKS[name]}" transform="translate({x},{y})"/>'
        yield f'<text x="{x + 12}" y="{y + 4}">{CONTENDERS[name].title}</text>'
    x, y = _place_in_legend(len(MARKS))
    yield f'<line class="one" x1="{x}" x2="{x}" y1="{y - 8}" y2="{y + 8}"/>'
    yield f'<text x="{x + 12}" y="{y + 4}">{CONTENDERS[YARDSTICK].title}, at 1</text>'


def _place_in_legend(number_: int) -> tuple[int, int]:
    return 20 + 150 * (number_ % 5), 16 + 20 * (number_ // 5)


def _words(y: float) -> Iterator[str]:
    yield f'<text x="{LEFT}" y="{y}">{SCALE}</text>'


def _ticks(y: float) -> Iterator[str]:
    yield from (f'<text x="{place(tick)}" y="{y}" text-anchor="middle">{tick:g}</text>' for tick in TICKS)


def _grid(top: float, bottom: float) -> Iterator[str]:
    for tick in TICKS:
        kind, x = "one" if tick == 1 else "line", place(tick)
        yield f'<line class="{kind}" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'


def _panel(group: list[Measurement], top: float) -> Iterator[str]:
    bottom = top + HEAD + ROW * len(group)
    yield f'<text class="head" x="12" y="{top + 16}">{title(group)}</text>'
    for index in range(0, len(group), 2):
        yield f'<rect class="band" x="{LEFT}" y="{top + HEAD + ROW * index}" width="{WIDTH}" height="{ROW}"/>'
    yield from _grid(top + HEAD, bottom)
    yield from _ticks(bottom + 14)
    for index, one in enumerate(group):
        y = top + HEAD + ROW * index + ROW / 2
        yield f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{one.shape}</text>'
        yield f'<line class="line" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y}" y2="{y}"/>'
        if not one.has(YARDSTICK):
            continue
        if one.has(FAST):
            low, high = map(place, quartiles(one.ratios(FAST)))
            yield f'<line class="range" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>'
        yield from (_mark(one, name, y) for name in MARKS if one.has(name))


def _mark(one: Measurement, name: str, y: float) -> str:
    ratio = one.ratio(name)
    says = f"{CONTENDERS[name].title}: {number(one.median(name))} ms, {ratio:.2f} of dynamic_rnn's"
    where = f"translate({place(ratio)},{y + LANES.get(name, 0)})"
    return f'<path class="{name}" d="{MARKS[name]}" transform="{where}"><title>{says}</title></path>'
