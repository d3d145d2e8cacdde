"""Batches whose longest row is not the first: what sorts rows, or takes the first length for all steps, shows here."""

from rnn_parity.catalogue.build import CORE, SQUARE, SQUARE_UNITS, UNITS, case
from rnn_parity.spec import (
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    StaticRNN,
)

LONGEST_LAST = (4, 1, 0, 6)
SQUARE_LONGEST_LAST = (2, 0, 5, 1, 6)
STACK = MultiRNNCell(cells=(BasicLSTMCell(num_units=UNITS, forget_bias=0.7), GRUCell(num_units=UNITS)))

CASES = (
    *(
        case(f"{family}/{name}", f"{why}: the longest row is the last", cell, run)
        for family, cell in CORE.items()
        for name, why, run in (
            (
                "longest-last",
                "a batch cut at its first row's length",
                DynamicRNN(sequence_length=LONGEST_LAST, initial_state=True),
            ),
            (
                "longest-last-static",
                "an unrolled loop that ends with the first row",
                StaticRNN(sequence_length=LONGEST_LAST, initial_state=True),
            ),
            (
                "longest-last-bidirectional",
                "rows turned over within the first row's length",
                BidirectionalDynamicRNN(sequence_length=LONGEST_LAST, initial_state=True),
            ),
        )
    ),
    case(
        "lstm/longest-last-square-projection",
        "rows sorted by length and not put back, or a projection outside the loop, where all shapes fit",
        LSTMCell(num_units=SQUARE_UNITS, num_proj=SQUARE_UNITS, forget_bias=0.7),
        DynamicRNN(sequence_length=SQUARE_LONGEST_LAST, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "stacked/longest-last",
        "a stack whose upper layers end with the first row",
        STACK,
        DynamicRNN(sequence_length=LONGEST_LAST, initial_state=True),
    ),
)
