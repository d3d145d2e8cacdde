"""TensorFlow's own tests of the cells with diagonal recurrences.

Source: tensorflow/contrib/rnn/python/kernel_tests/core_rnn_cell_test.py (v1.15.0): testIndRNNCell, testIndyGRUCell,
testIndyLSTMCell. There kernel_u is drawn anew from (-1, 1) in every build, so that its numbers are within a range.
"""

import numpy as np
import pytest
from published import both_answers, step_spec

from rnn_parity.spec import IndRNNCell, IndyGRUCell, IndyLSTMCell, LSTMStateTuple, MultiRNNCell
from rnn_parity.weights import variables
from tf_reference.graphs import build_graph

pytestmark = pytest.mark.needs_tf

GRU_NUMBERS = {2: [0.185265, 0.17704], 3: [0.155127, 0.157328]}  # by the width of inputs of ones, h = 0.1
EXTREME = 1.0  # of kernel_u


def _weights(u_of_r, u_of_u, u_of_c):
    def weight(name, shape):
        if name == "gates/kernel_u":
            return np.repeat([u_of_r, u_of_u], shape[1] // 2)[np.newaxis]
        if name == "candidate/kernel_u":
            return np.full(shape, u_of_c)
        return np.full(shape, {"gates/bias": 1.0, "candidate/bias": 0.0}.get(name, 0.5))

    return weight


@pytest.mark.parametrize("depth", GRU_NUMBERS)
def test_indy_gru_numbers_lie_among_those_that_its_recurrences_can_make(depth):
    def answer(*recurrences):
        arguments = np.ones((1, depth)), np.full((1, 2), 0.1), _weights(*recurrences)
        return np.array([output for output, _ in both_answers(IndyGRUCell(num_units=2), *arguments)])

    # a larger u keeps more of the small h; larger r and candidate recurrences add to the candidate
    least, most = (answer(sign * EXTREME, -sign * EXTREME, sign * EXTREME) for sign in (-1, 1))
    published = np.array([[GRU_NUMBERS[depth]]])
    assert ((least < published) & (published < most)).all()
    assert (most - least < 0.03).all()


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (IndRNNCell(num_units=2), ["ind_rnn_cell/kernel_w", "ind_rnn_cell/kernel_u", "ind_rnn_cell/bias"]),
        (
            MultiRNNCell(cells=(IndyLSTMCell(num_units=2),) * 2),
            [
                f"multi_rnn_cell/cell_{layer}/indy_lstm_cell/{name}"
                for layer in (0, 1)
                for name in ("kernel_w", "kernel_u", "bias")
            ],
        ),
    ],
    ids=["ind-rnn", "indy-lstm"],
)
def test_variables_have_the_published_names_in_order(cell, names):
    spec = step_spec(cell, 1, 2)
    assert list(variables(spec)) == names
    assert list(build_graph(spec, "float32", with_twin=False).variables) == names


def test_indy_lstm_without_recurrence_is_a_step_from_inputs_alone():
    """The published test is of ranges alone; with kernel_u = 0 its numbers follow by hand."""

    def weight(name, shape):
        return np.full(shape, {"kernel_u": 0.0, "bias": 0.0}.get(name, 0.5))

    state = LSTMStateTuple(np.full((1, 2), 0.1), np.full((1, 2), 0.1))
    sigmoid = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    c = 0.1 * sigmoid(2) + sigmoid(1) * np.tanh(1)
    for output, final in both_answers(IndyLSTMCell(num_units=2), np.ones((1, 2)), state, weight):
        np.testing.assert_allclose(final["c"], np.full((1, 2), c), rtol=1e-6)
        np.testing.assert_allclose(output, np.full((1, 2), np.tanh(c) * sigmoid(1)), rtol=1e-6)
