"""Cases of LSTMCell whose kernels TensorFlow keeps in parts, as graphs of the time have them: `kernel/part_0`, ..."""

from rnn_parity.catalogue.build import PROJECTED, RAGGED, SQUARE, SQUARE_UNITS, UNITS, case
from rnn_parity.spec import (
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

DEEP = Sizes(batch_size=4, max_time=6, depth=7)  # kernels of twelve rows
THREE = LSTMCell(num_units=UNITS, num_unit_shards=3, forget_bias=0.7)
FOUR = LSTMCell(num_units=SQUARE_UNITS, num_unit_shards=4, forget_bias=0.7)
PROJECTION = LSTMCell(
    num_units=UNITS,
    use_peepholes=True,
    cell_clip=0.6,
    num_proj=PROJECTED,
    proj_clip=0.35,
    num_unit_shards=2,
    num_proj_shards=2,
    forget_bias=0.7,
)

CASES = (
    case(
        "lstm/shards-step",
        "parts of a kernel that are joined in another order, where they differ in size",
        THREE,
        Step(initial_state=True),
    ),
    case(
        "lstm/shards-equal",
        "parts of a kernel that are joined by columns, or in another order, where they are equally large",
        FOUR,
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "lstm/shards-one",
        "a kernel that is not found because its only part is called part_0",
        LSTMCell(num_units=UNITS, num_unit_shards=1, forget_bias=0.7),
        StaticRNN(initial_state=True),
    ),
    case(
        "lstm/shards-more-than-rows-ragged",
        "part_10 joined before part_2, or parts looked for that a kernel of few rows does not have",
        LSTMCell(num_units=UNITS, num_unit_shards=20, forget_bias=0.7),
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=DEEP,
    ),
    case(
        "lstm/shards-eleven-bidirectional",
        "part_10 joined before part_2 in both directions, where the first part has a row more than the others",
        LSTMCell(num_units=UNITS, num_unit_shards=11, forget_bias=-0.4),
        BidirectionalDynamicRNN(initial_state=True),
        sizes=DEEP,
    ),
    case(
        "lstm/shards-projection-ragged",
        "parts of the projection joined in another order, or taken for parts of the kernel",
        PROJECTION,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "lstm/shards-projection-alone",
        "a kernel looked for in parts because the projection is in parts",
        LSTMCell(num_units=UNITS, num_proj=PROJECTED, num_proj_shards=5, forget_bias=0.7),
        StaticRNN(sequence_length=RAGGED),
    ),
    case(
        "lstm/shards-bidirectional-ragged",
        "the backward kernel joined from as many parts as the forward one",
        THREE,
        BidirectionalDynamicRNN(
            sequence_length=RAGGED,
            initial_state=True,
            cell_bw=LSTMCell(num_units=UNITS, num_unit_shards=5, forget_bias=1.6),
        ),
    ),
    case(
        "lstm/shards-static-bidirectional",
        "parts of one direction joined to the other's",
        PROJECTION,
        StaticBidirectionalRNN(initial_state=True),
    ),
    case(
        "lstm/shards-stack-ragged",
        "parts of one layer joined to another's, or looked for in a layer that is whole",
        MultiRNNCell(cells=(THREE, GRUCell(num_units=SQUARE_UNITS), FOUR)),
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "lstm/shards-float64",
        "parts joined in single precision",
        PROJECTION,
        DynamicRNN(initial_state=True, time_major=True),
        dtype="float64",
    ),
)
