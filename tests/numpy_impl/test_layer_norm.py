"""Norms by hand, and one step of each cell that has them, in scalars; what the cells refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import numpy_impl as ni
from numpy_impl import layer_norm_basic_lstm
from numpy_impl.layer_norm import layer_norm
from numpy_impl.masks import ReplayedMasks

X, C, H = (2.0,), (-0.4, 0.7), (0.5, -0.3)  # one input, two units
NORMS = ("input", "transform", "forget", "output", "state")


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def norm(values: list[float], gamma: list[float], beta: list[float]) -> list[float]:
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    scaled = [(value - mean) / math.sqrt(variance + 1e-12) for value in values]
    return [g * value + b for g, value, b in zip(gamma, scaled, beta, strict=True)]


def drawn(shapes: dict[str, tuple[int, ...]], dtype: str = "float64") -> dict[str, Any]:
    rng = np.random.default_rng(3)
    return {name: rng.uniform(0.2, 1.5, shape).astype(dtype) for name, shape in shapes.items()}


def make(kind: str, depth: int = 1, units: int = 2, dtype: str = "float64", **options: Any) -> tuple[Any, Any]:
    """Return a cell with drawn weights, and those by TensorFlow's names."""
    cell = getattr(ni, kind)(units, **options)
    variables = drawn(cell.own_variables(depth), dtype)
    return getattr(ni, kind)(units, **options, weights=cell.weights_from(variables)), variables


def product(kernel: Any, columns: int) -> list[list[float]]:
    """Return [x h] kernel in blocks of two columns."""
    row = [sum(v * kernel[k][n] for k, v in enumerate((*X, *H))) for n in range(columns)]
    return [row[n : n + 2] for n in range(0, columns, 2)]


def test_rows_are_normalised_by_themselves_over_all_their_units() -> None:
    gamma, beta = [2.0, 1.0, 0.5, -1.0], [0.1, 0.2, 0.3, 0.4]
    values = [[1.0, 2.0, 4.0, 9.0], [-3.0, 0.0, 0.5, 0.25]]
    found = layer_norm(np.array(values), np.array(gamma), np.array(beta))
    np.testing.assert_allclose(found, [norm(row, gamma, beta) for row in values], rtol=1e-14)


@pytest.mark.parametrize(("dtype", "epsilon"), [("float16", 1e-3), ("float32", 1e-12), ("float64", 1e-12)])
def test_epsilon_shows_under_a_small_variance_and_is_larger_in_float16(dtype: str, epsilon: float) -> None:
    spread = 0.03125 if dtype == "float16" else 1e-6  # variances 1e-3 and 1e-12, as large as epsilon
    ones, zeros = np.ones(2, dtype), np.zeros(2, dtype)
    found = layer_norm(np.array([[-spread, spread]], dtype), ones, zeros)
    assert found.dtype == dtype
    assert float(found[0, 1]) == pytest.approx(spread / math.sqrt(spread**2 + epsilon), rel=2e-3)


@pytest.mark.parametrize("units", [1, 4])
def test_rows_of_one_value_leave_beta(units: int) -> None:
    gamma, beta = np.full(units, 3.0, np.float32), np.linspace(0.1, 0.4, units, dtype=np.float32)
    np.testing.assert_array_equal(layer_norm(np.full((2, units), 7.5, np.float32), gamma, beta), [beta, beta])


def test_layer_norm_basic_lstm_step_by_hand() -> None:
    cell, own = make("LayerNormBasicLSTMCell", forget_bias=0.6)
    gates = product(own["kernel"], 8)
    i, j, f, o = (norm(g, own[f"{n}/gamma"], own[f"{n}/beta"]) for n, g in zip(NORMS, gates, strict=False))
    raw = [c * logistic(f[n] + 0.6) + logistic(i[n]) * math.tanh(j[n]) for n, c in enumerate(C)]
    new_c = norm(raw, own["state/gamma"], own["state/beta"])
    new_h = [math.tanh(c) * logistic(o[n]) for n, c in enumerate(new_c)]
    state = ni.LSTMStateTuple(np.array([C]), np.array([H]))
    output, (c, h) = cell(np.array([X]), state)
    np.testing.assert_allclose([*c, *h, *output], [new_c, new_h, new_h], rtol=1e-12)
    found = cell.gates(np.array([X]), state)
    np.testing.assert_allclose(found["j"], [gates[1]], rtol=1e-12)
    assert list(found) == ["i", "j", "f", "o", "c", "h"]


def test_layer_norm_lstm_step_with_peepholes_clips_and_projection_by_hand() -> None:
    options: dict[str, Any] = {"use_peepholes": True, "cell_clip": 0.8, "num_proj": 2, "proj_clip": 0.9}
    cell, own = make("LayerNormLSTMCell", forget_bias=-0.5, layer_norm=True, **options)
    gates = product(own["kernel"], 8)
    i, j, f, o = (norm(g, own[f"{n}/gamma"], own[f"{n}/beta"]) for n, g in zip(NORMS, gates, strict=False))
    forget = [logistic(f[n] - 0.5 + own["w_f_diag"][n] * c) for n, c in enumerate(C)]
    admit = [logistic(i[n] + own["w_i_diag"][n] * c) for n, c in enumerate(C)]
    raw = [forget[n] * c + admit[n] * math.tanh(j[n]) for n, c in enumerate(C)]
    normed = norm(raw, own["state/gamma"], own["state/beta"])
    new_c = [max(-0.8, min(0.8, c)) for c in normed]
    assert new_c != normed  # the clip is at work
    hidden = [logistic(o[n] + own["w_o_diag"][n] * c) * math.tanh(c) for n, c in enumerate(new_c)]
    projected = [sum(h * own["projection/kernel"][n][p] for n, h in enumerate(hidden)) for p in range(2)]
    new_h = [max(-0.9, min(0.9, h)) for h in projected]
    output, (c, h) = cell(np.array([X]), ni.LSTMStateTuple(np.array([C]), np.array([H])))
    np.testing.assert_allclose([*c, *h, *output], [new_c, new_h, new_h], rtol=1e-12)


@pytest.mark.parametrize("layer_norm", [False, True])
def test_coupled_lstm_step_by_hand(layer_norm: bool) -> None:  # noqa: FBT001 - parametrized
    cell, own = make("CoupledInputForgetGateLSTMCell", use_peepholes=True, forget_bias=0.6, layer_norm=layer_norm)
    j, f, o = product(own["W_0"], 6)
    if layer_norm:
        j, f, o = (norm(g, own[f"{n}/gamma"], own[f"{n}/beta"]) for n, g in zip(NORMS[1:4], (j, f, o), strict=True))
    else:
        biases = own["B"].reshape(3, 2)
        j, f, o = ([v + b for v, b in zip(g, bias, strict=True)] for g, bias in zip((j, f, o), biases, strict=True))
    forget = [logistic(f[n] + 0.6 + own["W_F_diag"][n] * c) for n, c in enumerate(C)]
    new_c = [forget[n] * c + (1 - forget[n]) * math.tanh(j[n]) for n, c in enumerate(C)]
    if layer_norm:
        new_c = norm(new_c, own["state/gamma"], own["state/beta"])
    new_h = [logistic(o[n] + own["W_O_diag"][n] * c) * math.tanh(c) for n, c in enumerate(new_c)]
    output, (c, h) = cell(np.array([X]), ni.LSTMStateTuple(np.array([C]), np.array([H])))
    np.testing.assert_allclose([*c, *h, *output], [new_c, new_h, new_h], rtol=1e-12)


def test_coupled_lstm_projects_and_clips_and_takes_a_concatenated_state() -> None:
    options: dict[str, Any] = {"units": 3, "num_proj": 2}
    plain, _ = make("CoupledInputForgetGateLSTMCell", **options)
    clipped, _ = make("CoupledInputForgetGateLSTMCell", **options, proj_clip=0.5, state_is_tuple=False)
    x, c, h = np.ones((2, 1)), np.full((2, 3), 0.4), np.full((2, 2), -0.3)
    output, state = plain(x, ni.LSTMStateTuple(c, h))
    cut, columns = clipped(x, np.concatenate([c, h], axis=1))
    assert (output > 0.5).any()
    np.testing.assert_array_equal(cut, np.minimum(output, 0.5))
    np.testing.assert_array_equal(columns, np.concatenate([state.c, cut], axis=1))
    assert (plain.state_size, clipped.state_size) == (ni.LSTMStateTuple(3, 2), 5)


@pytest.mark.parametrize("options", [{}, {"use_peepholes": True, "cell_clip": 0.3, "num_proj": 2, "proj_clip": 0.2}])
def test_without_norms_layer_norm_lstm_is_lstm(options: dict[str, Any]) -> None:
    cell, own = make("LayerNormLSTMCell", units=4, depth=3, **options)
    lstm = ni.LSTMCell(4, **options, weights=ni.lstm.weights_from(own))
    x, state = np.ones((2, 3)), ni.LSTMStateTuple(np.full((2, 4), 0.3), np.full((2, cell.output_size), -0.2))
    np.testing.assert_array_equal(cell(x, state)[1].c, lstm(x, state)[1].c)
    np.testing.assert_array_equal(cell(x, state)[0], lstm(x, state)[0])


def test_without_norms_layer_norm_basic_lstm_is_basic_lstm() -> None:
    cell, own = make("LayerNormBasicLSTMCell", units=4, depth=3, layer_norm=False)
    assert list(own) == ["kernel", "bias"]
    basic = ni.BasicLSTMCell(4, weights=ni.basic_lstm.weights_from(own))
    x, state = np.ones((2, 3)), ni.LSTMStateTuple(np.full((2, 4), 0.3), np.full((2, 4), -0.2))
    np.testing.assert_array_equal(cell(x, state)[1].c, basic(x, state)[1].c)
    np.testing.assert_array_equal(cell(x, state)[0], basic(x, state)[0])


@pytest.mark.parametrize(("kind", "bias"), [("LayerNormLSTMCell", "bias"), ("CoupledInputForgetGateLSTMCell", "B")])
def test_the_bias_that_exists_beside_norms_changes_nothing(kind: str, bias: str) -> None:
    cell, own = make(kind, layer_norm=True)
    x, state = np.ones((1, 1)), cell.zero_state(1, "float64")
    other = getattr(ni, kind)(2, layer_norm=True, weights=cell.weights_from({**own, bias: 9 + own[bias]}))
    np.testing.assert_array_equal(cell(x, state)[0], other(x, state)[0])


def test_variables_come_in_tensorflows_order_of_creation() -> None:
    def names(kind: str, **options: Any) -> list[str]:
        cell = getattr(ni, kind)(2, **options)
        found = [name.removeprefix(f"rnn/{cell.scope}/") for name in cell.variable_shapes(3, "rnn")]
        return [name.replace("/gamma", "+").replace("/beta", "-") for name in found]

    every = {"use_peepholes": True, "num_proj": 2, "layer_norm": True}
    gates = ["input+", "input-", "transform+", "transform-", "forget+", "forget-", "output+", "output-"]
    assert names("LayerNormBasicLSTMCell") == ["kernel", *gates, "state+", "state-"]
    assert names("LayerNormLSTMCell", **every) == [
        "kernel", "bias", *gates, "w_f_diag", "w_i_diag", "w_o_diag", "state+", "state-", "projection/kernel",
    ]  # fmt: skip
    assert names("CoupledInputForgetGateLSTMCell", **every) == [
        "W_0", "B", *gates[2:], "W_F_diag", "W_O_diag", "state+", "state-", "W_P_0",
    ]  # fmt: skip


def test_dropout_takes_whole_entries_of_the_candidate_and_makes_the_others_larger() -> None:
    kept = np.array([[[True, False]], [[False, True]]])
    cell, _ = make("LayerNormBasicLSTMCell", layer_norm=False)
    weights, masks = cell.weights, ReplayedMasks({"candidate": kept})
    dropping = ni.LayerNormBasicLSTMCell(2, layer_norm=False, dropout_keep_prob=0.8, weights=weights, masks=masks)
    x, state = np.array([X]), ni.LSTMStateTuple(np.array([C]), np.array([H]))
    for mask in kept:
        gates = cell.gates(x, state)
        carried = np.array([C]) / (1 + np.exp(-gates["f"] - 1))
        c = carried + mask * np.tanh(gates["j"]) / 0.8 / (1 + np.exp(-gates["i"]))
        np.testing.assert_allclose(dropping(x, state)[1].c, c, rtol=1e-14)
    with pytest.raises(ValueError, match="got 2 steps for 'candidate'"):
        dropping(x, state)


def test_drawn_masks_follow_the_seed_and_change_from_step_to_step() -> None:
    _, own = make("LayerNormBasicLSTMCell", units=50)

    def steps(seed: int) -> list[Any]:
        weights = layer_norm_basic_lstm.weights_from(own)
        cell = ni.LayerNormBasicLSTMCell(50, dropout_keep_prob=0.5, dropout_prob_seed=seed, weights=weights)
        return [cell(np.ones((1, 1)), cell.zero_state(1, "float64"))[0] for _ in range(2)]

    first, again, other = steps(1), steps(1), steps(2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("LayerNormBasicLSTMCell", {"forget_bias": 0.5, "dropout_keep_prob": 0.5, "dropout_prob_seed": 3}),
        ("LayerNormLSTMCell", {"layer_norm": True, "num_proj": 2, "cell_clip": 0.5, "activation": "relu"}),
        ("CoupledInputForgetGateLSTMCell", {"num_unit_shards": 2, "state_is_tuple": False, "use_peepholes": True}),
    ],
)
def test_a_configuration_makes_the_same_cell(kind: str, options: dict[str, Any]) -> None:
    cell = getattr(ni, kind)(3, **options)
    config = cell.get_config()
    assert config.items() >= options.items()
    assert {"weights", "masks", "initializer"}.isdisjoint(config)
    assert getattr(ni, kind).from_config(config).get_config() == config


@pytest.mark.parametrize("kind", ["LayerNormBasicLSTMCell", "LayerNormLSTMCell", "CoupledInputForgetGateLSTMCell"])
class TestEveryCell:
    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    def test_stays_in_the_dtype_given(self, kind: str, dtype: str) -> None:
        cell, _ = make(kind, depth=3, units=4, dtype=dtype, layer_norm=True)
        x, state = np.linspace(-1, 1, 6, dtype=dtype).reshape(2, 3), cell.zero_state(2, dtype)
        arrays = [cell(x, state)[0], *cell(x, state)[1], *cell.gates(x, state).values()]
        assert {array.dtype for array in arrays} == {np.dtype(dtype)}

    def test_refuses_a_step_without_weights(self, kind: str) -> None:
        cell = getattr(ni, kind)(5)
        with pytest.raises(ValueError, match=rf"{kind}\.weights: got None, should be Weights\. Make the cell with"):
            cell(np.ones((2, 3)), cell.zero_state(2, "float64"))

    def test_refuses_gains_and_shifts_that_only_initialise(self, kind: str) -> None:
        with pytest.raises(ValueError, match=rf"{kind}\.norm_gain: got 0\.5, should be 1\.0\. .* weights"):
            getattr(ni, kind)(5, norm_gain=0.5)
        with pytest.raises(ValueError, match=rf"{kind}\.norm_shift: got 0\.1, should be 0\.0"):
            getattr(ni, kind)(5, norm_shift=0.1)

    def test_refuses_norms_without_their_weights_and_weights_without_norms(self, kind: str) -> None:
        normed, plain = make(kind, layer_norm=True)[0].weights, make(kind, layer_norm=False)[0].weights
        wrong = r"weights\.\w+: got (NoneType, should be an array|an array, should be None)"
        with pytest.raises(ValueError, match=wrong):
            getattr(ni, kind)(2, layer_norm=False, weights=normed)
        with pytest.raises(ValueError, match=wrong):
            getattr(ni, kind)(2, layer_norm=True, weights=plain)

    def test_refuses_inputs_and_states_that_do_not_fit(self, kind: str) -> None:
        cell, _ = make(kind, depth=3, units=4, layer_norm=True)
        zeros = cell.zero_state(2, "float64")
        with pytest.raises(ValueError, match=rf"{kind} inputs: got shape \(2, 5\), should be \(2, 3\)"):
            cell(np.ones((2, 5)), zeros)
        with pytest.raises(ValueError, match=rf"{kind} state: got an array \(2, 8\), should be a tuple \(c, h\)"):
            cell(np.ones((2, 3)), np.zeros((2, 8)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_size": 3}, r"input_size: got 3, should be None"),
        ({"dropout_keep_prob": 0.0}, r"dropout_keep_prob: got 0\.0, should be above 0 and at most 1"),
        ({"dropout_keep_prob": 1.5}, r"dropout_keep_prob: got 1\.5, should be above 0 and at most 1"),
        ({"masks": ReplayedMasks({})}, r"masks: got a source, should be None where dropout_keep_prob is 1"),
    ],
)
def test_layer_norm_basic_lstm_refuses(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"LayerNormBasicLSTMCell\.{message}"):
        ni.LayerNormBasicLSTMCell(5, **options)


@pytest.mark.parametrize("kind", ["LayerNormLSTMCell", "CoupledInputForgetGateLSTMCell"])
@pytest.mark.parametrize(
    ("option", "value", "should_be"),
    [
        ("num_proj", 0, "at least 1"),
        ("proj_clip", -1.0, "None or at least 0"),
        ("initializer", "zeros", "None"),
        ("activation", "tahn", "the name of an activation"),
    ],
)
def test_projected_cells_refuse(kind: str, option: str, value: Any, should_be: str) -> None:
    with pytest.raises(ValueError, match=rf"{option}.*got {value!r}, should be {should_be}"):
        getattr(ni, kind)(5, **{option: value})


def test_peepholes_need_their_weights() -> None:
    weights = make("LayerNormLSTMCell", layer_norm=True)[0].weights
    with pytest.raises(ValueError, match=r"weights\.w_f_diag: got NoneType, should be an array"):
        ni.LayerNormLSTMCell(2, use_peepholes=True, layer_norm=True, weights=weights)
