"""The numbers that TensorFlow's own tests publish for gated cells of tf.contrib.rnn, from the formula and the twin.

Sources (v1.15.0): tensorflow/contrib/rnn/python/kernel_tests/rnn_cell_test.py, class RNNCellTest, and
core_rnn_cell_test.py, class RNNCellTest, for SRUCell. There every kernel is 0.5 everywhere, every bias 0, every state
0.1. Their tolerance is 1e-6, relative and absolute.
"""

from contextlib import closing

import numpy as np
import pytest

import numpy_impl
from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.spec import CaseSpec, IntersectionRNNCell, NASCell, Sizes, SRUCell, Step, UGRNNCell
from rnn_parity.structure import flatten, join, state_shapes, unflatten
from rnn_parity.weights import variables
from tf_reference.contrib import intersection
from tf_reference.graphs import build_graph
from tf_reference.sessions import Session

ROWS = ((1.0,) * 4, (2.0,) * 4, (3.0,) * 4)  # the inputs of rnn_cell_test.py
ONE_OF_TWO, ONE_OF_THREE = ((1.0, 1.0),), ((1.0, 1.0, 1.0),)  # those of core_rnn_cell_test.py

# cell, inputs, and of each row: every output, every entry of each state
PUBLISHED = {
    "testUGRNNCell": (
        UGRNNCell(num_units=2),
        ROWS,
        (0.13752282, 0.10545051, 0.10074195),
        {"": (0.13752282, 0.10545051, 0.10074195)},
    ),
    "testIntersectionRNNCell": (
        IntersectionRNNCell(num_units=2, num_in_proj=2),
        ROWS,
        (2.00431061, 4.00060606, 6.00008249),
        {"": (0.13752282, 0.10545051, 0.10074195)},
    ),
    "testNASCell": (
        NASCell(num_units=6),
        ROWS,
        (0.576751, 0.618936, 0.627393),
        {"c": (0.71579772, 0.78041625, 0.79457647), "h": (0.57675087, 0.6189357, 0.62739348)},
    ),
    "testNASCellProj": (
        NASCell(num_units=6, num_proj=5),
        ROWS,
        (1.697418, 1.840037, 1.873985),
        {"c": (0.69855207, 0.77073824, 0.78973997), "h": (1.69741797, 1.84003687, 1.87398517)},
    ),
    "testSRUCell": (SRUCell(num_units=2), ONE_OF_TWO, (0.509682,), {}),
}


def as_published(cell, rows):
    """Return the case of a published test, and its arrays."""
    sizes = Sizes(batch_size=len(rows), max_time=1, depth=len(rows[0]))
    spec = CaseSpec(id="published/case", why="a test", cell=cell, run=Step(initial_state=True), sizes=sizes, seed=0)
    arrays = {"inputs": np.asarray(rows, np.float32)}
    for path, shape in state_shapes(spec).items():
        arrays[join("initial_state", path)] = np.full(shape, 0.1, np.float32)
    for name, shape in variables(spec).items():
        arrays[f"weights/{name}"] = np.full(shape, 0.0 if name.endswith("bias") else 0.5, np.float32)
    return spec, arrays


def require_published(outputs, states, published):
    """Fail unless every entry of a row is the published one."""
    rows, parts = published
    np.testing.assert_allclose(outputs, np.tile(np.reshape(rows, (-1, 1)), outputs.shape[1]), rtol=1e-6, atol=1e-6)
    for path, expected in parts.items():
        tiled = np.tile(np.reshape(expected, (-1, 1)), states[path].shape[1])
        np.testing.assert_allclose(states[path], tiled, rtol=1e-6, atol=1e-6, err_msg=path)


@pytest.mark.needs_tf
@pytest.mark.parametrize(("cell", "rows", "outputs", "states"), PUBLISHED.values(), ids=PUBLISHED)
def test_formula_in_tensorflows_ops_answers_what_is_published(cell, rows, outputs, states):
    spec, arrays = as_published(cell, rows)
    with closing(Session(build_graph(spec, "float32", with_twin=False))) as session:
        answered = session.results(arrays)
    found = {name.removeprefix("final_state").lstrip("/"): array for name, array in answered.items()}
    require_published(answered["outputs"], found, (outputs, states))


@pytest.mark.parametrize(("cell", "rows", "outputs", "states"), PUBLISHED.values(), ids=PUBLISHED)
def test_twin_answers_what_is_published(cell, rows, outputs, states):
    _, arrays = as_published(cell, rows)
    weights = {name.removeprefix("weights/"): array for name, array in arrays.items() if name.startswith("weights/")}
    twin = getattr(numpy_impl, type(cell).__name__)(**cell.arguments()).with_variables(weights)
    start = {name.removeprefix("initial_state").lstrip("/"): a for name, a in arrays.items() if "initial" in name}
    output, state = twin(arrays["inputs"], unflatten(cell.state_size, start))
    require_published(output, flatten(state), (outputs, states))


def test_intersection_refuses_other_widths_without_a_projection():
    """testIntersectionRNNCellFailure: inputs (3, 4), 2 units, no num_in_proj."""
    words = "Must have input size == output size for Intersection RNN.*num_in_proj should be set to num_units"
    cell = IntersectionRNNCell(num_units=2)
    with pytest.raises(ValueError, match=words):
        intersection.FORMULA.variables(cell, 4)
    with pytest.raises(ValueError, match=words):
        numpy_impl.IntersectionRNNCell(2).variable_shapes(4)
    with pytest.raises(UnsupportedOptionError, match="num_in_proj"):
        as_published(cell, ROWS)
