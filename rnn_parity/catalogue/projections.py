"""Cases of InputProjectionWrapper, OutputProjectionWrapper and EmbeddingWrapper."""

from rnn_parity.catalogue.build import (
    PROJECTED,
    RAGGED,
    SQUARE,
    SQUARE_RAGGED,
    SQUARE_UNITS,
    UNITS,
    case,
    wrapped,
)
from rnn_parity.spec import (
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    Cell,
    DeviceWrapper,
    DynamicRNN,
    EmbeddingWrapper,
    GRUCell,
    InputProjectionWrapper,
    MultiRNNCell,
    OutputProjectionWrapper,
    Sizes,
    StaticRNN,
    Step,
)

GIVEN = DynamicRNN(sequence_length=RAGGED, initial_state=True)
SQUARE_GIVEN = DynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True)
LSTM = BasicLSTMCell(num_units=UNITS, forget_bias=0.7)
SQUARE_LSTM = BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7)
GRU = GRUCell(num_units=UNITS)
CLASSES, EMBEDDED = 9, 3
IDS = Sizes(batch_size=4, max_time=6, depth=1)


def embedded(cell: Cell) -> EmbeddingWrapper:
    """Return the wrapper of most cases around this cell."""
    return EmbeddingWrapper(cell=cell, embedding_classes=CLASSES, embedding_size=EMBEDDED)


CASES = (
    *wrapped("input-projection", lambda cell: InputProjectionWrapper(cell=cell, num_proj=PROJECTED)),
    case(
        "input-projection/square",
        "a projection left out where the cell would fit its inputs",
        InputProjectionWrapper(cell=SQUARE_LSTM, num_proj=SQUARE_UNITS),
        SQUARE_GIVEN,
        sizes=SQUARE,
    ),
    case(
        "input-projection/relu",
        "the projection's activation left out, or tanh in its place",
        InputProjectionWrapper(cell=GRU, num_proj=7, activation="relu"),
        GIVEN,
    ),
    case(
        "input-projection/nested",
        "two projections in the order of the outputs",
        InputProjectionWrapper(
            cell=InputProjectionWrapper(cell=LSTM, num_proj=3, activation="tanh"), num_proj=3, activation="relu"
        ),
        GIVEN,
    ),
    *wrapped("output-projection", lambda cell: OutputProjectionWrapper(cell=cell, output_size=PROJECTED)),
    case(
        "output-projection/square",
        "a projected output that is fed back as h, or projected before the cell",
        OutputProjectionWrapper(cell=SQUARE_LSTM, output_size=SQUARE_UNITS),
        SQUARE_GIVEN,
        sizes=SQUARE,
    ),
    case(
        "output-projection/softmax",
        "the projection's activation left out, or over another axis",
        OutputProjectionWrapper(cell=LSTM, output_size=7, activation="softmax"),
        GIVEN,
    ),
    case(
        "output-projection/every-layer",
        "a layer that reads h where it should read the projection of the layer below",
        MultiRNNCell(
            cells=(
                OutputProjectionWrapper(cell=SQUARE_LSTM, output_size=SQUARE_UNITS, activation="tanh"),
                OutputProjectionWrapper(cell=SQUARE_LSTM, output_size=SQUARE_UNITS),
            )
        ),
        SQUARE_GIVEN,
        sizes=SQUARE,
    ),
    case(
        "output-projection/around-input-projection",
        "the two projections exchanged, which are of one shape",
        OutputProjectionWrapper(
            cell=InputProjectionWrapper(cell=GRUCell(num_units=SQUARE_UNITS), num_proj=SQUARE_UNITS),
            output_size=SQUARE_UNITS,
        ),
        SQUARE_GIVEN,
        sizes=SQUARE,
    ),
    case(
        "output-projection/one-object",
        "a projection for every place of one object",
        MultiRNNCell(
            cells=(OutputProjectionWrapper(cell=GRUCell(num_units=SQUARE_UNITS), output_size=SQUARE_UNITS),) * 2,
            one_object=True,
        ),
        BidirectionalDynamicRNN(initial_state=True, cell_bw="cell_fw"),
        sizes=SQUARE,
    ),
    *wrapped("embedding", embedded, depth=1),
    case(
        "embedding/around-output-projection",
        "ids that reach something else than the embedding",
        DeviceWrapper(cell=OutputProjectionWrapper(cell=embedded(LSTM), output_size=7), device="/cpu:0"),
        StaticRNN(sequence_length=RAGGED, initial_state=True),
        sizes=IDS,
    ),
    case(
        "embedding/one-direction",
        "the embedding of one direction used for both",
        embedded(GRU),
        BidirectionalDynamicRNN(
            sequence_length=RAGGED,
            initial_state=True,
            cell_bw=EmbeddingWrapper(cell=LSTM, embedding_classes=7, embedding_size=2),
        ),
        sizes=IDS,
    ),
    case(
        "embedding/step-of-a-stack",
        "an embedding in every layer of a stack",
        MultiRNNCell(cells=(embedded(LSTM), LSTM, GRU)),
        Step(initial_state=True),
        sizes=IDS,
    ),
)
