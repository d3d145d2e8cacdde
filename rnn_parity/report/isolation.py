"""Where a run goes wrong by itself -> words and JSON: what `rnn-parity isolate` prints."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rnn_parity.report.layout import cut
from rnn_parity.report.words import DIRECTIONS, ROUNDING, pair, place, times
from rnn_parity.tolerance import FACTOR

if TYPE_CHECKING:
    from rnn_parity.isolate import IsolatedStep, Isolation, Origin

LABEL = 21  # columns
VERDICTS = {"agree": "agrees", "differ": "DIFFERS", "error": "error", "unsupported": "unsupported"}
RIGHT_STEPS = "every step is right by itself"
SENTENCES: dict[Origin, str] = {
    "form": f"{RIGHT_STEPS}; the run's answer has another form than TensorFlow's (shape, dtype or nesting), which "
    "`rnn-parity check` shows",
    "past the end": f"{RIGHT_STEPS}, and so are the outputs of every row's own steps: rows are run, or answered, past "
    "their length",
    "last step": f"{RIGHT_STEPS}; in the run the last step of a row alone is wrong: lengths are taken one too short",
    "final state": f"{RIGHT_STEPS}, and so are all outputs: the final state alone is handed on wrongly",
    "start": f"{RIGHT_STEPS}, but the run is wrong from its first one on: what it starts from, or what it reads first "
    "(initial state, axes, order of steps)",
    "carried": f"{RIGHT_STEPS}: the error is in how the state is carried from step to step",
    "every step": "the step itself is wrong, at every step: the cell's formula, or how its weights are read",
    "first step": "the step itself is wrong, but only from {start}: every later one is right by itself",
    "later steps": "right from {start}, but the step itself is wrong from every other state: what the formula makes of "
    "the state (forget gate, recurrent rows of the kernel, peepholes, reset gate)",
    "some steps": "the step itself is wrong at {wrong} alone; elsewhere an error is carried on: something that only "
    "these steps' values reach (a clip, a saturated gate, an activation cut off)",
    "nowhere": f"{RIGHT_STEPS}, and so is the run",
    "unknown": "no step could be judged by itself",
}
NO_STEPS = "Isolating takes a candidate that answers one call of the cell, a case whose run is Step."


def isolation_text(found: Isolation, width: int) -> str:
    """Return a line for each step, by itself and in the run, then the first own error and what follows."""
    lines = [f"{found.run.spec.id} vs {found.candidate}, each step from TensorFlow's state", ""]
    lines += _table(found)
    lines += ["", *_first(found)]
    for direction, sentence in conclusions(found).items():
        label = f"conclusion {DIRECTIONS.get(direction, '')}"
        lines += wrap(sentence, width, initial_indent=f"{label:<{LABEL}}", subsequent_indent=" " * LABEL)
    return "\n".join(cut(line, width) for line in lines)


def conclusions(found: Isolation) -> dict[str, str]:
    """Return direction -> what the steps say of it in a sentence; one under '' where both directions say the same."""
    said = {direction: _conclusion(found, direction) for direction in found.origins}
    return said if len(set(said.values())) > 1 else {"": next(iter(said.values()))}


def isolation_json(found: Isolation) -> dict[str, Any]:
    """Return the document of `isolate --json`; a ratio that is not finite is null, and its step says `nonfinite`."""
    first = found.first_own_error
    return {
        "candidate": found.candidate,
        "case": found.run.spec.id,
        "verdict": found.run.verdict,
        "reason": found.run.reason,
        "origins": found.origins,
        "conclusions": conclusions(found),
        "first_own_error": None
        if first is None
        else {
            "direction": first[1].direction,
            "step": first[1].step,
            "layer": first[1].layer,
            "tensor": first[1].tensor,
            "row": first[1].row,
            "unit": first[1].unit,
            "got": _finite(first[1].got),
            "expected": _finite(first[1].expected),
        },
        "steps": [_step(one) for one in found.steps],
    }


def _step(one: IsolatedStep) -> dict[str, Any]:
    infinite = [value for value in (one.ratio, one.run_ratio) if value is not None and not math.isfinite(value)]
    return {
        "direction": one.direction,
        "step": one.step,
        "rows": list(one.rows),
        "verdict": one.result.verdict,
        "reason": one.result.reason,
        "ratio": _finite(one.ratio),
        "run_ratio": _finite(one.run_ratio),
    } | ({"nonfinite": True} if infinite else {})


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _conclusion(found: Isolation, direction: str) -> str:
    own = [one for one in found.steps if one.direction == direction]
    wrong = [str(one.step) for one in own if one.result.verdict == "differ"]
    start = "zeros" if found.from_zeros else "the initial state"
    numbered = f"step{'s' if len(wrong) > 1 else ''} {', '.join(wrong)}"
    origin = found.origins[direction]
    sentence = SENTENCES[origin].format(start=start, wrong=numbered)
    if origin == "carried":
        sentence += f"; it shows first at step {_shown_first(found, own)}"
    if origin == "start" and direction == "bw":
        sentence += "; a backward cell reads each row from its last valid step to its first"
    if origin == "nowhere" and direction:
        sentence += " in this direction"
    if origin == "unknown":
        sentence += f": {own[0].result.verdict}, {own[0].result.reason}. {NO_STEPS}"
    if origin == "nowhere" and found.run.verdict in ("unsupported", "error"):
        sentence = f"{RIGHT_STEPS}; the run: {found.run.verdict}, {found.run.reason}"
    return sentence


def _shown_first(found: Isolation, own: list[IsolatedStep]) -> str:
    step = next(one.step for one in own if (one.run_ratio or 0.0) > FACTOR)
    begins = step in accumulate(getattr(found.run.spec.run, "chunks", ()))
    return f"{step}, where a call begins" if begins else f"{step}"


def _table(found: Isolation) -> Iterator[str]:
    yield f"{'step':<14}rows   by itself             in the run"
    for one in found.steps:
        where = f"{DIRECTIONS.get(one.direction, '')} {one.step}".strip()
        word = VERDICTS[one.result.verdict]
        alone = word if one.ratio is None else f"{word:<8}{times(one.ratio):>11}"
        whole = "" if one.run_ratio is None else f"{times(one.run_ratio):>11}"
        yield f"{where:<14}{len(one.rows):>4}   {alone:<22}{whole}".rstrip()
    yield f"x: multiples of {ROUNDING} in the whole run, {FACTOR:g} allowed"


def _first(found: Isolation) -> Iterator[str]:
    if found.first_own_error is None:
        return
    _, first = found.first_own_error
    expected, got = pair(first.expected, first.got)
    values = f"row {first.row}, unit {first.unit}    should be {expected}   got {got}"
    yield f"{'first own error':<{LABEL}}{place(first)}    {values}"
