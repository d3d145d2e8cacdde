"""Cells whose classes left TensorFlow with `tf.contrib`, composed of TensorFlow's ops from their published formulas."""

from __future__ import annotations

from rnn_parity.spec import (
    CellSpec,
    CFNCell,
    CudnnCompatibleGRUCell,
    CudnnCompatibleLSTMCell,
    GRUBlockCellV2,
    IntersectionRNNCell,
    LSTMBlockCell,
    MinimalRNNCell,
    NASCell,
    SRUCell,
    UGRNNCell,
)
from tf_reference.contrib import (
    cfn,
    gru_block,
    intersection,
    lstm_block,
    minimal_rnn,
    nas,
    sru,
    ugrnn,
)
from tf_reference.contrib.composed import Formula

FORMULAS: dict[type[CellSpec], Formula] = {
    CFNCell: cfn.FORMULA,
    CudnnCompatibleGRUCell: gru_block.CUDNN_FORMULA,
    CudnnCompatibleLSTMCell: lstm_block.CUDNN_FORMULA,
    GRUBlockCellV2: gru_block.FORMULA,
    IntersectionRNNCell: intersection.FORMULA,
    LSTMBlockCell: lstm_block.FORMULA,
    MinimalRNNCell: minimal_rnn.FORMULA,
    NASCell: nas.FORMULA,
    SRUCell: sru.FORMULA,
    UGRNNCell: ugrnn.FORMULA,
}
