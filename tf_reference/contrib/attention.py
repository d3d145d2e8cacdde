"""AttentionCellWrapper, as a cell of TensorFlow's own `RNNCell`.

    x' = [x attns] kernel + bias
    y, state' = cell(x', state)
    scores = sum attn_v * tanh(conv(window, attn_w) + state' kernel + bias)       state' flat, window (B, length, size)
    attns' = sum softmax(scores) * window
    output = [y attns'] kernel + bias
    window' = window without its first row, output

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), AttentionCellWrapper.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

from tf_reference.contrib.composed import tensorflow_size
from tf_reference.contrib.wrappers import affine, wrapper_class
from tf_reference.environment import tensorflow

Tensor: TypeAlias = Any  # TensorFlow ships no types


@cache
def attention_class() -> type[Any]:
    """Return the class; it is made on demand, because TensorFlow is imported on demand."""
    tf = tensorflow()
    parent: Any = tf.compat.v1.nn.rnn_cell.RNNCell

    class Attention(wrapper_class()):  # type: ignore[misc]  # as above
        """AttentionCellWrapper."""

        @property
        def state_size(self) -> Any:  # noqa: ANN401
            return tensorflow_size(self.spec.state_size)

        @property
        def output_size(self) -> Any:  # noqa: ANN401
            return self.spec.output_size

        def zero_state(self, batch_size: Any, dtype: Any) -> Any:  # noqa: ANN401
            """Return zeros of all parts: what RNNCell makes of `state_size`."""
            return parent.zero_state(self, batch_size, dtype)

        def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:  # noqa: ANN401
            """Return the projected output and attention, and the three parts of the new state."""
            cell_state, attns, window = self._parts(state)
            read = affine([inputs, attns], self.spec.inner_depth(int(inputs.shape[1])))
            cell_output, new_state = self.cell(read, cell_state)
            new_attns, kept = self._attend(new_state, window)
            with tf.compat.v1.variable_scope("attn_output_projection"):
                output = affine([cell_output, new_attns], self.spec.output_size)
            new_window = tf.reshape(
                tf.concat([kept, output[:, tf.newaxis]], 1), [-1, window.shape[1] * window.shape[2]]
            )
            parts = new_state, new_attns, new_window
            return output, parts if self.spec.state_is_tuple else tf.concat(parts, 1)

        def _parts(self, state: Any) -> tuple[Any, Tensor, Tensor]:  # noqa: ANN401
            """Return the cell's state, the last attention (B, size), and the window (B, length, size)."""
            length, size = self.spec.attn_length, self.spec.output_size
            if not self.spec.state_is_tuple:
                state = tf.split(state, [self.cell.state_size, size, size * length], axis=1)
            cell_state, attns, window = state
            return cell_state, attns, tf.reshape(window, [-1, length, size])

        def _attend(self, state: Any, window: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ANN401
            """Return the attention (B, size) that this state pays to the window, and the window's later rows."""
            length, size = window.shape[1], window.shape[2]
            hidden, get_variable = self.spec.attn_vec_size or size, tf.compat.v1.get_variable
            flat = tf.concat(tf.nest.flatten(state), 1)
            with tf.compat.v1.variable_scope("attention"):
                attn_w = get_variable("attn_w", (1, 1, size, hidden))
                attn_v = get_variable("attn_v", (hidden,))
                rows = tf.reshape(window, [-1, length, 1, size])
                features = tf.nn.conv2d(rows, attn_w, [1, 1, 1, 1], "SAME")
                query = tf.reshape(affine([flat], hidden), [-1, 1, 1, hidden])
            scores = tf.reduce_sum(attn_v * tf.tanh(features + query), [2, 3])
            weights = tf.reshape(tf.nn.softmax(scores), [-1, length, 1, 1])
            return tf.reshape(tf.reduce_sum(weights * rows, [1, 2]), [-1, size]), window[:, 1:]

    return Attention
