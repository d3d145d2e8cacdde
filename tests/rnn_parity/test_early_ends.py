"""Runs whose outputs end before T, some with no step at all: the harness copes with arrays of no entries."""

from dataclasses import replace

import numpy as np
import pytest
from small_recordings import make_fixture

from rnn_parity import Directions, LSTMStateTuple, Result, Tolerance, check
from rnn_parity.compare import compare
from rnn_parity.fixture_file import content_hash, read_fixture, write_fixture
from rnn_parity.locate import error_by_step, locate
from rnn_parity.report.json import document, encode
from rnn_parity.report.listing import case_text
from rnn_parity.report.text import check_text
from rnn_parity.spec import BasicLSTMCell, GRUCell, LSTMCell, MultiRNNCell, RawRNN, StackBidirectionalRNN

EMPTY = RawRNN(sequence_length=(0, 0, 0), initial_state=True)
SHORT = RawRNN(sequence_length=(3, 1, 0), initial_state=True)


def padded(outputs, _=None):
    return np.pad(outputs, ((0, 5 - len(outputs)), (0, 0), (0, 0)))


def told(verdict):
    """Return the report, having made all others of the verdict."""
    assert b"NaN" not in encode(document(verdict, {}))
    return check_text(verdict)


@pytest.mark.parametrize("run", [EMPTY, SHORT], ids=["no steps", "short"])
def test_the_right_answer_agrees_and_is_told(make_case, right, run):
    case = make_case(run=run)
    assert case.expectation.arrays["outputs"].shape == (max(run.sequence_length), 3, 4)
    verdict = check([case], right)
    assert verdict.agrees
    assert "1 of 1 case agree" in told(verdict)


def test_a_fixture_of_no_steps_is_written_and_read(tmp_path, specs):
    fixture = make_fixture(specs(run=EMPTY))
    write_fixture(tmp_path, fixture)
    again = read_fixture(tmp_path / "lstm/plain.safetensors")
    assert content_hash(again) == content_hash(fixture)
    assert again.arrays["outputs"].shape == (0, 3, 4)
    assert "(0, 3, 4)" in case_text(again, "hash", "command")


@pytest.mark.parametrize(("run", "shape"), [(EMPTY, "(0, 3, 4)"), (SHORT, "(3, 3, 4)")], ids=["no steps", "short"])
def test_outputs_padded_to_all_steps_are_of_a_wrong_shape_and_have_a_name(make_case, wrong, run, shape):
    verdict = check([make_case(run=run)], wrong(lambda outputs, state: (padded(outputs), state)))
    report = told(verdict)
    assert f"outputs: got shape (5, 3, 4), should be {shape}" in report
    assert verdict.diagnosis[0].mistakes == ("raw/outputs-padded",)


def test_a_state_that_went_on_in_a_run_of_no_steps_is_found(make_case, wrong):
    case = make_case(run=EMPTY)
    run = wrong(lambda outputs, state: (outputs, LSTMStateTuple(state[0] + np.float32(0.5), state[1])))
    verdict = check([case], run)
    result = run(case)
    comparison = compare(case, result, Tolerance())
    assert comparison.worst.name == "final_state/c"
    assert locate(case, result, comparison, Tolerance()).tensor == "final_state/c"
    assert error_by_step(case, result, comparison, Tolerance()) == ()
    assert "final_state/c of a row of length 0" in told(verdict)


def test_the_step_is_found_in_outputs_that_end_early(make_case, wrong):
    def change(outputs, state):
        outputs = np.array(outputs)
        outputs[2, 0, 1] += 0.5
        return outputs, state

    verdict = check([make_case(run=SHORT)], wrong(change))
    assert (verdict.results[0].first.step, verdict.results[0].first.row) == (2, 0)
    assert len(verdict.results[0].error_by_step) == 3
    assert "step 2" in told(verdict)


def test_an_output_past_the_end_of_a_row_must_be_zero(make_case, wrong):
    def change(outputs, state):
        outputs = np.array(outputs)
        outputs[2, 1, 0] = 1e-30
        return outputs, state

    verdict = check([make_case(run=SHORT)], wrong(change))
    assert verdict.results[0].comparison.worst.problem == "padding"


def test_a_trace_of_a_short_run_leads_to_the_gate(make_case, right):
    case = make_case(run=SHORT)
    result = right(case)
    trace = dict(result.trace)
    trace["0/f"] = trace["0/f"] + np.where(trace["0/f"] != 0, np.float32(0.5), np.float32(0))
    result = replace(result, outputs=result.outputs + np.float32(0.5), trace=trace)
    first = locate(case, result, compare(case, result, Tolerance()), Tolerance())
    assert (first.tensor, first.layer, first.step) == ("f", 0, 0)


@pytest.mark.parametrize(
    ("cell", "places", "layer"),
    [
        (LSTMCell(num_units=4), [("fw", 1), ("bw", 1)], 1),
        (GRUCell(num_units=4), [("bw", 0), ("bw", 1)], 0),
        (MultiRNNCell(cells=(BasicLSTMCell(num_units=4), GRUCell(num_units=3))), [("fw", 1)], 2),
    ],
    ids=["lstm", "gru", "stacks in layers"],
)
def test_layers_of_stacked_directions_are_counted_from_the_input(make_case, right, cell, places, layer):
    case = make_case(cell=cell, run=StackBidirectionalRNN(layers=2, initial_state=True))
    result = right(case)
    states = {way: list(getattr(result.final_state, way)) for way in ("fw", "bw")}
    for way, level in places:
        states[way][level] = _moved(states[way][level])
    final = Directions(*(tuple(states[way]) for way in ("fw", "bw")))
    wrong = Result(result.outputs, final)
    assert locate(case, wrong, compare(case, wrong, Tolerance()), Tolerance()).layer == layer


def _moved(state):
    return tuple(map(_moved, state)) if isinstance(state, tuple) else state + np.float32(0.5)
