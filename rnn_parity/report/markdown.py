"""A verdict as Markdown: the job summary of a CI run, worst cases first, cut where it would be too long."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from rnn_parity.report import text, words
from rnn_parity.verify import CaseResult, Verdict

LIMIT = 900_000  # bytes; above 1 MiB GitHub shows nothing at all
SHOWN = 50  # failing cases in the table
_MEANT = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def markdown(verdict: Verdict, limit: int = LIMIT) -> str:
    """Return the report, at most `limit` bytes of UTF-8."""
    lines: list[str] = []
    room = limit
    for line in _lines(verdict):
        room -= len(line.encode()) + 1
        if room < len(_CUT) + 1:
            return "\n".join([*lines, _CUT]) + "\n"
        lines.append(line)
    return "\n".join(lines) + "\n"


_CUT = "_cut: the rest is too long for a summary_"


def add_to_job_summary(verdict: Verdict) -> str | None:
    """Add the report to the page of a GitHub Actions job, where this is one; return what kept it from being added."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return None
    try:
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.write(markdown(verdict))
    except OSError as error:
        return f"GITHUB_STEP_SUMMARY: {file} cannot be written ({error.strerror}); no job summary."
    return None


def escaped(words_: str) -> str:
    """Return text with everything that Markdown or HTML would read as its own taken literally, on one line."""
    return _MEANT.sub(r"\\\1", " ".join(words_.split())).replace("\\<", "&lt;").replace("\\&", "&amp;")


def _lines(verdict: Verdict) -> Iterator[str]:
    mark = "agrees with" if verdict.agrees else "does not agree with"
    yield from (f"## rnn-parity: {escaped(verdict.candidate)} {mark} TensorFlow 1's `rnn_cell`", "")
    yield from (escaped(text.summary_line(verdict)), "")
    diagnosis = text.diagnosis_text(verdict)
    if diagnosis:
        yield from ("```text", *_fenced(diagnosis), "```", "")
    failing = text.worst_first(verdict)
    if failing:
        yield from ("| case | differs | by | likely mistake | exists |", "|---|---|---:|---|---|")
        yield from map(_row, failing[:SHOWN])
        more = len(failing) - SHOWN
        yield from ([f"| and {more} more | | | | |", ""] if more > 0 else [""])
    yield from ("```text", *_fenced(text.table_text(verdict)), "```")
    reasons = text.reasons_text(verdict, text.WIDTH)
    if reasons:
        yield from ("", "```text", *_fenced(reasons), "```")


def _row(result: CaseResult) -> str:
    worst = result.comparison.worst if result.comparison else None
    size = "" if worst is None or worst.ratio is None else words.times(worst.ratio)
    cells = (result.spec.id, worst.name if worst else "", size, words.likely(result), result.spec.why)
    return f"| {' | '.join(map(escaped, cells))} |"


def _fenced(block: str) -> Iterator[str]:
    return (line.replace("```", "'''") for line in block.splitlines())
