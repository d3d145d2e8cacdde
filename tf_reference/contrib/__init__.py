"""Cells whose classes left TensorFlow with `tf.contrib`, composed of TensorFlow's ops from their published formulas."""

from __future__ import annotations

from rnn_parity.spec import (
    CellSpec,
    CudnnCompatibleGRUCell,
    CudnnCompatibleLSTMCell,
    GRUBlockCellV2,
    LSTMBlockCell,
    UGRNNCell,
)
from tf_reference.contrib import gru_block, lstm_block, ugrnn
from tf_reference.contrib.composed import Formula

FORMULAS: dict[type[CellSpec], Formula] = {
    CudnnCompatibleGRUCell: gru_block.CUDNN_FORMULA,
    CudnnCompatibleLSTMCell: lstm_block.CUDNN_FORMULA,
    GRUBlockCellV2: gru_block.FORMULA,
    LSTMBlockCell: lstm_block.FORMULA,
    UGRNNCell: ugrnn.FORMULA,
}
