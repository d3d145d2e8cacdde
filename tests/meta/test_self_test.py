"""The harness knows what it knows: every mistake is named when it is made, and nothing is named that was not made.

`python -m benchmarks.selftest` is the same over all cases; here each mistake is made on some of those that allow it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.selftest import pairs, tried
from benchmarks.variants import HONEST
from rnn_parity.candidate import Result, load_cases
from rnn_parity.candidates import numpy_impl
from rnn_parity.diagnose import search
from rnn_parity.mistakes import MISTAKES
from rnn_parity.structure import flatten, map_tree, unflatten
from rnn_parity.verify import check

SOME = 20  # cases with room for a mistake
PAIRS = 24


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_the_first_name_is_the_mistake_made(mistake):
    outcome = tried([mistake.id], SOME)
    assert outcome.failing > 0
    assert outcome.named in ("first", "among its equals"), outcome
    assert outcome.contradicted == 0, outcome
    assert outcome.unexplained == 0, outcome


def test_nine_in_ten_pairs_are_found():
    outcomes = [tried(pair, SOME) for pair in pairs(PAIRS)]
    missed = [one for one in outcomes if one.named == "not"]
    assert len(missed) <= PAIRS / 10, missed


@pytest.fixture(scope="module")
def cases():
    """A fifth of the LSTM's and the GRU's cases, all of the plain runs."""
    return list(load_cases(["basic-lstm/*", "gru/*", "bidirectional/*"]))[::5]


@pytest.mark.parametrize("name", HONEST)
def test_another_order_of_summation_has_no_name(name, cases):
    verdict = check(cases, HONEST[name])
    assert verdict.agrees
    assert verdict.diagnosis == verdict.signatures == ()


def changed(result, change):
    """Return the result with every array changed."""
    parts = (
        {path: change(leaf) for path, leaf in flatten(tree).items()} for tree in (result.outputs, result.final_state)
    )
    return Result(
        *(unflatten(tree, leaves) for tree, leaves in zip((result.outputs, result.final_state), parts, strict=True))
    )


def on_answers(change):
    """Return the candidate that changes every array of the right answer."""
    return lambda case: changed(numpy_impl.run(case), lambda array: change(array).astype(array.dtype))


def on_weights(change):
    """Return the candidate that computes with changed weights."""
    return lambda case: numpy_impl.run(
        replace(case, weights={name: change(name, array).astype(array.dtype) for name, array in case.weights.items()})
    )


def noise(array):
    return array + 1e-3 * np.random.default_rng(array.size).standard_normal(array.shape)


def trained_on(_, array):
    return array + 0.01 * np.random.default_rng(array.size).standard_normal(array.shape)


def of_another_model(_, array):
    return np.random.default_rng(array.size).uniform(-1, 1, array.shape)


def every_other_unit_of_zero(array):
    return np.where(np.arange(array.shape[-1]) % 2, array, 0.3 * array)


def two_columns_exchanged(_, array):
    return np.concatenate([array[..., 1:2], array[..., :1], array[..., 2:]], axis=-1)


def smoothed(array):
    return (array + np.roll(array, 1, axis=0) + np.roll(array, -1, axis=0)) / 3


UNKNOWN = {
    "noise": on_answers(noise),
    "off by one unit": on_answers(lambda array: np.roll(array, 1, axis=-1)),
    "units in reverse order": on_answers(lambda array: array[..., ::-1]),
    "weights of another model": on_weights(of_another_model),
    "weights of a later checkpoint": on_weights(trained_on),
    "two columns exchanged": on_weights(two_columns_exchanged),
    "rows of weights in reverse order": on_weights(lambda _, array: array[::-1]),
    "answers 2 % too large": on_answers(lambda array: 1.02 * array),
    "answers off by a constant": on_answers(lambda array: array + 0.05),
    "every other unit too small": on_answers(every_other_unit_of_zero),
    "smoothed over rows": on_answers(smoothed),
    "answers bounded": on_answers(lambda array: np.clip(array, -0.1, 0.1)),
    "inputs normalised": lambda case: numpy_impl.run(
        replace(case, inputs=map_tree(lambda array: (array / np.abs(array).max()).astype(array.dtype), case.inputs))
    ),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_is_not_in_the_catalogue_has_no_name(what, cases, monkeypatch):
    monkeypatch.setattr(search, "PAIRS", 1000)
    few = cases[::4]
    verdict = check(few, UNKNOWN[what])
    assert verdict.count("differ") > len(few) / 2
    assert verdict.diagnosis == ()
    assert not any(result.explanations for result in verdict.results)
