"""PhasedLSTMCell: one step by hand, in scalars; times, tuples of inputs, and what it refuses."""

from __future__ import annotations

from math import exp, tanh
from typing import Any

import numpy as np
import pytest

import numpy_impl as ni
from numpy_impl.phased_lstm import cycle_ratio, openness


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


def weighted(units: int, depth: int = 1, dtype: str = "float64", **options: Any) -> tuple[Any, dict[str, Any]]:
    """Return a cell with drawn weights, and those by TensorFlow's names below the cell's scope."""
    cell = ni.PhasedLSTMCell(units, **options)
    rng = np.random.default_rng(5)
    drawn = {name: rng.uniform(0.1, 1, shape).astype(dtype) for name, shape in cell.variable_shapes(depth).items()}
    return cell.with_variables(drawn), {name.removeprefix("phased_lstm_cell/"): a for name, a in drawn.items()}


@pytest.mark.parametrize("use_peepholes", [False, True])
@pytest.mark.parametrize("time", [0.31, 2.0, 7.77])
def test_one_unit_by_hand(use_peepholes: bool, time: float) -> None:  # noqa: FBT001
    cell, own = weighted(1, use_peepholes=use_peepholes, leak=0.02)
    x, c, h = 0.6, -0.4, 0.3
    output, state = cell((np.array([[time]]), np.array([[x]])), (np.array([[c]]), np.array([[h]])))

    def gate(scope: str, column: int, *seen: float) -> float:
        kernel = own[f"{scope}/kernel"][:, column]
        return float(sum(a * b for a, b in zip(seen, kernel, strict=True)) + own[f"{scope}/bias"][column])

    peeped = (c,) if use_peepholes else ()
    i, f = (sigmoid(gate("mask_gates", column, x, h, *peeped)) for column in (0, 1))
    new_c = f * c + i * tanh(gate("new_input", 0, x, h))
    new_h = tanh(new_c) * sigmoid(gate("output_gate", 0, x, h, *((new_c,) if use_peepholes else ())))
    period, phase, ratio_on = (float(own[name][0]) for name in ("period", "phase", "ratio_on"))
    place = ((time - phase) % period) / period
    k = 0.02 * place
    if place < ratio_on:
        k = 2 * place / ratio_on if place < ratio_on / 2 else 2 - 2 * place / ratio_on
    np.testing.assert_allclose(state.c, [[k * new_c + (1 - k) * c]], rtol=1e-12)
    np.testing.assert_allclose(output, [[k * new_h + (1 - k) * h]], rtol=1e-12)
    np.testing.assert_array_equal(state.h, output)


def test_units_open_close_and_leak() -> None:
    ratio, ratio_on = np.array([[0.0, 0.1, 0.2, 0.3, 0.4, 1.0]]), np.full(6, 0.4)
    np.testing.assert_allclose(openness(ratio, ratio_on, 0.01), [[0.0, 0.5, 1.0, 0.5, 0.004, 0.01]], atol=1e-15)


def test_place_in_the_period_is_never_negative() -> None:
    cell, _ = weighted(3)
    places = cycle_ratio(np.array([[-2.5], [0.0], [9.0]]), cell.weights)
    assert ((places >= 0) & (places < 1)).all()


def test_time_may_be_more_exact_than_the_features() -> None:
    cell, _ = weighted(3, depth=2, dtype="float32")
    x, state = np.ones((4, 2), np.float32), cell.zero_state(4, "float32")
    late = np.full((4, 1), 3e7 + 0.25)
    answers = [cell((late.astype(dtype), x), state)[0] for dtype in ("float64", "float32")]
    assert {answer.dtype.name for answer in answers} == {"float32"}
    assert not np.allclose(*answers)  # float32 has no quarters there


def test_runners_take_the_tuple() -> None:
    cell, _ = weighted(3, depth=2)
    rng = np.random.default_rng(1)
    times, x = np.cumsum(rng.uniform(0.5, 1, (4, 6, 1)), axis=1), rng.normal(size=(4, 6, 2))
    outputs, final = ni.dynamic_rnn(cell, (times, x), [6, 3, 0, 1], dtype="float64")
    steps = [(times[:, step], x[:, step]) for step in range(6)]
    listed, again = ni.static_rnn(cell, steps, dtype="float64", sequence_length=[6, 3, 0, 1])
    np.testing.assert_array_equal(outputs, np.stack(listed, axis=1))
    np.testing.assert_array_equal(final.c, again.c)
    assert not outputs[1, 3:].any()


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.ones((4, 2)), r"got ndarray, should be \(time, features\)"),
        ((np.ones((4, 2)),), r"got a tuple of 1, should be \(time, features\)"),
        ((np.ones(4), np.ones((4, 2))), r"time: got shape \(4,\), should be \(4, 1\)"),
        ((np.ones((4, 1), int), np.ones((4, 2))), r"time: got int64, should be float16, float32 or float64"),
        ((np.ones((4, 1)), np.ones((4, 3))), r"inputs: got shape \(4, 3\), should be \(4, 2\)"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(inputs: Any, message: str) -> None:
    cell, _ = weighted(3, depth=2)
    with pytest.raises(ValueError, match=f"PhasedLSTMCell {message}|PhasedLSTMCell inputs: {message}"):
        cell(inputs, cell.zero_state(4, "float64"))


@pytest.mark.parametrize("option", ["ratio_on", "trainable_ratio_on", "period_init_min", "period_init_max"])
def test_what_initialises_variables_is_refused(option: str) -> None:
    with pytest.raises(ValueError, match=rf"PhasedLSTMCell\.{option}: got 0\.5, should be None"):
        ni.PhasedLSTMCell(3, **{option: 0.5})  # type: ignore[arg-type]


def test_configuration_goes_round() -> None:
    cell = ni.PhasedLSTMCell(3, use_peepholes=True, leak=0.5, name="mine", dtype="float32")
    assert ni.PhasedLSTMCell.from_config(cell.get_config()).get_config() == cell.get_config()
