"""Cases of MinimalRNNCell."""

from rnn_parity.catalogue.build import RAGGED, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import DynamicRNN, MinimalRNNCell, StaticRNN

CASES = (
    *contrib("minimal-rnn", MinimalRNNCell(num_units=UNITS), MinimalRNNCell(num_units=SQUARE_UNITS)),
    case(
        "minimal-rnn/activation-softsign",
        "the candidate's activation hard-wired to tanh",
        MinimalRNNCell(num_units=UNITS, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
    case(
        "minimal-rnn/activation-relu-ragged",
        "inputs that are squashed to below 1 on the way to the state, where relu leaves them as they are",
        MinimalRNNCell(num_units=UNITS, activation="relu"),
        StaticRNN(sequence_length=RAGGED, initial_state=True),
    ),
)
