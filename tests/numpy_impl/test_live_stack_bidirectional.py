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
