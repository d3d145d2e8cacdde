"""Cases of HighwayWrapper."""

from rnn_parity.catalogue.build import SQUARE, SQUARE_RAGGED, SQUARE_UNITS, case, wrapped
from rnn_parity.spec import (
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    DynamicRNN,
    GRUCell,
    HighwayWrapper,
    InputProjectionWrapper,
    LSTMCell,
    MultiRNNCell,
    ResidualWrapper,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
)

GIVEN = DynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True)
LSTM = BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7)
GRU = GRUCell(num_units=SQUARE_UNITS)

CASES = (
    *wrapped("highway", lambda cell: HighwayWrapper(cell=cell), square=True),
    case(
        "highway/uncoupled-step",
        "a transform gate that is 1 - carry where it has weights of its own",
        HighwayWrapper(cell=LSTM, couple_carry_transform_gates=False),
        Step(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "highway/uncoupled-ragged-state",
        "carry and transform exchanged, which are of one shape",
        HighwayWrapper(cell=GRU, couple_carry_transform_gates=False),
        GIVEN,
        sizes=SQUARE,
    ),
    case(
        "highway/upper-layers",
        "gates of a layer that look at the stack's input instead of the layer's own",
        MultiRNNCell(
            cells=(LSTMCell(num_units=7, num_proj=SQUARE_UNITS), HighwayWrapper(cell=LSTM), HighwayWrapper(cell=GRU))
        ),
        GIVEN,
        sizes=SQUARE,
    ),
    case(
        "highway/one-object",
        "one set of gates for every layer of a shared highway: TensorFlow names them after each place",
        MultiRNNCell(cells=(HighwayWrapper(cell=LSTM),) * 3, one_object=True),
        StaticRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "highway/one-object-both-directions",
        "one set of gates for both directions of a shared highway",
        HighwayWrapper(cell=LSTM),
        BidirectionalDynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True, cell_bw="cell_fw"),
        sizes=SQUARE,
    ),
    case(
        "highway/one-object-below-a-scope",
        "gates for each direction of a shared highway inside a wrapper, whose scope it shares, too",
        InputProjectionWrapper(cell=HighwayWrapper(cell=GRU), num_proj=SQUARE_UNITS, activation="softsign"),
        StaticBidirectionalRNN(initial_state=True, cell_bw="cell_fw"),
        sizes=SQUARE,
    ),
    case(
        "highway/around-residual",
        "the residual's sum taken for the cell's output, or the converse",
        HighwayWrapper(cell=ResidualWrapper(cell=GRU)),
        GIVEN,
        sizes=SQUARE,
    ),
)
