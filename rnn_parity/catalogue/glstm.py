"""Cases of GLSTMCell."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, case, contrib
from rnn_parity.spec import DynamicRNN, GLSTMCell, GRUCell, MultiRNNCell, Sizes, StaticRNN

GROUPED = Sizes(batch_size=4, max_time=6, depth=8)  # two groups of 4 inputs, and of 5 units
UNITS, PROJECTED = 10, 2
CELL = GLSTMCell(num_units=UNITS, number_of_groups=2, forget_bias=0.7)
SQUARE_CELL = GLSTMCell(num_units=SQUARE_UNITS, number_of_groups=2, forget_bias=-0.4)

CASES = (
    *contrib(
        "glstm",
        CELL,
        SQUARE_CELL,
        sizes=GROUPED,
        stack=MultiRNNCell(cells=(SQUARE_CELL, GRUCell(num_units=PROJECTED), CELL)),
    ),
    case(
        "glstm/activation-softsign",
        "the activation used for j, too, which TensorFlow squashes with tanh always",
        GLSTMCell(num_units=UNITS, number_of_groups=2, forget_bias=0.7, activation="softsign"),
        DynamicRNN(initial_state=True),
        sizes=GROUPED,
    ),
    case(
        "glstm/activation-relu-projection-ragged",
        "j squashed with relu, or c with tanh, before a projection",
        GLSTMCell(num_units=UNITS, num_proj=PROJECTED, number_of_groups=2, forget_bias=-0.4, activation="relu"),
        StaticRNN(sequence_length=RAGGED, initial_state=True),
        sizes=GROUPED,
    ),
    case(
        "glstm/one-group",
        "a single group that is no plain LSTM",
        GLSTMCell(num_units=UNITS, forget_bias=0.7),
        DynamicRNN(initial_state=True),
        sizes=GROUPED,
    ),
    case(
        "glstm/projection",
        "a projection of each group alone: TensorFlow's mixes the groups",
        GLSTMCell(num_units=UNITS, num_proj=PROJECTED, number_of_groups=2, forget_bias=0.7),
        DynamicRNN(initial_state=True),
        sizes=GROUPED,
    ),
    case(
        "glstm/square-projection",
        "a projection kernel that is transposed, or h fed back before it, where all shapes fit",
        GLSTMCell(num_units=SQUARE_UNITS, num_proj=SQUARE_UNITS, number_of_groups=2, forget_bias=0.7),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "glstm/four-groups",
        "groups counted as two, or kernels joined as one block diagonal in another order",
        GLSTMCell(num_units=2 * SQUARE_UNITS, number_of_groups=4, forget_bias=1.6),
        DynamicRNN(initial_state=True),
        sizes=GROUPED,
    ),
)
