"""Cases and fixtures are equal sets, every kind has its cases, and nothing gets less without being noticed."""

from __future__ import annotations

from itertools import combinations, product
from typing import get_args

import pytest

from rnn_parity import spec as specs
from rnn_parity.catalogue import CASES
from rnn_parity.spec import ACTIVATIONS, LSTMCell, MultiRNNCell, class_name, single_cells, unwrapped
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.structure import cells_of, is_one_object, sequence_lengths

FLOOR = 947  # raised with the catalogue, never lowered
FOLDER_LIMIT = 16_000_000  # bytes

CELL_RUNS = tuple(run for run in get_args(specs.Run) if run is not specs.FusedRNN)  # those of an RNNCell
CONTRIB = get_args(specs.ContribCell) or (specs.ContribCell,)  # a union of one is that one
MASKED = (  # the runs whose masks can be had again, and that take ids
    specs.Step, specs.StaticRNN, specs.DynamicRNN, specs.Chunked, specs.BidirectionalDynamicRNN,
    specs.StaticBidirectionalRNN,
)  # fmt: skip
FIXTURES = Fixtures(default_fixtures())


def test_cases_and_fixtures_are_equal_sets():
    assert sorted(case.id for case in CASES) == list(FIXTURES.ids)


def test_every_fixture_was_recorded_from_the_case_as_it_stands():
    recorded = {fixture.spec.id: fixture.spec for fixture in FIXTURES}
    assert {case.id: case for case in CASES} == recorded


def test_the_number_of_cases_does_not_fall():
    assert len(CASES) >= FLOOR


def test_all_fixtures_together_stay_small():
    size = sum(path.stat().st_size for path in FIXTURES.folder.rglob("*") if path.is_file())
    assert size <= FOLDER_LIMIT


def test_every_case_has_a_name_and_a_seed_of_its_own():
    assert len({case.id for case in CASES}) == len({case.seed for case in CASES}) == len(CASES)


@pytest.mark.parametrize("kind", get_args(specs.Cell), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("dtype", specs.DTYPES)
def test_every_cell_is_recorded_in_every_dtype(kind, dtype):
    refused = dtype not in getattr(kind, "dtypes", specs.DTYPES)
    assert refused != any(isinstance(case.cell, kind) and case.dtype == dtype for case in CASES)


@pytest.mark.parametrize("kind", get_args(specs.CoreCell), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("run", CELL_RUNS, ids=lambda run: run.__name__)
def test_every_cell_meets_every_run_with_and_without_lengths_and_initial_state(kind, run):
    runs = [case.run for case in CASES if isinstance(case.cell, kind) and isinstance(case.run, run)]
    if "sequence_length" in run.__struct_fields__:
        met = {(one.sequence_length is not None, one.initial_state) for one in runs}
        assert met == set(product([False, True], repeat=2))
    else:
        assert {one.initial_state for one in runs} == {False, True}


@pytest.mark.parametrize("kind", CONTRIB, ids=lambda kind: kind.__name__)
def test_every_contrib_cell_meets_steps_loops_both_directions_lengths_and_states(kind):
    runs = [case.run for case in CASES if isinstance(case.cell, kind)]
    assert {type(run) for run in runs} >= {
        specs.Step, specs.StaticRNN, specs.DynamicRNN, specs.Chunked, specs.BidirectionalDynamicRNN,
        specs.StaticBidirectionalRNN,
    }  # fmt: skip
    met = {(getattr(run, "sequence_length", None) is not None, run.initial_state) for run in runs}
    assert met == set(product([False, True], repeat=2))


@pytest.mark.parametrize("kind", get_args(specs.FusedCell), ids=lambda kind: kind.__name__)
def test_every_fused_cell_runs_with_and_without_lengths_and_initial_state(kind):
    runs = [case.run for case in CASES if isinstance(case.cell, kind)]
    assert {type(run) for run in runs} == {specs.FusedRNN}
    met = {(run.sequence_length is not None, run.initial_state) for run in runs}
    assert met == set(product([False, True], repeat=2))


@pytest.mark.parametrize("kind", get_args(specs.CoreCell), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_cell_meets_every_activation(kind, activation):
    assert any(isinstance(case.cell, kind) and case.cell.activation == activation for case in CASES)


def test_stacks_hold_every_kind_of_cell_and_both_kinds_of_state():
    stacks = [case.cell for case in CASES if isinstance(case.cell, MultiRNNCell)]
    assert {class_name(cell) for stack in stacks for cell in single_cells(stack)} == {
        kind.__name__ for kind in get_args(specs.SingleCell)
    }
    assert {stack.state_is_tuple for stack in stacks} == {False, True}


@pytest.mark.parametrize("kind", get_args(specs.ContribWrapper), ids=lambda kind: kind.__name__)
def test_every_contrib_wrapper_meets_steps_loops_both_directions_lengths_and_states(kind):
    runs = [
        case.run for case in CASES if any(isinstance(one, kind) for cell in cells_of(case) for one in _nested(cell))
    ]
    assert {type(run) for run in runs} == set(MASKED)
    met = {(getattr(run, "sequence_length", None) is not None, run.initial_state) for run in runs}
    assert met == set(product([False, True], repeat=2))


@pytest.mark.parametrize("wrapper", get_args(specs.Wrapper), ids=lambda wrapper: wrapper.__name__)
def test_every_wrapper_stands_around_a_cell_around_a_stack_and_in_one(wrapper):
    cells = [case.cell for case in CASES]
    around = [unwrapped(cell) for cell in cells if isinstance(cell, wrapper)]
    assert {isinstance(cell, specs.StackSpec) for cell in around} == {False, True}
    inside = [one for cell in cells for one in getattr(unwrapped(cell), "cells", ())]
    assert any(isinstance(one, wrapper) for one in inside)


@pytest.mark.parametrize(
    "kind", [specs.SummedMultiRNNCell, *get_args(specs.CoreWrapper)], ids=lambda kind: kind.__name__
)
@pytest.mark.parametrize("run", CELL_RUNS, ids=lambda run: run.__name__)
def test_summed_stacks_and_wrappers_meet_every_run_that_takes_them(kind, run):
    runs = [case for case in CASES if isinstance(case.run, run)]
    met = any(isinstance(cell, kind) for case in runs for top in cells_of(case) for cell in _nested(top))
    assert met != (kind is specs.DropoutWrapper and run not in MASKED)


def _nested(cell):
    """Return a cell and all cells in it."""
    inside = [cell.cell] if isinstance(cell, specs.Wrapper) else getattr(cell, "cells", ())
    return [cell, *(one for part in inside for one in _nested(part))]


def test_one_object_stands_in_stacks_in_directions_and_in_both():
    found = {(getattr(case.cell, "one_object", False), is_one_object(case)) for case in CASES}
    assert found == set(product([False, True], repeat=2))


def test_every_value_of_every_lstm_option_meets_every_other_value_run_and_dtype():
    rows = [_options(case) for case in CASES if isinstance(case.cell, LSTMCell)]
    pairwise = [row for row, case in zip(rows, _lstm_cases(), strict=True) if case.id.startswith("lstm-pairs/")]
    values = {name: {row[name] for row in pairwise} for name in pairwise[0]}
    assert values["cell_clip"] >= {None, 0.0}
    assert len(values["forget_bias"]) >= 4
    missing = [
        ((one, a), (other, b))
        for one, other in combinations(values, 2)
        for a, b in product(values[one], values[other])
        if not _impossible({one: a, other: b}) and not any(row[one] == a and row[other] == b for row in pairwise)
    ]
    assert missing == []


def _lstm_cases():
    return [case for case in CASES if isinstance(case.cell, LSTMCell)]


def _options(case):
    cell = {name: getattr(case.cell, name) for name in LSTMCell.__struct_fields__ if name != "num_units"}
    run = (class_name(case.run), getattr(case.run, "time_major", False))
    return cell | {
        "run": run,
        "dtype": case.dtype,
        "ragged": sequence_lengths(case) is not None,
        "initial_state": case.run.initial_state,
    }


def _impossible(pair):
    """One Step has no lengths."""
    return pair.get("run") == ("Step", False) and pair.get("ragged") is True
