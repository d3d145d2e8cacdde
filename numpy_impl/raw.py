"""A cell over time as a function decides: `tf.compat.v1.nn.raw_rnn`.

    finished, x, state, emit, loop_state = loop_fn(0, None, None, None)
    while some row is not finished:
        output, new_state = cell(x, state)
        next_finished, x, next_state, emitted, loop_state = loop_fn(time + 1, output, new_state, loop_state)
        emit_time = emitted,    state = next_state          in rows that are not finished
        emit_time = 0,          state = state               in those that are
        finished = finished or next_finished

What `loop_fn` says of a row at time t decides whether step t is run for it; the first call says what is emitted: `emit`
is a structure of arrays without the batch, of which TensorFlow reads shapes and dtypes alone, or None for the cell's
output_size.

Source: tensorflow/python/ops/rnn.py, raw_rnn.
Axes: T steps, B batch, D input depth, H the cell's output_size.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numpy_impl.cell import require_cell
from numpy_impl.rows import advance_rows
from numpy_impl.state import leaves, map_state, zero_state
from numpy_impl.unroll import length_vector

if TYPE_CHECKING:
    from numpy_impl.arrays import Array
    from numpy_impl.cell import RNNCell
    from numpy_impl.state import State

LoopFn: TypeAlias = Callable[[int, Any, Any, Any], tuple[Any, Any, Any, Any, Any]]


def raw_rnn(cell: RNNCell, loop_fn: LoopFn) -> tuple[Any, Any, Any]:
    """Return what was emitted (S, B, ...) in S steps, the final state and the final loop_state.

    Args:
        cell: what computes a step.
        loop_fn: (time, cell_output, cell_state, loop_state) to (elements_finished (B,), next_input, next_cell_state,
            emit_output, next_loop_state); the outputs and states it is given are None at time 0, where it answers the
            initial state and what an emitted row looks like. A next_loop_state of None leaves it as it was.

    Raises:
        TypeError: the cell is none, loop_fn cannot be called, or it emits another dtype than it said at time 0: the
            state's, where it said None.
        ValueError: loop_fn answers a state, an input or something to emit in another structure than it did at time 0.
    """
    require_cell("cell", cell)
    if not callable(loop_fn):
        raise TypeError(f"loop_fn: got {loop_fn!r}, must be a callable of (time, cell_output, cell_state, loop_state).")
    finished, inputs, state, emit, loop_state = loop_fn(0, None, None, None)
    _require_structure("next_cell_state", state, cell.state_size)
    finished = np.asarray(finished)
    silent = _nothing_emitted(cell, emit, state, batch=leaves(inputs)[0].shape[0])
    emitted, time = [], 0
    while not finished.all():
        output, new_state = cell(inputs, state)
        time += 1
        next_finished, next_inputs, next_state, step, next_loop_state = loop_fn(time, output, new_state, loop_state)
        for what, got, like in (
            ("next_cell_state", next_state, state),
            ("next_input", next_inputs, inputs),
            ("emit_output", step, silent),
        ):
            _require_structure(what, got, like)
        map_state(_require_dtype, silent, step)
        running = ~finished[:, np.newaxis]
        emitted.append(map_state(partial(advance_rows, running), step, silent))
        state = map_state(partial(advance_rows, running), next_state, state)
        loop_state = loop_state if next_loop_state is None else next_loop_state
        inputs, finished = next_inputs, finished | next_finished
    outputs = map_state(lambda zeros, *steps: np.stack(steps) if steps else zeros[np.newaxis][:0], silent, *emitted)
    return outputs, state, loop_state


def loop_over(inputs: Array, sequence_length: npt.ArrayLike | None, initial_state: State) -> LoopFn:
    """Return the loop_fn of TensorFlow's documentation, with which `raw_rnn` answers what `dynamic_rnn` does.

    Args:
        inputs: (T, B, D), read step by step.
        sequence_length: (B,) integers, the steps of each row; all T where it is None.
        initial_state: what the cell starts from.

    Raises:
        ValueError: a length is above T, where TensorFlow would fail on reading inputs that there are not.
    """
    steps, batch = inputs.shape[:2]
    lengths = np.full(batch, steps) if sequence_length is None else length_vector(sequence_length, batch)
    if batch and lengths.max() > steps:
        raise ValueError(
            f"sequence_length: got {lengths}, should be at most {steps}, the steps that there are to read."
        )

    def loop_fn(time: int, output: Any, state: Any, _: Any) -> tuple[Any, Any, Any, Any, Any]:  # noqa: ANN401
        finished = time >= lengths
        next_input = np.zeros_like(inputs[0]) if finished.all() else inputs[time]
        return finished, next_input, initial_state if output is None else state, output, None

    return loop_fn


def _nothing_emitted(cell: RNNCell, emit: Any, state: State, *, batch: int) -> Any:  # noqa: ANN401 - a structure of arrays
    """Return zeros (B, ...) in the structure of what is emitted."""
    if emit is None:
        return zero_state(cell.output_size, batch, leaves(state)[0].dtype)
    return map_state(lambda row: np.zeros((batch, *np.shape(row)), np.asarray(row).dtype), emit)


def _require_dtype(silent: Array, step: Array) -> None:
    if np.asarray(step).dtype != silent.dtype:
        raise TypeError(
            f"emit_output: got {np.asarray(step).dtype}, should be {silent.dtype}, as at time 0, or as the state where "
            "that was None. Answer zeros of the right dtype, without the batch, at time 0."
        )


def _require_structure(what: str, got: Any, like: Any) -> None:  # noqa: ANN401 - structures of arrays or widths
    if not _alike(got, like):
        raise ValueError(f"{what}: got another structure than at time 0 or in the cell's sizes. Answer the same one.")


def _alike(got: Any, like: Any) -> bool:  # noqa: ANN401 - as above
    if not isinstance(like, (tuple, list)) or not isinstance(got, (tuple, list)):
        return not isinstance(like, (tuple, list)) and not isinstance(got, (tuple, list))
    return len(got) == len(like) and all(map(_alike, got, like))
