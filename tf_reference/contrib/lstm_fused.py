"""The fused cells: LSTMBlockFusedCell and BlockLSTMV2 over a whole sequence, and one step of them for the twin.

    i, cs, f, o, ci, co, h = the kernel over the first max(sequence_length) steps; zeros after them
    outputs = h * mask                                        0 past each row's length
    final state = [initial state; cs or outputs][sequence_length]

Past the last step that ran the kernels leave the gates as the memory was; traces are 0 there. In float64, which the
kernels do not have, the steps are composed of TensorFlow's ops.
Source: tensorflow/contrib/rnn/python/ops/lstm_ops.py (v1.15.0), LSTMBlockWrapper.call and LSTMBlockFusedCell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from rnn_parity.spec import BlockLSTMSpec, BlockLSTMV2, DType, FusedCell
from tf_reference.contrib.composed import Composed, Tensor, Weights, tensorflow_size
from tf_reference.contrib.lstm_block import composed_step, diagonals, options, step, variables
from tf_reference.environment import tensorflow

SCOPES = {True: "block_lstm_v2", False: "lstm_fused_cell"}


class FusedStep:
    """One step of a fused cell with the same variables, as the twin calls it."""

    def __init__(self, cell: FusedCell, weights: Weights) -> None:
        self.cell, self.weights = cell, weights
        self.gates: dict[str, Tensor] = {}

    def __call__(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:  # noqa: ANN401  two tensors
        """Return the output and the new state."""
        return self.call(inputs, state)

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:  # noqa: ANN401  two tensors
        """Return the same; this is what is observed."""
        done = step_of(self.cell)(self.cell, inputs, state, self.weights)
        self.gates = done.gates
        return done.output, done.state


def step_of(cell: FusedCell) -> Callable[[BlockLSTMSpec, Tensor, Any, Weights], Composed]:
    """Return what computes one step of the cell without its fused kernel."""
    return composed_step if isinstance(cell, BlockLSTMV2) else step


def fuse(cell: FusedCell, dtype: DType) -> Any:  # noqa: ANN401  a TensorFlow layer
    """Return the TensorFlow layer that `cell` describes: `(inputs, initial_state, sequence_length)` -> answer."""
    return _fused_layer()(cell, dtype)


def _kernel(
    cell: FusedCell,
    inputs: Tensor,
    state: Any,  # noqa: ANN401  two tensors
    weights: Weights,
    steps: Tensor,
) -> dict[str, Tensor]:
    """Return the kernel's outputs (T, B, H) by name."""
    ops = tensorflow().raw_ops
    own = options(cell)._asdict()
    run = ops.BlockLSTM
    if isinstance(cell, BlockLSTMV2):
        del own["forget_bias"]
        run = ops.BlockLSTMV2
    done = run(
        seq_len_max=steps,
        x=inputs,
        cs_prev=state[0],
        h_prev=state[1],
        w=weights["kernel"],
        b=weights["bias"],
        **diagonals(cell, weights, inputs),
        **own,
    )
    return dict(done._asdict())


def _unrolled(cell: FusedCell, inputs: Tensor, state: Any, weights: Weights) -> dict[str, Tensor]:  # noqa: ANN401
    """Return the same of the composed formula, run through all steps."""
    tf = tensorflow()
    steps = []
    for x in tf.unstack(inputs):
        done = composed_step(cell, x, state, weights)
        state = done.state
        steps.append(done.gates)
    return {name: tf.stack([gates[name] for gates in steps]) for name in steps[0]}


def _final(start: Tensor, steps: Tensor, lengths: Tensor | None) -> Tensor:
    """Return the state after each row's last step, the initial one of a row without steps."""
    tf = tensorflow()
    if lengths is None:
        return steps[-1]
    rows = tf.stack([lengths, tf.range(start.shape[0])], axis=1)
    return tf.gather_nd(tf.concat([start[tf.newaxis], steps], axis=0), rows)


def _masked(gates: Mapping[str, Tensor], lengths: Tensor | None) -> dict[str, Tensor]:
    """Return the gates with 0 past each row's length, selected: the kernel's memory there may hold NaN."""
    if lengths is None:
        return dict(gates)
    tf = tensorflow()
    running = tf.transpose(tf.sequence_mask(lengths, gates["h"].shape[0]))[..., tf.newaxis]
    return {name: tf.where(running, array, tf.zeros_like(array)) for name, array in gates.items()}


@cache
def _fused_layer() -> type[Any]:
    """Return the class; it is made on demand, because TensorFlow is imported on demand."""
    parent: Any = tensorflow().compat.v1.layers.Layer

    class FusedLayer(parent):  # type: ignore[misc]  # TensorFlow ships no types
        """A layer around a fused kernel."""

        def __init__(self, cell: FusedCell, dtype: DType) -> None:
            super().__init__(name=SCOPES[isinstance(cell, BlockLSTMV2)], dtype=dtype)
            kept: dict[str, Any] = {"cell": cell, "kept": {}, "gates": {}}
            for name, value in kept.items():
                object.__setattr__(self, name, value)  # past Keras, which tracks what is assigned

        @property
        def one_step(self) -> FusedStep:
            """What the twin calls."""
            return FusedStep(self.cell, self.kept)

        def zero_state(self, batch_size: int, dtype: DType) -> Any:  # noqa: ANN401  two tensors
            """Return zeros (B, H) for c and h."""
            size = tensorflow_size(self.cell.state_size)
            return type(size)(*(tensorflow().zeros((batch_size, width), dtype) for width in size))

        def build(self, shape: Any) -> None:  # noqa: ANN401
            for name, size in variables(self.cell, int(shape[-1])).items():
                self.kept[name] = self.add_weight(name, shape=size, initializer="zeros")
            self.built = True

        def call(self, inputs: Tensor, initial_state: Any, sequence_length: Tensor | None) -> tuple[Tensor, Any]:  # noqa: ANN401
            """Return outputs (T, B, H) and the final LSTMStateTuple(c, h)."""
            tf = tensorflow()
            if inputs.dtype.name in self.cell.dtypes:
                steps = inputs.shape[0] if sequence_length is None else tf.reduce_max(sequence_length)
                ran = _kernel(self.cell, inputs, initial_state, self.kept, tf.cast(steps, "int64"))
            else:
                ran = _unrolled(self.cell, inputs, initial_state, self.kept)
            object.__setattr__(self, "gates", _masked(ran, sequence_length))
            outputs = ran["h"]
            if sequence_length is not None:
                mask = tf.sequence_mask(sequence_length, inputs.shape[0], dtype=inputs.dtype)
                outputs *= tf.transpose(mask)[..., tf.newaxis]
            state_tuple = tf.compat.v1.nn.rnn_cell.LSTMStateTuple
            starts = zip(initial_state, (ran["cs"], outputs), strict=True)
            return outputs, state_tuple(*(_final(start, steps, sequence_length) for start, steps in starts))

    return FusedLayer
