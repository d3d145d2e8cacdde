"""Cases of LayerNormLSTMCell."""

from rnn_parity.catalogue.build import PROJECTED, RAGGED, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import DynamicRNN, LayerNormLSTMCell, StaticRNN, Step

SMALL_FLOAT16 = 0.1  # pre-activations so small that the epsilon under the root shows
GIVEN = DynamicRNN(sequence_length=RAGGED, initial_state=True)

CASES = (
    *contrib(
        "layer-norm-lstm",
        LayerNormLSTMCell(num_units=UNITS, use_peepholes=True, forget_bias=0.7, layer_norm=True),
        LayerNormLSTMCell(num_units=SQUARE_UNITS, num_proj=SQUARE_UNITS, forget_bias=-0.4, layer_norm=True),
    ),
    case(
        "layer-norm-lstm/no-norm",
        "norms where TensorFlow's default is to have none, or a bias that is left out",
        LayerNormLSTMCell(num_units=UNITS, use_peepholes=True, forget_bias=1.6),
        GIVEN,
    ),
    case(
        "layer-norm-lstm/no-peepholes",
        "the unused bias added although the norms are there",
        LayerNormLSTMCell(num_units=UNITS, forget_bias=0.7, layer_norm=True),
        GIVEN,
    ),
    case(
        "layer-norm-lstm/cell-clip",
        "c clipped before it is normalised, or carried unclipped",
        LayerNormLSTMCell(num_units=UNITS, use_peepholes=True, cell_clip=0.6, forget_bias=0.7, layer_norm=True),
        GIVEN,
    ),
    case(
        "layer-norm-lstm/projection-clip",
        "a projection that is not clipped, or normalised",
        LayerNormLSTMCell(num_units=UNITS, num_proj=PROJECTED, proj_clip=0.4, forget_bias=0.7, layer_norm=True),
        GIVEN,
    ),
    case(
        "layer-norm-lstm/float16-small-pre-activations",
        "an epsilon of 1e-12, which is 0 in float16, where TensorFlow's is 1e-3",
        LayerNormLSTMCell(num_units=UNITS, forget_bias=0.7, layer_norm=True),
        StaticRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float16",
        gain=SMALL_FLOAT16,
    ),
    case(
        "layer-norm-lstm/all-options",
        "options that work alone and not together",
        LayerNormLSTMCell(
            num_units=UNITS, use_peepholes=True, cell_clip=0.7, num_proj=PROJECTED, proj_clip=0.4, forget_bias=1.6,
            activation="softsign", layer_norm=True,
        ),
        GIVEN,
    ),
    case(
        "layer-norm-lstm/all-options-step",
        "a wrong formula in a single step with all options",
        LayerNormLSTMCell(
            num_units=UNITS, use_peepholes=True, cell_clip=0.7, num_proj=PROJECTED, proj_clip=0.4, forget_bias=-0.4,
            layer_norm=True,
        ),
        Step(initial_state=True),
    ),
)  # fmt: skip
