"""The tutorial of a model of 2016, from the training of the model to what PyTorch and NumPy write with it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from generate import steady  # noqa: E402  a script of the docs, not of a package

pytestmark = pytest.mark.needs_tf

EXAMPLES = ROOT / "docs" / "examples"
SHOWN = {  # a command's beginning -> the file that the page shows as its output
    "python docs/examples/char_model_of_2016.py": "char_model_of_2016",
    "python -m tf_reference import": "char_model_import",
    "rnn-parity check": "char_model_check",
    "python docs/examples/char_model_in_pytorch.py": "char_model_in_pytorch",
    "python docs/examples/char_model_in_numpy.py": "char_model_in_numpy",
}


def commands():
    page = (ROOT / "docs/tutorials/legacy-model.md").read_text()
    return [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Return command -> what it wrote to stdout, all of the page's run one after the other in an empty folder."""
    folder = tmp_path_factory.mktemp("tutorial")
    (folder / "docs").symlink_to(ROOT / "docs")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "TF_USE_LEGACY_KERAS")}
    environment |= {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "NO_COLOR": "1"}
    outputs = {}
    for command in commands():
        done = subprocess.run(
            ["/bin/bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        outputs[command] = done.stdout
    return outputs


def test_every_command_of_the_tutorial_prints_what_is_shown(printed):
    for beginning, name in SHOWN.items():
        (command,) = [one for one in printed if one.startswith(beginning)]
        assert steady(printed[command]) == steady((EXAMPLES / f"{name}.txt").read_text()), command


def test_pytorch_and_numpy_write_the_same_text(printed):
    torch, numpy = (text for command, text in printed.items() if "char_model_in_" in command)
    assert torch == numpy
    assert torch.count("Gates open, gates close, and what a cell has kept is all it knows.") == 2


def test_nothing_is_left_to_ask_where_the_graph_tells_everything(printed):
    (inspected,) = [text for command, text in printed.items() if "inspect" in command]
    assert "state = (c, h)" in inspected
    assert "cannot be known" not in inspected
