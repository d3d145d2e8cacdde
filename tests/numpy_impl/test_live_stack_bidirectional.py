"""Stacked bidirectional runs: contrib's are gone, so each is compared with TensorFlow's own runs layer by layer."""

from __future__ import annotations

import numpy as np
import pytest
from live import BATCH, CELLS, LENGTHS, STEPS, NumPy, assert_alike, inputs_of, state_of, tensorflow_s

import numpy_impl as ni
from rnn_parity.spec import Directions
from tf_reference.stacked_bidirectional import run_dynamic, run_static

pytestmark = pytest.mark.needs_tf

FORWARD, BACKWARD = ["lstm-full", "gru"], ["gru", "lstm-by-position"]
lengths_or_none = pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
zeros_or_states = pytest.mark.parametrize("with_state", [False, True], ids=["zeros", "state"])


def cells_of(lib, between, layers=2):
    """Return the cells of both directions, with the weights of contrib's scopes."""
    return [
        [
            lib.bound(CELLS[names[layer]](lib), f"stack_bidirectional_rnn/cell_{layer}{between}/{way}")
            for layer in range(layers)
        ]
        for way, names in (("fw", FORWARD), ("bw", BACKWARD))
    ]


def states_of(lib, cells, seed=20):
    return [
        [state_of(lib, cell, seed + place) for place, cell in enumerate(way, 10 * k)] for k, way in enumerate(cells)
    ]


def dynamic(lib, lengths, *, with_state, time_major=False, inputs=None, starts=None):
    cells = cells_of(lib, "/bidirectional_rnn")
    states = starts or (states_of(lib, cells) if with_state else None)
    x = inputs_of(lib) if inputs is None else lib.constant(inputs)
    x = lib.transpose(x, (1, 0, 2)) if time_major else x
    if isinstance(lib, NumPy):
        return ni.stack_bidirectional_dynamic_rnn(*cells, x, *(states or (None, None)), x.dtype, lengths, time_major)
    options = {"dtype": lib.float64, "sequence_length": lengths, "time_major": time_major}
    outputs, final = run_dynamic(Directions(*cells), x, states and Directions(*states), options)
    return outputs, *final


def static(lib, lengths, *, with_state):
    cells = cells_of(lib, "")
    states = states_of(lib, cells) if with_state else None
    x = inputs_of(lib)
    if isinstance(lib, NumPy):
        steps, *final = ni.stack_bidirectional_rnn(
            *cells, list(x.swapaxes(0, 1)), *(states or (None, None)), x.dtype, lengths
        )
        return np.stack(steps, axis=1), *final
    options = {"dtype": lib.float64, "sequence_length": lengths}
    outputs, final = run_static(Directions(*cells), x, states and Directions(*states), options)
    return outputs, *final


def assert_one(program):
    expected, variables = tensorflow_s(program)
    actual = program(NumPy(variables))
    assert_alike(actual, expected)
    return actual


@lengths_or_none
@zeros_or_states
@pytest.mark.parametrize("time_major", [False, True], ids=["batch first", "time first"])
def test_dynamic_run_answers_as_tensorflow_s_layer_by_layer(lengths, with_state, time_major):
    outputs, states_fw, states_bw = assert_one(
        lambda lib: dynamic(lib, lengths, with_state=with_state, time_major=time_major)
    )
    assert outputs.shape == ((STEPS, BATCH) if time_major else (BATCH, STEPS)) + (5 + 2,)  # [fw | bw]
    assert len(states_fw) == len(states_bw) == 2


@lengths_or_none
@zeros_or_states
def test_static_run_answers_as_tensorflow_s_layer_by_layer(lengths, with_state):
    assert_one(lambda lib: static(lib, lengths, with_state=with_state))


def test_three_steps_and_two_more_are_five_in_layer_0_alone():
    x = np.random.default_rng(5).standard_normal((BATCH, 5, 3))
    (_, whole, _), variables = tensorflow_s(lambda lib: dynamic(lib, None, with_state=False, inputs=x))
    lib = NumPy(variables)
    _, *saved = dynamic(lib, None, with_state=False, inputs=x[:, :3])
    _, resumed, _ = dynamic(lib, None, with_state=True, inputs=x[:, 3:], starts=[list(way) for way in saved])
    assert_alike(resumed[0], whole[0])
    assert not np.allclose(resumed[1], whole[1])  # layer 1 reads backward outputs, which the cut changes


def test_only_layer_0_mirrors_where_both_directions_have_equal_weights():
    cell = ni.GRUCell(3)
    shapes = {0: cell.variable_shapes(3), 1: cell.variable_shapes(6)}
    rng = np.random.default_rng(2)
    drawn = {
        layer: {name: rng.standard_normal(shape) for name, shape in found.items()} for layer, found in shapes.items()
    }
    cells = [cell.with_variables(drawn[layer]) for layer in (0, 1)]
    x = np.ones((2, 4, 3))  # a row of one input is its own mirror
    for layers in (1, 2):
        outputs, _, _ = ni.stack_bidirectional_dynamic_rnn(cells[:layers], cells[:layers], x, dtype=x.dtype)
        forward, backward = np.split(outputs, 2, axis=2)
        assert np.allclose(forward, backward[:, ::-1]) == (layers == 1)


CELL = ni.GRUCell(2)
STEP = np.zeros((1, 2))
REFUSED = {
    "no fw cells": (([], [CELL]), {}, "Must specify at least one fw cell for BidirectionalRNN"),
    "no bw cells": (([CELL], None), {}, "Must specify at least one bw cell for BidirectionalRNN"),
    "fw no list": (((CELL,), [CELL]), {}, "cells_fw: got tuple, must be a list of RNNCells"),
    "bw no list": (([CELL], CELL), {}, "cells_bw: got GRUCell, must be a list of RNNCells"),
    "unequal depth": (([CELL] * 2, [CELL]), {}, "Forward and Backward cells must have the same depth: got 2 and 1"),
    "fw states no list": (
        ([CELL], [CELL]),
        {"initial_states_fw": (STEP,)},
        "initial_states_fw: got a tuple, must be a",
    ),
    "fw states too many": (([CELL], [CELL]), {"initial_states_fw": [STEP] * 2}, "initial_states_fw: got a list, must"),
    "bw states an array": (
        ([CELL], [CELL]),
        {"initial_states_bw": STEP},
        "initial_states_bw: got a ndarray, must be a",
    ),
    "bw states too few": (([CELL], [CELL]), {"initial_states_bw": []}, "initial_states_bw: got a list, must be a list"),
}


@pytest.mark.parametrize("run", ["stack_bidirectional_rnn", "stack_bidirectional_dynamic_rnn"])
@pytest.mark.parametrize(("cells", "states", "message"), REFUSED.values(), ids=REFUSED)
def test_what_contrib_refuses_is_refused(run, cells, states, message):
    with pytest.raises(ValueError, match=message):
        getattr(ni, run)(*cells, [STEP], dtype="float64", **states)
