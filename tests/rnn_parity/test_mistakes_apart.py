"""No two mistakes are one: what outputs cannot tell apart is one mistake, whose explanation names all readings."""

from __future__ import annotations

from collections import defaultdict
from fnmatch import fnmatchcase

import numpy as np
import pytest

from rnn_parity.candidate import load_cases
from rnn_parity.compare import named_arrays
from rnn_parity.mistakes import MISTAKES
from rnn_parity.mistakes.narrowed import BACKWARD, only_in
from rnn_parity.mistakes.readings import READINGS
from rnn_parity.mistakes.reproduce import in_float64
from rnn_parity.mistakes.semantics import RIGHT
from rnn_parity.structure import flatten

BY_ID = {mistake.id: mistake for mistake in MISTAKES}


@pytest.fixture(scope="module")
def cases():
    """All cases in float64, the quickest to compute first."""

    def work(case):
        return case.spec.sizes.max_time * sum(array.size for array in case.weights.values())

    return [in_float64(case) for case in sorted(load_cases(), key=work)]


def rooms(cases):
    """Return the mistakes of every room that several have: numbers -> the mistakes with room in the cases there."""
    found = defaultdict(list)
    for mistake in MISTAKES:
        found[tuple(at for at, case in enumerate(cases) if mistake.applies(case.spec))].append(mistake)
    return {room: mistakes for room, mistakes in found.items() if len(mistakes) > 1}


def alike(case, mistakes):
    """Return those of the mistakes that make the same numbers of a case, group by group."""
    groups = []
    for mistake in mistakes:
        made, _ = named_arrays(case, mistake.run(case.question()))
        for known, group in groups:
            if all(_equal(known[name], array) for name, array in made.items()):
                group.append(mistake)
                break
        else:
            groups.append((made, [mistake]))
    return [group for _, group in groups if len(group) > 1]


def _equal(one, other):
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-6, atol=1e-7, equal_nan=True)


def test_no_two_mistakes_make_the_same_numbers_in_every_case_of_their_room(cases):
    left = []
    for room, mistakes in rooms(cases).items():
        groups = [mistakes]
        for at in room:  # two or three cases tell most of them apart
            groups = [part for group in groups for part in alike(cases[at], group)]
            if not groups:
                break
        left += [[mistake.id for mistake in group] for group in groups]
    assert left == []


def test_every_reading_is_one_of_a_mistake_and_stands_in_its_explanation():
    for glob, readings in READINGS.items():
        matching = [mistake for name, mistake in BY_ID.items() if fnmatchcase(name, glob)]
        assert matching, glob
        assert all(reading in mistake.explanation for mistake in matching for reading in readings), glob
        assert all(set(readings) <= set(mistake.readings) for mistake in matching), glob


@pytest.mark.parametrize(
    ("mistake_id", "says"),
    [
        ("lstm/forget-bias-left-out", "loaded with forget_bias subtracted"),
        ("lstm/forget-bias-twice", "holds forget_bias already"),
        ("gru/update-inverted", "weights and the bias of that gate are negated"),
        ("lstm/gates-read-i-f-j-o", "another order in the file"),
        ("state/h0-ignored", "the caller handed in zeros for h"),
    ],
)
def test_what_outputs_cannot_tell_apart_is_said(mistake_id, says):
    assert says in BY_ID[mistake_id].explanation


@pytest.mark.parametrize(
    ("mistake_id", "wrong", "right"),
    [
        ("lstm/bias-dropped-backward", "outputs/bw", "outputs/fw"),
        ("lstm/gates-read-i-f-j-o-forward", "outputs/fw", "outputs/bw"),
        ("lstm/forget-bias-left-out-backward", "final_state/bw/c", "final_state/fw/c"),
    ],
)
def test_a_mistake_in_one_direction_leaves_the_other_right(mistake_id, wrong, right, cases):
    case = next(case for case in cases if case.spec.id == "bidirectional/square-lstm")
    made, correct = (_named(run(case.question())) for run in (BY_ID[mistake_id].run, RIGHT))
    assert np.array_equal(made[right], correct[right])
    assert not np.allclose(made[wrong], correct[wrong], atol=1e-3)


def _named(result):
    outputs = {f"outputs/{path}": array for path, array in flatten(result.outputs).items()}
    return outputs | {f"final_state/{path}": array for path, array in flatten(result.final_state).items()}


@pytest.mark.parametrize("mistake_id", ["lstm/gates-read-i-f-j-o-layer-0", "lstm/gates-read-i-f-j-o-above-layer-0"])
def test_a_mistake_in_some_layers_needs_several(mistake_id, cases):
    ids = {case.spec.id for case in cases if BY_ID[mistake_id].applies(case.spec)}
    assert "stacked/square-lstm" in ids
    assert "lstm/dynamic-state" not in ids


def test_only_a_mistake_in_cells_can_be_made_in_some_of_them():
    with pytest.raises(TypeError, match="should be a mistake in some cells"):
        only_in(BACKWARD, BY_ID["state/initial-state-ignored"], "initial state ignored")
