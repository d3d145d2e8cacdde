"""Cases of several calls: the state carried from one to the next, and not carried."""

from rnn_parity.catalogue.build import SQUARE, SQUARE_UNITS, UNITS, case
from rnn_parity.spec import BasicLSTMCell, BasicRNNCell, Chunked, GRUCell, LSTMCell, MultiRNNCell

STACK = MultiRNNCell(cells=(BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7), GRUCell(num_units=SQUARE_UNITS)))

CASES = (
    case(
        "chunked/basic-rnn-carried",
        "a state lost between two calls",
        BasicRNNCell(num_units=UNITS),
        Chunked(chunks=(4, 2), initial_state=True),
    ),
    case(
        "chunked/gru-carried",
        "a state lost between calls, or carried one call late",
        GRUCell(num_units=UNITS),
        Chunked(chunks=(3, 1, 2)),
    ),
    case(
        "chunked/basic-rnn-reset",
        "a state that leaks into the next call, which must start from zeros",
        BasicRNNCell(num_units=UNITS),
        Chunked(chunks=(2, 2, 2), carry_state=False),
    ),
    case(
        "chunked/gru-initial-state-again",
        "an initial state given once and then forgotten, where every call is given it",
        GRUCell(num_units=UNITS),
        Chunked(chunks=(2, 4), initial_state=True, carry_state=False),
    ),
    case(
        "chunked/gru-reset",
        "a state that leaks into the next call, which must start from zeros",
        GRUCell(num_units=UNITS),
        Chunked(chunks=(3, 3), carry_state=False),
    ),
    case(
        "chunked/basic-lstm-carried",
        "c or h alone carried to the next call",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7),
        Chunked(chunks=(2, 4)),
    ),
    case(
        "chunked/basic-lstm-reset",
        "a state that leaks into the next call, which must start from zeros",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7),
        Chunked(chunks=(2, 4), carry_state=False),
    ),
    case(
        "chunked/basic-lstm-carried-from-state",
        "c and h exchanged on their way to the next call",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7),
        Chunked(chunks=(3, 3), initial_state=True),
    ),
    case(
        "chunked/lstm-reset",
        "a cell state that leaks into the next call, which must start from zeros",
        LSTMCell(num_units=UNITS, use_peepholes=True, num_proj=2, forget_bias=0.7),
        Chunked(chunks=(3, 3), carry_state=False),
    ),
    case(
        "chunked/lstm-carried",
        "the state of a cell with every option carried unclipped or unprojected",
        LSTMCell(num_units=UNITS, use_peepholes=True, cell_clip=0.6, num_proj=2, proj_clip=0.35, forget_bias=0.7),
        Chunked(chunks=(1, 5), initial_state=True),
    ),
    case(
        "chunked/lstm-initial-state-again",
        "an initial state given once and then forgotten, where every call is given it",
        LSTMCell(num_units=UNITS, use_peepholes=True, forget_bias=0.7),
        Chunked(chunks=(3, 3), initial_state=True, carry_state=False),
    ),
    case(
        "chunked/lstm-float64",
        "a state carried through single precision",
        LSTMCell(num_units=UNITS, forget_bias=0.7),
        Chunked(chunks=(2, 2, 2), initial_state=True),
        dtype="float64",
    ),
    case(
        "chunked/stacked-carried",
        "the last layer's state carried alone, or layers' states exchanged",
        STACK,
        Chunked(chunks=(3, 3), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "chunked/stacked-reset",
        "layers reset one by one: all must start anew",
        STACK,
        Chunked(chunks=(3, 3), carry_state=False),
        sizes=SQUARE,
    ),
)
