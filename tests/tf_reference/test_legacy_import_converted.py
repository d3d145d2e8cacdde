"""What is imported is carried over: the converted weights are run in each target and answer as TensorFlow does."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from click.testing import CliRunner
from legacy_checkpoints import drawn, write_npz
from safetensors.torch import load_file

from rnn_parity import load_cases
from tf_reference import __main__ as command

pytestmark = pytest.mark.needs_tf

ROOT = Path(__file__).parents[2]
CELL = "MultiRNNCell([BasicLSTMCell(4, forget_bias=0.5)] * 2)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the fixtures of an imported model of 2016, in `own`."""
    place = tmp_path_factory.mktemp("imported")
    scope = "lm/MultiRNNCell/Cell{}/BasicLSTMCell/Linear"
    shapes = {f"{scope.format(k)}/{name}": shape for k, rows in ((0, 7), (1, 8))
              for name, shape in (("Matrix", (rows, 16)), ("Bias", (16,)))}  # fmt: skip
    path = write_npz(place / "model.npz", drawn(shapes))
    options = ["--cell", CELL, "--out", str(place / "own"), "--name", "lm", "--steps", "5", "--batch", "4"]
    result = CliRunner().invoke(command.main, ["import", str(path), *options])
    assert result.exit_code == 0, result.output
    return place


def rnn_parity(folder, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != "TF_USE_LEGACY_KERAS"}
    done = subprocess.run(
        [sys.executable, "-m", "rnn_parity", *arguments],
        cwd=folder, env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def agrees(case, name, array):
    expected = case.expectation
    return np.abs(array - expected.oracle64[name]).max() <= 8 * expected.noise[name]


def test_torch_loads_the_weights_and_answers(folder):
    (case,) = load_cases("imported/lm/from-state", fixtures=folder / "own")
    rnn_parity(folder, "convert", "own/imported/lm/from-state.safetensors", "lstm.safetensors", "--to", "torch")
    module = torch.nn.LSTM(3, 4, num_layers=2, batch_first=True)
    module.load_state_dict(load_file(folder / "lstm.safetensors"))
    c, h = (torch.tensor(np.stack(parts)) for parts in zip(*case.initial_state, strict=True))
    with torch.no_grad():
        outputs, (_, c) = module(torch.tensor(case.inputs), (h, c))
    assert agrees(case, "outputs", outputs.numpy())
    assert agrees(case, "final_state/1/c", c[1].numpy())


def test_onnx_runtime_runs_the_file(folder):
    (case,) = load_cases("imported/lm/dynamic", fixtures=folder / "own")
    rnn_parity(folder, "convert", "own/imported/lm/dynamic.safetensors", "lm.onnx", "--to", "onnx")
    session = onnxruntime.InferenceSession(str(folder / "lm.onnx"), providers=["CPUExecutionProvider"])
    zeros = {one.name: np.zeros((4, 4), np.float32) for one in session.get_inputs() if one.name.startswith("initial")}
    (outputs,) = session.run(["Y"], {"X": case.inputs.swapaxes(0, 1)} | zeros)
    assert agrees(case, "outputs", outputs.swapaxes(0, 1))


@pytest.mark.parametrize("candidate", ["keras", "jax", "onnxruntime", "torch"])
def test_every_framework_agrees_on_the_trained_weights(folder, candidate):
    assert "4 of 4 cases agree" in rnn_parity(folder, "check", "--fixtures", "own", "--candidate", candidate)


def test_the_numbers_in_keras_s_and_flax_s_files_are_the_imported_ones(folder):
    (case,) = load_cases("imported/lm/dynamic", fixtures=folder / "own")
    for layout in ("keras", "flax"):
        rnn_parity(folder, "convert", "own/imported/lm/dynamic.safetensors", f"{layout}.npz", "--to", layout)
        back = ("--from", layout, "--to", "tf1", "--cell", CELL)
        rnn_parity(folder, "convert", f"{layout}.npz", f"{layout}-back.npz", *back)
        with np.load(folder / f"{layout}-back.npz") as arrays:
            for name, array in case.weights.items():
                assert np.allclose(arrays[name], array, rtol=0, atol=1e-7), name
