"""static_state_saving_rnn: states are read and saved by name, as TensorFlow reads and saves them."""

from __future__ import annotations

import numpy as np
import pytest
from live import (
    BATCH,
    LENGTHS,
    STEPS,
    NumPy,
    assert_alike,
    assert_one_answer,
    assert_one_error,
    in_graph,
    steps_of,
    tensorflow_s,
)
from test_live_states import OWN_CELLS, counting

import numpy_impl as ni
from numpy_impl.state import leaves, map_state

pytestmark = pytest.mark.needs_tf

STATES = {  # a cell, and names of its state as TensorFlow takes them: left to right, however they are nested
    "one array": (lambda lib: lib.GRUCell(5), "h"),
    "columns": (lambda lib: lib.LSTMCell(5, state_is_tuple=False), "c_and_h"),
    "tuple": (lambda lib: lib.LSTMCell(5, num_proj=2), ("c", "h")),
    "list": (lambda lib: lib.LSTMCell(5), ["c", "h"]),
    "stack of one": (lambda lib: lib.MultiRNNCell([lib.GRUCell(5)]), ("h",)),
    "stack": (lambda lib: lib.MultiRNNCell([lib.LSTMCell(5), lib.GRUCell(2)]), (("c0", "h0"), "h1")),
    "stack, flat": (lambda lib: lib.MultiRNNCell([lib.LSTMCell(5), lib.GRUCell(2)]), ("c0", "h0", "h1")),
    "stack, nested otherwise": (lambda lib: lib.MultiRNNCell([lib.LSTMCell(5), lib.GRUCell(2)]), ("c0", ("h0", "h1"))),
    "stack of stacks": (
        lambda lib: lib.MultiRNNCell([lib.MultiRNNCell([lib.LSTMCell(2), lib.GRUCell(3)]), lib.LSTMCell(4)]),
        ((("c0", "h0"), "h1"), ("c2", "h2")),
    ),
}


class Saver:
    """A state saver of either library: it hands out drawn states, and holds what is saved."""

    def __init__(self, lib, sizes):
        rng = np.random.default_rng(3)
        self.held = {name: lib.constant(rng.standard_normal((BATCH, size))) for name, size in sizes.items()}
        self.state = self.held.__getitem__

    def save_state(self, name, value):
        self.held[name] = value
        return value


def saver_of(lib, cell, names):
    return Saver(lib, dict(zip(leaves(names), leaves(cell.state_size), strict=True)))


def saving(lib, make, names, lengths=None):
    cell = lib.bound(make(lib), "rnn")
    saver = saver_of(lib, cell, names)
    outputs, state = lib.static_state_saving_rnn(cell, steps_of(lib), saver, names, lengths)
    return outputs, state, [saver.held[name] for name in leaves(names)]


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
@pytest.mark.parametrize(("make", "names"), STATES.values(), ids=STATES)
def test_the_last_state_is_saved_under_its_names(make, names, lengths):
    _, state, saved = assert_one_answer(lambda lib: saving(lib, make, names, lengths))
    for held, part in zip(saved, leaves(state), strict=True):
        np.testing.assert_array_equal(held, part)


@pytest.mark.parametrize(("make", "names"), STATES.values(), ids=STATES)
def test_two_calls_go_on_where_the_first_one_ended(make, names):
    whole, variables = tensorflow_s(lambda lib: saving(lib, make, names))
    lib = NumPy(variables)
    cell, steps = lib.bound(make(lib), "rnn"), steps_of(lib)
    saver = saver_of(lib, cell, names)
    first, _ = ni.static_state_saving_rnn(cell, steps[:4], saver, names)
    second, state = ni.static_state_saving_rnn(cell, steps[4:], saver, names)
    assert_alike((first + second, state), whole[:2])


@pytest.mark.parametrize("lengths", [None, LENGTHS, (3, 1, 0, 2)], ids=["full", "ragged", "short"])
@pytest.mark.parametrize(("make", "inputs"), OWN_CELLS.values(), ids=OWN_CELLS)
def test_a_cell_of_one_s_own_runs(make, inputs, lengths):
    def program(lib):
        cell = make(lib)
        saver = Saver(lib, {})
        saver.held.update(enumerate(leaves(cell.zero_state(BATCH, "float64"))))
        count = iter(saver.held)
        names = map_state(lambda _: next(count), cell.state_size)
        outputs, state = lib.static_state_saving_rnn(cell, own_steps(lib, inputs), saver, names, lengths)
        return outputs, state, list(saver.held.values())

    if make is not counting or lengths is None:
        assert_one_answer(program)
        return
    with pytest.raises(TypeError, match="does not match type int32"):
        tensorflow_s(program)  # it takes the state's dtype for the outputs', unless a static run is told otherwise
    run = lambda lib: lib.static_rnn(make(lib), own_steps(lib, inputs), None, "float64", lengths)  # noqa: E731
    assert_alike(program(NumPy())[:2], tensorflow_s(run)[0])


def own_steps(lib, inputs):
    return [map_state(lambda a, t=t: lib.constant(a[:, t]), inputs) for t in range(STEPS)]


REFUSED = {
    "a name for a tuple": (lambda lib: lib.LSTMCell(5), "c", "same type as .*state_size"),
    "a tuple for one array": (lambda lib: lib.GRUCell(5), ("h",), "same type as .*state_size"),
    "a name for a stack of one": (lambda lib: lib.MultiRNNCell([lib.GRUCell(5)]), "h", "same type as .*state_size"),
    "too few names": (lambda lib: lib.LSTMCell(5), ("c",), "mismatched"),
    "too many names": (lambda lib: lib.LSTMCell(5), ("c", ("h", "more")), "mismatched"),
}


@pytest.mark.parametrize(("make", "names", "phrase"), REFUSED.values(), ids=REFUSED)
def test_other_names_are_refused(make, names, phrase):
    assert_one_error(lambda lib: lib.static_state_saving_rnn(make(lib), steps_of(lib), None, names), ValueError, phrase)


def test_inputs_and_cells_are_checked_as_in_a_static_run():
    def program(lib, cell, steps):
        return lib.static_state_saving_rnn(cell, steps, type("None", (), {"state": lambda *_: None})(), "h")

    assert_one_error(lambda lib: program(lib, lib.GRUCell(5), []), ValueError, "must not be empty")
    assert_one_error(lambda lib: program(lib, lib.GRUCell(5), 3), TypeError, "must be a sequence")
    with pytest.raises(TypeError, match="is not an RNNCell"):
        program(NumPy(), object(), steps_of(NumPy()))
    with pytest.raises(AttributeError):  # TensorFlow asks it for its size first
        in_graph(lambda lib: program(lib, object(), steps_of(lib)), lambda *_: None)
