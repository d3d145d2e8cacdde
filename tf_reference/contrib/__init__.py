"""Cells whose classes left TensorFlow with `tf.contrib`, composed of TensorFlow's ops from their published formulas."""

from __future__ import annotations

from rnn_parity.spec import (
    CellSpec,
    CFNCell,
    IntersectionRNNCell,
    MinimalRNNCell,
    NASCell,
    SRUCell,
    UGRNNCell,
)
from tf_reference.contrib import cfn, intersection, minimal_rnn, nas, sru, ugrnn
from tf_reference.contrib.composed import Formula

FORMULAS: dict[type[CellSpec], Formula] = {
    CFNCell: cfn.FORMULA,
    IntersectionRNNCell: intersection.FORMULA,
    MinimalRNNCell: minimal_rnn.FORMULA,
    NASCell: nas.FORMULA,
    SRUCell: sru.FORMULA,
    UGRNNCell: ugrnn.FORMULA,
}
