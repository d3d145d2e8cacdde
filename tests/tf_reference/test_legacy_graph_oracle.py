"""A graph's own operations, executed step after step: what TensorFlow answered when the graph ran as a whole."""

from dataclasses import replace

import numpy as np
import pytest
from legacy_graphs import B, D, H, T, basic, facts, gru, lstm, model, weights_of_frozen, written, zeros
from old_graphs import OldGraph, old_gru, old_lstm

from tf_reference.environment import tensorflow
from tf_reference.legacy.graph_errors import OracleImpossibleError
from tf_reference.legacy.graph_facts import contradictions, with_facts
from tf_reference.legacy.oracle import graph_oracle

pytestmark = pytest.mark.needs_tf

ROUNDING = 3e-6  # a few of float32's, over T steps
DIAGONALS = ("w_f_diag", "w_i_diag", "w_o_diag")
LSTM = (H, H)


def cells():
    return tensorflow().compat.v1.nn.rnn_cell


def dynamic(make, **options):
    return lambda x: tensorflow().compat.v1.nn.dynamic_rnn(make(), x, dtype=x.dtype, **options)


def static(make, **options):
    def build(x):
        tf = tensorflow()
        outputs, state = tf.compat.v1.nn.static_rnn(make(), tf.unstack(x, axis=1), dtype=x.dtype, **options)
        return tf.stack(outputs, 1), state

    return build


def stack(*depths, units=H):
    scope = "rnn/multi_rnn_cell/cell_{}/lstm_cell"
    return model(*(lstm(scope.format(k), depth=d, units=units, layer=k) for k, d in enumerate(depths)))


def two(**options):
    return lambda: cells().MultiRNNCell([cells().LSTMCell(H, **options) for _ in range(2)])


CASES = {
    "lstm": (lambda: cells().LSTMCell(H, forget_bias=0.3, cell_clip=0.5), model(lstm()), [LSTM]),
    "relu": (lambda: cells().LSTMCell(H, activation="relu"), model(lstm()), [LSTM]),
    "all options": (
        lambda: cells().LSTMCell(H, use_peepholes=True, cell_clip=0.4, num_proj=2, proj_clip=0.2),
        model(lstm("rnn/lstm_cell", *DIAGONALS, "projection/kernel", proj=2)),
        [(H, 2)],
    ),
    "one array": (lambda: cells().LSTMCell(H, state_is_tuple=False), model(lstm()), [LSTM]),
    "gru": (lambda: cells().GRUCell(H), model(gru()), [H]),
    "basic": (lambda: cells().BasicRNNCell(H), model(basic()), [H]),
    "stack": (two(), stack(D, H), [LSTM, LSTM]),
    "one object": (lambda: cells().MultiRNNCell([cells().LSTMCell(D)] * 3), stack(D, units=D), [(D, D)] * 3),
    "residual": (
        lambda: cells().MultiRNNCell([cells().ResidualWrapper(cells().LSTMCell(D)) for _ in range(2)]),
        stack(D, D, units=D),
        [(D, D)] * 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("run", [dynamic, static])
@pytest.mark.parametrize("name", CASES)
def test_steps_of_the_graph_answer_what_the_whole_graph_answered(name, run):
    make, found, widths = CASES[name]
    graph = written(run(make))
    oracle = graph_oracle(graph.graph_def, found, graph.weights)
    outputs, final = oracle.run(graph.inputs, zeros(*widths), "float32")
    np.testing.assert_allclose(outputs, graph.answers[0], rtol=0, atol=ROUNDING)
    got = np.concatenate([np.asarray(part) for part in tensorflow().nest.flatten(final)], axis=1)
    should_be = [np.asarray(part) for part in tensorflow().nest.flatten(graph.answers[1])]
    np.testing.assert_allclose(got, np.concatenate(should_be, axis=1), rtol=0, atol=ROUNDING)
    exact, _ = oracle.run(graph.inputs, zeros(*widths), "float64")
    assert exact.dtype == np.float64
    assert 0 < np.abs(exact - outputs).max() < ROUNDING


@pytest.mark.parametrize("name", ["lstm", "stack", "gru"])
def test_loop_with_a_function_for_its_body_answers_the_same(name):
    make, found, widths = CASES[name]
    graph = written(dynamic(make), functional=True)
    outputs, _ = graph_oracle(graph.graph_def, found, graph.weights).run(graph.inputs, zeros(*widths), "float32")
    np.testing.assert_allclose(outputs, graph.answers[0], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("name", ["all options", "one object", "gru"])
def test_frozen_graph_answers_with_the_weights_that_it_holds(name):
    make, found, widths = CASES[name]
    graph = written(dynamic(make))
    weights = weights_of_frozen(graph.frozen, found.cells)
    outputs, _ = graph_oracle(graph.frozen, found, weights).run(graph.inputs, zeros(*widths), "float32")
    np.testing.assert_allclose(outputs, graph.answers[0], rtol=0, atol=ROUNDING)


def test_float64_oracle_is_the_same_graph_built_in_float64():
    found, widths = stack(D, H), [LSTM, LSTM]
    single, double = (written(dynamic(two(cell_clip=0.5)), dtype=dtype) for dtype in ("float32", "float64"))
    oracle = graph_oracle(single.graph_def, found, double.weights)
    outputs, _ = oracle.run(double.inputs, zeros(*widths), "float64")
    np.testing.assert_allclose(outputs, double.answers[0], rtol=0, atol=1e-15)


def test_state_that_is_given_is_begun_with_and_kept_in_its_nest():
    graph = written(dynamic(CASES["lstm"][0]))
    oracle = graph_oracle(graph.graph_def, model(lstm()), graph.weights)
    state_tuple = cells().LSTMStateTuple
    start = (state_tuple(np.full((B, H), 0.5), np.full((B, H), -0.5)),)
    first, between = oracle.run(graph.inputs[:, :2], start, "float32")
    rest, final = oracle.run(graph.inputs[:, 2:], between, "float32")
    whole, expected = oracle.run(graph.inputs, start, "float32")
    np.testing.assert_array_equal(np.concatenate([first, rest], axis=1), whole)
    assert isinstance(final, tuple)
    assert isinstance(final[0], state_tuple)
    np.testing.assert_array_equal(final[0].c, expected[0].c)


def test_each_direction_is_an_oracle_of_its_own_given_its_inputs_in_its_order():
    def build(x):
        v1 = tensorflow().compat.v1.nn
        return v1.bidirectional_dynamic_rnn(cells().LSTMCell(H), cells().LSTMCell(H), x, dtype=x.dtype)[0]

    found = model(*(lstm(f"bidirectional_rnn/{way}/lstm_cell", direction=way) for way in ("fw", "bw")))
    graph = written(build)
    forward, backward = (graph_oracle(graph.graph_def, found, graph.weights, way) for way in ("fw", "bw"))
    np.testing.assert_allclose(
        forward.run(graph.inputs, zeros(LSTM), "float32")[0], graph.answers[0], rtol=0, atol=ROUNDING
    )
    turned = backward.run(graph.inputs[:, ::-1], zeros(LSTM), "float32")[0][:, ::-1]
    np.testing.assert_allclose(turned, graph.answers[1], rtol=0, atol=ROUNDING)


def test_dropout_between_layers_is_left_out_and_said_to_be():
    def make():
        layers = [cells().DropoutWrapper(cells().LSTMCell(H), output_keep_prob=0.5) for _ in range(2)]
        return cells().MultiRNNCell(layers)

    dropped, plain = written(dynamic(make)), written(dynamic(two()))
    oracle = graph_oracle(dropped.graph_def, stack(D, H), dropped.weights)
    outputs, _ = oracle.run(dropped.inputs, zeros(LSTM, LSTM), "float32")
    np.testing.assert_allclose(outputs, plain.answers[0], rtol=0, atol=ROUNDING)
    assert "dropout left out" in oracle.how
    assert not [op for op in oracle.ops if "Random" in op]


def block(**given):
    def build(x):
        tf = tensorflow()
        kernel = tf.compat.v1.get_variable("rnn/lstm_cell/kernel", (D + H, 4 * H))
        bias, zero = tf.compat.v1.get_variable("rnn/lstm_cell/bias", (4 * H,)), tf.zeros((H,))
        rest = {"w": kernel, "wci": zero, "wcf": zero, "wco": zero, "b": bias, **given}
        c, h = tf.zeros((B, H)), tf.zeros((B, H)) + 0.0
        run = tf.raw_ops.BlockLSTM(seq_len_max=T, x=tf.transpose(x, (1, 0, 2)), cs_prev=c, h_prev=h, **rest)
        step = tf.raw_ops.LSTMBlockCell(x=x[:, 0], cs_prev=c, h_prev=h, **rest)
        return tf.transpose(run.h, (1, 0, 2)), run.cs, step.h

    return build


def test_kernel_of_a_whole_run_is_executed_at_once_and_has_no_float64():
    graph = written(block(cell_clip=0.5, forget_bias=0.3))
    oracle = graph_oracle(graph.graph_def, model(lstm()), graph.weights)
    outputs, _ = oracle.run(graph.inputs, zeros(LSTM), "float32")
    np.testing.assert_allclose(outputs, graph.answers[0], rtol=0, atol=ROUNDING)
    assert not oracle.has_float64
    with pytest.raises(OracleImpossibleError, match=r"LSTMBlockCell has no float64|BlockLSTM has no float64"):
        oracle.run(graph.inputs, zeros(LSTM), "float64")


def test_kernels_stacked_on_each_other_are_one_run():
    def build(x):
        tf = tensorflow()
        h, zero, whole = tf.transpose(x, (1, 0, 2)), tf.zeros((H,)), None
        for k, depth in enumerate((D, H)):
            kernel = tf.compat.v1.get_variable(f"rnn/{k}/kernel", (depth + H, 4 * H))
            bias = tf.compat.v1.get_variable(f"rnn/{k}/bias", (4 * H,))
            state = {"cs_prev": tf.zeros((B, H)) + float(k), "h_prev": tf.zeros((B, H)) - float(k + 2)}
            diagonals = dict.fromkeys(("wci", "wcf", "wco"), zero)
            whole = tf.raw_ops.BlockLSTM(seq_len_max=T, x=h, w=kernel, b=bias, **state, **diagonals)
            h = tf.identity(whole.h)
        return tf.transpose(h, (1, 0, 2)), whole.cs

    graph = written(build)
    found = model(*(lstm(f"rnn/{k}", depth=(D, H)[k], layer=k) for k in range(2)))
    starts = [(np.full((B, H), float(k)), np.full((B, H), -float(k + 2))) for k in range(2)]
    outputs, final = graph_oracle(graph.graph_def, found, graph.weights).run(graph.inputs, starts, "float32")
    np.testing.assert_allclose(outputs, graph.answers[0], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(final[1][0], graph.answers[1][-1], rtol=0, atol=ROUNDING)


def test_gru_that_resets_after_the_product_is_read_and_executed():
    shapes = {"gates": (D + H, 2 * H), "candidate/input_projection": (D, H), "candidate/hidden_projection": (H, H)}
    scope = "rnn/cudnn_compatible_gru_cell"

    def build(x):
        tf = tensorflow()
        get = tf.compat.v1.get_variable
        kernels = {name: get(f"{scope}/{name}/kernel", shape) for name, shape in shapes.items()}
        biases = {name: get(f"{scope}/{name}/bias", shape[1:]) for name, shape in shapes.items()}
        h, outputs = tf.zeros((B, H)), []

        def linear(name, values):
            return tf.nn.bias_add(tf.matmul(values, kernels[name]), biases[name])

        for row in tf.unstack(x, axis=1):
            r, u = tf.split(tf.sigmoid(linear("gates", tf.concat([row, h], 1))), 2, axis=1)
            of_input = linear("candidate/input_projection", row)
            c = tf.tanh(of_input + r * linear("candidate/hidden_projection", h))
            h = u * h + (1 - u) * c
            outputs.append(h)
        return tf.stack(outputs, 1), h

    graph = written(build)
    parts = {f"{name}/{end}": (f"{scope}/{name}/{end}",) for name in shapes for end in ("kernel", "bias")}
    found = model(replace(gru(scope), classes=("CudnnCompatibleGRUCell",), parts=parts))
    outputs, _ = graph_oracle(graph.graph_def, found, graph.weights).run(graph.inputs, zeros(H), "float32")
    np.testing.assert_allclose(outputs, graph.answers[0], rtol=0, atol=ROUNDING)
    (said,) = with_facts(graph.graph_def, (found,))
    assert (facts(said.cells[0])["reset_after"], facts(said)["steps"]) == (True, T)
    assert contradictions((said,)) == ()


@pytest.mark.parametrize("shards", [1, 2])
def test_graph_of_0x_is_executed_as_its_rebuilt_cell(shards):
    units = 4
    old = OldGraph()
    scope = "RNN/LSTMCell" if shards > 1 else "RNN/BasicLSTMCell"
    state = (old.given("c"), old.given("h"))
    old_lstm(old, scope, old.given("x"), state, units=units, shards=shards, forget_bias=0.5)
    names = [f"{scope}/W_{k}" for k in range(shards)] if shards > 1 else [f"{scope}/Linear/Matrix"]
    bias = f"{scope}/B" if shards > 1 else f"{scope}/Linear/Bias"
    found = replace(lstm(scope, units=units), parts={"kernel": tuple(names), "bias": (bias,)})
    rebuilt = written(dynamic(lambda: cells().LSTMCell(units, forget_bias=0.5)))
    kernels = np.split(rebuilt.weights["rnn/lstm_cell/kernel"], shards)
    weights = dict(zip(names, kernels, strict=True)) | {bias: rebuilt.weights["rnn/lstm_cell/bias"]}
    oracle = graph_oracle(old.graph_def, model(found), weights)
    outputs, _ = oracle.run(rebuilt.inputs, zeros((units, units)), "float32")
    np.testing.assert_allclose(outputs, rebuilt.answers[0], rtol=0, atol=ROUNDING)
    assert "Concat" in oracle.ops


def test_gru_of_0x_is_executed_as_its_rebuilt_cell():
    old = OldGraph()
    old_gru(old, "RNN/GRUCell", old.given("x"), old.given("h"), units=H)
    olds = {"gates": "Gates", "candidate": "Candidate"}
    last = {"kernel": "Matrix", "bias": "Bias"}
    names = {f"{a}/{b}": f"RNN/GRUCell/{olds[a]}/Linear/{last[b]}" for a in olds for b in last}
    found = replace(gru("RNN/GRUCell"), parts={own: (name,) for own, name in names.items()})
    rebuilt = written(dynamic(lambda: cells().GRUCell(H)))
    weights = {name: rebuilt.weights[f"rnn/gru_cell/{own}"] for own, name in names.items()}
    outputs, _ = graph_oracle(old.graph_def, model(found), weights).run(rebuilt.inputs, zeros(H), "float32")
    np.testing.assert_allclose(outputs, rebuilt.answers[0], rtol=0, atol=ROUNDING)


def test_gates_in_another_order_are_executed_in_that_order():
    old = OldGraph()
    state = (old.given("c"), old.given("h"))
    old_lstm(old, "RNN/BasicLSTMCell", old.given("x"), state, units=H, order=(0, 2, 1, 3))
    names = {"kernel": "RNN/BasicLSTMCell/Linear/Matrix", "bias": "RNN/BasicLSTMCell/Linear/Bias"}
    found = replace(lstm("RNN/BasicLSTMCell"), parts={own: (name,) for own, name in names.items()})
    usual = written(dynamic(lambda: cells().LSTMCell(H)))
    turned = {
        name: np.concatenate([np.split(usual.weights[f"rnn/lstm_cell/{own}"], 4, axis=-1)[k] for k in (0, 2, 1, 3)], -1)
        for own, name in names.items()
    }
    outputs, _ = graph_oracle(old.graph_def, model(found), turned).run(usual.inputs, zeros(LSTM), "float32")
    np.testing.assert_allclose(outputs, usual.answers[0], rtol=0, atol=ROUNDING)


def test_how_names_the_operations_where_they_stand_and_how_many():
    graph = written(dynamic(CASES["lstm"][0]))
    oracle = graph_oracle(graph.graph_def, model(lstm()), graph.weights)
    assert "operations of the file's own graph (" in oracle.how
    assert "rnn/while/" in oracle.how
    assert "one step of 1 layer, executed step after step" in oracle.how
    assert (oracle.layers, "MatMul" in oracle.ops) == (1, True)


def test_weights_that_are_not_given_are_named():
    graph = written(dynamic(CASES["lstm"][0]))
    with pytest.raises(OracleImpossibleError, match=r"the weights 'rnn/lstm_cell/kernel' are not given"):
        graph_oracle(graph.graph_def, model(lstm()), {"rnn/lstm_cell/bias": graph.weights["rnn/lstm_cell/bias"]})


def test_cell_that_is_not_in_the_graph_is_no_oracle():
    graph = written(dynamic(CASES["lstm"][0]))
    with pytest.raises(OracleImpossibleError, match=r"no step of its 1 layers? was recognised"):
        graph_oracle(graph.graph_def, model(lstm("elsewhere/lstm_cell")), {})
