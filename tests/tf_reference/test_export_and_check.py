"""The writer and the check, on a catalogue of three cases in a temporary folder."""

import numpy as np
import pytest
from click.testing import CliRunner

from rnn_parity.errors import FixtureDamagedError, ReferenceEnvironmentError, WriteRefusedError
from rnn_parity.fixture_file import Fixture, content_hash, write_fixture
from rnn_parity.spec import BasicRNNCell, GRUCell, LSTMCell, Step
from rnn_parity.store import Fixtures, Manifest, write_manifest
from tf_reference import __main__ as command
from tf_reference import export as export_module
from tf_reference.check import check
from tf_reference.export import export

pytestmark = pytest.mark.needs_tf


@pytest.fixture
def cases(make_case):
    cells = {"gru/reset": GRUCell(num_units=2), "gru/step": GRUCell(num_units=3), "lstm/step": LSTMCell(num_units=2)}
    return tuple(make_case(cell, Step(), id=case_id) for case_id, cell in cells.items())


@pytest.fixture
def folder(tmp_path, cases):
    export(cases, tmp_path / "fixtures", write=True)
    return tmp_path / "fixtures"


@pytest.fixture
def run(monkeypatch, cases, folder):
    """Return a function that runs the command on the three cases and returns exit status, stdout and stderr."""
    monkeypatch.setattr(command, "_catalogue", lambda: cases)

    def invoke(*arguments, catalogue=None):
        if catalogue is not None:
            monkeypatch.setattr(command, "_catalogue", lambda: catalogue)
        result = CliRunner().invoke(command.main, [*arguments, "--fixtures", str(folder), "--jobs", "1"])
        return result.exit_code, result.stdout, result.stderr

    return invoke


def bytes_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def tamper(folder, case_id, multiple):
    """Move the outputs of one recorded case by a multiple of their noise, hashes included."""
    fixtures = Fixtures(folder)
    fixture = fixtures.read(case_id)
    moved = fixture.arrays["outputs"] + np.float32(multiple * float(fixture.arrays["noise/outputs"]))
    changed = Fixture(fixture.spec, dict(fixture.arrays) | {"outputs": moved})
    write_fixture(folder, changed)
    was = fixtures.manifest
    hashes = was.cases | {case_id: content_hash(changed)}
    listed = Manifest(format=was.format, cases=hashes, reference=was.reference, recording=was.recording)
    write_manifest(folder, listed)


def test_dry_run_prints_what_would_be_added_and_writes_nothing(run, make_case, cases, folder):
    before = bytes_in(folder)
    status, out, _ = run("export", catalogue=(*cases, make_case(run=Step(), id="lstm/new")))
    assert (status, out) == (11, "added    lstm/new\n1 would change; --write writes them\n")
    assert bytes_in(folder) == before


def test_dry_run_of_what_is_already_recorded_exits_0(run):
    assert run("export")[:2] == (0, "nothing would change\n")


def test_write_records_what_the_store_reads(cases, folder):
    fixtures = Fixtures(folder)
    assert fixtures.ids == ("gru/reset", "gru/step", "lstm/step")
    assert [fixture.spec for fixture in fixtures] == list(cases)
    assert set(fixtures.manifest.reference) == {"tensorflow", "tf_keras", "numpy"}
    assert set(fixtures.manifest.recording) == {"cpu_features", "onednn"}


def test_writing_twice_gives_the_same_bytes(cases, folder):
    before = bytes_in(folder)
    assert export(cases, folder, write=True) == ()
    assert bytes_in(folder) == before


def test_writing_is_refused_in_ci(run, cases, folder, monkeypatch):
    monkeypatch.setenv("CI", "true")
    before = bytes_in(folder)
    with pytest.raises(WriteRefusedError):
        export(cases, folder, write=True)
    status, _, err = run("export", "--write", catalogue=cases[:1])
    assert status == 12
    assert err == "error: fixtures are not written where CI is set. Record them on your machine and commit them.\n"
    assert bytes_in(folder) == before
    assert run("export", catalogue=cases)[0] == 0


def test_removed_case_is_told_and_removed(cases, folder):
    assert [change.words for change in export(cases[1:], folder, write=True)] == ["removed  gru/reset"]
    assert Fixtures(folder).ids == ("gru/step", "lstm/step")


def test_changed_answer_is_told_in_multiples_of_the_noise(cases, folder):
    tamper(folder, "lstm/step", 2)
    (change,) = export(cases, folder)
    assert change.words.startswith("changed  lstm/step   ")
    assert change.words.endswith(" x noise at outputs")
    assert 1.5 < change.ratio < 2.5


def test_changed_spec_is_told(cases, folder, make_case):
    other = (*cases[:2], make_case(BasicRNNCell(num_units=2), Step(), id="lstm/step"))
    assert [change.words for change in export(other, folder)] == ["changed  lstm/step   spec changed"]


def test_manifest_that_does_not_list_the_fixtures_is_a_change(cases, folder):
    (folder / "MANIFEST.json").write_text("{}")
    assert [change.case_id for change in export(cases, folder, write=True)] == ["MANIFEST.json"]
    assert len(Fixtures(folder).ids) == 3


def test_only_records_the_matching_and_keeps_the_others(cases, folder, make_case, monkeypatch):
    before = bytes_in(folder)
    recorded = []
    record_all = export_module.record_all
    monkeypatch.setattr(
        export_module, "record_all", lambda specs, jobs: recorded.extend(specs) or record_all(specs, jobs)
    )
    other = tuple(make_case(BasicRNNCell(num_units=2), Step(), id=spec.id) for spec in cases)
    export(other, folder, only=("lstm/*",), write=True)
    assert [spec.id for spec in recorded] == ["lstm/step"]
    after = bytes_in(folder)
    assert {name for name in before if before[name] != after[name]} == {"lstm/step.safetensors", "MANIFEST.json"}
    assert len(list(Fixtures(folder))) == 3


def test_only_refuses_to_mix_two_versions_of_tensorflow(cases, folder, monkeypatch):
    monkeypatch.setattr(export_module, "versions", lambda: {"tensorflow": "2.99.0", "tf_keras": "2.99.0", "numpy": "2"})
    with pytest.raises(ReferenceEnvironmentError, match=r"recorded with 2\..*, this is 2\.99\.0.*leave out --only"):
        export(cases, folder, only=("lstm/*",))


def test_only_refuses_to_keep_a_damaged_fixture(cases, folder):
    path = folder / "gru/step.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(FixtureDamagedError):
        export(cases, folder, only=("lstm/*",), write=True)
    assert [change.case_id for change in export(cases, folder, write=True)] == ["gru/step"]
    assert len(list(Fixtures(folder))) == 3


def test_unknown_case_names_the_nearest_and_exits_2(run):
    assert run("export", "--only", "gru/rest")[::2] == (2, "error: no case 'gru/rest'. Did you mean 'gru/reset'?\n")
    assert run("check", "--only", "gru/rest")[0] == 2


def test_case_that_fails_leaves_the_fixtures_as_they_were(run, make_case, cases, folder):
    before = bytes_in(folder)
    bad = [
        make_case(BasicRNNCell(num_units=3, activation="exponential"), Step(), id=f"bad/{n}", gain=1e3) for n in "ab"
    ]
    status, _, err = run("export", "--write", catalogue=(*cases, *bad))
    assert status == 2
    assert err.count("error: case 'bad/") == 2
    assert bytes_in(folder) == before


def test_check_of_a_fresh_recording_is_equal_to_the_bit(run):
    assert run("check")[:2] == (0, "3 equal to the bit, 0 within TensorFlow's own rounding, 0 drifted\n")


def test_check_allows_another_rounding_and_names_drift(run, folder):
    tamper(folder, "lstm/step", 2)
    status, out, _ = run("check")
    assert status == 0
    assert out.startswith("changed  lstm/step   2 x noise at outputs\n")
    assert out.endswith("2 equal to the bit, 1 within TensorFlow's own rounding, 0 drifted\n")
    tamper(folder, "gru/step", 100)
    status, out, _ = run("check")
    assert status == 11
    assert "changed  gru/step   1" in out
    assert out.endswith("1 equal to the bit, 1 within TensorFlow's own rounding, 1 drifted\n")


def test_check_names_cases_without_fixture_and_fixtures_without_case(make_case, cases, folder):
    catalogue = (*cases[1:], make_case(run=Step(), id="lstm/new"))
    report = check(catalogue, folder)
    assert [(change.case_id, change.kind) for change in report.drifted] == [
        ("gru/reset", "extra"),
        ("lstm/new", "missing"),
    ]


def test_check_of_missing_or_damaged_fixtures_exits_10(run, folder):
    path = folder / "lstm/step.safetensors"
    path.write_bytes(path.read_bytes()[:-3])
    status, _, err = run("check")
    assert status == 10
    assert err.startswith("error: ")
    assert "Traceback" not in err
    (folder / "MANIFEST.json").unlink()
    assert run("check")[0] == 10


def test_two_processes_record_the_same_bytes_as_one(cases, folder, tmp_path):
    export(cases, tmp_path / "two", jobs=2, write=True)
    assert bytes_in(tmp_path / "two") == bytes_in(folder)


@pytest.mark.parametrize(
    ("arguments", "statuses"),
    [
        ([], (0, 2, 5, 10, 11, 12)),
        (["export"], (0, 2, 10, 11, 12)),
        (["check"], (0, 2, 10, 11)),
        (["record"], (0, 2, 10, 12)),
        (["inspect"], (0, 2, 5)),
        (["import"], (0, 2, 10, 12)),
    ],
)
def test_help_lists_the_command_s_own_exit_statuses(arguments, statuses):
    _, _, ending = CliRunner().invoke(command.main, [*arguments, "--help"]).stdout.partition("Exit status:\n")
    assert tuple(int(line.split()[0]) for line in ending.splitlines()) == statuses
