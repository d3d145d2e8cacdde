"""Numbers that TensorFlow's own tests publish for the kernels' cells: the reference and the twin give them.

Source: tensorflow/contrib/rnn/python/kernel_tests/lstm_ops_test.py (v1.15.0), LSTMBlockCellTest.testLSTMBlockCell.
gru_ops_test.py and the tests of the cuDNN-compatible cells publish no numbers; they compare with other cells, as
test_block_equivalences.py does.
"""

import numpy as np
import pytest

import numpy_impl as ni
from numpy_impl import lstm_block
from rnn_parity.spec import LSTMBlockCell, MultiRNNCell
from tf_reference.cells import build_cell
from tf_reference.environment import tensorflow

pytestmark = pytest.mark.needs_tf

PUBLISHED = {  # with all kernels 0.5, all biases 0, inputs 1 and states 0.1
    "g": 0.24024698,
    "c0": 0.68967271,
    "h0": 0.44848421,
    "c1": 0.39897051,
    "h1": 0.24024698,
}
TOLERANCE = 1e-6  # that of assertAllClose, by which TensorFlow's test compares
X, TENTH = np.full((1, 2), 1, "float32"), np.full((1, 2), 0.1, "float32")


def named(answer):
    output, ((c0, h0), (c1, h1)) = answer
    return {"g": output, "c0": c0, "h0": h0, "c1": c1, "h1": h1}


def assert_published(answer):
    for name, array in named(answer).items():
        np.testing.assert_allclose(array, np.full((1, 2), PUBLISHED[name]), rtol=TOLERANCE, atol=TOLERANCE)


def test_reference_gives_the_published_numbers():
    tf = tensorflow().compat.v1
    cell = LSTMBlockCell(num_units=2)
    with tf.Graph().as_default(), tf.Session() as session:
        made = build_cell(MultiRNNCell(cells=(cell, cell)), "float32")
        answer = made(tf.constant(X), ((tf.constant(TENTH),) * 2,) * 2)
        for variable in tf.global_variables():
            variable.load(np.full(variable.shape, 0.5 if "kernel" in variable.name else 0.0), session)
        assert_published(session.run(answer))


def test_twin_gives_the_published_numbers():
    weights = lstm_block.Weights(np.full((4, 8), 0.5, "float32"), np.zeros(8, "float32"))
    cell = ni.LSTMBlockCell(2, weights=weights)
    assert_published(ni.MultiRNNCell([cell, cell])(X, ((TENTH, TENTH),) * 2))
