"""Cases of IntersectionRNNCell: inputs of D=3 and of the stack's first layer are projected, those of H not."""

from rnn_parity.catalogue.build import RAGGED, SIZES, SQUARE, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import BidirectionalDynamicRNN, DynamicRNN, IntersectionRNNCell, Sizes, StaticRNN

AS_WIDE = Sizes(batch_size=SIZES.batch_size, max_time=SIZES.max_time, depth=UNITS)

CASES = (
    *contrib(
        "intersection",
        IntersectionRNNCell(num_units=UNITS, num_in_proj=UNITS, forget_bias=0.7),
        IntersectionRNNCell(num_units=SQUARE_UNITS, num_in_proj=SQUARE_UNITS, forget_bias=-0.4),
    ),
    case(
        "intersection/no-projection",
        "a projection that is made, or missed, where inputs are as wide as the output",
        IntersectionRNNCell(num_units=UNITS, forget_bias=0.3),
        StaticRNN(initial_state=True),
        sizes=AS_WIDE,
    ),
    case(
        "intersection/y-activation-softsign",
        "the output's activation hard-wired to relu",
        IntersectionRNNCell(num_units=UNITS, num_in_proj=UNITS, forget_bias=0.7, y_activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
    case(
        "intersection/y-activation-linear-ragged",
        "an output that is cut at 0 although its activation is linear, in one direction or both",
        IntersectionRNNCell(num_units=UNITS, num_in_proj=UNITS, forget_bias=-0.4, y_activation="linear"),
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "intersection/forget-bias-default",
        "a forget bias of 1 that only one of the two gates has",
        IntersectionRNNCell(num_units=SQUARE_UNITS),
        DynamicRNN(),
        sizes=SQUARE,
    ),
)
