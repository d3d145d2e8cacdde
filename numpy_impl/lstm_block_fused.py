"""`tf.contrib.rnn.LSTMBlockFusedCell`: LSTMBlockCell over a whole sequence in one call.

    i, ci, f, cs, co, o, h = LSTMBlockCell, step by step, from (c, h) = initial_state
    outputs_t = h_t where t < sequence_length, else 0
    final state = (cs, h) at step sequence_length - 1; initial_state where sequence_length is 0

It is called `cell(inputs, initial_state, dtype, sequence_length)` and is no RNNCell; time is the first axis. Steps
after the longest row are not computed. Outputs are multiplied with a mask, not selected as in dynamic_rnn: NaN in the
padding of a row that is not the longest stays NaN, as in TensorFlow.

Source: tensorflow/contrib/rnn/python/ops/lstm_ops.py (v1.15.0), LSTMBlockWrapper.call and LSTMBlockFusedCell;
tensorflow/core/kernels/rnn/lstm_ops.cc, BlockLSTMOp.
Axes: T steps, B batch, D input depth, H units.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.arrays import Array
from numpy_impl.cell import check_size, given_weights
from numpy_impl.interface import settle
from numpy_impl.lstm_block import OUTPUTS, KernelCell, KernelLSTM, LSTMBlockCell, Weights
from numpy_impl.state import LSTMStateTuple
from numpy_impl.unroll import first_state, length_vector, stack_inputs

if TYPE_CHECKING:
    import numpy.typing as npt

    from numpy_impl.state import State


class FusedRun(NamedTuple):
    """What one run computed."""

    gates: dict[str, Array]  # the kernel's outputs (T, B, H) by its names; 0 after the longest row's last step
    start: LSTMStateTuple  # the initial state
    lengths: npt.NDArray[np.integer]  # (B,)

    @property
    def outputs(self) -> Array:
        """H, 0 past each row's length: (T, B, H)."""
        h = self.gates["h"]
        return h * (np.arange(len(h))[:, np.newaxis] < self.lengths)[..., np.newaxis].astype(h.dtype)

    @property
    def final_state(self) -> LSTMStateTuple:
        """The state after each row's last step."""
        rows = np.arange(len(self.lengths))
        steps = LSTMStateTuple(self.gates["cs"], self.outputs)
        pairs = zip(self.start, steps, strict=True)
        return LSTMStateTuple(*(np.concatenate([first[np.newaxis], new])[self.lengths, rows] for first, new in pairs))


class FusedCell(KernelLSTM):
    """What the fused cells share: the loop, masking, the final state."""

    @property
    @abstractmethod
    def one_step(self) -> KernelCell:
        """The RNNCell that computes one step, with the same weights."""

    def __call__(
        self,
        inputs: Any,  # noqa: ANN401 - an array or a list of them
        initial_state: State | None = None,
        dtype: npt.DTypeLike | None = None,
        sequence_length: npt.ArrayLike | None = None,
    ) -> tuple[Any, LSTMStateTuple]:
        """Return the outputs (T, B, H) and the final LSTMStateTuple(c, h) for inputs (T, B, D).

        Args:
            inputs: (T, B, D), or a list of T arrays (B, D), for which a list of outputs comes back.
            initial_state: (c, h), (B, H) each; zeros of `dtype` where it is None.
            dtype: of the zeros; needed where there is no initial state.
            sequence_length: (B,) integers from 0 to T, the steps of each row; all T where it is None.

        Raises:
            ValueError: arrays do not fit, a length is not from 0 to T, or neither initial_state nor dtype is given.
        """
        ran = self.run(inputs, initial_state, dtype, sequence_length)
        return (list(ran.outputs) if isinstance(inputs, list) else ran.outputs), ran.final_state

    def run(
        self,
        inputs: Any,  # noqa: ANN401 - as above
        initial_state: State | None = None,
        dtype: npt.DTypeLike | None = None,
        sequence_length: npt.ArrayLike | None = None,
    ) -> FusedRun:
        """Return everything that a call computes; arguments and errors are those of a call."""
        sequence = self._sequence(inputs)
        steps, batch = sequence.shape[:2]
        start = first_state(self.one_step, batch, initial_state, dtype)
        if not isinstance(start, (tuple, list)) or len(start) != len(LSTMStateTuple._fields):
            raise ValueError(f"{type(self).__name__} initial_state: got {type(start).__name__}, should be (c, h).")
        lengths = self._lengths(sequence_length, steps, batch)
        gates = self._loop(sequence, LSTMStateTuple(*start), lengths.max(initial=0))
        return FusedRun(gates, LSTMStateTuple(*start), lengths)

    def _sequence(self, inputs: Any) -> Array:  # noqa: ANN401 - as above
        sequence: Array = stack_inputs(inputs) if isinstance(inputs, list) else inputs
        if np.ndim(sequence) != 3 or 0 in (len(sequence), sequence.shape[2]):  # noqa: PLR2004 - T, B and D
            got = np.shape(sequence)
            raise ValueError(f"{type(self).__name__} inputs: got shape {got}, should be (T, B, D), T and D at least 1.")
        return sequence

    def _lengths(self, given: npt.ArrayLike | None, steps: int, batch: int) -> npt.NDArray[np.integer]:
        if given is None:
            return np.full(batch, steps)
        lengths = length_vector(given, batch)
        if lengths.min(initial=0) < 0 or lengths.max(initial=0) > steps:
            raise ValueError(f"sequence_length: got {lengths}, should be from 0 to {steps}, the steps of the inputs.")
        return lengths

    def _loop(self, inputs: Array, state: State, longest: int) -> dict[str, Array]:
        cell = self.one_step
        found = {name: np.zeros((*inputs.shape[:2], self.num_units), inputs.dtype) for name in OUTPUTS}
        for time in range(longest):
            gates = cell.gates(inputs[time], state)
            _, state = cell.outcome(gates)
            for name in OUTPUTS:
                found[name][time] = gates[name]
        return found


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class LSTMBlockFusedCell(FusedCell):
    """`tf.contrib.rnn.LSTMBlockFusedCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    forget_bias: float = 1.0  # added to f before its sigmoid
    cell_clip: float | None = None  # bound of |c| where above 0
    use_peephole: bool = False
    name: str = field(default="lstm_fused_cell", kw_only=True)  # of the scope
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("LSTMBlockFusedCell.num_units", self.num_units)
        settle(self)

    @property
    def one_step(self) -> LSTMBlockCell:
        """The LSTMBlockCell that computes one step, with the same weights."""
        weights = given_weights("LSTMBlockFusedCell", self.weights)
        return LSTMBlockCell(self.num_units, self.forget_bias, self.cell_clip, self.use_peephole, weights=weights)
