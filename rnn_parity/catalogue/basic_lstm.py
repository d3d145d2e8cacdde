"""Cases of BasicLSTMCell."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, UNITS, case, matrix
from rnn_parity.spec import BasicLSTMCell, BidirectionalDynamicRNN, DynamicRNN, StaticRNN, Step

CELL = BasicLSTMCell(num_units=UNITS, forget_bias=0.7)

CASES = (
    *matrix("basic-lstm", CELL),
    case(
        "basic-lstm/defaults",
        "a forget_bias that is left out where nothing names it: TensorFlow's default is 1",
        BasicLSTMCell(num_units=UNITS),
        DynamicRNN(),
    ),
    case(
        "basic-lstm/forget-bias-zero",
        "a forget_bias of 1 that is hard-coded",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.0),
        DynamicRNN(initial_state=True),
    ),
    case(
        "basic-lstm/forget-bias-negative",
        "a forget_bias whose sign is lost",
        BasicLSTMCell(num_units=UNITS, forget_bias=-1.3),
        DynamicRNN(initial_state=True),
    ),
    case(
        "basic-lstm/square",
        "gates read in another order, where every shape fits",
        BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "basic-lstm/concat-state-step",
        "c and h swapped in the concatenated state [c | h]",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7, state_is_tuple=False),
        Step(initial_state=True),
    ),
    case(
        "basic-lstm/concat-state-ragged",
        "a concatenated state that is frozen in one half only",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7, state_is_tuple=False),
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "basic-lstm/float64-ragged-state",
        "single precision somewhere in a double precision cell",
        CELL,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "basic-lstm/float64-step-state",
        "a single precision constant, as forget_bias often is, in one double precision step",
        CELL,
        Step(initial_state=True),
        dtype="float64",
    ),
    case(
        "basic-lstm/float64-bidirectional-ragged-state",
        "single precision somewhere in a double precision backward direction",
        CELL,
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "basic-lstm/float16-static",
        "half precision answered in another dtype, or losing more than TensorFlow loses",
        CELL,
        StaticRNN(initial_state=True),
        dtype="float16",
    ),
)
