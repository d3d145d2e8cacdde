"""Cases of UGRNNCell."""

from rnn_parity.catalogue.build import SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import DynamicRNN, UGRNNCell

CASES = (
    *contrib("ugrnn", UGRNNCell(num_units=UNITS, forget_bias=0.7), UGRNNCell(num_units=SQUARE_UNITS, forget_bias=-0.4)),
    case(
        "ugrnn/activation-softsign",
        "the candidate's activation hard-wired to tanh",
        UGRNNCell(num_units=UNITS, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
)
