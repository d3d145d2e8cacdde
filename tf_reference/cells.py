"""A cell's spec -> TensorFlow's own cell object.

Source: tf_keras/src/layers/rnn/legacy_cells.py.
"""

from __future__ import annotations

import warnings
from typing import Any, assert_never

from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    Cell,
    DeviceWrapper,
    DType,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    ResidualFn,
    ResidualWrapper,
    Stack,
    SummedMultiRNNCell,
    Wrapper,
    WrapperSpec,
)
from tf_reference.activations import named_activation
from tf_reference.contrib import FORMULAS, wrap
from tf_reference.contrib.composed import compose
from tf_reference.environment import tensorflow
from tf_reference.summed import summed_multi_rnn_cell


def build_cell(cell: Cell, dtype: DType) -> Any:  # noqa: ANN401  TensorFlow ships no types
    """Return the `tf.compat.v1.nn.rnn_cell` object that `cell` describes; its variables will have `dtype`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # each constructor announces its own deprecation
        return _cell(cell, dtype)


def single_objects(cell: Cell, made: Any) -> list[Any]:  # noqa: ANN401  TensorFlow ships no types
    """Return the objects inside the stacks and wrappers of `made`, which `cell` describes, from the input up."""
    match cell:
        case MultiRNNCell() | SummedMultiRNNCell():
            pairs = zip(cell.cells, made._cells, strict=True)  # noqa: SLF001  there is no public name for them
            return [single for pair in pairs for single in single_objects(*pair)]
        case WrapperSpec():
            return single_objects(cell.cell, made.cell)
        case _:
            return [made]


def _cell(cell: Cell, dtype: DType) -> Any:  # noqa: ANN401  TensorFlow ships no types
    rnn_cell = tensorflow().compat.v1.nn.rnn_cell
    match cell:
        case BasicRNNCell():
            return rnn_cell.BasicRNNCell(
                cell.num_units, activation=named_activation(cell.activation, dtype), dtype=dtype
            )
        case GRUCell():
            return rnn_cell.GRUCell(cell.num_units, activation=named_activation(cell.activation, dtype), dtype=dtype)
        case BasicLSTMCell():
            return rnn_cell.BasicLSTMCell(
                cell.num_units,
                forget_bias=cell.forget_bias,
                state_is_tuple=cell.state_is_tuple,
                activation=named_activation(cell.activation, dtype),
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
                activation=named_activation(cell.activation, dtype),
                dtype=dtype,
            )
        case MultiRNNCell() | SummedMultiRNNCell() | WrapperSpec():
            return _around(cell, dtype)
        case _:
            return compose(FORMULAS[type(cell)], cell, dtype)


def _around(cell: Stack | Wrapper, dtype: DType) -> Any:  # noqa: ANN401  TensorFlow ships no types
    rnn_cell = tensorflow().compat.v1.nn.rnn_cell
    match cell:
        case MultiRNNCell():
            return rnn_cell.MultiRNNCell(_cells(cell, dtype), state_is_tuple=cell.state_is_tuple)
        case SummedMultiRNNCell():
            return summed_multi_rnn_cell()(_cells(cell, dtype), state_is_tuple=cell.state_is_tuple)
        case ResidualWrapper():
            return rnn_cell.ResidualWrapper(_cell(cell.cell, dtype), residual_fn=_residual_fn(cell.residual_fn))
        case DeviceWrapper():
            return rnn_cell.DeviceWrapper(_cell(cell.cell, dtype), cell.device)
        case _:
            return wrap(cell, _cell(cell.cell, dtype))


def _cells(stack: Stack, dtype: DType) -> list[Any]:
    if stack.one_object:
        return [_cell(stack.cells[0], dtype)] * len(stack.cells)
    return [_cell(one, dtype) for one in stack.cells]


def _residual_fn(name: ResidualFn | None) -> Any:  # noqa: ANN401  a function of TensorFlow's tensors, or None
    """Return what TensorFlow takes as `residual_fn`."""
    match name:
        case None:
            return None
        case "slice":
            return lambda inputs, outputs: inputs[:, : outputs.shape[1]] + outputs
        case _:
            assert_never(name)
