"""Cases of GRUCell."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, UNITS, case, matrix
from rnn_parity.spec import BidirectionalDynamicRNN, DynamicRNN, GRUCell, StaticRNN, Step

CELL = GRUCell(num_units=UNITS)

CASES = (
    *matrix("gru", CELL),
    case(
        "gru/square",
        "the reset gate applied after the recurrent product instead of before, where all shapes fit",
        GRUCell(num_units=SQUARE_UNITS),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "gru/square-step",
        "r and u swapped, or u inverted, in one step from a given state",
        GRUCell(num_units=SQUARE_UNITS),
        Step(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "gru/float64-ragged-state",
        "single precision somewhere in a double precision cell",
        CELL,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "gru/float64-step-state",
        "a single precision constant or cast in one double precision step",
        CELL,
        Step(initial_state=True),
        dtype="float64",
    ),
    case(
        "gru/float64-bidirectional-ragged-state",
        "single precision somewhere in a double precision backward direction",
        CELL,
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "gru/float16-static",
        "half precision answered in another dtype, or losing more than TensorFlow loses",
        CELL,
        StaticRNN(initial_state=True),
        dtype="float16",
    ),
)
