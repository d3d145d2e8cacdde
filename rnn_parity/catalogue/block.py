"""Cases of the block, fused and cuDNN-compatible cells."""

from collections.abc import Iterator

from rnn_parity.catalogue.build import RAGGED, SQUARE, SQUARE_UNITS, UNITS, case, contrib
from rnn_parity.spec import (
    BlockLSTMV2,
    CaseSpec,
    CudnnCompatibleGRUCell,
    CudnnCompatibleLSTMCell,
    DynamicRNN,
    FusedCell,
    FusedRNN,
    GRUBlockCellV2,
    LSTMBlockCell,
    LSTMBlockFusedCell,
    Sizes,
    Step,
)

LONG = Sizes(batch_size=4, max_time=14, depth=3)  # so long that |c| grows past 3, the raw ops' own default clip
GROWING, GAIN = 4.0, 1.6  # a forget bias and gates that let it
ONE_STEP = Sizes(batch_size=4, max_time=1, depth=3)
NO_STEPS = (0, 0, 0, 0)
SHORTER = (4, 2, 1, 0)  # the longest row ends before the last step
EQUAL = (4, 4, 4, 4)


def _lstm_block() -> Iterator[CaseSpec]:
    plain = LSTMBlockCell(num_units=UNITS, forget_bias=0.7)
    yield from contrib("lstm-block", plain, LSTMBlockCell(num_units=SQUARE_UNITS, forget_bias=-0.4, use_peephole=True))
    given, ragged = DynamicRNN(initial_state=True), DynamicRNN(sequence_length=RAGGED, initial_state=True)
    for name, why, cell, run in (
        (
            "peephole-clip",
            "peepholes of c before the clip, or of the old c where it should be the new one",
            LSTMBlockCell(num_units=UNITS, forget_bias=0.7, cell_clip=0.5, use_peephole=True),
            ragged,
        ),
        (
            "peephole-step",
            "diagonals taken in the order w_f, w_i of LSTMCell",
            LSTMBlockCell(num_units=UNITS, forget_bias=1.3, use_peephole=True),
            Step(initial_state=True),
        ),
        (
            "clip-0",
            "cell_clip=0.0 that clips to 0, as it does in LSTMCell",
            LSTMBlockCell(num_units=UNITS, forget_bias=0.7, cell_clip=0.0),
            given,
        ),
        (
            "clip-negative",
            "cell_clip=-1.0 that clips to anything: below 0 there is no clip",
            LSTMBlockCell(num_units=UNITS, forget_bias=0.7, cell_clip=-1.0),
            given,
        ),
    ):
        yield case(f"lstm-block/{name}", why, cell, run)
    yield case(
        "lstm-block/c-beyond-3",
        "the raw op's default cell_clip of 3 where the class hands on -1",
        LSTMBlockCell(num_units=UNITS, forget_bias=GROWING),
        given,
        sizes=LONG,
        gain=GAIN,
    )
    yield case(
        "lstm-block/clip-3",
        "a cell_clip of 3 that is left out because it is the op's default",
        LSTMBlockCell(num_units=UNITS, forget_bias=GROWING, cell_clip=3.0),
        given,
        sizes=LONG,
        gain=GAIN,
    )


def _fused(family: str, cell: FusedCell, square: FusedCell, lengths: tuple[int, ...]) -> Iterator[CaseSpec]:
    """Yield the cases that every fused cell has; `lengths` are those that it takes."""
    for name, why, run in (
        ("zeros", "a wrong formula over a sequence from zeros", FusedRNN()),
        ("state", "an initial state that is ignored or swapped", FusedRNN(initial_state=True)),
        ("ragged", "outputs that are not masked, final states of the last step", FusedRNN(sequence_length=lengths)),
        (
            "ragged-state",
            "final states that are not those at length - 1, from a given state",
            FusedRNN(sequence_length=lengths, initial_state=True),
        ),
        (
            "no-steps-state",
            "a final state of rows without a step that is not the initial one",
            FusedRNN(sequence_length=NO_STEPS, initial_state=True),
        ),
    ):
        yield case(f"{family}/{name}", why, cell, run)
    wide = "blocks of the kernel read in another order, or rows swapped, where all shapes fit"
    yield case(f"{family}/square", wide, square, FusedRNN(initial_state=True), sizes=SQUARE)
    one_step = "a sequence of one step that loses its time axis"
    yield case(f"{family}/one-step", one_step, cell, FusedRNN(initial_state=True), sizes=ONE_STEP)
    half = "half precision answered in another dtype"
    run = FusedRNN(sequence_length=lengths, initial_state=True)
    yield case(f"{family}/float16-ragged-state", half, cell, run, dtype="float16")


def _lstm_block_fused() -> Iterator[CaseSpec]:
    family = "lstm-block-fused"
    plain = LSTMBlockFusedCell(num_units=UNITS, forget_bias=0.7)
    square = LSTMBlockFusedCell(num_units=SQUARE_UNITS, forget_bias=-0.4, use_peephole=True)
    yield from _fused(family, plain, square, RAGGED)
    given, ragged = FusedRNN(initial_state=True), FusedRNN(sequence_length=RAGGED, initial_state=True)
    yield case(
        f"{family}/shorter-than-inputs-state",
        "a loop over all steps where the longest row ends earlier",
        plain,
        FusedRNN(sequence_length=SHORTER, initial_state=True),
    )
    for name, why, cell in (
        (
            "peephole-clip",
            "peepholes of c before the clip, or of the old c where it should be the new one",
            LSTMBlockFusedCell(num_units=UNITS, forget_bias=0.7, cell_clip=0.5, use_peephole=True),
        ),
        (
            "clip-0",
            "cell_clip=0.0 that clips to 0, as it does in LSTMCell",
            LSTMBlockFusedCell(num_units=UNITS, forget_bias=0.7, cell_clip=0.0),
        ),
    ):
        yield case(f"{family}/{name}", why, cell, ragged)
    for name, why, clip in (
        ("c-beyond-3", "the raw op's default cell_clip of 3 where the class hands on -1", None),
        ("clip-3", "a cell_clip of 3 that is left out because it is the op's default", 3.0),
    ):
        cell = LSTMBlockFusedCell(num_units=UNITS, forget_bias=GROWING, cell_clip=clip)
        yield case(f"{family}/{name}", why, cell, given, sizes=LONG, gain=GAIN)


def _block_lstm_v2() -> Iterator[CaseSpec]:
    family = "block-lstm-v2"
    plain = BlockLSTMV2(num_units=UNITS)
    yield from _fused(family, plain, BlockLSTMV2(num_units=SQUARE_UNITS, use_peephole=True), EQUAL)
    yield case(
        f"{family}/peephole-clip",
        "peepholes of c before the clip, or of the old c where it should be the new one",
        BlockLSTMV2(num_units=UNITS, cell_clip=0.5, use_peephole=True),
        FusedRNN(sequence_length=EQUAL, initial_state=True),
    )
    yield case(
        f"{family}/clip-negative",
        "cell_clip=-1.0 that clips to anything: at 0 and below there is no clip",
        BlockLSTMV2(num_units=UNITS, cell_clip=-1.0),
        FusedRNN(initial_state=True),
    )


CASES = (
    *_lstm_block(),
    *_lstm_block_fused(),
    *_block_lstm_v2(),
    *contrib("cudnn-lstm", CudnnCompatibleLSTMCell(num_units=UNITS), CudnnCompatibleLSTMCell(num_units=SQUARE_UNITS)),
    *contrib("cudnn-gru", CudnnCompatibleGRUCell(num_units=UNITS), CudnnCompatibleGRUCell(num_units=SQUARE_UNITS)),
    *contrib("gru-block", GRUBlockCellV2(num_units=UNITS), GRUBlockCellV2(num_units=SQUARE_UNITS)),
)
