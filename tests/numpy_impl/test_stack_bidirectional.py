"""Stacked bidirectional runs without TensorFlow: what follows from their definition, and what contrib refuses."""

from __future__ import annotations

import numpy as np
import pytest

import numpy_impl as ni


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
