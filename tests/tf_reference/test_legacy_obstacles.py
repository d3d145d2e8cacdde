"""What inspect says in place of a command that would fail, of a file without a cell, and of what remains untold."""

import warnings

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from legacy_checkpoints import drawn, write_checkpoint, write_npz

from tf_reference import __main__ as command
from tf_reference.environment import control_flow_v1, tensorflow
from tf_reference.legacy.inspect import inspected
from tf_reference.legacy.inspect_text import inspection_text
from tf_reference.legacy.suggested import cell_text, run_text

pytestmark = pytest.mark.needs_tf
LSTM = {"rnn/basic_lstm_cell/kernel": (7, 16), "rnn/basic_lstm_cell/bias": (16,)}
UNTOLD = "Of wrappers that own no variables (dropout, residual, device)"


def saved(path, build):
    """Save what `build` makes of inputs (2, 4, 3), with its graph."""
    tf = tensorflow().compat.v1
    with tf.Graph().as_default(), control_flow_v1(), warnings.catch_warnings(), tf.Session() as session:
        warnings.simplefilter("ignore")  # each constructor announces its own deprecation
        tf.get_variable_scope().set_use_resource(False)
        build(tf, tf.placeholder("float32", (2, 4, 3)))
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(path), write_state=False)
    return path


def foreign_order(tf, inputs):
    with tf.variable_scope("rnn/basic_lstm_cell"):
        kernel, bias = tf.get_variable("kernel", (7, 16)), tf.get_variable("bias", (16,))
    c, h = (tf.placeholder("float32", (2, 4)) for _ in range(2))
    i, f, j, o = tf.split(tf.matmul(tf.concat([inputs[:, 0], h], 1), kernel) + bias, 4, 1)
    c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
    return tf.tanh(c) * tf.sigmoid(o)


def dropped(tf, inputs):
    cell = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.BasicLSTMCell(4), output_keep_prob=0.7)
    tf.nn.dynamic_rnn(cell, inputs, dtype="float32")


def _stacked(*units):
    scope = "rnn/multi_rnn_cell/cell_{}/basic_lstm_cell/"
    depths = (3, 4, 4)
    return {
        scope.format(k) + name: shape
        for k, (depth, width) in enumerate(zip(depths, units, strict=False))
        for name, shape in (("kernel", (depth + width, 4 * width)), ("bias", (4 * width,)))
    }


def _spoilt(name, value):
    arrays = drawn(LSTM)
    arrays[name][0] = value
    return arrays


OBSTACLES = {
    "gates in another order": (
        lambda folder: saved(folder / "model", foreign_order),
        "in the order i,f,j,o (split), and TensorFlow's cells have i,j,f,o. Write the weights to an .npz",
    ),
    "the graph alone": (
        lambda folder: (saved(folder / "model", dropped) and (folder / "model.index").unlink())
        or next(folder.glob("*.data*")).unlink() or folder / "model.meta",
        "the file holds no values of its variables. Put the checkpoint's .index and .data beside the .meta",
    ),
    "numbers of two kinds": (
        lambda folder: write_npz(folder / "a.npz", {
            name: array.astype("float32" if "cell_0" in name else "float64")
            for name, array in drawn(_stacked(4, 4)).items()
        }),
        "its variables are float32 and float64, and cases are recorded in one of float16, float32, float64",
    ),
    "not a number": (
        lambda folder: write_npz(folder / "a.npz", _spoilt("rnn/basic_lstm_cell/bias", np.nan)),
        "rnn/basic_lstm_cell/bias has numbers that are NaN or infinite. Take an earlier checkpoint",
    ),
    "layers that do not fit": (
        lambda folder: write_npz(folder / "a.npz", drawn(_stacked(5, 4))),
        "reads inputs of 4, though the layer below puts out 5",
    ),
    "a layer is missing": (
        lambda folder: write_npz(folder / "a.npz", {
            name: array for name, array in drawn(_stacked(4, 4, 4)).items() if "cell_1" not in name
        }),
        "layers 1 of its stack are not in the file",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", OBSTACLES)
def test_a_model_that_import_refuses_has_the_reason_in_place_of_a_command(tmp_path, what):
    make, words = OBSTACLES[what]
    path = make(tmp_path)
    result = CliRunner().invoke(command.main, ["inspect", str(path)])
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert "model 0 cannot be imported as it is: " in said
    assert words in said
    assert "python -m tf_reference import" not in said
    (model,) = inspected(path).models
    assert words in model.obstacle
    command_before = ["import", str(path), "--cell", cell_text(model), "--run", run_text(model)]
    refused = CliRunner().invoke(command.main, [*command_before, "--out", str(tmp_path / "own")])
    assert refused.exit_code == 2


@pytest.mark.parametrize("what", ["a layer is missing", "layers that do not fit"])
def test_import_asks_for_the_cell_of_layers_that_do_not_follow_one_another(tmp_path, what):
    make, words = OBSTACLES[what]
    answers = ("--answer", "forget_bias=1.0", "--answer", "activation=tanh")
    refused = CliRunner().invoke(
        command.main, ["import", str(make(tmp_path)), *answers, "--out", str(tmp_path / "own")]
    )
    assert refused.exit_code == 2
    assert words in " ".join(refused.stderr.split())
    assert "Write the cell yourself with --cell" in " ".join(refused.stderr.split())


def test_a_direction_that_is_backward_alone_is_imported_as_a_run_forward(tmp_path):
    arrays = drawn({f"bidirectional_rnn/bw/{name.removeprefix('rnn/')}": shape for name, shape in LSTM.items()})
    path = write_npz(tmp_path / "a.npz", arrays)
    words = inspection_text(inspected(path)).splitlines()[-1].split()
    assert words[-4:-2] == ["--run", "'DynamicRNN()'"]
    ran = CliRunner().invoke(
        command.main, ["import", str(path), "--cell", "BasicLSTMCell(4)", "--run", "DynamicRNN()",
                       "--out", str(tmp_path / "own"), "--steps", "2", "--batch", "1"],
    )  # fmt: skip
    assert ran.exit_code == 0, ran.stderr


@pytest.mark.parametrize("json", [False, True])
def test_a_file_without_a_cell_is_shown_and_ends_with_status_5(tmp_path, json):
    path = write_checkpoint(tmp_path / "dense", drawn({"dense/kernel": (3, 4), "dense/bias": (4,)}))
    result = CliRunner().invoke(command.main, ["inspect", str(path), *["--json"] * json])
    assert result.exit_code == 5
    assert (
        f"{path}: no RNN cell is found. Where it has one under names of its own, write its variables" in result.stderr
    )
    if json:
        assert msgspec.json.decode(result.stdout)["models"] == []
    else:
        assert "dense/kernel (3, 4) float32" in result.stdout


def test_help_says_the_status_of_a_file_without_a_cell():
    text = CliRunner().invoke(command.main, ["inspect", "--help"]).stdout
    assert "5   no RNN cell is found in the file" in text


def test_what_the_graph_tells_of_wrappers_is_not_said_to_be_untold(tmp_path):
    with_graph = inspection_text(inspected(saved(tmp_path / "model", dropped)))
    assert "output_keep_prob = 0.7" in with_graph
    assert UNTOLD not in with_graph
    assert UNTOLD in inspection_text(inspected(write_npz(tmp_path / "a.npz", drawn(LSTM))))
