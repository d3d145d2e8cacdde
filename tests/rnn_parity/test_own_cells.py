"""Cells and graphs that are not TensorFlow's own: read, checked and shown without TensorFlow and their module."""

import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from rnn_parity.candidate import BUILT_IN, Result, Unsupported, case_of, load_candidate, load_cases
from rnn_parity.candidates.numpy_impl import run as numpy_run
from rnn_parity.cli import cli
from rnn_parity.compare import compare
from rnn_parity.draws import draw
from rnn_parity.errors import SpecInvalidError, UnsupportedOptionError
from rnn_parity.fixture_file import Fixture
from rnn_parity.mistakes import MISTAKES
from rnn_parity.recheck import recheck
from rnn_parity.report.json import document, verdict_of
from rnn_parity.report.kernels import kernels
from rnn_parity.report.text import check_text
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CaseSpec,
    Chunked,
    DynamicRNN,
    GRUCell,
    LSTMStateTuple,
    OwnCell,
    OwnGraph,
    OwnState,
    OwnVariable,
    Sizes,
    StackBidirectionalRNN,
    StateSavingRNN,
    class_name,
    from_json,
    to_json,
)
from rnn_parity.structure import flatten, result_shapes
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import check
from rnn_parity.weights import layers, variables

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs/examples"
RECORDED = EXAMPLES / "slow-cell"
LENGTHS = (4, 0, 2)
LSTM_STATE = OwnState(parts=(3, 2), class_name="LSTMStateTuple", fields=("c", "h"))
MY_STATE = OwnState(parts=(3, OwnState(parts=(2, LSTM_STATE))), class_name="MyState", fields=("h", "below"))
OWN = (
    OwnVariable(name="kernel", shape=(5, 3), role="kernel"),
    OwnVariable(name="bias", shape=(3,), role="bias"),
    OwnVariable(name="inner/leak", shape=(), role="ratio"),
)


def own_cell(state=3, **options):
    traced = tuple(path or "state" for path in flatten(state.size if isinstance(state, OwnState) else state))
    given = {"num_units": 3, "class_name": "MyCell", "scope_name": "my_cell", "own_variables": OWN, "traced": traced}
    return OwnCell(state=state, **(given | options))


def spec_of(cell=None, run=None, **options):
    run = run or DynamicRNN(sequence_length=LENGTHS, initial_state=True)
    given = {"id": "own/case", "why": "a test", "seed": 7, "sizes": Sizes(batch_size=3, max_time=4, depth=2)}
    return CaseSpec(cell=cell or own_cell(), run=run, **(given | options))


def graph_of(**options):
    return spec_of(own_cell(scope_name="", traced=()), OwnGraph(sequence_length=LENGTHS, initial_state=True, **options))


def case_with(spec, answer=1.0):
    """Return a case of which TensorFlow would have answered one number throughout."""
    arrays = dict(draw(spec))
    for name, shape in result_shapes(spec).items():
        arrays |= {name: np.full(shape, answer, np.float32), f"noise/{name}": np.float64(1e-7)}
        arrays[f"oracle64/{name}"] = np.full(shape, answer)
    return case_of(Fixture(spec, arrays))


@pytest.mark.parametrize("state", [3, LSTM_STATE, MY_STATE, OwnState(parts=())], ids=["one", "lstm", "nested", "none"])
def test_a_case_is_read_from_json_as_it_was_written(state):
    options = (("units", 3), ("leak", 1.0), ("name", "a"), ("clip", None), ("widths", (4, 2)), ("tied", True))
    spec = spec_of(own_cell(state, own_options=options))
    again = from_json(to_json(spec))
    assert again == spec
    assert hash(again) == hash(spec)
    assert to_json(again) == to_json(spec)
    assert [type(value) for value in again.cell.options.values()] == [int, float, str, type(None), tuple, bool]


def test_states_have_the_names_of_the_user_s_class_and_survive_pickling():
    case = case_with(spec_of(own_cell(MY_STATE)))
    assert set(result_shapes(case.spec)) == {
        "outputs", "final_state/h", "final_state/below/0", "final_state/below/1/c", "final_state/below/1/h",
    }  # fmt: skip
    state = case.initial_state
    assert (type(state).__name__, state.h.shape, type(state.below[1])) == ("MyState", (3, 3), LSTMStateTuple)
    again = pickle.loads(pickle.dumps(state))  # noqa: S301  our own bytes: worker processes hand cases on
    np.testing.assert_array_equal(again.below[1].c, state.below[1].c)


def test_variables_are_named_as_tensorflow_named_them():
    assert list(variables(spec_of())) == ["rnn/my_cell/kernel", "rnn/my_cell/bias", "rnn/my_cell/inner/leak"]
    assert list(variables(graph_of())) == ["kernel", "bias", "inner/leak"]
    both = spec_of(run=BidirectionalDynamicRNN())
    assert list(variables(both))[::3] == ["bidirectional_rnn/fw/my_cell/kernel", "bidirectional_rnn/bw/my_cell/kernel"]
    assert [set(layer.cell.variables(2)) for layer in layers(both)] == [{"kernel", "bias", "inner/leak"}] * 2


def test_drawn_weights_all_differ_and_biases_are_not_zero():
    arrays = draw(spec_of())
    kernel, bias, leak = (arrays[f"weights/rnn/my_cell/{name}"] for name in ("kernel", "bias", "inner/leak"))
    assert len(set(kernel.flat)) == kernel.size
    assert np.all(np.abs(bias) > 0.1)
    assert 0 < leak < 1


def test_ids_are_drawn_where_the_cell_reads_them():
    arrays = draw(spec_of(own_cell(ids=11)))
    assert (arrays["inputs"].dtype, arrays["inputs"].max() < 11) == (np.int32, True)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: spec_of(run=StateSavingRNN(chunks=(2, 2))), r"CaseSpec.run: .*should be one of Step, .*or OwnGraph"),
        (lambda: spec_of(run=StackBidirectionalRNN(layers=2)), "CaseSpec.run: .*should be one of Step"),
        (lambda: spec_of(run=Chunked(chunks=(2, 2), carried="variables")), "carried as tensor or feed"),
        (lambda: spec_of(run=BidirectionalDynamicRNN(cell_bw=GRUCell(num_units=3))), "cell_bw None or 'cell_fw'"),
        (
            lambda: spec_of(GRUCell(num_units=3), BidirectionalDynamicRNN(cell_bw=own_cell())),
            "a cell_bw of TensorFlow's",
        ),
        (lambda: spec_of(GRUCell(num_units=3), OwnGraph()), "CaseSpec.cell: .*should be an OwnCell"),
        (lambda: own_cell(0), "MyCell.state: got 0, should be a whole number > 0"),
        (lambda: OwnState(parts=(3, 0)), "OwnState.parts"),
        (lambda: OwnState(parts=(3, 2), class_name="S", fields=("c",)), "as many names as parts"),
    ],
)
def test_what_is_not_recorded_of_own_cells_is_refused(make, match):
    with pytest.raises(UnsupportedOptionError, match=match):
        make()


def test_own_cells_stand_in_no_stack_and_no_wrapper():
    inner = json.loads(to_json(spec_of()))["cell"]
    for cell in ({"class": "MultiRNNCell", "cells": [inner]}, {"class": "ResidualWrapper", "cell": inner}):
        text = json.dumps(json.loads(to_json(spec_of())) | {"cell": cell})
        with pytest.raises(SpecInvalidError):
            from_json(text)


@pytest.mark.parametrize(
    "spec", [spec_of(), spec_of(run=BidirectionalDynamicRNN()), graph_of()], ids=["one", "two", "graph"]
)
def test_no_known_mistake_is_one_of_an_own_cell(spec):
    assert not any(mistake.applies(spec) for mistake in MISTAKES)
    case = case_with(spec)
    for run in (numpy_run, MISTAKES[0].run):
        with pytest.raises(Unsupported, match="MyCell is none of TensorFlow's own cells"):
            run(case)


def test_a_wrong_port_is_located_and_no_mistake_is_named():
    case = case_with(spec_of())
    outputs, final = case.expectation.arrays["outputs"].copy(), case.expectation.arrays["final_state"]
    outputs[2, 1:] += 0.5
    verdict = check([case], lambda _: Result(outputs, final))
    (result,) = verdict.results
    assert (result.first.step, result.first.row, result.first.layer, verdict.diagnosis) == (1, 2, None, ())
    text = check_text(verdict)
    assert "not looked for: this cell is not TensorFlow's own" in text
    assert "no mistake was looked for in 1 of 1 failing cases: their cells are not TensorFlow's own" in text
    assert re.search(r"^MyCell +0 +1 ", text, re.MULTILINE)


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "tensorflow"])  # tests/tf_reference has that
def test_every_built_in_candidate_refuses_own_cells_with_a_reason(name):
    verdict = check(load_cases(fixtures=RECORDED), load_candidate(name))
    assert [result.verdict for result in verdict.results] == ["unsupported"] * 3
    for result in verdict.results:
        assert re.search(r"this cell is none of them|SlowCell|tagger", result.reason)


def test_parts_of_a_state_are_not_taken_for_layers():
    case = case_with(spec_of(own_cell(OwnState(parts=(3, 2)))))
    states = tuple(case.expectation.arrays[f"final_state/{part}"] for part in (0, 1))
    answer = Result(case.expectation.arrays["outputs"], (states[0], states[1] + np.float32(1)))
    (result,) = check([case], lambda _: answer).results
    assert (result.first.tensor, result.first.layer) == ("final_state/1", None)


def test_blocks_of_an_own_kernel_are_not_guessed():
    assert not list(kernels(own_cell(), 2))


def test_a_trace_leads_to_the_part_of_the_state():
    spec = spec_of(own_cell(LSTM_STATE))
    case = case_with(spec)
    trace = {f"0/{name}": np.ones((4, 3, width), np.float32) for name, width in (("c", 3), ("h", 2))}
    case = case_of(Fixture(spec, draw(spec) | arrays_of(case) | {f"trace/{name}": one for name, one in trace.items()}))
    wrong = trace | {"0/h": trace["0/h"] + np.float32(0.5)}
    outputs = case.expectation.arrays["outputs"] + np.float32(0.1)
    answer = Result(outputs, tuple(case.expectation.arrays[f"final_state/{name}"] for name in "ch"), wrong)
    (result,) = check([case], lambda _: answer).results
    assert (result.first.tensor, result.first.step) == ("h", 0)


def arrays_of(case):
    answer = case.expectation
    return {
        **answer.arrays,
        **{f"oracle64/{name}": array for name, array in answer.oracle64.items()},
        **{f"noise/{name}": np.float64(noise) for name, noise in answer.noise.items()},
    }


@pytest.mark.parametrize(("promised", "problem"), [(True, "padding"), (False, None)])
def test_a_graph_promises_exactly_what_it_was_seen_to_keep(promised, problem):
    case = case_with(graph_of(zero_past_length=promised), answer=0.0)
    outputs = case.expectation.arrays["outputs"].copy()
    outputs[1] = 1e-8  # within the rounding, but not 0
    comparison = compare(case, Result(outputs, case.expectation.arrays["final_state"]), Tolerance())
    assert comparison.worst.problem == problem


def test_a_graph_that_answers_once_is_compared_and_located_without_steps():
    case = case_with(graph_of(per_step=False))
    outputs = case.expectation.arrays["outputs"].copy()
    assert outputs.shape == (3, 3)
    outputs[2, 1] = 5
    (result,) = check([case], lambda _: Result(outputs, case.expectation.arrays["final_state"])).results
    assert (result.first.step, result.first.row, result.first.unit, result.error_by_step) == (None, 2, 1, ())


def test_the_recorded_example_is_checked_by_its_ports_and_judged_again():
    right, wrong = (load_candidate(f"{EXAMPLES / name}.py:run") for name in ("slow_port", "slow_port_wrong"))
    cases = list(load_cases(fixtures=RECORDED))
    assert [class_name(case.spec.cell) for case in cases] == ["SlowCell", "SlowCell", "tagger"]
    assert check(cases, right).count("agree") == 3
    verdict = check(cases, wrong)
    assert verdict.exit_status == 1
    held = document(verdict, {})
    assert verdict_of(held).results[0].spec == verdict.results[0].spec
    assert recheck(verdict_of(held), 1e9).exit_status == 0


def test_the_commands_show_and_report_own_cells(tmp_path):
    def run(*arguments):
        return CliRunner().invoke(cli, [*arguments, "--fixtures", str(RECORDED)])

    assert run("list").stdout.splitlines()[0].startswith("slow/ragged    to catch padding")
    listed = json.loads(run("list", "--json").stdout)["cases"]
    assert [(case["cell"], case["run"]) for case in listed][2] == ("tagger", "OwnGraph")
    shown = run("show", "slow/ragged").stdout
    assert (
        "cell               SlowCell(num_units=5, decay=0.6), not TensorFlow's own: output 5, state SlowState(h=5, m=5)"
        in shown
    )
    arguments = ("--candidate", f"{EXAMPLES / 'slow_port_wrong.py'}:run", "--report", str(tmp_path / "report"))
    assert run("check", *arguments).exit_code == 1
    assert "SlowCell" in (tmp_path / "report/index.html").read_text()
    unsupported = run("check")
    assert unsupported.exit_code == 5
    assert "unsupported: tagger is none of TensorFlow's own cells [tagger/whole]" in unsupported.stdout
