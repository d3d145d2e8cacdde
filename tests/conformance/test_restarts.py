"""numpy_impl, restarted at every step of every case from the state that TensorFlow recorded there."""

from __future__ import annotations

import pytest

from rnn_parity.candidate import load_cases
from rnn_parity.candidates.numpy_impl import run
from rnn_parity.errors import RestartImpossibleError
from rnn_parity.restart import restarts
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import check_case

FLOOR = 703  # cases that can be restarted; raised with the catalogue
HONEST = 5.0  # of the 8 roundings that are allowed, as in docs/decisions/yardstick.md


@pytest.fixture(scope="module")
def restarted():
    """Return case id -> the results of its steps, of the cases that can be restarted."""
    found = {}
    for case in load_cases():
        try:
            pieces = list(restarts(case))
        except RestartImpossibleError:
            continue
        found[case.id] = [check_case(piece.case, run, Tolerance())[0] for piece in pieces]
    return found


def test_every_step_of_every_case_agrees_by_itself_as_closely_as_whole_runs_do(restarted):
    for case_id, results in restarted.items():
        for result in results:
            assert result.verdict == "agree", (case_id, result.reason)
            assert max(tensor.ratio for tensor in result.comparison.tensors) < HONEST, case_id


def test_the_number_of_cases_that_can_be_restarted_does_not_fall(restarted):
    assert len(restarted) >= FLOOR
