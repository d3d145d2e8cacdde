"""Errors: what TensorFlow refuses is refused with its class and its words, and numpy_impl says what to do."""

from __future__ import annotations

import numpy as np
import pytest
from live import BATCH, UNITS, NumPy, assert_one_error, in_graph, inputs_of, state_of, steps_of

pytestmark = pytest.mark.needs_tf

KINDS = ["BasicRNNCell", "GRUCell", "BasicLSTMCell", "LSTMCell"]
CONCATENATED = ["BasicLSTMCell", "LSTMCell"]
RUNS = {
    "static_rnn": lambda lib, cell, **options: lib.static_rnn(cell, steps_of(lib), **options),
    "dynamic_rnn": lambda lib, cell, **options: lib.dynamic_rnn(cell, inputs_of(lib), **options),
    "bidirectional_dynamic_rnn": lambda lib, cell, **options: lib.bidirectional_dynamic_rnn(
        cell, cell, inputs_of(lib), **options
    ),
    "static_bidirectional_rnn": lambda lib, cell, **options: lib.static_bidirectional_rnn(
        cell, cell, steps_of(lib), **options
    ),
}
every_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)


def ready(lib, kind, depth=3, **options):
    """Return a cell that can run."""
    cell = getattr(lib, kind)(UNITS, **options)
    if not isinstance(lib, NumPy):
        return cell
    return cell.with_variables({name: np.ones(shape) for name, shape in cell.variable_shapes(depth).items()})


@every_run
@pytest.mark.parametrize("lengths", [4, [[4]]], ids=str)
def test_lengths_that_are_no_vector(run, lengths):
    assert_one_error(
        lambda lib: run(lib, ready(lib, "GRUCell"), dtype=lib.float64, sequence_length=lengths),
        ValueError,
        "must be a vector",
    )


@pytest.mark.parametrize("kind", KINDS)
class TestIntegers:
    PHRASE = "RNN cell only supports floating"

    def test_as_the_cell_s_dtype(self, kind):
        assert_one_error(lambda lib: getattr(lib, kind)(UNITS, dtype="int32"), ValueError, self.PHRASE)

    def test_as_inputs(self, kind):
        def program(lib):
            cell = ready(lib, kind)
            return cell(lib.constant(np.ones((2, 3), "int32")), cell.zero_state(2, "int32"))

        assert_one_error(program, ValueError, self.PHRASE)

    def test_as_state(self, kind):
        def program(lib):
            cell = ready(lib, kind)
            return cell(lib.constant(np.ones((2, 3))), cell.zero_state(2, "int32"))

        assert_one_error(program, ValueError, self.PHRASE)

    def test_in_a_run(self, kind):
        def program(lib):
            return lib.dynamic_rnn(ready(lib, kind), lib.constant(np.ones((2, 4, 3), "int32")), dtype="int32")

        assert_one_error(program, ValueError, self.PHRASE)


@pytest.mark.parametrize("kind", CONCATENATED)
def test_concatenated_state_of_another_batch(kind):
    def program(lib):
        cell = ready(lib, kind, state_is_tuple=False)
        return cell(steps_of(lib)[0], lib.zeros((BATCH + 1, 2 * UNITS), "float64"))

    assert_one_error(
        program, ValueError, "Dimension 0 in both shapes must be equal", r"got shape \(5, 5\), should be \(4, 5\)"
    )


@pytest.mark.parametrize("width", [2 * UNITS - 1, 2 * UNITS + 2])
def test_concatenated_state_of_another_width(width):
    def program(lib):
        cell = ready(lib, "BasicLSTMCell", state_is_tuple=False)
        return cell(steps_of(lib)[0], lib.zeros((BATCH, width), "float64"))

    assert_one_error(program, ValueError, "Dimension", rf"got shape \(4, {width - UNITS}\), should be \(4, 5\)")


def test_width_that_tensorflow_s_lstm_does_not_look_at_is_refused():
    def program(lib):
        cell = ready(lib, "LSTMCell", state_is_tuple=False)
        return cell(steps_of(lib)[0], lib.zeros((BATCH, 2 * UNITS + 2), "float64"))

    output, _ = in_graph(program, lambda _tf, _session, found: found)
    assert output.shape == (BATCH, UNITS)
    with pytest.raises(ValueError, match=r"LSTMCell state: got shape \(4, 7\), should be \(4, 5\)"):
        program(NumPy())


def test_an_array_for_the_state_of_a_stack():
    def program(lib):
        return lib.MultiRNNCell([ready(lib, "GRUCell")])(steps_of(lib)[0], lib.zeros((BATCH, UNITS), "float64"))

    assert_one_error(program, ValueError, "Expected state .* a tuple")


STACKS = {
    "nothing": (lambda lib: lib.MultiRNNCell([]), ValueError, "Must specify at least one cell"),
    "None": (lambda lib: lib.MultiRNNCell(None), ValueError, "Must specify at least one cell"),
    "a cell": (lambda lib: lib.MultiRNNCell(lib.GRUCell(2)), TypeError, "list or tuple"),
    "an integer": (lambda lib: lib.MultiRNNCell(3), TypeError, "list or tuple"),
    "tuple states": (
        lambda lib: lib.MultiRNNCell([lib.LSTMCell(2)], state_is_tuple=False),
        ValueError,
        "Some cells return tuples",
    ),
}


@pytest.mark.parametrize(("program", "error", "phrase"), STACKS.values(), ids=STACKS)
def test_stack_of(program, error, phrase):
    assert_one_error(program, error, phrase)


INITIAL_STATES = {
    "nothing": ({}, "batch_size and dtype cannot be None"),
    "a batch alone": ({"batch_size": 3}, "batch_size and dtype cannot be None"),
    "a dtype alone": ({"dtype": "float32"}, "batch_size and dtype cannot be None"),
    "another batch": ({"inputs": np.ones((2, 3)), "batch_size": 3}, "batch size from input tensor is different from"),
    "a batch in an array": (
        {"inputs": np.ones((2, 3)), "batch_size": np.array(3)},
        "batch size from input tensor is different from",
    ),
    "another dtype": ({"inputs": np.ones((2, 3)), "dtype": "float32"}, "dtype from input tensor is different from"),
}


@pytest.mark.parametrize(("given", "phrase"), INITIAL_STATES.values(), ids=INITIAL_STATES)
@pytest.mark.parametrize("kind", KINDS)
def test_initial_state_of(kind, given, phrase):
    assert_one_error(lambda lib: getattr(lib, kind)(UNITS).get_initial_state(**given), ValueError, phrase)


def test_initial_state_of_a_constant_that_is_another_batch():
    def program(lib):
        return lib.GRUCell(UNITS).get_initial_state(lib.constant(np.ones((2, 3))), batch_size=lib.constant(3))

    assert_one_error(program, ValueError, "batch size from input tensor is different from")


@every_run
def test_no_state_and_no_dtype(run):
    assert_one_error(
        lambda lib: run(lib, ready(lib, "LSTMCell")), ValueError, "If no initial_state is provided,.*dtype.* must be"
    )


@every_run
@pytest.mark.parametrize("cell", [None, object()], ids=["None", "object"])
def test_what_is_no_cell(run, cell):
    assert_one_error(lambda lib: run(lib, cell, dtype=lib.float64), TypeError, "is not an RNNCell: 'output_size' prop")


@pytest.mark.parametrize("run", ["static_rnn", "static_bidirectional_rnn"])
class TestStaticInputs:
    def program(self, run, inputs):
        count = 1 if run == "static_rnn" else 2
        return lambda lib: getattr(lib, run)(*[ready(lib, "GRUCell")] * count, inputs(lib), dtype=lib.float64)

    def test_that_are_no_list(self, run):
        assert_one_error(self.program(run, inputs_of), TypeError, "must be a sequence")

    def test_that_are_none(self, run):
        assert_one_error(self.program(run, lambda _: []), ValueError, "must not be empty")

    def test_of_unequal_batches(self, run):
        unequal = self.program(run, lambda lib: [lib.constant(np.ones((size, 3))) for size in (4, 2)])
        assert_one_error(
            unequal, ValueError, "not compatible|must be equal", r"got shapes \[\(2, 3\), \(4, 3\)\], should be one"
        )


def test_dynamic_inputs_without_depth():
    assert_one_error(
        lambda lib: lib.dynamic_rnn(ready(lib, "GRUCell"), lib.constant(np.ones((4, 6))), dtype=lib.float64),
        ValueError,
        "must have rank at least 3",
        r"inputs: got shape \(4, 6\), should be \(B, T, D\)",
    )


@pytest.mark.parametrize("kind", KINDS)
class TestAStep:
    def test_on_a_vector(self, kind):
        def program(lib):
            cell = ready(lib, kind)
            return cell(lib.constant(np.ones(3)), cell.zero_state(2, "float64"))

        assert_one_error(
            program, ValueError, "expected ndim=2, found ndim=1", r"inputs: got shape \(3,\), should be \(3, 3\)"
        )

    def test_on_inputs_of_another_batch_than_the_state(self, kind):
        def program(lib):
            cell = ready(lib, kind)
            return cell(lib.constant(np.ones((2, 3))), cell.zero_state(3, "float64"))

        assert_one_error(program, ValueError, "must be equal", r"state: got shape \(3, 5\), should be \(2, 5\)")


@pytest.mark.parametrize("kind", CONCATENATED)
def test_lstm_state_of_three(kind):
    def program(lib):
        cell = ready(lib, kind)
        return cell(steps_of(lib)[0], (*state_of(lib, cell), steps_of(lib)[0]))

    assert_one_error(program, ValueError, "too many values to unpack", r"got a tuple of 3, should be a tuple \(c, h\)")


def test_lstm_state_of_two_dtypes():
    def program(lib):
        return lib.LSTMStateTuple(lib.zeros((2, 3), "float32"), lib.zeros((2, 3), "float64")).dtype

    assert_one_error(program, TypeError, "Inconsistent dtypes for internal state")


@pytest.mark.parametrize("option", ["num_unit_shards", "num_proj_shards"])
def test_shards_below_one(option):
    def program(lib):
        cell = lib.LSTMCell(UNITS, num_proj=2, **{option: 0})
        return lib.dynamic_rnn(cell, inputs_of(lib), dtype=lib.float64)

    assert_one_error(program, ValueError, "zero partitions", rf"{option}: got 0, should be at least 1")


@pytest.mark.parametrize("kind", KINDS)
def test_option_that_the_configuration_should_not_have(kind):
    assert_one_error(
        lambda lib: getattr(lib, kind).from_config({"num_units": UNITS, "num_unit": 3}), TypeError, "num_unit'"
    )


def test_unknown_activation():
    assert_one_error(lambda lib: lib.GRUCell(UNITS, activation="sigmoyd"), ValueError, "sigmoyd")
