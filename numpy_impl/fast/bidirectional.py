"""Two plans over the same inputs, one from each end.

    outputs_fw, state_fw = plan_fw(x)
    outputs_bw, state_bw = plan_bw(x from the end of each row)

Nothing is turned around: the backward plan takes its steps, and leaves its outputs, from the end. Small cells of one
kind run as one cell.

Axes: T steps, B batch, D input depth, H a cell's output_size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from numpy_impl.fast.kernel import Pool
from numpy_impl.fast.merged import Both, side_by_side
from numpy_impl.fast.parts import Layer
from numpy_impl.fast.plan import Plan, prepare
from numpy_impl.unroll import length_vector, stack_inputs
from numpy_impl.variables import joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy_impl.arrays import Array
    from numpy_impl.cell import RNNCell
    from numpy_impl.fast.plan import Call
    from numpy_impl.state import State


class BidirectionalPlan:
    """The plans of both directions; as `Plan`, of which it has two."""

    def __init__(self, forward: Plan, backward: Plan) -> None:
        """Take both."""
        self.forward, self.backward = forward, backward
        layers = [plan.part for plan in (forward, backward) if isinstance(plan.part, Layer)]
        one = side_by_side([layer.cell for layer in layers]) if len(layers) == len(("fw", "bw")) else None
        self._both = None if one is None else Both(Layer(one).kernel, len(layers))
        self._pool = Pool()

    def __call__(
        self,
        inputs: Array,
        sequence_length: npt.ArrayLike | None = None,
        initial_state_fw: State | None = None,
        initial_state_bw: State | None = None,
        *,
        time_major: bool = False,
    ) -> tuple[tuple[Array, Array], tuple[Any, Any]]:
        """Return ((outputs_fw, outputs_bw), (state_fw, state_bw)) for inputs (B, T, D), outputs (B, T, H) each.

        Arguments and errors are those of a `Plan`, and a length below 0 or above T is a ValueError.
        """
        if sequence_length is not None and np.ndim(inputs) == 3:  # noqa: PLR2004 - else the plan says so
            _check_lengths(sequence_length, *(inputs.shape[:2] if time_major else inputs.shape[1::-1]))
        forward = self.forward.begun(inputs, sequence_length, initial_state_fw, time_major=time_major, backward=False)
        backward = self.backward.begun(inputs, sequence_length, initial_state_bw, time_major=time_major, backward=True)
        kept = self._together(forward, backward)
        out_fw, out_bw = kept or (self.forward.outputs(forward), self.backward.outputs(backward))
        out_fw, state_fw = self.forward.ended(forward, out_fw)
        out_bw, state_bw = self.backward.ended(backward, out_bw)
        return (out_fw, out_bw), (state_fw, state_bw)

    def _together(self, *calls: Call) -> list[Array] | None:
        """Return the outputs of both as their rows are kept; None where the cells do not run as one."""
        if self._both is None or not self._both.takes(calls[0].rows):
            return None
        spaces = self._pool.taken()
        rows, inputs, states = zip(*((call.rows, call.inputs, call.states[0]) for call in calls), strict=True)
        kept = self._both.run(rows, inputs, states, spaces[self._both.kernel])
        self._pool.give_back(spaces)
        return kept


def prepare_bidirectional(
    cell_fw: RNNCell,
    cell_bw: RNNCell,
    variables: Mapping[str, Array] | None = None,
    scope: str = "bidirectional_rnn",
) -> BidirectionalPlan:
    """Return the plan of two cells with their weights, or with `variables` below `scope`/fw and `scope`/bw.

    Raises:
        TypeError, ValueError: as `prepare`.
    """
    return BidirectionalPlan(
        prepare(cell_fw, variables, joined(scope, "fw")), prepare(cell_bw, variables, joined(scope, "bw"))
    )


def bidirectional_dynamic_rnn(  # noqa: PLR0913, PLR0917 - TensorFlow's signature
    cell_fw: RNNCell,
    cell_bw: RNNCell,
    inputs: Array,
    sequence_length: npt.ArrayLike | None = None,
    initial_state_fw: State | None = None,
    initial_state_bw: State | None = None,
    dtype: npt.DTypeLike | None = None,
    time_major: bool = False,  # noqa: FBT001, FBT002 - as above
) -> tuple[tuple[Array, Array], tuple[Any, Any]]:
    """Return what `numpy_impl.bidirectional_dynamic_rnn` returns for the same arguments, to a rounding."""
    plan = prepare_bidirectional(cell_fw, cell_bw)
    plan.forward.check_start(initial_state_fw, dtype)
    plan.backward.check_start(initial_state_bw, dtype)
    return plan(inputs, sequence_length, initial_state_fw, initial_state_bw, time_major=time_major)


def static_bidirectional_rnn(  # noqa: PLR0913, PLR0917 - TensorFlow's signature
    cell_fw: RNNCell,
    cell_bw: RNNCell,
    inputs: Sequence[Array],
    initial_state_fw: State | None = None,
    initial_state_bw: State | None = None,
    dtype: npt.DTypeLike | None = None,
    sequence_length: npt.ArrayLike | None = None,
) -> tuple[list[Array], Any, Any]:
    """Return what `numpy_impl.static_bidirectional_rnn` returns for the same arguments, to a rounding."""
    outputs, states = bidirectional_dynamic_rnn(
        cell_fw,
        cell_bw,
        stack_inputs(inputs),
        sequence_length,
        initial_state_fw,
        initial_state_bw,
        dtype,
        time_major=True,
    )
    return list(np.concatenate(outputs, axis=2)), *states


def _check_lengths(sequence_length: npt.ArrayLike, steps: int, batch: int) -> None:
    lengths = length_vector(sequence_length, batch)
    if batch and not 0 <= lengths.min() <= lengths.max() <= steps:
        raise ValueError(f"sequence_length: got {lengths}, should be from 0 to {steps}. Rows are reversed within them.")
