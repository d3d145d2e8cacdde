"""Cells whose classes left TensorFlow with `tf.contrib`, composed of TensorFlow's ops from their published formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rnn_parity.spec import AttentionCellWrapper, CellSpec, ContribWrapper, UGRNNCell
from tf_reference.contrib import attention, ugrnn, wrappers
from tf_reference.contrib.composed import Formula

FORMULAS: dict[type[CellSpec], Formula] = {
    UGRNNCell: ugrnn.FORMULA,
}

WRAPPERS: dict[type[CellSpec], Callable[[], type[Any]]] = {
    AttentionCellWrapper: attention.attention_class,
    **wrappers.CLASSES,
}


def wrap(spec: ContribWrapper, cell: Any) -> Any:  # noqa: ANN401  TensorFlow's cells
    """Return the wrapper of this spec around `cell`."""
    return WRAPPERS[type(spec)]()(spec, cell, spec.scope or None)
