"""`tf.contrib.rnn.FusedRNNCellAdaptor` and `TimeReversedFusedRNN`: an RNNCell called as a fused cell, and backwards.

    FusedRNNCellAdaptor(cell)(inputs) = dynamic_rnn(cell, inputs, time_major=True)
    TimeReversedFusedRNN(fused)(inputs) = reverse(fused(reverse(inputs)))

`reverse` turns each row around within its own length, but a list of steps as it is, whatever the lengths, as in
TensorFlow.

Source: tensorflow/contrib/rnn/python/ops/fused_rnn_cell.py (v1.15.0).
Axes: T steps, B batch, D input depth, H the cell's output_size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from numpy_impl.bidirectional import reverse_sequence
from numpy_impl.unroll import dynamic_rnn, stack_inputs, static_rnn

if TYPE_CHECKING:
    import numpy.typing as npt

    from numpy_impl.cell import RNNCell
    from numpy_impl.state import State


class FusedRNNCell(Protocol):
    """What runs a whole sequence in one call: a fused cell, or one of these adaptors."""

    def __call__(
        self,
        inputs: Any,  # noqa: ANN401 - an array or a list of them
        initial_state: State | None = None,
        dtype: npt.DTypeLike | None = None,
        sequence_length: npt.ArrayLike | None = None,
    ) -> tuple[Any, Any]:
        """Return the outputs (T, B, H), or a list of T arrays (B, H) for a list of inputs, and the final state."""


@dataclass(frozen=True)
class FusedRNNCellAdaptor:
    """`tf.contrib.rnn.FusedRNNCellAdaptor`; errors are those of `static_rnn` and `dynamic_rnn`."""

    cell: RNNCell
    use_dynamic_rnn: bool = False  # which of TensorFlow's two loops; they compute the same

    def __call__(
        self,
        inputs: Any,  # noqa: ANN401 - an array or a list of them
        initial_state: State | None = None,
        dtype: npt.DTypeLike | None = None,
        sequence_length: npt.ArrayLike | None = None,
    ) -> tuple[Any, Any]:
        """Return the outputs (T, B, H) and the final state for inputs (T, B, D), or a list for a list of (B, D)."""
        if self.use_dynamic_rnn:
            steps = stack_inputs(inputs) if isinstance(inputs, list) else inputs
            outputs, state = dynamic_rnn(self.cell, steps, sequence_length, initial_state, dtype, time_major=True)
            return (list(outputs) if isinstance(inputs, list) else outputs), state
        listed, state = static_rnn(self.cell, list(inputs), initial_state, dtype, sequence_length)
        return (listed if isinstance(inputs, list) else np.stack(listed)), state


@dataclass(frozen=True)
class TimeReversedFusedRNN:
    """`tf.contrib.rnn.TimeReversedFusedRNN`; errors are those of the cell, and ValueError for a length above T."""

    cell: FusedRNNCell

    def __call__(
        self,
        inputs: Any,  # noqa: ANN401 - an array or a list of them
        initial_state: State | None = None,
        dtype: npt.DTypeLike | None = None,
        sequence_length: npt.ArrayLike | None = None,
    ) -> tuple[Any, Any]:
        """Return what the cell answers to the inputs turned around, its outputs turned back."""
        outputs, state = self.cell(_reversed(inputs, sequence_length), initial_state, dtype, sequence_length)
        return _reversed(outputs, sequence_length), state


def _reversed(sequence: Any, lengths: npt.ArrayLike | None) -> Any:  # noqa: ANN401 - as above
    if isinstance(sequence, list):
        return sequence[::-1]
    return reverse_sequence(sequence, lengths, time_axis=0)
