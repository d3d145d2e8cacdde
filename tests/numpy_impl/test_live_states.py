"""States and shapes: sizes, structures, dtypes and numbers are those of TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from live import (
    BATCH,
    CELLS,
    DEPTH,
    LENGTHS,
    STEPS,
    UNITS,
    NumPy,
    assert_alike,
    assert_one_answer,
    in_graph,
    inputs_of,
    state_of,
    steps_of,
    tensorflow_s,
)

import numpy_impl as ni

pytestmark = pytest.mark.needs_tf


@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS)
class TestEveryCell:
    def test_has_tensorflow_s_sizes(self, make):
        expected = in_graph(make, lambda _tf, _session, cell: (cell.state_size, cell.output_size))
        cell = make(NumPy())
        assert (cell.state_size, cell.output_size) == expected
        assert repr(cell.state_size) == repr(expected[0])  # LSTMStateTuple where TensorFlow has it

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
    def test_has_tensorflow_s_zero_state(self, make, dtype):
        expected, _ = tensorflow_s(lambda lib: make(lib).zero_state(3, dtype))
        assert_alike(make(NumPy()).zero_state(3, dtype), expected)

    def test_has_tensorflow_s_initial_state_of_inputs(self, make):
        def program(lib):
            cell, x = make(lib), lib.constant(np.ones((2, DEPTH), "float16"))
            return (
                cell.get_initial_state(x),
                cell.get_initial_state(inputs=x, batch_size=2, dtype="float16"),
                cell.get_initial_state(batch_size=0, dtype="float64"),
                cell.get_initial_state(np.ones((2, 6, DEPTH))),
            )

        assert_alike(program(NumPy()), tensorflow_s(program)[0])

    def test_steps_as_tensorflow_s(self, make):
        def program(lib):
            cell = lib.bound(make(lib), "")
            return cell(steps_of(lib)[0], state_of(lib, cell))

        assert_one_answer(program)


CONCATENATED = [
    ("BasicLSTMCell", {}),
    ("LSTMCell", {}),
    ("LSTMCell", {"use_peepholes": True, "num_proj": 2, "cell_clip": 0.6}),
]


@pytest.mark.parametrize(("kind", "options"), CONCATENATED, ids=["basic", "plain", "full"])
def test_concatenated_state_is_the_tuple_side_by_side(kind, options):
    def program(lib, *, state_is_tuple):
        cell = getattr(lib, kind)(UNITS, **options, state_is_tuple=state_is_tuple)
        return lib.dynamic_rnn(lib.bound(cell, "rnn"), inputs_of(lib), LENGTHS, dtype=lib.float64)

    concat, variables = tensorflow_s(lambda lib: program(lib, state_is_tuple=False))
    outputs, state = program(NumPy(variables), state_is_tuple=True)
    assert_alike((outputs, np.hstack(state)), concat)
    assert_alike(program(NumPy(variables), state_is_tuple=False), concat)


@pytest.mark.parametrize("kind", ["BasicLSTMCell", "LSTMCell"])
@pytest.mark.parametrize("sequence", [tuple, list])
def test_plain_sequence_is_an_lstm_state_and_a_step_returns_an_lstm_state_tuple(kind, sequence):
    def program(lib):
        cell = lib.bound(getattr(lib, kind)(UNITS), "")
        return cell(steps_of(lib)[0], sequence(state_of(lib, cell)))

    _, state = assert_one_answer(program)
    assert isinstance(state, ni.LSTMStateTuple)


@pytest.mark.parametrize("sequence", [tuple, list])
def test_static_run_returns_an_lstm_state_tuple_where_a_dynamic_run_returns_what_it_was_given(sequence):
    def program(lib, run, inputs):
        cell = lib.bound(lib.LSTMCell(UNITS), "rnn")
        return getattr(lib, run)(cell, inputs(lib), initial_state=sequence(state_of(lib, cell)))

    _, state = assert_one_answer(lambda lib: program(lib, "static_rnn", steps_of))
    assert type(state) is ni.LSTMStateTuple
    _, state = assert_one_answer(lambda lib: program(lib, "dynamic_rnn", inputs_of))
    assert type(state) is sequence


def test_parts_of_the_state_have_names_and_places():
    def program(lib):
        cell = lib.bound(lib.LSTMCell(UNITS), "rnn")
        state = lib.dynamic_rnn(cell, inputs_of(lib), dtype=lib.float64)[1]
        return state[0] is state.c and state[1] is state.h, np.dtype(getattr(state.dtype, "name", state.dtype)).name

    shapes = ni.LSTMCell(UNITS).variable_shapes(DEPTH, "rnn")
    variables = {name: np.ones(shape) for name, shape in shapes.items()}
    expected = in_graph(program, lambda _tf, _session, found: found)
    assert program(NumPy(variables)) == expected == (True, "float64")


def test_batch_and_steps_are_those_of_the_inputs():
    for batch, steps in ((1, 1), (7, 2), (0, 3)):

        def program(lib, batch=batch, steps=steps):
            x = lib.constant(np.ones((batch, steps, DEPTH)))
            return lib.dynamic_rnn(lib.bound(lib.LSTMCell(UNITS), "rnn"), x, dtype=lib.float64)

        outputs, state = assert_one_answer(program)
        assert (outputs.shape, state.c.shape) == ((batch, steps, UNITS), (batch, UNITS))


def counting(lib: Any) -> Any:
    """Return a cell whose state is one integer without a batch."""

    class CountingCell(lib.RNNCell):
        state_size = property(lambda _: lib.TensorShape(()))
        output_size = 2

        def zero_state(self, batch_size, dtype):  # noqa: ARG002
            return lib.zeros((), "int32")

        def __call__(self, inputs, state, scope=None):  # noqa: ARG002
            return inputs, state + 1

    return CountingCell()


def unbalanced(lib: Any) -> Any:
    """Return a cell of a nested state, whose output is a tuple of two widths."""

    class UnbalancedCell(lib.RNNCell):
        state_size = property(lambda _: (2, (2, 3)))
        output_size = property(lambda _: (2, 3))

        def __call__(self, inputs, state, scope=None):  # noqa: ARG002
            a, (b, c) = state
            return (a + inputs[:, :2], c - inputs), (a + b + 1, (b * 2 - inputs[:, 1:], c + inputs))

    return UnbalancedCell()


def many_axes(lib: Any) -> Any:
    """Return a cell whose inputs, outputs and state have three axes of features."""

    class ManyAxesCell(lib.RNNCell):
        state_size = property(lambda _: lib.TensorShape((3, 4, 5)))
        output_size = property(lambda _: lib.TensorShape((3, 4, 5)))

        def __call__(self, inputs, state, scope=None):  # noqa: ARG002
            return inputs + state, inputs - state

    return ManyAxesCell()


def pairs(lib: Any) -> Any:
    """Return a cell whose inputs, outputs and state are pairs of arrays."""

    class PairCell(lib.RNNCell):
        state_size = property(lambda _: (2, lib.TensorShape((3, 2))))
        output_size = property(lambda _: (2, lib.TensorShape((3, 2))))

        def __call__(self, inputs, state, scope=None):  # noqa: ARG002
            answer = tuple(x - 2 * h for x, h in zip(inputs, state, strict=True))
            return answer, answer

    return PairCell()


RNG = np.random.default_rng(8)
OF_MANY_AXES = RNG.standard_normal((BATCH, STEPS, 3, 4, 5))
PAIR = (RNG.standard_normal((BATCH, STEPS, 2)), RNG.standard_normal((BATCH, STEPS, 3, 2)))
PLAIN = RNG.standard_normal((BATCH, STEPS, DEPTH))
OWN_CELLS = {
    "rank 0": (counting, PLAIN[..., :2]),
    "unbalanced": (unbalanced, PLAIN),
    "axes": (many_axes, OF_MANY_AXES),
    "pairs": (pairs, PAIR),
}


@pytest.mark.parametrize("lengths", [None, LENGTHS, (3, 1, 0, 2)], ids=["full", "ragged", "short"])
@pytest.mark.parametrize(("make", "inputs"), OWN_CELLS.values(), ids=OWN_CELLS)
class TestACellOfOnesOwn:
    def test_runs_dynamic(self, make, inputs, lengths):
        def program(lib):
            x = ni.state.map_state(lib.constant, inputs)
            return lib.dynamic_rnn(make(lib), x, lengths, dtype=lib.float64)

        assert_one_answer(program)

    def test_runs_static(self, make, inputs, lengths):
        def program(lib):
            x = [ni.state.map_state(lambda a, t=t: lib.constant(a[:, t]), inputs) for t in range(STEPS)]
            return lib.static_rnn(make(lib), x, dtype=lib.float64, sequence_length=lengths)

        assert_one_answer(program)

    def test_runs_bidirectional(self, make, inputs, lengths):
        def program(lib):
            x = ni.state.map_state(lib.constant, inputs)
            return lib.bidirectional_dynamic_rnn(make(lib), make(lib), x, lengths, dtype=lib.float64)

        if make(ni_library := NumPy()).output_size in (2, ni.TensorShape((3, 4, 5))):
            assert_one_answer(program)
            return
        with pytest.raises(ValueError, match=r"must be equal|equal rank"):
            tensorflow_s(program)  # it packs outputs into one array to reverse them; a static run reverses each
        outputs, state = program(ni_library)
        x = [ni.state.map_state(lambda a, t=t: a[:, t], inputs) for t in range(STEPS)]
        static, *static_state = ni.static_bidirectional_rnn(
            make(ni_library), make(ni_library), x, dtype="float64", sequence_length=lengths
        )
        for part, (fw, bw) in enumerate(zip(*outputs, strict=True)):
            assert_alike(np.stack([step[part] for step in static], axis=1), np.concatenate([fw, bw], axis=2))
        assert_alike(tuple(static_state), state)

    def test_runs_static_bidirectional(self, make, inputs, lengths):
        def program(lib):
            x = [ni.state.map_state(lambda a, t=t: lib.constant(a[:, t]), inputs) for t in range(STEPS)]
            return lib.static_bidirectional_rnn(make(lib), make(lib), x, dtype=lib.float64, sequence_length=lengths)

        assert_one_answer(program)
