"""Cases of DropoutWrapper: what is dropped, around which cells, in which runs; the masks are TensorFlow's own."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, UNITS, case
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    Cell,
    Chunked,
    DeviceWrapper,
    DropoutWrapper,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    ResidualWrapper,
    StateFilter,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
)

WIDE_UNITS = 8
SQUARE_RAGGED = (6, 4, 1, 0, 5)

RNN = BasicRNNCell(num_units=UNITS)
GRU = GRUCell(num_units=UNITS)
BASIC = BasicLSTMCell(num_units=UNITS, forget_bias=0.7)
LSTM = LSTMCell(num_units=UNITS, use_peepholes=True, cell_clip=0.6, forget_bias=0.7)
PROJECTED = LSTMCell(num_units=WIDE_UNITS, num_proj=UNITS, proj_clip=0.35, forget_bias=1.6)
COLUMNS = BasicLSTMCell(num_units=UNITS, forget_bias=0.7, state_is_tuple=False)

STATE = DynamicRNN(initial_state=True)
RAGGED_STATE = DynamicRNN(sequence_length=RAGGED, initial_state=True)


def dropped(cell: Cell, *, variational: bool = False, visitor: StateFilter | None = None) -> DropoutWrapper:
    """Return the cell with dropout of everything, at probabilities that differ."""
    return DropoutWrapper(
        cell=cell,
        input_keep_prob=0.7,
        output_keep_prob=0.6,
        state_keep_prob=0.8,
        variational_recurrent=variational,
        dropout_state_filter_visitor=visitor,
    )


STACK = MultiRNNCell(cells=(BASIC, GRUCell(num_units=7), LSTM))
LAYERS = MultiRNNCell(
    cells=(
        DropoutWrapper(cell=BASIC, output_keep_prob=0.7),
        DropoutWrapper(cell=GRUCell(num_units=7), input_keep_prob=0.8, state_keep_prob=0.6),
        dropped(LSTM),
    )
)

CASES = (
    case(
        "dropout/input",
        "inputs that are not dropped, or not scaled",
        DropoutWrapper(cell=GRU, input_keep_prob=0.7),
        STATE,
    ),
    case(
        "dropout/output",
        "a dropped output that is fed back as h",
        DropoutWrapper(cell=BASIC, output_keep_prob=0.6),
        RAGGED_STATE,
    ),
    case(
        "dropout/state",
        "a state that is dropped on the way in, a c that is dropped, an output of the dropped state",
        DropoutWrapper(cell=BASIC, state_keep_prob=0.6),
        STATE,
    ),
    case(
        "dropout/state-gru-ragged",
        "a frozen state that is dropped again past a row's length",
        DropoutWrapper(cell=GRU, state_keep_prob=0.75),
        RAGGED_STATE,
    ),
    case("dropout/step", "masks of outputs and states exchanged in a single step", dropped(BASIC), Step()),
    case(
        "dropout/step-state",
        "an initial state that is dropped before it is read",
        dropped(LSTM),
        Step(initial_state=True),
    ),
    case("dropout/basic-rnn", "the output taken for the state where both are one array", dropped(RNN), STATE),
    case(
        "dropout/gru-static-ragged",
        "masks of steps that a row does not reach",
        dropped(GRU),
        StaticRNN(sequence_length=RAGGED),
    ),
    case("dropout/basic-lstm-ragged", "one mask for all steps or for all rows", dropped(BASIC), RAGGED_STATE),
    case(
        "dropout/lstm",
        "dropout before clips and peepholes, which see the whole state of the step before",
        dropped(LSTM),
        STATE,
    ),
    case(
        "dropout/projection-ragged",
        "h dropped before it is projected: what is dropped is as wide as the projection",
        dropped(PROJECTED),
        RAGGED_STATE,
    ),
    case(
        "dropout/concat-state",
        "c left whole in a state [c | h], of which all columns are dropped",
        dropped(COLUMNS),
        RAGGED_STATE,
    ),
    case(
        "dropout/concat-state-static",
        "columns of c left whole where nothing but the state [c | h] is dropped",
        DropoutWrapper(cell=COLUMNS, state_keep_prob=0.6),
        StaticRNN(initial_state=True),
    ),
    case(
        "dropout/visitor-all",
        "a dropout_state_filter_visitor that is ignored: c is dropped, too, with a mask of its own",
        dropped(BASIC, visitor="all"),
        RAGGED_STATE,
    ),
    case(
        "dropout/half",
        "a keep_prob taken for a rate, which 0.5 hides in every test",
        DropoutWrapper(cell=GRU, output_keep_prob=0.5),
        STATE,
    ),
    case("dropout/nothing", "dropout where every keep_prob is 1", DropoutWrapper(cell=BASIC), STATE),
    case(
        "dropout/square",
        "masks of one site used at another, where all shapes fit",
        dropped(GRUCell(num_units=SQUARE_UNITS)),
        STATE,
        sizes=SQUARE,
    ),
    case(
        "dropout/time-major-ragged",
        "masks with time and batch exchanged, as the run's arrays are",
        dropped(BASIC),
        DynamicRNN(sequence_length=RAGGED, initial_state=True, time_major=True),
    ),
    case(
        "dropout/chunked-carried",
        "masks that begin anew with every call",
        dropped(GRU),
        Chunked(chunks=(2, 4), initial_state=True),
    ),
    case(
        "dropout/chunked-reset",
        "masks of a call that starts anew",
        dropped(BASIC),
        Chunked(chunks=(4, 2), initial_state=True, carry_state=False),
    ),
    case(
        "dropout/bidirectional-ragged",
        "backward masks that are turned around with the inputs: a step's mask is the step's, whatever it reads",
        dropped(BASIC),
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "dropout/static-bidirectional-ragged",
        "one direction's masks used in the other",
        dropped(GRU),
        StaticBidirectionalRNN(sequence_length=RAGGED, initial_state=True, cell_bw=dropped(BASIC)),
    ),
    case(
        "dropout/one-object-both-ways",
        "masks shared by the directions of one cell object, which draws anew in each",
        dropped(GRU),
        BidirectionalDynamicRNN(initial_state=True, cell_bw="cell_fw"),
    ),
    case("dropout/in-stack-ragged", "one layer's dropout used for another, or for all", LAYERS, RAGGED_STATE),
    case(
        "dropout/in-stack-static-bidirectional",
        "layers of two directions whose masks are taken for each other",
        LAYERS,
        StaticBidirectionalRNN(initial_state=True),
    ),
    case(
        "dropout/around-stack",
        "dropout around a stack taken for dropout of every layer: states of all layers are dropped, c of none",
        dropped(STACK),
        RAGGED_STATE,
    ),
    case(
        "dropout/around-stack-concat-state",
        "columns of one layer's c left whole in a stack's one array, all of which is dropped",
        dropped(MultiRNNCell(cells=(COLUMNS, GRUCell(num_units=7)), state_is_tuple=False)),
        STATE,
    ),
    case(
        "dropout/in-stack-and-around",
        "wrappers inside a stack and around it that are counted from the inside",
        dropped(LAYERS),
        STATE,
    ),
    case(
        "dropout/in-summed-stack",
        "outputs that are summed before they are dropped",
        SummedMultiRNNCell(cells=(dropped(BASIC), dropped(GRU))),
        RAGGED_STATE,
    ),
    case(
        "dropout/one-object",
        "masks shared by the places of one cell object, which draws anew in each",
        MultiRNNCell(cells=(dropped(GRUCell(num_units=SQUARE_UNITS)),) * 3, one_object=True),
        STATE,
        sizes=SQUARE,
    ),
    case(
        "dropout/around-residual-ragged",
        "outputs dropped before the inputs are added, where the wrapper stands around the residual",
        dropped(ResidualWrapper(cell=BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7))),
        DynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "dropout/around-residual-static-bidirectional",
        "inputs added after they were dropped, in either direction of wrappers taken the other way around",
        DropoutWrapper(
            cell=ResidualWrapper(cell=GRUCell(num_units=SQUARE_UNITS)), input_keep_prob=0.7, output_keep_prob=0.6
        ),
        StaticBidirectionalRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "dropout/in-residual",
        "dropped inputs added to the outputs, where the wrapper stands inside the residual",
        ResidualWrapper(cell=dropped(GRUCell(num_units=SQUARE_UNITS))),
        STATE,
        sizes=SQUARE,
    ),
    case(
        "dropout/around-device",
        "masks that change with the device of a cell",
        dropped(DeviceWrapper(cell=BASIC, device="/cpu:0")),
        RAGGED_STATE,
    ),
    case(
        "dropout/in-device",
        "masks drawn on the device of a cell",
        DeviceWrapper(cell=dropped(GRU), device="/cpu:0"),
        STATE,
    ),
    case("dropout/nested", "the masks of two wrappers taken for each other", dropped(dropped(BASIC)), RAGGED_STATE),
    case(
        "dropout/float64", "a keep_prob that is not rounded to float32", dropped(BASIC), RAGGED_STATE, dtype="float64"
    ),
    case(
        "dropout/float16-static",
        "half precision lost in a division by keep_prob",
        dropped(BASIC),
        StaticRNN(initial_state=True),
        dtype="float16",
    ),
)
