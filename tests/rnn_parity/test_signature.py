"""What failures without a name have in common: where they are wrong, where they are right, and whom to suspect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numpy_impl import reverse_sequence
from rnn_parity.candidate import Result, load_cases
from rnn_parity.candidates import numpy_impl
from rnn_parity.diagnose import Failure
from rnn_parity.diagnose.signature import signatures
from rnn_parity.structure import map_tree
from rnn_parity.tolerance import Tolerance

FLIPPED = "the backward direction equals TensorFlow's after a flip of time"


def shown(pattern, change):
    """Return the statements about a candidate whose answer to these cases is changed so."""
    failures = [Failure(case, change(case, numpy_impl.run(case))) for case in load_cases([pattern])]
    return [one.statement for one in signatures(failures, Tolerance())]


def plus(array, wrong):
    return np.where(wrong, array + array.dtype.type(0.2), array)


def on_outputs(where):
    """Return the change of the outputs (B, T, H) where `where(case, outputs)` holds."""
    return lambda case, result: replace(result, outputs=plus(result.outputs, where(case, result.outputs)))


def ended(case, outputs):
    return (np.arange(outputs.shape[1]) >= case.sequence_length[:, np.newaxis])[..., np.newaxis]


def rows_that_end(case, outputs):
    return (case.sequence_length < outputs.shape[1])[:, np.newaxis, np.newaxis] & ~ended(case, outputs)


def only(axis, place):
    def where(_, outputs):
        shape = [1, 1, 1]
        shape[axis] = outputs.shape[axis]
        return (np.arange(outputs.shape[axis]) == place).reshape(shape)

    return where


def later_steps(_, outputs):
    return (np.arange(outputs.shape[1]) > 0)[:, np.newaxis]


def fading(_, result):
    steps = np.arange(result.outputs.shape[1], dtype=result.outputs.dtype)[:, np.newaxis]
    return replace(result, outputs=result.outputs + result.outputs.dtype.type(0.2) * np.exp(-steps))


def backward_flipped(case, result):
    forward, backward = result.outputs
    return replace(result, outputs=(forward, reverse_sequence(backward, case.sequence_length, time_axis=1)))


def negated_states(_, result):
    return replace(result, final_state=map_tree(np.negative, result.final_state))


def other_rows(_, result):
    return Result(np.roll(result.outputs, 1, axis=0), result.final_state)


def upper_layer(_, result):
    first, *above = result.final_state
    return Result(result.outputs, (first, *map_tree(lambda array: array + array.dtype.type(0.1), tuple(above))))


@pytest.mark.parametrize(
    ("pattern", "change", "statement"),
    [
        ("lstm/dynamic-ragged-state", negated_states, "outputs right, final state wrong"),
        ("lstm/dynamic-ragged-state", on_outputs(ended), "wrong past a row's length only"),
        ("lstm/dynamic-ragged-state", on_outputs(rows_that_end), "wrong in rows that end early only"),
        ("bidirectional/square-lstm", backward_flipped, FLIPPED),
        ("bidirectional/lstm-and-gru", backward_flipped, FLIPPED),
        ("chunked/basic-lstm-carried", on_outputs(later_steps), "first step right from a zero state, later ones wrong"),
        ("stacked/square-lstm", upper_layer, "layer 0 right, a layer above wrong"),
        ("gru/dynamic", other_rows, "wrong rows hold another row's numbers"),
        ("gru/dynamic", on_outputs(only(0, 1)), "wrong in one batch row only"),
        ("gru/dynamic", on_outputs(only(2, 1)), "wrong in one unit only"),
        ("gru/dynamic", on_outputs(later_steps), "first step right from a zero state, later ones wrong"),
        ("gru/dynamic", on_outputs(only(1, 0)), "wrong at the first step from a zero state"),
        ("gru/dynamic-state", fading, "wrong from a given state, fading"),
    ],
)  # fmt: skip
def test_what_is_wrong_where_is_said(pattern, change, statement):
    assert statement in shown(pattern, change)


def test_backward_direction_alone():
    def change(_, result):
        forward, backward = result.outputs
        return replace(result, outputs=(forward, backward + backward.dtype.type(0.2)))

    found = shown("bidirectional/square-lstm", change)
    assert "wrong in the backward direction only" in found
    assert FLIPPED not in found


def test_calls_after_the_first_alone():
    def change(case, result):
        later = np.arange(result.outputs.shape[1]) >= case.spec.run.chunks[0]
        return replace(result, outputs=plus(result.outputs, later[:, np.newaxis]))

    assert "first call right, later ones wrong" in shown("chunked/gru-reset", change)


def test_gates_out_of_range_are_seen_in_a_trace():
    def change(_, result):
        wrong = {name: array + 1 if name.endswith("/u") else array for name, array in result.trace.items()}
        return replace(result, outputs=result.outputs + result.outputs.dtype.type(0.2), trace=wrong)

    assert "gates outside [0, 1]" in shown("gru/dynamic", change)
    assert "gates outside [0, 1]" not in shown("gru/dynamic", on_outputs(only(2, 1)))


def test_small_errors_are_told_from_large_ones():
    def off(size):
        return lambda _, result: replace(result, outputs=result.outputs + result.outputs.dtype.type(size))

    statement = "errors are small, up to 2 % of the numbers"
    assert statement in shown("gru/dynamic", off(1e-3))
    assert statement not in shown("gru/dynamic", off(0.2))


def test_general_signatures_are_not_added_to_what_is_more_telling():
    assert shown("gru/dynamic", on_outputs(only(2, 1))) == ["wrong in one unit only"]


def test_growth_from_rounding_is_told_from_a_jump():
    def growing(case, result):
        noise = case.expectation.noise["outputs"]
        steps = (3.0 ** np.arange(result.outputs.shape[1]) * noise).astype(result.outputs.dtype)
        return replace(result, outputs=result.outputs + steps[:, np.newaxis])

    statement = "error grows from rounding to more than is allowed"
    assert statement in shown("gru/dynamic", growing)
    assert statement not in shown("gru/dynamic", on_outputs(later_steps))


def test_what_few_cases_show_is_not_said_of_all():
    cases = list(load_cases(["gru/dynamic*"]))
    failures = []
    for number, case in enumerate(cases):
        result = numpy_impl.run(case)
        where = only(2, 1)(case, result.outputs) if number == 0 else True
        failures.append(Failure(case, replace(result, outputs=plus(result.outputs, where))))
    assert len(failures) > 3
    assert "wrong in one unit only" not in [one.statement for one in signatures(failures, Tolerance())]
