"""Cases of ResidualWrapper and DeviceWrapper: around cells, around stacks, around each other."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_RAGGED, SQUARE_UNITS, UNITS, case
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    Chunked,
    DeviceWrapper,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    ResidualWrapper,
    Sizes,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
)

SIZES = Sizes(batch_size=4, max_time=6, depth=7)
CPU = "/cpu:0"

LSTM = BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7)
GRU = GRUCell(num_units=SQUARE_UNITS)
# The first layer has no wrapper, as in networks whose inputs are of another width; here a wrapper would fit, too.
LSTMS = MultiRNNCell(cells=(LSTM, ResidualWrapper(cell=LSTM), ResidualWrapper(cell=LSTM)))
WIDER = MultiRNNCell(
    cells=(
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7),
        ResidualWrapper(cell=BasicLSTMCell(num_units=UNITS, forget_bias=1.6)),
        ResidualWrapper(cell=LSTMCell(num_units=8, use_peepholes=True, num_proj=UNITS, forget_bias=0.7)),
    )
)
STACK = MultiRNNCell(cells=(BasicLSTMCell(num_units=UNITS, forget_bias=0.7), GRUCell(num_units=7)))

CASES = (
    case(
        "residual/lstm",
        "inputs that are not added to the outputs, or that reach the state",
        ResidualWrapper(
            cell=LSTMCell(num_units=SQUARE_UNITS, use_peepholes=True, cell_clip=0.6, forget_bias=0.7),
        ),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/gru-ragged",
        "inputs that are added to the outputs past a row's length, which are exactly 0",
        ResidualWrapper(cell=GRU),
        DynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/basic-rnn-step",
        "a state that is the output where the output is more than the state",
        ResidualWrapper(cell=BasicRNNCell(num_units=SQUARE_UNITS)),
        Step(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/projection",
        "inputs added before the projection: what is as wide as the inputs is the projected h",
        ResidualWrapper(cell=LSTMCell(num_units=8, num_proj=7, proj_clip=0.35, forget_bias=0.7)),
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "residual/stack",
        "a residual in the first layer, too, or in the last one only",
        LSTMS,
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/stack-step",
        "a residual of a layer that adds the stack's input instead of the layer's own",
        LSTMS,
        Step(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/stack-time-major-ragged",
        "a residual stack whose states or padding follow the sum",
        WIDER,
        DynamicRNN(sequence_length=RAGGED, initial_state=True, time_major=True),
        sizes=SIZES,
    ),
    case(
        "residual/stack-bidirectional-ragged",
        "inputs that are added to the backward outputs without being turned around",
        WIDER,
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "residual/bidirectional-ragged",
        "inputs turned around over all steps before they are added to the backward outputs",
        ResidualWrapper(cell=LSTM),
        BidirectionalDynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/one-direction",
        "a residual in both directions where the backward cell alone has one",
        GRU,
        StaticBidirectionalRNN(sequence_length=SQUARE_RAGGED, initial_state=True, cell_bw=ResidualWrapper(cell=LSTM)),
        sizes=SQUARE,
    ),
    case(
        "residual/stack-static-bidirectional",
        "the residual of one direction added to the other",
        LSTMS,
        StaticBidirectionalRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/stack-concat-state",
        "sums that reach the concatenated state",
        MultiRNNCell(
            cells=(
                BasicLSTMCell(num_units=UNITS, forget_bias=0.7, state_is_tuple=False),
                ResidualWrapper(cell=GRUCell(num_units=UNITS)),
                ResidualWrapper(cell=BasicLSTMCell(num_units=UNITS, forget_bias=1.6, state_is_tuple=False)),
            ),
            state_is_tuple=False,
        ),
        DynamicRNN(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "residual/around-stack",
        "a residual around a whole stack taken for one around each layer",
        ResidualWrapper(cell=STACK),
        DynamicRNN(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "residual/around-stack-ragged",
        "inputs added after the loop, which leaves them in the padding",
        ResidualWrapper(cell=STACK),
        StaticRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "residual/around-summed-stack",
        "residuals and the sum over layers in another order",
        ResidualWrapper(cell=SummedMultiRNNCell(cells=LSTMS.cells)),
        DynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/nested",
        "inputs added once where two wrappers add them",
        ResidualWrapper(cell=DeviceWrapper(cell=ResidualWrapper(cell=GRU), device=CPU)),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/one-object",
        "a wrapper used in every layer whose cell is not shared",
        MultiRNNCell(cells=(ResidualWrapper(cell=LSTM),) * 3, one_object=True),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/slice",
        "the last columns of wider inputs added instead of the first",
        ResidualWrapper(cell=GRUCell(num_units=UNITS), residual_fn="slice"),
        DynamicRNN(initial_state=True),
        sizes=SIZES,
    ),
    case(
        "residual/slice-stack-bidirectional",
        "a residual_fn replaced by the sum in one layer",
        MultiRNNCell(
            cells=(
                ResidualWrapper(cell=BasicLSTMCell(num_units=UNITS, forget_bias=0.7), residual_fn="slice"),
                ResidualWrapper(cell=GRUCell(num_units=2), residual_fn="slice"),
            )
        ),
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
        sizes=SIZES,
    ),
    case(
        "residual/chunked-carried",
        "the sum carried to the next call in place of the state",
        ResidualWrapper(cell=GRU),
        Chunked(chunks=(2, 4), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "residual/float64",
        "residuals in single precision",
        ResidualWrapper(cell=LSTMS),
        DynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
        dtype="float64",
    ),
    case(
        "residual/float16",
        "half precision lost in a residual",
        ResidualWrapper(cell=LSTM),
        StaticRNN(initial_state=True),
        sizes=SQUARE,
        dtype="float16",
    ),
    case(
        "device/lstm",
        "numbers or names that change with the device of a cell",
        DeviceWrapper(cell=BasicLSTMCell(num_units=UNITS, forget_bias=0.7), device=CPU),
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "device/stack",
        "layers on devices of their own, inside a stack and around one",
        DeviceWrapper(
            cell=MultiRNNCell(
                cells=(
                    DeviceWrapper(cell=LSTM, device=CPU),
                    ResidualWrapper(cell=DeviceWrapper(cell=GRU, device="/device:CPU:0")),
                )
            ),
            device="/device:CPU:0",
        ),
        BidirectionalDynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "device/chunked-carried",
        "a state that does not leave its cell's device between calls",
        DeviceWrapper(cell=GRU, device=CPU),
        Chunked(chunks=(2, 4), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "device/static-bidirectional",
        "directions on devices of their own joined in the wrong order",
        DeviceWrapper(cell=LSTM, device=CPU),
        StaticBidirectionalRNN(initial_state=True, cell_bw=DeviceWrapper(cell=GRU, device="/device:CPU:0")),
        sizes=SQUARE,
    ),
    case(
        "device/float64",
        "single precision on a cell's device",
        DeviceWrapper(cell=GRUCell(num_units=UNITS), device=CPU),
        StaticRNN(initial_state=True),
        dtype="float64",
    ),
    case(
        "device/float16",
        "half precision lost on a cell's device",
        DeviceWrapper(cell=GRUCell(num_units=UNITS), device=CPU),
        Step(initial_state=True),
        dtype="float16",
    ),
)
