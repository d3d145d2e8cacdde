"""The interface around the cells, where TensorFlow has no say or the words are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numpy_impl as ni

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ["BasicRNNCell", "GRUCell", "BasicLSTMCell", "LSTMCell"]


def ones(cell: Any, scope: str = "", dtype: str = "float64", depth: int = 3) -> dict[str, Any]:
    return {f"{name}:0": np.ones(shape, dtype) for name, shape in cell.variable_shapes(depth, scope).items()}


@pytest.mark.parametrize("kind", KINDS)
def test_configuration_goes_round(kind: str) -> None:
    cell = getattr(ni, kind)(5, activation="relu", name="mine", dtype="float16")
    config = cell.get_config()
    assert (config["activation"], config["name"], config["dtype"]) == ("relu", "mine", "float16")
    assert getattr(ni, kind).from_config(config).get_config() == config


def test_configuration_of_a_stack_goes_round_with_its_cells() -> None:
    stack = ni.MultiRNNCell([ni.MultiRNNCell([ni.LSTMCell(3, num_proj=2)]), ni.GRUCell(4, "relu")])
    again = ni.MultiRNNCell.from_config(stack.get_config())
    assert again.get_config() == stack.get_config()
    assert again.variable_shapes(5) == stack.variable_shapes(5)


def test_configuration_of_a_stack_names_classes_that_exist() -> None:
    for name, hint in (("GRU", r"Did you mean 'GRUCell'\?"), ("Mine", "Put a cell of your own there itself")):
        with pytest.raises(TypeError, match=rf"MultiRNNCell config: got class_name '{name}', .*, GRUCell, .*\. {hint}"):
            ni.MultiRNNCell.from_config({"cells": [{"class_name": name, "config": {}}]})


def test_configuration_names_no_class_that_is_no_cell() -> None:
    for name in ("CellInterface", "Wrapper", "LSTMStateTuple", "Traced"):
        with pytest.raises(TypeError, match=f"got class_name '{name}', should be one of"):
            ni.MultiRNNCell.from_config({"cells": [{"class_name": name, "config": {}}]})


def test_stack_is_made_of_a_configuration_with_cells() -> None:
    cell = ni.GRUCell(2)
    assert ni.MultiRNNCell.from_config({"cells": [cell]}).cells == [cell]


def test_misspelt_option_of_a_configuration_suggests_the_right_one() -> None:
    with pytest.raises(TypeError, match=r"LSTMCell config: got 'num_projj', .*Did you mean 'num_proj'\?"):
        ni.LSTMCell.from_config({"num_units": 3, "num_projj": 2})
    with pytest.raises(TypeError, match=r"Take of num_units, activation, name, dtype\."):
        ni.GRUCell.from_config({"num_units": 3, "q": 2})


@pytest.mark.parametrize("given", [ni.ACTIVATIONS["relu"], "relu"], ids=["function", "name"])
def test_activation_is_a_name_or_a_function(given: Any) -> None:
    assert ni.GRUCell(3, activation=given).get_config()["activation"] == "relu"


@pytest.mark.parametrize("given", [None, ""])
def test_no_activation_is_tanh(given: Any) -> None:
    assert ni.GRUCell(3, activation=given).get_config()["activation"] == "tanh"


def test_function_without_a_name_stays_itself(draw_cell: Callable[..., Any]) -> None:
    cell = draw_cell("BasicRNNCell", activation=np.zeros_like)
    assert not cell(np.ones((2, 3)), cell.zero_state(2, "float64"))[0].any()
    assert cell.get_config()["activation"] is np.zeros_like


def test_initializer_is_refused() -> None:
    with pytest.raises(ValueError, match=r"LSTMCell\.initializer: got 'zeros', should be None\. Weights are given"):
        ni.LSTMCell(3, initializer="zeros")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_dtype_and_weights_agree(kind: str) -> None:
    cell = getattr(ni, kind)(5, dtype="float32")
    with pytest.raises(ValueError, match=rf"{kind}\.dtype: got float32, should be float64 as the weights"):
        cell.with_variables(ones(cell))
    assert cell.with_variables(ones(cell, dtype="float32")).dtype == np.float32


def test_variables_are_found_below_their_scope_and_others_left_alone() -> None:
    reader, writer = ni.GRUCell(2, name="reader"), ni.LSTMCell(3)
    variables = ones(reader, "rnn") | ones(writer, "rnn") | {"global_step:0": np.array(3)}
    bound = reader.with_variables(variables, "rnn")
    assert bound.weights is not None
    assert bound.name == "reader"
    assert bound.weights.gates_kernel.shape == (5, 4)


def test_scope_without_variables_says_what_there_is() -> None:
    cell = ni.GRUCell(2)
    with pytest.raises(ValueError, match=r"got rnn/gru_cell/gates/kernel, .*should be some below 'bw/gru_cell'\. Pass"):
        cell.with_variables(ones(cell, "rnn"), "bw")
    with pytest.raises(ValueError, match="got none, should be some below 'gru_cell'"):
        cell.with_variables({})


def test_stack_of_one_cell_twice_keeps_one_cell() -> None:
    stack = ni.MultiRNNCell([ni.GRUCell(3)] * 2)
    first, second = stack.with_variables(ones(stack, "rnn"), "rnn").cells
    assert first is second


def test_a_cell_only_good_for_running_has_no_variables_to_name(draw_cell: Callable[..., Any]) -> None:
    stack = ni.MultiRNNCell([ni.Traced(draw_cell("GRUCell"))])
    with pytest.raises(TypeError, match=r"MultiRNNCell\.cells: got Traced, should be a cell with"):
        stack.variable_shapes(3)


PARTS = {f"kernel/part_{k}": np.full((1, 4), float(k)) for k in range(11)}


def test_parts_are_joined_by_number_and_not_by_letter() -> None:
    backwards = dict(reversed(PARTS.items()))
    weights = ni.lstm.weights_from({**backwards, "bias": np.ones(4)})
    np.testing.assert_array_equal(weights.kernel[:, 0], np.arange(11))


def test_missing_part_is_named() -> None:
    rest = {name: part for name, part in PARTS.items() if name != "kernel/part_4"}
    with pytest.raises(ValueError, match=r"of kernel, should be all from 0\. Add kernel/part_4\."):
        ni.lstm.weights_from({**rest, "bias": np.ones(4)})


def test_whole_variable_beside_its_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="got kernel and parts of it, should be one or the other"):
        ni.lstm.weights_from({**PARTS, "kernel": np.ones((11, 4)), "bias": np.ones(4)})


def test_what_is_no_cell_is_told_all_that_it_lacks() -> None:
    with pytest.raises(TypeError, match=r"cell: got 5, which is not an RNNCell: .*'zero_state' or .*is not callable\."):
        ni.dynamic_rnn(5, np.ones((2, 3, 4)), dtype="float64")  # type: ignore[arg-type]


def test_cell_without_sizes_says_so() -> None:
    for size in ("state_size", "output_size"):
        with pytest.raises(NotImplementedError, match=f"CellInterface has no {size}. Define it as a property"):
            getattr(ni.CellInterface(), size)


def test_own_cell_that_names_no_variables_has_none() -> None:
    class Last(ni.CellInterface):
        state_size = output_size = 3

    own = Last()
    stack = ni.MultiRNNCell([own, ni.BasicRNNCell(2)])
    assert own.variable_shapes(3) == {}
    assert own.with_variables({}) is own
    assert list(stack.variable_shapes(3)) == [
        f"multi_rnn_cell/cell_1/basic_rnn_cell/{name}" for name in ("kernel", "bias")
    ]


def test_cell_with_only_one_of_the_two_ways_to_a_state_runs() -> None:
    class Last:
        state_size = output_size = 3

        def get_initial_state(self, batch_size: int, dtype: str) -> Any:
            return np.full((batch_size, 3), 7, dtype)

        def __call__(self, inputs: Any, state: Any) -> Any:
            return state, inputs

    outputs, _ = ni.dynamic_rnn(Last(), np.ones((2, 4, 3)), dtype="float64")  # type: ignore[arg-type]
    np.testing.assert_array_equal(outputs[0, :, 0], [7, 1, 1, 1])


@pytest.mark.parametrize("size", ["4", None, 4.0])
def test_a_size_that_is_no_whole_number_is_refused_by_name(size):
    with pytest.raises(TypeError, match=r"GRUCell\.num_units: got .*, should be a whole number"):
        ni.GRUCell(size)


def test_a_class_given_for_a_cell_is_told_to_be_called():
    with pytest.raises(TypeError, match=r"got the class GRUCell, which is not an RNNCell\. Call the class first"):
        ni.dynamic_rnn(ni.GRUCell, np.zeros((2, 3, 4)), dtype=float)


def test_a_keep_prob_that_is_no_number_is_refused_by_name():
    with pytest.raises(ValueError, match=r"input_keep_prob: got '0\.5', must be between 0 and 1"):
        ni.DropoutWrapper(ni.GRUCell(2), input_keep_prob="0.5")
