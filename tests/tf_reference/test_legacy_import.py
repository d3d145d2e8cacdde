"""`python -m tf_reference import`: trained weights become fixtures, or a refusal that says what is missing."""

import os
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from legacy_checkpoints import ERAS, drawn, named, write_checkpoint, write_npz

from rnn_parity import check, load_cases
from rnn_parity.candidate import load_candidate
from tf_reference import __main__ as command

pytestmark = pytest.mark.needs_tf

SMALL = ("--steps", "4", "--batch", "2")
K, B = (7, 16), (16,)  # of an LSTM of 4 units over inputs of 3


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)


def run(*arguments):
    result = CliRunner().invoke(command.main, ["import", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def with_defaults(path, *options):
    """Import with the command that the refusal gives, which takes the default of every question."""
    status, out, err = run(path, "--out", "own", *options, *SMALL)
    if status == 2 and "Say what you know" in err:
        ready = shlex.split(err.strip().splitlines()[-1])
        assert ready[:4] == ["python", "-m", "tf_reference", "import"]
        status, out, err = run(*ready[4:], *SMALL)
    return status, out, err


def agreeing(folder="own"):
    """Return the cases, which numpy_impl answers as TensorFlow does."""
    verdict = check(load_cases(fixtures=Path(folder)), load_candidate("numpy_impl"))
    assert verdict.agrees, verdict
    return {case.id: case for case in load_cases(fixtures=Path(folder))}


def npz(arrays, name="model.npz"):
    return write_npz(Path(name), arrays)


def lstm(*scopes, kernel=K, dtype="float32"):
    shapes = {}
    for scope in scopes:
        shapes |= {f"{scope}/kernel": kernel, f"{scope}/bias": B}
    return drawn(shapes, dtype=dtype)


@pytest.mark.parametrize(
    "name",
    [
        "rnn 0.x", "basic lstm 0.x", "gru 1.0", "lstm 0.6 shards", "lstm 0.x projection", "layer norm 0.x",
        "coupled 0.11", "block 0.10", "fused 1.6", "gru block 0.11", "cudnn lstm", "cudnn gru",
    ],
)  # fmt: skip
def test_a_cell_under_any_name_becomes_fixtures_of_today_s_names(name):
    era = ERAS[name]
    arrays = drawn(named(era, "decoder/"))
    status, out, err = with_defaults(npz({f"{key}:0": array for key, array in arrays.items()}))
    assert status == 0, err
    assert "answers   those of the rebuilt tf.compat.v1 cell: there is no graph beside the weights" in out
    cases = agreeing()
    assert {case.rpartition("/")[2] for case in cases} >= {"dynamic", "from-state", "ragged"}
    case = cases["imported/model-npz/dynamic"]
    assert type(case.spec.cell).__name__ == era.cell
    (own,) = case.layer_weights
    for today, names in era.parts.items():
        parts = [arrays[f"decoder/{era.scope}/{old}"] for old in names]
        axis = 1 if name == "lstm 0.6 shards" else 0
        assert np.array_equal(own[today], np.concatenate(parts, axis) if len(parts) > 1 else parts[0])
        assert f"from {', '.join(f'decoder/{era.scope}/{old}:0' for old in names)}" in out


def test_float64_weights_stay_float64():
    status, _, err = with_defaults(npz(lstm("rnn/basic_lstm_cell", dtype="float64")))
    assert status == 0, err
    assert {case.spec.dtype for case in agreeing().values()} == {"float64"}


def test_layers_become_a_stack():
    arrays = lstm("rnn/multi_rnn_cell/cell_0/basic_lstm_cell") | lstm(
        "rnn/multi_rnn_cell/cell_1/basic_lstm_cell", kernel=(8, 16)
    )
    assert with_defaults(npz(arrays))[0] == 0
    case = agreeing()["imported/model-npz/ragged"]
    assert np.array_equal(case.layer_weights[1]["kernel"], arrays["rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel"])


def test_directions_become_a_bidirectional_run():
    arrays = lstm("bidirectional_rnn/fw/lstm_cell", "bidirectional_rnn/bw/lstm_cell")
    assert with_defaults(npz(arrays))[0] == 0
    cases = agreeing()
    assert sorted(cases) == [f"imported/model-npz/{name}" for name in ("dynamic", "from-state", "ragged")]
    case = cases["imported/model-npz/dynamic"]
    assert type(case.spec.run).__name__ == "BidirectionalDynamicRNN"
    assert np.array_equal(case.layer_weights.bw[0]["kernel"], arrays["bidirectional_rnn/bw/lstm_cell/kernel"])


def test_levels_become_a_stacked_bidirectional_run():
    scope = "stack_bidirectional_rnn/cell_{}/bidirectional_rnn/{}/basic_lstm_cell"
    arrays = lstm(scope.format(0, "fw"), scope.format(0, "bw"))
    arrays |= lstm(scope.format(1, "fw"), scope.format(1, "bw"), kernel=(12, 16))
    assert with_defaults(npz(arrays))[0] == 0
    case = agreeing()["imported/model-npz/ragged"]
    assert case.spec.run.layers == 2
    assert np.array_equal(case.layer_weights.bw[1]["kernel"], arrays[f"{scope.format(1, 'bw')}/kernel"])


def test_one_object_at_several_places_is_said_by_an_answer():
    arrays = lstm("rnn/multi_rnn_cell/cell_0/basic_lstm_cell", kernel=(8, 16))
    answers = ("layers=3", "forget_bias=0.5", "activation=tf.nn.tanh")
    status, _, err = run(npz(arrays), "--out", "own", *SMALL, *(word for one in answers for word in ("--answer", one)))
    assert status == 0, err
    cell = agreeing()["imported/model-npz/step"].spec.cell
    assert (len(cell.cells), cell.one_object, cell.cells[0].forget_bias) == (3, True, 0.5)


def test_both_directions_of_one_object_are_taken_from_the_forward_variables():
    status, out, err = with_defaults(npz(lstm("bidirectional_rnn/fw/basic_lstm_cell")))
    assert status == 0, err
    assert "run       BidirectionalDynamicRNN(cell_bw='cell_fw')" in out
    agreeing()


def test_open_questions_are_refused_with_the_command_that_answers_them():
    status, out, err = run(npz(lstm("rnn/basic_lstm_cell")), "--out", "own")
    assert (status, out) == (2, "")
    assert "  forget_bias: 1.0, or 0.0? [layer 0] It is added to the forget gate at every step" in err
    assert err.endswith(
        "python -m tf_reference import model.npz --answer forget_bias=1.0 --answer activation=tanh --out own\n"
    )
    assert not Path("own").exists()


def test_a_cell_that_is_written_whole_answers_every_question():
    cell = "tf.nn.rnn_cell.BasicLSTMCell(4, forget_bias=0.0, activation=tf.nn.relu)"
    assert run(npz(lstm("rnn/basic_lstm_cell")), "--cell", cell, "--out", "own", *SMALL)[0] == 0
    assert agreeing()["imported/model-npz/step"].spec.cell.activation == "relu"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cell", "GRUCell(4)"], "--cell: got GRUCell, should be BasicLSTMCell"),
        (["--cell", "BasicLSTMCell(5)"], "--cell: got num_units=5, should be num_units=4: by the shapes of rnn/basic_"),
        (["--cell", "MultiRNNCell([BasicLSTMCell(4)] * 2)"], "got 2 layers in MultiRNNCell(cells=[BasicLSTMCell(num_"),
        (["--cell", "BasicLSTMCell(4"], "no Python expression"),
        (["--cell", "BasicLSTMCell(4)", "--answer", "forget_bias=1"], "--cell says it all; give one of both"),
        (["--answer", "forget=1"], "--answer forget=1: nothing asks that of this model. Did you mean 'forget_bias'?"),
        (["--answer", "forget_bias"], "should be option=value, like forget_bias=1.0"),
        (["--answer", "forget_bias=much", "--answer", "activation=tanh"], "forget_bias: got 'much', should be"),
        (["--model", "3"], "--model: got 3, should be one of these numbers or scopes"),
        (["--lengths", "1,2,3"], "got '1,2,3', should be 2 numbers from 0 to 4"),
        (["--rest", "rest.txt"], "--rest: rest.txt: got suffix '.txt', should be '.npz'"),
    ],
)  # fmt: skip
def test_a_wrong_call_says_what_is_wrong_and_shows_the_names(options, message):
    status, out, err = run(npz(lstm("rnn/basic_lstm_cell")), "--out", "own", *SMALL, *options)
    assert (status, out) == (2, "")
    assert message in err
    if "got GRUCell" in message:
        assert "rnn/basic_lstm_cell/kernel" in err
    assert not Path("own").exists()


def test_several_models_are_listed_and_one_is_chosen():
    path = npz(lstm("encoder/basic_lstm_cell", "decoder/basic_lstm_cell"))
    status, _, err = run(path, "--out", "own")
    assert status == 2
    assert "2 models, of which one is imported at a time" in err
    assert "--model 0  " in err
    assert "--model 1  " in err
    assert with_defaults(path, "--model", "1")[0] == 0


def test_names_that_are_no_cell_s_are_shown():
    status, _, err = run(npz(drawn({"dense/weights_of_mine": (4, 3)})), "--out", "own")
    assert status == 2
    assert "no variables of an RNN cell are known by their names" in err
    assert "dense/weights_of_mine" in err


def test_a_number_that_is_none_is_named_and_nothing_is_written():
    arrays = lstm("rnn/basic_lstm_cell")
    arrays["rnn/basic_lstm_cell/kernel"][2, 3] = np.nan
    status, _, err = with_defaults(npz(arrays))
    assert status == 2
    assert "variable rnn/basic_lstm_cell/kernel: got nan at [2, 3], should be finite numbers throughout." in err
    assert not Path("own").exists()


def test_a_failed_import_leaves_the_folder_as_it_was_and_others_are_kept():
    path = npz(lstm("rnn/basic_lstm_cell"))
    assert with_defaults(path)[0] == 0
    before = {file: file.read_bytes() for file in Path("own").rglob("*") if file.is_file()}
    assert run(path, "--out", "own", "--cell", "GRUCell(4)")[0] == 2
    assert before == {file: file.read_bytes() for file in Path("own").rglob("*") if file.is_file()}
    assert "as it was imported/model-npz/dynamic" in with_defaults(path)[1]
    assert with_defaults(path, "--name", "Second one")[0] == 0
    assert len(agreeing()) == 8


def test_importing_is_refused_in_ci(monkeypatch):
    monkeypatch.setitem(os.environ, "CI", "true")
    assert with_defaults(npz(lstm("rnn/basic_lstm_cell")))[0] == 12


def test_what_is_no_part_of_the_cell_is_written_beside_it_and_gives_the_inputs():
    more = drawn({"embedding": (9, 3), "softmax_w:0": (4, 9), "rnn/basic_lstm_cell/kernel/Adam": K})
    path = npz(lstm("rnn/basic_lstm_cell") | more)
    status, out, err = with_defaults(path, "--rest", "rest.npz")
    assert status == 0, err
    assert "inputs    rows of embedding" in out
    with np.load("rest.npz") as rest:
        assert sorted(rest) == ["embedding", "softmax_w"]
    rows = {row.tobytes() for row in more["embedding"]}
    inputs = agreeing()["imported/model-npz/dynamic"].inputs.reshape(-1, 3)
    assert {row.tobytes() for row in inputs} <= rows
    status, _, err = with_defaults(path, "--rest", "rest.npz")
    assert (status, "rest.npz: is there already" in err) == (2, True)


def test_a_v1_checkpoint_of_2016_is_imported():
    scope = "rnnlm/MultiRNNCell/Cell{}/BasicLSTMCell/Linear"
    arrays = drawn({f"{scope.format(0)}/Matrix": K, f"{scope.format(0)}/Bias": B})
    arrays |= drawn({f"{scope.format(1)}/Matrix": (8, 16), f"{scope.format(1)}/Bias": B}, seed=1)
    path = write_checkpoint(Path("model.ckpt"), arrays, v1=True)
    status, out, err = with_defaults(path)
    assert status == 0, err
    assert out.startswith("model.ckpt: V1 checkpoint\n")
    assert len(agreeing()) == 4
