"""contrib's two stacked bidirectional runs, composed of the bidirectional runs that TensorFlow still has.

The static run hands its own scope to every layer's, which so has no `bidirectional_rnn` in its names; the dynamic run
does not.
Source: tensorflow/contrib/rnn/python/ops/rnn.py (v1.15.0), stack_bidirectional_rnn, stack_bidirectional_dynamic_rnn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rnn_parity.spec import Directions
from tf_reference.environment import tensorflow

Tensor: TypeAlias = Any  # TensorFlow ships no types
Options: TypeAlias = Mapping[str, Any]


def run_static(cells: Directions, inputs: Tensor, states: Directions | None, options: Options) -> tuple[Tensor, Any]:
    """Return the outputs (B, T, 2 H) and the states for inputs (B, T, D); `cells` and `states` are tuples, by layer."""
    tf = tensorflow()

    def layer(cell_fw: Any, cell_bw: Any, steps: list[Tensor], given: Options) -> tuple[list[Tensor], Any, Any]:  # noqa: ANN401
        scope = tf.compat.v1.get_variable_scope()
        return tf.compat.v1.nn.static_bidirectional_rnn(cell_fw, cell_bw, steps, scope=scope, **given)

    steps, final = _stacked(layer, cells, tf.unstack(inputs, axis=1), states, options)
    return tf.stack(steps, axis=1), final


def run_dynamic(cells: Directions, inputs: Tensor, states: Directions | None, options: Options) -> tuple[Tensor, Any]:
    """Return the same of `bidirectional_dynamic_rnn`, whose `time_major` is among the options."""
    tf = tensorflow()

    def layer(cell_fw: Any, cell_bw: Any, below: Tensor, given: Options) -> tuple[Tensor, Any, Any]:  # noqa: ANN401
        outputs, final = tf.compat.v1.nn.bidirectional_dynamic_rnn(cell_fw, cell_bw, below, **given)
        return tf.concat(outputs, axis=2), *final

    return _stacked(layer, cells, inputs, states, options)


def _stacked(
    layer: Callable[[Any, Any, Any, Options], tuple[Any, Any, Any]],
    cells: Directions,
    inputs: Any,  # noqa: ANN401  a tensor or a list of them
    states: Directions | None,
    options: Options,
) -> tuple[Any, Directions]:
    variable_scope = tensorflow().compat.v1.variable_scope
    outputs, final_fw, final_bw = inputs, [], []
    with variable_scope("stack_bidirectional_rnn"):
        for index, (cell_fw, cell_bw) in enumerate(zip(*cells, strict=True)):
            given = {} if states is None else dict(zip(_STARTS, (way[index] for way in states), strict=True))
            with variable_scope(f"cell_{index}"):
                outputs, state_fw, state_bw = layer(cell_fw, cell_bw, outputs, {**options, **given})
            final_fw.append(state_fw)
            final_bw.append(state_bw)
    return outputs, Directions(tuple(final_fw), tuple(final_bw))


_STARTS = ("initial_state_fw", "initial_state_bw")
