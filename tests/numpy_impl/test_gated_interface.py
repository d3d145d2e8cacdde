"""What the gated cells of tf.contrib.rnn promise and refuse, one as the other."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import numpy_impl as ni

DEPTH, UNITS = 3, 5
# Written out, so that the cells do not state their own expectation: options, scope, shapes in order of creation
CELLS: dict[str, tuple[Any, dict[str, Any], str, dict[str, tuple[int, ...]]]] = {
    "ugrnn": (ni.UGRNNCell, {}, "ugrnn_cell", {"kernel": (8, 10), "bias": (10,)}),
    "intersection": (
        ni.IntersectionRNNCell,
        {"num_in_proj": UNITS},
        "intersection_rnn_cell",
        {"in_projection/kernel": (3, 5), "in_projection/bias": (5,), "kernel": (10, 20), "bias": (20,)},
    ),
    "nas": (ni.NASCell, {}, "nas_cell", {"recurrent_kernel": (5, 40), "kernel": (3, 40)}),
    "nas-full": (
        ni.NASCell,
        {"num_proj": 2, "use_bias": True},
        "nas_cell",
        {"recurrent_kernel": (2, 40), "kernel": (3, 40), "bias": (40,), "projection_weights": (5, 2)},
    ),
    "sru": (ni.SRUCell, {}, "sru_cell", {"kernel": (3, 20), "bias": (10,)}),
    "minimal_rnn": (ni.MinimalRNNCell, {}, "minimal_rnn_cell", {"kernel": (13, 5), "bias": (5,)}),
    "cfn": (ni.CFNCell, {}, "cfn_cell", {"kernel": (3, 15), "recurrent_kernel": (5, 10), "bias": (10,)}),
}
ACTIVATED = [(ni.UGRNNCell, "activation"), (ni.SRUCell, "activation"), (ni.IntersectionRNNCell, "y_activation"),
             (ni.MinimalRNNCell, "activation"), (ni.CFNCell, "activation")]  # fmt: skip


@pytest.fixture(params=CELLS.values(), ids=CELLS)
def cell(request: pytest.FixtureRequest) -> Any:
    """Return a cell with drawn weights."""
    return made(*request.param)


def made(
    kind: Any, options: dict[str, Any], scope: str, shapes: dict[str, tuple[int, ...]], dtype: str = "float64"
) -> Any:
    """Return a cell with drawn weights."""
    rng = np.random.default_rng(0)
    weights = {f"{scope}/{name}": rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}
    return kind(UNITS, **options).with_variables(weights)


@pytest.mark.parametrize(("kind", "options", "scope", "shapes"), CELLS.values(), ids=CELLS)
def test_variables_are_tensorflows_in_its_order_of_creation(
    kind: Any, options: dict[str, Any], scope: str, shapes: dict[str, tuple[int, ...]]
) -> None:
    found = kind(UNITS, **options).variable_shapes(DEPTH, "rnn")
    assert list(found.items()) == [(f"rnn/{scope}/{name}", shape) for name, shape in shapes.items()]
    assert list(kind(UNITS, **options, name="mine").variable_shapes(DEPTH)) == [f"mine/{name}" for name in shapes]


def test_intersection_as_wide_as_its_inputs_has_no_projection() -> None:
    bare, allowed = ni.IntersectionRNNCell(5), ni.IntersectionRNNCell(5, 5)
    assert list(bare.variable_shapes(5)) == ["intersection_rnn_cell/kernel", "intersection_rnn_cell/bias"]
    assert bare.variable_shapes(5) == allowed.variable_shapes(5)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("kind", CELLS)
def test_everything_stays_in_the_dtype_given(kind: str, dtype: str) -> None:
    cell = made(*CELLS[kind], dtype=dtype)
    x, state = np.ones((2, DEPTH), dtype), cell.zero_state(2, dtype)
    output, new = cell(x, state)
    arrays = [output, *(new if isinstance(new, tuple) else [new]), *cell.gates(x, state).values()]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_output_and_state_are_of_the_sizes_told(cell: Any) -> None:
    output, state = cell(np.ones((2, DEPTH)), cell.zero_state(2, "float64"))
    assert output.shape == (2, cell.output_size)
    sizes = cell.state_size if isinstance(cell.state_size, tuple) else (cell.state_size,)
    parts = state if isinstance(state, tuple) else (state,)
    assert [part.shape for part in parts] == [(2, size) for size in sizes]


def test_configuration_goes_round(cell: Any) -> None:
    config = cell.get_config()
    assert type(cell).from_config(config).get_config() == config


@pytest.mark.parametrize(("kind", "option"), ACTIVATED)
def test_activation_is_used_by_name_or_as_a_function_and_configured_by_name(kind: Any, option: str) -> None:
    _, options, scope, shapes = next(entry for entry in CELLS.values() if entry[0] is kind)
    plain, named, given = (
        made(kind, options | chosen, scope, shapes)
        for chosen in ({}, {option: "softsign"}, {option: ni.ACTIVATIONS["softsign"]})
    )
    x, state = np.ones((2, DEPTH)), np.full((2, UNITS), 0.5)
    np.testing.assert_array_equal(named(x, state)[0], given(x, state)[0])
    assert not np.isclose(named(x, state)[0], plain(x, state)[0]).any()
    assert given.get_config()[option] == "softsign"


@pytest.mark.parametrize("kind", [ni.UGRNNCell, ni.IntersectionRNNCell])
def test_forget_bias_of_an_input_that_opens_nothing_keeps_the_state(kind: Any) -> None:
    cell = kind(2, forget_bias=100.0)
    zeros = {name: np.zeros(shape) for name, shape in cell.variable_shapes(2).items()}
    state = np.array([[0.3, -0.7]])
    np.testing.assert_array_equal(cell.with_variables(zeros)(np.ones((1, 2)), state)[1], state)


# What cells refuse.


def test_step_without_weights_is_refused(cell: Any) -> None:
    bare = type(cell)(UNITS)
    with pytest.raises(ValueError, match=rf"{type(cell).__name__}\.weights: got None, should be Weights"):
        bare(np.ones((2, UNITS)), bare.zero_state(2, "float64"))


@pytest.mark.parametrize("kind", [entry[0] for entry in CELLS.values()])
def test_no_units_are_refused(kind: Any) -> None:
    with pytest.raises(ValueError, match=rf"{kind.__name__}\.(num_)?units: got 0, should be at least 1"):
        kind(0)


@pytest.mark.parametrize(("kind", "option"), ACTIVATED)
def test_unknown_activation_is_refused(kind: Any, option: str) -> None:
    with pytest.raises(ValueError, match="Did you mean 'relu'"):
        kind(5, **{option: "rellu"})


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        (ni.UGRNNCell, "initializer"),
        (ni.IntersectionRNNCell, "initializer"),
        (ni.MinimalRNNCell, "kernel_initializer"),
        (ni.MinimalRNNCell, "bias_initializer"),
        (ni.CFNCell, "kernel_initializer"),
        (ni.CFNCell, "bias_initializer"),
    ],
)
def test_initializer_is_refused(kind: Any, option: str) -> None:
    with pytest.raises(ValueError, match=rf"{kind.__name__}\.{option}: got 'ones', should be None\. Weights are given"):
        kind(5, **{option: "ones"})


def test_inputs_of_another_width_are_refused(cell: Any) -> None:
    message = rf"{type(cell).__name__} inputs: got shape \(2, 4\), should be \(2, 3\)"
    with pytest.raises(ValueError, match=message):
        cell(np.ones((2, 4)), cell.zero_state(2, "float64"))


def test_state_of_another_batch_is_refused(cell: Any) -> None:
    with pytest.raises(ValueError, match=rf"{type(cell).__name__} state: got shape \(3, 5\), should be \(2, 5\)"):
        cell(np.ones((2, 3)), cell.zero_state(3, "float64"))


def test_mixed_dtypes_are_refused(cell: Any) -> None:
    with pytest.raises(ValueError, match=r"inputs: got float32, should be float64\. Cast"):
        cell(np.ones((2, 3), "float32"), cell.zero_state(2, "float64"))


def test_weights_for_other_units_are_refused(cell: Any) -> None:
    with pytest.raises(ValueError, match=rf"{type(cell).__name__}(\.num_in_proj| weights\.\w+): got .*, should be"):
        type(cell)(UNITS + 1, **{"num_in_proj": 6} if "num_in_proj" in cell.get_config() else {}, weights=cell.weights)


@pytest.mark.parametrize(("kind", "options", "scope", "shapes"), CELLS.values(), ids=CELLS)
def test_missing_and_extra_variables_are_refused(
    kind: Any, options: dict[str, Any], scope: str, shapes: dict[str, tuple[int, ...]]
) -> None:
    weights = {f"{scope}/{name}": np.ones(shape) for name, shape in shapes.items()}
    with pytest.raises(ValueError, match=r"Missing: none; extra: biases\."):
        kind(UNITS, **options).with_variables(weights | {f"{scope}/biases": np.ones(5)})
    del weights[f"{scope}/kernel"]
    with pytest.raises(ValueError, match=r"Missing: kernel; extra: none\."):
        kind(UNITS, **options).with_variables(weights)


def test_intersection_refuses_a_projection_to_another_width_than_tensorflow_makes() -> None:
    with pytest.raises(ValueError, match=r"num_in_proj: got 4, should be None or 5\. TensorFlow projects to num_units"):
        ni.IntersectionRNNCell(5, num_in_proj=4)


def test_intersection_refuses_inputs_of_another_width_that_it_may_not_project() -> None:
    words = re.escape("Must have input size == output size for Intersection RNN")
    with pytest.raises(ValueError, match=f"{words}: .*got width 3, should be 5. To fix, num_in_proj should be set"):
        ni.IntersectionRNNCell(5).variable_shapes(3)
    projected = made(*CELLS["intersection"]).weights
    with pytest.raises(ValueError, match=words):
        ni.IntersectionRNNCell(5, weights=projected)


def test_intersection_refuses_half_a_projection() -> None:
    weights = made(*CELLS["intersection"]).weights._replace(in_projection_bias=None)
    with pytest.raises(ValueError, match=r"weights\.in_projection_bias: got NoneType, should be an array \(5,\)"):
        ni.IntersectionRNNCell(5, 5, weights=weights)


def test_intersection_refuses_no_activation() -> None:
    with pytest.raises(ValueError, match="y_activation: got None, should be an activation"):
        ni.IntersectionRNNCell(5, y_activation=None)  # type: ignore[arg-type]


def test_nas_refuses_a_projection_to_nothing() -> None:
    with pytest.raises(ValueError, match=r"NASCell\.num_proj: got 0, should be at least 1"):
        ni.NASCell(5, num_proj=0)


def test_nas_refuses_weights_that_its_options_leave_unused() -> None:
    full = made(*CELLS["nas-full"]).weights
    with pytest.raises(ValueError, match=r"weights\.bias: got an array, should be None"):
        ni.NASCell(5, num_proj=2, weights=full)


def test_nas_refuses_a_state_that_is_no_pair() -> None:
    cell = made(*CELLS["nas"])
    with pytest.raises(ValueError, match=r"NASCell state: got an array \(2, 10\), should be a tuple \(c, h\)"):
        cell(np.ones((2, 3)), np.zeros((2, 10)))
