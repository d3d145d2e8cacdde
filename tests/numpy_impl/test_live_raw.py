"""raw_rnn: whatever its loop_fn decides, the answer is TensorFlow's."""

from __future__ import annotations

import numpy as np
import pytest
from live import (
    BATCH,
    CELLS,
    LENGTHS,
    STEPS,
    NumPy,
    assert_alike,
    assert_one_answer,
    assert_one_error,
    inputs_of,
    state_of,
    tensorflow_s,
)
from test_live_states import OWN_CELLS, counting

import numpy_impl as ni
from numpy_impl.state import map_state

pytestmark = pytest.mark.needs_tf

FEW = ["gru", "lstm-full", "lstm-by-position", "stack"]
FULL = (STEPS,) * BATCH


def stacked(emitted):
    """Return what was emitted as arrays: TensorFlow returns TensorArrays."""
    return map_state(lambda one: one.stack() if hasattr(one, "stack") else one, emitted)


def loop_over(lib, inputs, lengths, start):
    """Return the loop_fn of TensorFlow's documentation over inputs (B, T, ...), for both libraries."""
    steps = map_state(lambda x: np.swapaxes(np.concatenate([x, np.zeros_like(x[:, :1])], axis=1), 0, 1), inputs)
    steps, ends = map_state(lib.constant, steps), lib.constant(np.asarray(lengths, "int32"))

    def loop_fn(time, output, state, loop_state):  # noqa: ARG001
        read = map_state(lambda x: x[time], steps)
        return lib.greater_equal(time, ends), read, start if output is None else state, output, None

    return loop_fn


def plain_inputs():
    return inputs_of(NumPy())


def raw(lib, make, lengths, inputs=None):
    cell = lib.bound(make(lib), "rnn")
    inputs = plain_inputs() if inputs is None else inputs
    emitted, state, _ = lib.raw_rnn(cell, loop_over(lib, inputs, lengths, state_of(lib, cell)))
    return stacked(emitted), state


@pytest.mark.parametrize("lengths", [FULL, LENGTHS, (3, 1, 0, 2)], ids=["full", "ragged", "short"])
@pytest.mark.parametrize("name", FEW)
def test_over_its_inputs_it_is_a_dynamic_run_that_ends_with_the_longest_row(name, lengths):
    variables = tensorflow_s(lambda lib: raw(lib, CELLS[name], lengths))[1]
    outputs, state = assert_one_answer(lambda lib: raw(lib, CELLS[name], lengths))
    cell = CELLS[name](ni).with_variables(variables, "rnn")
    dynamic, dynamic_state = ni.dynamic_rnn(cell, plain_inputs(), lengths, state_of(NumPy(), cell))
    assert outputs.shape[0] == max(lengths)
    np.testing.assert_array_equal(outputs, dynamic.swapaxes(0, 1)[: max(lengths)])
    assert_alike(state, dynamic_state)


@pytest.mark.parametrize("name", FEW)
def test_rows_without_steps_emit_nothing_and_keep_their_state(name):
    outputs, state = assert_one_answer(lambda lib: raw(lib, CELLS[name], [0] * BATCH))
    cell = CELLS[name](ni)
    assert outputs.shape == (0, BATCH, cell.output_size)
    assert_alike(state, state_of(NumPy(), cell))


@pytest.mark.parametrize("lengths", [FULL, LENGTHS], ids=["full", "ragged"])
@pytest.mark.parametrize("name", FEW)
def test_the_loop_fn_of_the_documentation_is_there_to_be_used(name, lengths):
    expected, variables = tensorflow_s(lambda lib: raw(lib, CELLS[name], lengths))
    cell = CELLS[name](ni).with_variables(variables, "rnn")
    steps, start = plain_inputs().swapaxes(0, 1), state_of(NumPy(), cell)
    outputs, state, loop_state = ni.raw_rnn(cell, ni.loop_over(steps, lengths, start))
    assert_alike((outputs, state), expected)
    assert loop_state is None


def with_loop_state(lib, first, after):
    """Return what was emitted and the final loop_state, which `after(time, loop_state)` answers at each time."""
    cell = lib.bound(lib.GRUCell(5), "rnn")
    inner = loop_over(lib, plain_inputs(), LENGTHS, state_of(lib, cell))

    def loop_fn(time, output, state, loop_state):
        answer = inner(time, output, state, None)[:-1]
        return *answer, first(lib) if output is None else after(lib, time, loop_state)

    emitted, _, loop_state = lib.raw_rnn(cell, loop_fn)
    return stacked(emitted), loop_state


LOOP_STATES = {
    "a count": (
        lambda lib: lib.constant(np.int32(5)),
        lambda lib, _, count: count + lib.constant(np.int32(1)),
        np.int32(5 + STEPS),
    ),
    "a pair": (
        lambda lib: (lib.constant(np.zeros(2)), lib.constant(np.int32(0))),
        lambda lib, time, pair: (pair[0] + lib.constant(np.ones(2)), pair[1] + time),
        (np.full(2, 6.0), np.int32(21)),
    ),
    "None later on": (lambda lib: lib.constant(np.float64(2.5)), lambda *_: None, np.float64(2.5)),
}


@pytest.mark.parametrize(("first", "after", "final"), LOOP_STATES.values(), ids=LOOP_STATES)
def test_a_loop_state_is_handed_from_call_to_call_and_returned(first, after, final):
    _, loop_state = assert_one_answer(lambda lib: with_loop_state(lib, first, after))
    assert_alike(loop_state, final)


def test_what_is_emitted_may_have_another_structure_and_other_dtypes_than_the_cell_s_output():
    def program(lib):
        cell = lib.bound(lib.GRUCell(5), "rnn")
        inner = loop_over(lib, plain_inputs(), LENGTHS, state_of(lib, cell))

        def loop_fn(time, output, state, _):
            finished, read, state, _, _ = inner(time, output, state, None)
            if output is None:
                emit = lib.constant(np.zeros((2, 3), "int32")), (lib.constant(np.int64(0)), lib.zeros((5,), "float64"))
            else:
                emit = lib.ones((BATCH, 2, 3), "int32"), (lib.ones((BATCH,), "int64"), output * 2)
            return finished, read, state, emit, None

        emitted, state, _ = lib.raw_rnn(cell, loop_fn)
        return stacked(emitted), state

    (ones, (counts, outputs)), _ = assert_one_answer(program)
    assert (ones.shape, counts.shape, outputs.shape) == ((6, BATCH, 2, 3), (6, BATCH), (6, BATCH, 5))
    np.testing.assert_array_equal(counts.sum(axis=0), LENGTHS)  # 0 for rows that have ended


def test_a_row_that_was_finished_stays_so_whatever_the_loop_fn_says_later():
    def program(lib):
        cell = lib.bound(lib.GRUCell(5), "rnn")
        inner = loop_over(lib, plain_inputs(), FULL, state_of(lib, cell))

        def loop_fn(time, output, state, _):
            finished, *others = inner(time, output, state, None)
            once = lib.equal(time, lib.constant(np.asarray([2, 9, 9, 9], "int32")))
            return lib.logical_or(finished, once), *others

        emitted, state, _ = lib.raw_rnn(cell, loop_fn)
        return stacked(emitted), state

    outputs, _ = assert_one_answer(program)
    assert not outputs[2:, 0].any()


@pytest.mark.parametrize("lengths", [FULL, LENGTHS, (3, 1, 0, 2)], ids=["full", "ragged", "short"])
@pytest.mark.parametrize(("make", "inputs"), OWN_CELLS.values(), ids=OWN_CELLS)
def test_a_cell_of_one_s_own_runs(make, inputs, lengths):
    def program(lib):
        cell = make(lib)
        start = cell.zero_state(BATCH, "float64")
        inner = loop_over(lib, inputs, lengths, start)
        rows = lib.zeros((2,), "float64") if make is counting else None  # else it takes the dtype of the state, int32

        def loop_fn(time, output, state, loop_state):
            finished, read, state, emit, _ = inner(time, output, state, loop_state)
            return finished, read, state, rows if output is None else emit, None

        emitted, state, _ = lib.raw_rnn(cell, loop_fn)
        return stacked(emitted), state

    assert_one_answer(program)


class TestRefusals:
    def test_loop_fn_that_cannot_be_called(self):
        assert_one_error(lambda lib: lib.raw_rnn(lib.GRUCell(5), "loop"), TypeError, "must be a callable")

    def test_what_is_no_cell(self):
        assert_one_error(lambda lib: lib.raw_rnn(None, lambda *_: None), TypeError, "is not an RNNCell")

    def test_state_of_another_structure(self):
        def program(lib):
            cell = lib.LSTMCell(5)
            return lib.raw_rnn(cell, loop_over(lib, plain_inputs(), LENGTHS, lib.zeros((BATCH, 5), "float64")))

        assert_one_error(program, ValueError, "structure", "next_cell_state: got another structure")

    def test_what_is_emitted_of_another_dtype_than_the_state(self):
        def program(lib):
            cell, x = counting(lib), plain_inputs()[..., :2]
            return lib.raw_rnn(cell, loop_over(lib, x, LENGTHS, cell.zero_state(BATCH, "float64")))

        assert_one_error(program, TypeError, "does not match type int32", "emit_output: got float64, should be int32")

    def test_length_beyond_the_last_step(self):
        x = plain_inputs().swapaxes(0, 1)
        with pytest.raises(ValueError, match=r"sequence_length: got \[7 1 1 1\], should be at most 6"):
            ni.loop_over(x, [STEPS + 1, 1, 1, 1], None)
