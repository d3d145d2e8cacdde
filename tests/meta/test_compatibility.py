"""The page of what can be moved where says what was measured, of the catalogue and the candidates as they are."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "tests" / "rnn_parity")]

import compatibility  # noqa: E402  scripts of the docs, not of a package
import compatibility_page  # noqa: E402
from compatibility_claims import claims, recorded  # noqa: E402

from rnn_parity import check, load_cases  # noqa: E402
from rnn_parity.candidate import BUILT_IN, load_candidate  # noqa: E402
from rnn_parity.catalogue import CASES  # noqa: E402

FOUND = compatibility.read()
EVERY = 13  # a case in so many: all cells, runs and dtypes are among them


def test_the_page_is_made_of_what_was_measured():
    assert compatibility.PAGE.read_text() == compatibility_page.page(FOUND), "run `make generated`"


def test_every_built_in_candidate_but_the_twins_was_measured():
    assert set(FOUND["candidates"]) == set(BUILT_IN) - {"numpy_impl", "numpy_impl.fast"}


@pytest.mark.parametrize("name", compatibility.PACKAGES)
def test_every_case_was_measured_once(name):
    measured = FOUND["candidates"][name]
    ids = [case for group in ("agree", "unsupported") for cases in measured[group].values() for case in cases]
    assert sorted(ids) == sorted(case.id for case in CASES), "run `make compatibility`"


def test_the_page_waits_for_candidates_that_were_not_measured_in_all_cases(monkeypatch, tmp_path, capsys):
    known = FOUND["candidates"]["jax"]
    behind = {**known, "agree": {bound: ids[1:] for bound, ids in known["agree"].items()}}
    monkeypatch.setattr(compatibility, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(compatibility, "read", lambda: {**FOUND, "candidates": {**FOUND["candidates"], "jax": behind}})
    assert compatibility.write_page() == 1
    assert not compatibility.PAGE.exists()
    assert re.search(r"other cases than .*jax.* were measured in", capsys.readouterr().out)


def test_the_control_claims_everything():
    assert FOUND["candidates"]["tensorflow"]["unsupported"] == {}


@pytest.mark.parametrize("name", ["torch", "keras"])  # onnxruntime and jax are held against it by their own tests
def test_what_a_candidate_claims_is_what_the_page_says(name):
    sample = [case.id for case in CASES[::EVERY]]
    verdict = check(load_cases(sample), load_candidate(name))
    assert claims(verdict.results) == recorded(name, sample), "run `make compatibility`"


def test_a_line_without_any_case_that_agrees_says_why():
    lines, _, reasons = compatibility.PAGE.read_text().partition("## Reasons")
    given = {int(number) for numbers in re.findall(r"no \(([\d, ]+)\)", lines) for number in numbers.split(", ")}
    listed = {int(number) for number in re.findall(r"(?m)^(\d+)\. ", reasons)}
    assert given == listed
    assert not re.search(r"\| no \|", lines.partition("## Activations")[2])
