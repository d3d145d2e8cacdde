"""A cell's spec -> TensorFlow's own cell object.

Source: tf_keras/src/layers/rnn/legacy_cells.py.
"""

from __future__ import annotations

import warnings
from typing import Any, assert_never

from rnn_parity.spec import BasicLSTMCell, BasicRNNCell, Cell, DType, GRUCell, LSTMCell, MultiRNNCell
from tf_reference.environment import tensorflow

LAYER_CLASSES = ("ELU", "LeakyReLU", "ReLU", "Softmax", "ThresholdedReLU")  # activations that are Keras layers


def build_cell(cell: Cell, dtype: DType) -> Any:  # noqa: ANN401  TensorFlow ships no types
    """Return the `tf.compat.v1.nn.rnn_cell` object that `cell` describes; its variables will have `dtype`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # each constructor announces its own deprecation
        return _cell(cell, dtype)


def _cell(cell: Cell, dtype: DType) -> Any:  # noqa: ANN401  TensorFlow ships no types
    rnn_cell = tensorflow().compat.v1.nn.rnn_cell
    match cell:
        case BasicRNNCell():
            return rnn_cell.BasicRNNCell(cell.num_units, activation=_activation(cell.activation, dtype), dtype=dtype)
        case GRUCell():
            return rnn_cell.GRUCell(cell.num_units, activation=_activation(cell.activation, dtype), dtype=dtype)
        case BasicLSTMCell():
            return rnn_cell.BasicLSTMCell(
                cell.num_units,
                forget_bias=cell.forget_bias,
                state_is_tuple=cell.state_is_tuple,
                activation=_activation(cell.activation, dtype),
                dtype=dtype,
            )
        case LSTMCell():
            return rnn_cell.LSTMCell(
                cell.num_units,
                use_peepholes=cell.use_peepholes,
                cell_clip=cell.cell_clip,
                num_proj=cell.num_proj,
                proj_clip=cell.proj_clip,
                forget_bias=cell.forget_bias,
                state_is_tuple=cell.state_is_tuple,
                activation=_activation(cell.activation, dtype),
                dtype=dtype,
            )
        case MultiRNNCell():
            cells = [_cell(single, dtype) for single in cell.cells]
            return rnn_cell.MultiRNNCell(cells, state_is_tuple=cell.state_is_tuple)
        case _:
            assert_never(cell)


def _activation(name: str | None, dtype: DType) -> Any:  # noqa: ANN401  TensorFlow ships no types
    """Return what TensorFlow takes as `activation`: the name itself, or a layer for a name that is a layer's class.

    Named, such a layer has dtype float32 and, under TensorFlow 2's behaviour, casts its input: a float64 graph would
    go on in float32 (seen on TensorFlow 2.21). Under TensorFlow 1's it computes in its input's dtype, as here.
    """
    if name in LAYER_CLASSES:
        return getattr(tensorflow().keras.layers, name)(dtype=dtype)
    return name
