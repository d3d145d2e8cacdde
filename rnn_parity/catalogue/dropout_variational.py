"""Cases of variational DropoutWrappers: one mask for all steps and rows."""

from rnn_parity.catalogue.build import RAGGED, case
from rnn_parity.catalogue.dropout import RAGGED_STATE, STATE, WIDE_UNITS, dropped
from rnn_parity.spec import (
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    Chunked,
    GRUCell,
    MultiRNNCell,
    Sizes,
    StaticRNN,
    Step,
)

WIDE = Sizes(batch_size=4, max_time=6, depth=7)  # a variational mask is one row: wide enough to keep some and drop some
WIDE_LSTM = BasicLSTMCell(num_units=WIDE_UNITS, forget_bias=0.7)
WIDE_GRU = GRUCell(num_units=WIDE_UNITS)

CASES = (
    case(
        "dropout/variational",
        "variational masks drawn at every step, or taken for plain ones",
        dropped(WIDE_LSTM, variational=True),
        RAGGED_STATE,
        sizes=WIDE,
    ),
    case(
        "dropout/variational-static-visitor-all",
        "variational masks of c that are h's",
        dropped(WIDE_LSTM, variational=True, visitor="all"),
        StaticRNN(initial_state=True),
        sizes=WIDE,
    ),
    case(
        "dropout/variational-bidirectional-ragged",
        "variational masks that both directions share",
        dropped(WIDE_GRU, variational=True),
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True, time_major=True),
        sizes=WIDE,
    ),
    case(
        "dropout/variational-chunked",
        "variational masks drawn anew in every call",
        dropped(WIDE_LSTM, variational=True),
        Chunked(chunks=(2, 4), initial_state=True),
        sizes=WIDE,
    ),
    case(
        "dropout/variational-step",
        "a variational mask that differs from row to row",
        dropped(WIDE_GRU, variational=True),
        Step(initial_state=True),
        sizes=WIDE,
    ),
    case(
        "dropout/variational-stack",
        "variational masks in a stack and around it taken for each other",
        dropped(MultiRNNCell(cells=(dropped(WIDE_LSTM, variational=True), WIDE_GRU)), variational=True),
        STATE,
        sizes=WIDE,
    ),
    case(
        "dropout/float64-variational-state",
        "a variational keep_prob that is not rounded to float32",
        dropped(WIDE_LSTM, variational=True),
        STATE,
        sizes=WIDE,
        dtype="float64",
    ),
    case(
        "dropout/float16-variational-state",
        "half precision lost in variational dropout",
        dropped(WIDE_GRU, variational=True),
        STATE,
        sizes=WIDE,
        dtype="float16",
    ),
)
