"""IndRNNCell, IndyGRUCell and IndyLSTMCell: one step by hand, in scalars, and what they refuse."""

from __future__ import annotations

from math import exp, tanh
from typing import Any

import numpy as np
import pytest

import numpy_impl as ni

KINDS = ("IndRNNCell", "IndyGRUCell", "IndyLSTMCell")


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


def weighted(kind: str, variables: dict[str, Any], **options: Any) -> Any:
    cell = getattr(ni, kind)(2, **options)
    return cell.with_variables({f"{cell.scope}/{name}": np.array(array, float) for name, array in variables.items()})


X, H = 0.5, [0.2, -0.4]  # one input, two units


def test_ind_rnn_units_see_their_own_h_alone() -> None:
    cell = weighted("IndRNNCell", {"kernel_w": [[1.0, -2.0]], "kernel_u": [[0.5, -0.25]], "bias": [0.1, 0.3]})
    output, state = cell(np.array([[X]]), np.array([H]))
    expected = [tanh(0.5 * 1.0 + 0.2 * 0.5 + 0.1), tanh(0.5 * -2.0 + -0.4 * -0.25 + 0.3)]
    np.testing.assert_allclose(output, [expected], rtol=1e-12)
    np.testing.assert_array_equal(state, output)


def test_indy_gru_resets_h_before_its_factor_and_u_keeps() -> None:
    cell = weighted(
        "IndyGRUCell",
        {
            "gates/kernel_w": [[1.0, 2.0, 3.0, 4.0]],
            "gates/kernel_u": [[0.1, 0.2, 0.3, 0.4]],
            "gates/bias": [0.01, 0.02, 0.03, 0.04],
            "candidate/kernel": [[-1.0, 1.5]],
            "candidate/kernel_u": [[0.7, -0.6]],
            "candidate/bias": [0.05, 0.06],
        },
    )
    output, _ = cell(np.array([[X]]), np.array([H]))
    expected = []
    for unit, h in enumerate(H):
        r = sigmoid(X * (1.0 + unit) + h * (0.1 + 0.1 * unit) + 0.01 + 0.01 * unit)
        u = sigmoid(X * (3.0 + unit) + h * (0.3 + 0.1 * unit) + 0.03 + 0.01 * unit)
        c = tanh(X * (-1.0, 1.5)[unit] + (r * h) * (0.7, -0.6)[unit] + (0.05, 0.06)[unit])
        expected.append(u * h + (1 - u) * c)
    np.testing.assert_allclose(output, [expected], rtol=1e-12)


def test_indy_lstm_tiles_h_over_the_gates() -> None:
    kernel_w, kernel_u = np.arange(8.0) / 4, np.arange(8.0)[::-1] / 5
    bias = np.linspace(-0.3, 0.4, 8)
    cell = weighted("IndyLSTMCell", {"kernel_w": [kernel_w], "kernel_u": [kernel_u], "bias": bias}, forget_bias=0.7)
    old_c = [0.3, -0.1]
    output, state = cell(np.array([[X]]), (np.array([old_c]), np.array([H])))
    for unit in (0, 1):
        i, j, f, o = (X * kernel_w[k] + H[unit] * kernel_u[k] + bias[k] for k in range(unit, 8, 2))
        c = old_c[unit] * sigmoid(f + 0.7) + sigmoid(i) * tanh(j)
        np.testing.assert_allclose(state.c[0, unit], c, rtol=1e-12)
        np.testing.assert_allclose(output[0, unit], tanh(c) * sigmoid(o), rtol=1e-12)
    np.testing.assert_array_equal(state.h, output)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("IndRNNCell", {"kernel_w": (3, 2), "kernel_u": (1, 2), "bias": (2,)}),
        (
            "IndyGRUCell",
            {
                "gates/kernel_w": (3, 4),
                "gates/kernel_u": (1, 4),
                "gates/bias": (4,),
                "candidate/kernel": (3, 2),
                "candidate/kernel_u": (1, 2),
                "candidate/bias": (2,),
            },
        ),
        ("IndyLSTMCell", {"kernel_w": (3, 8), "kernel_u": (1, 8), "bias": (8,)}),
    ],
)
def test_variables_are_tensorflows(kind: str, names: dict[str, tuple[int, ...]]) -> None:
    scope = {"IndRNNCell": "ind_rnn_cell", "IndyGRUCell": "indy_gru_cell", "IndyLSTMCell": "indy_lstm_cell"}[kind]
    shapes = getattr(ni, kind)(2).variable_shapes(3, "rnn")
    assert list(shapes.items()) == [(f"rnn/{scope}/{name}", shape) for name, shape in names.items()]


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_that_do_not_fit_are_refused(kind: str) -> None:
    cell = getattr(ni, kind)(2)
    shapes = cell.variable_shapes(3)
    cell = cell.with_variables({name: np.ones(shape) for name, shape in shapes.items()})
    zeros = cell.zero_state(4, "float64")
    with pytest.raises(ValueError, match=rf"{kind} inputs: got shape \(4, 2\), should be \(4, 3\)"):
        cell(np.ones((4, 2)), zeros)
    with pytest.raises(ValueError, match=rf"{kind} state: got shape \(5, 2\), should be \(4, 2\)"):
        cell(np.ones((4, 3)), cell.zero_state(5, "float64"))
    full = {name: np.ones((2, *shape[1:]) if "kernel_u" in name else shape) for name, shape in shapes.items()}
    with pytest.raises(ValueError, match=r"kernel_u: got shape \(2, \d\), should be \(1, \d\)"):
        cell.with_variables(full)  # a recurrent matrix is none of these cells'


@pytest.mark.parametrize("kind", KINDS)
def test_configuration_goes_round(kind: str) -> None:
    cell = getattr(ni, kind)(5, activation="relu", name="mine", dtype="float16")
    assert type(cell).from_config(cell.get_config()).get_config() == cell.get_config()


@pytest.mark.parametrize("kind", KINDS[1:])
@pytest.mark.parametrize("option", ["kernel_initializer", "bias_initializer"])
def test_initializers_are_refused(kind: str, option: str) -> None:
    with pytest.raises(ValueError, match=rf"{kind}\.{option}: got 'zeros', should be None"):
        getattr(ni, kind)(2, **{option: "zeros"})
