"""Planted mistakes, told apart by where they are made: in the step, in the loop around it, or at its ends."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from rnn_parity import Result, Unsupported, cli
from rnn_parity.candidate import load_cases
from rnn_parity.candidates.numpy_impl import run as right
from rnn_parity.errors import ExpectationMissingError, RestartImpossibleError
from rnn_parity.isolate import isolate
from rnn_parity.mistakes import MISTAKES
from rnn_parity.report.isolation import conclusions, isolation_json, isolation_text
from rnn_parity.restart import restarts
from rnn_parity.spec import Step
from rnn_parity.structure import map_tree

BY_ID = {mistake.id: mistake for mistake in MISTAKES}
RAGGED, ZEROS = "basic-lstm/dynamic-ragged-state", "basic-lstm/dynamic"
BOTH, JOINED = "basic-lstm/bidirectional-ragged-state", "basic-lstm/static-bidirectional-ragged-state"


def one(case_id):
    return next(load_cases([case_id]))


def isolated(case_id, run):
    return isolate(one(case_id), run, name="planted")


def in_runs(change):
    """Return a candidate whose single steps are right, and whose runs are right but for `change(case, result)`."""
    return lambda case: right(case) if isinstance(case.spec.run, Step) else change(case, right(case))


def with_lengths(case, by):
    lengths = np.clip(case.sequence_length + by, 0, case.spec.sizes.max_time).astype(np.int32)
    return right(replace(case, sequence_length=lengths))


def wrong_at(*steps):
    """Return a candidate that is wrong in itself at these steps, known by their inputs."""
    inputs = one(RAGGED).inputs

    def run(case):
        result = right(case)
        here = isinstance(case.spec.run, Step) and any(np.isin(case.inputs[0], inputs[:, step]).all() for step in steps)
        return replace(result, outputs=result.outputs + 1) if here else result

    return run


@pytest.mark.parametrize(
    "case_id",
    [
        RAGGED,
        ZEROS,
        BOTH,
        JOINED,
        "basic-lstm/concat-state-ragged",
        "stacked/concat-state",
        "stacked/lstm-bidirectional-ragged",
        "lstm/peephole-clip-proj",
        "lstm/shards-eleven-bidirectional",
        "raw/gru-ragged-state",
        "chunked/lstm-reset",
        "chunked/lstm-carried",
        "state-saving/lstm-state",
        "sharing/stack-concat-state",
        "sharing/directions-and-layers",
        "sru/square",
        "intersection/square",
        "phased-lstm/peepholes",
        "highway/one-object-both-directions",
        "embedding/dynamic-ragged-state",
        "gru/float64-ragged-state",
        "basic-rnn/float16-static",
    ],
)
def test_the_right_implementation_is_right_at_every_step_of_its_own(case_id):
    found = isolated(case_id, right)
    assert set(found.origins.values()) == {"nowhere"}
    assert found.exit_status == 0
    assert max(step.ratio for step in found.steps) < 8


def test_a_wrong_formula_is_wrong_at_every_step():
    found = isolated(RAGGED, BY_ID["lstm/gates-read-i-f-j-o"].run)
    assert found.origins == {"": "every step"}
    assert found.exit_status == 1
    assert "the step itself is wrong, at every step" in isolation_text(found, 120)


def test_a_forget_bias_left_out_is_right_from_zeros_and_wrong_from_every_other_state():
    found = isolated(ZEROS, BY_ID["lstm/forget-bias-left-out"].run)
    assert found.origins == {"": "later steps"}
    assert conclusions(found)[""].startswith("right from zeros, but")


def test_a_state_that_is_not_carried_leaves_every_step_right_by_itself():
    found = isolated(RAGGED, BY_ID["state/every-step-from-initial-state"].run)
    assert found.origins == {"": "carried"}
    assert conclusions(found)[""].endswith("it shows first at step 1")
    assert [step.result.verdict for step in found.steps] == ["agree"] * len(found.steps)
    assert found.steps[0].run_ratio < 8 < found.steps[1].run_ratio


def test_a_state_that_is_lost_between_calls_shows_where_a_call_begins():
    found = isolated("chunked/lstm-carried", BY_ID["state/lost-between-calls"].run)
    assert conclusions(found)[""].endswith(", where a call begins")


@pytest.mark.parametrize("case_id", [BOTH, "stacked/lstm-ragged"])
def test_a_known_mistake_around_the_cell_is_never_blamed_on_its_step_nor_one_in_it_on_the_run(case_id):
    in_the_step = {"every step", "first step", "later steps", "some steps"}
    around = [mistake for mistake in MISTAKES if mistake.id.startswith(("lengths/", "bidirectional/"))]
    # one direction alone is not in a single step, which has none
    everywhere = [mistake for mistake in MISTAKES if not mistake.id.endswith(("-forward", "-backward"))]
    within = [mistake for mistake in everywhere if mistake.id.startswith("lstm/")][::4]
    for mistake in (*around, *within):
        if mistake.applies(one(case_id).spec):
            origins = set(isolated(case_id, mistake.run).origins.values())
            assert origins != {"nowhere"}, mistake.id
            assert bool(origins & in_the_step) == (mistake in within), (mistake.id, origins)


def test_a_wrong_zero_state_is_wrong_at_the_first_step_alone():
    def starts_with_ones(case):
        if case.initial_state is not None:
            return right(case)
        return right(replace(case, initial_state=map_tree(np.ones_like, right(case).final_state)))

    found = isolated(ZEROS, starts_with_ones)
    assert found.origins == {"": "first step"}
    assert "only from zeros" in conclusions(found)[""]


def test_steps_that_are_wrong_by_themselves_are_told_from_those_that_carry_the_error_on():
    found = isolated(RAGGED, wrong_at(0, 3))
    assert found.origins == {"": "some steps"}
    assert "wrong at steps 0, 3 alone" in conclusions(found)[""]


def test_lengths_one_too_short_are_wrong_at_the_last_step_of_each_row_alone():
    found = isolated(RAGGED, in_runs(lambda case, _: with_lengths(case, -1)))
    assert found.origins == {"": "last step"}


def test_lengths_one_too_long_are_wrong_past_the_end_alone():
    found = isolated(RAGGED, in_runs(lambda case, _: with_lengths(case, 1)))
    assert found.origins == {"": "past the end"}


def test_a_final_state_that_is_handed_on_wrongly_is_told_from_the_steps():
    swapped = in_runs(lambda _, result: replace(result, final_state=result.final_state[::-1]))
    assert isolated(ZEROS, swapped).origins == {"": "final state"}


@pytest.mark.parametrize(
    "change",
    [
        lambda result: replace(result, outputs=result.outputs[:, :-1]),
        lambda result: replace(result, outputs=result.outputs.astype(np.float64)),
        lambda result: replace(result, final_state=result.final_state[0]),
    ],
)
def test_a_run_of_another_form_is_never_called_right(change):
    found = isolated(ZEROS, in_runs(lambda _, result: change(result)))
    assert found.origins == {"": "form"}
    assert found.exit_status == 1


@pytest.mark.parametrize("case_id", [BOTH, JOINED])
def test_a_backward_direction_turned_over_all_steps_is_wrong_in_that_direction_alone(case_id):
    found = isolated(case_id, BY_ID["bidirectional/turned-over-all-steps"].run)
    assert found.origins == {"fw": "nowhere", "bw": "start"}
    text = " ".join(isolation_text(found, 120).split())
    assert "conclusion forward every step is right by itself, and so is the run in this direction" in text
    assert "from its last valid step to its first" in text


def test_rows_that_have_ended_are_left_out_in_each_direction():
    found = isolated(BOTH, right)
    rows = {(step.direction, step.step): step.rows for step in found.steps}
    lengths = one(BOTH).sequence_length
    assert rows["fw", 0] == rows["bw", 0] == tuple(np.flatnonzero(lengths > 0))
    assert rows["bw", 3] == tuple(np.flatnonzero(lengths > 3))


def test_a_backward_step_reads_its_row_from_the_last_valid_step_on():
    case = one(BOTH)
    first = next(piece for piece in restarts(case) if piece.direction == "bw")
    for row, inputs in zip(first.rows, first.case.inputs, strict=True):
        np.testing.assert_array_equal(inputs, case.inputs[row, case.sequence_length[row] - 1])


def test_the_first_own_error_names_the_layer_and_gate_where_the_candidate_traces():
    case_id = "stacked/lstm-bidirectional-ragged"

    def wrong_in_layer_1(case):
        weights = dict(case.weights)
        name = next(name for name in weights if "cell_1" in name and name.endswith("bias"))
        bias = weights[name].copy()
        bias[len(bias) // 4] += 1  # the first unit's j
        return right(replace(case, weights={**weights, name: bias}))

    step, first = isolated(case_id, wrong_in_layer_1).first_own_error
    assert (first.layer, first.tensor, first.step, first.unit) == (1, "j", 0, 0)
    assert first.row in step.rows


def test_errors_of_a_backward_run_stand_in_the_order_of_its_own_steps():
    found = isolated(BOTH, BY_ID["state/every-step-from-initial-state"].run)
    assert found.origins == {"fw": "carried", "bw": "carried"}
    backward = [step.run_ratio for step in found.steps if step.direction == "bw"]
    assert backward[0] < 8 < min(backward[1:4])


def test_the_row_of_the_first_own_error_is_the_case_s_where_rows_before_it_have_ended():
    def wrong_in_the_last_row(case):
        result = right(case)
        outputs = result.outputs.copy()
        outputs[-1] += 1
        return replace(result, outputs=outputs)

    step, first = isolated("nas/square-projection-bias-ragged", wrong_in_the_last_row).first_own_error
    assert step.rows == (0, 1, 2, 4)
    assert first.row == 4


def test_a_candidate_without_single_steps_is_told_what_isolating_takes():
    def runs_only(case):
        if isinstance(case.spec.run, Step):
            raise Unsupported("whole sequences only")
        return right(case)

    found = isolated(RAGGED, runs_only)
    assert found.origins == {"": "unknown"}
    assert found.exit_status == 5
    assert "whole sequences only. Isolating takes a candidate that answers one call" in conclusions(found)[""]


def test_a_candidate_of_single_steps_alone_is_judged_by_them():
    def steps_only(case):
        if not isinstance(case.spec.run, Step):
            raise Unsupported("single steps only")
        return right(case)

    found = isolated(RAGGED, steps_only)
    assert found.exit_status == 0
    assert all(step.run_ratio is None for step in found.steps)
    assert conclusions(found)[""].endswith("the run: unsupported, single steps only")


def test_a_candidate_that_raises_in_its_steps_ends_with_the_status_of_a_crash():
    def crashes(case):
        if isinstance(case.spec.run, Step):
            return {}["one step"]
        return right(case)

    assert isolated(RAGGED, crashes).exit_status == 3


def test_results_that_are_not_finite_are_null_in_the_json():
    def broken(case):
        result = right(case)
        return Result(result.outputs * np.float32(np.nan), result.final_state)

    document = isolation_json(isolated(ZEROS, broken))
    text = json.dumps(document, allow_nan=False)
    assert '"nonfinite": true' in text
    assert document["steps"][0]["ratio"] is None
    assert document["origins"] == {"": "every step"}


@pytest.mark.parametrize(
    ("case_id", "reason"),
    [
        ("gru/step", "one step"),
        ("dropout/input", "drops states and outputs"),
        ("attention/dynamic-ragged-state", "states of an AttentionCellWrapper are not in its trace"),
        ("lstm-block-fused/one-step", "whole sequence in one call"),
        ("stack-bidirectional/square-lstm", "a level reads the outputs of the one below"),
    ],
)
def test_what_cannot_be_restarted_is_refused_with_the_reason(case_id, reason):
    with pytest.raises(RestartImpossibleError, match=f"case '{case_id}' cannot be restarted at each step: .*{reason}"):
        list(restarts(one(case_id)))


def test_a_trace_that_does_not_hold_the_states_is_refused():
    case = one(ZEROS)
    trace = {name: array * 2 for name, array in case.expectation.trace.items()}
    with pytest.raises(RestartImpossibleError, match="does not hold final_state/c"):
        list(restarts(replace(case, expected=replace(case.expectation, trace=trace))))
    without = {name: array for name, array in trace.items() if not name.endswith("c")}
    with pytest.raises(RestartImpossibleError, match="its trace has no c or cs of layer 0"):
        list(restarts(replace(case, expected=replace(case.expectation, trace=without))))


def test_a_case_without_tensorflows_answer_is_refused():
    with pytest.raises(ExpectationMissingError):
        list(restarts(one(ZEROS).question()))


def command(capsys, *args):
    with pytest.raises(SystemExit) as left:
        cli.main(["isolate", *args])
    out, err = capsys.readouterr()
    return left.value.code, out, err


def test_the_command_shows_each_step_by_itself_and_in_the_run(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "planted.py").write_text(
        "from rnn_parity.mistakes import MISTAKES\n"
        "run = next(one.run for one in MISTAKES if one.id == 'lstm/forget-bias-left-out')\n"
    )
    code, out, _ = command(capsys, ZEROS, "--candidate", f"{tmp_path}/planted.py:run")
    assert code == 1
    lines = out.splitlines()
    assert lines[2].split() == ["step", "rows", "by", "itself", "in", "the", "run"]
    assert lines[3].split()[:3] == ["0", "4", "agrees"]
    assert lines[4].split()[:3] == ["1", "4", "DIFFERS"]
    assert "conclusion" in lines[-2]
    assert max(map(len, lines)) <= 120


def test_the_command_writes_json(capsys):
    code, out, _ = command(capsys, ZEROS, "--json", "-")
    document = json.loads(out)
    assert (code, document["case"], document["origins"]) == (0, ZEROS, {"": "nowhere"})
    assert [step["step"] for step in document["steps"]] == list(range(6))


def test_the_command_says_in_one_line_why_a_case_cannot_be_restarted(capsys):
    code, out, err = command(capsys, "gru/step")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "cannot be restarted" in err


def test_a_cell_of_ones_own_is_refused_with_the_reason(capsys):
    own = ("--fixtures", "docs/examples/slow-cell", "--candidate", "docs/examples/slow_port.py:run")
    code, _, err = command(capsys, "slow/ragged", *own)
    assert code == 2
    assert "a cell or graph of one's own, whose states are not known" in err
