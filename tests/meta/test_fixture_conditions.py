"""The conditions under which no known mistake can hide, read from the fixtures themselves.

A fixture that breaks one of them accepts wrong code: zero biases hide a swapped bias, one batch row hides swapped
axes, a zero state hides a forget bias.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from rnn_parity.candidate import load_cases
from rnn_parity.spec import (
    ACTIVATIONS,
    CARRIED,
    LSTM_GATES,
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    Chunked,
    Directions,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    ResidualWrapper,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    StaticBidirectionalRNN,
    Step,
)
from rnn_parity.structure import answered_steps, flatten, is_one_object, is_time_major, join, result_shapes
from rnn_parity.tolerance import FACTOR
from rnn_parity.weights import layers

SMALLEST_SIGNAL = 4e-4  # the smallest effect of a mistake seen in a real port: a missing cell clip
EDGES = (  # cases about being of size one
    "lstm/one-row", "lstm/one-step-loop", "lstm/one-unit", "lstm-block-fused/one-step", "block-lstm-v2/one-step",
)  # fmt: skip
BIDIRECTIONAL = (
    BidirectionalDynamicRNN,
    StaticBidirectionalRNN,
    StackBidirectionalRNN,
    StackBidirectionalDynamicRNN,
)


@pytest.fixture(scope="module")
def cases():
    return list(load_cases())


def ordinary(cases):
    return [case for case in cases if case.id not in EDGES]


def with_state(cases):
    return [case for case in cases if case.spec.run.initial_state]


def test_1_weights_all_differ_and_gates_are_neither_linear_nor_saturated(cases):
    for case in cases:
        for name, array in case.weights.items():
            least = 0.9 if case.spec.dtype == "float16" else 0.999  # float16 has few numbers, wide kernels have many
            assert np.unique(array).size >= least * array.size, (case.id, name)
    for case in ordinary(cases):
        for layer in layers(case.spec):
            place = join(layer.direction, str(layer.index))
            if layer.cell.gate_order != LSTM_GATES or case.spec.gain != 1:
                continue
            gates = [case.expectation.trace[join(place, gate)] for gate in LSTM_GATES]
            size = np.abs(np.concatenate([gate[gate != 0] for gate in gates]))
            if size.size:  # none where every row is empty
                assert 0.2 < np.median(size) < 3, (case.id, place)
                assert np.mean((size > 0.3) & (size < 3)) > 0.4, (case.id, place)


def test_2_initial_states_are_not_zero_and_all_differ(cases):
    assert len(with_state(cases)) > len(cases) / 2
    for case in with_state(cases):
        values = np.concatenate([array.ravel() for array in flatten(case.initial_state).values()])
        assert (values != 0).all(), case.id
        assert np.unique(values).size > 0.95 * values.size, case.id


def test_3_sequences_have_at_least_five_steps_and_every_step_is_compared(cases):
    for case in ordinary(cases):
        assert isinstance(case.spec.run, Step) or case.spec.sizes.max_time >= 5, case.id
        for name, shape in result_shapes(case.spec).items():
            assert case.expectation.arrays[name].shape == shape, (case.id, name)


def test_4_biases_are_not_zero_and_differ_per_gate_and_unit(cases):
    for case in cases:
        for name, bias in case.weights.items():
            if name.endswith("bias"):
                assert (np.abs(bias) > 1e-3).all(), (case.id, name)
                assert np.unique(bias).size == bias.size, (case.id, name)


@pytest.mark.parametrize("kind", [BasicLSTMCell, LSTMCell])
def test_5_forget_biases_are_mostly_neither_zero_nor_one(cases, kind):
    biases = [layer.cell.forget_bias for case in cases for layer in layers(case.spec) if isinstance(layer.cell, kind)]
    assert np.mean([bias not in (0.0, 1.0) for bias in biases]) > 0.8


def test_6_batches_have_at_least_three_differing_rows_and_are_not_as_many_as_steps(cases):
    for case in ordinary(cases):
        batch = case.spec.sizes.batch_size
        assert batch >= 3, case.id
        assert batch != case.spec.sizes.max_time, case.id
        for array in flatten(case.inputs).values():
            rows = np.moveaxis(array, 1 if is_time_major(case.spec) else 0, 0)
            assert len({row.tobytes() for row in rows}) == batch, case.id


def test_7_sizes_differ_pairwise_in_one_family_and_are_equal_in_another(cases):
    def sizes(case):
        cell = case.spec.cell
        return [*(getattr(case.spec.sizes, name) for name in ("batch_size", "max_time", "depth")), cell.num_units]

    projected = [case for case in cases if isinstance(case.spec.cell, LSTMCell) and case.spec.cell.num_proj]
    different = [case for case in projected if len({*sizes(case), case.spec.cell.num_proj}) == 5]
    equal = [c for c in projected if c.spec.sizes.depth == c.spec.cell.num_units == c.spec.cell.num_proj]
    assert len(different) >= 5
    assert len(equal) >= 2
    for kind in (BasicLSTMCell, LSTMCell, GRUCell):
        single = [case for case in cases if isinstance(case.spec.cell, kind)]
        assert any(case.spec.sizes.depth == case.spec.cell.num_units >= 3 for case in single), kind
    stacks = [case.spec for case in cases if isinstance(case.spec.cell, MultiRNNCell)]
    assert any(
        len({spec.sizes.batch_size, spec.sizes.max_time, spec.sizes.depth, len(spec.cell.cells)}) == 4
        for spec in stacks
    )


def test_8_lengths_reach_from_all_steps_to_none_over_garbage_and_zeros_are_recorded(cases):
    ragged = [case for case in cases if case.sequence_length is not None]
    full = [c for c in ragged if {c.spec.sizes.max_time, c.spec.sizes.max_time - 2, 1, 0} <= set(c.sequence_length)]
    assert len(full) >= 0.8 * len(ragged)
    for case in ragged:
        padded = np.arange(case.spec.sizes.max_time) >= case.sequence_length[:, np.newaxis]
        first = is_time_major(case.spec)
        given = padded.T if first else padded
        assert all((array[given] != 0).all() for array in flatten(case.inputs).values()), case.id
        padded = padded[:, : answered_steps(case.spec)]
        for name, outputs in case.expectation.arrays.items():
            if name.startswith("outputs"):
                assert (outputs[padded.T if first else padded] == 0).all(), (case.id, name)


def test_9_final_states_of_every_layer_and_direction_are_recorded(cases):
    for case in cases:
        assert any(name.startswith("final_state") for name in case.expectation.arrays), case.id
    stacked = next(case for case in cases if case.id == "stacked/lstm-bidirectional-ragged")
    names = {join("final_state", way, str(layer), part) for way in ("fw", "bw") for layer in range(3) for part in "ch"}
    assert names <= stacked.expectation.arrays.keys()


def test_10_directions_differ_in_weights_and_states_over_inputs_that_are_no_palindromes(cases):
    both = [case for case in cases if isinstance(case.spec.run, BIDIRECTIONAL)]
    assert sum(case.sequence_length is not None and len(set(case.sequence_length)) > 2 for case in both) >= 20
    for case in both:
        for array in flatten(case.inputs).values():
            steps = np.moveaxis(array, 0 if is_time_major(case.spec) else 1, 0)
            assert not np.array_equal(steps, steps[::-1]), case.id
        weights = case.layer_weights
        assert isinstance(weights, Directions)
        same = np.array_equal(*(next(iter(way[0].values())).ravel()[:8] for way in weights))
        assert same == is_one_object(case.spec), case.id
        if case.initial_state is not None:
            first, second = (next(iter(flatten(state).values())) for state in case.initial_state)
            assert not np.array_equal(first.ravel()[:2], second.ravel()[:2]), case.id


def test_11_peepholes_are_not_zero_and_differ_where_the_state_is_given(cases):
    found = 0
    for case in with_state(cases):
        for name, w_f in case.weights.items():
            if not name.endswith("w_f_diag"):
                continue
            w_i, w_o = (case.weights[name.replace("w_f_diag", other)] for other in ("w_i_diag", "w_o_diag"))
            assert np.unique(np.concatenate([w_f, w_i, w_o])).size >= 3 * w_f.size - 1, case.id
            assert all((w != 0).all() for w in (w_f, w_i, w_o)), case.id
            found += 1
    assert found >= 20


@pytest.mark.parametrize(("option", "letters"), [("cell_clip", ("c", "cs")), ("proj_clip", ("h",))])
def test_12_clips_bind_on_some_entries_on_both_signs_and_leave_others(cases, option, letters):
    bound = 0
    for case in cases:
        cell = case.spec.cell
        limit = getattr(cell, option, None)
        if not limit or limit < 0 or (option == "proj_clip" and not cell.num_proj) or isinstance(case.spec.run, Step):
            continue
        values = [trace for name, trace in case.expectation.trace.items() if name.rpartition("/")[2] in letters]
        cut = np.concatenate([trace.ravel() for trace in values]).astype(np.float64)
        edge = float(np.dtype(case.spec.dtype).type(limit))
        kinds = [(cut == edge).any(), (cut == -edge).any(), ((np.abs(cut) < edge) & (cut != 0)).any()]
        bound += all(kinds)
        if case.id.startswith(("lstm/", "lstm-block", "block-lstm")):
            assert all(kinds), (case.id, kinds)
        if case.id.startswith("lstm/"):
            assert cell.num_proj != cell.num_units or "square" in case.id
    assert bound >= 8


def test_13_a_sequence_is_also_run_in_several_calls_with_the_state_carried_and_not_carried(cases):
    runs = [case.spec.run for case in cases if isinstance(case.spec.run, Chunked)]
    assert {(run.carry_state, run.carried) for run in runs} == set(product([False, True], CARRIED))
    assert all(len(run.chunks) >= 2 for run in runs)


def test_14_stacks_have_three_layers_a_state_for_each_and_residuals_in_some(cases):
    deep = [case for case in with_state(cases) if isinstance(case.spec.cell, MultiRNNCell)]
    deep = [case for case in deep if len(case.spec.cell.cells) >= 3]
    assert len(deep) >= 10
    residual = [case for case in deep if any(isinstance(cell, ResidualWrapper) for cell in case.spec.cell.cells)]
    some = [case for case in residual if not all(isinstance(cell, ResidualWrapper) for cell in case.spec.cell.cells)]
    assert len(some) >= 3
    # in some of them a residual of the first layer would fit: there it shows that TensorFlow has none
    assert any(case.spec.sizes.depth == case.spec.cell.cells[0].output_size for case in some)
    for case in residual:  # what is added is not small, wherever a row runs
        assert np.median(np.abs(case.inputs)) > 0.2, case.id


def test_15_every_activation_but_the_default_has_a_case(cases):
    named = {getattr(case.spec.cell, "activation", None) for case in cases}
    assert named >= set(ACTIVATIONS)


def test_16_gru_biases_are_asymmetric_and_u_stays_away_from_one_half(cases):
    for case in cases:
        if not isinstance(case.spec.cell, GRUCell) or case.spec.gain != 1:
            continue
        update = np.concatenate([trace.ravel() for name, trace in case.expectation.trace.items() if name.endswith("u")])
        update = update[update != 0]
        if update.size:
            assert np.mean(np.abs(update - 0.5) > 0.05) > 0.6, case.id
        for name, bias in case.weights.items():
            if name.endswith("gates/bias"):
                assert abs(np.mean(np.split(bias, 2)[0]) - np.mean(np.split(bias, 2)[1])) > 0.2, case.id


def test_17_what_is_allowed_is_far_below_the_smallest_signal_of_a_mistake(cases):
    for case in cases:
        if case.spec.dtype != "float16":
            assert FACTOR * max(case.expectation.noise.values()) < SMALLEST_SIGNAL / 4, case.id
