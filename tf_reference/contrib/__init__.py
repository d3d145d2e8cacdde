"""Cells whose classes left TensorFlow with `tf.contrib`, composed of TensorFlow's ops from their published formulas."""

from __future__ import annotations

from rnn_parity.spec import CellSpec, UGRNNCell
from tf_reference.contrib import ugrnn
from tf_reference.contrib.composed import Formula

FORMULAS: dict[type[CellSpec], Formula] = {
    UGRNNCell: ugrnn.FORMULA,
}
