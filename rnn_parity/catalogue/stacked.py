"""Cases of MultiRNNCell."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, case
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    Sizes,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
)

# Three layers, so the input depth is 7: sizes stay different from the number of layers, too.
SIZES = Sizes(batch_size=4, max_time=6, depth=7)

LSTMS = MultiRNNCell(
    cells=(
        BasicLSTMCell(num_units=5, forget_bias=0.7),
        BasicLSTMCell(num_units=2, forget_bias=1.6),
        BasicLSTMCell(num_units=8, forget_bias=-0.4),
    )
)
SQUARE_LSTMS = MultiRNNCell(cells=(BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7),) * 3)
SQUARE_GRUS = MultiRNNCell(cells=(GRUCell(num_units=SQUARE_UNITS),) * 3)
SQUARE_RNNS = MultiRNNCell(cells=(BasicRNNCell(num_units=SQUARE_UNITS),) * 3)
MIXED = MultiRNNCell(
    cells=(
        GRUCell(num_units=5),
        LSTMCell(num_units=8, use_peepholes=True, cell_clip=0.6, num_proj=2, proj_clip=0.35, forget_bias=0.7),
        BasicRNNCell(num_units=3, activation="relu"),
        BasicLSTMCell(num_units=5, forget_bias=1.6),
    )
)
CONCATENATED = MultiRNNCell(
    cells=(
        BasicLSTMCell(num_units=5, forget_bias=0.7, state_is_tuple=False),
        GRUCell(num_units=2),
        LSTMCell(num_units=8, num_proj=3, forget_bias=0.7, state_is_tuple=False),
    ),
    state_is_tuple=False,
)
CONCATENATED_INSIDE = MultiRNNCell(
    cells=(
        BasicLSTMCell(num_units=5, forget_bias=0.7, state_is_tuple=False),
        LSTMCell(num_units=2, forget_bias=0.7, state_is_tuple=False),
    )
)

CASES = (
    case(
        "stacked/lstm-step",
        "layers called in another order in a single step",
        LSTMS,
        Step(initial_state=True),
        sizes=SIZES,
    ),
    case("stacked/lstm-static", "a stack fed its own output", LSTMS, StaticRNN(initial_state=True), sizes=SIZES),
    case("stacked/lstm-zero-state", "a stack that does not start from zeros", LSTMS, DynamicRNN(), sizes=SIZES),
    case(
        "stacked/lstm",
        "forget_bias applied in one layer only, or the same in all",
        LSTMS,
        DynamicRNN(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/lstm-ragged",
        "final states of lower layers that are not frozen",
        LSTMS,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/lstm-time-major-ragged",
        "time and batch swapped between layers",
        LSTMS,
        DynamicRNN(sequence_length=RAGGED, initial_state=True, time_major=True),
        sizes=SIZES,
    ),
    case(
        "stacked/lstm-bidirectional-ragged",
        "layer and direction interleaved: each direction has its own whole stack",
        LSTMS,
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/lstm-static-bidirectional-ragged",
        "states of layers given to the other direction",
        LSTMS,
        StaticBidirectionalRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/lstm-float64",
        "single precision in one layer of a double precision stack",
        LSTMS,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
        dtype="float64",
    ),
    case(
        "stacked/square-lstm",
        "layers that share one set of weights: with D == H they fit",
        SQUARE_LSTMS,
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "stacked/square-lstm-step",
        "initial states of layers swapped, where they fit",
        SQUARE_LSTMS,
        Step(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "stacked/square-gru",
        "GRU layers that share one set of weights: with D == H they fit",
        SQUARE_GRUS,
        DynamicRNN(sequence_length=(6, 4, 1, 0, 5), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "stacked/square-basic-rnn",
        "BasicRNN layers that share one set of weights: with D == H they fit",
        SQUARE_RNNS,
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "stacked/square-lstm-bidirectional-ragged",
        "weights of a layer taken from the other direction, where they fit",
        SQUARE_LSTMS,
        BidirectionalDynamicRNN(sequence_length=(6, 4, 1, 0, 5), initial_state=True),
        sizes=SQUARE,
    ),
    case("stacked/mixed-step", "cells of different kinds in one stack", MIXED, Step(initial_state=True), sizes=SIZES),
    case(
        "stacked/mixed",
        "states of different kinds in one stack: an array, a tuple (c, h), an array, a tuple",
        MIXED,
        DynamicRNN(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/mixed-ragged",
        "rows that end in a stack of different kinds",
        MIXED,
        StaticRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/mixed-float64-bidirectional",
        "single precision in one cell of a double precision stack, in either direction",
        MIXED,
        BidirectionalDynamicRNN(initial_state=True, time_major=True),
        sizes=SIZES,
        dtype="float64",
    ),
    case(
        "stacked/concat-state",
        "the concatenated state [c0 | h0 | h1 | c2 | h2] cut in the wrong places",
        CONCATENATED,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/concat-state-step",
        "the concatenated state of a stack joined in another order",
        CONCATENATED,
        Step(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/concat-state-bidirectional",
        "concatenated states of two directions mixed up",
        CONCATENATED,
        StaticBidirectionalRNN(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/concat-inside-tuple",
        "a tuple of concatenated states taken for a tuple of (c, h)",
        CONCATENATED_INSIDE,
        DynamicRNN(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/one-layer",
        "a stack of one cell whose state is not a tuple of one",
        MultiRNNCell(cells=(BasicLSTMCell(num_units=5, forget_bias=0.7),)),
        DynamicRNN(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "stacked/three-of-width-two",
        "three BasicLSTMCells of width 2 taken for one cell used three times",
        MultiRNNCell(cells=(BasicLSTMCell(num_units=2),) * 3),
        DynamicRNN(),
        sizes=Sizes(batch_size=4, max_time=6, depth=2),
    ),
    case(
        "stacked/float16",
        "half precision lost between layers",
        SQUARE_LSTMS,
        StaticRNN(initial_state=True),
        sizes=SQUARE,
        dtype="float16",
    ),
)
