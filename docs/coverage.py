"""The README's table of what is covered, from the catalogue."""

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from rnn_parity.catalogue import CASES
from rnn_parity.spec import DTYPES, CaseSpec, Cell, class_name
from rnn_parity.structure import sequence_lengths

RUNS = {"Step": "one step", "StaticRNN": "`static_rnn`", "DynamicRNN": "`dynamic_rnn`"}
COLUMNS = {
    **RUNS,
    "both ways": "both directions",
    "other": "other runs",
    **{dtype: dtype for dtype in DTYPES},
    "lengths": "with lengths",
    "state": "from a state",
    "all": "**all**",
}


def kinds() -> list[str]:
    """Return the names of all cells."""
    return [kind.__name__ for kind in get_args(Cell)]


def table() -> Iterator[str]:
    """Yield the table's lines: a row a cell; a case counts under the outermost cell of its spec."""
    counts = Counter((class_name(case.cell), column) for case in CASES for column in _columns(case))
    yield f"| cases | {' | '.join(COLUMNS.values())} |"
    yield f"|---|{'---:|' * len(COLUMNS)}"
    for kind in kinds():
        page = f"[`{kind}`](docs/cells/{kind}.md)"
        yield f"| {page} | {' | '.join(str(counts[kind, column] or '') for column in COLUMNS)} |"


def _columns(case: CaseSpec) -> Iterator[str]:
    run = class_name(case.run)
    yield from (case.dtype, "all")
    yield run if run in RUNS else "both ways" if "Bidirectional" in run else "other"
    if sequence_lengths(case) is not None:
        yield "lengths"
    if case.run.initial_state:
        yield "state"
