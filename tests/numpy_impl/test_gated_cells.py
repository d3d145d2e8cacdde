"""One step of each gated cell of tf.contrib.rnn, by hand in scalars."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import numpy_impl as ni

X, C, H = 2.0, -0.4, 0.5  # one input, one unit


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def one(value: float) -> Any:
    return np.array([[value]])


def row(*values: float) -> Any:
    return np.array([values])


def test_ugrnn_step_by_hand() -> None:
    weights = ni.ugrnn.Weights(kernel=np.array([[0.4, -0.3], [-0.6, 0.9]]), bias=np.array([0.2, -0.1]))
    g, c = X * 0.4 + H * -0.6 + 0.2, X * -0.3 + H * 0.9 - 0.1
    gate = logistic(g + 0.7)
    h = gate * H + (1 - gate) * math.tanh(c)
    cell = ni.UGRNNCell(1, forget_bias=0.7, weights=weights)
    output, state = cell(one(X), one(H))
    assert (output, state) == (pytest.approx(h), pytest.approx(h))
    assert cell.gates(one(X), one(H)) == pytest.approx({"g": g, "c": c, "h": h})


INTERSECTION = ni.intersection.Weights(
    kernel=np.array([[0.4, -0.3, 0.2, -0.9], [-0.6, 0.9, 0.5, 0.7]]), bias=np.array([0.2, -0.1, 0.3, 2.0])
)


def by_hand(x: float) -> dict[str, float]:
    """Return the gates of the +RNN with the weights above, for an input that is as wide as the output."""
    gh, h = x * 0.4 + H * -0.6 + 0.2, x * -0.3 + H * 0.9 - 0.1
    gy, y = x * 0.2 + H * 0.5 + 0.3, x * -0.9 + H * 0.7 + 2.0
    kept, passed = logistic(gh + 0.7), logistic(gy + 0.7)
    new_state = kept * H + (1 - kept) * math.tanh(h)
    new_y = passed * x + (1 - passed) * max(y, 0)
    return {"gh": gh, "h": h, "gy": gy, "y": y, "new_state": new_state, "new_y": new_y}


def test_intersection_step_by_hand() -> None:
    cell = ni.IntersectionRNNCell(1, forget_bias=0.7, weights=INTERSECTION)
    expected = by_hand(X)
    assert expected["y"] > 0  # so that relu is at work
    assert cell.gates(one(X), one(H)) == pytest.approx(expected)
    output, state = cell(one(X), one(H))
    assert (output, state) == (pytest.approx(expected["new_y"]), pytest.approx(expected["new_state"]))


def test_intersection_projects_inputs_of_another_width_for_gates_and_output_alike() -> None:
    weights = INTERSECTION._replace(in_projection_kernel=np.array([[0.5], [-0.25]]), in_projection_bias=np.array([0.1]))
    cell = ni.IntersectionRNNCell(1, num_in_proj=1, forget_bias=0.7, weights=weights)
    expected = by_hand(X * 0.5 + 3.0 * -0.25 + 0.1)
    assert cell.gates(row(X, 3.0), one(H)) == pytest.approx(expected)


NAS_INPUT, NAS_STATE = (0.3, 0.6, -0.2, -0.5, 0.7, 0.1, -0.4, 0.2), (0.5, -0.1, 0.8, -0.9, 0.4, -0.6, 0.2, 0.9)
NAS_BIAS = (0.1, 0.2, -0.1, -0.2, 0.3, -0.3, 0.4, -0.4)


def nas_by_hand(bias: tuple[float, ...]) -> tuple[float, float]:
    """Return the new c and h."""
    of_input = [X * weight for weight in NAS_INPUT]
    of_state = [H * weight + offset for weight, offset in zip(NAS_STATE, bias, strict=True)]
    total = [i + m for i, m in zip(of_input, of_state, strict=True)]
    assert of_input[3] < 0 > of_state[3]  # so that the product is positive, and relu lets it through
    left = math.tanh(math.tanh(logistic(total[0]) * max(total[1], 0)) + C)
    right = math.tanh(logistic(total[2]) + max(of_input[3] * of_state[3], 0))
    c = left * right
    inner = math.tanh(math.tanh(total[4]) * logistic(total[5])) + logistic(math.tanh(total[6]) + logistic(total[7]))
    return c, math.tanh(c * math.tanh(inner))


def test_nas_step_by_hand() -> None:
    weights = ni.nas.Weights(recurrent_kernel=row(*NAS_STATE), kernel=row(*NAS_INPUT))
    c, h = nas_by_hand((0.0,) * 8)
    output, state = ni.NASCell(1, weights=weights)(one(X), (one(C), one(H)))
    assert isinstance(state, ni.LSTMStateTuple)
    assert (output, state.c, state.h) == (pytest.approx(h), pytest.approx(c), pytest.approx(h))


def test_nas_step_with_bias_and_projection_by_hand() -> None:
    weights = ni.nas.Weights(row(*NAS_STATE), row(*NAS_INPUT), np.array(NAS_BIAS), one(-3.0))
    c, h = nas_by_hand(NAS_BIAS)
    output, state = ni.NASCell(1, num_proj=1, use_bias=True, weights=weights)(one(X), (one(C), one(H)))
    assert (output, state[0], state[1]) == (pytest.approx(-3 * h), pytest.approx(c), pytest.approx(-3 * h))


def test_sru_step_by_hand() -> None:
    weights = ni.sru.Weights(kernel=row(0.4, -0.3, 0.2, 0.9), bias=np.array([0.25, -0.5]))
    f, r = logistic(X * -0.3 + 0.25), logistic(X * 0.2 - 0.5)
    c = f * C + (1 - f) * X * 0.4
    h = r * math.tanh(c) + (1 - r) * X * 0.9
    cell = ni.SRUCell(1, weights=weights)
    output, state = cell(one(X), one(C))
    assert (output, state) == (pytest.approx(h), pytest.approx(c))
    assert cell.gates(one(X), one(C)) == pytest.approx(
        {"x_bar": X * 0.4, "f": f, "r": r, "x_tx": X * 0.9, "c": c, "h": h}
    )


def test_minimal_rnn_step_by_hand() -> None:
    weights = ni.minimal_rnn.Weights(kernel=np.array([[0.4], [-0.3], [0.8]]), bias=np.array([0.25]))
    candidate = math.tanh(X * 0.4)
    u = logistic(candidate * -0.3 + H * 0.8 + 0.25)
    h = u * H + (1 - u) * candidate
    cell = ni.MinimalRNNCell(1, weights=weights)
    output, state = cell(one(X), one(H))
    assert (output, state) == (pytest.approx(h), pytest.approx(h))
    assert cell.gates(one(X), one(H)) == pytest.approx({"feedforward": candidate, "u": u, "h": h})


def test_cfn_step_by_hand() -> None:
    weights = ni.cfn.Weights(kernel=row(0.4, -0.3, 0.8), recurrent_kernel=row(-0.6, 0.7), bias=np.array([0.25, -0.5]))
    theta, eta = logistic(X * 0.4 + H * -0.6 + 0.25), logistic(X * -0.3 + H * 0.7 - 0.5)
    h = theta * math.tanh(H) + (1 - eta) * math.tanh(X * 0.8)
    cell = ni.CFNCell(1, weights=weights)
    output, state = cell(one(X), one(H))
    assert (output, state) == (pytest.approx(h), pytest.approx(h))
    assert cell.gates(one(X), one(H)) == pytest.approx({"theta": theta, "eta": eta, "proj_input": X * 0.8, "h": h})


@pytest.mark.parametrize("kind", [ni.MinimalRNNCell, ni.CFNCell])
def test_no_activation_is_linear_where_tensorflow_takes_it_by_name(kind: Any) -> None:
    cell = kind(2, activation=None)
    assert cell.get_config()["activation"] == "linear"
    shapes = cell.variable_shapes(3)
    weights = {name: np.full(shape, 0.3) for name, shape in shapes.items()}
    x, state = np.full((1, 3), 5.0), np.full((1, 2), 0.5)
    made = (cell, kind(2, "linear"), kind(2))
    linear, named, tanh = (one.with_variables(weights)(x, state)[0] for one in made)
    np.testing.assert_array_equal(linear, named)
    assert not np.isclose(linear, tanh).any()
