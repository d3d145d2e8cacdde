"""Cases of AttentionCellWrapper."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_RAGGED, SQUARE_UNITS, UNITS, case, wrapped
from rnn_parity.spec import (
    AttentionCellWrapper,
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    DynamicRNN,
    GRUCell,
    MultiRNNCell,
    StaticRNN,
    Step,
)

GIVEN = DynamicRNN(sequence_length=RAGGED, initial_state=True)
LSTM = BasicLSTMCell(num_units=UNITS, forget_bias=0.7)
FLAT = BasicLSTMCell(num_units=UNITS, forget_bias=0.7, state_is_tuple=False)
SQUARE_LSTM = BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7)
GRU = GRUCell(num_units=UNITS)

CASES = (
    *wrapped("attention", lambda cell: AttentionCellWrapper(cell=cell, attn_length=3)),
    case(
        "attention/lstm-step-state",
        "a score that asks with h alone: the query is c and h",
        AttentionCellWrapper(cell=LSTM, attn_length=3),
        Step(initial_state=True),
    ),
    case(
        "attention/sizes",
        "attn_size, attn_vec_size and input_size taken for each other",
        AttentionCellWrapper(cell=LSTM, attn_length=2, attn_size=3, attn_vec_size=7, input_size=8),
        GIVEN,
    ),
    case(
        "attention/square",
        "weights or states exchanged where all shapes fit: the window in place of what it holds",
        AttentionCellWrapper(cell=SQUARE_LSTM, attn_length=SQUARE_UNITS),
        DynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "attention/window-of-one",
        "a softmax over anything but the window, whose one row weighs 1",
        AttentionCellWrapper(cell=GRU, attn_length=1),
        GIVEN,
    ),
    case(
        "attention/window-longer-than-the-run",
        "zeros of the empty window left out of the softmax",
        AttentionCellWrapper(cell=LSTM, attn_length=8, attn_size=2),
        DynamicRNN(),
    ),
    case(
        "attention/concat-state",
        "columns of the state in another order",
        AttentionCellWrapper(cell=FLAT, attn_length=3, state_is_tuple=False),
        GIVEN,
    ),
    case(
        "attention/concat-state-in-stack",
        "columns of a stack's state cut as if the layer had no attention",
        MultiRNNCell(
            cells=(GRU, AttentionCellWrapper(cell=FLAT, attn_length=2, attn_size=3, state_is_tuple=False), FLAT),
            state_is_tuple=False,
        ),
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "attention/every-layer",
        "one window for all layers",
        MultiRNNCell(cells=tuple(AttentionCellWrapper(cell=SQUARE_LSTM, attn_length=2) for _ in range(3))),
        DynamicRNN(sequence_length=SQUARE_RAGGED, initial_state=True, time_major=True),
        sizes=SQUARE,
    ),
    case(
        "attention/one-object",
        "a window shared along with the weights",
        MultiRNNCell(cells=(AttentionCellWrapper(cell=SQUARE_LSTM, attn_length=2),) * 2, one_object=True),
        StaticRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "attention/nested",
        "the query cut off before the inner attention's state",
        AttentionCellWrapper(cell=AttentionCellWrapper(cell=GRU, attn_length=2), attn_length=3, attn_size=2),
        GIVEN,
    ),
)
