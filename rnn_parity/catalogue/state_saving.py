"""Cases of static_state_saving_rnn: several calls, the state held by a state saver in between."""

from rnn_parity.catalogue.build import CORE, SQUARE, SQUARE_UNITS, UNITS, case
from rnn_parity.spec import (
    BasicLSTMCell,
    DeviceWrapper,
    GRUCell,
    MultiRNNCell,
    ResidualWrapper,
    StateSavingRNN,
    SummedMultiRNNCell,
)

GRU = GRUCell(num_units=SQUARE_UNITS)
LSTM = BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7)

CASES = (
    *(
        case(
            f"state-saving/{name}",
            "a state that is not saved, or is read one call late",
            cell,
            StateSavingRNN(chunks=(2, 1, 3)),
        )
        for name, cell in CORE.items()
    ),
    *(
        case(
            f"state-saving/{name}-state",
            "a first state that the saver does not hand out, or that is handed out again",
            cell,
            StateSavingRNN(chunks=(4, 2), initial_state=True),
        )
        for name, cell in CORE.items()
    ),
    case(
        "state-saving/square-lstm",
        "c and h saved under each other's names, where both are of one width",
        LSTM,
        StateSavingRNN(chunks=(3, 3), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "state-saving/concat-state",
        "one name taken for c or h alone where it names both",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7, state_is_tuple=False),
        StateSavingRNN(chunks=(1, 5), initial_state=True),
    ),
    case(
        "state-saving/stacked-lstms",
        "layers' states saved under each other's names, or one layer's alone",
        MultiRNNCell(cells=(LSTM,) * 3),
        StateSavingRNN(chunks=(2, 2, 2), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "state-saving/stacked-mixed",
        "names given to the arrays of a nested state in another order than from left to right",
        MultiRNNCell(cells=(LSTM, GRU, CORE["lstm"])),
        StateSavingRNN(chunks=(3, 3), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "state-saving/summed",
        "the sum over layers saved in place of the layers' states",
        SummedMultiRNNCell(cells=(LSTM, GRU)),
        StateSavingRNN(chunks=(4, 2), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "state-saving/residual",
        "the output saved as the state, where it is more than the state",
        ResidualWrapper(cell=GRU),
        StateSavingRNN(chunks=(4, 2), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "state-saving/device",
        "a state that does not leave its cell's device",
        DeviceWrapper(cell=LSTM, device="/cpu:0"),
        StateSavingRNN(chunks=(4, 2), initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "state-saving/float64",
        "a state saved in single precision",
        CORE["lstm"],
        StateSavingRNN(chunks=(3, 3), initial_state=True),
        dtype="float64",
    ),
    case(
        "state-saving/gru-float16",
        "a state saved in another precision than half",
        CORE["gru"],
        StateSavingRNN(chunks=(3, 3), initial_state=True),
        dtype="float16",
    ),
)
