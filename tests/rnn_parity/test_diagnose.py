"""From a candidate's wrong numbers to the mistake it makes: the right name, or none."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from benchmarks.variants import APPROXIMATE, HONEST
from rnn_parity.candidate import Result, load_cases
from rnn_parity.candidates import numpy_impl
from rnn_parity.diagnose import search
from rnn_parity.mistakes import MISTAKES, both
from rnn_parity.spec import LSTMCell
from rnn_parity.structure import flatten, map_tree, unflatten
from rnn_parity.verify import check

BY_ID = {mistake.id: mistake for mistake in MISTAKES}
REPRESENTATIVE = (
    "lstm/dynamic", "lstm/dynamic-ragged-state", "lstm/square-peephole-clip-proj", "lstm/activation-softsign",
    "lstm/concat-state", "lstm/step-state", "lstm/float64-ragged-state", "basic-lstm/square",
    "gru/dynamic-ragged-state", "gru/activation-sigmoid", "basic-rnn/activation-softsign", "basic-rnn/dynamic-state",
    "bidirectional/square-lstm", "stacked/square-lstm", "chunked/basic-lstm-carried", "chunked/gru-reset",
    "ugrnn/dynamic-ragged-state", "cfn/square", "layer-norm-lstm/square", "residual/gru-ragged",
)  # fmt: skip


@pytest.fixture(scope="module")
def cases():
    return list(load_cases(REPRESENTATIVE))


@pytest.fixture
def few(cases, monkeypatch):
    """Two cases, and few pairs tried on them: for what is to have no name, which is the slowest to find."""
    monkeypatch.setattr(search, "PAIRS", 300)
    return [case for case in cases if case.id in ("gru/dynamic-ragged-state", "lstm/dynamic-ragged-state")]


def changed(result, change):
    """Return the result with every array changed."""
    outputs, final_state = (_changed(tree, change) for tree in (result.outputs, result.final_state))
    return Result(outputs, final_state)


def _changed(tree, change):
    leaves = {path: change(leaf) for path, leaf in flatten(tree).items()}
    return unflatten(tree, leaves) if isinstance(tree, tuple) else leaves[""]


def test_a_right_implementation_has_no_diagnosis(cases):
    verdict = check(cases, numpy_impl.run)
    assert verdict.agrees
    assert verdict.diagnosis == verdict.signatures == ()


def test_noise_has_no_name(few):
    def noisy(case):
        random = np.random.default_rng(7)
        shake = lambda array: (array + 1e-3 * random.standard_normal(array.shape)).astype(array.dtype)  # noqa: E731
        return changed(numpy_impl.run(case), shake)

    assert check(few, noisy).diagnosis == ()


@pytest.mark.parametrize("factor", [8.5, 12, 20])
def test_an_error_just_above_what_is_allowed_has_no_name(factor, few):
    def just_wrong(case):
        largest = factor * max(noise_of[case.id].values())
        return changed(numpy_impl.run(case), lambda array: (array + largest).astype(array.dtype))

    noise_of = {case.id: case.expectation.noise for case in few}
    verdict = check(few, just_wrong)
    assert verdict.count("differ") == len(few)
    assert verdict.diagnosis == ()


def test_weights_of_another_model_have_no_name(few):
    def other(case):
        return numpy_impl.run(replace(case, weights={name: array[::-1] for name, array in case.weights.items()}))

    assert check(few, other).diagnosis == ()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda array: array.astype(np.float16), "dtype"),
        (lambda array: array[..., :1], "shape"),
        (lambda array: array * np.array(np.nan, array.dtype), "nonfinite"),
    ],
    ids=["dtype", "shape", "nonfinite"],
)
def test_a_wrong_form_has_no_name(change, what, few):
    verdict = check(few, lambda case: changed(numpy_impl.run(case), change))
    assert {result.comparison.worst.problem for result in verdict.results} == {what}
    assert verdict.diagnosis == ()


def test_a_mistake_that_changes_nothing_is_not_named():
    cases = list(load_cases(["lstm-pairs/20-bidirectional-ragged"]))  # relu: h = o c is right
    assert BY_ID["lstm/hidden-without-activation"].applies(cases[0].spec)
    verdict = check(cases, lambda case: changed(numpy_impl.run(case), lambda array: array.astype(np.float64)))
    assert verdict.count("differ") == 1
    assert verdict.diagnosis == ()


def test_a_missing_state_has_no_name(cases):
    verdict = check(cases, lambda case: Result(numpy_impl.run(case).outputs, None))
    assert verdict.count("differ") == len(cases)
    assert verdict.diagnosis == ()


def test_two_families_wrong_in_two_ways_have_two_names(cases):
    order, inverted = BY_ID["lstm/gates-read-i-f-j-o"], BY_ID["gru/update-inverted"]
    verdict = check(cases, lambda case: (order if order.applies(case.spec) else inverted).run(case))
    assert [one.mistakes for one in verdict.diagnosis] == [(order.id,), (inverted.id,)]
    assert sum(one.explains for one in verdict.diagnosis) == verdict.count("differ")
    named = {
        result.spec.id: {name for one in result.explanations for name in one.mistakes} for result in verdict.results
    }
    assert named["lstm/dynamic"] == {order.id}
    assert named["gru/dynamic-ragged-state"] == {inverted.id}
    assert named["basic-rnn/dynamic-state"] == set()


def test_two_mistakes_stay_two_where_a_stack_makes_both(few):
    order, inverted = BY_ID["lstm/gates-read-i-f-j-o"], BY_ID["gru/update-inverted"]
    cases = [*few, *load_cases(["stacked/mixed"])]
    verdict = check(cases, lambda case: both(inverted, order, case.spec)(case))
    alone, pair = {(order.id,), (inverted.id,)}, {(order.id, inverted.id)}
    assert {one.mistakes for one in verdict.diagnosis} == alone | pair


def test_two_mistakes_at_once_are_named_together(cases):
    order, forget = BY_ID["lstm/gates-read-i-f-j-o"], BY_ID["lstm/forget-bias-left-out"]

    def run(case):
        return (both(forget, order, case.spec) or numpy_impl.run)(case)

    verdict = check([*load_cases(["lstm/forget-bias-zero"]), *cases], run)  # there the order alone is wrong
    assert [set(one.mistakes) for one in verdict.diagnosis] == [{order.id, forget.id}]
    assert verdict.diagnosis[0].explains == verdict.count("differ")


def test_passing_cases_contradict_a_mistake_made_in_one_class_only(cases):
    left_out = BY_ID["lstm/forget-bias-left-out"]

    def run(case):
        return (left_out.run if isinstance(case.spec.cell, LSTMCell) else numpy_impl.run)(case)

    (found,) = check(cases, run).diagnosis
    assert found.mistakes == (left_out.id,)
    passing = {case.id for case in cases if not isinstance(case.spec.cell, LSTMCell)}
    assert set(found.contradicted_by) == {
        case.id for case in cases if case.id in passing and left_out.applies(case.spec)
    }
    assert len(found.contradicted_by) >= 4


def test_passing_cases_choose_among_mistakes_that_failing_ones_cannot_tell_apart():
    mistake = BY_ID["lengths/empty-rows-zeroed"]
    (failing,) = load_cases(["lstm/all-rows-empty"])
    (passing,) = load_cases(["lstm/lengths-above-time"])
    alone, chosen = check([failing], mistake.run).diagnosis[0], check([failing, passing], mistake.run).diagnosis[0]
    assert mistake.id in alone.alternatives
    assert "state/initial-state-ignored" in alone.mistakes
    assert chosen.mistakes == (mistake.id,)
    assert chosen.contradicted_by == chosen.alternatives == ()


def test_failing_cases_tell_apart_what_some_of_them_cannot(few):
    zeroed, ended = BY_ID["lengths/final-state-zeroed"], BY_ID["lengths/final-h-of-last-step"]
    for mistake, other in ((zeroed, ended), (ended, zeroed)):
        alone = check([case for case in few if case.id.startswith("gru")], mistake.run)
        assert {*alone.diagnosis[0].mistakes, *alone.diagnosis[0].alternatives} == {zeroed.id, ended.id}
        together = check(few, mistake.run)
        assert together.diagnosis[0].mistakes == (mistake.id,)
        assert other.id not in together.diagnosis[0].alternatives


def test_failing_cases_with_other_numbers_are_counted_against_a_mistake(cases):
    order = BY_ID["lstm/gates-read-i-f-j-o"]

    def run(case):
        if case.id == "lstm/concat-state":
            return changed(numpy_impl.run(case), lambda array: (array + 0.1).astype(array.dtype))
        return order.run(case)

    found = check([case for case in cases if case.id.startswith("lstm/")], run).diagnosis[0]
    assert found.mistakes == (order.id,)
    assert found.room == found.explains + 1
    assert found.unlike == ("lstm/concat-state",)


def test_two_mistakes_in_the_formula_of_one_cell_are_named_together(cases):
    first, second = BY_ID["gru/reset-after-product"], BY_ID["gru/update-inverted"]
    grus = [case for case in cases if case.id.startswith("gru/")]
    (found,) = check(grus, lambda case: both(first, second, case.spec)(case)).diagnosis
    assert set(found.mistakes) == {first.id, second.id}


@pytest.mark.parametrize("what", ["TF32 operands", "float16 operands", "bfloat16 operands"])
def test_coarse_operands_are_named(what, cases):
    verdict = check(cases, APPROXIMATE[what])
    assert verdict.count("differ") == len(cases)
    name = "precision/bfloat16-operands" if what == "bfloat16 operands" else "precision/half-operands"
    assert verdict.diagnosis[0].mistakes == (name,)
    assert verdict.diagnosis[0].contradicted_by == ()
    assert sum(one.explains for one in verdict.diagnosis) == len(cases)


def test_float32_behind_float64_is_named_whatever_its_order_of_summation():
    def narrow(case):
        arrays = {name: array.astype(np.float32) for name, array in case.weights.items()}
        state = (
            None if case.initial_state is None else map_tree(lambda array: array.astype(np.float32), case.initial_state)
        )
        asked = replace(case, weights=arrays, inputs=case.inputs.astype(np.float32), initial_state=state)
        wide = lambda array: array.astype(case.weights[next(iter(case.weights))].dtype)  # noqa: E731
        return changed(HONEST["sums from the other end"](asked), wide)

    wide = [case for case in load_cases(["lstm/*", "gru/*", "basic-rnn/*"]) if case.spec.dtype == "float64"]
    narrow_ones = list(load_cases(["lstm/dynamic", "gru/dynamic"]))
    verdict = check([*wide, *narrow_ones], narrow)
    assert verdict.diagnosis[0].mistakes == ("precision/float32-computed",)
    assert verdict.diagnosis[0].contradicted_by == ()


def test_what_most_cases_hide_is_found_in_the_plainest():
    """A port that ignores the activation besides: three mistakes where that is no tanh, two elsewhere."""
    order, forget, tanh = (BY_ID[f"lstm/{what}"] for what in (
        "gates-read-i-f-j-o", "forget-bias-left-out", "activation-always-tanh",
    ))  # fmt: skip

    def run(case):
        if tanh.applies(case.spec):  # read first, so that all three are made
            case = replace(case, spec=msgspec.structs.replace(case.spec, cell=with_tanh(case.spec.cell)))
        return both(order, forget, case.spec)(case)

    def with_tanh(cell):
        return msgspec.structs.replace(cell, activation=None)

    asked = list(load_cases(["lstm/activation-*", "lstm/dynamic", "lstm/dynamic-state"]))
    found = check(asked, run).diagnosis[0]
    assert set(found.mistakes) == {order.id, forget.id}
    assert found.explains >= 2
    assert found.unlike
