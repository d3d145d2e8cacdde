"""The published tests that docs/adequacy.md compares with are rebuilt right, and its figures are theirs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from rnn_parity.adequacy import ratio_if_caught
from rnn_parity.candidates.numpy_impl import run as right
from rnn_parity.catalogue import CASES
from rnn_parity.mistakes import MISTAKES
from rnn_parity.tolerance import Tolerance

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks import adequacy  # noqa: E402  a script, not a package that is installed
from benchmarks.peers import peers  # noqa: E402  as above
from benchmarks.published import LAST  # noqa: E402  as above

ORDERS = [mistake for mistake in MISTAKES if adequacy.ORDERS.fullmatch(mistake.id)]
PUBLISHED = {  # what the tests themselves state, of the arrays that they compare
    "tensorflow/basic-lstm-cell-with-state-tuple": {
        "outputs": [[0.24024698, 0.24024698]],
        "final_state/0": [[0.68967271, 0.68967271, 0.44848421, 0.44848421]],
        "final_state/1": [[0.39897051, 0.39897051, 0.24024698, 0.24024698]],
    },
    "tensorflow/dropout-wrapper-keep-all": {
        "outputs": [[[0.751109] * 3], [[0.895509] * 3]],
        "final_state/c": [[1.949385] * 3],
    },
    "tensorflow/gru-cell": {"outputs": [[0.175991, 0.175991]]},
    "tensorflow/gru-cell-of-three-inputs": {"outputs": [[0.156736, 0.156736]]},
    "tensorflow/multi-rnn-cell": {"final_state": [[0.175991, 0.175991, 0.13248, 0.13248]]},
    "keras/correctness": {LAST: [[0.6288687] * 3, [0.86899155] * 3, [0.9460773] * 3]},
    "keras/go-backwards": {"final_state/bw/h": [[0.35622165] * 3, [0.74789524] * 3, [0.8872726] * 3]},
    "keras/unroll": {LAST: [[0.6288687] * 3, [0.86899155] * 3, [0.9460773] * 3]},
    "keras/no-unit-forget-bias": {LAST: [[0.57019705] * 3, [0.8661914] * 3, [0.9459622] * 3]},
    "keras/no-bias": {LAST: [[0.54986924] * 3, [0.86226785] * 3, [0.9443936] * 3]},
    "keras/statefulness": {LAST: [[0.3124785] * 4, [0.6863672] * 4]},
    "keras/initial-state": {LAST: [[0.20574439, 0.3558822], [0.64930826, 0.66276]]},
    "keras/initial-state-backwards": {"final_state/bw/h": [[0.13281618, 0.2790356], [0.5839337, 0.5992567]]},
    "keras/mask": {"final_state/h": [[0.11755939] * 2, [0.28556206] * 2]},
    "keras/mask-zero-output": {
        "outputs": [
            [[0.01588910] * 2, [0.05552048] * 2, [0.11755939] * 2, [0.0] * 2],
            [[0.14185596] * 2, [0.28556206] * 2, [0.0] * 2, [0.0] * 2],
        ],
    },
    "onnx/rnn-defaults": {"final_state": [[0.29131261] * 4, [0.6043678] * 4, [0.8004991] * 4]},
}


@pytest.fixture(scope="module")
def tests():
    return {test.name: test for peer in peers() for test in peer.tests}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_rebuilt_test_expects_the_numbers_that_are_published(name, tests):
    test = tests[name]
    expected = test.expected()
    assert set(PUBLISHED[name]) <= set(test.compared)
    for array, numbers in PUBLISHED[name].items():
        np.testing.assert_allclose(expected[array], numbers, atol=3e-6)


def test_the_right_implementation_passes_every_rebuilt_test_as_published_and_at_our_yardstick(tests):
    for name, test in tests.items():
        assert not test.catches(right), name
        assert ratio_if_caught(test.case, right, Tolerance()) is None, name


@pytest.mark.parametrize(
    "name",
    [
        *(f"onnx/lstm-{what}" for what in (
            "defaults", "with-initial-bias", "with-peepholes", "batchwise", "reverse", "bidirectional",
        )),
        "tensorflow/basic-lstm-cell",
        "keras/no-unit-forget-bias",
    ],
)  # fmt: skip
def test_constant_weights_accept_all_23_wrong_orders_of_gates(name, tests):
    assert len(ORDERS) == 23
    assert all(mistake.applies(tests[name].case.spec) for mistake in ORDERS)
    assert not any(tests[name].catches(mistake.run) for mistake in ORDERS)


def test_a_wrong_shape_and_a_result_that_is_not_finite_are_caught_as_published(tests):
    test = tests["onnx/gru-batchwise"]

    def transposed(case):
        result = right(case)
        return type(result)(result.outputs.swapaxes(0, 1), result.final_state)

    def broken(case):
        result = right(case)
        return type(result)(result.outputs * np.float32(np.nan), result.final_state)

    assert test.catches(transposed)
    assert test.catches(broken)


def test_the_page_says_of_the_published_tests_what_they_see():
    page = adequacy.PAGE.read_text()
    for name, lines in adequacy.peers_parts().items():
        assert adequacy.with_part(page, name, lines) == page, "run `make adequacy`"


def test_the_page_has_the_totals_of_this_catalogue():
    page = adequacy.PAGE.read_text()
    counts = re.search(r"<!-- totals -->\s+```text\n(\d+) of (\d+) mistakes caught, .*; (\d+) cases\n", page)
    assert counts is not None
    assert [int(count) for count in counts.groups()] == [len(MISTAKES)] * 2 + [len(CASES)], "run `make adequacy`"
