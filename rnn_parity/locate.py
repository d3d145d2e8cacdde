"""Where a difference began: the first step, layer and tensor in the order in which TensorFlow computes.

A candidate's own trace is used where it gives one and leads to the gate; else outputs lead to the step, and final
states to the layer. Values only, as in `compare`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.compare import Comparison, TensorDifference, named_arrays, worst_index
from rnn_parity.spec import AttentionCellWrapper, Directions, OwnGraph, Step, is_own, single_cells
from rnn_parity.structure import Array, cells_of, is_time_major, join, levels
from rnn_parity.tolerance import Tolerance
from rnn_parity.weights import layers, wrappings

FORMAL = ("missing", "structure", "shape", "dtype")  # problems of tensors whose values cannot be placed


@dataclass(frozen=True, kw_only=True)
class FirstDifference:
    """Where a difference first shows in the order of computation.

    `tensor` is an array name or, from a trace, a gate's letter; `step` an index on the time axis, None where only a
    final state differs; `layer` counts from the input, None where it cannot be told; `direction` is 'fw', 'bw' or ''.
    """

    tensor: str
    direction: str
    layer: int | None
    step: int | None
    row: int
    unit: int
    got: float
    expected: float


@dataclass(frozen=True)
class Series:
    """Values of one name as (step, row, unit) in the order of computation; `time[step, row]` is the time index."""

    tensor: str
    direction: str
    layer: int | None
    order: int
    got: Array
    expected: Array
    allowed: float
    time: Array

    @property
    def error(self) -> Array:
        """|got - expected|, infinite where that is no number."""
        with np.errstate(invalid="ignore"):
            error = np.abs(self.got.astype(np.float64) - self.expected)
        return np.where(np.isnan(error), np.inf, error)

    def first(self) -> tuple[tuple[int, int, int], FirstDifference] | None:
        """Return the earliest difference with the key to sort by: step, layer, order within the cell."""
        error = self.error
        wrong = error > self.allowed
        if not wrong.any():
            return None
        step = int(np.argmax(wrong.any(axis=(1, 2))))
        row, unit = worst_index(error[step], wrong[step])
        place = FirstDifference(
            tensor=self.tensor,
            direction=self.direction,
            layer=self.layer,
            step=int(self.time[step, row]),
            row=row,
            unit=unit,
            got=float(self.got[step, row, unit]),
            expected=float(self.expected[step, row, unit]),
        )
        return (step, self.layer or 0, self.order), place


def locate(case: Case, result: Result, comparison: Comparison, tolerance: Tolerance) -> FirstDifference | None:
    """Return where `result` first differs; None where it agrees or its values cannot be placed."""
    if comparison.agrees:
        return None
    for series in (_trace_series(case, result, tolerance), output_series(case, result, comparison, tolerance)):
        found = [first for one in series if (first := one.first()) is not None]
        if found:
            return min(found, key=lambda keyed: keyed[0])[1]
    return _first_in_states(case, result, comparison)


def error_by_step(case: Case, result: Result, comparison: Comparison, tolerance: Tolerance) -> tuple[float, ...]:
    """Return the largest |error| of the outputs at each step, in the order of computation."""
    errors = [one.error.max(axis=(1, 2)) for one in output_series(case, result, comparison, tolerance)]
    return tuple(float(error) for error in np.max(errors, axis=0)) if errors else ()


def _trace_series(case: Case, result: Result, tolerance: Tolerance) -> Iterator[Series]:
    noise = max(case.expectation.noise.values())
    roundoff = float(np.finfo(case.spec.dtype).eps) / 2
    for layer in layers(case.spec):
        for order, letter in enumerate(layer.cell.trace_names):
            name = join(layer.direction, str(layer.index), letter)
            expected, got = case.expectation.trace.get(name), (result.trace or {}).get(name)
            if expected is None or got is None or np.shape(got) != expected.shape:
                continue
            scale = max(noise, roundoff * float(np.abs(expected).max(initial=1.0)))
            allowed = float(tolerance.allowed(expected, scale).max(initial=0.0))
            time = _time_of_step(case, backward=layer.direction == "bw")
            yield Series(
                letter, layer.direction, layer.index, order, np.asarray(got), expected.astype(np.float64), allowed, time
            )


def output_series(case: Case, result: Result, comparison: Comparison, tolerance: Tolerance) -> Iterator[Series]:
    """Yield the outputs of each direction, in the order in which its steps are computed."""
    actual, _ = named_arrays(case, result)
    layer = _lowest_layer(case, comparison)
    for tensor in comparison.tensors:
        if not tensor.name.startswith("outputs") or tensor.problem in FORMAL or not _has_steps(case):
            continue
        expected = case.expectation.oracle64[tensor.name]
        allowed = float(tolerance.allowed(expected, tensor.noise).max(initial=0.0))
        for direction, columns in _columns(case, tensor.name):
            time = _time_of_step(case, backward=direction == "bw")
            got, should_be = (_steps(case, array[..., columns], time) for array in (actual[tensor.name], expected))
            yield Series(tensor.name, direction, layer, 0, got, should_be, allowed, time)


def _has_steps(case: Case) -> bool:
    """Return whether the outputs are of steps, or those of a graph that answers once for the whole sequence."""
    return not isinstance(case.spec.run, OwnGraph) or case.spec.run.per_step


def _columns(case: Case, name: str) -> Iterator[tuple[str, slice]]:
    """Yield the directions that share an outputs array, with their columns: static runs give [fw | bw]."""
    cells = cells_of(case.spec)
    if name != "outputs" or not isinstance(cells, Directions):
        yield name.removeprefix("outputs").strip("/"), slice(None)
        return
    width = cells.fw.output_size
    yield "fw", slice(0, width)
    yield "bw", slice(width, None)


def _steps(case: Case, array: Array, time: Array) -> Array:
    """Return outputs as (step, row, unit), each row's steps in the order of computation."""
    if isinstance(case.spec.run, Step):
        return array[np.newaxis]
    steps = array if is_time_major(case.spec) else array.swapaxes(0, 1)
    return np.take_along_axis(steps, time[: len(steps), :, np.newaxis], axis=0)


def _time_of_step(case: Case, *, backward: bool) -> Array:
    """Return (step, row) -> time index; a backward cell reads each row from its last valid step to its first."""
    steps, rows = case.spec.sizes.max_time, case.spec.sizes.batch_size
    forward = np.broadcast_to(np.arange(steps)[:, np.newaxis], (steps, rows))
    if not backward:
        return forward
    lengths = np.full(rows, steps) if case.sequence_length is None else np.minimum(case.sequence_length, steps)
    return np.where(forward < lengths, lengths - 1 - forward, forward)


def _first_in_states(case: Case, result: Result, comparison: Comparison) -> FirstDifference | None:
    actual, _ = named_arrays(case, result)
    for tensor in comparison.tensors:
        if tensor.problem is None or tensor.worst_index is None:
            continue
        step, row = _step_and_row(case, tensor)
        return FirstDifference(
            tensor=tensor.name,
            direction=next((part for part in tensor.name.split("/") if part in ("fw", "bw")), ""),
            layer=_lowest_layer(case, comparison),
            step=step,
            row=row,
            unit=tensor.worst_index[-1],
            got=float(actual[tensor.name][tensor.worst_index]),
            expected=float(case.expectation.oracle64[tensor.name][tensor.worst_index]),
        )
    return None


def _step_and_row(case: Case, tensor: TensorDifference) -> tuple[int | None, int]:
    index = tensor.worst_index or (0,)
    if len(index) == 2:  # noqa: PLR2004  (row, unit): a state, or the outputs of one Step
        return None, index[0]
    return (index[0], index[1]) if is_time_major(case.spec) else (index[1], index[0])


def _lowest_layer(case: Case, comparison: Comparison) -> int | None:
    """Return the lowest layer whose final state differs, where the states' names tell layers apart."""
    numbered = any(isinstance(wrapping.cell, AttentionCellWrapper) for wrapping in wrappings(case.spec))
    if numbered or is_own(case.spec):
        return None  # their states are numbered, too
    layers_of_a_level = 1 if levels(case.spec) is None else len(single_cells(case.spec.cell))
    numbers = []
    for tensor in comparison.tensors:
        digits = [int(part) for part in tensor.name.split("/") if part.isdigit()]
        if tensor.problem is not None and digits:
            numbers.append(digits[0] * layers_of_a_level + sum(digits[1:]))
    return min(numbers, default=None)
