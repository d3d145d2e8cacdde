"""Print the README's table of what is covered: python docs/coverage.py."""

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from rnn_parity.catalogue import CASES
from rnn_parity.spec import DTYPES, Cell, class_name
from rnn_parity.structure import sequence_lengths

RUNS = {
    "Step": "one step",
    "StaticRNN": "`static_rnn`",
    "DynamicRNN": "`dynamic_rnn`",
    "RawRNN": "`raw_rnn`",
    "Chunked": "several calls",
    "StateSavingRNN": "`static_state_saving_rnn`",
    "BidirectionalDynamicRNN": "`bidirectional_dynamic_rnn`",
    "StaticBidirectionalRNN": "`static_bidirectional_rnn`",
    "StackBidirectionalRNN": "`stack_bidirectional_rnn`",
    "StackBidirectionalDynamicRNN": "`stack_bidirectional_dynamic_rnn`",
}


def table() -> Iterator[str]:
    """Yield the table's lines: cases by cell and run, then by dtype, with lengths and with an initial state."""
    kinds = [kind.__name__ for kind in get_args(Cell)]
    counts = Counter((class_name(case.cell), column) for case in CASES for column in _columns(case))
    yield f"| cases | {' | '.join(f'`{kind}`' for kind in kinds)} |"
    yield f"|---|{'---:|' * len(kinds)}"
    for column, title in [*RUNS.items(), *((dtype, dtype) for dtype in DTYPES), *_GIVEN]:
        yield f"| {title} | {' | '.join(str(counts[kind, column]) for kind in kinds)} |"


_GIVEN = (("lengths", "with `sequence_length`"), ("state", "with an initial state"), ("all", "**all**"))


def _columns(case) -> Iterator[str]:
    yield from (class_name(case.run), case.dtype, "all")
    if sequence_lengths(case) is not None:
        yield "lengths"
    if case.run.initial_state:
        yield "state"


if __name__ == "__main__":
    print("\n".join(table()))
