"""What a graph's operations say of its cells: options read exactly, and nothing where they are not known."""

from dataclasses import replace

import numpy as np
import pytest
from legacy_graphs import B, D, H, T, basic, facts, gru, lstm, model, written
from old_graphs import OldGraph, old_gru, old_lstm

from tf_reference.environment import tensorflow
from tf_reference.legacy.found import Fact, Question
from tf_reference.legacy.graph_facts import contradictions, with_facts

pytestmark = pytest.mark.needs_tf

DIAGONALS = ("w_f_diag", "w_i_diag", "w_o_diag")
OLD = {"kernel": "Linear/Matrix", "bias": "Linear/Bias"}


def dynamic(cell, **options):
    """Return a function from inputs to what dynamic_rnn answers with TensorFlow's own cell of this name."""
    v1 = tensorflow().compat.v1
    name, given = cell
    return lambda x: v1.nn.dynamic_rnn(getattr(v1.nn.rnn_cell, name)(H, **given), x, dtype=x.dtype, **options)


def told(build, found, **options):
    """Return option -> value of the first cell's facts."""
    (with_them,) = with_facts(written(build, **options).graph_def, (model(found),))
    return facts(with_them.cells[0])


def old_told(graph, found):
    (with_them,) = with_facts(graph.graph_def, (model(found),))
    return facts(with_them.cells[0])


def old_cell(scope="RNN/BasicLSTMCell", **where):
    found = lstm(scope, classes=("BasicLSTMCell",), **where)
    return replace(found, parts={own: (f"{scope}/{name}",) for own, name in OLD.items()})


@pytest.mark.parametrize("functional", [False, True])
def test_plain_lstm_says_gate_order_bias_activation_and_that_nothing_is_clipped(functional):
    assert told(dynamic(("LSTMCell", {})), lstm(), functional=functional) == {
        "gate_order": "i,j,f,o", "forget_bias": 1.0, "activation": "tanh", "cell_clip": None, "use_peepholes": False,
        "state": "(c, h)", "class": "LSTMCell",
    }  # fmt: skip


@pytest.mark.parametrize("is_tuple", [True, False])
@pytest.mark.parametrize("functional", [False, True])
def test_state_of_one_array_is_seen_where_c_and_h_are_cut_out_of_it(is_tuple, functional):
    found = told(dynamic(("LSTMCell", {"state_is_tuple": is_tuple})), lstm(), functional=functional)
    assert found["state"] == ("(c, h)" if is_tuple else "[c h]")


@pytest.mark.parametrize("bias", [0.0, 0.3, 2.0, -1.5])
def test_forget_bias_is_the_constant_that_is_added(bias):
    assert told(dynamic(("LSTMCell", {"forget_bias": bias})), lstm())["forget_bias"] == bias


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "linear", "softsign", "elu"])
def test_activation_is_the_operation_on_candidate_and_state(activation):
    assert told(dynamic(("LSTMCell", {"activation": activation})), lstm())["activation"] == activation


def test_clips_peepholes_and_projection_are_all_read():
    options = {"use_peepholes": True, "cell_clip": 0.5, "num_proj": 2, "proj_clip": 0.25}
    found = told(dynamic(("LSTMCell", options)), lstm("rnn/lstm_cell", *DIAGONALS, "projection/kernel", proj=2))
    assert (found["use_peepholes"], found["cell_clip"], found["proj_clip"]) == (True, 0.5, 0.25)


def test_projection_without_a_clip_says_none():
    found = told(dynamic(("LSTMCell", {"num_proj": 2})), lstm("rnn/lstm_cell", "projection/kernel", proj=2))
    assert found["proj_clip"] is None


def test_gru_says_its_order_and_that_it_resets_before_the_product():
    assert told(dynamic(("GRUCell", {"activation": "relu"})), gru()) == {
        "gate_order": "r,u", "activation": "relu", "reset_after": False, "class": "GRUCell"
    }  # fmt: skip


def test_basic_rnn_says_its_activation():
    assert told(dynamic(("BasicRNNCell", {"activation": "relu"})), basic()) == {"activation": "relu"}


def test_trained_graph_says_the_same_though_gradients_multiply_with_the_same_weights():
    def build(x):
        tf = tensorflow()
        outputs, state = dynamic(("LSTMCell", {"forget_bias": 0.5, "cell_clip": 3.0}))(x)
        loss = tf.reduce_sum(tf.square(outputs))
        return outputs, state, tf.gradients(loss, tf.compat.v1.trainable_variables())

    found = told(build, lstm())
    assert (found["forget_bias"], found["cell_clip"], found["gate_order"]) == (0.5, 3.0, "i,j,f,o")


def test_evidence_names_operations_that_the_graph_has():
    graph = written(dynamic(("LSTMCell", {"forget_bias": 0.5}))).graph_def
    (found,) = with_facts(graph, (model(lstm()),))
    (bias,) = (fact for fact in found.cells[0].facts if fact.option == "forget_bias")
    assert bias.evidence in {node.name for node in graph.node}
    assert bias.read_from == "graph"


def test_reading_leaves_the_graph_as_it_was():
    graph = OldGraph()
    state = (graph.given("c"), graph.given("h"))
    old_lstm(graph, "RNN/BasicLSTMCell", graph.given("x"), state, units=H)
    for node in graph.graph_def.node:
        for name in ("transpose_a", "transpose_b"):
            node.attr.pop(name, None)  # left out, as defaults often are
    before = graph.graph_def.SerializeToString(deterministic=True)
    assert old_told(graph, old_cell())["forget_bias"] == 1.0
    assert graph.graph_def.SerializeToString(deterministic=True) == before


def test_answered_questions_go_and_others_stay():
    asked = tuple(Question(option=o, default=None, others=(), hangs_on_it="") for o in ("forget_bias", "proj_clip"))
    (found,) = with_facts(written(dynamic(("LSTMCell", {}))).graph_def, (model(replace(lstm(), questions=asked)),))
    assert [question.option for question in found.cells[0].questions] == ["proj_clip"]


def test_cell_that_computes_otherwise_says_nothing():
    def build(x):
        tf = tensorflow()
        kernel = tf.compat.v1.get_variable("rnn/lstm_cell/kernel", (D + H, 4 * H))
        bias = tf.compat.v1.get_variable("rnn/lstm_cell/bias", (4 * H,))
        c = h = tf.zeros((B, H))
        i, j, f, o = tf.split(tf.matmul(tf.concat([x[:, 0], h], 1), kernel) + bias, 4, axis=1)
        c = tf.sigmoid(f) * c + tf.sin(i) * tf.tanh(j)  # sin is nobody's gate
        return tf.sigmoid(o) * tf.tanh(c), c

    asked = (Question(option="forget_bias", default=1.0, others=(), hangs_on_it=""),)
    (found,) = with_facts(written(build).graph_def, (model(replace(lstm(), questions=asked)),))
    assert facts(found.cells[0]) == {}
    assert found.cells[0].questions == asked


def test_bias_added_to_another_gate_is_no_forget_bias():
    def build(x):
        tf = tensorflow()
        kernel = tf.compat.v1.get_variable("rnn/lstm_cell/kernel", (D + H, 4 * H))
        bias = tf.compat.v1.get_variable("rnn/lstm_cell/bias", (4 * H,))
        c = h = tf.zeros((B, H))
        i, j, f, o = tf.split(tf.matmul(tf.concat([x[:, 0], h], 1), kernel) + bias, 4, axis=1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i + 1.0) * tf.tanh(j)
        return tf.sigmoid(o) * tf.tanh(c), c

    assert told(build, lstm()) == {}


@pytest.mark.parametrize(
    ("order", "said"), [((0, 1, 2, 3), "i,j,f,o"), ((0, 2, 1, 3), "i,f,j,o"), ((3, 0, 1, 2), "j,f,o,i")]
)
def test_gate_order_is_where_each_block_goes_and_not_where_it_should(order, said):
    graph = OldGraph()
    old_lstm(graph, "RNN/BasicLSTMCell", graph.given("x"), (graph.given("c"), graph.given("h")), units=H, order=order)
    assert old_told(graph, old_cell())["gate_order"] == said


@pytest.mark.parametrize(("added", "said"), [(1.0, 1.0), (0.0, 0.0), (None, 0.0)])
def test_graph_of_0x_says_its_forget_bias_also_where_none_is_added(added, said):
    graph = OldGraph()
    state = (graph.given("c"), graph.given("h"))
    old_lstm(graph, "RNN/BasicLSTMCell", graph.given("x"), state, units=H, forget_bias=added)
    assert old_told(graph, old_cell())["forget_bias"] == said


def test_gru_of_0x_is_read_with_its_split_before_the_sigmoids():
    graph = OldGraph()
    old_gru(graph, "RNN/GRUCell", graph.given("x"), graph.given("h"), units=H)
    names = {"gates": "Gates/Linear", "candidate": "Candidate/Linear"}
    last = {"kernel": "Matrix", "bias": "Bias"}
    parts = {f"{a}/{b}": (f"RNN/GRUCell/{names[a]}/{last[b]}",) for a in names for b in last}
    found = old_told(graph, replace(gru("RNN/GRUCell"), parts=parts))
    assert found == {"gate_order": "r,u", "activation": "tanh", "reset_after": False, "class": "GRUCell"}


def test_shards_are_one_kernel_where_the_graph_joins_them_in_order():
    graph = OldGraph()
    state = (graph.given("c"), graph.given("h"))
    old_lstm(graph, "RNN/LSTMCell", graph.given("x"), state, units=4, shards=2, forget_bias=0.25)
    names = tuple(f"RNN/LSTMCell/W_{k}" for k in range(2))
    found = replace(lstm(units=4), parts={"kernel": names, "bias": ("RNN/LSTMCell/B",)}, shard_axis=1)
    (told_of,) = with_facts(graph.graph_def, (model(found),))
    assert facts(told_of.cells[0])["forget_bias"] == 0.25
    assert told_of.cells[0].shard_axis == 0
    turned = replace(found, parts={"kernel": names[::-1], "bias": ("RNN/LSTMCell/B",)})
    assert old_told(graph, turned) == {}


@pytest.mark.parametrize(("given", "said"), [({}, 3.0), ({"cell_clip": -1.0}, None), ({"cell_clip": 0.5}, 0.5)])
@pytest.mark.parametrize("op", ["LSTMBlockCell", "LSTMFusedCell"])
def test_kernel_that_leaves_its_clip_out_clips_at_three(op, given, said):
    graph = OldGraph()
    w, b = graph.variable("rnn/lstm_cell/kernel", (D + H, 4 * H)), graph.variable("rnn/lstm_cell/bias", (4 * H,))
    x, c, h, zero = (graph.given(name) for name in ("x", "c", "h", "zero"))
    graph.of(op, "rnn/cell", x, c, h, w, zero, zero, zero, b, forget_bias=0.5, **given)
    found = old_told(graph, lstm())
    assert (found["cell_clip"], found["forget_bias"], found["class"]) == (said, 0.5, "LSTMBlockCell")


@pytest.mark.parametrize(
    ("op", "said"),
    [
        ("BlockLSTM", (1.0, 3.0, "i,j,f,o", "LSTMBlockFusedCell")),
        ("BlockLSTMV2", (0.0, None, "i,f,j,o", "BlockLSTMV2")),
    ],
)
def test_kernels_of_whole_runs_have_the_defaults_of_their_operation(op, said):
    graph = OldGraph()
    w, b = graph.variable("rnn/lstm_cell/kernel", (D + H, 4 * H)), graph.variable("rnn/lstm_cell/bias", (4 * H,))
    steps, x, c, h, zero = (graph.given(name) for name in ("steps", "x", "c", "h", "zero"))
    graph.of(op, "rnn/run", steps, x, c, h, w, zero, zero, zero, b)
    found = old_told(graph, lstm(classes=("LSTMCell", "LSTMBlockCell", "LSTMBlockFusedCell")))
    assert (found["forget_bias"], found["cell_clip"], found["gate_order"], found["class"]) == said


def test_layer_norms_are_read_with_their_epsilon():
    def build(x):
        tf = tensorflow()
        v = tf.compat.v1.get_variable
        kernel = v("rnn/cell/kernel", (D + H, 4 * H))

        def norm(values, scope):
            mean, variance = tf.nn.moments(values, [1], keepdims=True)
            beta, gamma = (v(f"rnn/cell/{scope}/{name}", (H,)) for name in ("beta", "gamma"))
            return tf.nn.batch_normalization(values, mean, variance, beta, gamma, 1e-12)

        c, h = tf.zeros((B, H)), tf.zeros((B, H)) + x[0, 0, 0]
        i, j, f, o = tf.split(tf.matmul(tf.concat([x[:, 0], h], 1), kernel), 4, axis=1)
        i, j, f, o = norm(i, "input"), norm(j, "transform"), norm(f, "forget"), norm(o, "output")
        c = norm(c * tf.sigmoid(f + 0.5) + tf.sigmoid(i) * tf.tanh(j), "state")
        return tf.tanh(c) * tf.sigmoid(o), c

    scopes = ("input", "transform", "forget", "output", "state")
    norms = [f"{scope}/{name}" for scope in scopes for name in ("gamma", "beta")]
    found = lstm("rnn/cell", *norms, classes=("LayerNormBasicLSTMCell",))
    found = replace(found, parts={own: names for own, names in found.parts.items() if own != "bias"})
    said = told(build, found)
    assert (said["layer_norm"], said["layer_norm_epsilon"], said["forget_bias"]) == (True, 1e-12, 0.5)


def test_what_graph_and_names_say_differently_stands_in_a_sentence():
    named = Fact(option="forget_bias", value=0.0, read_from="names", evidence="the class adds none")
    (found,) = with_facts(written(dynamic(("LSTMCell", {}))).graph_def, (model(replace(lstm(), facts=(named,))),))
    (said,) = contradictions((found,))
    assert "forget_bias is 1.0 by the graph" in said
    assert "0.0 by the names (the class adds none)" in said


def test_cell_named_without_a_clip_that_clips_is_a_contradiction():
    build = dynamic(("LSTMCell", {"cell_clip": 0.5, "name": "basic_lstm_cell"}))
    found = lstm("rnn/basic_lstm_cell", classes=("BasicLSTMCell",))
    (said,) = contradictions(with_facts(written(build).graph_def, (model(found),)))
    assert "cell_clip is 0.5 by the graph" in said
    assert "BasicLSTMCell has no such option" in said


def test_gate_order_of_no_cell_is_a_contradiction():
    graph = OldGraph()
    state = (graph.given("c"), graph.given("h"))
    old_lstm(graph, "RNN/BasicLSTMCell", graph.given("x"), state, units=H, order=(0, 2, 1, 3))
    (said,) = contradictions(with_facts(graph.graph_def, (model(old_cell()),)))
    assert "gate_order is i,f,j,o by the graph (RNN/BasicLSTMCell/split)" in said


def test_usual_cells_contradict_nothing():
    for name, found in (("LSTMCell", lstm()), ("GRUCell", gru()), ("BasicRNNCell", basic())):
        assert contradictions(with_facts(written(dynamic((name, {}))).graph_def, (model(found),))) == ()


def test_two_uses_that_differ_are_asked_about_instead_of_one_being_taken():
    def build(x):
        v1 = tensorflow().compat.v1
        answers = []
        for bias in (0.0, 1.0):
            with v1.variable_scope("", reuse=bool(answers)):
                cell = v1.nn.rnn_cell.LSTMCell(H, forget_bias=bias)
                answers.append(v1.nn.dynamic_rnn(cell, x, dtype=x.dtype)[0])
        return answers

    (found,) = with_facts(written(build).graph_def, (model(lstm()),))
    assert "forget_bias" not in facts(found.cells[0])
    (question,) = found.cells[0].questions
    assert {question.default, *question.others} == {0.0, 1.0}
    assert "more than once" in question.hangs_on_it


def test_float64_graph_says_its_numbers_as_they_are():
    shape = (B, T, D)
    found = told(dynamic(("LSTMCell", {"forget_bias": 0.3})), lstm(), dtype="float64", shape=shape)
    assert found["forget_bias"] == 0.3 != np.float32(0.3).item()
