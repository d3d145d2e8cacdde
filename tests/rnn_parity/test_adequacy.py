"""Which cases catch which mistakes: by how many, by what margin, and what hides."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from rnn_parity import Result, cli
from rnn_parity.adequacy import Adequacy, adequacy, gathered, ratio_if_caught
from rnn_parity.candidate import load_cases
from rnn_parity.candidates.numpy_impl import run as right
from rnn_parity.compare import compare
from rnn_parity.mistakes import MISTAKES
from rnn_parity.report.adequacy import adequacy_json, adequacy_text
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.tolerance import Tolerance

BY_ID = {mistake.id: mistake for mistake in MISTAKES}
RESET, SWAPPED, CLIP = (
    BY_ID[name] for name in ("gru/reset-never-used", "gru/gates-swapped", "lstm/cell-clip-left-out")
)
THREE = ("gru/dynamic-ragged-state", "gru/step", "gru/step-state")


@pytest.fixture(scope="module")
def recorded():
    return Fixtures(default_fixtures())


@pytest.fixture(scope="module")
def found(recorded):
    return adequacy(recorded, THREE, (RESET, SWAPPED, CLIP))


def by_id(found: Adequacy):
    return {one.mistake.id: one for one in found.strengths}


def test_a_mistake_has_room_where_it_applies_and_the_clearest_case_comes_first(found):
    reset, swapped = (by_id(found)[one.id] for one in (RESET, SWAPPED))
    assert (reset.room, swapped.room) == (2, 3)  # a step from zeros cannot see the reset gate
    assert {catch.case for catch in swapped.caught_by} == set(THREE)
    ratios = [catch.ratio for catch in swapped.caught_by]
    assert ratios == sorted(ratios, reverse=True)
    assert min(ratios) > 1e5


def test_the_margin_is_the_ratio_that_check_shows():
    case = next(load_cases(["gru/step"]))
    tensors = compare(case, SWAPPED.run(case.question()), Tolerance()).tensors
    assert ratio_if_caught(case, SWAPPED.run, Tolerance()) == max(tensor.ratio for tensor in tensors)
    assert ratio_if_caught(case, right, Tolerance()) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda result: Result(result.outputs.T, result.final_state),
        lambda result: Result(result.outputs * np.float32(np.nan), result.final_state),
    ],
)
def test_a_wrong_form_and_a_result_that_is_not_finite_have_an_infinite_margin(change):
    case = next(load_cases(["gru/step"]))
    assert ratio_if_caught(case, lambda asked: change(right(asked)), Tolerance()) == float("inf")


def test_several_processes_find_what_one_finds(recorded, found):
    assert adequacy(recorded, THREE, (RESET, SWAPPED, CLIP), jobs=2) == found


def test_every_case_is_reported_when_it_is_done(recorded):
    done = []
    adequacy(recorded, THREE, (RESET,), on_case=lambda: done.append(1))
    assert len(done) == 3


def test_a_mistake_that_other_cases_have_room_for_does_not_escape_these(found):
    assert [one.mistake.id for one in found.without_room] == [CLIP.id]
    assert found.escaped == ()
    assert found.exit_status == 0


def test_a_mistake_that_no_case_of_all_has_room_for_escapes(found):
    whole = replace(found, whole=True)
    assert [one.mistake.id for one in whole.escaped] == [CLIP.id]
    assert whole.exit_status == 1


def test_a_mistake_that_passes_the_case_it_has_room_in_escapes_and_is_shown_first():
    found = gathered(
        [("a", {RESET.id: None, SWAPPED.id: 12.0}), ("b", {SWAPPED.id: 9.0})], (RESET, SWAPPED), whole=False
    )
    assert [one.mistake for one in found.escaped] == [RESET]
    assert found.exit_status == 1
    lines = adequacy_text(found, 120).splitlines()
    assert lines[0] == "CAUGHT BY NO CASE: it may be in whatever passes them all (1)"
    assert lines[1].split()[0] == RESET.id
    assert "1 of 2 mistakes caught, 1 by 2 or more, 0 by 5 or more" in lines[-2]


def test_a_mistake_that_hangs_on_one_case_is_shown():
    found = gathered([("a", {SWAPPED.id: 12.0}), ("b", {SWAPPED.id: None})], (SWAPPED,), whole=True)
    text = adequacy_text(found, 120)
    assert text.startswith(f"caught by one case only (1)\n  {SWAPPED.id} ")
    assert found.exit_status == 0


def test_nothing_to_catch_is_a_status_of_its_own():
    found = gathered([("a", {})], (CLIP,), whole=False)
    assert found.exit_status == 5


def test_an_infinite_margin_is_null_in_the_json():
    found = gathered([("a", {SWAPPED.id: float("inf")}), ("b", {SWAPPED.id: 9.0})], (SWAPPED,), whole=True)
    document = json.loads(json.dumps(adequacy_json(found), allow_nan=False))
    assert document["mistakes"][0]["caught_by"] == [
        {"case": "a", "ratio": None, "nonfinite": True},
        {"case": "b", "ratio": 9.0},
    ]


def command(capsys, *args):
    with pytest.raises(SystemExit) as left:
        cli.main(["adequacy", *args])
    out, err = capsys.readouterr()
    return left.value.code, out, err


def test_the_command_shows_a_line_for_each_mistake_and_the_totals(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    asked = [
        word for what in ("swapped", "bias-dropped", "hard-sigmoid") for word in ("--mistakes", f"gru/gates-{what}")
    ]
    code, out, _ = command(capsys, "--cases", "gru/step*", *asked, "--jobs", "1")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["mistake", "caught", "by", "of", "smallest", "largest", "best", "case"]
    assert next(line for line in lines if line.startswith("gru/gates-swapped")).split()[1:3] == ["2", "2"]
    assert lines[-2].startswith("3 of 3 mistakes caught, 3 by 2 or more")
    assert "TensorFlow's own rounding (8 allowed)" in lines[-1]


def test_the_command_writes_the_json_of_the_design(capsys, tmp_path):
    file = tmp_path / "found.json"
    code, _, _ = command(capsys, "--cases", "gru/step", "--mistakes", "gru/gates-swapped", "--json", str(file))
    (entry,) = json.loads(file.read_text())["mistakes"]
    assert code == 0
    assert entry["id"] == "gru/gates-swapped"
    assert [catch["case"] for catch in entry["caught_by"]] == ["gru/step"]


def test_a_folder_that_there_is_not_is_said_before_anything_is_computed(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("rnn_parity.adequacy.adequacy", lambda *_, **__: pytest.fail("computed first"))
    code, _, err = command(capsys, "--json", str(tmp_path / "nowhere" / "found.json"))
    assert code == 2
    assert "there is no folder" in err


def test_an_unknown_mistake_is_a_wrong_call_that_names_the_nearest(capsys):
    code, out, err = command(capsys, "--cases", "gru/step", "--mistakes", "gru/gates-swaped")
    assert (code, out) == (2, "")
    assert "Did you mean 'gru/gates-swapped'?" in err


def test_fixtures_of_ones_own_have_no_room_for_mistakes(capsys):
    code, out, _ = command(
        capsys, "--fixtures", "docs/examples/slow-cell", "--mistakes", "lstm/forget-*", "--jobs", "1"
    )
    assert code == 5
    assert "CAUGHT BY NO CASE" not in out
