"""A cell arranged once to be run over whole sequences many times: `prepare`, and `dynamic_rnn` of one call.

    plan = prepare(cell)
    outputs, state = plan(inputs, sequence_length, initial_state)     # what numpy_impl.dynamic_rnn answers

Axes: T steps, B batch, D input depth, H the cell's output_size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from numpy_impl.arrays import check_array
from numpy_impl.cell import require_cell
from numpy_impl.fast.kernel import Pool
from numpy_impl.fast.parts import part_of
from numpy_impl.fast.rows import rows_of
from numpy_impl.interface import with_interface
from numpy_impl.state import map_state
from numpy_impl.unroll import first_state, length_vector, stack_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy_impl.arrays import Array
    from numpy_impl.cell import RNNCell
    from numpy_impl.fast.rows import Rows
    from numpy_impl.state import State


class Call(NamedTuple):
    """What a call of a plan was given, as it is computed with."""

    rows: Rows
    inputs: Array  # as the rows are kept
    states: list[tuple[Array, ...]]  # of each layer, in the order of the rows
    initial_state: State | None
    time_major: bool


class Plan:
    """A cell's weights, arranged and copied, and the buffers of its calls.

    Buffers are made at the first call of a shape and used again; none of them is ever handed out, so what a call
    returned stays as it is. Several threads may call one plan at once: each call in progress has its own buffers.
    """

    def __init__(self, cell: RNNCell) -> None:
        """Arrange the weights of a cell; `prepare` says what is refused."""
        require_cell("cell", cell)
        self.cell = cell
        self.part = part_of(cell)
        self._pool = Pool()

    def __call__(
        self,
        inputs: Array,
        sequence_length: npt.ArrayLike | None = None,
        initial_state: State | None = None,
        *,
        time_major: bool = False,
    ) -> tuple[Array, Any]:
        """Return the outputs (B, T, H) and the final state for inputs (B, T, D); (T, B, ...) both where time_major.

        Args:
            inputs: of the weights' dtype, laid out in memory in any way.
            sequence_length: (B,) integers, the steps of each row; all T where it is None. More than T counts as T.
            initial_state: in the structure of `cell.state_size`; zeros where it is None.
            time_major: whether the axes of inputs and outputs are T, B instead of B, T.

        Raises:
            ValueError: inputs, lengths or state do not fit the weights or each other.
        """
        call = self.begun(inputs, sequence_length, initial_state, time_major=time_major, backward=False)
        return self.ended(call, self.outputs(call))

    def begun(
        self,
        inputs: Array,
        sequence_length: npt.ArrayLike | None,
        initial_state: State | None,
        *,
        time_major: bool,
        backward: bool,
    ) -> Call:
        """Return the arguments of a call, checked and in the order of computing: from each row's end if `backward`."""
        part = self.part
        if not isinstance(inputs, np.ndarray) or inputs.ndim != 3:  # noqa: PLR2004 - T, B and D
            got = f"shape {inputs.shape}" if isinstance(inputs, np.ndarray) else type(inputs).__name__
            raise ValueError(f"inputs: got {got}, should be an array (B, T, D), or (T, B, D) where time_major.")
        check_array("inputs", inputs, (*inputs.shape[:2], part.depth), part.dtype)
        by_step = inputs if time_major else inputs.swapaxes(0, 1)
        steps, batch = by_step.shape[:2]
        lengths = None if sequence_length is None else length_vector(sequence_length, batch)
        rows = rows_of(steps, batch, lengths, backward=backward)
        if initial_state is None:
            states = [
                tuple(np.zeros((batch, width), part.dtype) for width in kernel.state_widths)
                for kernel in part.kernels()
            ]
        else:
            states = [tuple(map(rows.in_order, own)) for own in part.split(initial_state, batch)]
        return Call(rows, rows.gathered(by_step), states, initial_state, time_major)

    def outputs(self, call: Call) -> Array:
        """Return the outputs as the call's rows are kept; the arrays of its states are written into."""
        spaces = self._pool.taken()
        with np.errstate(over="ignore", under="ignore"):  # exp, where a sigmoid is 0
            kept = self.part.run(call.rows, call.inputs, iter(call.states), spaces)
        self._pool.give_back(spaces)
        return kept

    def ended(self, call: Call, kept: Array) -> tuple[Array, Any]:
        """Return the outputs and the final state as the caller wants them."""
        outputs = call.rows.scattered(kept)
        final = self.part.join(iter([tuple(map(call.rows.as_given, own)) for own in call.states]))
        if call.initial_state is not None:  # TensorFlow's loop hands on what it started with: a plain tuple stays one
            final = map_state(lambda _, own: own, call.initial_state, final)
        return outputs if call.time_major else outputs.swapaxes(0, 1), final

    def check_start(self, initial_state: State | None, dtype: npt.DTypeLike | None) -> None:
        """Return None if a runner may start so: from a state, or from zeros of the weights' dtype.

        Raises:
            ValueError: both are None, or of other dtypes.
        """
        if initial_state is not None or dtype is None:
            first_state(self.cell, 0, initial_state, dtype)
        elif np.dtype(dtype) != self.part.dtype:
            raise ValueError(
                f"dtype: got {np.dtype(dtype)}, should be {self.part.dtype} as the weights. Cast inputs and weights."
            )


def prepare(cell: RNNCell, variables: Mapping[str, Array] | None = None, scope: str = "rnn") -> Plan:
    """Return the plan of a cell with its weights, or with `variables` under TensorFlow's names below `scope`.

    Raises:
        TypeError: it is no cell, or (UnsupportedCellError) the fast form has no way to run it, or not in its dtype.
        ValueError: the cell has no weights, or the variables are not its own.
    """
    if variables is None:
        return Plan(cell)
    weighted: Any = with_interface("cell", cell).with_variables(variables, scope)
    return Plan(weighted)


def dynamic_rnn(  # noqa: PLR0913, PLR0917 - TensorFlow's signature
    cell: RNNCell,
    inputs: Array,
    sequence_length: npt.ArrayLike | None = None,
    initial_state: State | None = None,
    dtype: npt.DTypeLike | None = None,
    time_major: bool = False,  # noqa: FBT001, FBT002 - as above
) -> tuple[Array, Any]:
    """Return what `numpy_impl.dynamic_rnn` returns for the same arguments, to a rounding.

    It arranges the weights at every call: for several calls, `prepare` the cell once.
    """
    plan = prepare(cell)
    plan.check_start(initial_state, dtype)
    return plan(inputs, sequence_length, initial_state, time_major=time_major)


def static_rnn(
    cell: RNNCell,
    inputs: Sequence[Array],
    initial_state: State | None = None,
    dtype: npt.DTypeLike | None = None,
    sequence_length: npt.ArrayLike | None = None,
) -> tuple[list[Array], Any]:
    """Return what `numpy_impl.static_rnn` returns for the same arguments, to a rounding: a list of T outputs."""
    plan = prepare(cell)
    plan.check_start(initial_state, dtype)
    outputs, state = plan(stack_inputs(inputs), sequence_length, initial_state, time_major=True)
    return list(outputs), state
