"""TensorFlow's own classes as a candidate: the control."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rnn_parity import Unsupported, check, load_cases
from rnn_parity.candidate import load_candidate
from rnn_parity.catalogue import CASES
from rnn_parity.spec import class_name

pytestmark = pytest.mark.needs_tf
OWN = Path(__file__).parents[2] / "docs" / "examples" / "slow-cell"
WITH_MASKS = ("dropout/variational-stack", "dropout/nested", "layer-norm-basic-lstm/dropout-static")
CLAIMED = 50  # of the sample, which is all of it: may grow with cells and runs


@pytest.fixture(scope="module")
def run():
    return load_candidate("tensorflow")


def sample():
    """Return the first case of every cell, of every run of a core cell, of every dtype and way of carrying a state."""
    found = {}
    for case in CASES:
        found.setdefault(class_name(case.cell), case.id)
        found.setdefault((class_name(case.run), getattr(case.run, "carried", "")), case.id)
        found.setdefault(case.dtype, case.id)
    return [*dict.fromkeys(found.values()), *WITH_MASKS]


def test_the_recorded_classes_answer_live_what_was_recorded(run):
    verdict = check(load_cases(sample()), run)
    assert [(one.spec.id, one.reason) for one in verdict.results if one.verdict != "agree"] == []
    assert verdict.count("agree") >= CLAIMED


def test_an_own_cell_whose_class_is_not_known_is_refused_with_its_name(run):
    verdict = check(load_cases(fixtures=OWN), run)
    assert {result.verdict for result in verdict.results} == {"unsupported"}
    assert {result.reason.partition(" ")[0] for result in verdict.results} == {"SlowCell", "tagger"}


def test_masks_that_are_not_given_are_refused_as_tensorflow_would_draw_others(run):
    (case,) = load_cases(["dropout/input"])
    with pytest.raises(Unsupported, match="TensorFlow would draw masks of its own"):
        run(replace(case.question(), dropout={}))
