"""Cases of two directions beyond one cell used twice: other cells, other widths, square weights, double precision."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, UNITS, case
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    GRUCell,
    LSTMCell,
    StaticBidirectionalRNN,
)

SQUARE_RAGGED = (6, 4, 1, 0, 5)

CASES = (
    case(
        "bidirectional/lstm-and-gru",
        "the backward cell taken to be of the forward cell's kind",
        LSTMCell(num_units=UNITS, use_peepholes=True, forget_bias=0.7),
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True, cell_bw=GRUCell(num_units=2)),
    ),
    case(
        "bidirectional/widths-differ",
        "[fw | bw] cut in the middle although the directions differ in width",
        BasicLSTMCell(num_units=2, forget_bias=0.7),
        StaticBidirectionalRNN(
            sequence_length=RAGGED, initial_state=True, cell_bw=BasicLSTMCell(num_units=UNITS, forget_bias=1.6)
        ),
    ),
    case(
        "bidirectional/forget-biases-differ",
        "both directions given the forward cell's options",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7),
        BidirectionalDynamicRNN(initial_state=True, cell_bw=BasicLSTMCell(num_units=UNITS, forget_bias=-0.4)),
    ),
    case(
        "bidirectional/square-lstm",
        "directions swapped, or the backward cell given forward weights, where all shapes fit",
        BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7),
        BidirectionalDynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "bidirectional/square-gru-static",
        "the final backward state taken at the wrong end",
        GRUCell(num_units=SQUARE_UNITS),
        StaticBidirectionalRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "bidirectional/square-basic-rnn",
        "rows reversed over all steps instead of within their length",
        BasicRNNCell(num_units=SQUARE_UNITS),
        BidirectionalDynamicRNN(sequence_length=SQUARE_RAGGED, time_major=True),
        sizes=SQUARE,
    ),
    case(
        "bidirectional/float64",
        "single precision in one direction of a double precision run",
        LSTMCell(num_units=UNITS, use_peepholes=True, num_proj=2, forget_bias=0.7),
        StaticBidirectionalRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "bidirectional/all-rows-empty",
        "a backward direction that fails where every row has length 0",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7),
        BidirectionalDynamicRNN(sequence_length=(0, 0, 0, 0), initial_state=True),
    ),
)
