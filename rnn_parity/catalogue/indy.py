"""Cases of the cells with diagonal recurrences: IndRNNCell, IndyGRUCell, IndyLSTMCell."""

from rnn_parity.catalogue.build import SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import DynamicRNN, IndRNNCell, IndyGRUCell, IndyLSTMCell, Step

CASES = (
    *contrib("ind-rnn", IndRNNCell(num_units=UNITS), IndRNNCell(num_units=SQUARE_UNITS)),
    case(
        "ind-rnn/activation-relu",
        "an activation hard-wired to tanh: the paper's is relu, TensorFlow's default is not",
        IndRNNCell(num_units=UNITS, activation="relu"),
        DynamicRNN(initial_state=True),
    ),
    *contrib("indy-gru", IndyGRUCell(num_units=UNITS), IndyGRUCell(num_units=SQUARE_UNITS)),
    case(
        "indy-gru/activation-softsign",
        "the candidate's activation hard-wired to tanh",
        IndyGRUCell(num_units=UNITS, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
    *contrib(
        "indy-lstm",
        IndyLSTMCell(num_units=UNITS, forget_bias=0.7),
        IndyLSTMCell(num_units=SQUARE_UNITS, forget_bias=-0.4),
    ),
    case(
        "indy-lstm/activation-softsign",
        "an activation used for j and left out for c, or the converse",
        IndyLSTMCell(num_units=UNITS, forget_bias=0.7, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
    case(
        "indy-lstm/defaults",
        "a forget_bias that is left out where nothing names it: TensorFlow's default is 1",
        IndyLSTMCell(num_units=UNITS),
        Step(initial_state=True),
    ),
)
