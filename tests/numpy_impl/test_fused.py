"""Fused cells and what makes a fused cell of an RNNCell: a whole sequence in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import numpy_impl as ni

STEPS, BATCH, DEPTH, UNITS = 6, 3, 4, 5
LENGTHS = (3, 4, 0)
RNG = np.random.default_rng(0)
INPUTS = RNG.standard_normal((STEPS, BATCH, DEPTH))
START = ni.LSTMStateTuple(*RNG.standard_normal((2, BATCH, UNITS)))


def ready(cell: Any) -> Any:
    """Return the cell with drawn weights, the same for all of the same shapes."""
    rng = np.random.default_rng(1)
    shapes = cell.variable_shapes(DEPTH)
    return cell.with_variables({name: rng.standard_normal(shape) for name, shape in shapes.items()})


FUSED = ready(ni.LSTMBlockFusedCell(UNITS, 0.6, use_peephole=True))
STEP = ready(ni.LSTMBlockCell(UNITS, 0.6, use_peephole=True))
V2 = ready(ni.BlockLSTMV2(UNITS))


def assert_alike(one: Any, other: Any) -> None:
    np.testing.assert_allclose(one[0], other[0], rtol=1e-12, atol=1e-14)
    for ours, theirs in zip(one[1], other[1], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("lengths", [None, LENGTHS, (0, 0, 0), (6, 1, 2)], ids=str)
@pytest.mark.parametrize("start", [None, START], ids=["zeros", "state"])
def test_a_fused_cell_is_its_step_over_time(lengths: Any, start: Any) -> None:
    fused = FUSED(INPUTS, start, INPUTS.dtype, lengths)
    assert_alike(fused, ni.dynamic_rnn(STEP, INPUTS, lengths, start, INPUTS.dtype, time_major=True))
    assert isinstance(fused[1], ni.LSTMStateTuple)


def test_one_frame_at_a_time_with_lengths_0_and_1_is_the_whole_sequence() -> None:
    state, outputs = START, []
    for time in range(STEPS):
        output, state = FUSED(INPUTS[time : time + 1], state, None, np.clip(np.subtract(LENGTHS, time), 0, 1))
        outputs.append(output[0])
    assert_alike((np.stack(outputs), state), FUSED(INPUTS, START, None, LENGTHS))


def test_rows_without_a_step_keep_their_state_bit_for_bit() -> None:
    _, state = FUSED(INPUTS, START, sequence_length=LENGTHS)
    np.testing.assert_array_equal(state.c[2], START.c[2])
    np.testing.assert_array_equal(state.h[2], START.h[2])


def test_a_list_of_steps_comes_back_as_a_list() -> None:
    outputs, state = FUSED(list(INPUTS), dtype=INPUTS.dtype)
    assert isinstance(outputs, list)
    assert_alike((np.stack(outputs), state), FUSED(INPUTS, dtype=INPUTS.dtype))


def test_nan_in_the_padding_of_a_row_stays_until_the_longest_row_ends() -> None:
    inputs = INPUTS.copy()
    inputs[3, 0] = inputs[5, 0] = np.nan
    outputs, state = FUSED(inputs, START, sequence_length=LENGTHS)
    assert np.isnan(outputs[3, 0]).all()
    assert not outputs[4:].any()
    assert np.isfinite(state).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((INPUTS,), "If no initial_state is provided, dtype must be specified"),
        ((INPUTS, START.c), r"initial_state: got ndarray, should be \(c, h\)"),
        ((INPUTS, (START.c,)), r"initial_state: got tuple, should be \(c, h\)"),
        ((INPUTS[0], START), r"inputs: got shape \(3, 4\), should be \(T, B, D\)"),
        ((INPUTS[:0], START), r"inputs: got shape \(0, 3, 4\), should be \(T, B, D\), T and D at least 1"),
        ((INPUTS, START, None, (7, 1, 1)), r"sequence_length: got \[7 1 1\], should be from 0 to 6"),
        ((INPUTS, START, None, (1, 1)), "must be a vector of length 3"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FUSED(*arguments)


def test_block_lstm_v2_takes_one_length_for_all_rows() -> None:
    outputs, state = V2(INPUTS, START, None, (4, 4, 4))
    assert not outputs[4:].any()
    np.testing.assert_array_equal(state.h, outputs[3])
    with pytest.raises(ValueError, match=r"got \[3 4 0\], should be one number for all rows"):
        V2(INPUTS, START, None, LENGTHS)


@pytest.mark.parametrize("use_dynamic_rnn", [False, True])
@pytest.mark.parametrize("as_list", [False, True])
def test_an_adaptor_is_static_rnn_over_an_array_or_a_list(use_dynamic_rnn: Any, as_list: Any) -> None:
    cell = ready(ni.GRUCell(UNITS))
    fused = ni.FusedRNNCellAdaptor(cell, use_dynamic_rnn)
    outputs, state = fused(list(INPUTS) if as_list else INPUTS, dtype=INPUTS.dtype, sequence_length=LENGTHS)
    expected, final = ni.static_rnn(cell, list(INPUTS), None, INPUTS.dtype, LENGTHS)
    assert isinstance(outputs, list) == as_list
    np.testing.assert_array_equal(np.stack(outputs), np.stack(expected))
    np.testing.assert_array_equal(state, final)


def test_a_time_reversed_cell_is_the_backward_half() -> None:
    cell = ready(ni.GRUCell(UNITS))
    backward = ni.TimeReversedFusedRNN(ni.FusedRNNCellAdaptor(cell))
    outputs, state = backward(INPUTS, None, INPUTS.dtype, LENGTHS)
    (_, expected), (_, final) = ni.bidirectional_dynamic_rnn(
        cell, cell, INPUTS, LENGTHS, dtype=INPUTS.dtype, time_major=True
    )
    np.testing.assert_array_equal(outputs, expected)
    np.testing.assert_array_equal(state, final)


def test_a_time_reversed_list_is_turned_whole_whatever_the_lengths() -> None:
    backward = ni.TimeReversedFusedRNN(FUSED)
    outputs, state = backward(list(INPUTS), START, None, LENGTHS)
    expected, final = FUSED(INPUTS[::-1], START, None, LENGTHS)
    assert_alike((np.stack(outputs[::-1]), state), (expected, final))
