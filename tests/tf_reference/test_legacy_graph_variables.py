"""The variables of a graph, of one that is frozen too, and the numbers of its constants."""

import numpy as np
import pytest
from legacy_graphs import D, H, lstm, written
from old_graphs import OldGraph

from tf_reference.environment import tensorflow
from tf_reference.legacy.found import SavedVariable
from tf_reference.legacy.graph_errors import ConstantUnreadableError, GraphTooLargeError
from tf_reference.legacy.graph_variables import read_constant, variables_of_graph

pytestmark = pytest.mark.needs_tf

KERNEL = "rnn/lstm_cell/kernel"


def build(x):
    v1 = tensorflow().compat.v1
    return v1.nn.dynamic_rnn(v1.nn.rnn_cell.LSTMCell(H), x, dtype=x.dtype)


@pytest.mark.parametrize("functional", [False, True])
def test_variables_have_their_names_shapes_and_dtypes(functional):
    found = variables_of_graph(written(build, functional=functional).graph_def)
    assert list(found.values()) == [
        SavedVariable(name=KERNEL, shape=(D + H, 4 * H), dtype="float32"),
        SavedVariable(name="rnn/lstm_cell/bias", shape=(4 * H,), dtype="float32"),
    ]


def test_resource_variables_are_variables():
    def resources(x):
        v1 = tensorflow().compat.v1
        with v1.variable_scope("", use_resource=True):
            return build(x)

    graph = written(resources).graph_def
    assert any(node.op == "VarHandleOp" for node in graph.node)
    assert variables_of_graph(graph)[KERNEL].shape == (D + H, 4 * H)


def test_variables_of_0x_are_variables():
    graph = OldGraph()
    graph.variable("RNN/W", (2, 3))
    (found,) = variables_of_graph(graph.graph_def).values()
    assert (found.name, found.shape) == ("RNN/W", (2, 3))


def test_frozen_graph_has_the_same_variables_and_their_numbers():
    graph = written(build)
    assert {name for part in lstm().parts.values() for name in part} <= set(variables_of_graph(graph.frozen))
    for name in (KERNEL, f"{KERNEL}:0"):
        np.testing.assert_array_equal(read_constant(graph.frozen, name), graph.weights[KERNEL])


def test_node_that_is_no_constant_is_named_with_its_operation():
    graph = written(build).graph_def
    with pytest.raises(ConstantUnreadableError, match=rf"'{KERNEL}' of the graph: its operation is Var"):
        read_constant(graph, KERNEL)
    with pytest.raises(ConstantUnreadableError, match="'gone' of the graph: it does not exist"):
        read_constant(graph, "gone")


def test_constant_that_claims_more_than_a_graph_holds_is_not_made():
    graph = OldGraph()
    graph.const("huge", np.zeros((1,), np.float32))
    graph.graph_def.node[-1].attr["value"].tensor.tensor_shape.dim[0].size = 2**40
    with pytest.raises(GraphTooLargeError, match=r"'huge': got 4398046511104"):
        read_constant(graph.graph_def, "huge")


def test_constant_of_damaged_bytes_is_refused():
    graph = OldGraph()
    graph.const("cut", np.ones((4, 4), np.float32))
    tensor = graph.graph_def.node[-1].attr["value"].tensor
    tensor.tensor_content = tensor.tensor_content[:7]
    with pytest.raises(ConstantUnreadableError, match=r"its numbers are damaged"):
        read_constant(graph.graph_def, "cut")
