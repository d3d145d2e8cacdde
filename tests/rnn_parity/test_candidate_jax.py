"""JAX as a candidate: what it claims agrees, what flax cannot do it refuses with the reason."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from compatibility_claims import claims, recorded

from rnn_parity import Unsupported, check, load_cases
from rnn_parity.candidate import load_candidate

CLAIMED = 432  # of 947: may grow
CASES = {case.id: case for case in load_cases(["lstm/*", "gru/*", "basic-lstm/*", "attention/*", "layer-norm-lstm/*"])}


@pytest.fixture(scope="module")
def run():
    return load_candidate("jax")


def test_every_case_that_it_claims_agrees_and_the_page_says_so(run):
    verdict = check(load_cases(), run)
    assert [result.spec.id for result in verdict.results if result.verdict in ("differ", "error")] == []
    assert verdict.count("agree") >= CLAIMED
    assert claims(verdict.results) == recorded("jax"), "run `make compatibility`"


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("gru/square", "flax's GRUCell resets after the product with h's kernel, TensorFlow's GRUCell before"),
        ("lstm/peephole", "flax's LSTMCell has no peepholes"),
        ("lstm/projection", "flax's LSTMCell does not project h"),
        ("lstm/clip", "flax's LSTMCell does not clip c"),
        ("attention/square", "flax's cells take no attention between two steps"),
        ("layer-norm-lstm/square", "flax's LSTMCell does not normalise its gates"),
    ],
)
def test_what_flax_cannot_express_is_refused_with_the_reason(run, case, reason):
    with pytest.raises(Unsupported) as refusal:
        run(CASES[case].question())
    assert str(refusal.value) == reason


def test_float64_is_computed_in_float64_and_nothing_of_it_stays_behind(run):
    answer = run(CASES["basic-lstm/float64-step-state"].question())
    assert answer.outputs.dtype == np.float64
    assert not jax.config.jax_enable_x64
    assert jax.numpy.ones(1).dtype == np.float32
