"""GLSTMCell against LSTMCells, as TensorFlow's own test holds them together; here with weights that all differ.

Source: tensorflow/contrib/rnn/python/kernel_tests/rnn_cell_test.py (v1.15.0), testGLSTMCell.
"""

import numpy as np
import pytest
from published import both_answers

from rnn_parity.spec import GLSTMCell, LSTMCell, LSTMStateTuple

pytestmark = pytest.mark.needs_tf

BATCH, UNITS = 2, 4


def _drawn(name, shape):
    return np.random.default_rng(len(name) + sum(name.encode())).uniform(-1, 1, shape)


def _group(weights, k, groups):
    """Return the weights of an LSTMCell that computes the k-th group."""
    units = UNITS // groups

    def weight(name, shape):
        if name == "kernel":
            return weights(f"group{k}/kernel", shape)
        parts = [weights(f"bias_{gate}", (UNITS,))[k * units : (k + 1) * units] for gate in "ijfo"]
        return np.concatenate(parts)

    return weight


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("wider", [0, 1])
def test_each_group_is_an_lstm_of_its_part(groups, wider):
    depth, part = UNITS + groups * wider, UNITS // groups
    x, c, h = (_drawn(name, (BATCH, width)) for name, width in (("x", depth), ("c", UNITS), ("h", UNITS)))
    whole = both_answers(GLSTMCell(num_units=UNITS, number_of_groups=groups), x, LSTMStateTuple(c, h), _drawn)
    for k in range(groups):
        mine = slice(k * part, (k + 1) * part)
        own_x = x[:, k * depth // groups : (k + 1) * depth // groups]
        state = LSTMStateTuple(c[:, mine], h[:, mine])
        (output, final), _ = both_answers(LSTMCell(num_units=part), own_x, state, _group(_drawn, k, groups))
        for answered, answered_state in whole:
            np.testing.assert_allclose(answered[:, mine], output, rtol=1e-5, atol=1e-7)
            np.testing.assert_allclose(answered_state["c"][:, mine], final["c"], rtol=1e-5, atol=1e-7)
