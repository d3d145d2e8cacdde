"""Cases of MinimalRNNCell."""

from rnn_parity.catalogue.build import SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import DynamicRNN, MinimalRNNCell

CASES = (
    *contrib("minimal-rnn", MinimalRNNCell(num_units=UNITS), MinimalRNNCell(num_units=SQUARE_UNITS)),
    case(
        "minimal-rnn/activation-softsign",
        "the candidate's activation hard-wired to tanh",
        MinimalRNNCell(num_units=UNITS, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
)
