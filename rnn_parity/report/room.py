"""Where a mistake can be made: in how many cases, in which cells and runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rnn_parity.spec import CaseSpec, class_name
from rnn_parity.structure import cells_of
from rnn_parity.weights import layers

if TYPE_CHECKING:
    from rnn_parity.mistakes.mistake import Mistake

MANY = 6  # names that are still listed one by one


def room_words(mistake: Mistake, specs: Iterable[CaseSpec]) -> str:
    """Return how many of the cases leave room for a mistake, and in which cells and runs: "2 cases: GRUCell; Step"."""
    cases = [spec for spec in specs if mistake.applies(spec)]
    inner = {class_name(layer.cell) for case in cases for layer in layers(case)}
    outer = {class_name(cell) for case in cases for cell in cells_of(case)}
    runs = {class_name(case.run) for case in cases}
    return f"{len(cases)} cases: {_named(inner | outer, 'kinds of cells')}; {_named(runs, 'kinds of runs')}"


def _named(names: set[str], what: str) -> str:
    return f"{len(names)} {what}" if len(names) > MANY else ", ".join(sorted(names))
