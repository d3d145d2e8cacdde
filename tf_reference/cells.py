"""A cell's spec -> TensorFlow's own cell object.

Source: tf_keras/src/layers/rnn/legacy_cells.py.
"""

from __future__ import annotations

import warnings
from typing import Any, assert_never

from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BlockLSTMV2,
    Cell,
    DeviceWrapper,
    DropoutWrapper,
    DType,
    GRUCell,
    LSTMBlockFusedCell,
    LSTMCell,
    MultiRNNCell,
    ResidualFn,
    ResidualWrapper,
    Stack,
    StateFilter,
    SummedMultiRNNCell,
    Wrapper,
    WrapperSpec,
)
from tf_reference.activations import named_activation
from tf_reference.contrib import FORMULAS, wrap
from tf_reference.contrib.composed import compose
from tf_reference.contrib.lstm_fused import fuse
from tf_reference.environment import tensorflow
from tf_reference.summed import summed_multi_rnn_cell


def build_cell(cell: Cell, dtype: DType, depth: int | None = None) -> Any:  # noqa: ANN401  TensorFlow ships no types
    """Return the `tf.compat.v1.nn.rnn_cell` object that `cell` describes; its variables will have `dtype`.

    `depth` is that of the inputs; a variational DropoutWrapper that drops inputs wants it beforehand.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # each constructor announces its own deprecation
        return _cell(cell, dtype, depth)


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


def _cell(cell: Cell, dtype: DType, depth: int | None) -> Any:  # noqa: ANN401, PLR0911  TensorFlow ships no types; a class a line
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
                num_unit_shards=cell.num_unit_shards,
                num_proj_shards=cell.num_proj_shards,
                forget_bias=cell.forget_bias,
                state_is_tuple=cell.state_is_tuple,
                activation=named_activation(cell.activation, dtype),
                dtype=dtype,
            )
        case MultiRNNCell() | SummedMultiRNNCell() | WrapperSpec():
            return _around(cell, dtype, depth)
        case LSTMBlockFusedCell() | BlockLSTMV2():
            return fuse(cell, dtype)
        case _:
            return compose(FORMULAS[type(cell)], cell, dtype)


def _around(cell: Stack | Wrapper, dtype: DType, depth: int | None) -> Any:  # noqa: ANN401  TensorFlow ships no types
    rnn_cell = tensorflow().compat.v1.nn.rnn_cell
    match cell:
        case MultiRNNCell():
            return rnn_cell.MultiRNNCell(_cells(cell, dtype, depth), state_is_tuple=cell.state_is_tuple)
        case SummedMultiRNNCell():
            return summed_multi_rnn_cell()(_cells(cell, dtype, depth), state_is_tuple=cell.state_is_tuple)
        case ResidualWrapper():
            return rnn_cell.ResidualWrapper(_cell(cell.cell, dtype, depth), residual_fn=_residual_fn(cell.residual_fn))
        case DeviceWrapper():
            return rnn_cell.DeviceWrapper(_cell(cell.cell, dtype, depth), cell.device)
        case DropoutWrapper():
            return rnn_cell.DropoutWrapper(
                _cell(cell.cell, dtype, depth),
                input_keep_prob=cell.input_keep_prob,
                output_keep_prob=cell.output_keep_prob,
                state_keep_prob=cell.state_keep_prob,
                variational_recurrent=cell.variational_recurrent,
                input_size=depth,
                dtype=dtype,
                dropout_state_filter_visitor=_state_filter(cell.dropout_state_filter_visitor),
            )
        case _:
            inner = None if depth is None else cell.inner_depth(depth)
            return wrap(cell, _cell(cell.cell, dtype, inner))


def _cells(stack: Stack, dtype: DType, depth: int | None) -> list[Any]:
    if stack.one_object:
        return [_cell(stack.cells[0], dtype, depth)] * len(stack.cells)
    depths = (depth, *(one.output_size for one in stack.cells))
    return [_cell(one, dtype, below) for one, below in zip(stack.cells, depths, strict=False)]


def _residual_fn(name: ResidualFn | None) -> Any:  # noqa: ANN401  a function of TensorFlow's tensors, or None
    """Return what TensorFlow takes as `residual_fn`."""
    match name:
        case None:
            return None
        case "slice":
            return lambda inputs, outputs: inputs[:, : outputs.shape[1]] + outputs
        case _:
            assert_never(name)


def _state_filter(name: StateFilter | None) -> Any:  # noqa: ANN401  a function of TensorFlow's states, or None
    """Return what TensorFlow takes as `dropout_state_filter_visitor`."""
    match name:
        case None:
            return None
        case "all":
            return lambda _: True
        case _:
            assert_never(name)
