"""Every recorded case that the fast form claims agrees with TensorFlow, and it claims the core but for float16."""

import pytest

from rnn_parity import Unsupported, check
from rnn_parity.candidate import case_of, load_candidate
from rnn_parity.report.text import failure_text
from rnn_parity.spec import class_name, single_cells
from rnn_parity.store import Fixtures, default_fixtures

FIXTURES = Fixtures(default_fixtures())
CORE = {"BasicRNNCell", "GRUCell", "BasicLSTMCell", "LSTMCell"}
CLAIMED = 463  # of the catalogue; more are welcome, fewer are a loss
RUN = load_candidate("numpy_impl.fast")


def claims(case):
    try:
        RUN(case.question())
    except Unsupported:
        return False
    return True


def test_all_that_it_claims_agrees_and_that_is_no_less_than_it_was():
    cases = [case_of(FIXTURES.read(case_id)) for case_id in FIXTURES.ids]
    verdict = check(cases, RUN, name="numpy_impl.fast")
    assert verdict.agrees, [failure_text(verdict, one) for one in verdict.results if one.verdict == "differ"]
    assert sum(one.verdict == "agree" for one in verdict.results) >= CLAIMED


@pytest.mark.parametrize("prefix", ["lstm/", "gru/", "basic-lstm/", "basic-rnn/"])
def test_every_case_of_a_core_cell_alone_is_claimed_but_those_in_float16(prefix):
    own = [case_id for case_id in FIXTURES.ids if case_id.startswith(prefix)]
    assert own
    for case_id in own:
        case = case_of(FIXTURES.read(case_id))
        is_core = {class_name(one) for one in single_cells(case.spec.cell)} <= CORE
        assert claims(case) == (is_core and case.spec.dtype != "float16"), case_id
