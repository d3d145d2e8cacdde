"""Cases of the cells with diagonal recurrences: IndRNNCell, IndyGRUCell, IndyLSTMCell."""

from rnn_parity.catalogue.build import RAGGED, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import DynamicRNN, IndRNNCell, IndyGRUCell, IndyLSTMCell, StaticRNN, Step

CASES = (
    *contrib("ind-rnn", IndRNNCell(num_units=UNITS), IndRNNCell(num_units=SQUARE_UNITS)),
    case(
        "ind-rnn/activation-relu",
        "an activation hard-wired to tanh: the paper's is relu, TensorFlow's default is not",
        IndRNNCell(num_units=UNITS, activation="relu"),
        DynamicRNN(initial_state=True),
    ),
    case(
        "ind-rnn/activation-softsign-ragged",
        "an activation hard-wired to tanh, which softsign follows near 0",
        IndRNNCell(num_units=UNITS, activation="softsign"),
        StaticRNN(sequence_length=RAGGED, initial_state=True),
    ),
    *contrib("indy-gru", IndyGRUCell(num_units=UNITS), IndyGRUCell(num_units=SQUARE_UNITS)),
    case(
        "indy-gru/activation-softsign",
        "the candidate's activation hard-wired to tanh",
        IndyGRUCell(num_units=UNITS, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
    case(
        "indy-gru/activation-relu-ragged",
        "a candidate that is squashed to below 1, where relu leaves it as it is",
        IndyGRUCell(num_units=UNITS, activation="relu"),
        StaticRNN(sequence_length=RAGGED, initial_state=True),
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
        "indy-lstm/activation-relu-ragged",
        "a j or a c that is squashed to below 1, where relu leaves both as they are",
        IndyLSTMCell(num_units=UNITS, forget_bias=-0.4, activation="relu"),
        StaticRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "indy-lstm/defaults",
        "a forget_bias that is left out where nothing names it: TensorFlow's default is 1",
        IndyLSTMCell(num_units=UNITS),
        Step(initial_state=True),
    ),
)
