"""Cases of raw_rnn with the loop_fn of TensorFlow's documentation."""

from rnn_parity.catalogue.build import CORE, RAGGED, SQUARE, SQUARE_UNITS, UNITS, case, with_and_without
from rnn_parity.spec import (
    BasicLSTMCell,
    DeviceWrapper,
    GRUCell,
    MultiRNNCell,
    RawRNN,
    ResidualWrapper,
    SummedMultiRNNCell,
)

SQUARE_RAGGED = (6, 4, 1, 0, 5)

GRU = GRUCell(num_units=SQUARE_UNITS)
LSTM = BasicLSTMCell(num_units=SQUARE_UNITS, forget_bias=0.7)

CASES = (
    *(
        one
        for name, cell in CORE.items()
        for one in with_and_without(
            f"raw/{name}",
            "inputs, outputs or states one step off in a loop that a function drives",
            cell,
            lambda lengths, given: RawRNN(sequence_length=lengths, initial_state=given),
        )
    ),
    case(
        "raw/all-rows-end-early",
        "outputs padded to T: the loop ends with the longest row",
        CORE["lstm"],
        RawRNN(sequence_length=(4, 2, 1, 0), initial_state=True),
    ),
    case(
        "raw/equal-short-rows",
        "steps after the last row's end that are run although no row is ragged",
        CORE["gru"],
        RawRNN(sequence_length=(4, 4, 4, 4), initial_state=True),
    ),
    case(
        "raw/one-step",
        "a loop that runs once where every row has one step or none",
        CORE["basic-lstm"],
        RawRNN(sequence_length=(1, 1, 0, 1), initial_state=True),
    ),
    case(
        "raw/no-steps",
        "a loop that runs although every row is empty: outputs of 0 steps, the initial state as it was",
        CORE["basic-lstm"],
        RawRNN(sequence_length=(0, 0, 0, 0), initial_state=True),
    ),
    case(
        "raw/no-steps-from-zeros",
        "outputs of 0 steps without their batch and width, states that are not zeros",
        CORE["gru"],
        RawRNN(sequence_length=(0, 0, 0, 0)),
    ),
    case(
        "raw/stacked-ragged-state",
        "layers' states that are not all frozen where rows end inside the loop",
        MultiRNNCell(cells=(LSTM, GRU, CORE["lstm"])),
        RawRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "raw/stacked-concat-state",
        "a concatenated state handed through the loop with its layers in another order",
        MultiRNNCell(
            cells=(BasicLSTMCell(num_units=UNITS, forget_bias=0.7, state_is_tuple=False), GRUCell(num_units=2)),
            state_is_tuple=False,
        ),
        RawRNN(sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "raw/summed-ragged-state",
        "the sum over layers emitted past a row's end",
        SummedMultiRNNCell(cells=(LSTM, GRU)),
        RawRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "raw/residual-ragged",
        "inputs of finished rows added to what is emitted for them",
        ResidualWrapper(cell=GRU),
        RawRNN(sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "raw/device",
        "numbers that change where the loop and the cell have devices of their own",
        DeviceWrapper(cell=LSTM, device="/cpu:0"),
        RawRNN(initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "raw/float64-ragged-state",
        "single precision in what is emitted or selected",
        CORE["lstm"],
        RawRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "raw/float16-ragged-state",
        "half precision emitted in another dtype",
        CORE["gru"],
        RawRNN(sequence_length=RAGGED, initial_state=True),
        dtype="float16",
    ),
)
