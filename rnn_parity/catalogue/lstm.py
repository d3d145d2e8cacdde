"""Cases of LSTMCell, one option after the other; `lstm_pairs` has the combinations."""

from rnn_parity.catalogue.build import PROJECTED, RAGGED, SQUARE, SQUARE_UNITS, UNITS, case, matrix
from rnn_parity.spec import BidirectionalDynamicRNN, DynamicRNN, LSTMCell, Sizes, StaticRNN, Step

CELL = LSTMCell(num_units=UNITS, forget_bias=0.7)
PEEPHOLES = LSTMCell(num_units=UNITS, use_peepholes=True, forget_bias=0.7)
EVERYTHING = LSTMCell(
    num_units=UNITS, use_peepholes=True, cell_clip=0.6, num_proj=PROJECTED, proj_clip=0.35, forget_bias=0.7
)
SQUARE_EVERYTHING = LSTMCell(
    num_units=SQUARE_UNITS, use_peepholes=True, cell_clip=0.6, num_proj=SQUARE_UNITS, proj_clip=0.35, forget_bias=0.7
)
LONG = Sizes(batch_size=3, max_time=24, depth=2)

CASES = (
    *matrix("lstm", CELL),
    case("lstm/peephole-step", "peepholes that read h instead of c", PEEPHOLES, Step(initial_state=True)),
    case(
        "lstm/peephole",
        "the output gate's peephole on the old c, or w_f_diag and w_i_diag swapped",
        PEEPHOLES,
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/peephole-ragged",
        "peepholes of rows that have ended",
        PEEPHOLES,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "lstm/clip",
        "a cell clip that is left out, or applied to what h reads but not to the c carried on",
        LSTMCell(num_units=UNITS, cell_clip=0.6, forget_bias=0.7),
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/clip-zero",
        "cell_clip=0.0 taken for no clipping: LSTMCell clips c to zero",
        LSTMCell(num_units=UNITS, cell_clip=0.0, forget_bias=0.7, num_proj=PROJECTED, activation="sigmoid"),
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/peephole-clip",
        "the output gate's peephole on the unclipped c",
        LSTMCell(num_units=UNITS, use_peepholes=True, cell_clip=0.6, forget_bias=0.7),
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/projection",
        "an activation or a bias on the projection, which has neither",
        LSTMCell(num_units=UNITS, num_proj=PROJECTED, forget_bias=0.7),
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/projection-wider",
        "a projection taken to be narrower than the cell",
        LSTMCell(num_units=UNITS, num_proj=7, forget_bias=0.7),
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/projection-clip",
        "a projection clip that is left out, or applied before the projection",
        LSTMCell(num_units=UNITS, num_proj=PROJECTED, proj_clip=0.35, forget_bias=0.7),
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/projection-clip-without-projection",
        "proj_clip acting where there is no projection: TensorFlow ignores it there",
        LSTMCell(num_units=UNITS, proj_clip=0.2, forget_bias=0.7),
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/peephole-clip-proj",
        "cell clip, peepholes and projection applied in another order",
        EVERYTHING,
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/peephole-clip-proj-step",
        "any option wrong in the very first step",
        EVERYTHING,
        Step(initial_state=True),
    ),
    case(
        "lstm/peephole-clip-proj-ragged",
        "the projected state of rows that have ended",
        EVERYTHING,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "lstm/peephole-clip-proj-bidirectional-ragged",
        "options of the backward cell taken from the forward one",
        EVERYTHING,
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "lstm/peephole-clip-proj-float64",
        "a single precision clip bound or bias in a double precision cell",
        EVERYTHING,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "lstm/square",
        "kernel rows read as [h; x], or gates in another order, where D == H",
        LSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "lstm/square-peephole-clip-proj",
        "a transposed or skipped projection, where D == H == P",
        SQUARE_EVERYTHING,
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "lstm/square-peephole-clip-proj-ragged-time-major",
        "axes swapped where D == H == P",
        SQUARE_EVERYTHING,
        DynamicRNN(sequence_length=(6, 4, 1, 0, 5), initial_state=True, time_major=True),
        sizes=SQUARE,
    ),
    case(
        "lstm/forget-bias-zero",
        "a forget_bias of 1 that is hard-coded",
        LSTMCell(num_units=UNITS, forget_bias=0.0),
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/forget-bias-negative",
        "a forget_bias whose sign is lost",
        LSTMCell(num_units=UNITS, forget_bias=-1.3),
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/defaults",
        "a forget_bias that is left out where nothing names it: TensorFlow's default is 1",
        LSTMCell(num_units=UNITS),
        DynamicRNN(),
    ),
    case(
        "lstm/concat-state",
        "the concatenated state [c | h] split in the middle although c and h differ in width",
        LSTMCell(num_units=UNITS, num_proj=PROJECTED, forget_bias=0.7, state_is_tuple=False),
        DynamicRNN(initial_state=True),
    ),
    case(
        "lstm/float64-ragged-state",
        "single precision somewhere in a double precision cell",
        CELL,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "lstm/float64-step-state",
        "a single precision constant, as forget_bias often is, in one double precision step",
        CELL,
        Step(initial_state=True),
        dtype="float64",
    ),
    case(
        "lstm/float16-static",
        "half precision answered in another dtype, or losing more than TensorFlow loses",
        PEEPHOLES,
        StaticRNN(initial_state=True),
        dtype="float16",
    ),
    case(
        "lstm/all-rows-empty",
        "a loop that takes its first step although every row has length 0",
        CELL,
        DynamicRNN(sequence_length=(0, 0, 0, 0), initial_state=True),
    ),
    case(
        "lstm/lengths-above-time",
        "lengths above the number of steps read past the end: they count as all steps",
        CELL,
        DynamicRNN(sequence_length=(9, 6, 2, 7), initial_state=True),
    ),
    case(
        "lstm/one-row",
        "code that works for more than one batch row only",
        CELL,
        DynamicRNN(initial_state=True),
        sizes=Sizes(batch_size=1, max_time=6, depth=3),
    ),
    case(
        "lstm/one-step-loop",
        "a loop that is special-cased for a single step",
        CELL,
        DynamicRNN(initial_state=True),
        sizes=Sizes(batch_size=4, max_time=1, depth=3),
    ),
    case(
        "lstm/one-unit",
        "arrays squeezed where there is one unit and one input",
        LSTMCell(num_units=1, forget_bias=0.7),
        DynamicRNN(initial_state=True),
        sizes=Sizes(batch_size=4, max_time=6, depth=1),
    ),
    case(
        "lstm/long",
        "an error that each step adds to the last",
        LSTMCell(num_units=UNITS, use_peepholes=True, forget_bias=0.7),
        DynamicRNN(sequence_length=(24, 13, 22), initial_state=True),
        sizes=LONG,
    ),
    case(
        "lstm/wide",
        "a matrix product that loses precision, or blocks that go wrong, at larger widths",
        LSTMCell(num_units=32, forget_bias=0.7),
        DynamicRNN(sequence_length=(10, 8, 1, 0, 3, 10, 7, 5), initial_state=True),
        sizes=Sizes(batch_size=8, max_time=10, depth=16),
    ),
)
