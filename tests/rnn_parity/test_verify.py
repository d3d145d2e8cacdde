import weakref
from collections import namedtuple
from dataclasses import replace

import numpy as np
import pytest

from rnn_parity import Result, Tolerance, Unsupported, check
from rnn_parity.answer import answer_of
from rnn_parity.errors import ExpectationMissingError
from rnn_parity.mistakes import MISTAKES
from rnn_parity.report.text import summary_line, table_text
from rnn_parity.spec import DynamicRNN, GRUCell
from rnn_parity.verify import check_answers


@pytest.fixture
def cases(make_case):
    return [make_case("a/one"), make_case("a/two", cell=GRUCell(num_units=4))]


def raising(error):
    def run(_):
        raise error

    return run


def mixed(one, two):
    return lambda case: (one if case.id == "a/one" else two)(case)


def wrong_outputs(right):
    def run(case):
        result = right(case)
        return Result(result.outputs + np.float32(1), result.final_state)

    return run


def into_one_place(run):
    """Make a candidate that writes every answer into the same array."""
    place = np.zeros(1000, "float32")

    def again(case):
        result = run(case)
        outputs = place[: result.outputs.size].reshape(result.outputs.shape)
        outputs[...] = result.outputs
        return Result(outputs, result.final_state)

    return again


def test_what_a_candidate_answered_stays_when_it_writes_the_next_answer_there(cases, right):
    wrong = wrong_outputs(right)
    own, shared = check(cases, wrong), check(cases, into_one_place(wrong))
    for one, other in zip(own.results, shared.results, strict=True):
        np.testing.assert_array_equal(one.evidence.got["outputs"], other.evidence.got["outputs"])


class Pair(namedtuple("Pair", "c h")):  # noqa: PYI024  as a candidate may have it
    """A state whose constructor takes something else than its parts."""

    __slots__ = ()

    def __new__(cls, both):
        return super().__new__(cls, *both)


def test_a_state_of_a_class_with_a_constructor_of_its_own_is_a_state(make_case, right):
    case = make_case("a/one")
    assert check([case], lambda asked: Result(right(asked).outputs, Pair(right(asked).final_state))).agrees


def test_a_right_candidate_agrees_in_all_cases(cases, right):
    verdict = check(cases, right)
    assert verdict.agrees
    assert verdict.exit_status == 0
    assert [result.verdict for result in verdict.results] == ["agree", "agree"]
    assert verdict.candidate == "rnn_parity.candidates.numpy_impl:run"
    assert verdict.diagnosis == ()


def test_one_that_differs_outweighs_everything(cases, right):
    verdict = check(cases, mixed(wrong_outputs(right), raising(ValueError())))
    assert [result.verdict for result in verdict.results] == ["differ", "error"]
    assert verdict.exit_status == 1
    assert not verdict.agrees
    assert verdict.results[0].first.step == 0
    assert len(verdict.results[0].error_by_step) == 5


def test_one_that_crashes_outweighs_one_that_agrees(cases, right):
    verdict = check(cases, mixed(right, raising(ValueError("bad input"))))
    assert verdict.exit_status == 3
    assert verdict.results[1].reason.startswith("ValueError: bad input [")
    assert "test_verify.py:" in verdict.results[1].reason


@pytest.mark.parametrize(
    "error", [ValueError("x"), SystemExit(0), RecursionError("x"), AssertionError(), MemoryError()]
)
def test_whatever_is_raised_is_an_error_of_the_case(cases, error):
    verdict = check(cases, raising(error))
    assert [result.verdict for result in verdict.results] == ["error", "error"]
    assert verdict.exit_status == 3


def test_the_users_interrupt_ends_the_run(cases):
    with pytest.raises(KeyboardInterrupt):
        check(cases, raising(KeyboardInterrupt()))


@pytest.mark.parametrize(("answer", "kind"), [(None, "NoneType"), ((1, 2), "tuple"), (np.zeros(1), "ndarray")])
def test_what_is_no_result_is_an_error(cases, answer, kind):
    verdict = check(cases, lambda _: answer)
    assert verdict.results[0].reason == (
        f"returned a {kind}, should be a rnn_parity.Result(outputs=..., final_state=...)"
    )


def test_a_result_without_arrays_differs(cases):
    verdict = check(cases, lambda _: Result(None, None))
    assert verdict.exit_status == 1
    assert {tensor.problem for tensor in verdict.results[0].comparison.tensors} == {"missing"}


def test_unsupported_is_an_answer_with_a_reason(cases, right):
    verdict = check(cases, mixed(right, raising(Unsupported("reset after the matmul"))))
    assert verdict.exit_status == 0
    assert (verdict.results[1].verdict, verdict.results[1].reason) == ("unsupported", "reset after the matmul")
    assert check(cases, raising(Unsupported())).results[0].reason == "no reason given"


def test_nothing_compared_is_no_success(cases):
    for verdict in (check([], raising(ValueError())), check(cases, raising(Unsupported("none")))):
        assert verdict.exit_status == 5
        assert not verdict.agrees


@pytest.mark.parametrize(
    "mutate",
    [
        lambda case: case.inputs.__setitem__(..., 0),
        lambda case: next(iter(case.weights.values())).__setitem__(..., 0),
        lambda case: case.sequence_length.__setitem__(..., 0),
        lambda case: case.initial_state.h.__setitem__(..., 0),
        lambda case: case.layer_weights[0]["bias"].__setitem__(..., 0),
    ],
)
def test_a_candidate_that_mutates_its_arrays_gets_an_error(folder, right, mutate):
    from rnn_parity import load_cases  # noqa: PLC0415  arrays read from a file are the read-only ones

    def run(case):
        mutate(case)
        return right(case)

    (result,) = check(load_cases(["lstm/ragged"], folder), run).results
    assert result.verdict == "error"
    assert "read-only" in result.reason


def test_a_candidate_never_sees_the_expected_answer(cases, right):
    seen = []

    def run(case):
        seen.append(case.expected)
        return right(case)

    check(cases, run)
    assert seen == [None, None]


def test_a_case_without_an_answer_is_refused_before_the_candidate_runs(cases):
    with pytest.raises(ExpectationMissingError):
        check([cases[0].question()], raising(ValueError()))


def test_each_result_is_told_as_it_is_made(cases, right):
    told = []
    verdict = check(iter(cases), right, on_result=told.append, name="mine")
    assert tuple(told) == verdict.results
    assert verdict.candidate == "mine"


def test_the_tolerance_is_honoured(cases, right):
    assert check(cases, wrong_outputs(right), tolerance=Tolerance(rtol=0, atol=1.1)).agrees
    assert not check(cases, right, tolerance=Tolerance(factor=0)).agrees


def test_every_row_ended_is_still_a_comparison(make_case, right):
    assert check([make_case(run=DynamicRNN(sequence_length=(0, 0, 0)))], right).agrees


@pytest.mark.parametrize("dtype", [object, str, complex])
def test_an_answer_of_no_numbers_is_a_wrong_dtype_and_no_crash(dtype, make_case, right):
    def candidate(case):
        result = right(case)
        return Result(np.asarray(result.outputs).astype(dtype), result.final_state)

    verdict = check([make_case()], candidate)
    assert verdict.exit_status == 1
    assert verdict.results[0].comparison.worst.problem == "dtype"


def judged_without_keeping(cases, run):
    return check_answers(((case, answer_of(run, case)) for case in cases), name="mine", keep_agreeing=False)


def test_results_that_agree_need_not_be_kept_and_are_counted_all_the_same(cases, right):
    kept, counted = check(cases, right, name="mine"), judged_without_keeping(cases, right)
    assert counted.results == ()
    assert counted.count("agree") == counted.total == 2
    assert counted.exit_status == 0
    assert table_text(counted) == table_text(kept)
    assert summary_line(replace(counted, seconds=0.0)) == summary_line(replace(kept, seconds=0.0))


def test_what_does_not_agree_is_kept_beside_what_is_counted(cases, right):
    def first_alone(case):
        if case.id != cases[0].id:
            raise ValueError("bad input")
        return right(case)

    kept, counted = check(cases, first_alone, name="mine"), judged_without_keeping(cases, first_alone)
    assert [result.verdict for result in counted.results] == ["error"]
    assert (counted.count("agree"), counted.count("error"), counted.total) == (1, 1, 2)
    assert table_text(counted) == table_text(kept)
    assert counted.exit_status == 3


def test_no_passing_case_stays_in_memory_where_it_can_be_read_again(make_case, right):
    made, alive = weakref.WeakValueDictionary(), []

    def again(case_id):
        made[case_id] = case = make_case(case_id)
        return case

    answered = ((case, answer_of(right, case)) for case in map(again, [f"a/case-{number}" for number in range(9)]))

    def count(_):
        alive.append(len(made))

    verdict = check_answers(answered, name="mine", on_result=count, keep_agreeing=False, again=again)
    assert verdict.count("agree") == 9
    assert max(alive) <= 2  # the one that is judged, and the one before it, whose name it is yet to take


def test_passing_cases_that_are_read_again_contradict_a_diagnosis_as_kept_ones_do(make_case, right):
    mistake = next(one for one in MISTAKES if one.id == "gru/update-inverted")
    cases = {f"a/case-{n}": make_case(f"a/case-{n}", cell=GRUCell(num_units=4)) for n in range(4)}
    cases["a/lstm"] = make_case("a/lstm")

    def run(case):
        return (mistake.run if case.id == "a/case-0" else right)(case)

    reread = []

    def again(case_id):
        reread.append(case_id)
        return cases[case_id]

    answered = [(case, answer_of(run, case)) for case in cases.values()]
    kept, once_more = (check_answers(answered, name="mine", again=reader) for reader in (None, again))
    assert once_more.diagnosis == kept.diagnosis
    assert kept.diagnosis[0].contradicted_by == ("a/case-1", "a/case-2", "a/case-3")
    assert sorted(reread) == ["a/case-1", "a/case-2", "a/case-3"]  # each once; the LSTM has no room for the mistake
