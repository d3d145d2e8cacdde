"""Cases of NASCell."""

from rnn_parity.catalogue.build import PROJECTED, SIZES, SQUARE, SQUARE_RAGGED, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import DynamicRNN, NASCell, StaticRNN

CASES = (
    *contrib("nas", NASCell(num_units=UNITS, use_bias=True), NASCell(num_units=SQUARE_UNITS, use_bias=True)),
    case(
        "nas/no-bias",
        "a bias where there is none",
        NASCell(num_units=UNITS),
        DynamicRNN(initial_state=True),
    ),
    case(
        "nas/projection",
        "a projection left out, or h fed back before it",
        NASCell(num_units=UNITS, num_proj=PROJECTED, use_bias=True),
        StaticRNN(sequence_length=(SIZES.max_time, SIZES.max_time - 2, 1, 0), initial_state=True),
    ),
    case(
        "nas/square-projection",
        "a projection transposed, or left out where its absence fits",
        NASCell(num_units=SQUARE_UNITS, num_proj=SQUARE_UNITS),
        DynamicRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "nas/square-projection-bias-ragged",
        "a square projection transposed, or left out, where rows end and a frozen h is the projected one",
        NASCell(num_units=SQUARE_UNITS, num_proj=SQUARE_UNITS, use_bias=True),
        StaticRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
)
