"""Cases of UGRNNCell."""

from rnn_parity.catalogue.build import RAGGED, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import DynamicRNN, StaticRNN, UGRNNCell

CASES = (
    *contrib("ugrnn", UGRNNCell(num_units=UNITS, forget_bias=0.7), UGRNNCell(num_units=SQUARE_UNITS, forget_bias=-0.4)),
    case(
        "ugrnn/activation-softsign",
        "the candidate's activation hard-wired to tanh",
        UGRNNCell(num_units=UNITS, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
    case(
        "ugrnn/activation-relu-ragged",
        "a candidate that is squashed to below 1, where relu leaves it as it is",
        UGRNNCell(num_units=UNITS, forget_bias=0.7, activation="relu"),
        StaticRNN(sequence_length=RAGGED, initial_state=True),
    ),
)
