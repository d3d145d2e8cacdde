"""Graphs that would do harm, or nothing: each refused by name, and nothing of them executed."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from legacy_graphs import B, H, facts, lstm, model, written, zeros
from old_graphs import OldGraph, old_lstm

from rnn_parity.errors import RnnParityError
from tf_reference.environment import tensorflow
from tf_reference.legacy import graph_nodes, safety
from tf_reference.legacy.graph_errors import (
    GraphBrokenError,
    GraphCycleError,
    GraphError,
    GraphTooLargeError,
    GraphUnsafeError,
    OracleImpossibleError,
)
from tf_reference.legacy.graph_facts import with_facts
from tf_reference.legacy.graph_operations import COMPUTES
from tf_reference.legacy.oracle import graph_oracle

pytestmark = pytest.mark.needs_tf

SCOPES = ("a", "b")
HARMFUL = (
    "PyFunc", "PyFuncStateless", "EagerPyFunc", "ReadFile", "WriteFile", "Restore", "RestoreV2", "SaveV2", "Print",
    "PrintV2", "QueueDequeueV2", "ReaderReadV2", "HashTableV2", "RemoteCall", "SymbolicGradient", "DecodeRaw",
    "RandomUniform", "TheirOwnOp",
)  # fmt: skip


def two_layers(between):
    """Return a graph of two layers, each two wide; `between(graph, h)` adds nodes and returns what the upper reads."""
    graph = OldGraph()
    state = {scope: (graph.given(f"{scope}/c"), graph.given(f"{scope}/h")) for scope in SCOPES}
    _, h = old_lstm(graph, "a", graph.given("x"), state["a"], units=2)
    old_lstm(graph, "b", between(graph, h), state["b"], units=2)
    return graph.graph_def


def found():
    names = {"kernel": "Linear/Matrix", "bias": "Linear/Bias"}
    return model(
        *(
            replace(lstm(scope, depth=2, units=2, layer=k), parts={own: (f"{scope}/{n}",) for own, n in names.items()})
            for k, scope in enumerate(SCOPES)
        )
    )


def weights():
    rng = np.random.default_rng(0)
    shapes = {"Linear/Matrix": (4, 8), "Linear/Bias": (8,)}
    return {f"{s}/{name}": rng.normal(size=shape).astype("float32") for s in SCOPES for name, shape in shapes.items()}


def times(op, name="theirs/evil", *inputs, **attrs):
    """Return what puts the product with an operation's output between the layers."""
    return lambda graph, h: graph.of("Mul", "between", h, graph.node(op, name, *inputs, **attrs))


def oracle(graph_def):
    return graph_oracle(graph_def, found(), weights())


def answer(one):
    return one.run(np.ones((B, 2, 2)), zeros((2, 2), (2, 2)), "float32")[0]


def test_two_layers_with_nothing_between_them_can_be_run():
    assert np.all(np.isfinite(answer(oracle(two_layers(lambda _, h: h)))))


@pytest.mark.parametrize("op", HARMFUL)
def test_operation_that_may_do_more_than_compute_is_refused_by_its_name(op):
    with pytest.raises(GraphUnsafeError, match=rf"node 'theirs/evil' of the graph: its operation is {op}\b"):
        oracle(two_layers(times(op)))


def test_python_function_of_a_real_graph_is_not_called():
    called = []

    def build(x):
        tf = tensorflow()
        cells = [tf.compat.v1.nn.rnn_cell.LSTMCell(H, name=name) for name in SCOPES]
        zero = [cell.zero_state(B, x.dtype) for cell in cells]
        first, _ = cells[0](x[:, 0], zero[0])
        spied = tf.compat.v1.py_func(lambda: called.append(1) or np.float32(1), [], tf.float32, name="spy")
        spied.set_shape(())
        return cells[1](first * spied, zero[1])

    graph = written(build)
    called.clear()
    cells = (lstm("a", layer=0), lstm("b", depth=H, layer=1))
    with pytest.raises(GraphUnsafeError, match="'spy'"):
        graph_oracle(graph.graph_def, model(*cells, scope=""), graph.weights)
    with_facts(graph.graph_def, (model(*cells),))
    assert called == []


def test_file_written_beside_a_step_is_not_written(tmp_path):
    target = tmp_path / "written"

    def between(graph, h):
        graph.const("name", str(target).encode())
        graph.const("content", b"x")
        graph.node("WriteFile", "evil", "name", "content")
        return graph.of("Identity", "after", h, "^evil")

    assert np.all(np.isfinite(answer(oracle(two_layers(between)))))
    assert not target.exists()


def add_function(graph, name, op, *, calls=None):
    """Add a function without inputs that returns a float from a node of this op."""
    tf = tensorflow()
    function = graph.graph_def.library.function.add()
    function.signature.name = name
    function.signature.output_arg.add(name="out", type=tf.float32.as_datatype_enum)
    node = function.node_def.add(name="inside", op=op)
    if calls:
        node.attr["f"].func.name = calls
    function.ret["out"] = "inside:output:0"


@pytest.mark.parametrize("op", ["PartitionedCall", "StatefulPartitionedCall"])
def test_function_that_hides_an_operation_in_another_function_hides_nothing(op):
    def between(graph, h):
        add_function(graph, "inner", "ReadFile")
        add_function(graph, "outer", "PartitionedCall", calls="inner")
        call = graph.node(op, "call")
        graph.graph_def.node[-1].attr["f"].func.name = "outer"
        return graph.of("Mul", "between", h, call)

    with pytest.raises(GraphUnsafeError, match=r"'call@inside@inside' of the graph: its operation is ReadFile"):
        oracle(two_layers(between))


def test_functions_that_call_themselves_end_in_a_refusal():
    def between(graph, h):
        add_function(graph, "again", "PartitionedCall", calls="again")
        call = graph.node("PartitionedCall", "call")
        graph.graph_def.node[-1].attr["f"].func.name = "again"
        return graph.of("Mul", "between", h, call)

    with pytest.raises(GraphTooLargeError, match="functions within functions"):
        oracle(two_layers(between))


def test_functions_that_unfold_without_measure_end_in_a_refusal(monkeypatch):
    monkeypatch.setattr(graph_nodes, "LARGEST_GRAPH", 1000)

    def between(graph, h):
        add_function(graph, "f0", "Const")
        for k in range(1, 20):
            add_function(graph, f"f{k}", "PartitionedCall", calls=f"f{k - 1}")
            twice = graph.graph_def.library.function[-1].node_def.add(name="twice", op="PartitionedCall")
            twice.attr["f"].func.name = f"f{k - 1}"
        call = graph.node("PartitionedCall", "call")
        graph.graph_def.node[-1].attr["f"].func.name = "f19"
        return graph.of("Mul", "between", h, call)

    with pytest.raises(GraphTooLargeError, match="nodes of the graph: got 1001, should be at most 1000"):
        oracle(two_layers(between))


def test_function_that_is_missing_is_named():
    def between(graph, h):
        call = graph.node("PartitionedCall", "call")
        graph.graph_def.node[-1].attr["f"].func.name = "gone"
        return graph.of("Mul", "between", h, call)

    with pytest.raises(GraphBrokenError, match=r"node 'call' .* calls the function 'gone', which is missing"):
        oracle(two_layers(between))


def test_circle_is_refused():
    def between(graph, h):
        graph.of("Add", "one", "two", h)
        graph.of("Add", "two", "one", h)
        return graph.of("Mul", "between", h, "one")

    with pytest.raises(GraphCycleError, match="a circle through its own inputs"):
        oracle(two_layers(between))


def test_identities_in_a_circle_end():
    def between(graph, h):
        graph.of("Identity", "one", "two")
        graph.of("Identity", "two", "one")
        return graph.of("Mul", "between", h, "one")

    with pytest.raises(GraphError):
        oracle(two_layers(between))


def test_input_that_does_not_exist_is_named():
    with pytest.raises(GraphBrokenError, match="node 'nowhere' of the graph: it is read and does not exist"):
        oracle(two_layers(lambda graph, h: graph.of("Mul", "between", h, "nowhere")))


def test_two_nodes_of_one_name_are_refused():
    def between(graph, h):
        graph.const("twice", 1.0)
        return graph.of("Mul", "between", h, graph.const("twice", 2.0))

    with pytest.raises(GraphBrokenError, match="two nodes have this name"):
        oracle(two_layers(between))


def test_constant_that_unfolds_to_more_than_a_step_holds_is_not_unfolded():
    def between(graph, h):
        graph.const("huge", np.zeros((1,), np.float32))
        graph.graph_def.node[-1].attr["value"].tensor.tensor_shape.dim[0].size = 2**27
        return graph.of("Mul", "between", h, "huge")

    with pytest.raises(GraphTooLargeError, match=r"constants of one step: got 5368\d+, should be at most 268435456"):
        oracle(two_layers(between))


@pytest.mark.parametrize("sizes", [np.asarray([2**20, 2**10], np.int32), None])
def test_fill_of_any_size_is_not_filled(sizes):
    def between(graph, h):
        size = graph.const("size", sizes) if sizes is not None else graph.of("Shape", "size", h)
        return graph.of("Mul", "between", h, graph.of("Fill", "huge", size, graph.const("one", 1.0)))

    with pytest.raises((GraphTooLargeError, GraphUnsafeError), match="'huge'"):
        oracle(two_layers(between))


def test_step_of_too_many_nodes_is_refused(monkeypatch):
    monkeypatch.setattr(safety, "LARGEST_STEP", 30)
    with pytest.raises(GraphTooLargeError, match="nodes of one step"):
        oracle(two_layers(lambda _, h: h))


def test_variable_of_something_else_between_the_layers_is_named():
    with pytest.raises(OracleImpossibleError, match=r"a variable that is no part of the cells, 'highway'"):
        oracle(two_layers(lambda graph, h: graph.of("Mul", "between", h, graph.variable("highway", (2,)))))


def test_placeholder_between_the_layers_is_named():
    with pytest.raises(OracleImpossibleError, match=r"waits for what is fed to 'switch'"):
        oracle(two_layers(lambda graph, h: graph.of("Mul", "between", h, graph.given("switch"))))


def test_node_that_tensorflow_cannot_make_is_a_refusal_and_no_crash():
    graph = two_layers(lambda graph, h: graph.node("Add", "between", h, h))  # no attribute T
    with pytest.raises(OracleImpossibleError, match="TensorFlow refuses its operations"):
        answer(oracle(graph))


def test_devices_and_colocation_of_a_machine_long_gone_do_not_matter():
    graph = two_layers(lambda _, h: h)
    for node in graph.node:
        node.device = "/job:worker/replica:0/task:7/device:GPU:3"
        node.attr["_class"].list.s.append(b"loc:@gone")
    assert np.all(np.isfinite(answer(oracle(graph))))


def test_every_refusal_is_of_the_family_that_the_command_shows():
    assert issubclass(GraphError, RnnParityError)
    assert GraphError("x").exit_status == 2


def test_harmful_operations_are_not_on_the_list():
    parts = (
        "File",
        "Py",
        "Save",
        "Restore",
        "Print",
        "Queue",
        "Reader",
        "Call",
        "Variable",
        "Assign",
        "Random",
        "Load",
    )
    assert not [op for op in COMPUTES if any(part in op for part in parts)]


def test_facts_are_read_of_a_graph_that_may_not_be_executed():
    (said,) = with_facts(two_layers(times("PyFunc")), (found(),))
    assert facts(said.cells[1])["forget_bias"] == 1.0


@pytest.mark.parametrize("seed", range(30))
def test_damage_of_any_kind_is_a_refusal_or_no_fact_and_never_a_crash(seed):
    """Nodes lose inputs, get those of others, another operation or another name."""
    rng = np.random.default_rng(seed)
    graph = two_layers(lambda _, h: h)
    names, ops = [node.name for node in graph.node], sorted({node.op for node in graph.node})
    for node in rng.choice(np.asarray(graph.node, object), 3, replace=False):
        match rng.integers(4):
            case 0 if node.input:
                del node.input[int(rng.integers(len(node.input))) :]
            case 1 if node.input:
                node.input[int(rng.integers(len(node.input)))] = str(rng.choice(names))
            case 2:
                node.op = str(rng.choice(ops))
            case _:
                node.name += "_gone"
    with suppress(GraphError):
        with_facts(graph, (found(),))
        answer(oracle(graph))
