"""Cases of CFNCell."""

from rnn_parity.catalogue.build import RAGGED, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import BidirectionalDynamicRNN, CFNCell, DynamicRNN

CASES = (
    *contrib("cfn", CFNCell(num_units=UNITS), CFNCell(num_units=SQUARE_UNITS)),
    case(
        "cfn/activation-softsign",
        "the activation of state and inputs hard-wired to tanh",
        CFNCell(num_units=UNITS, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
    case(
        "cfn/activation-sigmoid-ragged",
        "an activation that is 0 at 0 where sigmoid is not, in either direction",
        CFNCell(num_units=UNITS, activation="sigmoid"),
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
)
