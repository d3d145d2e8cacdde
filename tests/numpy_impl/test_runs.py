"""Cells over time: the runners agree with each other and keep TensorFlow's exact promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numpy_impl as ni
from numpy_impl.state import leaves, map_state

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS, BATCH, DEPTH = 6, 4, 3
LENGTHS = np.array([6, 3, 1, 0])


def draw_inputs(seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal((BATCH, STEPS, DEPTH))


def draw_state(cell: Any, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    return map_state(lambda width: rng.standard_normal((BATCH, width)), cell.state_size)


def assert_same(actual: Any, expected: Any) -> None:
    map_state(np.testing.assert_array_equal, actual, expected)


def by_step(array: Any) -> list[Any]:
    return list(array.swapaxes(0, 1))


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_static_dynamic_and_time_major_runs_are_one(draw_any: Callable[..., Any], lengths: Any) -> None:
    cell, x = draw_any(), draw_inputs()
    state = draw_state(cell)
    dynamic, dynamic_state = ni.dynamic_rnn(cell, x, lengths, state)
    static, static_state = ni.static_rnn(cell, by_step(x), state, sequence_length=lengths)
    major, major_state = ni.dynamic_rnn(cell, x.swapaxes(0, 1), lengths, state, time_major=True)
    np.testing.assert_array_equal(np.stack(static, axis=1), dynamic)
    np.testing.assert_array_equal(major.swapaxes(0, 1), dynamic)
    assert_same(static_state, dynamic_state)
    assert_same(major_state, dynamic_state)


def test_run_is_its_steps_one_after_the_other(draw_any: Callable[..., Any]) -> None:
    cell, x = draw_any(), draw_inputs()
    state = draw_state(cell)
    outputs, final = ni.dynamic_rnn(cell, x, initial_state=state)
    for time in range(STEPS):
        output, state = cell(x[:, time], state)
        np.testing.assert_array_equal(outputs[:, time], output)
    assert_same(final, state)


def test_row_stops_at_its_length(draw_any: Callable[..., Any]) -> None:
    cell, x = draw_any(), draw_inputs()
    state = draw_state(cell)
    outputs, final = ni.dynamic_rnn(cell, x, LENGTHS, state)
    for row, length in enumerate(LENGTHS):
        assert not outputs[row, length:].any()
        whole, frozen = ni.dynamic_rnn(cell, x[:, :length], initial_state=state)
        np.testing.assert_array_equal(outputs[row, :length], whole[row])
        map_state(lambda a, b, row=row: np.testing.assert_array_equal(a[row], b[row]), final, frozen)


def test_lengths_of_zero_return_the_initial_state(draw_any: Callable[..., Any]) -> None:
    cell = draw_any()
    state = draw_state(cell)
    outputs, final = ni.dynamic_rnn(cell, draw_inputs(), np.zeros(BATCH, int), state)
    assert not outputs.any()
    assert_same(final, state)


def test_length_beyond_the_last_step_is_the_last_step(draw_any: Callable[..., Any]) -> None:
    cell, x = draw_any(), draw_inputs()
    outputs, final = ni.dynamic_rnn(cell, x, [STEPS, STEPS + 1, 99, STEPS], dtype=x.dtype)
    expected, expected_state = ni.dynamic_rnn(cell, x, dtype=x.dtype)
    np.testing.assert_array_equal(outputs, expected)
    assert_same(final, expected_state)


@pytest.mark.parametrize("poison", [np.nan, 1e300])
def test_padding_does_not_leak(draw_any: Callable[..., Any], poison: float) -> None:
    cell, x = draw_any(), draw_inputs()
    padded = np.where(np.arange(STEPS)[:, np.newaxis] < LENGTHS[:, np.newaxis, np.newaxis], x, poison)
    clean = ni.bidirectional_dynamic_rnn(cell, cell, x, LENGTHS, dtype=x.dtype)
    assert_same(ni.bidirectional_dynamic_rnn(cell, cell, padded, LENGTHS, dtype=x.dtype), clean)


def test_no_initial_state_is_zeros(draw_any: Callable[..., Any]) -> None:
    cell, x = draw_any(), draw_inputs()
    zeros = cell.zero_state(BATCH, x.dtype)
    assert_same(ni.dynamic_rnn(cell, x, dtype=x.dtype), ni.dynamic_rnn(cell, x, initial_state=zeros))


def test_no_steps_return_no_outputs_and_the_initial_state(draw_any: Callable[..., Any]) -> None:
    cell = draw_any()
    state = draw_state(cell)
    outputs, final = ni.dynamic_rnn(cell, draw_inputs()[:, :0], initial_state=state)
    assert outputs.shape == (BATCH, 0, cell.output_size)
    assert_same(final, state)


def test_backward_cell_mirrors_the_forward_cell(draw_any: Callable[..., Any]) -> None:
    cell, x = draw_any(), draw_inputs()
    mirrored = ni.reverse_sequence(x, LENGTHS, time_axis=1)
    (forward, _), (forward_state, _) = ni.bidirectional_dynamic_rnn(cell, cell, mirrored, LENGTHS, dtype=x.dtype)
    (_, backward), (_, backward_state) = ni.bidirectional_dynamic_rnn(cell, cell, x, LENGTHS, dtype=x.dtype)
    np.testing.assert_array_equal(backward, ni.reverse_sequence(forward, LENGTHS, time_axis=1))
    assert_same(backward_state, forward_state)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_bidirectional_runs_are_one(draw_cell: Callable[..., Any], lengths: Any) -> None:
    fw, bw, x = draw_cell("LSTMCell", num_proj=2), draw_cell("GRUCell", units=4, seed=7), draw_inputs()
    states = draw_state(fw), draw_state(bw)
    (out_fw, out_bw), finals = ni.bidirectional_dynamic_rnn(fw, bw, x, lengths, *states)
    major, major_finals = ni.bidirectional_dynamic_rnn(fw, bw, x.swapaxes(0, 1), lengths, *states, time_major=True)
    static, *static_finals = ni.static_bidirectional_rnn(fw, bw, by_step(x), *states, sequence_length=lengths)
    assert_same(tuple(outputs.swapaxes(0, 1) for outputs in major), (out_fw, out_bw))
    np.testing.assert_array_equal(np.stack(static, axis=1), np.concatenate([out_fw, out_bw], axis=2))
    assert_same(major_finals, finals)
    assert_same(tuple(static_finals), finals)


def test_rows_reverse_within_their_own_length() -> None:
    rows = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]])
    expected = [[4, 3, 2, 1], [6, 5, 7, 8], [9, 10, 11, 12]]
    np.testing.assert_array_equal(ni.reverse_sequence(rows, [4, 2, 0], time_axis=1), expected)
    np.testing.assert_array_equal(ni.reverse_sequence(rows.T, [4, 2, 0], time_axis=0), np.transpose(expected))
    np.testing.assert_array_equal(ni.reverse_sequence(rows, None, time_axis=1), rows[:, ::-1])


@given(seed=st.integers(0, 2**32 - 1))
def test_reversing_twice_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps, batch = rng.integers(1, 7, size=2)
    array, lengths = rng.standard_normal((steps, batch, 2)), rng.integers(0, steps + 1, size=batch)
    once = ni.reverse_sequence(array, lengths, time_axis=0)
    np.testing.assert_array_equal(ni.reverse_sequence(once, lengths, time_axis=0), array)


@given(seed=st.integers(0, 2**32 - 1))
def test_run_carried_on_from_its_state_is_the_whole_run(draw_any: Callable[..., Any], seed: int) -> None:
    cell, x = draw_any(seed=seed), draw_inputs(seed)
    cut = seed % (STEPS + 1)
    whole = ni.dynamic_rnn(cell, x, dtype=x.dtype)
    first, between = ni.dynamic_rnn(cell, x[:, :cut], dtype=x.dtype)
    second, final = ni.dynamic_rnn(cell, x[:, cut:], initial_state=between)
    assert_same((np.concatenate([first, second], axis=1), final), whole)


# What runs refuse.

RUNS: dict[str, Callable[..., Any]] = {
    "static_rnn": lambda cell, x, **options: ni.static_rnn(cell, by_step(x), **options),
    "dynamic_rnn": ni.dynamic_rnn,
    "bidirectional_dynamic_rnn": lambda cell, x, **options: ni.bidirectional_dynamic_rnn(cell, cell, x, **options),
    "static_bidirectional_rnn": lambda cell, x, **options: ni.static_bidirectional_rnn(
        cell, cell, by_step(x), **options
    ),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
class TestEveryRun:
    def test_needs_a_state_or_a_dtype(self, run: Callable[..., Any], draw_cell: Callable[..., Any]) -> None:
        with pytest.raises(ValueError, match="If no initial_state is provided, dtype must be specified"):
            run(draw_cell("GRUCell"), draw_inputs())

    @pytest.mark.parametrize("lengths", [4, [[4]], [1, 2, 3]], ids=str)
    def test_refuses_lengths_that_are_no_vector(
        self, run: Callable[..., Any], draw_cell: Callable[..., Any], lengths: Any
    ) -> None:
        with pytest.raises(ValueError, match=r"sequence_length: got shape .* must be a vector of length 4"):
            run(draw_cell("GRUCell"), draw_inputs(), sequence_length=lengths, dtype="float64")

    def test_refuses_fractional_lengths(self, run: Callable[..., Any], draw_cell: Callable[..., Any]) -> None:
        with pytest.raises(ValueError, match="sequence_length: got float64, should be integers"):
            run(draw_cell("GRUCell"), draw_inputs(), sequence_length=[1.5, 2, 3, 4], dtype="float64")

    def test_takes_no_lengths_of_no_rows(self, run: Callable[..., Any], draw_cell: Callable[..., Any]) -> None:
        nobody = draw_inputs()[:0]
        _, *states = run(draw_cell("GRUCell"), nobody, sequence_length=[], dtype="float64")
        assert {array.shape[0] for array in leaves(states)} == {0}


def test_inputs_that_are_numbers_are_refused(draw_cell: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"inputs: got float, should be \(B, T, D\)"):
        ni.dynamic_rnn(draw_cell("GRUCell"), draw_inputs().tolist(), dtype="float64")


@pytest.mark.parametrize("lengths", [[7, 1, 1, 1], [1, 1, 1, -1]], ids=str)
def test_lengths_that_cannot_be_reversed_are_refused(draw_cell: Callable[..., Any], lengths: list[int]) -> None:
    cell = draw_cell("GRUCell")
    with pytest.raises(ValueError, match=r"sequence_length: got \[.*\], should be from 0 to 6"):
        ni.bidirectional_dynamic_rnn(cell, cell, draw_inputs(), lengths, dtype="float64")


def test_dtype_that_the_state_is_not_of_is_refused(draw_cell: Callable[..., Any]) -> None:
    cell = draw_cell("GRUCell")
    with pytest.raises(ValueError, match="initial_state: got float64, should be float32 as dtype says"):
        ni.dynamic_rnn(cell, draw_inputs(), initial_state=cell.zero_state(BATCH, "float64"), dtype="float32")


def test_dynamic_inputs_without_depth_are_refused(draw_cell: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"inputs: got shape \(4, 6\), should be \(B, T, D\)"):
        ni.dynamic_rnn(draw_cell("GRUCell"), np.ones((4, 6)), dtype="float64")


def test_inputs_of_more_axes_than_the_cell_takes_are_refused(draw_any: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"Cell inputs: got shape \(4, 3, 1\), should be \(4, 3\)"):
        ni.dynamic_rnn(draw_any(), np.ones((4, 6, 3, 1)), dtype="float64")


@pytest.mark.parametrize("run", ["static_rnn", "static_bidirectional_rnn"])
class TestStaticRuns:
    def run(self, run: str, cell: Any, inputs: Any) -> None:
        cells = [cell] if run == "static_rnn" else [cell, cell]
        getattr(ni, run)(*cells, inputs, dtype="float64")

    def test_refuse_an_array(self, run: str, draw_cell: Callable[..., Any]) -> None:
        with pytest.raises(TypeError, match="inputs: got ndarray, must be a sequence"):
            self.run(run, draw_cell("GRUCell"), draw_inputs())

    def test_refuse_an_empty_list(self, run: str, draw_cell: Callable[..., Any]) -> None:
        with pytest.raises(ValueError, match="must not be empty"):
            self.run(run, draw_cell("GRUCell"), [])

    def test_refuse_steps_of_unequal_shapes(self, run: str, draw_cell: Callable[..., Any]) -> None:
        with pytest.raises(
            ValueError, match=r"inputs: got shapes \[\(2, 3\), \(4, 3\)\], should be one shape \(B, D\)"
        ):
            self.run(run, draw_cell("GRUCell"), [np.ones((4, 3)), np.ones((2, 3))])
