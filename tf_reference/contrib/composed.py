"""A formula made a TensorFlow cell: what every composed cell shares.

A formula says its variables and its step, in TensorFlow's ops; the class around it is TensorFlow's own LayerRNNCell, so
that scopes, reuse and building are TensorFlow's. Gates are kept where the unrolled twin can read them.
Source: tf_keras/src/layers/rnn/legacy_cells.py (LayerRNNCell).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from rnn_parity.spec import DType, LSTMStateTuple, Shape, Size
from tf_reference.environment import tensorflow

Tensor: TypeAlias = Any  # TensorFlow ships no types
Weights: TypeAlias = Mapping[str, Tensor]

_CASE_DTYPE = "rnn_parity/case_dtype"  # a collection of the graph: the dtype of the case that it computes


class Composed(NamedTuple):
    """What one step of a formula answers; gates by the letters of the cell's `trace_names`."""

    output: Tensor
    state: Any
    gates: dict[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A cell in TensorFlow's ops.

    scope:      the variable scope that the class had
    variables:  the cell's spec, input depth -> name -> shape, in the order in which the class created them
    step:       the cell's spec, inputs (B, D) or a tuple of arrays, state, variables -> the step
    """

    scope: str
    variables: Callable[[Any, int], dict[str, Shape]]
    step: Callable[[Any, Tensor, Any, Weights], Composed]


def compose(formula: Formula, cell: Any, dtype: DType) -> Any:  # noqa: ANN401  any cell's spec -> TensorFlow's object
    """Return the TensorFlow cell that computes `cell` by this formula."""
    return _composed_cell()(formula, cell, dtype)


def compute_as(dtype: DType) -> None:
    """Say in the default graph of which dtype its case is, whatever dtype the graph itself computes in."""
    tensorflow().compat.v1.add_to_collection(_CASE_DTYPE, dtype)


def computed_as(values: Tensor) -> str:
    """Return the dtype whose constants a formula takes: the case's, or that of `values` in a graph of no case.

    The float64 graph that tells what a float16 case lost to rounding is of the same function, so of the same constants.
    """
    said = tensorflow().compat.v1.get_collection(_CASE_DTYPE)
    return str(said[0] if said else values.dtype.name)


def tensorflow_size(size: Size) -> Any:  # noqa: ANN401  an int or tuples of them
    """Return a state size with TensorFlow's own LSTMStateTuple."""
    if not isinstance(size, tuple):
        return size
    parts = [tensorflow_size(part) for part in size]
    if isinstance(size, LSTMStateTuple):
        return tensorflow().compat.v1.nn.rnn_cell.LSTMStateTuple(*parts)
    return tuple(parts)


@cache
def _composed_cell() -> type[Any]:
    """Return the class; it is made on demand, because TensorFlow is imported on demand."""
    parent: Any = tensorflow().compat.v1.nn.rnn_cell.BasicRNNCell.__base__  # LayerRNNCell, which has no public name

    class ComposedCell(parent):  # type: ignore[misc]  # TensorFlow ships no types
        """TensorFlow's LayerRNNCell around a formula."""

        def __init__(self, formula: Formula, cell: Any, dtype: DType) -> None:  # noqa: ANN401
            super().__init__(name=formula.scope, dtype=dtype, autocast=False)  # a time may be of another dtype
            kept: dict[str, Any] = {"formula": formula, "cell": cell, "kept": {}, "gates": {}}
            for name, value in kept.items():
                object.__setattr__(self, name, value)  # past Keras, which tracks what is assigned

        @property
        def state_size(self) -> Any:  # noqa: ANN401
            return tensorflow_size(self.cell.state_size)

        @property
        def output_size(self) -> int:
            return self.cell.output_size

        def build(self, shape: Any) -> None:  # noqa: ANN401
            features = shape[-1] if isinstance(shape, tuple) else shape  # of nested inputs, the last array
            for name, size in self.formula.variables(self.cell, int(features[-1])).items():
                self.kept[name] = self.add_weight(name, shape=size, initializer="zeros")
            self.built = True

        def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:  # noqa: ANN401
            """Return the formula's output and new state."""
            done = self.formula.step(self.cell, inputs, state, self.kept)
            object.__setattr__(self, "gates", done.gates)
            return done.output, done.state

    return ComposedCell
