"""Cells on top of each other, and traced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numpy_impl as ni

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def layers(draw_cell: Callable[..., Any]) -> list[Any]:
    return [draw_cell("LSTMCell", num_proj=2), draw_cell("GRUCell", depth=2, units=4)]


def test_each_layer_reads_the_one_below(layers: list[Any]) -> None:
    x, states = np.ones((2, 3)), tuple(cell.zero_state(2, "float64") for cell in layers)
    below, lower = layers[0](x, states[0])
    expected, upper = layers[1](below, states[1])
    output, (new_lower, new_upper) = ni.MultiRNNCell(layers)(x, states)
    np.testing.assert_array_equal(output, expected)
    np.testing.assert_array_equal(new_upper, upper)
    np.testing.assert_array_equal(new_lower.h, lower.h)
    assert isinstance(new_lower, ni.LSTMStateTuple)


def test_sizes_are_those_of_the_layers(layers: list[Any]) -> None:
    stack = ni.MultiRNNCell(layers)
    lower, upper = stack.zero_state(2, "float32")
    assert stack.state_size == (ni.LSTMStateTuple(5, 2), 4)
    assert stack.output_size == 4
    assert (lower.c.shape, lower.h.shape, upper.shape) == ((2, 5), (2, 2), (2, 4))


def test_concatenated_stack_is_the_tuples_side_by_side(draw_cell: Callable[..., Any]) -> None:
    cells = [draw_cell("BasicLSTMCell", state_is_tuple=False), draw_cell("GRUCell", depth=5, units=4)]
    x = np.random.default_rng(0).standard_normal((2, 6, 3))
    outputs, state = ni.dynamic_rnn(ni.MultiRNNCell(cells, state_is_tuple=False), x, [6, 2], dtype=x.dtype)
    expected, states = ni.dynamic_rnn(ni.MultiRNNCell(cells), x, [6, 2], dtype=x.dtype)
    np.testing.assert_array_equal(outputs, expected)
    np.testing.assert_array_equal(state, np.concatenate(states, axis=1))
    assert state.shape == (2, ni.MultiRNNCell(cells, state_is_tuple=False).state_size) == (2, 14)


def test_stack_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="Must specify at least one cell"):
        ni.MultiRNNCell([])


def test_stack_of_no_list_is_refused(layers: list[Any]) -> None:
    with pytest.raises(TypeError, match=r"MultiRNNCell\.cells: got GRUCell, should be a list or tuple"):
        ni.MultiRNNCell(layers[1])


def test_tuple_states_in_a_concatenated_stack_are_refused(layers: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"Some cells return tuples of states, .*LSTMStateTuple\(c=5, h=2\), 4\]"):
        ni.MultiRNNCell(layers, state_is_tuple=False)


@pytest.mark.parametrize("state", [np.zeros((2, 11)), (np.zeros((2, 4)),)], ids=["array", "one of two"])
def test_stack_refuses_a_state_that_is_no_tuple_of_its_layers(layers: list[Any], state: Any) -> None:
    with pytest.raises(
        ValueError, match=r"Expected state to be a tuple of length 2, but received: (an array|one of 1)"
    ):
        ni.MultiRNNCell(layers)(np.ones((2, 3)), state)


def test_concatenated_stack_refuses_a_state_of_another_width(draw_cell: Callable[..., Any]) -> None:
    stack = ni.MultiRNNCell([draw_cell("GRUCell"), draw_cell("GRUCell", depth=5)], state_is_tuple=False)
    with pytest.raises(ValueError, match=r"MultiRNNCell state: got shape \(2, 9\), should be \(2, 10\)"):
        stack(np.ones((2, 3)), np.zeros((2, 9)))
    with pytest.raises(ValueError, match=r"MultiRNNCell state: got tuple, should be an array \(2, 10\)"):
        stack(np.ones((2, 3)), (np.zeros((2, 5)), np.zeros((2, 5))))


def test_traced_cell_answers_as_the_cell_and_keeps_its_gates(draw_any: Callable[..., Any]) -> None:
    cell, x = draw_any(), np.random.default_rng(0).standard_normal((2, 6, 3))
    traced = ni.Traced(cell)
    outputs, _ = ni.dynamic_rnn(traced, x, dtype=x.dtype)
    expected, _ = ni.dynamic_rnn(cell, x, dtype=x.dtype)
    np.testing.assert_array_equal(outputs, expected)
    np.testing.assert_array_equal(np.stack([gates["h"] for gates in traced.steps], axis=1), expected)
    assert traced.steps[0].keys() == cell.gates(x[:, 0], cell.zero_state(2, x.dtype)).keys()


def test_traced_layers_of_a_stack_keep_a_step_a_call(layers: list[Any]) -> None:
    traced, x = [ni.Traced(cell) for cell in layers], np.ones((2, 6, 3))
    ni.dynamic_rnn(ni.MultiRNNCell(traced), x, [3, 1], dtype=x.dtype)
    assert [len(cell.steps) for cell in traced] == [6, 6]
    assert list(traced[1].steps[0]) == ["r", "u", "c", "h"]
