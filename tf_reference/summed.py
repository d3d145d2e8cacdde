"""MultiRNNCell's subclass that answers the sum of all layers' outputs, as people write it on top of TensorFlow.

Layers and states are those of MultiRNNCell.call in tf_keras/src/layers/rnn/legacy_cells.py. TensorFlow names a cell's
variable scope after its class, so that the variables are `summed_multi_rnn_cell/cell_0/...`. Outputs are added one
after the other: `tf.add_n` begins with whichever input's memory it may write to, and answered other bits from run to
run (seen on TensorFlow 2.21).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from tf_reference.environment import tensorflow


@cache
def summed_multi_rnn_cell() -> type[Any]:
    """Return the class; it is made on demand, because TensorFlow is imported on demand."""
    tf = tensorflow()
    parent: Any = tf.compat.v1.nn.rnn_cell.MultiRNNCell

    class SummedMultiRNNCell(parent):  # type: ignore[misc]  # TensorFlow ships no types
        """A stack whose output is the sum of its layers' outputs."""

        def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:  # noqa: ANN401  tensors
            """Return the sum of all layers' outputs and the new states."""
            states = state if self._state_is_tuple else tf.split(state, [c.state_size for c in self._cells], axis=1)
            outputs, new_states = [], []
            for index, (cell, layer_state) in enumerate(zip(self._cells, states, strict=True)):
                with tf.compat.v1.variable_scope(f"cell_{index}"):
                    inputs, new_state = cell(inputs, layer_state)
                outputs.append(inputs)
                new_states.append(new_state)
            summed = sum(outputs[1:], outputs[0])
            return summed, tuple(new_states) if self._state_is_tuple else tf.concat(new_states, axis=1)

    return SummedMultiRNNCell
