"""Cells around cells: what they add to the output, and what they leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numpy_impl as ni
from numpy_impl.state import map_state

if TYPE_CHECKING:
    from collections.abc import Callable

WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "residual": ni.ResidualWrapper,
    "device": lambda cell: ni.DeviceWrapper(cell, "/cpu:0"),
}


def inputs(depth: int) -> Any:
    return np.random.default_rng(0).standard_normal((3, 6, depth))


def test_residual_adds_the_inputs_to_the_outputs_and_not_to_the_state(draw_any: Callable[..., Any]) -> None:
    cell = draw_any(depth=5) if draw_any().output_size == 5 else draw_any(depth=2)
    x = inputs(cell.output_size)
    outputs, state = ni.dynamic_rnn(ni.ResidualWrapper(cell), x, dtype=x.dtype)
    expected, expected_state = ni.dynamic_rnn(cell, x, dtype=x.dtype)
    np.testing.assert_array_equal(outputs, expected + x)
    map_state(np.testing.assert_array_equal, state, expected_state)


def test_residual_outputs_past_a_row_s_length_are_exactly_zero(draw_cell: Callable[..., Any]) -> None:
    x = inputs(5)
    outputs, _ = ni.dynamic_rnn(ni.ResidualWrapper(draw_cell("GRUCell", depth=5)), x, [6, 2, 0], dtype=x.dtype)
    assert not outputs[1, 2:].any()
    assert not outputs[2].any()


def test_slice_adds_the_first_columns_of_wider_inputs(draw_cell: Callable[..., Any]) -> None:
    cell, x = draw_cell("GRUCell", depth=7), inputs(7)
    outputs, _ = ni.dynamic_rnn(ni.ResidualWrapper(cell, ni.slice_residual), x, dtype=x.dtype)
    expected, _ = ni.dynamic_rnn(cell, x, dtype=x.dtype)
    np.testing.assert_array_equal(outputs, expected + x[..., :5])


@pytest.mark.parametrize("residual_fn", [None, ni.slice_residual])
def test_residual_of_narrower_inputs_is_refused(draw_cell: Callable[..., Any], residual_fn: Any) -> None:
    cell = ni.ResidualWrapper(draw_cell("GRUCell", depth=1), residual_fn)
    with pytest.raises(ValueError, match=r"got inputs \(3, 1\) and outputs \(3, 5\), should be of one shape"):
        cell(np.ones((3, 1)), cell.zero_state(3, "float64"))


def test_residual_of_wider_inputs_is_refused_without_a_residual_fn(draw_cell: Callable[..., Any]) -> None:
    cell = ni.ResidualWrapper(draw_cell("GRUCell", depth=7))
    with pytest.raises(ValueError, match="Shapes are incompatible: give a residual_fn"):
        cell(np.ones((3, 7)), cell.zero_state(3, "float64"))


def test_device_changes_no_number(draw_any: Callable[..., Any]) -> None:
    cell, x = draw_any(), inputs(3)
    outputs, _ = ni.dynamic_rnn(ni.DeviceWrapper(cell, "/cpu:0"), x, dtype=x.dtype)
    np.testing.assert_array_equal(outputs, ni.dynamic_rnn(cell, x, dtype=x.dtype)[0])


def test_nested_residuals_each_add_the_inputs(draw_cell: Callable[..., Any]) -> None:
    cell, x = draw_cell("GRUCell", depth=5), inputs(5)
    nested = ni.ResidualWrapper(ni.DeviceWrapper(ni.ResidualWrapper(cell), "/cpu:0"))
    outputs, _ = ni.dynamic_rnn(nested, x, dtype=x.dtype)
    np.testing.assert_allclose(outputs, ni.dynamic_rnn(cell, x, dtype=x.dtype)[0] + 2 * x, rtol=0, atol=1e-14)


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_sizes_and_zeros_are_the_wrapped_cell_s(draw_any: Callable[..., Any], wrap: Callable[[Any], Any]) -> None:
    cell = draw_any()
    wrapper = wrap(cell)
    assert (wrapper.state_size, wrapper.output_size) == (cell.state_size, cell.output_size)
    map_state(np.testing.assert_array_equal, wrapper.zero_state(2, "float32"), cell.zero_state(2, "float32"))


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_wrapper_around_no_cell_is_refused(wrap: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"Wrapper\.cell: got 5, which is not an RNNCell: .output_size. prop"):
        wrap(5)


def test_wrapper_names_the_cell_that_it_wraps() -> None:
    cell = ni.GRUCell(2)
    nested = ni.DeviceWrapper(ni.ResidualWrapper(cell), "/cpu:0")
    assert nested.wrapped_cell is nested.cell
    assert nested.innermost is cell


def test_what_is_no_residual_fn_is_refused() -> None:
    with pytest.raises(TypeError, match=r"ResidualWrapper\.residual_fn: got 5, should be None or a function"):
        ni.ResidualWrapper(ni.GRUCell(2), 5)  # type: ignore[arg-type]


def test_wrapper_around_what_is_only_good_for_running_has_no_variables_to_name(draw_cell: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"DeviceWrapper\.cell: got Traced, should be a cell with TensorFlow's inter"):
        ni.DeviceWrapper(ni.Traced(draw_cell("GRUCell")), "/cpu:0").variable_shapes(3)


class TestConfigurationOfResidualFn:
    def test_is_its_name_and_module(self) -> None:
        wrapper = ni.ResidualWrapper(ni.GRUCell(2), ni.slice_residual)
        config = wrapper.get_config()
        named = {key: value for key, value in config.items() if key.startswith("residual_fn")}
        assert named == {
            "residual_fn": "slice_residual",
            "residual_fn_type": "function",
            "residual_fn_module": "numpy_impl.wrappers",
        }
        again = ni.ResidualWrapper.from_config(config)
        assert again.residual_fn is ni.slice_residual
        assert again.get_config() == config

    def test_is_the_function_itself_where_no_module_has_it(self) -> None:
        def last(inputs: Any, outputs: Any) -> Any:
            return outputs + inputs[:, -2:]

        for function in (last, lambda _, outputs: outputs):
            config = ni.ResidualWrapper(ni.GRUCell(2), function).get_config()
            assert config["residual_fn"] is function
            assert "residual_fn_module" not in config
            assert ni.ResidualWrapper.from_config(config).residual_fn is function

    @pytest.mark.parametrize(
        "given",
        [
            {"residual_fn": ("4wIAAAA", None, None), "residual_fn_type": "lambda", "residual_fn_module": "numpy"},
            {"residual_fn": "slice_residual", "residual_fn_type": "function", "residual_fn_module": "not_loaded"},
            {"residual_fn": "pi", "residual_fn_type": "function", "residual_fn_module": "numpy"},
        ],
        ids=["byte code", "module", "no function"],
    )
    def test_that_is_not_found_is_refused(self, given: dict[str, Any]) -> None:
        config = ni.ResidualWrapper(ni.GRUCell(2)).get_config()
        with pytest.raises(
            TypeError, match=r"config: got residual_fn .* a loaded module has .*Import the module, or put"
        ):
            ni.ResidualWrapper.from_config(config | given)
