"""TensorFlow's own published numbers, of the formulas in TensorFlow's ops and of numpy_impl.

Source: tensorflow/contrib/rnn/python/kernel_tests/rnn_cell_test.py (v1.15.0); each test says which.
Variables are as there: kernels and peepholes, and LayerNormBasicLSTMCell's bias, of one constant; gamma 1, beta 0, all
other biases 0.
"""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

import numpy_impl as ni
from numpy_impl import layer_norm_basic_lstm
from numpy_impl.masks import ReplayedMasks
from rnn_parity.candidate import Case
from rnn_parity.candidates import numpy_impl
from rnn_parity.spec import (
    CaseSpec,
    CoupledInputForgetGateLSTMCell,
    LayerNormBasicLSTMCell,
    LayerNormLSTMCell,
    LSTMStateTuple,
    MultiRNNCell,
    Sizes,
    Step,
)
from rnn_parity.structure import case_state_size, flatten, join, unflatten
from rnn_parity.weights import variables
from tf_reference.cells import build_cell
from tf_reference.environment import tensorflow
from tf_reference.graphs import build_graph
from tf_reference.sessions import Session

pytestmark = pytest.mark.needs_tf

CELLS = {
    "layer_norm_basic": LayerNormBasicLSTMCell(num_units=2),
    "layer_norm": LayerNormLSTMCell(num_units=2, layer_norm=True),
    "without": LayerNormBasicLSTMCell(num_units=2, layer_norm=False),
}
TWO = [[0.0, 0.1], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7]]  # c0, h0, c1, h1
NORMED_C, NORMED_H = [[-1.0, 1.0]], [[-0.38079708, 0.38079708]]


def constant(name, shape, value, *, bias):
    own = name.rpartition("/")[2]
    value = {"gamma": 1.0, "beta": 0.0, "bias": bias, "B": 0.0}.get(own, value)
    return np.full(shape, value, np.float32)


def answers(cell, inputs, state, *, bias=0.0):
    """Return output and final state by name, of TensorFlow and of numpy_impl, for one step."""
    x = np.array(inputs, np.float32)
    sizes = Sizes(batch_size=len(x), max_time=1, depth=x.shape[1])
    spec = CaseSpec(id="published/case", why="a test", cell=cell, run=Step(initial_state=True), sizes=sizes, seed=0)
    weights = {name: constant(name, shape, 0.5, bias=bias) for name, shape in variables(spec).items()}
    leaves = dict(zip(flatten(case_state_size(spec)), (np.array(part, np.float32) for part in state), strict=True))
    arrays = {join("weights", name): array for name, array in weights.items()} | {"inputs": x}
    arrays |= {join("initial_state", path): array for path, array in leaves.items()}
    with closing(Session(build_graph(spec, "float32", with_twin=False))) as session:
        reference = session.results(arrays)
    state = unflatten(case_state_size(spec), leaves)
    result = numpy_impl.run(Case(spec=spec, weights=weights, inputs=x, initial_state=state))
    twin = {join("final_state", path): leaf for path, leaf in flatten(result.final_state).items()}
    return reference, {"outputs": result.outputs} | twin


def require(answer, expected):
    assert set(answer) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(answer[name], value, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("kind", ["layer_norm_basic", "layer_norm"])
def test_two_layers_with_norms(kind):
    """LayerNormBasicLSTMCellTest.testBasicLSTMCell, ...WithStateTuple, ...WithStateTupleLayerNorm."""
    stack = MultiRNNCell(cells=(CELLS[kind],) * 2)
    expected = {"outputs": NORMED_H}
    for layer in "01":
        expected |= {f"final_state/{layer}/c": NORMED_C, f"final_state/{layer}/h": NORMED_H}
    for answer in answers(stack, [[1, 1]], [[part] for part in TWO]):
        require(answer, expected)


def test_one_layer_with_norms_over_wider_inputs():
    """LayerNormBasicLSTMCellTest.testBasicLSTMCell, scope "other"."""
    for answer in answers(CELLS["layer_norm_basic"], [[1, 1, 1]], [[part] for part in TWO[:2]]):
        require(answer, {"outputs": NORMED_H, "final_state/c": NORMED_C, "final_state/h": NORMED_H})


def test_two_layers_without_norms():
    """LayerNormBasicLSTMCellTest.testBasicLSTMCellWithoutNorm: the scope's initializer reaches the bias."""
    h0, h1 = [[0.56668288, 0.60858738]], [[0.70230919, 0.72581059]]
    expected = {
        "outputs": h1,
        "final_state/0/c": [[0.8020075, 0.89599884]],
        "final_state/0/h": h0,
        "final_state/1/c": [[1.17500675, 1.26892781]],
        "final_state/1/h": h1,
    }
    stack = MultiRNNCell(cells=(CELLS["without"],) * 2)
    for answer in answers(stack, [[1, 1]], [[part] for part in TWO], bias=0.5):
        require(answer, expected)


def test_one_layer_without_norms_over_wider_inputs():
    """LayerNormBasicLSTMCellTest.testBasicLSTMCellWithoutNorm, scope "other"."""
    h = [[0.64121795, 0.68166804]]
    for answer in answers(CELLS["without"], [[1, 1, 1]], [[part] for part in TWO[:2]], bias=0.5):
        require(answer, {"outputs": h, "final_state/c": [[0.88477188, 0.98103917]], "final_state/h": h})


def test_coupled_input_forget_gate_lstm():
    """RNNCellTest.testCoupledInputForgetGateLSTMCell."""
    cell = CoupledInputForgetGateLSTMCell(num_units=2, state_is_tuple=False)
    output = [[0.121753] * 2, [0.103349] * 2, [0.100178] * 2]
    state = np.concatenate([[[0.137523] * 2, [0.105450] * 2, [0.100742] * 2], output], axis=1)
    for answer in answers(cell, np.outer([1, 2, 3], np.ones(4)), [np.full((3, 4), 0.1)]):
        np.testing.assert_allclose(answer["outputs"], output, atol=1e-6)
        np.testing.assert_allclose(answer["final_state"], state, atol=1e-6)


# LayerNormBasicLSTMCellTest.testBasicLSTMCellWithDropout: c and h of units that are kept and that are dropped.
KEPT, DROPPED = (2.9998924946, 0.995008519604), (0.999983298578, 0.761552567265)
CLOSE = 1e-4  # as published: four digits


def test_dropout_of_numpy_impl():
    kernel, bias = np.ones((10, 20)), np.ones(20)
    mask = np.array([[[True, False, False, True, True]]])
    cell = ni.LayerNormBasicLSTMCell(
        5, layer_norm=False, dropout_keep_prob=0.5, weights=layer_norm_basic_lstm.Weights(kernel, bias),
        masks=ReplayedMasks({"candidate": mask}),
    )  # fmt: skip
    ones = np.ones((1, 5))
    output, (c, h) = cell(ones, ni.LSTMStateTuple(ones, ones))
    expected = np.where(mask[0, ..., np.newaxis], KEPT, DROPPED)
    np.testing.assert_allclose(np.stack([c, h], axis=-1), expected, rtol=0, atol=CLOSE)
    np.testing.assert_array_equal(output, h)


def test_dropout_of_the_formula():
    tf = tensorflow()
    spec = LayerNormBasicLSTMCell(num_units=40, layer_norm=False, dropout_keep_prob=0.5)
    with tf.Graph().as_default():
        tf.compat.v1.set_random_seed(1)
        cell = build_cell(spec, "float32")
        five_of_forty = tf.constant(np.arange(40)[np.newaxis] < 5, tf.float32)  # the published sums
        state = tf.compat.v1.nn.rnn_cell.LSTMStateTuple(tf.ones((1, 40)), five_of_forty)
        _, new_state = cell(tf.ones((1, 5)), state)
        with tf.compat.v1.Session() as session:
            for variable in cell.variables:
                session.run(variable.initializer, {variable.initializer.inputs[1]: np.ones(variable.shape)})
            c, h = session.run(new_state)
    is_kept = c > 2
    assert 8 <= is_kept.sum() <= 32
    expected = np.where(is_kept[..., np.newaxis], KEPT, DROPPED)
    np.testing.assert_allclose(np.stack([c, h], axis=-1), expected, rtol=0, atol=CLOSE)


def test_state_tuples_are_named():
    for answer in answers(CELLS["layer_norm"], [[1, 1]], [[part] for part in TWO[:2]]):
        assert set(answer) == {"outputs", *(f"final_state/{part}" for part in LSTMStateTuple._fields)}
