"""`python -m tf_reference import`: trained weights become fixtures, or a refusal that says what is missing."""

import os
import shlex
from pathlib import Path

import numpy as np
import pytest
from import_command import in_one_line, run
from legacy_checkpoints import ERAS, drawn, named, write_checkpoint, write_npz

from rnn_parity import check, load_cases
from rnn_parity.candidate import load_candidate
from rnn_parity.cli import main as rnn_parity_command
from tf_reference.legacy import importing
from tf_reference.own import folder

pytestmark = pytest.mark.needs_tf

DEFAULTS = ("--answer", "forget_bias=1.0", "--answer", "activation=tanh")
SMALL = ("--steps", "4", "--batch", "2")
K, B = (7, 16), (16,)  # of an LSTM of 4 units over inputs of 3


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


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
    words = "answers those of the rebuilt tf.compat.v1 cell: there is no graph beside the weights"
    assert words in in_one_line(out)
    cases = agreeing()
    assert {case.rpartition("/")[2] for case in cases} >= {"dynamic", "from-state", "ragged"}
    case = cases["imported/model-npz/dynamic"]
    assert type(case.spec.cell).__name__ == era.cell
    (own,) = case.layer_weights
    for today, names in era.parts.items():
        parts = [arrays[f"decoder/{era.scope}/{old}"] for old in names]
        axis = 1 if name == "lstm 0.6 shards" else 0
        assert np.array_equal(own[today], np.concatenate(parts, axis) if len(parts) > 1 else parts[0])
        assert f"from {', '.join(f'decoder/{era.scope}/{old}:0' for old in names)}" in in_one_line(out)


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
        (
            ["--answer", "forget_bias=much", "--answer", "activation=tanh"],
            "--answer forget_bias=much: BasicLSTMCell.forget_bias should be a number.",
        ),
        (["--answer", "7/forget_bias=1"], "7/forget_bias=1: the model has no layer 7; its one layer is 0."),
        (["--answer", "class=GRUCell"], "holds kernel (7, 16), bias (16,): the variables of BasicLSTMCell."),
        (["--answer", "class=BasicLSTMCel"], "BasicLSTMCell. Did you mean class=BasicLSTMCell?"),
        (["--run", "StackBidirectionalDynamicRNN(layers=2)", *DEFAULTS], "--run: got 2 layers in StackBidirectional"),
        (["--name", "../../evil"], "--name: got '../../evil', should be small letters, digits and single dashes"),
        (["--name", "My_Model"], "Did you mean 'my-model'?"),
        (["--rest", "own/rest.npz"], "--rest: own/rest.npz: its folder is not there."),
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


@pytest.mark.parametrize("text", ["enc", "enc/rnn", "enc/", "e"])
def test_a_model_is_chosen_by_a_beginning_of_its_scope(text):
    path = npz(lstm("enc/rnn/basic_lstm_cell", "dec/rnn/basic_lstm_cell", "dec2/rnn/basic_lstm_cell"))
    status, out, err = run(path, "--model", text, *DEFAULTS, "--out", "own", *SMALL)
    assert status == 0, err
    assert "from enc/rnn/basic_lstm_cell/kernel" in in_one_line(out)


def test_a_beginning_of_several_scopes_lists_those():
    path = npz(lstm("enc/rnn/basic_lstm_cell", "dec1/rnn/basic_lstm_cell", "dec2/rnn/basic_lstm_cell"))
    status, _, err = run(path, "--model", "dec", "--out", "own")
    assert status == 2
    assert "--model: got dec, with which 2 scopes begin; give a number." in err
    assert [line.split()[2] for line in err.splitlines() if "--model " in line and "layer" in line] == [
        "dec1/rnn:",
        "dec2/rnn:",
    ]


def test_layers_that_there_are_are_listed_where_an_answer_is_to_another():
    scope = "bidirectional_rnn/{}/basic_lstm_cell"
    path = npz(lstm(scope.format("fw"), scope.format("bw")))
    status, _, err = run(path, "--answer", "0/forget_bias=1", "--out", "own")
    assert (status, "the model has no layer 0; layers are fw/0, bw/0." in err) == (2, True)


@pytest.mark.parametrize(("out", "message"), [("model.npz", "is a file"), ("model.npz/own", "not a directory")])
def test_a_place_that_cannot_be_written_is_refused_before_the_file_is_read(out, message, monkeypatch):
    npz(lstm("rnn/basic_lstm_cell"))
    monkeypatch.setattr(importing, "open_source", None)
    status, _, err = run("model.npz", *DEFAULTS, "--out", out)
    assert status == 2
    assert message in err
    assert "or `import` wrote." in err


def test_a_folder_above_that_takes_nothing_is_refused_before_the_file_is_read(monkeypatch):
    def refused(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder.tempfile, "TemporaryDirectory", refused)
    status, _, err = run("no file", "--out", "own")
    assert (status, "--out: own cannot be written, because of " in err, "(Permission denied)" in err) == (2, True, True)


def test_what_is_left_over_is_not_written_among_the_fixtures():
    path = npz(lstm("rnn/basic_lstm_cell"))
    assert with_defaults(path)[0] == 0
    status, _, err = run(path, *DEFAULTS, "--out", "own", "--rest", "own/rest.npz")
    assert (status, "own/rest.npz: lies in --out, which holds fixtures alone" in err) == (2, True)


def test_numbers_that_are_none_in_what_is_left_over_are_said():
    more = {"embedding": np.array([[1, 2, 3], [4, np.nan, np.inf]], np.float32)}
    path = npz(lstm("rnn/basic_lstm_cell") | more)
    status, out, err = run(path, *DEFAULTS, "--out", "own", "--rest", "rest.npz", *SMALL)
    assert status == 0, err
    assert "note      --rest: 2 of the 6 numbers of embedding are NaN or infinite" in out


def test_the_command_that_answers_questions_keeps_what_else_was_given():
    options = ("--no-graph", "--name", "lm", "--steps", "5", "--batch", "2", "--seed", "7", "--lengths", "5,1")
    status, _, err = run(npz(lstm("rnn/basic_lstm_cell")), "--out", "own", *options)
    ready = shlex.split(err.splitlines()[-1])
    assert status == 2
    assert all(option in ready for option in options)
    assert run(*ready[4:])[0] == 0
    assert agreeing()["imported/lm/ragged"].spec.run.sequence_length == (5, 1)


def test_a_backward_direction_alone_is_refused_with_the_way_it_can_go():
    path = npz(lstm("bidirectional_rnn/bw/basic_lstm_cell"))
    status, _, err = run(path, "--out", "own")
    assert status == 2
    assert 'Import its cell with --cell "..." --run "DynamicRNN()"' in err
    assert run(path, "--cell", "BasicLSTMCell(4)", "--run", "DynamicRNN()", "--out", "own", *SMALL)[0] == 0


def test_each_case_is_printed_once():
    status, out, err = run(npz(lstm("rnn/basic_lstm_cell")), *DEFAULTS, "--out", "own", *SMALL)
    assert (status, err) == (0, "")
    assert out.count("imported/model-npz/dynamic") == 1


def test_long_lines_are_wrapped_to_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    scope = "a_long/scope/of_a_program/rnn/basic_lstm_cell"
    status, out, err = run(npz(lstm(scope)), *DEFAULTS, "--out", "own", *SMALL)
    assert status == 0, err
    assert all(len(line) <= 70 for line in out.splitlines())
    assert "answers those of the rebuilt tf.compat.v1 cell: there is no graph beside the weights" in in_one_line(out)


def test_the_defaults_that_a_written_cell_takes_are_listed_as_the_questions_are():
    path = npz(lstm("rnn/basic_lstm_cell"))
    asked = [line for line in run(path, "--out", "own")[2].splitlines() if line.startswith("  forget_bias: ")]
    status, out, err = run(path, "--cell", "BasicLSTMCell(4, activation=tf.nn.relu)", "--out", "own", *SMALL)
    assert status == 0, err
    assert "known     activation='relu' (as you said)" in out
    assert f"defaults which --cell leaves as they are, though the file does not say so: {asked[0].strip()}" in (
        in_one_line(out)
    )
    assert "activation: " not in out


def test_show_says_where_the_weights_and_inputs_of_an_imported_case_are_from(capsys):
    path = npz(lstm("rnn/basic_lstm_cell") | drawn({"embedding": (9, 3)}))
    assert run(path, *DEFAULTS, "--out", "own", *SMALL)[0] == 0
    with pytest.raises(SystemExit):
        rnn_parity_command(["show", "imported/model-npz/dynamic", "--fixtures", "own"])
    shown = capsys.readouterr().out
    assert "the trained weights of model.npz; inputs are rows of embedding; the answers are the rebuilt cell's" in shown
    assert "weights and states are the trained model's; inputs are chosen by seed 2016\n" in shown
    assert "drawn from" not in shown


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
    assert with_defaults(path, "--name", "second-one")[0] == 0
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
    assert out.startswith("model.ckpt: V1 checkpoint, no graph\n")
    assert len(agreeing()) == 4
