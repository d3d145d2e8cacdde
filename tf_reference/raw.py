"""`raw_rnn` with the loop_fn that its documentation describes: inputs from a TensorArray, rows that end by themselves.

Source: tensorflow/python/ops/rnn.py, raw_rnn.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from tf_reference.environment import tensorflow

Tensor: TypeAlias = Any  # TensorFlow ships no types


def run_raw(cell: Any, inputs: Tensor, lengths: Tensor | None, start: Any) -> tuple[Tensor, Any]:  # noqa: ANN401
    """Return the outputs (S, B, H) of the S steps of the longest row, and the final state, for inputs (T, B, D)."""
    tf = tensorflow()
    steps, rows, depth = (int(size) for size in inputs.shape)
    ends = tf.fill((rows,), steps) if lengths is None else lengths
    feed = tf.TensorArray(inputs.dtype, size=steps).unstack(inputs)

    def loop_fn(time: Tensor, cell_output: Tensor | None, cell_state: Any, _: None) -> tuple[Any, ...]:  # noqa: ANN401
        finished = time >= ends
        next_input = tf.cond(
            tf.reduce_all(finished), lambda: tf.zeros((rows, depth), inputs.dtype), lambda: feed.read(time)
        )
        return finished, next_input, start if cell_output is None else cell_state, cell_output, None

    emitted, final_state, _ = tf.compat.v1.nn.raw_rnn(cell, loop_fn)
    return emitted.stack(), final_state
