"""Cases of contrib's stacked bidirectional runs, static and dynamic."""

from collections.abc import Callable

from rnn_parity.catalogue.build import CORE, RAGGED, SQUARE, SQUARE_UNITS, UNITS, case, with_and_without
from rnn_parity.spec import (
    BasicLSTMCell,
    DeviceWrapper,
    GRUCell,
    MultiRNNCell,
    ResidualWrapper,
    Run,
    Sizes,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    SummedMultiRNNCell,
)

SQUARE_RAGGED = (6, 4, 1, 0, 5)
HALF = SQUARE_UNITS // 2  # two directions of it are as wide as the inputs, so that weights fit in every layer

LSTM = BasicLSTMCell(num_units=HALF, forget_bias=0.7)
GRU = GRUCell(num_units=HALF)
WIDE = Sizes(batch_size=4, max_time=6, depth=7)


def _static(lengths: tuple[int, ...] | None, given: bool) -> Run:  # noqa: FBT001  as `with_and_without` calls it
    return StackBidirectionalRNN(layers=2, sequence_length=lengths, initial_state=given)


def _dynamic(lengths: tuple[int, ...] | None, given: bool) -> Run:  # noqa: FBT001  as above
    return StackBidirectionalDynamicRNN(
        layers=2, sequence_length=lengths, initial_state=given, time_major=lengths is None
    )


RUNS: dict[str, tuple[str, Callable[[tuple[int, ...] | None, bool], Run]]] = {
    "static": ("directions that do not meet between two layers", _static),
    "dynamic": ("directions joined in the wrong order or over the wrong axis between two layers", _dynamic),
}

CASES = (
    *(
        one
        for run, (why, make) in RUNS.items()
        for name, cell in CORE.items()
        for one in with_and_without(f"stack-bidirectional/{run}-{name}", why, cell, make)
    ),
    case(
        "stack-bidirectional/square-lstm",
        "weights or states listed by layer instead of by direction, where all shapes fit",
        LSTM,
        StackBidirectionalDynamicRNN(layers=3, sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "stack-bidirectional/square-gru-static",
        "weights of the two directions interleaved over the layers, where all shapes fit",
        GRU,
        StackBidirectionalRNN(layers=2, sequence_length=SQUARE_RAGGED, initial_state=True),
        sizes=SQUARE,
    ),
    case(
        "stack-bidirectional/time-major-ragged-state",
        "rows turned around along the batch in the layers above the first",
        CORE["lstm"],
        StackBidirectionalDynamicRNN(layers=2, sequence_length=RAGGED, initial_state=True, time_major=True),
    ),
    case(
        "stack-bidirectional/one-layer",
        "a stack of one layer that is nested like a plain bidirectional run",
        CORE["gru"],
        StackBidirectionalDynamicRNN(layers=1, sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "stack-bidirectional/all-rows-empty",
        "layers above the first that fail where every row has length 0",
        CORE["basic-lstm"],
        StackBidirectionalRNN(layers=2, sequence_length=(0, 0, 0, 0), initial_state=True),
    ),
    case(
        "stack-bidirectional/stacks-in-layers",
        "a MultiRNNCell in every layer and direction: states nested by layer, then by cell",
        MultiRNNCell(cells=(BasicLSTMCell(num_units=UNITS, forget_bias=0.7), GRUCell(num_units=2))),
        StackBidirectionalDynamicRNN(layers=2, sequence_length=RAGGED, initial_state=True),
    ),
    case(
        "stack-bidirectional/concat-state-static",
        "concatenated states of two layers taken for one",
        BasicLSTMCell(num_units=UNITS, forget_bias=0.7, state_is_tuple=False),
        StackBidirectionalRNN(layers=2, initial_state=True),
    ),
    *(
        case(
            f"stack-bidirectional/summed-{run}",
            "the sum over a layer's cells handed up as one direction's columns",
            SummedMultiRNNCell(cells=(LSTM, GRU)),
            make(RAGGED, True),  # noqa: FBT003  as above
        )
        for run, (_, make) in RUNS.items()
    ),
    *(
        case(
            f"stack-bidirectional/residual-{run}",
            "inputs of the whole stack added in every layer, instead of the layer's own",
            ResidualWrapper(cell=GRU, residual_fn="slice"),
            make(RAGGED, True),  # noqa: FBT003  as above
            sizes=WIDE,
        )
        for run, (_, make) in RUNS.items()
    ),
    *(
        case(
            f"stack-bidirectional/device-{run}",
            "numbers that change with the devices of the layers' cells",
            DeviceWrapper(cell=LSTM, device="/cpu:0"),
            make(None, True),  # noqa: FBT003  as above
        )
        for run, (_, make) in RUNS.items()
    ),
    case(
        "stack-bidirectional/float64-ragged-state",
        "single precision between two layers",
        CORE["lstm"],
        StackBidirectionalRNN(layers=2, sequence_length=RAGGED, initial_state=True),
        dtype="float64",
    ),
    case(
        "stack-bidirectional/float16-ragged-state",
        "half precision joined in another dtype between two layers",
        CORE["gru"],
        StackBidirectionalDynamicRNN(layers=2, sequence_length=RAGGED, initial_state=True),
        dtype="float16",
    ),
)
