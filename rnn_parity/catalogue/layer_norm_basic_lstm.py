"""Cases of LayerNormBasicLSTMCell, alone and in stacks that answer the sum of their layers' outputs."""

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    Chunked,
    DynamicRNN,
    LayerNormBasicLSTMCell,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
)

# Pre-activations so small that the epsilon under the root shows: their variance is about 1e-3 and 1e-2.
SMALL, SMALL_FLOAT16 = 0.03, 0.1

LAYERS = SummedMultiRNNCell(
    cells=tuple(LayerNormBasicLSTMCell(num_units=UNITS, forget_bias=forget_bias) for forget_bias in (0.7, 1.6, -0.4))
)
SQUARE_LAYERS = SummedMultiRNNCell(cells=(LayerNormBasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7),) * 3)

DROPPING = LayerNormBasicLSTMCell(num_units=UNITS, forget_bias=0.7, dropout_keep_prob=0.6)

CASES = (
    *contrib(
        "layer-norm-basic-lstm",
        LayerNormBasicLSTMCell(num_units=UNITS, forget_bias=0.7),
        LayerNormBasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=-0.4),
    ),
    case(
        "layer-norm-basic-lstm/no-norm",
        "a bias that is left out, or norms that are not, where layer_norm is False",
        LayerNormBasicLSTMCell(num_units=UNITS, forget_bias=1.6, layer_norm=False),
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "layer-norm-basic-lstm/activation-softsign",
        "the activation hard-wired to tanh, before or after the norm of c",
        LayerNormBasicLSTMCell(num_units=UNITS, activation="softsign"),
        DynamicRNN(initial_state=True),
    ),
    case(
        "layer-norm-basic-lstm/small-pre-activations",
        "an epsilon of 1e-5 or 1e-3 where TensorFlow's is 1e-12",
        LayerNormBasicLSTMCell(num_units=UNITS, forget_bias=0.7),
        DynamicRNN(initial_state=True),
        gain=SMALL,
    ),
    case(
        "layer-norm-basic-lstm/float16-small-pre-activations",
        "an epsilon of 1e-12, which is 0 in float16, where TensorFlow's is 1e-3",
        LayerNormBasicLSTMCell(num_units=UNITS, forget_bias=0.7),
        StaticRNN(initial_state=True),
        dtype="float16",
        gain=SMALL_FLOAT16,
    ),
    # In float32 TensorFlow itself answers noise: it computes x * 1e6 + (beta - x * 1e6).
    case(
        "layer-norm-basic-lstm/one-unit",
        "a division by no variance: of one unit the norms leave beta",
        LayerNormBasicLSTMCell(num_units=1, forget_bias=0.7),
        Step(),
        dtype="float64",
    ),
    case(
        "layer-norm-basic-lstm/summed-ragged",
        "sums of normalised layers past a row's length that are not exactly 0, or fed up",
        LAYERS,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "layer-norm-basic-lstm/summed-bidirectional-ragged",
        "sums of normalised layers that are not turned back with their direction",
        LAYERS,
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "layer-norm-basic-lstm/summed-carried",
        "states of three normalised layers of which one does not reach the next call",
        SQUARE_LAYERS,
        Chunked(chunks=(2, 4), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "layer-norm-basic-lstm/summed-reset",
        "states of three normalised layers that leak into the next sequence",
        LAYERS,
        Chunked(chunks=(2, 4), carry_state=False),
    ),
    case(
        "layer-norm-basic-lstm/dropout-ragged-state",
        "recurrent dropout of c or h, where only the candidate is dropped",
        DROPPING,
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "layer-norm-basic-lstm/dropout-static",
        "the mask of one step used for all steps",
        DROPPING,
        StaticRNN(initial_state=True),
    ),
    case(
        "layer-norm-basic-lstm/dropout-step-state",
        "kept entries of the candidate that are not divided by dropout_keep_prob",
        DROPPING,
        Step(initial_state=True),
    ),
    case(
        "layer-norm-basic-lstm/dropout-bidirectional-ragged-state",
        "masks of the backward direction taken in the order of the inputs",
        DROPPING,
        BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "layer-norm-basic-lstm/dropout-no-norm",
        "recurrent dropout that hangs on the norms",
        LayerNormBasicLSTMCell(num_units=UNITS, forget_bias=1.6, layer_norm=False, dropout_keep_prob=0.6),
        DynamicRNN(initial_state=True),
    ),
    case(
        "layer-norm-basic-lstm/dropout-summed",
        "one layer's masks used for another in a stack that answers the sum",
        SummedMultiRNNCell(cells=(DROPPING,) * 3),
        DynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "layer-norm-basic-lstm/dropout-float64",
        "dropout_keep_prob rounded to single precision",
        DROPPING,
        DynamicRNN(initial_state=True),
        dtype="float64",
    ),
)
