"""The graph in a file answers for itself, and a cell that computes something else is refused."""

import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner
from import_command import in_one_line, run

from rnn_parity import check, load_cases
from rnn_parity.candidate import load_candidate
from tf_reference import __main__ as command
from tf_reference.environment import control_flow_v1, tensorflow
from tf_reference.legacy import inspect

pytestmark = pytest.mark.needs_tf

FORGET_BIAS = 0.3
CALLED: list[int] = []  # by what stands in a graph
OUT = ("--out", "own", "--steps", "5", "--batch", "2")


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def save(build):
    """Save what `build` makes of inputs (2, 4, 3), with its graph."""
    tf = tensorflow().compat.v1
    with tf.Graph().as_default(), control_flow_v1(), warnings.catch_warnings(), tf.Session() as session:
        warnings.simplefilter("ignore")  # each constructor announces its own deprecation
        tf.get_variable_scope().set_use_resource(False)
        tf.set_random_seed(1)
        build(tf, tf.placeholder("float32", (2, 4, 3)))
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, "model", write_state=False)
    return "model"


def one_lstm(tf, inputs):
    cell = tf.nn.rnn_cell.BasicLSTMCell(4, forget_bias=FORGET_BIAS)
    tf.nn.dynamic_rnn(cell, inputs, dtype="float32")


def both_ways(tf, inputs):
    cells = [tf.nn.rnn_cell.LSTMCell(4, use_peepholes=True, forget_bias=FORGET_BIAS) for _ in range(2)]
    tf.nn.bidirectional_dynamic_rnn(*cells, inputs, dtype="float32")


def residual_stack(tf, inputs):
    cell = tf.nn.rnn_cell
    layers = [
        cell.ResidualWrapper(cell.DropoutWrapper(cell.BasicLSTMCell(3), input_keep_prob=0.8, output_keep_prob=0.7)),
        cell.DropoutWrapper(cell.ResidualWrapper(cell.BasicLSTMCell(3)), input_keep_prob=0.8, output_keep_prob=0.7),
        cell.DropoutWrapper(cell.BasicLSTMCell(3), output_keep_prob=0.7),
    ]
    tf.nn.dynamic_rnn(cell.MultiRNNCell(layers), inputs, dtype="float32")


def levels(tf, inputs):
    for level in range(2):
        with tf.variable_scope(f"stack_bidirectional_rnn/cell_{level}"):
            ways = [tf.nn.rnn_cell.BasicLSTMCell(4, forget_bias=FORGET_BIAS) for _ in range(2)]
            lengths = tf.constant([4, 2])
            outputs, _ = tf.nn.bidirectional_dynamic_rnn(*ways, inputs, lengths, dtype="float32")
            inputs = tf.concat(outputs, 2)


def joined_states(tf, inputs):
    cell = tf.nn.rnn_cell
    stack = [cell.LSTMCell(4, state_is_tuple=False), cell.ResidualWrapper(cell.LSTMCell(4, state_is_tuple=False))]
    tf.nn.dynamic_rnn(cell.MultiRNNCell(stack, state_is_tuple=False), inputs, dtype="float32")


def dangerous(tf, inputs):
    with tf.variable_scope("rnn/basic_lstm_cell"):
        kernel, bias = tf.get_variable("kernel", (7, 16)), tf.get_variable("bias", (16,))
    c, h = (tf.placeholder("float32", (2, 4)) for _ in range(2))
    x = tf.py_func(lambda given: CALLED.append(1) or given, [inputs[:, 0]], "float32")
    x.set_shape((2, 3))
    i, j, f, o = tf.split(tf.matmul(tf.concat([x, h], 1), kernel) + bias, 4, 1)
    c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
    return tf.tanh(c) * tf.sigmoid(o)


def agreeing():
    verdict = check(load_cases(fixtures=Path("own")), load_candidate("numpy_impl"))
    assert verdict.agrees, verdict
    return {case.id: case for case in load_cases(fixtures=Path("own"))}


def test_options_are_read_from_the_graph_and_the_graph_answers():
    status, out, err = run(save(one_lstm), *OUT)
    assert status == 0, err
    assert "known forget_bias=0.3 (graph: rnn/" in in_one_line(out)
    assert "operations of the file's own graph" in in_one_line(out)
    assert "agreeing  the rebuilt tf.compat.v1 cell, at most " in out
    cases = agreeing()
    assert cases["imported/model/step"].spec.cell.forget_bias == FORGET_BIAS
    assert "the answers are the file's own graph's, " in cases["imported/model/ragged"].spec.why


def test_both_directions_are_answered_by_the_graph():
    status, out, err = run(save(both_ways), *OUT)
    assert status == 0, err
    assert "operations of the file's own graph" in in_one_line(out)
    assert agreeing()["imported/model/ragged"].spec.cell.use_peepholes


def test_a_cell_that_the_graph_contradicts_is_refused_with_the_operation():
    status, _, err = run(save(one_lstm), "--cell", "BasicLSTMCell(4)", *OUT)
    assert status == 2
    assert "--cell: got forget_bias=1.0, should be forget_bias=0.3: the graph says so (rnn/" in err
    status, _, err = run("model", "--answer", "forget_bias=1.0", *OUT)
    assert (status, "--answer forget_bias=1.0: the graph says 0.3" in err) == (2, True)
    assert not Path("own").exists()


def test_where_the_operations_say_nothing_running_them_does(monkeypatch):
    monkeypatch.setattr(inspect, "with_facts", lambda _, models: models)
    monkeypatch.setitem(globals(), "FORGET_BIAS", 0.0)
    path = save(one_lstm)
    status, _, err = run(path, "--cell", "BasicLSTMCell(4)", *OUT)
    assert status == 2
    assert "the file's own graph and BasicLSTMCell(num_units=4) differ: " in err
    advice = 'With forget_bias=0.0 they agree: give --cell "BasicLSTMCell(num_units=4, forget_bias=0.0)".'
    assert advice in err
    assert not Path("own").exists()
    assert run(path, "--cell", "BasicLSTMCell(num_units=4, forget_bias=0.0)", *OUT)[0] == 0


def test_the_advice_names_the_answer_that_was_given(monkeypatch):
    monkeypatch.setattr(inspect, "with_facts", lambda _, models: models)
    monkeypatch.setitem(globals(), "FORGET_BIAS", 0.0)
    answers = ("--answer", "forget_bias=1.0", "--answer", "activation=tanh")
    status, _, err = run(save(one_lstm), *answers, *OUT)
    assert status == 2
    assert "With forget_bias=0.0 they agree: give --answer forget_bias=0.0 in place of forget_bias=1.0." in err


def one_object(tf, inputs):
    cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    tf.nn.dynamic_rnn(tf.nn.rnn_cell.MultiRNNCell([cell] * 3), inputs, dtype="float32")


def test_a_number_of_layers_that_the_graph_does_not_have_names_the_answer(monkeypatch):
    monkeypatch.setattr(inspect, "with_facts", lambda _, models: models)
    answers = ("--answer", "layers=2", "--answer", "forget_bias=1.0", "--answer", "activation=tanh")
    status, _, err = run(save(one_object), *answers, *OUT)
    assert status == 2
    assert "--answer layers=2: got 2 layers, should be 3: the graph has " in err


def test_every_level_of_a_stacked_bidirectional_run_is_answered_by_the_graph():
    status, out, err = run(save(levels), *OUT)
    assert status == 0, err
    assert "StackBidirectionalDynamicRNN(layers=2)" in in_one_line(out)
    assert in_one_line(out).count("operations of the file's own graph (") == 4
    assert "agreeing  the rebuilt tf.compat.v1 cell" in out
    assert agreeing()["imported/model/ragged"].spec.cell.forget_bias == FORGET_BIAS


@pytest.mark.parametrize("stack_is_tuple", [True, False])
def test_states_that_are_one_array_each_are_answered_by_the_graph(stack_is_tuple):
    one = "LSTMCell(num_units=4, state_is_tuple=False)"
    cell = f"MultiRNNCell(cells=[{one}, ResidualWrapper(cell={one})], state_is_tuple={stack_is_tuple})"
    status, out, err = run(save(joined_states), "--cell", cell, *OUT)
    assert status == 0, err
    assert "operations of the file's own graph" in in_one_line(out)
    assert "imported/model/from-state" in agreeing()


LSTM = "BasicLSTMCell(num_units=3)"


def test_residuals_between_dropouts_are_read_and_the_graph_answers_without_dropout():
    status, out, err = run(save(residual_stack), *OUT)
    assert status == 0, err
    assert f"cells=[ResidualWrapper(cell={LSTM}), ResidualWrapper(cell={LSTM}), {LSTM}]" in in_one_line(out)
    assert "operations of the file's own graph" in in_one_line(out)


def test_cell_without_the_graphs_residuals_is_refused_with_the_residuals_that_agree(monkeypatch):
    monkeypatch.setattr(inspect, "with_facts", lambda _, models: models)
    status, _, err = run(save(residual_stack), "--cell", f"MultiRNNCell(cells=[{LSTM}] * 3)", *OUT)
    assert status == 2
    assert "With a ResidualWrapper around layers 0, 1 they agree: give --cell " in err
    assert f"cells=[ResidualWrapper(cell={LSTM}), ResidualWrapper(cell={LSTM}), {LSTM}]" in err


def test_without_the_graph_the_rebuilt_cell_answers():
    status, out, err = run(save(one_lstm), "--no-graph", "--cell", "BasicLSTMCell(4, forget_bias=0.3)", *OUT)
    assert status == 0, err
    assert "answers   those of the rebuilt tf.compat.v1 cell" in out


def test_a_graph_that_is_the_file_itself_is_not_said_to_have_one():
    save(one_lstm)
    Path("graphs").mkdir()
    Path("model.meta").rename("graphs/model.meta")
    result = CliRunner().invoke(command.main, ["inspect", "graphs/model.meta"])
    assert result.stdout.startswith("graphs/model.meta: MetaGraph\n")


def test_python_in_a_graph_is_never_called():
    status, out, err = run(save(dangerous), *OUT)
    assert status == 0, err
    assert "operations of the file's own graph (" in in_one_line(out)
    assert not CALLED
