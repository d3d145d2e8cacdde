"""The tutorial's recording, made again: what it prints, and that what is committed is still TensorFlow's answer."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rnn_parity.store import Fixtures
from tf_reference.changes import compare_fixtures

pytestmark = pytest.mark.needs_tf

ROOT = Path(__file__).parents[2]
COMMITTED = "docs/examples/slow-cell"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Return the folder that the tutorial's own command recorded into, and what it printed."""
    page = (ROOT / "docs/tutorials/own-cell.md").read_text()
    (line,) = [line for line in page.splitlines() if line.startswith("$ python -m tf_reference record")]
    folder = tmp_path_factory.mktemp("tutorial") / "slow-cell"
    _, *arguments = shlex.split(line.removeprefix("$ ").replace(f"--out {COMMITTED}", f"--out {folder}"))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_tutorial_prints_what_it_shows(recorded):
    folder, printed = recorded
    assert printed.replace(str(folder), COMMITTED) == (ROOT / "docs/examples/slow_cell.txt").read_text()


def test_the_committed_recording_is_tensorflow_s_answer(recorded):
    again, committed = Fixtures(recorded[0]), Fixtures(ROOT / COMMITTED)
    assert again.ids == committed.ids
    for case_id in committed.ids:
        change = compare_fixtures(committed.read(case_id), again.read(case_id))
        assert change is None or not change.drifted, change
