"""Cases of SRUCell."""

from rnn_parity.catalogue.build import SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import DynamicRNN, SRUCell

CASES = (
    *contrib("sru", SRUCell(num_units=UNITS), SRUCell(num_units=SQUARE_UNITS)),
    case(
        "sru/activation-softsign",
        "the activation of c hard-wired to tanh",
        SRUCell(num_units=UNITS, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
    case(
        "sru/activation-linear",
        "c squashed where it should not be",
        SRUCell(num_units=UNITS, activation="linear"),
        DynamicRNN(initial_state=True),
    ),
)
