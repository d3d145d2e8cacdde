"""The wrappers that left TensorFlow with `tf.contrib`, as cells of TensorFlow's own `RNNCell`.

    HighwayWrapper           y, state' = cell(x, state);  x * carry + y * transform
    InputProjectionWrapper   cell(activation(x kernel + bias), state)
    OutputProjectionWrapper  y, state' = cell(x, state);  activation(y kernel + bias)
    EmbeddingWrapper         cell(row x of embedding, state)

`AttentionCellWrapper` is in `tf_reference.contrib.attention`. Variables are made by `tf.compat.v1.get_variable` where
the published classes make theirs, so that names, order, sharing and reuse follow from TensorFlow's scopes. A highway's
and an attention's have the scope's dtype, float32 unless the scope is given another.
Sources: tensorflow/contrib/rnn/python/ops/rnn_cell.py (HighwayWrapper) and core_rnn_cell.py (v1.15.0).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from rnn_parity.spec import CellSpec, EmbeddingWrapper, HighwayWrapper, InputProjectionWrapper, OutputProjectionWrapper
from tf_reference.activations import squash
from tf_reference.environment import tensorflow

Tensor: TypeAlias = Any  # TensorFlow ships no types


def affine(parts: list[Tensor], width: int) -> Tensor:
    """Return [parts...] kernel + bias, (B, width), with both variables in the current scope and the parts' dtype."""
    tf = tensorflow()
    joined = tf.concat(parts, 1) if len(parts) > 1 else parts[0]
    get_variable = tf.compat.v1.get_variable
    kernel = get_variable("kernel", (int(joined.shape[1]), width), joined.dtype)
    bias = get_variable("bias", (width,), joined.dtype, tf.compat.v1.zeros_initializer())
    return tf.nn.bias_add(tf.matmul(joined, kernel), bias)


@cache
def wrapper_class() -> type[Any]:
    """Return the parent of the wrappers: sizes and zeros are the cell's."""
    parent: Any = tensorflow().compat.v1.nn.rnn_cell.RNNCell

    class Wrapper(parent):  # type: ignore[misc]  # TensorFlow ships no types
        """A cell around `cell`, with the options of `spec`."""

        def __init__(self, spec: Any, cell: Any, name: str | None) -> None:  # noqa: ANN401
            super().__init__(name=name)
            for key, value in {"spec": spec, "cell": cell}.items():
                object.__setattr__(self, key, value)  # past Keras, which tracks what is assigned

        @property
        def state_size(self) -> Any:  # noqa: ANN401
            return self.cell.state_size

        @property
        def output_size(self) -> Any:  # noqa: ANN401
            return self.cell.output_size

        def zero_state(self, batch_size: Any, dtype: Any) -> Any:  # noqa: ANN401
            """Return the cell's."""
            return self.cell.zero_state(batch_size, dtype)

    return Wrapper


@cache
def highway_class() -> type[Any]:
    """Return the class of HighwayWrapper, whose `__call__` is the whole of it: no scope, no layer."""
    tf = tensorflow()

    class Highway(wrapper_class()):  # type: ignore[misc]  # as above
        """HighwayWrapper."""

        def __call__(self, inputs: Tensor, state: Any, scope: Any = None) -> tuple[Tensor, Any]:  # noqa: ANN401
            """Return carry * inputs + transform * outputs, and the cell's new state."""
            outputs, new_state = self.cell(inputs, state, scope=scope)
            inputs.shape.assert_is_compatible_with(outputs.shape)
            carry = self._gate("carry", inputs)
            coupled = self.spec.couple_carry_transform_gates
            transform = 1 - carry if coupled else self._gate("transform", inputs)
            return inputs * carry + outputs * transform, new_state

        def _gate(self, name: str, inputs: Tensor) -> Tensor:
            width, get_variable = int(inputs.shape[1]), tf.compat.v1.get_variable
            weights = get_variable(f"{name}_w", (width, width))
            return tf.sigmoid(tf.compat.v1.nn.xw_plus_b(inputs, weights, get_variable(f"{name}_b", (width,))))

    return Highway


@cache
def input_projection_class() -> type[Any]:
    """Return the class of InputProjectionWrapper."""

    class InputProjection(wrapper_class()):  # type: ignore[misc]  # as above
        """InputProjectionWrapper."""

        def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:  # noqa: ANN401
            """Return the cell's answer to the projected inputs."""
            return self.cell(_activated(self.spec, affine([inputs], self.spec.num_proj)), state)

    return InputProjection


@cache
def output_projection_class() -> type[Any]:
    """Return the class of OutputProjectionWrapper."""

    class OutputProjection(wrapper_class()):  # type: ignore[misc]  # as above
        """OutputProjectionWrapper."""

        @property
        def output_size(self) -> Any:  # noqa: ANN401
            return self.spec.output_size

        def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:  # noqa: ANN401
            """Return the projected output, and the cell's new state."""
            outputs, new_state = self.cell(inputs, state)
            return _activated(self.spec, affine([outputs], self.spec.output_size)), new_state

    return OutputProjection


@cache
def embedding_class() -> type[Any]:
    """Return the class of EmbeddingWrapper."""
    tf = tensorflow()

    class Embedding(wrapper_class()):  # type: ignore[misc]  # as above
        """EmbeddingWrapper; inputs (B, 1) or (B,) of whole numbers."""

        def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:  # noqa: ANN401
            """Return the cell's answer to the embedded ids; the embedding has the state's dtype."""
            dtype = state[0].dtype if isinstance(state, tuple) else state.dtype
            shape = (self.spec.embedding_classes, self.spec.embedding_size)
            with tf.device("/cpu:0"):
                embedding = tf.compat.v1.get_variable("embedding", shape, dtype)
                embedded = tf.nn.embedding_lookup(embedding, tf.reshape(inputs, [-1]))
                return self.cell(embedded, state)

    return Embedding


def _activated(spec: InputProjectionWrapper | OutputProjectionWrapper, projected: Tensor) -> Tensor:
    return projected if spec.activation is None else squash(spec.activation, projected)


CLASSES: dict[type[CellSpec], Callable[[], type[Any]]] = {
    EmbeddingWrapper: embedding_class,
    HighwayWrapper: highway_class,
    InputProjectionWrapper: input_projection_class,
    OutputProjectionWrapper: output_projection_class,
}
