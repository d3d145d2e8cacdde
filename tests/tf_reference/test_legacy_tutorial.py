"""The tutorial of a model of 2016, from the training of the model to what PyTorch and NumPy write with it."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from generate import steady  # noqa: E402  a script of the docs, not of a package
from legacy_tutorial import DOCS, SHOWN, replayed  # noqa: E402  as above

pytestmark = pytest.mark.needs_tf


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the empty folder in which the page's commands run."""
    return tmp_path_factory.mktemp("tutorial")


@pytest.fixture(scope="module")
def printed(folder):
    """Return command -> what it wrote to stdout, all of the page's run one after the other."""
    return dict(replayed(folder))


@pytest.mark.parametrize("beginning", SHOWN)
def test_every_command_of_the_tutorial_prints_what_is_shown(printed, beginning):
    (command,) = [one for one in printed if one.startswith(beginning)]
    shown = (DOCS / "examples" / f"{SHOWN[beginning]}.txt").read_text()
    assert steady(printed[command]) == steady(shown), "run `python docs/legacy_tutorial.py`"
    assert f"examples/{SHOWN[beginning]}.txt" in (DOCS / "tutorials" / "legacy-model.md").read_text()


def test_what_the_tutorial_writes_lies_in_a_folder_that_git_ignores(folder, printed):
    assert printed
    assert {path.name for path in folder.iterdir()} == {"docs", "build"}
    assert "build/" in (ROOT / ".gitignore").read_text().splitlines()


def test_pytorch_and_numpy_write_the_same_text(printed):
    torch, numpy = (text for command, text in printed.items() if "char_model_in_" in command)
    assert torch == numpy
    assert torch.count("Gates open, gates close, and what a cell has kept is all it knows.") == 2


def test_nothing_is_left_to_ask_where_the_graph_tells_everything(printed):
    (inspected,) = [text for command, text in printed.items() if "inspect" in command]
    assert "state = (c, h)" in inspected
    assert "cannot be known" not in inspected
