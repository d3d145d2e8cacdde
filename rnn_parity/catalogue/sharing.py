"""Cases of one cell object in several places: `[cell] * n`, and one cell for both directions."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, UNITS, case
from rnn_parity.spec import (
    SAME_OBJECT,
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
)

SQUARE_RAGGED = (6, 4, 1, 0, 5)

LSTM = BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7)
GRU = GRUCell(num_units=SQUARE_UNITS)
LSTMS = MultiRNNCell(cells=(LSTM,) * 3, one_object=True)

CASES = (
    case(
        "sharing/stack-step",
        "a cell object used three times whose second and third use has no weights",
        LSTMS,
        Step(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "sharing/stack",
        "a cell object used three times that has one state, too: every place has its own",
        LSTMS,
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "sharing/stack-gru-ragged",
        "a GRU used three times whose places are not all frozen",
        MultiRNNCell(cells=(GRU,) * 3, one_object=True),
        DynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "sharing/stack-peephole-projection",
        "peepholes or projection not shared along with the kernel",
        MultiRNNCell(
            cells=(LSTMCell(num_units=UNITS, use_peepholes=True, num_proj=SQUARE_UNITS, forget_bias=0.7),) * 2,
            one_object=True,
        ),
        StaticRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "sharing/stack-concat-state",
        "one cell's width taken for the width of all its places in a concatenated state",
        MultiRNNCell(
            cells=(BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7, state_is_tuple=False),) * 3,
            state_is_tuple=False,
            one_object=True,
        ),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "sharing/stack-summed",
        "one object's outputs summed once instead of once a place",
        SummedMultiRNNCell(cells=(GRU,) * 3, one_object=True),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "sharing/stack-float64",
        "a shared cell in single precision",
        MultiRNNCell(cells=(BasicRNNCell(num_units=SQUARE_UNITS),) * 3, one_object=True),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
        dtype="float64",
    ),
    case(
        "sharing/directions-lstm-ragged",
        "a backward direction without weights where it is the forward cell object itself",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7),
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True, cell_bw=SAME_OBJECT),
    ),
    case(
        "sharing/directions-gru-static",
        "weights of one object looked for under the backward direction",
        GRUCell(num_units=UNITS),
        StaticBidirectionalRNN(initial_state=True, cell_bw=SAME_OBJECT),
    ),
    case(
        "sharing/directions-stack",
        "a stack for both directions of which one layer only is shared",
        MultiRNNCell(cells=(BasicLSTMCell(num_units=UNITS, forget_bias=0.7), GRUCell(num_units=2))),
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True, cell_bw=SAME_OBJECT),
    ),
    case(
        "sharing/directions-and-layers",
        "one object in every layer of both directions given more than one set of weights",
        LSTMS,
        BidirectionalDynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True, cell_bw=SAME_OBJECT),
        sizes=SQUARE,
    ),
)
