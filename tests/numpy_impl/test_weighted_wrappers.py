"""Wrappers with weights: a step by hand in scalars, names of variables, errors."""

from __future__ import annotations

from math import exp, tanh

import numpy as np
import pytest

import numpy_impl as ni

WRAPPERS = {
    "highway": ni.HighwayWrapper,
    "input projection": lambda cell: ni.InputProjectionWrapper(cell, 2),
    "output projection": lambda cell: ni.OutputProjectionWrapper(cell, 2),
    "attention": lambda cell: ni.AttentionCellWrapper(cell, 2),
    "embedding": lambda cell: ni.EmbeddingWrapper(cell, 4, 2),
}


def sigmoid(x):
    return 1 / (1 + exp(-x))


def scalars(*rows):
    return np.array(rows, np.float64)


def rnn_cell(x_weight=0.4, h_weight=-0.7, bias=0.2):
    """Return a cell of one unit: h' = tanh(x_weight x + h_weight h + bias)."""
    weights = ni.basic_rnn.Weights(scalars([x_weight], [h_weight]), scalars(bias))
    return ni.BasicRNNCell(1, weights=weights)


def h_after(x, h):
    return tanh(0.4 * x - 0.7 * h + 0.2)


def with_drawn(wrapper, depth, scope="rnn", dtype="float64"):
    """Return the wrapper, or cell, with drawn weights in it and below."""
    rng = np.random.default_rng(0)
    shapes = wrapper.variable_shapes(depth, scope)
    return wrapper.with_variables({name: rng.standard_normal(s).astype(dtype) for name, s in shapes.items()}, scope)


def test_highway_by_hand():
    weights = ni.highway.Weights(scalars([0.6]), scalars(0.3))
    output, state = ni.HighwayWrapper(rnn_cell(), weights=weights)(scalars([1.5]), scalars([0.5]))
    h, carry = h_after(1.5, 0.5), sigmoid(0.6 * 1.5 + 0.3)
    assert output.item() == pytest.approx(1.5 * carry + h * (1 - carry), abs=1e-15)
    assert state.item() == pytest.approx(h, abs=1e-15)


def test_uncoupled_highway_by_hand():
    weights = ni.highway.Weights(scalars([0.6]), scalars(0.3), scalars([-0.8]), scalars(0.1))
    wrapper = ni.HighwayWrapper(rnn_cell(), couple_carry_transform_gates=False, weights=weights)
    output, _ = wrapper(scalars([1.5]), scalars([0.5]))
    carry, transform = sigmoid(0.6 * 1.5 + 0.3), sigmoid(-0.8 * 1.5 + 0.1)
    assert output.item() == pytest.approx(1.5 * carry + h_after(1.5, 0.5) * transform, abs=1e-15)


@pytest.mark.parametrize(("activation", "squash"), [(None, float), ("tanh", tanh), ("relu", lambda x: max(x, 0))])
@pytest.mark.parametrize("weight", [0.6, -0.9])
def test_projections_by_hand(activation, squash, weight):
    weights = ni.projection.Weights(scalars([weight]), scalars(0.1))
    before = ni.InputProjectionWrapper(rnn_cell(), 1, activation, weights=weights)
    output, state = before(scalars([1.5]), scalars([0.5]))
    assert output.item() == state.item() == pytest.approx(h_after(squash(weight * 1.5 + 0.1), 0.5), abs=1e-15)
    after = ni.OutputProjectionWrapper(rnn_cell(), 1, activation, weights=weights)
    output, state = after(scalars([1.5]), scalars([0.5]))
    assert output.item() == pytest.approx(squash(weight * h_after(1.5, 0.5) + 0.1), abs=1e-15)
    assert state.item() == pytest.approx(h_after(1.5, 0.5), abs=1e-15)


@pytest.mark.parametrize("ids", [[[2], [0]], [2, 0]])
def test_embedding_by_hand(ids):
    rows = scalars([0.3], [9.0], [-1.1])
    wrapper = ni.EmbeddingWrapper(rnn_cell(), 3, 1, weights=ni.embedding.Weights(rows))
    output, state = wrapper(np.array(ids), scalars([0.5], [0.25]))
    assert output.ravel().tolist() == pytest.approx([h_after(-1.1, 0.5), h_after(0.3, 0.25)], abs=1e-15)
    np.testing.assert_array_equal(output, state)


def attention(**options):
    weights = ni.attention.Weights(
        kernel=scalars([0.5], [-0.3]),
        bias=scalars(0.1),
        attention_attn_w=scalars([[[0.7]]]),
        attention_attn_v=scalars(1.2),
        attention_kernel=scalars([0.9]),
        attention_bias=scalars(-0.2),
        attn_output_projection_kernel=scalars([0.8], [0.6]),
        attn_output_projection_bias=scalars(0.05),
    )
    return ni.AttentionCellWrapper(rnn_cell(), 2, weights=weights, **options)


def attention_by_hand(x, h, attns, window):
    new_h = h_after(0.5 * x - 0.3 * attns + 0.1, h)
    powers = [exp(1.2 * tanh(0.7 * row + 0.9 * new_h - 0.2)) for row in window]
    new_attns = sum(power * row for power, row in zip(powers, window, strict=True)) / sum(powers)
    output = 0.8 * new_h + 0.6 * new_attns + 0.05
    return output, new_h, new_attns, [*window[1:], output]


def test_attention_by_hand():
    state = (scalars([0.5]), scalars([0.4]), scalars([-0.6, 0.9]))
    output, (new_h, new_attns, window) = attention()(scalars([1.5]), state)
    by_hand = attention_by_hand(1.5, 0.5, 0.4, [-0.6, 0.9])
    got = [output.item(), new_h.item(), new_attns.item(), window.ravel().tolist()]
    for one, expected in zip(got, by_hand, strict=True):
        assert one == pytest.approx(expected, abs=1e-15)


def test_attention_s_concatenated_state_is_its_parts_side_by_side():
    parts = (scalars([0.5]), scalars([0.4]), scalars([-0.6, 0.9]))
    output, state = attention()(scalars([1.5]), parts)
    flat_output, flat = attention(state_is_tuple=False)(scalars([1.5]), np.concatenate(parts, axis=1))
    np.testing.assert_array_equal(flat_output, output)
    np.testing.assert_array_equal(flat, np.concatenate(state, axis=1))


def test_sizes_of_attention():
    wrapper = ni.AttentionCellWrapper(ni.LSTMCell(5, num_proj=2), 4, attn_size=3)
    assert wrapper.output_size == 3
    assert wrapper.state_size == (ni.LSTMStateTuple(5, 2), 3, 12)
    assert [zeros.shape for zeros in ni.state.leaves(wrapper.zero_state(7, "float16"))] == [
        (7, 5),
        (7, 2),
        (7, 3),
        (7, 12),
    ]
    flat = ni.AttentionCellWrapper(ni.LSTMCell(5, num_proj=2, state_is_tuple=False), 4, state_is_tuple=False)
    assert (flat.output_size, flat.state_size) == (2, 7 + 2 + 8)


def test_variables_have_tensorflow_s_names_in_its_order():
    inner = ni.AttentionCellWrapper(ni.BasicRNNCell(3), 2, attn_vec_size=4)
    wrapper = ni.HighwayWrapper(ni.OutputProjectionWrapper(ni.InputProjectionWrapper(inner, 5), 2))
    attended = "rnn/output_projection_wrapper/input_projection_wrapper/attention_cell_wrapper"
    assert list(wrapper.variable_shapes(2, "rnn").items()) == [
        ("rnn/output_projection_wrapper/input_projection_wrapper/kernel", (2, 5)),
        ("rnn/output_projection_wrapper/input_projection_wrapper/bias", (5,)),
        (f"{attended}/kernel", (8, 5)),
        (f"{attended}/bias", (5,)),
        (f"{attended}/basic_rnn_cell/kernel", (8, 3)),
        (f"{attended}/basic_rnn_cell/bias", (3,)),
        (f"{attended}/attention/attn_w", (1, 1, 3, 4)),
        (f"{attended}/attention/attn_v", (4,)),
        (f"{attended}/attention/kernel", (3, 4)),
        (f"{attended}/attention/bias", (4,)),
        (f"{attended}/attn_output_projection/kernel", (6, 3)),
        (f"{attended}/attn_output_projection/bias", (3,)),
        ("rnn/output_projection_wrapper/kernel", (3, 2)),
        ("rnn/output_projection_wrapper/bias", (2,)),
        ("rnn/carry_w", (2, 2)),
        ("rnn/carry_b", (2,)),
    ]


def test_variables_of_a_step_have_no_scope_above_and_names_may_end_in_colon_zero():
    wrapper = ni.HighwayWrapper(ni.BasicRNNCell(1))
    arrays = {
        "carry_w:0": scalars([0.6]),
        "carry_b:0": scalars(0.3),
        "basic_rnn_cell/kernel:0": scalars([0.4], [-0.7]),
        "basic_rnn_cell/bias:0": scalars(0.2),
    }
    output, _ = wrapper.with_variables(arrays)(scalars([1.5]), scalars([0.5]))
    carry = sigmoid(0.6 * 1.5 + 0.3)
    assert output.item() == pytest.approx(1.5 * carry + h_after(1.5, 0.5) * (1 - carry), abs=1e-15)


@pytest.mark.parametrize("name", WRAPPERS)
def test_wrapper_comes_back_from_its_configuration(name):
    wrapper = WRAPPERS[name](ni.GRUCell(3, activation="relu"))
    config = wrapper.get_config()
    again = type(wrapper).from_config(config)
    assert again.get_config() == config
    assert config["cell"]["class_name"] == "GRUCell"
    assert again.cell.activation == "relu"
    assert again.variable_shapes(3, "rnn") == wrapper.variable_shapes(3, "rnn")
    assert getattr(again, "activation", None) is None


def test_unknown_class_in_a_configuration_is_refused():
    config = {"cell": {"class_name": "Traced", "config": {}}}
    with pytest.raises(TypeError, match="class_name 'Traced', should be one of Attention"):
        ni.HighwayWrapper.from_config(config)


@pytest.mark.parametrize("name", WRAPPERS)
@pytest.mark.parametrize("cell", [None, 5])
def test_no_cell_is_refused(name, cell):
    with pytest.raises(TypeError, match=r"Wrapper\.cell: got .*, which is not an RNNCell"):
        WRAPPERS[name](cell)


@pytest.mark.parametrize("name", WRAPPERS)
def test_wrapper_without_weights_says_so(name):
    wrapper = WRAPPERS[name](with_drawn(ni.BasicRNNCell(2), 2))
    inputs = np.zeros((2, 1), int) if name == "embedding" else np.zeros((2, 2))
    with pytest.raises(ValueError, match=r"Wrapper\.weights: got None, should be Weights"):
        wrapper(inputs, wrapper.zero_state(2, "float64"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ni.AttentionCellWrapper(ni.GRUCell(2), 0), "attn_length should be greater than zero, got 0"),
        (lambda: ni.AttentionCellWrapper(ni.GRUCell(2), -1), "attn_length should be greater than zero, got -1"),
        (
            lambda: ni.AttentionCellWrapper(ni.LSTMCell(2), 4, state_is_tuple=False),
            "Cell returns tuple of states, but the flag state_is_tuple is not set",
        ),
        (lambda: ni.AttentionCellWrapper(ni.GRUCell(2), 4, attn_size=0), "attn_size: got 0, should be at least 1"),
        (lambda: ni.InputProjectionWrapper(ni.GRUCell(2), 0), "num_proj: got 0, should be at least 1"),
        (lambda: ni.OutputProjectionWrapper(ni.GRUCell(2), 0), "output_size: got 0, should be at least 1"),
        (lambda: ni.OutputProjectionWrapper(ni.GRUCell(2), 1, "rleu"), "Did you mean 'relu'"),
        (lambda: ni.EmbeddingWrapper(ni.GRUCell(2), 0, 2), "embedding_classes: got 0, should be at least 1"),
        (lambda: ni.EmbeddingWrapper(ni.GRUCell(2), 2, 0), "embedding_size: got 0, should be at least 1"),
        (lambda: ni.EmbeddingWrapper(ni.GRUCell(2), 2, 2, np.ones), "initializer: got .*, should be None"),
        (lambda: ni.HighwayWrapper(ni.GRUCell(2), carry_bias_init=-2.0), "carry_bias_init: got -2.0, should be 1.0"),
        (
            lambda: ni.HighwayWrapper(ni.GRUCell(2), weights=ni.highway.Weights(np.ones((2, 2)), np.ones(3))),
            r"weights.carry_b: got shape \(3,\), should be \(2,\)",
        ),
        (
            lambda: ni.HighwayWrapper(
                ni.GRUCell(2),
                couple_carry_transform_gates=False,
                weights=ni.highway.Weights(np.ones((2, 2)), np.ones(2)),
            ),
            "weights.transform_w: got NoneType",
        ),
    ],
)
def test_options_and_weights_that_do_not_fit_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_highway_of_another_width_is_refused():
    wrapper = with_drawn(ni.HighwayWrapper(ni.GRUCell(3)), 2)
    with pytest.raises(ValueError, match=r"inputs \(4, 2\) and outputs \(4, 3\), should be of one shape"):
        wrapper(np.zeros((4, 2)), np.zeros((4, 3)))


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([[0], [4]], "got ids from 0 to 4, should be from 0 to 3"),
        ([[-1], [2]], "got ids from -1 to 2, should be from 0 to 3"),
        ([[0.0], [1.0]], "got float64, should be whole numbers"),
    ],
)
def test_ids_that_are_none_are_refused(ids, words):
    wrapper = with_drawn(ni.EmbeddingWrapper(ni.GRUCell(3), 4, 2), 1)
    with pytest.raises(ValueError, match=words):
        wrapper(np.array(ids), np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (np.zeros((3, 4)), r"should be a tuple \(the cell's, attention, window\)"),
        ((np.zeros((3, 1)), np.zeros((3, 2)), np.zeros((3, 2))), r"attention: got shape \(3, 2\), should be \(3, 1\)"),
        ((np.zeros((3, 1)), np.zeros((3, 1)), np.zeros((3, 3))), r"window: got shape \(3, 3\), should be \(3, 2\)"),
    ],
)
def test_attention_state_of_another_form_is_refused(state, words):
    with pytest.raises(ValueError, match=words):
        attention()(np.zeros((3, 1)), state)


def test_ids_run_through_dynamic_rnn_in_the_state_s_dtype():
    wrapper = with_drawn(ni.EmbeddingWrapper(ni.GRUCell(3), 4, 2), 1, dtype="float32")
    ids = np.array([[[0], [3], [1]], [[2], [2], [0]]])
    outputs, state = ni.dynamic_rnn(wrapper, ids, [3, 1], dtype="float32")
    rows = wrapper.weights.embedding[ids[..., 0]]
    expected, expected_state = ni.dynamic_rnn(wrapper.cell, rows, [3, 1], dtype="float32")
    np.testing.assert_array_equal(outputs, expected)
    np.testing.assert_array_equal(state, expected_state)
    assert outputs.dtype == np.float32


def test_one_highway_in_two_places_cannot_hold_their_variables():
    highway = ni.HighwayWrapper(ni.GRUCell(2))
    for ask in (
        lambda: ni.MultiRNNCell([highway] * 2).variable_shapes(2),
        lambda: ni.bidirectional_variable_shapes(highway, highway, 2),
    ):
        with pytest.raises(ValueError, match="got one object in two places, should be one for each"):
            ask()


def test_a_cell_without_names_has_no_variables_to_wrap():
    traced = ni.Traced(ni.GRUCell(2))
    with pytest.raises(TypeError, match="got Traced, should be a cell with TensorFlow's interface"):
        ni.InputProjectionWrapper(traced, 2).variable_shapes(3)
