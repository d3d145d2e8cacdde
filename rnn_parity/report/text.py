"""A verdict as the terminal shows it. Every function returns text without colour; `coloured` adds it.

A failing case takes at most eight lines, the first of which carry the whole story, since pytest cuts the rest:
case, candidate, tensor / where it began / how much / how it grows / the likely mistake / why the case exists / what
to run next.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rnn_parity.candidate import ANSWERS
from rnn_parity.report import words
from rnn_parity.report.layout import LABELS, NARROW, NARROWEST, Row, cut, lay_out, paragraph
from rnn_parity.spec import class_name, is_own
from rnn_parity.verify import VERDICTS, CaseResult, Verdict

if TYPE_CHECKING:
    from rnn_parity.compare import TensorDifference
    from rnn_parity.diagnose import Diagnosis
    from rnn_parity.mistakes.mistake import Mistake

WIDTH = 120  # columns, where there is no terminal to ask
IN_FULL = 3  # failing cases told in full; of the others there is one line each
WITNESSES_NAMED = 3  # witnesses against a diagnosis that are named
_COLOURS = (
    (re.compile(r"\b(DIFFERS|ERROR)\b"), "1;31"),
    (re.compile(r"^(likely mistake|likely(?= ))", re.MULTILINE), "1;33"),
    (re.compile(rf"^({'|'.join(re.escape(label) for label, _ in LABELS.values())})(?=  )", re.MULTILINE), "2"),
)


def check_text(
    verdict: Verdict, *, width: int = WIDTH, in_full: int | None = IN_FULL, options: Sequence[str] = ()
) -> str:
    """Return the whole report of a run: failures, diagnosis, table, what is not supported, errors, the last line.

    in_full:  how many failing cases are told in full, the worst first; None for all
    options:  of the command that made the verdict and that a command for one case needs, too
    """
    failing = worst_first(verdict)
    full = failing[:in_full]
    sections = [failure_text(verdict, result, width=width, options=options) for result in full]
    sections.append("\n".join(cut(_one_line(result), width) for result in failing[len(full) :]))
    sections += [diagnosis_text(verdict, width=width), table_text(verdict, width=width), reasons_text(verdict, width)]
    return "\n\n".join(section for section in (*sections, summary_line(verdict)) if section)


def worst_first(verdict: Verdict) -> list[CaseResult]:
    """Return the cases that differ: those whose values could not be compared, then the largest errors."""
    failing = (result for result in verdict.results if result.verdict == "differ")
    return sorted(failing, key=_badness, reverse=True)


def failure_text(  # noqa: PLR0913  keyword-only
    verdict: Verdict,
    result: CaseResult,
    *,
    width: int = WIDTH,
    options: Sequence[str] = (),
    command: str | None = None,
    diagnosed: bool = True,
) -> str:
    """Return one case that does not agree, in at most eight lines of at most `width` columns (60 or more).

    The command on the last line alone may be longer: it is never cut, since it is to be copied. Without a `command` it
    is `rnn-parity check` with these `options`. Where nobody has looked for mistakes (`diagnosed`), none is spoken of.
    """
    width = max(width, NARROWEST)
    narrow = width < NARROW
    header = f"{result.spec.id} vs {verdict.candidate}   {_word(result)}"
    rows = [Row("header", header)]
    if result.comparison is None:
        rows.append(Row("problem", result.reason or ""))
    else:
        worst = result.comparison.worst
        tensor = f"{worst.name} {worst.shape} {result.spec.dtype}"
        rows = [Row("header", f"{result.spec.id}  {_word(result)}  {tensor}" if narrow else f"{header}   {tensor}")]
        rows += _difference_rows(verdict, result, worst, narrow=narrow)
    rows = [row for row in rows if diagnosed or row.kind != "likely"]
    rows.append(Row("why", result.spec.why))
    rows.append(Row("next", command or check_command(verdict, result.spec.id, options)))
    return "\n".join(lay_out(rows, width))


def diagnosis_text(verdict: Verdict, *, width: int = WIDTH) -> str:
    """Return the mistakes behind the failures of the whole run, with what to repair; '' where nothing differs."""
    failing = verdict.count("differ")
    if not failing:
        return ""
    lines = [line for found in verdict.diagnosis for line in _diagnosis_lines(found, width)]
    unexplained = [one for one in verdict.results if _has_wrong_numbers(one) and not one.explanations]
    own = sum(is_own(result.spec) for result in unexplained)
    left = len(unexplained) - own
    if own:
        words_own = (
            f"no mistake was looked for in {own} of {failing} failing cases: their cells are not TensorFlow's own"
        )
        lines += paragraph(words_own, width, 2)
    if left:
        words_left = f"no known mistake, nor two together, reproduces the numbers of {left} of {failing} failing cases"
        lines += paragraph(words_left, width, 2)
    for one in verdict.signatures:
        shown = f"{one.statement} ({len(one.cases)} of {one.of}); suspects: {', '.join(one.suspects)}"
        lines += paragraph(shown, width, 4)
    return "\n".join(["diagnosis", *lines] if lines else [])


def table_text(verdict: Verdict, *, width: int = WIDTH) -> str:
    """Return a line for each class of cell: how many cases have which verdict, and the largest error among them."""
    heads = ("agree", "differ", "error", "unsup." if width < NARROW else "unsupported", "largest")
    columns = (6, 7, 6, 7, 10) if width < NARROW else (6, 8, 7, 13, 11)
    names = _classes(verdict)
    room = max(14, min(max(map(len, names), default=0) + 1, width - sum(columns)))
    lines = [f"{'cell':<{room}}" + "".join(f"{head:>{size}}" for head, size in zip(heads, columns, strict=True))]
    for name in names:
        results = [result for result in verdict.results if class_name(result.spec.cell) == name]
        counts, largest = Counter(result.verdict for result in results), _largest(results)
        for one in verdict.counted:
            if one.cell == name:
                counts["agree"] += one.count
                largest = _larger(largest, one.largest)
        ratio = "-" if largest is None else words.times(largest).replace("infinitely many", "inf")
        cells = (*(str(counts[word]) for word in VERDICTS), ratio)
        shown = "".join(f"{cell:>{size}}" for cell, size in zip(cells, columns, strict=True))
        lines.append(f"{cut(name, room - 1):<{room}}{shown}")
    return "\n".join(lines)


def summary_line(verdict: Verdict) -> str:
    """Return the last line of a report: counts, largest error, seconds."""
    total = verdict.total
    errors = verdict.count("error")
    agree = f"{verdict.count('agree')} of {total} {_plural(total, 'case')} agree, {verdict.count('differ')} differ"
    parts = [f"{agree}, {errors} {_plural(errors, 'error')}, {verdict.count('unsupported')} unsupported"]
    largest = _largest(verdict.results)
    for one in verdict.counted:
        largest = _larger(largest, one.largest)
    if largest is None:
        parts.append("no values could be compared" if verdict.count("differ") else "nothing was compared")
    else:
        formal = any(
            tensor.max_abs is None for one in verdict.results if one.comparison for tensor in one.comparison.tensors
        )
        of = " of what could be compared" if formal else ""
        parts.append(f"largest error{of} {words.times(largest)} {words.ROUNDING} ({verdict.tolerance.words})")
    parts.append(f"{verdict.seconds:.1f} s")
    return "; ".join(parts)


def check_command(verdict: Verdict, case_id: str, options: Sequence[str] = ()) -> str:
    """Return the command that checks this one case again."""
    tolerance = verdict.tolerance
    given = () if tolerance.rtol is None else ("--rtol", f"{tolerance.rtol:g}", "--atol", f"{tolerance.atol:g}")
    if verdict.candidate.startswith(ANSWERS):
        made: tuple[str, ...] = ("compare", verdict.candidate.removeprefix(ANSWERS))
    else:
        made = ("check", "--candidate", verdict.candidate)
    return shlex.join(("rnn-parity", *made, "--cases", case_id, *given, *options))


def coloured(text: str) -> str:
    """Return `text` with the escape codes of a terminal's colours."""
    for pattern, code in _COLOURS:
        text = pattern.sub(f"\x1b[{code}m\\1\x1b[0m", text)
    return text


def _difference_rows(verdict: Verdict, result: CaseResult, worst: TensorDifference, *, narrow: bool) -> Iterator[Row]:
    if worst.problem != "values":
        yield Row("problem", words.problem(worst))
    if result.first is not None:
        place = f"{words.place(result.first)}    row {result.first.row}, unit {result.first.unit}"
        expected, got = words.pair(result.first.expected, result.first.got)
        if narrow:
            yield Row("first", place)
            yield Row("values", f"should be {expected}, got {got}")
        else:
            yield Row("first", f"{place}    should be {expected}   got {got}")
    if worst.problem == "values":
        yield Row("max", _size_of(result, worst, verdict.tolerance.words, narrow=narrow))
    course = words.growth(result, verdict.tolerance)
    if course is not None:
        yield Row("growth", course)
    if worst.max_abs is not None:
        yield Row("likely", _likely(verdict, result, narrow=narrow))


def _size_of(result: CaseResult, worst: TensorDifference, allowed: str, *, narrow: bool) -> str:
    ratio, count = words.times(worst.ratio or 0.0), f"{worst.mismatched} of {worst.size}"
    if narrow:
        return f"{worst.max_abs:.1e} = {ratio} rounding ({allowed}), {count}"
    tensors = result.comparison.tensors if result.comparison else ()
    others = [tensor.name for tensor in tensors if tensor.problem is not None and tensor is not worst]
    also = f"; also {', '.join(others)}" if others else ""
    return f"{worst.max_abs:.1e} = {ratio} {words.ROUNDING} ({allowed})   {count} elements{also}"


def _likely(verdict: Verdict, result: CaseResult, *, narrow: bool) -> str:
    made = [explanation.mistakes for explanation in result.explanations]
    named = {name for mistakes in made for name in mistakes}
    found = next((one for one in verdict.diagnosis if one.mistakes in made), None)
    if found is None:
        return _suspects(verdict, result)
    if narrow:  # the count first, since the end may be cut
        return f"{found.explains} of {found.of}: {_statements(found.mistakes)}"
    text = f"{_statements(found.mistakes)}: reproduces your numbers in {found.explains} of {found.of} failing cases"
    if found.contradicted_by:
        text += f", but {len(found.contradicted_by)} passing ones speak against it"
    also = [name for name in found.alternatives if set(name.split("+")) <= named]
    return f"{text}; or: {', '.join(also)}" if also else text


def _diagnosis_lines(found: Diagnosis, width: int) -> list[str]:
    mistakes = [mistake for name in found.mistakes if (mistake := _mistake(name)) is not None]
    lines = paragraph(f"{' and '.join(found.mistakes)}: {_statements(found.mistakes)}", width, 2)
    against = found.contradicted_by
    speaks = f"; {len(against)} passing speak against it: {_some(against)}" if against else ""
    if found.unlike:
        speaks += f"; {len(found.unlike)} failing with room for it have other numbers: {_some(found.unlike)}"
    lines += paragraph(f"reproduces the numbers of {found.explains} of {found.of} failing cases{speaks}", width, 4)
    for mistake in mistakes:
        lines += paragraph(f"repair: {mistake.repair}", width, 4)
    for name in found.alternatives:
        lines += paragraph(f"or: {name}: {_statements(name.split('+'))}", width, 4)
    return lines


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:WITNESSES_NAMED]) + (", ..." if len(ids) > WITNESSES_NAMED else "")


def _suspects(verdict: Verdict, result: CaseResult) -> str:
    """Say that nothing reproduces a case's numbers, and what its signature leads to."""
    found = next((one for one in verdict.signatures if result.spec.id in one.cases), None)
    nothing = "no known mistake reproduces these numbers"
    if is_own(result.spec):
        nothing = "not looked for: this cell is not TensorFlow's own"
    return nothing if found is None else f"{nothing}; {found.statement}: suspect {', '.join(found.suspects)}"


def reasons_text(verdict: Verdict, width: int) -> str:
    """Return why cases are not supported or ended with an error, each reason once; '' where there are none."""
    sections = []
    for word in ("unsupported", "error"):
        ids: dict[str, list[str]] = {}
        for result in verdict.results:
            if result.verdict == word:
                ids.setdefault(result.reason or "", []).append(result.spec.id)
        for reason, cases in sorted(ids.items(), key=lambda item: -len(item[1])):
            where = cases[0] if len(cases) == 1 else f"{len(cases)} cases, first {cases[0]}"
            sections += paragraph(f"{word}: {reason} [{where}]", width, 0)
    return "\n".join(sections)


def _one_line(result: CaseResult) -> str:
    if result.comparison is None:
        return f"{result.spec.id}   {_word(result)}"
    worst = result.comparison.worst
    found = words.likely(result)
    short = f"{worst.name} {words.times(worst.ratio or 0.0)} rounding"
    likely = f"   {found}" if found else ""
    return f"{result.spec.id}   DIFFERS   {short if worst.problem == 'values' else words.problem(worst)}{likely}"


def _statements(names: Iterable[str]) -> str:
    return " and ".join(mistake.statement if (mistake := _mistake(name)) else name for name in names)


def _mistake(name: str) -> Mistake | None:
    from rnn_parity.mistakes import MISTAKES  # noqa: PLC0415  a green run spares them

    return next((mistake for mistake in MISTAKES if mistake.id == name), None)


def _word(result: CaseResult) -> str:
    return {"differ": "DIFFERS", "error": "ERROR", "unsupported": "UNSUPPORTED", "agree": "agrees"}[result.verdict]


def _has_wrong_numbers(result: CaseResult) -> bool:
    """Return whether values differ, apart from a wrong form such as a dtype or a missing tensor."""
    tensors = result.comparison.tensors if result.comparison else ()
    return any(tensor.problem in ("values", "padding", "frozen state", "nonfinite") for tensor in tensors)


def _badness(result: CaseResult) -> tuple[bool, float]:
    """Return what to sort failing cases by: those whose values could not be compared, then the largest errors."""
    tensors = result.comparison.tensors if result.comparison else ()
    return any(tensor.max_abs is None for tensor in tensors), words.largest_ratio(result) or 0.0


def _classes(verdict: Verdict) -> list[str]:
    counted = [one.cell for one in verdict.counted]  # has every class, where it has any
    return list(dict.fromkeys([*counted, *(class_name(result.spec.cell) for result in verdict.results)]))


def _largest(results: Iterable[CaseResult]) -> float | None:
    return max((ratio for result in results if (ratio := words.largest_ratio(result)) is not None), default=None)


def _larger(first: float | None, second: float | None) -> float | None:
    return max((one for one in (first, second) if one is not None), default=None)


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
