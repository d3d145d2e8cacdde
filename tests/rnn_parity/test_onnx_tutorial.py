"""What the tutorial of an .onnx file shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from rnn_parity import load_cases
from rnn_parity.weights import variables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorials" / "onnx.md").read_text()


def test_the_code_of_the_tutorial_finds_the_variables_in_the_file(monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102  the page's own text
    shapes = {name: array.shape for name, array in names["variables"].items()}
    assert shapes == variables(names["spec"])
    assert shapes["rnn/gru_cell/gates/kernel"] == (8, 10)


@pytest.mark.parametrize("case", ["lstm/dynamic-ragged", "gru/dynamic-ragged-state"])
def test_a_converted_file_answers_what_tensorflow_answered(case, tmp_path):
    file = tmp_path / "out.onnx"
    command = [sys.executable, "-m", "rnn_parity", "convert", "--case", case, "--to", "onnx", str(file)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (loaded,) = load_cases([case])
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    rows, units = loaded.spec.sizes.batch_size, loaded.spec.cell.num_units
    given = {"X": loaded.inputs.swapaxes(0, 1), "sequence_lens": loaded.sequence_length}
    given["initial/0/h"] = np.zeros((rows, units), np.float32) if loaded.initial_state is None else loaded.initial_state
    given["initial/0/c"] = np.zeros((rows, units), np.float32)
    taken = [one.name for one in session.get_inputs()]
    y, *_ = session.run(["Y"], {name: given[name] for name in taken})
    expected = loaded.expectation
    assert np.abs(y.swapaxes(0, 1) - expected.oracle64["outputs"]).max() <= 8 * expected.noise["outputs"]
