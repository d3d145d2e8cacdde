"""Cases of several calls: the state carried from one to the next, and not carried."""

from rnn_parity.catalogue.build import SQUARE, SQUARE_UNITS, UNITS, case
from rnn_parity.spec import BasicLSTMCell, BasicRNNCell, Carried, Chunked, GRUCell, LSTMCell, MultiRNNCell

STACK = MultiRNNCell(cells=(BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7), GRUCell(num_units=SQUARE_UNITS)))
LSTMS = MultiRNNCell(
    cells=(
        BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7),
        LSTMCell(num_units=SQUARE_UNITS, use_peepholes=True, forget_bias=1.6),
        BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=-0.4),
    )
)
WAYS: dict[Carried, str] = {
    "feed": "fetched from one call and fed to the next",
    "variables": "kept in variables between two calls",
}

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
    *(
        case(
            f"chunked/gru-{way}",
            f"a state lost or one call late, {words}",
            GRUCell(num_units=UNITS),
            Chunked(chunks=(2, 1, 3), initial_state=True, carried=way),
        )
        for way, words in WAYS.items()
    ),
    *(
        case(
            f"chunked/gru-{way}-reset",
            f"a state that leaks into the next call, {words}",
            GRUCell(num_units=UNITS),
            Chunked(chunks=(2, 4), carry_state=False, carried=way),
        )
        for way, words in WAYS.items()
    ),
    *(
        case(
            f"chunked/basic-lstm-{way}",
            f"c and h exchanged, or one of them lost, {words}",
            BasicLSTMCell(num_units=UNITS, forget_bias=0.7),
            Chunked(chunks=(3, 3), carried=way),
        )
        for way, words in WAYS.items()
    ),
    *(
        case(
            f"chunked/stacked-lstms-{way}",
            f"layers' states exchanged, or one layer's alone carried, {words}",
            LSTMS,
            Chunked(chunks=(2, 2, 2), initial_state=True, carried=way),
            sizes=SQUARE,
        )
        for way, words in WAYS.items()
    ),
    *(
        case(
            f"chunked/stacked-lstms-{way}-reset",
            f"c or h, or the layers above the first, not reset to the state given, {words}",
            LSTMS,
            Chunked(chunks=(2, 4), initial_state=True, carry_state=False, carried=way),
            sizes=SQUARE,
        )
        for way, words in WAYS.items()
    ),
    *(
        case(
            f"chunked/lstm-{way}-float64",
            f"a state in single precision, {words}",
            LSTMCell(num_units=UNITS, use_peepholes=True, num_proj=2, forget_bias=0.7),
            Chunked(chunks=(3, 3), carried=way),
            dtype="float64",
        )
        for way, words in WAYS.items()
    ),
)
