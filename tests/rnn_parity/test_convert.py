"""`rnn-parity convert` as a user meets it: files in, files out, and words about what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from rnn_parity import layouts
from rnn_parity.candidate import load_cases
from rnn_parity.cli import main
from rnn_parity.layouts import torch as torch_layout

STACK = "MultiRNNCell([BasicLSTMCell(num_units=5)] * 2)"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def convert(capsys):
    def call(*args):
        with pytest.raises(SystemExit) as end:
            main(["convert", *map(str, args)])
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return call


@pytest.fixture
def checkpoint():
    """Return what a user has: variables of a stack below a scope of their own, beside those of an optimizer."""
    generator = np.random.default_rng(3)
    scope = "encoder/multi_rnn_cell/cell_{}/basic_lstm_cell/{}:0"
    arrays = {}
    for level, depth in ((0, 3), (1, 5)):
        arrays[scope.format(level, "kernel")] = generator.standard_normal((depth + 5, 20), np.float32)
        arrays[scope.format(level, "bias")] = generator.standard_normal(20, np.float32)
    np.savez("checkpoint.npz", **arrays)
    return arrays


def test_a_checkpoints_arrays_become_a_state_dict_and_come_back_bit_for_bit(convert, checkpoint):
    status, out, _ = convert("checkpoint.npz", "lstm.safetensors", "--to", "torch", "--cell", STACK)
    assert status == 0
    assert out.startswith("lstm.safetensors: MultiRNNCell as torch has it, float32\n  weight_ih_l0  (20, 3)\n")
    there = ("lstm.safetensors", "back.npz", "--from", "torch", "--to", "tf1", "--cell", STACK, "--scope", "encoder")
    assert convert(*there)[0] == 0
    with np.load("back.npz") as back:
        assert {f"{name}:0" for name in back} == set(checkpoint)
        assert all(back[name].tobytes() == checkpoint[f"{name}:0"].tobytes() for name in back)


@pytest.mark.usefixtures("checkpoint")
def test_torch_loads_what_is_written_as_it_is(convert):
    import torch  # noqa: PLC0415  heavy, and used here alone

    convert("checkpoint.npz", "lstm.npz", "--to", "torch", "--cell", STACK)
    module = torch.nn.LSTM(3, 5, num_layers=2)
    with np.load("lstm.npz") as held:
        assert (
            str(module.load_state_dict({name: torch.tensor(held[name]) for name in held}))
            == "<All keys matched successfully>"
        )


def test_a_fixture_says_itself_whose_weights_it_holds(convert):
    case = next(load_cases("basic-lstm/square"))
    fixture = Path(__file__).parents[2] / "fixtures" / "basic-lstm" / "square.safetensors"
    assert convert(fixture, "one.safetensors", "--to", "torch")[0] == 0
    assert convert("two.safetensors", "--case", "basic-lstm/square", "--to", "torch")[0] == 0
    expected = layouts.pack("torch", case.spec, case.weights)
    for file in ("one.safetensors", "two.safetensors"):
        held = load_file(file)
        assert set(held) == set(expected)
        assert all(held[name].tobytes() == array.tobytes() for name, array in expected.items())


def test_both_directions_are_named_by_the_run(convert):
    args = ("--case", "basic-lstm/bidirectional", "--to", "keras")
    assert convert("both.npz", *args)[0] == 0
    run = ("--cell", "BasicLSTMCell(5)", "--run", "BidirectionalDynamicRNN()")
    assert convert("both.npz", "tf.npz", "--from", "keras", "--to", "tf1", *run)[0] == 0
    with np.load("tf.npz") as held:
        assert sorted(held) == [
            f"bidirectional_rnn/{way}/basic_lstm_cell/{name}" for way in ("bw", "fw") for name in ("bias", "kernel")
        ]


def test_nothing_is_replaced_without_force_and_nothing_is_left_beside_it(convert):
    Path("out.npz").write_text("mine")
    args = ("out.npz", "--case", "basic-lstm/square", "--to", "torch")
    status, _, err = convert(*args)
    assert (status, err) == (2, "error: out.npz: is there already; --force replaces it.\n")
    assert Path("out.npz").read_text() == "mine"
    assert convert(*args, "--force")[0] == 0
    assert [path.name for path in Path().iterdir()] == ["out.npz"]


def test_a_writer_that_fails_leaves_the_old_file(convert, monkeypatch):
    Path("out.npz").write_text("mine")

    def full(file, **_):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    status, _, err = convert("out.npz", "--case", "basic-lstm/square", "--to", "torch", "--force")
    assert status == 2
    assert "cannot be written" in err
    assert Path("out.npz").read_text() == "mine"
    assert [path.name for path in Path().iterdir()] == ["out.npz"]


def test_a_format_of_a_layouts_own_is_written_by_it(convert, monkeypatch):
    writer = {".model": lambda path, spec, arrays: path.write_text(f"{spec.id} {len(arrays)}")}
    monkeypatch.setattr(torch_layout, "WRITERS", writer, raising=False)
    assert convert("out.model", "--case", "basic-lstm/square", "--to", "torch")[0] == 0
    assert Path("out.model").read_text() == "basic-lstm/square 4"


def test_what_cannot_be_expressed_is_refused_with_the_reason_and_nothing_is_written(convert):
    status, _, err = convert("out.npz", "--case", "gru/square", "--to", "torch")
    assert status == 2
    assert err == (
        "error: torch cannot express this: torch.nn.GRU applies the reset gate after the matmul; "
        "TensorFlow's GRUCell before.\n"
    )
    assert not Path("out.npz").exists()


@pytest.mark.usefixtures("checkpoint")
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--to", "toch", "--cell", STACK], "no weight layout 'toch', should be one of tf1"),
        (["--to", "torch"], "--case ID or a fixture: whose arrays are these?"),
        (["--to", "torch", "--cell", "BasicLSTMCel(5)"], "no class 'BasicLSTMCel'; did you mean 'BasicLSTMCell'?"),
        (["--to", "torch", "--cell", "BasicLSTMCell(5, forget=1.0)"], "has no option 'forget'; did you mean 'forget_b"),
        (["--to", "torch", "--cell", "BasicLSTMCell(0)"], "num_units: got 0, should be a whole number > 0."),
        (["--to", "torch", "--cell", "BasicLSTMCell(5"], "no Python expression"),
        (["--to", "torch", "--cell", "__import__('os').system('true')"], "neither a value nor one of the cells"),
        (["--to", "torch", "--cell", "[BasicLSTMCell(5)] * 2"], "a list of cells runs inside MultiRNNCell(...)"),
        (["--to", "torch", "--cell", "BasicLSTMCell(5, activation=tf.nn.rleu)"], "did you mean activation='relu'?"),
        (["--to", "torch", "--cell", "MultiRNNCell([GRUCell(5) for n in sizes])"], "should be over a range"),
        (["--to", "torch", "--cell", "MultiRNNCell([GRUCell(5)] * 1000000000)"], "should be from 1 to 1000"),
        (["--to", "torch", "--cell", "BasicLSTMCell(5, True)"], "BasicLSTMCell takes options by name"),
        (["--to", "torch", "--cell", "BasicLSTMCell()"], "Missing required argument 'num_units'"),
        (["--to", "torch", "--cell", "DynamicRNN()"], "not a cell, like 'LSTMCell(num_units=5)'"),
        (["--to", "torch", "--cell", "GRUCell(5)"], "tf1 array rnn/gru_cell/gates/kernel: got no array of this name"),
        (["--to", "torch", "--cell", STACK, "--scope", "decoder"], "cell_0/basic_lstm_cell/kernel: got no array"),
        (["--to", "torch", "--cell", STACK.replace("5", "6")], "kernel: got shape (8, 20), should be"),
        (["--to", "torch", "--cell", STACK, "--depth", "4"], "kernel: got shape (8, 20), should be (9, 20)"),
        (["--to", "torch", "--cell", "BasicLSTMCell(5)"], "variables below each of 'encoder/multi_rnn_cell/cell_0'"),
        (["--from", "torch", "--to", "keras", "--cell", STACK], "The names look like those of tf1: give --from tf1."),
        (["--to", "torch", "--cell", STACK, "--scope", "encode"], "lie below 'encoder': give one of those as --scope."),
        (["--to", "torch", "--cell", STACK, "--case", "gru/square"], "--case and --cell both say which cell it is"),
        (["--to", "torch", "--run", "Step()", "--case", "gru/square"], "--run and --depth go with --cell"),
        (["--from", "torch", "--to", "keras", "--cell", STACK, "--scope", "x"], "--scope is where TensorFlow's"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_told_what_is_wrong(convert, args, message):
    status, out, err = convert("checkpoint.npz", "out.npz", *args)
    assert (status, out) == (2, "")
    assert message in err
    assert not Path("out.npz").exists()


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("rnn/BasicLSTMCell/Linear/Matrix", "names of TensorFlow before 1.2: `python -m tf_reference import` reads"),
        ("rnn/basic_lstm_cell/weights:0", "names of TensorFlow before 1.2: `python -m tf_reference import` reads"),
        ("lstm.weight_ih_l0", "The names look like those of torch: give --from torch."),
        ("lstm/lstm_cell/recurrent_kernel:0", "The names look like those of keras: give --from keras."),
        ("0/W", "The names look like those of onnx: give --from onnx."),
        ("OptimizedLSTMCell_0/hi/kernel", "The names look like those of flax: give --from flax."),
    ],
)
def test_names_of_another_layout_or_age_are_recognised(convert, name, advice):
    np.savez("in.npz", **{name: np.zeros((8, 20), np.float32)})
    status, _, err = convert("in.npz", "out.npz", "--to", "keras", "--cell", "BasicLSTMCell(5)")
    assert status == 2
    assert advice in err


def test_a_stack_of_one_object_is_recognised(convert, checkpoint):
    np.savez("checkpoint.npz", **{name: array for name, array in checkpoint.items() if "cell_0" in name})
    status, _, err = convert("checkpoint.npz", "out.npz", "--to", "torch", "--cell", STACK, "--depth", "5")
    assert status == 2
    assert err.endswith("(from TensorFlow 1.2 on `[cell] * n` is) share cell_0's: say one_object=True.\n")


def test_the_depth_of_one_object_at_several_places_is_its_own_width(convert, checkpoint):
    one = {name: array for name, array in checkpoint.items() if "cell_1" in name}
    np.savez("checkpoint.npz", **{name.replace("cell_1", "cell_0"): array for name, array in one.items()})
    cell = "MultiRNNCell([BasicLSTMCell(5)] * 3, one_object=True)"
    status, out, err = convert("checkpoint.npz", "out.npz", "--to", "torch", "--cell", cell)
    assert status == 0, err
    assert "weight_ih_l2  (20, 5)" in out


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (
            ["rnn/lstm_cell/kernel", "rnn/lstm_cell/bias"],
            ["--cell", "GRUCell(5)"],
            "'rnn/lstm_cell/bias', in scopes called lstm_cell, not gru_cell: --cell is likely of another class.",
        ),
        (
            ["rnn/lstm_cell/kernel", "rnn/lstm_cell/bias"],
            ["--case", "gru/square"],
            "in scopes called lstm_cell, not gru_cell: --case is likely of another class.",
        ),
        (
            ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"],
            ["--from", "torch", "--cell", STACK],
            "'bias_hh_l0': --cell is likely not the cell whose arrays these are.",
        ),
        (
            ["a/k", "a/r", "a/b", "c", "d", "e"],
            ["--from", "keras", "--cell", "LSTMCell(5)"],
            "There are 'a/k', 'a/r', 'a/b', 'c' and 2 more: no names that keras gives to the variables of cells.",
        ),
    ],
)
def test_missing_arrays_are_told_with_the_names_there_are_and_the_option_that_is_likely_wrong(
    convert, names, options, message
):
    np.savez("in.npz", **{name: np.zeros((20, 5), np.float32) for name in names})
    status, _, err = convert("in.npz", "out.npz", "--to", "keras", *options)
    assert status == 2
    assert err.endswith(f"{message}\n")


@pytest.mark.parametrize(
    ("target", "layout", "message"),
    [
        ("out.onx", "onnx", "got suffix '.onx', should be one of .safetensors, .npz, .onnx."),
        ("out.onnx", "torch", "should be one of .safetensors, .npz; .onnx goes with --to onnx."),
    ],
)
@pytest.mark.usefixtures("checkpoint")
def test_a_target_of_no_format_of_the_layout_is_told_which_there_are(convert, target, layout, message):
    status, _, err = convert("checkpoint.npz", target, "--to", layout, "--cell", STACK)
    assert status == 2
    assert message in err


def test_a_number_that_is_none_is_not_carried_over(convert, checkpoint):
    kernel = checkpoint["encoder/multi_rnn_cell/cell_1/basic_lstm_cell/kernel:0"]
    kernel[2, 7] = np.nan
    np.savez("checkpoint.npz", **checkpoint)
    status, _, err = convert("checkpoint.npz", "out.npz", "--to", "torch", "--cell", STACK)
    where = "tf1 array rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel: got nan at [2, 7]"
    assert (status, err) == (2, f"error: {where}, should be finite numbers throughout.\n")
    assert not Path("out.npz").exists()


def test_arrays_of_something_else_are_left_out_only_when_asked(convert, checkpoint):
    np.savez("more.npz", **checkpoint, **{"global_step:0": np.array(7)})
    args = ("more.npz", "out.npz", "--to", "torch", "--cell", STACK)
    status, _, err = convert(*args)
    assert status == 2
    assert err == (
        "error: more.npz: holds arrays that this cell does not have, like 'global_step'. "
        "--ignore-unknown leaves them out.\n"
    )
    assert convert(*args, "--ignore-unknown")[0] == 0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.npz", b"garbage", "holds no arrays that NumPy can read"),
        ("in.npz", b"PK\x03\x04 but cut", "holds no arrays that NumPy can read"),
        ("in.safetensors", b"garbage", "holds no arrays that NumPy can read"),
        ("in.pt", b"", "got suffix '.pt', should be one of .safetensors, .npz"),
        ("missing.npz", None, "cannot be read (No such file or directory)"),
    ],
)
def test_a_file_that_holds_no_arrays_is_one_line_of_words(convert, name, content, message):
    if content is not None:
        Path(name).write_bytes(content)
    status, _, err = convert(name, "out.npz", "--to", "torch", "--cell", STACK)
    assert status == 2
    assert message in err
    assert err.count("\n") == 1


def test_pickled_objects_are_never_loaded(convert):
    np.savez("in.npz", evil=np.array([print], dtype=object))
    status, _, err = convert("in.npz", "out.npz", "--to", "torch", "--cell", STACK)
    assert (status, err) == (
        2,
        "error: in.npz: holds no arrays that NumPy can read (pickled objects, or no npz file).\n",
    )


def test_the_depth_is_read_from_the_arrays_of_any_layout(convert):
    for name in ("torch", "keras"):
        assert convert(f"{name}.npz", "--case", "basic-lstm/bidirectional", "--to", name)[0] == 0
        run = ("--cell", "BasicLSTMCell(5)", "--run", "BidirectionalDynamicRNN()")
        status, out, _ = convert(f"{name}.npz", f"{name}-tf.npz", "--from", name, "--to", "tf1", *run)
        assert status == 0
        assert "kernel  (8, 20)" in out


@pytest.mark.parametrize(
    "text",
    [
        "tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(5, activation=tf.tanh)] * 2)",
        "tf.contrib.rnn.MultiRNNCell([rnn_cell.BasicLSTMCell(5, activation=tf.nn.tanh) for _ in range(2)])",
    ],
)
def test_a_cell_is_read_as_tensorflow_code_wrote_it(convert, checkpoint, text):
    assert checkpoint
    assert convert("checkpoint.npz", "one.safetensors", "--to", "torch", "--cell", STACK)[0] == 0
    assert convert("checkpoint.npz", "two.safetensors", "--to", "torch", "--cell", text)[0] == 0
    assert Path("one.safetensors").read_bytes() == Path("two.safetensors").read_bytes()


def test_float64_arrays_stay_float64(convert):
    save_file({"lstm_cell/kernel": np.zeros((8, 20)), "lstm_cell/bias": np.zeros(20)}, "in.safetensors")
    status, out, _ = convert("in.safetensors", "out.npz", "--to", "keras", "--cell", "LSTMCell(5)", "--run", "Step()")
    assert status == 0
    assert "float64" in out
