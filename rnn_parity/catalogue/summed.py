"""Cases of SummedMultiRNNCell: a stack that answers the sum of all its layers' outputs."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, case
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    Chunked,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    Sizes,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
)

SIZES = Sizes(batch_size=4, max_time=6, depth=7)
SQUARE_RAGGED = (6, 4, 1, 0, 5)

LSTMS = SummedMultiRNNCell(
    cells=tuple(BasicLSTMCell(num_units=5, forget_bias=forget_bias) for forget_bias in (0.7, 1.6, -0.4))
)
SQUARE_LSTMS = SummedMultiRNNCell(cells=(BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7),) * 3)
SQUARE_GRUS = SummedMultiRNNCell(cells=(GRUCell(num_units=SQUARE_UNITS),) * 3)
MIXED = SummedMultiRNNCell(
    cells=(
        GRUCell(num_units=5),
        LSTMCell(num_units=8, use_peepholes=True, cell_clip=0.6, num_proj=5, forget_bias=0.7),
        BasicRNNCell(num_units=5, activation="relu"),
        BasicLSTMCell(num_units=5, forget_bias=1.6),
    )
)
CONCATENATED = SummedMultiRNNCell(
    cells=(
        BasicLSTMCell(num_units=5, forget_bias=0.7, state_is_tuple=False),
        GRUCell(num_units=5),
        LSTMCell(num_units=8, num_proj=5, forget_bias=0.7, state_is_tuple=False),
    ),
    state_is_tuple=False,
)

CASES = (
    case(
        "summed/step",
        "a sum over layers gone wrong in a single step",
        LSTMS,
        Step(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "summed/lstm",
        "the sum over layers fed back or up: layers read the output below them, the sum is answered alone",
        LSTMS,
        DynamicRNN(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "summed/lstm-zero-state",
        "a sum over layers that does not start from zeros",
        LSTMS,
        StaticRNN(),
        sizes=SIZES,
    ),
    case(
        "summed/lstm-time-major-ragged",
        "sums past a row's length that are not exactly 0",
        LSTMS,
        DynamicRNN(sequence_length=RAGGED, initial_state=True, time_major=True),
        sizes=SIZES,
    ),
    case(
        "summed/square-lstm",
        "the input counted among the outputs to be summed, where its width fits",
        SQUARE_LSTMS,
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "summed/square-gru-ragged",
        "the mean of GRU layers taken for their sum, over rows that end",
        SQUARE_GRUS,
        DynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "summed/square-lstm-static-bidirectional",
        "sums taken over directions instead of layers",
        SQUARE_LSTMS,
        StaticBidirectionalRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "summed/mixed",
        "layers of different kinds left out of the sum",
        MIXED,
        DynamicRNN(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "summed/mixed-bidirectional-ragged",
        "a sum over layers of different kinds that is not turned back with its direction",
        MIXED,
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "summed/concat-state",
        "the concatenated state of a summed stack holding the sum, or cut in the wrong places",
        CONCATENATED,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "summed/concat-state-step",
        "the concatenated state of a summed stack joined in another order",
        CONCATENATED,
        Step(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "summed/chunked-carried",
        "the sum carried to the next call in place of the last layer's state",
        SQUARE_GRUS,
        Chunked(chunks=(2, 4), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "summed/float64",
        "a sum over layers in single precision",
        MIXED,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
        dtype="float64",
    ),
    case(
        "summed/float16",
        "half precision lost in the sum over layers",
        SQUARE_LSTMS,
        StaticRNN(initial_state=True),
        sizes=SQUARE,
        dtype="float16",
    ),
)
