import numpy as np
import pytest

from rnn_parity import LSTMStateTuple, Result, Tolerance
from rnn_parity.compare import Comparison, compare
from rnn_parity.spec import BidirectionalDynamicRNN, DynamicRNN, GRUCell, StaticBidirectionalRNN

RAGGED = DynamicRNN(sequence_length=(5, 2, 0), initial_state=True)


@pytest.fixture
def case(make_case):
    return make_case()


def answer(case, right, outputs=None, c=None, h=None):
    result = right(case.question())
    state = result.final_state
    return Result(
        result.outputs if outputs is None else outputs(result.outputs.copy()),
        LSTMStateTuple(
            state.c if c is None else c(state.c.copy()),
            state.h if h is None else h(state.h.copy()),
        ),
    )


def compared(case, right, tolerance=None, **changes):
    return compare(case, answer(case, right, **changes), tolerance or Tolerance())


def at(index, value):
    def change(array):
        array[index] = value
        return array

    return change


def added(index, value):
    def change(array):
        array[index] += value
        return array

    return change


def test_what_is_right_agrees_and_still_has_its_figures(case, right):
    comparison = compared(case, right)
    assert comparison.agrees
    assert [tensor.name for tensor in comparison.tensors] == ["outputs", "final_state/c", "final_state/h"]
    assert all(tensor.problem is None and 0 <= tensor.ratio <= 1.0001 for tensor in comparison.tensors)


def test_nothing_compared_does_not_agree():
    assert not Comparison(tensors=()).agrees


def test_a_wrong_number_is_found_with_its_index_and_ratio(case, right):
    comparison = compared(case, right, outputs=added((1, 3, 2), 0.25))
    tensor = comparison.worst
    assert (tensor.name, tensor.problem, tensor.worst_index) == ("outputs", "values", (1, 3, 2))
    assert (tensor.mismatched, tensor.size) == (1, 60)
    assert tensor.max_abs == pytest.approx(0.25, rel=1e-5)
    assert tensor.ratio == pytest.approx(0.25 / tensor.noise, rel=1e-5)
    assert tensor.got - tensor.expected == pytest.approx(0.25, rel=1e-5)
    assert not comparison.agrees


@pytest.mark.parametrize(("factor", "problem"), [(7.99, None), (8.01, "values")])
def test_eight_times_the_rounding_is_the_edge(make_case, factor, problem):
    case = make_case(dtype="float64")
    oracle, noise = case.expectation.oracle64, case.expectation.noise
    outputs = oracle["outputs"].copy()
    outputs[0, 0, 0] += factor * noise["outputs"]
    state = LSTMStateTuple(oracle["final_state/c"], oracle["final_state/h"])
    assert compare(case, Result(outputs, state), Tolerance()).tensors[0].problem == problem


def test_rtol_and_atol_override_the_yardstick(case, right):
    assert compared(case, right, Tolerance(rtol=0.0, atol=0.3), outputs=added((0, 0, 0), 0.25)).agrees
    assert not compared(case, right, Tolerance(rtol=0.0, atol=0.0), outputs=added((0, 0, 0), 1e-5)).agrees


@pytest.mark.parametrize(
    ("change", "problem", "detail"),
    [
        (lambda outputs: outputs[0], "shape", ("(5, 4)", "(3, 5, 4)")),
        (lambda outputs: outputs.swapaxes(0, 1), "shape", ("(5, 3, 4)", "(3, 5, 4)")),
        (lambda outputs: outputs[..., :1], "shape", ("(3, 5, 1)", "(3, 5, 4)")),
        (lambda _: np.float32(0.5), "shape", ("()", "(3, 5, 4)")),
        (lambda _: 0.5, "shape", ("()", "(3, 5, 4)")),
        (lambda outputs: outputs.astype(np.float64), "dtype", ("float64", "float32")),
        (lambda outputs: outputs.astype(">f4"), "dtype", (">f4", "float32")),
        (lambda outputs: outputs.astype(object), "dtype", ("object", "float32")),
        (lambda outputs: outputs.tolist(), "structure", ("a list of 3", "one array")),
        (lambda outputs: (outputs, outputs), "structure", ("a tuple of 2", "one array")),
    ],
)
def test_the_form_comes_before_the_values(case, right, change, problem, detail):
    tensor = compared(case, right, outputs=change).tensors[0]
    assert (tensor.problem, tensor.detail) == (problem, detail)
    assert (tensor.mismatched, tensor.max_abs, tensor.worst_index) == (60, None, None)


def test_a_scalar_does_not_stand_for_an_array_that_is_constant_itself(make_case, right):
    case = make_case(run=DynamicRNN(sequence_length=(0, 0, 0)))
    assert not case.expectation.arrays["outputs"].any()
    result = right(case.question())
    assert compare(case, Result(np.float32(0), result.final_state), Tolerance()).tensors[0].problem == "shape"


def test_missing_outputs_are_missing(case, right):
    tensor = compare(case, Result(None, right(case).final_state), Tolerance()).tensors[0]
    assert (tensor.name, tensor.problem) == ("outputs", "missing")


def test_a_missing_state_is_missing_whole_or_in_part(case, right):
    outputs, state = right(case).outputs, right(case).final_state
    whole = compare(case, Result(outputs, None), Tolerance())
    assert [tensor.problem for tensor in whole.tensors] == [None, "missing", "missing"]
    part = compare(case, Result(outputs, (state.c, None)), Tolerance())
    assert [tensor.problem for tensor in part.tensors] == [None, "structure", "missing"]
    assert part.tensors[1].detail == ("a NoneType at final_state/h", "an array")


def test_a_state_nested_otherwise_is_named(case, right):
    result = right(case)
    for state, got in ((result.final_state.h, "a ndarray"), ((result.final_state,), "a tuple of 1")):
        tensors = compare(case, Result(result.outputs, state), Tolerance()).tensors
        assert [tensor.problem for tensor in tensors] == [None, "structure", "structure"]
        assert tensors[1].detail == (got, "a LSTMStateTuple(c, h)")


def test_a_tuple_in_place_of_one_array_is_named(make_case, right):
    case = make_case(cell=GRUCell(num_units=4))
    result = right(case)
    tensor = compare(case, Result(result.outputs, (result.final_state,)), Tolerance()).tensors[1]
    assert (tensor.problem, tensor.detail) == ("structure", ("a tuple of 1", "one array"))


def test_plain_tuples_stand_for_named_ones(make_case, right):
    case = make_case(run=BidirectionalDynamicRNN(initial_state=True))
    result = right(case)
    plain = tuple(tuple(state) for state in result.final_state)
    assert compare(case, Result(tuple(result.outputs), plain), Tolerance()).agrees
    assert not compare(case, Result(tuple(result.outputs)[::-1], plain), Tolerance()).agrees


def test_swapped_c_and_h_differ(case, right):
    result = right(case)
    swapped = compare(case, Result(result.outputs, tuple(result.final_state)[::-1]), Tolerance())
    assert [tensor.problem for tensor in swapped.tensors] == [None, "values", "values"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_counted_and_never_agrees(case, right, value):
    for tolerance in (Tolerance(), Tolerance(rtol=1e30, atol=1e30)):
        tensor = compared(case, right, tolerance, outputs=at((2, 4, 1), value)).worst
        assert (tensor.problem, tensor.nonfinite, tensor.worst_index) == ("nonfinite", 1, (2, 4, 1))


@pytest.mark.parametrize("value", [1e-12, -1e-30, 1e-45])
def test_padding_off_by_a_hair_is_caught(make_case, right, value):
    case = make_case(run=RAGGED)
    assert compared(case, right).agrees
    tensor = compared(case, right, outputs=at((1, 2, 3), value)).worst
    assert (tensor.problem, tensor.mismatched, tensor.worst_index) == ("padding", 1, (1, 2, 3))


def test_the_last_valid_step_is_no_padding_and_minus_zero_is_zero(make_case, right):
    case = make_case(run=RAGGED)
    assert compared(case, right, outputs=added((1, 1, 3), 1e-8)).agrees
    assert compared(case, right, outputs=at((1, 2, 3), -0.0)).agrees


def test_padding_of_every_run_is_compared(make_case, right):
    for run in (
        DynamicRNN(sequence_length=(5, 2, 0), time_major=True),
        StaticBidirectionalRNN(sequence_length=(5, 2, 0)),
    ):
        case = make_case(run=run)
        result = right(case)
        outputs = result.outputs.copy()
        index = (2, 1, 3) if isinstance(run, DynamicRNN) else (1, 2, 7)
        outputs[index] = 1e-12
        tensor = compare(case, Result(outputs, result.final_state), Tolerance()).tensors[0]
        assert (tensor.problem, tensor.worst_index) == ("padding", index)


def test_a_large_error_in_padding_is_still_called_padding(make_case, right):
    tensor = compared(make_case(run=RAGGED), right, outputs=at((2, 0, 0), 1.0)).worst
    assert tensor.problem == "padding"


def test_wrong_values_outside_the_padding_are_spoken_of_as_values(make_case, right):
    def change(outputs):
        return added((0, 0, 0), 0.5)(at((1, 2, 3), 1e-12)(outputs))

    tensor = compared(make_case(run=RAGGED), right, outputs=change).worst
    assert (tensor.problem, tensor.mismatched, tensor.worst_index) == ("values", 2, (0, 0, 0))


def test_the_state_of_a_row_of_length_zero_is_frozen_bit_for_bit(make_case, right):
    case = make_case(run=RAGGED)
    hair = np.spacing(case.initial_state.c[2, 1])
    tensor = compared(case, right, c=added((2, 1), hair)).tensors[1]
    assert (tensor.problem, tensor.mismatched, tensor.worst_index) == ("frozen state", 1, (2, 1))
    assert compared(case, right, c=added((0, 1), hair)).agrees


def test_a_wrong_form_is_spoken_of_before_a_wrong_value(case, right):
    comparison = compared(case, right, outputs=added((0, 0, 0), 1e6), h=lambda h: h[:2])
    assert comparison.worst.name == "final_state/h"


def test_the_largest_ratio_is_spoken_of_first(case, right):
    comparison = compared(case, right, outputs=added((0, 0, 0), 0.1), c=added((0, 0), 0.5))
    assert comparison.worst.name == "final_state/c"
