"""A verdict from its JSON, judged again without running anything."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnn_parity.candidate import Result
from rnn_parity.errors import ReportUnreadableError
from rnn_parity.recheck import recheck
from rnn_parity.report.json import document, encode, read_document, verdict_of
from rnn_parity.spec import DynamicRNN
from rnn_parity.verify import check


@pytest.fixture
def off(right):
    """A candidate whose outputs are off by a little more than is allowed, in one entry."""

    def run(case):
        result = right(case)
        outputs = result.outputs.copy()
        outputs[0, 1, 2] += np.float32(2e-5)
        return Result(outputs, result.final_state)

    return run


def through_json(verdict, folder):
    file = folder / "verdict.json"
    file.write_bytes(encode(document(verdict, {"tensorflow": "2.21.0"})))
    return verdict_of(read_document(file))


def test_a_verdict_comes_back_from_its_json(make_case, off, tmp_path):
    verdict = check([make_case()], off, name="mine")
    held = through_json(verdict, tmp_path)
    assert held.results[0].comparison == verdict.results[0].comparison
    assert held.results[0].spec == verdict.results[0].spec
    np.testing.assert_array_equal(
        held.results[0].evidence.got["outputs"], verdict.results[0].evidence.got["outputs"], strict=True
    )
    assert document(held, {}) == document(verdict, {})


def test_a_larger_k_lets_a_small_difference_pass_and_a_smaller_one_does_not(make_case, off, tmp_path):
    held = through_json(check([make_case()], off), tmp_path)
    ratio = held.results[0].comparison.worst.ratio
    assert held.exit_status == 1
    assert recheck(held, 1.01 * ratio).exit_status == 0
    assert recheck(held, 0.99 * ratio).exit_status == 1


def test_what_agreed_differs_where_less_is_allowed(make_case, right, tmp_path):
    held = through_json(check([make_case()], right), tmp_path)
    assert held.exit_status == 0
    stricter = recheck(held, 0.0)
    assert stricter.results[0].verdict == ("differ" if held.results[0].comparison.worst.ratio else "agree")


def test_no_tolerance_makes_a_missing_tensor_right(make_case, right, tmp_path):
    held = through_json(check([make_case()], lambda case: Result(right(case).outputs, None)), tmp_path)
    assert recheck(held, 1e30).exit_status == 1


def test_padding_that_is_not_zero_stays_wrong_whatever_is_allowed(make_case, right, tmp_path):
    case = make_case(run=DynamicRNN(sequence_length=(5, 3, 0)))

    def run(question):
        result = right(question)
        outputs = result.outputs.copy()
        outputs[1, 4, 0] = 1e-30
        return Result(outputs, result.final_state)

    held = through_json(check([case], run), tmp_path)
    assert held.results[0].comparison.worst.problem == "padding"
    assert recheck(held, 1e30).exit_status == 1


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schema": 2}', b"\xff"])
def test_a_file_that_is_no_verdict_is_refused_with_what_to_give(content, tmp_path):
    file = tmp_path / "verdict.json"
    file.write_bytes(content)
    with pytest.raises(ReportUnreadableError, match="rnn-parity check --json FILE"):
        read_document(file)
    with pytest.raises(ReportUnreadableError, match="none"):
        read_document(tmp_path / "none.json")


def test_a_damaged_array_is_refused(make_case, off, tmp_path):
    held = json.loads(encode(document(check([make_case()], off), {})))
    held["cases"][0]["evidence"]["got"]["outputs"]["shape"] = [1000]
    file = tmp_path / "verdict.json"
    file.write_text(json.dumps(held))
    with pytest.raises(ReportUnreadableError, match="array"):
        verdict_of(read_document(file))
