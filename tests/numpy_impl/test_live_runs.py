"""Unrolling: every run answers as TensorFlow's, with and without lengths, states and the time axis first."""

from __future__ import annotations

import numpy as np
import pytest
from live import BATCH, CELLS, LENGTHS, STEPS, NumPy, assert_alike, assert_one_answer, inputs_of, state_of, steps_of

import numpy_impl as ni

pytestmark = pytest.mark.needs_tf

FEW = ["gru", "lstm-full", "lstm-by-position", "stack"]  # every kind of state; the fixtures cover the rest
lengths_or_none = pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])


def dynamic(lib, make, lengths, *, time_major=False, seed=1):
    cell = lib.bound(make(lib), "rnn")
    x = inputs_of(lib, seed)
    x = lib.transpose(x, (1, 0, 2)) if time_major else x
    return lib.dynamic_rnn(cell, x, lengths, state_of(lib, cell), time_major=time_major)


def static(lib, make, lengths):
    cell = lib.bound(make(lib), "rnn")
    return lib.static_rnn(cell, steps_of(lib), state_of(lib, cell), sequence_length=lengths)


@lengths_or_none
@pytest.mark.parametrize("name", FEW)
def test_static_and_dynamic_runs_are_one(name, lengths):
    outputs, state = assert_one_answer(lambda lib: static(lib, CELLS[name], lengths))
    dynamic_outputs, dynamic_state = assert_one_answer(lambda lib: dynamic(lib, CELLS[name], lengths))
    assert_alike(np.stack(outputs, axis=1), dynamic_outputs)
    assert_alike(state, dynamic_state)


@lengths_or_none
@pytest.mark.parametrize("name", FEW)
def test_time_first_is_the_same_run(name, lengths):
    assert_one_answer(lambda lib: dynamic(lib, CELLS[name], lengths, time_major=True))


@pytest.mark.parametrize("run", [static, dynamic])
@pytest.mark.parametrize("name", FEW)
def test_a_row_ends_in_zeros_and_its_state_stays(name, run):
    outputs, state = assert_one_answer(lambda lib: run(lib, CELLS[name], LENGTHS))
    outputs = np.stack(outputs, axis=1) if run is static else outputs
    for row, length in enumerate(LENGTHS):
        assert not outputs[row, length:].any()
    given = ni.state.leaves(state_of(NumPy(), CELLS[name](ni)))
    for part, start in zip(ni.state.leaves(state), given, strict=True):
        np.testing.assert_array_equal(part[LENGTHS.index(0)], start[LENGTHS.index(0)])


@pytest.mark.parametrize("run", [static, dynamic])
@pytest.mark.parametrize("name", FEW)
def test_lengths_of_zero_return_zeros_and_the_initial_state(name, run):
    outputs, state = assert_one_answer(lambda lib: run(lib, CELLS[name], [0] * BATCH))
    assert not np.asarray(outputs).any()
    assert_alike(state, state_of(NumPy(), CELLS[name](ni)))


@pytest.mark.parametrize("run", [static, dynamic])
@pytest.mark.parametrize("name", FEW)
def test_length_beyond_the_last_step_is_no_error(name, run):
    assert_one_answer(lambda lib: run(lib, CELLS[name], [STEPS + 3, STEPS, 2, STEPS + 1]))


@pytest.mark.parametrize("run", [static, dynamic])
def test_negative_length_is_a_row_without_steps(run):
    assert_one_answer(lambda lib: run(lib, CELLS["gru"], [-2, STEPS, 2, 1]))


@pytest.mark.parametrize("time_major", [False, True], ids=["batch first", "time first"])
@pytest.mark.parametrize("with_state", [False, True], ids=["zeros", "state"])
@lengths_or_none
def test_bidirectional_dynamic_run_answers_as_tensorflow_s(lengths, with_state, time_major):
    def program(lib):
        fw, bw = (
            lib.bound(CELLS[name](lib), f"bidirectional_rnn/{way}")
            for name, way in (("lstm-full", "fw"), ("gru", "bw"))
        )
        states = [state_of(lib, cell) if with_state else None for cell in (fw, bw)]
        x = inputs_of(lib)
        x = lib.transpose(x, (1, 0, 2)) if time_major else x
        return lib.bidirectional_dynamic_rnn(fw, bw, x, lengths, *states, dtype=lib.float64, time_major=time_major)

    assert_one_answer(program)


@pytest.mark.parametrize("with_state", [False, True], ids=["zeros", "state"])
@lengths_or_none
def test_static_bidirectional_run_answers_as_tensorflow_s(lengths, with_state):
    def program(lib):
        fw, bw = (
            lib.bound(CELLS[name](lib), f"bidirectional_rnn/{way}")
            for name, way in (("lstm-full", "fw"), ("gru", "bw"))
        )
        states = [state_of(lib, cell) if with_state else None for cell in (fw, bw)]
        return lib.static_bidirectional_rnn(fw, bw, steps_of(lib), *states, dtype=lib.float64, sequence_length=lengths)

    outputs, _, _ = assert_one_answer(program)
    assert outputs[0].shape == (BATCH, 2 + 5)  # [fw | bw]


@lengths_or_none
def test_with_equal_weights_the_backward_run_mirrors_the_forward_run_of_mirrored_rows(lengths):
    def program(lib):
        cell = lib.bound(lib.LSTMCell(5), "bidirectional_rnn/fw")
        x = lib.constant(np.ones((BATCH, STEPS, 3)))  # a row of one input is its own mirror
        return lib.bidirectional_dynamic_rnn(cell, cell, x, lengths, dtype=lib.float64)

    (forward, backward), (forward_state, backward_state) = assert_one_answer(program)
    for row, length in enumerate(lengths or [STEPS] * BATCH):
        np.testing.assert_array_equal(backward[row, :length], forward[row, :length][::-1])
    assert_alike(backward_state, forward_state)
