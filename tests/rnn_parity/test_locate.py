import numpy as np
import pytest

from rnn_parity import Directions, LSTMStateTuple, Result, Tolerance
from rnn_parity.compare import compare
from rnn_parity.locate import error_by_step, locate
from rnn_parity.spec import (
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    StaticBidirectionalRNN,
    Step,
)

LENGTHS = (5, 2, 0)
STACK = MultiRNNCell(cells=(BasicLSTMCell(num_units=4), GRUCell(num_units=3)))


def located(case, result):
    return locate(case, result, compare(case, result, Tolerance()), Tolerance())


def off(array, *indices, by=0.5):
    array = np.array(array)
    for index in indices:
        array[index] += by
    return array


@pytest.mark.parametrize(("time_major", "order"), [(False, (0, 1, 2)), (True, (1, 0, 2))])
def test_the_first_step_row_and_unit_are_found_for_either_axis_order(make_case, right, time_major, order):
    case = make_case(run=DynamicRNN(initial_state=True, time_major=time_major))
    result = right(case)
    indices = [tuple(index[axis] for axis in order) for index in ((0, 3, 1), (2, 1, 3), (1, 4, 0))]
    first = located(case, Result(off(result.outputs, *indices), result.final_state))
    assert (first.tensor, first.step, first.row, first.unit, first.direction) == ("outputs", 1, 2, 3, "")
    assert first.got - first.expected == pytest.approx(0.5, abs=1e-5)


def test_of_one_step_the_largest_error_is_named(make_case, right):
    case = make_case()
    result = right(case)
    outputs = off(off(result.outputs, (0, 2, 0), by=0.1), (1, 2, 1), by=-0.4)
    first = located(case, Result(outputs, result.final_state))
    assert (first.step, first.row, first.unit) == (2, 1, 1)


def test_the_single_call_has_the_only_step(make_case, right):
    case = make_case(run=Step())
    result = right(case)
    first = located(case, Result(off(result.outputs, (1, 2)), result.final_state))
    assert (first.step, first.row, first.unit) == (0, 1, 2)


def test_a_backward_cell_begins_at_each_rows_last_valid_step(make_case, right):
    case = make_case(run=BidirectionalDynamicRNN(sequence_length=LENGTHS, initial_state=True))
    result = right(case)
    # row 0 computes steps 4 3 2 1 0, row 1 steps 1 0: step 1 of row 1 comes first, step 2 of row 0 third
    backward = off(result.outputs[1], (0, 2, 0), (1, 1, 3))
    first = located(case, Result(Directions(result.outputs[0], backward), result.final_state))
    assert (first.tensor, first.direction, first.step, first.row, first.unit) == ("outputs/bw", "bw", 1, 1, 3)


def test_static_columns_are_told_apart_by_direction(make_case, right):
    case = make_case(run=StaticBidirectionalRNN(sequence_length=LENGTHS, initial_state=True))
    result = right(case)
    backward = located(case, Result(off(result.outputs, (0, 4, 6)), result.final_state))
    assert (backward.direction, backward.step, backward.row, backward.unit) == ("bw", 4, 0, 2)
    forward = located(case, Result(off(result.outputs, (0, 4, 3)), result.final_state))
    assert (forward.direction, forward.step, forward.unit) == ("fw", 4, 3)


def test_a_trace_leads_to_the_gate(make_case, right):
    case = make_case(cell=LSTMCell(num_units=4))
    result = right(case)
    trace = {name: np.array(values) for name, values in result.trace.items()}
    trace["0/j"][1, 2, 3] += 0.5
    trace["0/c"][1] += 0.5
    trace["0/i"][2] += 0.5
    first = located(case, Result(off(result.outputs, (0, 3, 0)), result.final_state, trace))
    assert (first.tensor, first.layer, first.step, first.row, first.unit) == ("j", 0, 1, 2, 3)


def test_a_trace_leads_to_the_lower_layer_of_the_same_step(make_case, right):
    case = make_case(cell=STACK)
    result = right(case)
    trace = {name: np.array(values) for name, values in result.trace.items()}
    trace["1/r"][2] += 0.5
    trace["0/h"][2] += 0.5
    first = located(case, Result(off(result.outputs, (0, 2, 0)), result.final_state, trace))
    assert (first.tensor, first.layer, first.step) == ("h", 0, 2)


def test_a_backward_trace_leads_to_its_time_index(make_case, right):
    case = make_case(run=BidirectionalDynamicRNN(sequence_length=LENGTHS))
    result = right(case)
    trace = {name: np.array(values) for name, values in result.trace.items()}
    trace["bw/0/f"][0, 1, 2] += 0.5  # the first computed step of row 1, whose length is 2
    outputs = Directions(result.outputs[0], off(result.outputs[1], (1, 0, 2)))
    first = located(case, Result(outputs, result.final_state, trace))
    assert (first.tensor, first.direction, first.step, first.row) == ("f", "bw", 1, 1)


def test_a_trace_of_the_wrong_shape_or_name_is_not_used(make_case, right):
    case = make_case()
    result = right(case)
    for trace in ({"0/i": np.ones(2)}, {"x": np.ones(2)}, {}):
        assert located(case, Result(off(result.outputs, (0, 3, 0)), result.final_state, trace)).tensor == "outputs"


def test_a_right_trace_leaves_it_to_the_outputs(make_case, right):
    case = make_case()
    result = right(case)
    first = located(case, Result(off(result.outputs, (0, 3, 0)), result.final_state, result.trace))
    assert (first.tensor, first.step) == ("outputs", 3)


def test_a_difference_in_the_state_alone_has_no_step_but_a_layer(make_case, right):
    case = make_case(cell=STACK)
    result = right(case)
    lower, upper = result.final_state
    first = located(case, Result(result.outputs, (LSTMStateTuple(off(lower.c, (1, 2)), lower.h), off(upper, (0, 0)))))
    assert (first.tensor, first.step, first.layer, first.row, first.unit) == ("final_state/0/c", None, 0, 1, 2)


def test_a_state_of_the_backward_direction_says_so(make_case, right):
    case = make_case(run=BidirectionalDynamicRNN())
    result = right(case)
    forward, backward = result.final_state
    first = located(case, Result(result.outputs, (forward, (backward.c, off(backward.h, (2, 1))))))
    assert (first.tensor, first.direction, first.row, first.unit) == ("final_state/bw/h", "bw", 2, 1)


@pytest.mark.parametrize(("time_major", "index"), [(False, (1, 2, 3)), (True, (2, 1, 3))])
def test_padding_off_by_a_hair_is_placed(make_case, right, time_major, index):
    case = make_case(run=DynamicRNN(sequence_length=LENGTHS, time_major=time_major))
    result = right(case)
    first = located(case, Result(off(result.outputs, index, by=1e-12), result.final_state))
    assert (first.tensor, first.step, first.row, first.unit) == ("outputs", 2, 1, 3)


def test_nan_is_a_difference_and_is_placed(make_case, right):
    case = make_case()
    result = right(case)
    first = located(case, Result(off(result.outputs, (1, 2, 3), by=np.nan), result.final_state))
    assert (first.step, first.row, first.unit) == (2, 1, 3)


def test_values_of_another_shape_are_not_placed(make_case, right):
    case = make_case()
    result = right(case)
    assert located(case, Result(result.outputs[0], result.final_state)) is None
    assert located(case, Result(None, None)) is None
    assert located(case, result) is None


def test_the_error_by_step_is_in_the_order_of_computation(make_case, right):
    case = make_case(run=BidirectionalDynamicRNN(sequence_length=LENGTHS))
    result = right(case)
    outputs = Directions(result.outputs[0], off(result.outputs[1], (0, 1, 0)))  # computed fourth
    answer = Result(outputs, result.final_state)
    errors = error_by_step(case, answer, compare(case, answer, Tolerance()), Tolerance())
    assert [error > 0.4 for error in errors] == [False, False, False, True, False]
