"""Cases of BasicRNNCell."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, UNITS, case, matrix
from rnn_parity.spec import BasicRNNCell, BidirectionalDynamicRNN, DynamicRNN, StaticRNN, Step

CELL = BasicRNNCell(num_units=UNITS)

CASES = (
    *matrix("basic-rnn", CELL),
    case(
        "basic-rnn/square",
        "kernel rows read as [h; x]: with D == H they fit and only values tell",
        BasicRNNCell(num_units=SQUARE_UNITS),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "basic-rnn/float64-ragged-state",
        "single precision somewhere in a double precision cell",
        CELL,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "basic-rnn/float64-step-state",
        "a single precision constant or cast in one double precision step",
        CELL,
        Step(initial_state=True),
        dtype="float64",
    ),
    case(
        "basic-rnn/float64-bidirectional-ragged-state",
        "single precision somewhere in a double precision backward direction",
        CELL,
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "basic-rnn/float16-static",
        "half precision answered in another dtype, or losing more than TensorFlow loses",
        CELL,
        StaticRNN(initial_state=True),
        dtype="float16",
    ),
)
