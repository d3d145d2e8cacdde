"""The LSTM kernels' own traps: clips that are off at 0, the raw op's default clip, BlockLSTMV2's order of gates.

What LSTMBlockCell, LSTMBlockFusedCell and CudnnCompatibleLSTMCell share with LSTMCell goes wrong as it does there.
"""

from __future__ import annotations

import numpy_impl
from numpy_impl import lstm, lstm_block
from rnn_parity.mistakes.every_cell import mistakes_of
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_options
from rnn_parity.mistakes.room import Holds, Room, longest, recurs, runs, where
from rnn_parity.mistakes.semantics import BLOCK_LSTM, Make, Weights, miscomputed, misread
from rnn_parity.spec import BLOCK_GATES, BLOCK_V2_GATES, BlockLSTMV2, CaseSpec
from rnn_parity.structure import Array
from rnn_parity.weights import Layer, layers

V2 = (BlockLSTMV2,)
OP_DEFAULT_CLIP = 3.0
GROWS = 2.0  # a forget bias from which on c may pass the op's default clip; whether it does the data decide


def _block(holds: Holds, needs: Room = runs) -> Room:
    """Return the room in the kernels' cells that `holds`, of which a kernel's clip is told from LSTMCell's."""
    return lambda spec: (
        needs(spec) and any(isinstance(one.cell, BLOCK_LSTM) and holds(one.cell) for one in layers(spec))
    )


def _may_pass_the_default(spec: CaseSpec) -> bool:
    return longest(spec) > OP_DEFAULT_CLIP


def _in_block_order(weights: Weights) -> dict[str, Array]:
    """Return BlockLSTMV2's weights with the columns in LSTMBlockCell's order."""
    order = [BLOCK_V2_GATES.index(gate) for gate in BLOCK_GATES]

    def permuted(array: Array) -> Array:
        blocks = array.reshape(*array.shape[:-1], len(order), -1)
        return blocks[..., order, :].reshape(array.shape)

    return {name: permuted(array) if name in ("kernel", "bias") else array for name, array in weights.items()}


def _as_block_cell(*, forget_bias: float = 0.0, reordered: bool = True) -> Make:
    """Return what computes a step of BlockLSTMV2 as LSTMBlockCell does."""

    def make(layer: Layer, weights: Weights) -> numpy_impl.LSTMBlockCell:
        own = lstm_block.weights_from(_in_block_order(weights) if reordered else weights)
        clip, peephole = _options(layer)
        return numpy_impl.LSTMBlockCell(layer.cell.num_units, forget_bias, clip, peephole, weights=own)

    return make


def _clipped_to_zero(layer: Layer, weights: Weights) -> numpy_impl.LSTMCell:
    """Return what computes a step of BlockLSTMV2 as LSTMCell does with the same clip."""
    clip, peephole = _options(layer)
    own = lstm.weights_from(_in_block_order(weights))
    return numpy_impl.LSTMCell(layer.cell.num_units, peephole, clip, forget_bias=0.0, weights=own)


def _options(layer: Layer) -> tuple[float, bool]:
    if not isinstance(layer.cell, BlockLSTMV2):
        raise TypeError(f"layer {layer.index}: got a {type(layer.cell).__name__}, should be a BlockLSTMV2.")
    return layer.cell.cell_clip, layer.cell.use_peephole


_ZERO_IS_OFF = "Clip c only where cell_clip is above 0; None, 0.0 and less are no clip."

MISTAKES = (
    Mistake(
        id="lstm-block/op-default-clip",
        statement="c clipped at 3, the raw op's default cell_clip",
        explanation="tf.raw_ops.LSTMBlockCell and BlockLSTM clip at 3 unless told otherwise; the classes hand on -1 "
        "for None. Up to TensorFlow 1.3 they did not. Where |c| stays below 3 nothing shows.",
        repair="No clip where cell_clip is None: pass cell_clip=-1 to the raw op.",
        applies=_block(
            lambda cell: not (getattr(cell, "cell_clip", None) or 0) > 0 and getattr(cell, "forget_bias", 0) > GROWS,
            _may_pass_the_default,
        ),
        run=misread(BLOCK_LSTM, with_options(cell_clip=OP_DEFAULT_CLIP)),
    ),
    Mistake(
        id="lstm-block/clip-0-clips",
        statement="cell_clip=0.0 clips c to 0 (here it is no clip)",
        explanation="LSTMCell clips to 0 with cell_clip=0.0; the kernels clip only with a cell_clip above 0.",
        repair=_ZERO_IS_OFF,
        applies=_block(lambda cell: getattr(cell, "cell_clip", None) == 0),
        run=misread(BLOCK_LSTM, with_options(cell_clip=0.0)),
    ),
    Mistake(
        id="block-lstm-v2/gates-read-i-ci-f-o",
        statement="gates read i,ci,f,o (the blocks of BlockLSTMV2 are i,f,ci,o)",
        explanation="BlockLSTM and LSTMBlockCell have the candidate second; BlockLSTMV2 has Keras's order. All shapes "
        "fit.",
        repair="Split [x h] w + b into i, f, ci, o.",
        applies=where(V2),
        run=miscomputed(V2, _as_block_cell(reordered=False)),
    ),
    Mistake(
        id="block-lstm-v2/forget-bias-added",
        statement="forget_bias of 1 added (BlockLSTMV2 has none)",
        explanation="BlockLSTM adds 1 to f by default. BlockLSTMV2 has no such attribute: its bias holds it.",
        repair="sigmoid(f), with f as w and b give it.",
        applies=where(V2, needs=recurs),
        run=miscomputed(V2, _as_block_cell(forget_bias=1.0)),
    ),
    Mistake(
        id="block-lstm-v2/clip-0-clips",
        statement="cell_clip=0.0 clips c to 0 (BlockLSTMV2: no clip)",
        explanation="0.0 is the op's default and means none; LSTMCell clips to 0 with it.",
        repair=_ZERO_IS_OFF,
        applies=where(V2, lambda cell: cell.cell_clip == 0),
        run=miscomputed(V2, _clipped_to_zero),
    ),
    *mistakes_of("block-lstm-v2", V2),
)
