"""Cells whose classes left TensorFlow with `tf.contrib`, composed of TensorFlow's ops from their published formulas."""

from __future__ import annotations

from rnn_parity.spec import CellSpec, GLSTMCell, IndRNNCell, IndyGRUCell, IndyLSTMCell, PhasedLSTMCell, UGRNNCell
from tf_reference.contrib import glstm, indy, phased, ugrnn
from tf_reference.contrib.composed import Formula

FORMULAS: dict[type[CellSpec], Formula] = {
    GLSTMCell: glstm.FORMULA,
    IndRNNCell: indy.IND_RNN,
    IndyGRUCell: indy.INDY_GRU,
    IndyLSTMCell: indy.INDY_LSTM,
    PhasedLSTMCell: phased.FORMULA,
    UGRNNCell: ugrnn.FORMULA,
}
