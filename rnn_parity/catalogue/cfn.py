"""Cases of CFNCell."""

from rnn_parity.catalogue.build import SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import CFNCell, DynamicRNN

CASES = (
    *contrib("cfn", CFNCell(num_units=UNITS), CFNCell(num_units=SQUARE_UNITS)),
    case(
        "cfn/activation-softsign",
        "the activation of state and inputs hard-wired to tanh",
        CFNCell(num_units=UNITS, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
)
