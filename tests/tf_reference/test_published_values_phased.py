"""The numbers of TensorFlow's own test of PhasedLSTMCell.

Source: tensorflow/contrib/rnn/python/kernel_tests/rnn_cell_test.py (v1.15.0), testPhasedLSTMCell. Kernels are 0.5,
biases 0; period and phase are drawn by TensorFlow's generator from the test's graph seed. Of all seeds of operations
from 0 to 999, these two alone make the published numbers.
"""

import numpy as np
import pytest
from published import both_answers

from rnn_parity.spec import DynamicRNN, GRUCell, LSTMStateTuple, MultiRNNCell, PhasedLSTMCell
from tf_reference.contrib import phased
from tf_reference.environment import tensorflow
from tf_reference.record import record

pytestmark = pytest.mark.needs_tf

GRAPH_SEED, PERIOD_SEED, PHASE_SEED = 87654321, 56, 66
C = [[0.00072015, 0.00036633], [0.00083481, 0.00047266], [0.00085111, 0.00053054]]
H = [[0.0005159, 0.00026243], [0.00062958, 0.00035646], [0.00064732, 0.00040351]]


def _uniform(seed):
    tf = tensorflow()
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        return session.run(tf.raw_ops.RandomUniform(shape=[2], dtype=tf.float32, seed=GRAPH_SEED, seed2=seed))


def test_published_numbers():
    period = np.exp(_uniform(PERIOD_SEED) * np.log(1000.0))
    drawn = {"period": period, "phase": _uniform(PHASE_SEED) * period, "ratio_on": np.full(2, 0.1)}

    def weight(name, shape):
        return drawn[name] if name in drawn else np.full(shape, 0.0 if name.endswith("bias") else 0.5)

    rows = np.array([[1.0], [2.0], [3.0]])
    state = LSTMStateTuple(np.zeros((3, 2)), np.zeros((3, 2)))
    for output, final in both_answers(PhasedLSTMCell(num_units=2), (rows, np.repeat(rows, 4, axis=1)), state, weight):
        np.testing.assert_allclose(final["c"], C, rtol=2e-5)
        np.testing.assert_allclose(final["h"], H, rtol=2e-5)
        np.testing.assert_array_equal(output, final["h"])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_time_is_taken_in_its_own_dtype(dtype):
    """Late times: float32 no longer tells where in its period a unit is, float64 does."""
    import numpy_impl as ni  # noqa: PLC0415  beside TensorFlow's formula, in this test alone

    tf, rng = tensorflow(), np.random.default_rng(3)
    cell = PhasedLSTMCell(num_units=3)
    weights = {name: rng.uniform(0.4, 0.9, shape).astype(np.float32) for name, shape in cell.variables(2).items()}
    time = (1e4 + rng.uniform(0, 2, (4, 1))).astype(dtype)
    x, c, h = (rng.uniform(-1, 1, (4, width)).astype(np.float32) for width in (2, 3, 3))
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tensors = {name: tf.constant(array) for name, array in weights.items()}
        step = phased.FORMULA.step(cell, (tf.constant(time), tf.constant(x)), (c, h), tensors)
        expected, k = session.run((step.output, step.gates["k"]))
    twin = ni.PhasedLSTMCell(3, weights=ni.PhasedLSTMCell.weights_from(weights))
    output, state = twin((time, x), (c, h))
    assert {array.dtype.name for array in (output, *state)} == {"float32"}
    np.testing.assert_allclose(output, expected, rtol=2e-6)
    late = openness_in_float64(time, weights)
    assert (np.abs(k - late).max() < 1e-5) == (dtype == "float64")


def openness_in_float64(time, weights):
    """Return k by its definition."""
    period, phase, ratio_on = (weights[name].astype(np.float64) for name in ("period", "phase", "ratio_on"))
    place = np.mod(time.astype(np.float64) - phase, period) / period
    up = 2 * place / ratio_on
    return np.where(place < ratio_on / 2, up, np.where(place < ratio_on, 2 - up, 0.001 * place))


def test_nested_inputs_reach_the_first_cell_of_a_stack(make_case):
    stack = MultiRNNCell(cells=(PhasedLSTMCell(num_units=3), GRUCell(num_units=2)))
    spec = make_case(stack, DynamicRNN(sequence_length=(4, 0, 2), time_major=True))
    arrays = record(spec).arrays
    assert arrays["inputs/0"].shape == (4, 3, 1)
    assert arrays["inputs/1"].shape == (4, 3, 2)
