"""Contrib's cells beside the LSTMs and GRUs: saved by a Saver as their layers name them, found, and imported."""

import numpy as np
import pytest
from click.testing import CliRunner
from legacy_checkpoints import drawn, write_npz

import rnn_parity.spec as specs
from rnn_parity import check, load_cases
from rnn_parity.candidate import load_candidate
from tf_reference import __main__ as command
from tf_reference.cells import build_cell
from tf_reference.environment import tensorflow
from tf_reference.legacy.files import open_source
from tf_reference.legacy.inspect import inspected
from tf_reference.legacy.suggested import cell_text

pytestmark = pytest.mark.needs_tf
DEPTH, UNITS = 6, 4
CELLS = (
    "UGRNNCell(num_units=4)",
    "IntersectionRNNCell(num_units=4, num_in_proj=4)",
    "NASCell(num_units=4)",
    "NASCell(num_units=4, num_proj=2, use_bias=True)",
    "SRUCell(num_units=4)",
    "MinimalRNNCell(num_units=4)",
    "CFNCell(num_units=4)",
    "IndRNNCell(num_units=4)",
    "IndyGRUCell(num_units=4)",
    "IndyLSTMCell(num_units=4)",
    "GLSTMCell(num_units=4, number_of_groups=2)",
    "GLSTMCell(num_units=4, num_proj=2, number_of_groups=2)",
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return a checkpoint of all cells, each run in a scope of its own, and the values by name."""
    tf, path = tensorflow().compat.v1, tmp_path_factory.mktemp("others") / "model"
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable_scope().set_use_resource(False)
        for number, text in enumerate(CELLS):
            with tf.variable_scope(f"m{number}"):
                cell = build_cell(eval(text, vars(specs)), "float32")  # noqa: S307  a text of this file
                tf.nn.dynamic_rnn(cell, tf.zeros((2, 3, DEPTH)), dtype="float32")
        variables = tf.global_variables()
        random = np.random.default_rng(4)
        values = {each.op.name: random.uniform(-1, 1, each.shape).astype("float32") for each in variables}
        for each in variables:
            session.run(each.initializer, {each.initializer.inputs[1]: values[each.op.name]})
        tf.train.Saver().save(session, str(path), write_state=False, write_meta_graph=False)
    return path, values


def _model(path, text):
    (model,) = [each for each in inspected(path).models if each.scope == f"m{CELLS.index(text)}/rnn"]
    return model


@pytest.mark.parametrize("text", CELLS)
def test_cell_is_found_by_the_names_that_its_layer_gives_with_its_sizes_and_options(saved, text):
    path, values = saved
    model = _model(path, text)
    (cell,) = model.cells
    assert cell_text(model) == text
    assert (cell.depth, cell.num_units, model.obstacle) == (DEPTH, UNITS, "")
    source = open_source(path)
    names = [name for part in cell.parts.values() for name in part]
    assert set(names) == {name for name in values if name.startswith(f"{model.scope}/")}
    for name in names:
        np.testing.assert_array_equal(source.read(name), values[name])


def test_nothing_is_left_over_and_nothing_is_said_against_them(saved):
    found = inspected(saved[0])
    assert len(found.models) == len(CELLS)
    assert (found.others, found.warnings) == ((), ())


def test_intersection_that_projects_nothing_has_inputs_as_wide_as_its_units(tmp_path):
    shapes = {"rnn/intersection_rnn_cell/kernel": (8, 16), "rnn/intersection_rnn_cell/bias": (16,)}
    (model,) = inspected(write_npz(tmp_path / "a.npz", drawn(shapes))).models
    assert (cell_text(model), model.cells[0].depth) == ("IntersectionRNNCell(num_units=4)", 4)
    assert {question.option: question.default for question in model.cells[0].questions}["y_activation"] == "relu"


@pytest.mark.parametrize("text", [CELLS[1], CELLS[3], CELLS[11]])
def test_cell_is_imported_and_numpy_agrees(saved, text, tmp_path):
    call = ["import", str(saved[0]), "--model", f"m{CELLS.index(text)}/rnn", "--cell", text, "--steps", "3"]
    result = CliRunner().invoke(command.main, [*call, "--batch", "2", "--out", str(tmp_path / "own")])
    assert result.exit_code == 0, result.stderr
    assert check(load_cases(fixtures=tmp_path / "own"), load_candidate("numpy_impl")).agrees


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "net/rnn/phased_lstm_cell/period",
            "net/rnn/phased_lstm_cell: variables of a phased_lstm_cell, a cell that is not",
        ),
        ("rnn/ugrnn_cell/weights", "rnn/ugrnn_cell: names of before TensorFlow 1.2, which are not known of this cell"),
    ],
)
def test_cell_that_is_not_found_is_said_to_be_one(tmp_path, name, words):
    found = inspected(write_npz(tmp_path / "a.npz", drawn({name: (6, 8)})))
    assert found.models == ()
    assert found.warnings[0].startswith(words)


def test_layer_of_keras_in_such_a_scope_is_still_a_layer_of_keras(tmp_path):
    names = ("kernel", "recurrent_kernel", "bias")
    found = inspected(write_npz(tmp_path / "a.npz", drawn({f"rnn/lstm_cell/{name}": (4, 16) for name in names})))
    assert found.models == ()
    assert "a layer of Keras" in found.warnings[0]
