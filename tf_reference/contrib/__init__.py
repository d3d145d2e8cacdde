"""Cells whose classes left TensorFlow with `tf.contrib`, composed of TensorFlow's ops from their published formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rnn_parity.spec import (
    AttentionCellWrapper,
    CellSpec,
    CFNCell,
    ContribWrapper,
    CoupledInputForgetGateLSTMCell,
    CudnnCompatibleGRUCell,
    CudnnCompatibleLSTMCell,
    GLSTMCell,
    GRUBlockCellV2,
    IndRNNCell,
    IndyGRUCell,
    IndyLSTMCell,
    IntersectionRNNCell,
    LayerNormBasicLSTMCell,
    LayerNormLSTMCell,
    LSTMBlockCell,
    MinimalRNNCell,
    NASCell,
    PhasedLSTMCell,
    SRUCell,
    UGRNNCell,
)
from tf_reference.contrib import (
    attention,
    cfn,
    coupled_input_forget_gate_lstm,
    glstm,
    gru_block,
    indy,
    intersection,
    layer_norm_basic_lstm,
    layer_norm_lstm,
    lstm_block,
    minimal_rnn,
    nas,
    phased,
    sru,
    ugrnn,
    wrappers,
)
from tf_reference.contrib.composed import Formula

FORMULAS: dict[type[CellSpec], Formula] = {
    CFNCell: cfn.FORMULA,
    CoupledInputForgetGateLSTMCell: coupled_input_forget_gate_lstm.FORMULA,
    CudnnCompatibleGRUCell: gru_block.CUDNN_FORMULA,
    CudnnCompatibleLSTMCell: lstm_block.CUDNN_FORMULA,
    GLSTMCell: glstm.FORMULA,
    GRUBlockCellV2: gru_block.FORMULA,
    IndRNNCell: indy.IND_RNN,
    IndyGRUCell: indy.INDY_GRU,
    IndyLSTMCell: indy.INDY_LSTM,
    IntersectionRNNCell: intersection.FORMULA,
    LSTMBlockCell: lstm_block.FORMULA,
    LayerNormBasicLSTMCell: layer_norm_basic_lstm.FORMULA,
    LayerNormLSTMCell: layer_norm_lstm.FORMULA,
    MinimalRNNCell: minimal_rnn.FORMULA,
    NASCell: nas.FORMULA,
    PhasedLSTMCell: phased.FORMULA,
    SRUCell: sru.FORMULA,
    UGRNNCell: ugrnn.FORMULA,
}

WRAPPERS: dict[type[CellSpec], Callable[[], type[Any]]] = {
    AttentionCellWrapper: attention.attention_class,
    **wrappers.CLASSES,
}


def wrap(spec: ContribWrapper, cell: Any) -> Any:  # noqa: ANN401  TensorFlow's cells
    """Return the wrapper of this spec around `cell`."""
    return WRAPPERS[type(spec)]()(spec, cell, spec.scope or None)
