"""Which cases catch which mistakes -> words and JSON: what `rnn-parity adequacy` prints."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rnn_parity.report.layout import cut
from rnn_parity.report.words import ROUNDING, times
from rnn_parity.tolerance import FACTOR

if TYPE_CHECKING:
    from rnn_parity.adequacy import Adequacy, Catch, Strength

COUNTED = (2, 5, 10)  # at least so many cases catch a mistake, in the totals
COLUMNS = ("caught by", "of", "smallest", "largest")


def adequacy_text(found: Adequacy, width: int) -> str:
    """Return what hides first, then a line for each mistake with room, then the totals; lines are cut at `width`."""
    shown = [one for one in found.strengths if one not in found.without_room]
    lines = [*_warnings(found), *_table(shown), "", *totals(found)]
    return "\n".join(cut(line, width) for line in lines)


def totals(found: Adequacy) -> Iterator[str]:
    """Yield how many mistakes are caught, by how many cases, and by what margin."""
    with_room = len(found.strengths) - len(found.without_room)
    more = ", ".join(f"{found.caught_by_at_least(count)} by {count} or more" for count in COUNTED)
    caught = f"{found.caught_by_at_least(1)} of {_plural(with_room, 'mistake')} caught"
    yield f"{caught}, {more}; {_plural(found.cases, 'case')}"
    if found.without_room:
        yield f"{_plural(len(found.without_room), 'more mistake')} that these cases have no room for"
    margins = [catch.ratio for one in found.strengths for catch in one.caught_by]
    if margins:
        yield f"median margin {times(statistics.median(margins))} {ROUNDING} ({FACTOR:g} allowed)"


def adequacy_json(found: Adequacy) -> dict[str, Any]:
    """Return the document of `adequacy --json`; a ratio that is not finite is null, and its catch says `nonfinite`."""
    return {
        "cases": found.cases,
        "caught": found.caught_by_at_least(1),
        "escaped": [one.mistake.id for one in found.escaped],
        "without_room": [one.mistake.id for one in found.without_room],
        "mistakes": [
            {
                "id": one.mistake.id,
                "statement": one.mistake.statement,
                "room": one.room,
                "caught_by": [_catch(catch) for catch in one.caught_by],
            }
            for one in found.strengths
        ],
    }


def _catch(catch: Catch) -> dict[str, Any]:
    if math.isfinite(catch.ratio):
        return {"case": catch.case, "ratio": catch.ratio}
    return {"case": catch.case, "ratio": None, "nonfinite": True}


def _warnings(found: Adequacy) -> Iterator[str]:
    for title, strengths in (
        ("CAUGHT BY NO CASE: it may be in whatever passes them all", found.escaped),
        ("caught by one case only", found.hanging_on_few),
    ):
        if strengths:
            yield f"{title} ({len(strengths)})"
            yield from (f"  {one.mistake.id}   {one.mistake.statement}" for one in strengths)
            yield ""


def _table(strengths: Sequence[Strength]) -> Iterator[str]:
    """Yield a line for each mistake: by how many of the cases with room it is caught, by what margins, where best."""
    longest = max((len(one.mistake.id) for one in strengths), default=0)
    yield f"{'mistake':<{longest}}  {'  '.join(f'{name:>9}' for name in COLUMNS)}  best case"
    for one in strengths:
        margins = ("-", "-") if not one.caught_by else (times(one.caught_by[-1].ratio), times(one.caught_by[0].ratio))
        best = one.caught_by[0].case if one.caught_by else "none" if one.room else "no case has room for it"
        cells = (str(len(one.caught_by)), str(one.room), *margins)
        yield f"{one.mistake.id:<{longest}}  {'  '.join(f'{cell:>9}' for cell in cells)}  {best}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
