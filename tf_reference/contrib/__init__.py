"""Cells whose classes left TensorFlow with `tf.contrib`, composed of TensorFlow's ops from their published formulas."""

from __future__ import annotations

from rnn_parity.spec import (
    CellSpec,
    CoupledInputForgetGateLSTMCell,
    LayerNormBasicLSTMCell,
    LayerNormLSTMCell,
    UGRNNCell,
)
from tf_reference.contrib import (
    coupled_input_forget_gate_lstm,
    layer_norm_basic_lstm,
    layer_norm_lstm,
    ugrnn,
)
from tf_reference.contrib.composed import Formula

FORMULAS: dict[type[CellSpec], Formula] = {
    CoupledInputForgetGateLSTMCell: coupled_input_forget_gate_lstm.FORMULA,
    LayerNormBasicLSTMCell: layer_norm_basic_lstm.FORMULA,
    LayerNormLSTMCell: layer_norm_lstm.FORMULA,
    UGRNNCell: ugrnn.FORMULA,
}
