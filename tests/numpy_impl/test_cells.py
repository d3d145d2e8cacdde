"""One step of each cell, by hand in scalars, and what every cell refuses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numpy_impl as ni
from numpy_impl.state import map_state

if TYPE_CHECKING:
    from collections.abc import Callable

X, C, H = 2.0, -0.4, 0.5  # one input, one unit


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def one(value: float) -> Any:
    return np.array([[value]])


def column(*values: float) -> Any:
    return np.array([[value] for value in values])


def test_basic_rnn_step_by_hand() -> None:
    weights = ni.basic_rnn.Weights(kernel=column(0.5, -1.0), bias=np.array([0.25]))
    output, state = ni.basic_rnn.step(one(X), one(H), weights)
    assert output == pytest.approx(math.tanh(X * 0.5 - H + 0.25))
    assert state is output


def test_gru_step_by_hand() -> None:
    weights = ni.gru.Weights(
        gates_kernel=np.array([[0.3, -0.2], [0.7, 0.9]]),
        gates_bias=np.array([1.0, -1.0]),
        candidate_kernel=column(0.6, -0.8),
        candidate_bias=np.array([0.1]),
    )
    r = logistic(X * 0.3 + H * 0.7 + 1.0)
    u = logistic(X * -0.2 + H * 0.9 - 1.0)
    c = math.tanh(X * 0.6 + r * H * -0.8 + 0.1)
    output, state = ni.gru.step(one(X), one(H), weights)
    assert output == pytest.approx(u * H + (1 - u) * c)
    assert state is output
    assert ni.GRUCell(1, weights=weights).gates(one(X), one(H)) == pytest.approx(
        {"r": r, "u": u, "c": c, "h": u * H + (1 - u) * c}
    )


KERNEL = np.array([[0.1, 0.2, 0.3, 0.4], [-0.5, 0.6, -0.7, 0.8]])
BIAS = np.array([0.05, -0.05, 0.15, -0.15])
I, J, F, O = (X * KERNEL[0] + H * KERNEL[1] + BIAS).tolist()  # noqa: E741 - TensorFlow's letters


def test_basic_lstm_step_by_hand() -> None:
    weights = ni.basic_lstm.Weights(KERNEL, BIAS)
    c = C * logistic(F + 2.0) + logistic(I) * math.tanh(J)
    h = math.tanh(c) * logistic(O)
    output, state = ni.basic_lstm.step(one(X), ni.LSTMStateTuple(one(C), one(H)), weights, forget_bias=2.0)
    assert (output, state.c, state.h) == (pytest.approx(h), pytest.approx(c), pytest.approx(h))


def test_lstm_step_with_peepholes_clips_and_projection_by_hand() -> None:
    weights = ni.lstm.Weights(KERNEL, BIAS, np.array([1.5]), np.array([-2.0]), np.array([0.9]), np.array([[3.0]]))
    c = logistic(F + 1.0 + 1.5 * C) * C + logistic(I - 2.0 * C) * math.tanh(J)
    assert abs(c) > 0.1  # so that the clip is at work
    c = math.copysign(0.1, c)
    h = logistic(O + 0.9 * c) * math.tanh(c) * 3.0
    state = ni.LSTMStateTuple(one(C), one(H))
    output, new = ni.lstm.step(one(X), state, weights, cell_clip=0.1, proj_clip=9.0)
    assert (output, new.c, new.h) == (pytest.approx(h), pytest.approx(c), pytest.approx(h))
    clipped, _ = ni.lstm.step(one(X), state, weights, cell_clip=0.1, proj_clip=0.01)
    assert clipped == pytest.approx(math.copysign(0.01, h))


def test_lstm_gates_are_the_bare_split_of_the_kernel() -> None:
    weights = ni.lstm.Weights(KERNEL, BIAS, np.array([1.5]), np.array([-2.0]), np.array([0.9]))
    cell = ni.LSTMCell(1, use_peepholes=True, weights=weights)
    gates = cell.gates(one(X), ni.LSTMStateTuple(one(C), one(H)))
    assert list(gates) == ["i", "j", "f", "o", "c", "h"]
    assert {gate: gates[gate] for gate in ni.lstm.GATES} == pytest.approx({"i": I, "j": J, "f": F, "o": O})


@pytest.mark.parametrize("kind", ["BasicRNNCell", "GRUCell", "BasicLSTMCell", "LSTMCell"])
def test_cell_is_its_step_with_the_activation_named(kind: str, draw_cell: Callable[..., Any]) -> None:
    module = {"BasicRNNCell": ni.basic_rnn, "GRUCell": ni.gru, "BasicLSTMCell": ni.basic_lstm, "LSTMCell": ni.lstm}[
        kind
    ]
    cell, x = draw_cell(kind, activation="softsign"), np.ones((2, 3))
    state = cell.zero_state(2, x.dtype)
    expected, _ = module.step(x, state, cell.weights, activation=ni.ACTIVATIONS["softsign"])
    tanh, _ = module.step(x, state, cell.weights)
    np.testing.assert_array_equal(cell(x, state)[0], expected)
    assert not np.isclose(expected, tanh).any()


def test_zero_clips_to_zero(draw_cell: Callable[..., Any]) -> None:
    cell = draw_cell("LSTMCell", cell_clip=0.0)
    output, state = cell(np.ones((2, 3)), cell.zero_state(2, "float64"))
    assert not state.c.any()
    assert not output.any()


def test_proj_clip_without_projection_changes_nothing(draw_cell: Callable[..., Any]) -> None:
    x = np.ones((2, 3))
    plain, clipped = draw_cell("LSTMCell"), draw_cell("LSTMCell", proj_clip=0.0)
    np.testing.assert_array_equal(
        plain(x, plain.zero_state(2, x.dtype))[0], clipped(x, plain.zero_state(2, x.dtype))[0]
    )


def test_lstm_without_options_is_basic_lstm(draw_cell: Callable[..., Any]) -> None:
    x, state = np.ones((2, 3)), ni.LSTMStateTuple(np.full((2, 5), 0.3), np.full((2, 5), -0.2))
    for options in ({}, {"forget_bias": -1.5}, {"activation": "softsign"}):
        basic, _ = draw_cell("BasicLSTMCell", **options)(x, state)
        full, _ = draw_cell("LSTMCell", **options)(x, state)
        np.testing.assert_allclose(full, basic, rtol=1e-15)


@pytest.mark.parametrize(
    ("kind", "options"), [("BasicLSTMCell", {}), ("LSTMCell", {"num_proj": 2, "use_peepholes": True})]
)
def test_concatenated_state_is_the_tuple_side_by_side(
    draw_cell: Callable[..., Any], kind: str, options: dict[str, Any]
) -> None:
    cell, concat = draw_cell(kind, **options), draw_cell(kind, **options, state_is_tuple=False)
    rng = np.random.default_rng(1)
    x, c, h = rng.standard_normal((4, 3)), rng.standard_normal((4, 5)), rng.standard_normal((4, cell.output_size))
    output, state = cell(x, ni.LSTMStateTuple(c, h))
    concat_output, concat_state = concat(x, np.concatenate([c, h], axis=1))
    np.testing.assert_array_equal(concat_output, output)
    np.testing.assert_array_equal(concat_state, np.concatenate(state, axis=1))
    assert concat.state_size == sum(cell.state_size)


def test_plain_tuple_is_an_lstm_state(draw_cell: Callable[..., Any]) -> None:
    cell = draw_cell("LSTMCell")
    _, state = cell(np.ones((2, 3)), (np.zeros((2, 5)), np.zeros((2, 5))))
    assert isinstance(state, ni.LSTMStateTuple)
    assert state[0] is state.c
    assert state[1] is state.h


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_everything_stays_in_the_dtype_given(draw_any: Callable[..., Any], dtype: str) -> None:
    cell = draw_any(dtype=dtype)
    x, state = np.ones((2, 3), dtype), cell.zero_state(2, dtype)
    output, new_state = cell(x, state)
    arrays = [output, *(new_state if isinstance(new_state, tuple) else [new_state]), *cell.gates(x, state).values()]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_numpy_scalars_as_options_promote_nothing(draw_cell: Callable[..., Any]) -> None:
    cell = draw_cell("LSTMCell", dtype="float16", forget_bias=np.float64(1), cell_clip=np.float64(1))
    output, _ = cell(np.ones((2, 3), "float16"), cell.zero_state(2, "float16"))
    assert output.dtype == np.float16


def test_state_and_output_are_of_the_sizes_told(draw_any: Callable[..., Any]) -> None:
    cell = draw_any()
    zeros = cell.zero_state(4, "float32")
    output, state = cell(np.ones((4, 3)), cell.zero_state(4, "float64"))
    assert output.shape == (4, cell.output_size)
    if isinstance(cell.state_size, tuple):
        assert (
            [part.shape for part in state] == [part.shape for part in zeros] == [(4, size) for size in cell.state_size]
        )
        assert type(zeros) is type(state) is type(cell.state_size) is ni.LSTMStateTuple
    else:
        assert state.shape == zeros.shape == (4, cell.state_size)


def test_step_leaves_its_arguments_alone(draw_any: Callable[..., Any]) -> None:
    cell = draw_any()
    x, state = np.ones((2, 3)), cell.zero_state(2, "float64")
    cell(x, state)
    assert x.all()
    map_state(lambda array: np.testing.assert_array_equal(array, 0), state)


# What cells refuse.


@pytest.mark.parametrize("kind", ["BasicRNNCell", "GRUCell", "BasicLSTMCell", "LSTMCell"])
class TestEveryCell:
    def test_refuses_a_step_without_weights(self, kind: str) -> None:
        cell = getattr(ni, kind)(5)
        with pytest.raises(ValueError, match=rf"{kind}\.weights: got None, should be Weights\. Make the cell with"):
            cell(np.ones((2, 3)), cell.zero_state(2, "float64"))

    def test_refuses_zero_units(self, kind: str) -> None:
        with pytest.raises(ValueError, match=rf"{kind}\.num_units: got 0, should be at least 1"):
            getattr(ni, kind)(0)

    def test_refuses_an_unknown_activation(self, kind: str) -> None:
        with pytest.raises(ValueError, match="Did you mean 'relu'"):
            getattr(ni, kind)(5, activation="rellu")

    def test_refuses_weights_for_other_units(self, kind: str, draw_cell: Callable[..., Any]) -> None:
        weights = draw_cell(kind, units=4).weights
        with pytest.raises(ValueError, match=rf"{kind} weights\.\w*kernel: got shape .*, should be"):
            getattr(ni, kind)(5, weights=weights)

    def test_refuses_weights_of_integers(self, kind: str, draw_cell: Callable[..., Any]) -> None:
        with pytest.raises(ValueError, match="RNN cell only supports floating point"):
            draw_cell(kind, dtype="int32")

    def test_refuses_inputs_of_another_width(self, kind: str, draw_cell: Callable[..., Any]) -> None:
        cell = draw_cell(kind)
        with pytest.raises(ValueError, match=rf"{kind} inputs: got shape \(2, 4\), should be \(2, 3\)"):
            cell(np.ones((2, 4)), cell.zero_state(2, "float64"))

    def test_refuses_inputs_that_are_no_matrix(self, kind: str, draw_cell: Callable[..., Any]) -> None:
        cell = draw_cell(kind)
        with pytest.raises(ValueError, match=rf"{kind} inputs: got shape \(3,\)"):
            cell(np.ones(3), cell.zero_state(3, "float64"))

    def test_refuses_a_state_of_another_batch(self, kind: str, draw_cell: Callable[..., Any]) -> None:
        cell = draw_cell(kind)
        with pytest.raises(ValueError, match=rf"{kind} state: got shape \(3, 5\), should be \(2, 5\)"):
            cell(np.ones((2, 3)), cell.zero_state(3, "float64"))

    def test_refuses_to_mix_dtypes(self, kind: str, draw_cell: Callable[..., Any]) -> None:
        cell = draw_cell(kind)
        with pytest.raises(ValueError, match=r"inputs: got float32, should be float64\. Cast"):
            cell(np.ones((2, 3), "float32"), cell.zero_state(2, "float64"))

    def test_refuses_missing_and_extra_variables(self, kind: str) -> None:
        module = {"BasicRNNCell": ni.basic_rnn, "GRUCell": ni.gru, "BasicLSTMCell": ni.basic_lstm}.get(kind, ni.lstm)
        needed = dict.fromkeys(module.VARIABLES, np.ones(5))
        with pytest.raises(ValueError, match=r"Missing: none; extra: biases\."):
            module.weights_from({**needed, "biases": np.ones(5)})
        with pytest.raises(ValueError, match=rf"Missing: {module.VARIABLES[0]}; extra: none\."):
            module.weights_from({name: needed[name] for name in module.VARIABLES[1:]})

    def test_refuses_variables_that_are_no_arrays(self, kind: str) -> None:
        module = {"BasicRNNCell": ni.basic_rnn, "GRUCell": ni.gru, "BasicLSTMCell": ni.basic_lstm}.get(kind, ni.lstm)
        with pytest.raises(ValueError, match=rf"variables: got a list as {module.VARIABLES[0]}, should be arrays"):
            module.weights_from({name: [1.0, 2.0] for name in module.VARIABLES})


def test_weights_of_two_dtypes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"BasicRNNCell weights\.bias: got float32, should be float64"):
        ni.BasicRNNCell(5, weights=ni.basic_rnn.Weights(np.ones((8, 5)), np.ones(5, "float32")))


def test_kernel_with_fewer_rows_than_units_is_refused() -> None:
    with pytest.raises(ValueError, match=r"kernel: got shape \(4, 5\), should be a matrix of D \+ 5 rows"):
        ni.BasicRNNCell(5, weights=ni.basic_rnn.Weights(np.ones((4, 5)), np.ones(5)))


@pytest.mark.parametrize("option", ["cell_clip", "proj_clip"])
def test_negative_clip_is_refused(option: str) -> None:
    with pytest.raises(ValueError, match=rf"LSTMCell\.{option}: got -1\.0, should be None or at least 0"):
        ni.LSTMCell(5, **{option: -1.0})


def test_projection_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"LSTMCell\.num_proj: got 0, should be at least 1"):
        ni.LSTMCell(5, num_proj=0)


@pytest.mark.parametrize(
    ("options", "field"), [({"use_peepholes": True}, "w_f_diag"), ({"num_proj": 5}, "projection_kernel")]
)
def test_weights_and_options_go_together(draw_cell: Callable[..., Any], options: dict[str, Any], field: str) -> None:
    with_option, without = draw_cell("LSTMCell", **options).weights, draw_cell("LSTMCell").weights
    with pytest.raises(ValueError, match=rf"weights\.{field}: got an array, should be None"):
        ni.LSTMCell(5, weights=with_option)
    with pytest.raises(ValueError, match=rf"weights\.{field}: got NoneType, should be an array"):
        ni.LSTMCell(5, **options, weights=without)


@pytest.mark.parametrize(
    ("state_is_tuple", "state", "message"),
    [
        (True, np.zeros((2, 10)), r"got an array \(2, 10\), should be a tuple \(c, h\)"),
        (True, (np.zeros((2, 5)),) * 3, r"got a tuple of 3, should be a tuple \(c, h\)"),
        (False, (np.zeros((2, 5)),) * 2, r"got a tuple of 2, should be an array \[c \| h\]"),
        (False, np.zeros((2, 9)), r"got shape \(2, 4\), should be \(2, 5\)"),
    ],
)
@pytest.mark.parametrize("kind", ["BasicLSTMCell", "LSTMCell"])
def test_lstm_state_of_the_other_kind_is_refused(
    draw_cell: Callable[..., Any], kind: str, *, state_is_tuple: bool, state: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=f"{kind} state: {message}"):
        draw_cell(kind, state_is_tuple=state_is_tuple)(np.ones((2, 3)), state)
