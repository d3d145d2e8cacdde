"""Numbers of TensorFlow v1.15.0's own tests of its contrib wrappers, asked of the reference and of the NumPy twin.

Sources: tensorflow/contrib/rnn/python/kernel_tests/core_rnn_cell_test.py and rnn_cell_test.py. As there, variables are
0.5 where the cell brings no initializer of its own; biases of projections are 0.
"""

import numpy as np
import pytest

import numpy_impl as ni
from rnn_parity.spec import (
    AttentionCellWrapper,
    BasicLSTMCell,
    EmbeddingWrapper,
    GRUCell,
    HighwayWrapper,
    InputProjectionWrapper,
    OutputProjectionWrapper,
)
from tf_reference.cells import build_cell
from tf_reference.environment import tensorflow

pytestmark = pytest.mark.needs_tf


def reference(cell, inputs, state, **assigned):
    """Return TensorFlow's flat answers and variables; variables whose name ends so are given other values."""
    tf = tensorflow()
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        with v1.variable_scope("root", initializer=v1.constant_initializer(0.5)):
            made = build_cell(cell, "float32")
            answers = made(tf.constant(inputs), tf.nest.map_structure(tf.constant, state))
        session.run(v1.global_variables_initializer())
        variables = {variable.name: variable for variable in v1.global_variables()}
        for name, variable in variables.items():
            if name.removesuffix(":0").rpartition("/")[2] in assigned:
                variable.load(np.full(variable.shape, assigned[name[:-2].rpartition("/")[2]], np.float32), session)
        return session.run([tf.nest.flatten(answers), variables])


def filled(shape, value, dtype=np.float32):
    return np.full(shape, value, dtype)


@pytest.mark.parametrize(
    ("test", "spec", "twin", "inputs", "state", "published"),
    [
        (
            "core_rnn_cell_test.testOutputProjectionWrapper",
            OutputProjectionWrapper(cell=GRUCell(num_units=3), output_size=2),
            ni.OutputProjectionWrapper(ni.GRUCell(3), 2),
            filled((1, 3), 1),
            filled((1, 3), 0.1),
            [0.231907, 0.231907],
        ),
        (
            "core_rnn_cell_test.testInputProjectionWrapper",
            InputProjectionWrapper(cell=GRUCell(num_units=3), num_proj=3),
            ni.InputProjectionWrapper(ni.GRUCell(3), 3),
            filled((1, 2), 1),
            filled((1, 3), 0.1),
            [0.154605, 0.154605, 0.154605],
        ),
        (
            "core_rnn_cell_test.testEmbeddingWrapper",
            EmbeddingWrapper(cell=GRUCell(num_units=2), embedding_classes=3, embedding_size=2),
            ni.EmbeddingWrapper(ni.GRUCell(2), 3, 2),
            filled((1, 1), 1, np.int32),
            filled((1, 2), 0.1),
            [0.17139, 0.17139],
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_reference_and_twin_answer_the_published_numbers(  # noqa: PLR0917  pytest's parameters
    test, spec, twin, inputs, state, published
):
    (output, _), variables = reference(spec, inputs, state)
    np.testing.assert_allclose(output, [published], rtol=1e-6, atol=1e-6, err_msg=test)
    answered, _ = twin.with_variables(variables, "root")(inputs, state)
    np.testing.assert_allclose(answered, [published], rtol=1e-6, atol=1e-6, err_msg=test)


def test_highway_that_carries_nothing_is_its_cell():
    """rnn_cell_test.testHighwayWrapper: carry_bias_init=-100."""
    inputs, state = filled((1, 3), 1), filled((1, 3), 0.1)
    (bare, bare_state), _ = reference(GRUCell(num_units=3), inputs, state)
    answers, variables = reference(HighwayWrapper(cell=GRUCell(num_units=3)), inputs, state, carry_b=-100)
    twin = ni.HighwayWrapper(ni.GRUCell(3)).with_variables(variables, "root")
    for output, new_state in (answers, twin(inputs, state)):
        np.testing.assert_allclose(output, bare, rtol=1e-6)
        np.testing.assert_allclose(new_state, bare_state, rtol=1e-6)


def test_highway_that_carries_all_is_its_input():
    inputs, state = filled((1, 3), 1), filled((1, 3), 0.1)
    (output, _), _ = reference(HighwayWrapper(cell=GRUCell(num_units=3)), inputs, state, carry_b=100)
    np.testing.assert_allclose(output, inputs, rtol=1e-6)


@pytest.mark.parametrize("state_is_tuple", [False, True])
def test_attention_to_nothing_is_nothing(state_is_tuple):
    """rnn_cell_test.testAttentionCellWrapperZeros: from zeros, over zeros, everything stays 0."""
    lstm = BasicLSTMCell(num_units=8, state_is_tuple=state_is_tuple)
    spec = AttentionCellWrapper(cell=lstm, attn_length=16, state_is_tuple=state_is_tuple)
    twin = ni.AttentionCellWrapper(
        ni.BasicLSTMCell(8, state_is_tuple=state_is_tuple), 16, state_is_tuple=state_is_tuple
    )
    state = twin.zero_state(3, np.float32)
    answers, variables = reference(spec, filled((3, 4), 0), state)
    output, new_state = twin.with_variables(variables, "root")(filled((3, 4), 0), state)
    shapes = [(3, 8), (3, 8), (3, 8), (3, 8), (3, 128)] if state_is_tuple else [(3, 8), (3, 152)]
    for arrays in (answers, [output, *ni.state.leaves(new_state)]):
        assert [array.shape for array in arrays] == shapes
        assert sum(np.abs(array).sum() for array in arrays) < 1e-6


@pytest.mark.parametrize("state_is_tuple", [False, True])
def test_attention_to_other_inputs_answers_otherwise(state_is_tuple):
    """rnn_cell_test.testAttentionCellWrapperValues: rows of 1, 2 and 3 differ in output and state."""
    lstm = BasicLSTMCell(num_units=8, state_is_tuple=state_is_tuple)
    spec = AttentionCellWrapper(cell=lstm, attn_length=16, state_is_tuple=state_is_tuple)
    twin = ni.AttentionCellWrapper(
        ni.BasicLSTMCell(8, state_is_tuple=state_is_tuple), 16, state_is_tuple=state_is_tuple
    )
    inputs = np.repeat(np.float32([[1], [2], [3]]), 4, axis=1)
    state = ni.state.map_state(lambda zeros: zeros + np.float32(0.1), twin.zero_state(3, np.float32))
    answers, variables = reference(spec, inputs, state)
    output, new_state = twin.with_variables(variables, "root")(inputs, state)
    for arrays in (answers, [output, *ni.state.leaves(new_state)]):
        columns = np.concatenate(arrays, axis=1)
        assert all(np.linalg.norm(columns[0] - columns[row]) > 1e-6 for row in (1, 2))
    np.testing.assert_allclose(
        np.concatenate(answers, axis=1), np.concatenate([output, *ni.state.leaves(new_state)], axis=1), rtol=1e-5
    )
