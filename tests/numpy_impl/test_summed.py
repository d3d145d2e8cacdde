"""A stack that answers the sum of all its cells' outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numpy_impl as ni

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def layers(draw_cell: Callable[..., Any]) -> list[Any]:
    return [draw_cell("LSTMCell", num_proj=4), *(draw_cell("GRUCell", depth=4, units=4, seed=k) for k in (1, 2))]


def test_output_is_the_sum_and_each_layer_reads_the_one_below(layers: list[Any]) -> None:
    x, states = np.ones((2, 3)), tuple(cell.zero_state(2, "float64") for cell in layers)
    first, lower = layers[0](x, states[0])
    second, middle = layers[1](first, states[1])
    third, upper = layers[2](second, states[2])
    output, new_states = ni.SummedMultiRNNCell(layers)(x, states)
    np.testing.assert_allclose(output, first + second + third, rtol=0, atol=1e-15)
    for new, expected in zip(new_states[1:], (middle, upper), strict=True):
        np.testing.assert_array_equal(new, expected)
    np.testing.assert_array_equal(new_states[0].h, lower.h)


def test_states_and_sizes_are_those_of_a_plain_stack(layers: list[Any]) -> None:
    summed, plain = ni.SummedMultiRNNCell(layers), ni.MultiRNNCell(layers)
    assert summed.state_size == plain.state_size
    assert summed.output_size == 4
    x = np.random.default_rng(0).standard_normal((2, 6, 3))
    _, state = ni.dynamic_rnn(summed, x, [6, 2], dtype=x.dtype)
    _, expected = ni.dynamic_rnn(plain, x, [6, 2], dtype=x.dtype)
    np.testing.assert_array_equal(state[2], expected[2])


def test_precision_is_that_of_the_cells(draw_cell: Callable[..., Any]) -> None:
    half = ni.SummedMultiRNNCell(
        [draw_cell("GRUCell", dtype="float16"), draw_cell("GRUCell", depth=5, dtype="float16")]
    )
    output, _ = half(np.ones((2, 3), np.float16), half.zero_state(2, "float16"))
    assert output.dtype == np.float16


def test_concatenated_states_are_cut_as_in_a_plain_stack(draw_cell: Callable[..., Any]) -> None:
    cells = [draw_cell("BasicLSTMCell", state_is_tuple=False), draw_cell("GRUCell", depth=5)]
    x = np.random.default_rng(0).standard_normal((2, 6, 3))
    outputs, state = ni.dynamic_rnn(ni.SummedMultiRNNCell(cells, state_is_tuple=False), x, dtype=x.dtype)
    expected, states = ni.dynamic_rnn(ni.SummedMultiRNNCell(cells), x, dtype=x.dtype)
    np.testing.assert_array_equal(outputs, expected)
    np.testing.assert_array_equal(state, np.concatenate(states, axis=1))


def test_outputs_of_different_widths_are_refused(draw_cell: Callable[..., Any]) -> None:
    with pytest.raises(
        ValueError, match=r"SummedMultiRNNCell\.cells: got output sizes \[5, 4\], should be all the same"
    ):
        ni.SummedMultiRNNCell([draw_cell("GRUCell"), draw_cell("GRUCell", depth=5, units=4)])


def test_sum_of_nothing_is_refused_under_its_own_name() -> None:
    with pytest.raises(ValueError, match=r"SummedMultiRNNCell\.cells: got none"):
        ni.SummedMultiRNNCell([])
