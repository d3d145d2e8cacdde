"""Cases of PhasedLSTMCell, which reads a tuple (times, features)."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    DeviceWrapper,
    DynamicRNN,
    GRUCell,
    MultiRNNCell,
    PhasedLSTMCell,
    StaticBidirectionalRNN,
    StaticRNN,
)

CELL = PhasedLSTMCell(num_units=UNITS, leak=0.04)
PEEPING = PhasedLSTMCell(num_units=UNITS, use_peepholes=True, leak=0.04)

CASES = (
    *contrib(
        "phased-lstm",
        CELL,
        PhasedLSTMCell(num_units=SQUARE_UNITS, leak=0.04),
        stack=MultiRNNCell(cells=(CELL, GRUCell(num_units=SQUARE_UNITS))),  # above, a cell would be fed no times
    ),
    case(
        "phased-lstm/defaults",
        "a leak that is left out where nothing names it: TensorFlow's default is 0.001",
        PhasedLSTMCell(num_units=UNITS),
        DynamicRNN(initial_state=True),
    ),
    case(
        "phased-lstm/no-leak",
        "closed units that move although nothing leaks",
        PhasedLSTMCell(num_units=UNITS, leak=0.0),
        DynamicRNN(initial_state=True),
    ),
    case(
        "phased-lstm/peepholes",
        "peepholes left out, diagonal, or of the output gate on the old c",
        PEEPING,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "phased-lstm/square-peepholes",
        "rows of h and c swapped in a kernel of [x h c], where all shapes fit",
        PhasedLSTMCell(num_units=SQUARE_UNITS, use_peepholes=True, leak=0.04),
        StaticRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "phased-lstm/bidirectional-time-major",
        "times that are not turned around together with the features",
        CELL,
        BidirectionalDynamicRNN(sequence_length=RAGGED, time_major=True),
    ),
    case(
        "phased-lstm/static-bidirectional-peepholes-state",
        "times or states of one direction used for the other",
        PEEPING,
        StaticBidirectionalRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "phased-lstm/device",
        "a wrapper that hands on one array of the two",
        DeviceWrapper(cell=CELL, device="/cpu:0"),
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
)
