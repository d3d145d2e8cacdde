"""`python -m tf_reference record`: what it loads, where it writes, what it refuses."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from rnn_parity.candidate import load_cases
from rnn_parity.errors import BuildLoadError
from rnn_parity.fixture_file import write_fixture
from rnn_parity.spec import BasicRNNCell, Step
from rnn_parity.store import Fixtures, set_aside
from tf_reference import __main__ as command
from tf_reference.export import export
from tf_reference.own.loading import load_recordings

pytestmark = pytest.mark.needs_tf

BUILD = """
from rnn_parity.spec import Sizes, Step
from tf_reference import CellRecording
import own_cells

def one(case_id, leak=0.3, **options):
    sizes = Sizes(batch_size=2, max_time=1, depth=2)
    cell = lambda: own_cells.leaky(2, leak=leak)
    return CellRecording(id=case_id, why="a test", cell=cell, run=Step(initial_state=True), sizes=sizes, **options)

def build(): return [one("own/first"), one("own/second")]
def other(): return one("own/second", leak=0.4)
def bad(): return [one("own/first"), one("own/second", weights={}), one("own/third", weights={})]
def raises(): raise RuntimeError("no weights found")
def wrong(): return [one("own/first"), "own/second"]
def nothing(): return []
def twice(): return [one("own/first"), one("own/first")]
def graph(inputs, sequence_length, initial_state): return inputs, initial_state
CASES = []
"""


@pytest.fixture
def module(tmp_path):
    """Return the path of a user's module."""
    path = tmp_path / "mine.py"
    path.write_text(BUILD)
    return path


@pytest.fixture
def record(module, tmp_path):
    """Return a function that records what one of the module's functions returns: status, stdout, stderr."""

    def invoke(function="build", *options, folder=tmp_path / "own"):
        arguments = ["record", f"{module}:{function}", "--out", str(folder), *options]
        result = CliRunner().invoke(command.main, arguments)
        return result.exit_code, result.stdout, result.stderr

    return invoke


def bytes_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_folder_holds_what_was_recorded_and_is_read_without_tensorflow(record, tmp_path):
    folder = tmp_path / "own"
    status, out, err = record()
    assert (status, out) == (0, f"added    own/first\nadded    own/second\nwritten to {folder}\n")
    assert err.splitlines()[-1] == "recorded 2 of 2: own/second"
    assert Fixtures(folder).ids == ("own/first", "own/second")
    assert [case.spec.cell.class_name for case in load_cases(fixtures=folder)] == ["LeakyCell"] * 2
    code = (
        "import sys; from rnn_parity.candidate import load_cases; from pathlib import Path\n"
        f"print(len(list(load_cases(fixtures=Path({str(folder)!r})))), 'tensorflow' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "2 False\n"
    )


def test_recording_again_replaces_the_same_names_and_keeps_the_others(record, tmp_path):
    record()
    before = bytes_in(tmp_path / "own")
    status, out, _ = record("other")
    assert status == 0
    assert out.startswith("changed  own/second   ")
    after = bytes_in(tmp_path / "own")
    assert {name for name in before if before[name] != after[name]} == {"own/second.safetensors", "MANIFEST.json"}
    assert record("build", "--only", "own/first")[1].startswith("as it was own/first\n")


def test_one_recording_that_fails_leaves_the_folder_as_it_was(record, tmp_path):
    record("other")
    before = bytes_in(tmp_path / "own")
    status, out, err = record("bad")
    assert (status, out) == (2, "")
    assert err.count("was not recorded: weights= has nothing for variable leaky_cell/kernel") == 2
    assert bytes_in(tmp_path / "own") == before


def test_a_folder_with_something_else_in_it_is_not_touched(record, tmp_path):
    record()
    note = tmp_path / "own/notes.txt"
    note.write_text("mine")
    before = bytes_in(tmp_path / "own")
    status, _, err = record()
    assert status == 2
    problem = f"{tmp_path / 'own'} holds notes.txt, which is no fixture. Nothing was written."
    advice = "Name a new folder, or one that `python -m tf_reference record` or `import` wrote."
    assert err == f"error: --out: {problem} {advice}\n"
    assert bytes_in(tmp_path / "own") == before
    assert "holds mine.py, and no MANIFEST.json" in record(folder=tmp_path)[2]
    assert "is a file" in record(folder=note)[2]


def test_tensorflow_s_own_cases_and_a_user_s_never_share_a_folder(record, make_case, tmp_path):
    folder = tmp_path / "catalogue"
    export((make_case(BasicRNNCell(num_units=2), Step(), id="basic-rnn/step"),), folder, write=True)
    before = bytes_in(folder)
    status, _, err = record(folder=folder)
    assert status == 2
    assert "holds basic-rnn/step, which is of TensorFlow's own cells. Nothing was written." in err
    assert bytes_in(folder) == before


def test_a_damaged_folder_is_not_touched(record, tmp_path):
    record()
    path = tmp_path / "own/own/first.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    before = bytes_in(tmp_path / "own")
    assert record("other")[0] == 10
    path.unlink()
    assert record("other")[0] == 10
    before.pop("own/first.safetensors")
    assert bytes_in(tmp_path / "own") == before


def test_recordings_of_two_versions_of_tensorflow_are_not_mixed(record, monkeypatch):
    record()
    from tf_reference.own import folder as own_folder  # noqa: PLC0415

    monkeypatch.setattr(own_folder, "versions", lambda: {"tensorflow": "2.99.0", "tf_keras": "2.99.0", "numpy": "2"})
    status, _, err = record("other")
    assert status == 2
    assert "this is 2.99.0. Install that version, or record everything into a new folder." in err


def test_recording_is_refused_in_ci(record, tmp_path, monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert record()[0] == 12
    assert not (tmp_path / "own").exists()


def test_a_glob_that_matches_nothing_names_the_nearest(record):
    assert record("build", "--only", "own/frist")[::2] == (2, "error: no case 'own/frist'. Did you mean 'own/first'?\n")


@pytest.mark.parametrize(
    ("reference", "match"),
    [
        ("mine", "write it as module:function or path/file.py:function"),
        ("no_such_module_of_mine:build", "importing no_such_module_of_mine raised ModuleNotFoundError"),
        ("{}/none.py:build", "there is no file .*none.py"),
        ("{}/mine.py:biuld", "mine has no 'biuld'; did you mean 'build'"),
        ("{}/mine.py:CASES", "'CASES' is a list, should be a function without arguments"),
        ("{}/mine.py:graph", "'graph' wants inputs, sequence_length, initial_state, should be .*into a GraphRecording"),
        ("{}/mine.py:raises", r"it raised RuntimeError: no weights found \[.*mine.py:\d+\]"),
        ("{}/mine.py:wrong", "it returned a str, should be a CellRecording, a GraphRecording or a list of them"),
        ("{}/mine.py:nothing", "it returned nothing to record"),
        ("{}/mine.py:twice", "two recordings have the id 'own/first'"),
    ],
)
def test_a_build_that_gives_no_recordings_is_refused_with_the_reason(module, reference, match):
    with pytest.raises(BuildLoadError, match=match) as caught:
        load_recordings(reference.format(module.parent))
    assert caught.value.exit_status == 2


def test_a_module_that_turns_tensorflow_2_off_is_recorded_the_same(record, module, tmp_path):
    record()
    module.write_text(f"import tensorflow.compat.v1 as tf; tf.disable_v2_behavior()\n{BUILD}")
    place = [str(path) for path in (Path(__file__).parent, Path(__file__).parents[2])]
    code = f"import sys; sys.path[:0] = {place}; from tf_reference.__main__ import main; main()"
    arguments = ["record", f"{module}:build", "--out", str(tmp_path / "own")]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[:2] == ["as it was own/first", "as it was own/second"], done.stderr


def test_a_damaged_write_leaves_nothing(record, tmp_path, monkeypatch):
    from tf_reference.own import folder as own_folder  # noqa: PLC0415

    def failing(place, fixture):
        write_fixture(place, fixture)
        raise OSError("disk full")

    monkeypatch.setattr(own_folder, "write_fixture", failing)
    status, _, err = record()
    assert (status, "own cannot be written (disk full). Nothing was written." in err) == (2, True)
    assert not (tmp_path / "own").exists()


def test_a_copy_beside_the_folder_is_kept_and_a_killed_writer_s_recordings_are_found_again(record, tmp_path):
    record()
    folder, copy = tmp_path / "own", tmp_path / "own.old"
    shutil.copytree(folder, copy)
    before = bytes_in(copy)
    folder.rename(set_aside(folder))
    assert record("other")[0] == 0
    assert Fixtures(folder).ids == ("own/first", "own/second")
    assert bytes_in(copy) == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.endswith(("own", "old", "replaced"))) == [
        "own",
        "own.old",
    ]


def test_help_says_what_it_takes():
    text = CliRunner().invoke(command.main, ["record", "--help"]).stdout
    assert "path/file.py:function" in text
    assert all(f"\n    {status} " in text for status in (0, 2, 10, 12))
