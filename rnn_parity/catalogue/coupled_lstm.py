"""Cases of CoupledInputForgetGateLSTMCell."""

from rnn_parity.catalogue.build import PROJECTED, RAGGED, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import CoupledInputForgetGateLSTMCell, DynamicRNN, Step

GIVEN = DynamicRNN(sequence_length=RAGGED, initial_state=True)

CASES = (
    *contrib(
        "coupled-lstm",
        CoupledInputForgetGateLSTMCell(num_units=UNITS, use_peepholes=True, forget_bias=0.7),
        CoupledInputForgetGateLSTMCell(num_units=SQUARE_UNITS, num_proj=SQUARE_UNITS, forget_bias=-0.4),
    ),
    case(
        "coupled-lstm/no-peepholes",
        "peepholes where TensorFlow's default is to have none",
        CoupledInputForgetGateLSTMCell(num_units=UNITS, forget_bias=1.6),
        GIVEN,
    ),
    case(
        "coupled-lstm/activation-softsign",
        "the activation hard-wired to tanh, of the candidate or of c",
        CoupledInputForgetGateLSTMCell(num_units=UNITS, activation="softsign"),
        GIVEN,
    ),
    case(
        "coupled-lstm/projection-clip",
        "a projection that is not clipped",
        CoupledInputForgetGateLSTMCell(num_units=UNITS, num_proj=PROJECTED, proj_clip=0.4, forget_bias=0.7),
        GIVEN,
    ),
    case(
        "coupled-lstm/concat-state",
        "the state [c | h] cut in the wrong place, where c is wider than h",
        CoupledInputForgetGateLSTMCell(num_units=UNITS, num_proj=PROJECTED, forget_bias=0.7, state_is_tuple=False),
        GIVEN,
    ),
    case(
        "coupled-lstm/norm",
        "the unused B added although the norms are there, or c normalised after the output gate",
        CoupledInputForgetGateLSTMCell(num_units=UNITS, forget_bias=0.7, layer_norm=True),
        GIVEN,
    ),
    case(
        "coupled-lstm/norm-all-options",
        "options that work alone and not together",
        CoupledInputForgetGateLSTMCell(
            num_units=UNITS, use_peepholes=True, num_proj=PROJECTED, proj_clip=0.4, forget_bias=1.6,
            state_is_tuple=False, activation="softsign", layer_norm=True,
        ),
        GIVEN,
    ),
    case(
        "coupled-lstm/norm-step",
        "a wrong formula in a single step with norms and peepholes",
        CoupledInputForgetGateLSTMCell(num_units=UNITS, use_peepholes=True, forget_bias=-0.4, layer_norm=True),
        Step(initial_state=True),
    ),
)  # fmt: skip
