"""Inputs that are a tuple of arrays: named, drawn, handed to candidates, and refused where a cell reads one array."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_parity.candidates import numpy_impl
from rnn_parity.draws import draw
from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    DeviceWrapper,
    DynamicRNN,
    GLSTMCell,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    PhasedLSTMCell,
    ResidualWrapper,
    StaticRNN,
    Step,
)
from rnn_parity.structure import cut_tree, dtype_of, input_shapes, map_tree

CELL = PhasedLSTMCell(num_units=2)


@pytest.mark.parametrize(
    ("run", "shapes"),
    [
        (Step(), {"0": (3, 1), "1": (3, 2)}),
        (StaticRNN(), {"0": (3, 5, 1), "1": (3, 5, 2)}),
        (DynamicRNN(time_major=True), {"0": (5, 3, 1), "1": (5, 3, 2)}),
    ],
)
@pytest.mark.parametrize(
    "cell", [CELL, DeviceWrapper(cell=CELL, device="/cpu:0"), MultiRNNCell(cells=(CELL, GRUCell(num_units=4)))]
)
def test_shapes_are_those_of_the_first_cells_tuple(cell, run, shapes, specs):
    assert input_shapes(specs(cell=cell, run=run)) == shapes


@pytest.mark.parametrize("time_major", [False, True])
def test_times_grow_in_every_row_and_features_are_drawn_as_ever(time_major, specs):
    drawn = draw(specs(cell=CELL, run=DynamicRNN(time_major=time_major)))
    times, features = drawn["inputs/0"], drawn["inputs/1"]
    steps = np.diff(times, axis=0 if time_major else 1)
    assert steps.min() > 0.6
    assert steps.max() < 2
    assert np.unique(steps.round(6)).size == steps.size
    assert np.abs(features).max() < 1.5
    assert features.min() < 0


def test_times_of_one_step_differ_from_row_to_row(specs):
    assert np.diff(draw(specs(cell=CELL, run=Step()))["inputs/0"], axis=0).min() > 0.6


def test_times_past_a_rows_length_are_garbage(specs):
    plain, ragged = (draw(specs(cell=CELL, run=DynamicRNN(sequence_length=lengths))) for lengths in (None, (5, 2, 0)))
    ended = np.arange(5) >= np.array([[5], [2], [0]])
    np.testing.assert_array_equal(plain["inputs/0"][~ended], ragged["inputs/0"][~ended])
    np.testing.assert_allclose(3 * plain["inputs/0"][ended], ragged["inputs/0"][ended], rtol=1e-6)


def test_periods_phases_and_ratios_leave_units_open_and_closed(specs):
    drawn = draw(specs(cell=PhasedLSTMCell(num_units=40)))
    period, phase, ratio = (drawn[f"weights/rnn/phased_lstm_cell/{name}"] for name in ("period", "phase", "ratio_on"))
    assert (phase > 0).all()
    assert (phase < period.min()).all()
    assert ((ratio > 0.25) & (ratio < 0.85)).all()
    assert all(np.unique(array).size == 40 for array in (period, phase, ratio))


def test_a_candidate_gets_the_tuple(make_case):
    case = make_case("phased/plain", cell=CELL, run=DynamicRNN(sequence_length=(5, 2, 0)))
    assert isinstance(case.inputs, tuple)
    assert [array.shape for array in case.question().inputs] == [(3, 5, 1), (3, 5, 2)]
    assert numpy_impl.run(case.question()).outputs.shape == (3, 5, 2)


def test_one_array_stays_one_array(make_case):
    assert make_case().inputs.shape == (3, 5, 2)


@pytest.mark.parametrize(
    ("cell", "should_be"),
    [
        (MultiRNNCell(cells=(GRUCell(num_units=2), CELL)), "cells above the first that read one array"),
        (
            MultiRNNCell(cells=(CELL, DeviceWrapper(cell=CELL, device="/cpu:0"))),
            "cells above the first that read one array",
        ),
        (ResidualWrapper(cell=CELL), "a cell that reads one array"),
    ],
)
def test_a_tuple_is_refused_where_an_array_comes(cell, should_be, specs):
    with pytest.raises(UnsupportedOptionError, match=should_be):
        specs(cell=cell)


@pytest.mark.parametrize(("forward", "backward"), [(CELL, LSTMCell(num_units=2)), (LSTMCell(num_units=2), CELL)])
def test_directions_read_the_same(forward, backward, specs):
    with pytest.raises(UnsupportedOptionError, match="a cell that reads what the forward one reads"):
        specs(cell=forward, run=BidirectionalDynamicRNN(cell_bw=backward))


def test_groups_divide_the_inputs_of_their_cell(specs):
    halves = GLSTMCell(num_units=4, number_of_groups=2)
    assert specs(cell=halves).sizes.depth == 2
    with pytest.raises(UnsupportedOptionError, match="number_of_groups: got 2, should be a divisor of 3"):
        specs(cell=MultiRNNCell(cells=(GRUCell(num_units=3), halves)))
    with pytest.raises(UnsupportedOptionError, match="num_proj: got 3, should be divisible by number_of_groups, 2"):
        GLSTMCell(num_units=4, num_proj=3, number_of_groups=2)


def test_trees_are_mapped_cut_and_asked_for_their_dtype():
    tree = (np.arange(4), (np.arange(4.0), np.arange(4, dtype=np.float32)))
    doubled = map_tree(lambda array: 2 * array, tree)
    assert doubled[1][0].tolist() == [0, 2, 4, 6]
    first, second = cut_tree(lambda array: np.split(array, 2), tree)
    assert (first[0].tolist(), second[1][1].tolist()) == ([0, 1], [2, 3])
    assert cut_tree(lambda array: np.split(array, 2), np.arange(4))[1].tolist() == [2, 3]
    assert dtype_of(tree) == np.float32
