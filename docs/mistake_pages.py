"""A page a family of mistakes, from the catalogue: what goes wrong, how it is mended, where it was seen, its room."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rnn_parity.catalogue import CASES
from rnn_parity.mistakes import MISTAKES, Mistake
from rnn_parity.report.room import room_words


def pages() -> dict[str, str]:
    """Return file name -> text of every family's page, and of the index."""
    families = {name: list(found) for name, found in groupby(sorted(MISTAKES, key=family), key=family)}
    texts = {f"{name}.md": "\n".join(_page(name, found)) + "\n" for name, found in families.items()}
    return texts | {"index.md": "\n".join(_index(families)) + "\n"}


def family(mistake: Mistake) -> str:
    """Return the first part of a mistake's id."""
    return mistake.id.split("/")[0]


def _index(families: dict[str, list[Mistake]]) -> Iterator[str]:
    count = sum(map(len, families.values()))
    yield from ("# Mistakes", "")
    yield f"The {count} known ways to get TensorFlow's numbers wrong, written by `make generated` from the catalogue:"
    yield "each is TensorFlow's semantics made wrong in one place, and is found in a candidate by making it on purpose."
    yield "`rnn-parity mistakes` lists them; `rnn-parity mistakes ID` shows one."
    yield from ("", "| family | mistakes | the first of them |", "|---|---|---|")
    for name, found in families.items():
        yield f"| [`{name}`]({name}.md) | {len(found)} | {_cell(found[0].statement)} |"
    yield from ("", "```{toctree}", "---", "maxdepth: 1", "hidden:", "---", *families, "```")


def _page(name: str, found: list[Mistake]) -> Iterator[str]:
    yield from (f"# Mistakes: {name}", "", "| id | statement |", "|---|---|")
    yield from (f"| [`{mistake.id}`](#{_anchor(mistake)}) | {_cell(mistake.statement)} |" for mistake in found)
    for mistake in found:
        yield from ("", f"({_anchor(mistake)})=", f"## {mistake.statement}", "", f"`{mistake.id}`", "")
        yield from (mistake.explanation, "", f"**Repair.** {mistake.repair}")
        if mistake.seen:
            yield from ("", f"**Seen** in {', '.join(f'<{link}>' for link in mistake.seen)}.")
        yield from ("", f"**Room** in {room_words(mistake, CASES)}.")


def _anchor(mistake: Mistake) -> str:
    return mistake.id.replace("/", "-").replace(".", "-").lower()


def _cell(text: str) -> str:
    """Return a text for a cell of a table, in which a bar would begin the next one."""
    return text.replace("|", "\\|")
