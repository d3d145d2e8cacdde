"""Wrappers: configurations and refusals are TensorFlow's; their names and states are in the files of all cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from live import (
    BATCH,
    DEPTH,
    LENGTHS,
    UNITS,
    WRAPPED,
    NumPy,
    assert_alike,
    assert_one_answer,
    assert_one_error,
    first_columns,
    in_graph,
    inputs_of,
    state_of,
    steps_of,
    tensorflow_s,
)

import numpy_impl as ni

pytestmark = pytest.mark.needs_tf

WRAPPERS = {
    "ResidualWrapper": lambda lib, cell, **options: lib.ResidualWrapper(cell, **options),
    "DeviceWrapper": lambda lib, cell, **options: lib.DeviceWrapper(cell, "/cpu:0", **options),
}
every_wrapper = pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)


def of_no_training(config: Any, *, named: bool = True) -> Any:
    """Return a configuration without what only matters in training; without default names, which TensorFlow counts."""
    if not isinstance(config, dict):
        return config
    left_out = ni.configuration.OF_TRAINING | (set() if named else {"name"})
    return {key: of_no_training(value, named=named) for key, value in config.items() if key not in left_out}


def value_of(program: Any) -> Any:
    return in_graph(program, lambda _tf, _session, found: found)


class TestConfiguration:
    @pytest.mark.parametrize("name", ["wrapped-residual", "wrapped-device", "wrapped-dropout", "wrapped-twice"])
    def test_is_tensorflow_s(self, name):
        theirs, ours = value_of(lambda lib: WRAPPED[name](lib).get_config()), WRAPPED[name](ni).get_config()
        assert of_no_training(theirs, named=False) == of_no_training(ours, named=False)
        assert ni.DeviceWrapper(ni.GRUCell(2), "/cpu:0").get_config()["name"] == "device_wrapper"

    def test_of_dropout_has_its_options_and_its_filter(self):
        options = {"input_keep_prob": 0.5, "state_keep_prob": 0.75, "variational_recurrent": True, "input_size": 3}

        def program(lib):
            return lib.DropoutWrapper(lib.GRUCell(2), dtype="float32", **options).get_config()

        theirs, ours = value_of(program), program(NumPy())
        own = {key: value for key, value in of_no_training(theirs, named=False).items() if key != "input_size"}
        found = of_no_training(ours, named=False)
        assert {key: found[key] for key in own} == own
        assert ni.DropoutWrapper.from_config(ours).get_config() == ours
        filtered = ni.DropoutWrapper(ni.GRUCell(2), dropout_state_filter_visitor=ni.dropout.all_but_c)
        again = ni.DropoutWrapper.from_config(filtered.get_config())
        assert again.dropout_state_filter_visitor is ni.dropout.all_but_c

    @every_wrapper
    def test_keeps_a_given_name_and_dtype(self, wrap):
        def program(lib):
            return wrap(lib, lib.GRUCell(2, name="inner", dtype="float16"), name="mine", dtype="float64").get_config()

        assert of_no_training(value_of(program)) == program(NumPy())

    @pytest.mark.parametrize("name", ["wrapped-residual", "wrapped-device", "wrapped-dropout", "wrapped-twice"])
    def test_of_tensorflow_loads_here_with_the_cell_in_it(self, name):
        theirs = value_of(lambda lib: WRAPPED[name](lib).get_config())
        again = type(WRAPPED[name](ni)).from_config(theirs)
        assert again.get_config() == of_no_training(theirs)
        assert list(again.variable_shapes(DEPTH).values()) == list(WRAPPED[name](ni).variable_shapes(DEPTH).values())

    @every_wrapper
    def test_loads_into_tensorflow_with_a_cell_of_its_own(self, wrap):
        ours = wrap(ni, ni.GRUCell(2), name="mine").get_config()

        def program(lib):
            made = type(wrap(lib, lib.GRUCell(2))).from_config({**ours, "cell": lib.GRUCell(2)})
            return of_no_training(made.get_config(), named=False)

        assert value_of(program) == of_no_training(ours, named=False)

    def test_takes_a_cell_itself_in_place_of_its_configuration(self):
        def program(lib):
            cell = lib.GRUCell(2)
            return lib.ResidualWrapper.from_config({"cell": cell}).cell is cell

        assert program(NumPy()) is value_of(program) is True

    def test_holds_the_residual_fn_which_survives(self):
        def program(lib):
            wrapper = lib.ResidualWrapper(lib.bound(lib.GRUCell(2), ""), first_columns)
            config = wrapper.get_config()
            again = lib.ResidualWrapper.from_config({**config, "cell": wrapper.cell})
            assert {"residual_fn", "residual_fn_type", "residual_fn_module"} <= set(config)
            assert config["residual_fn_module"] == first_columns.__module__
            return again(steps_of(lib)[0], state_of(lib, again))

        assert_one_answer(program)

    def test_without_a_residual_fn_has_no_key_of_one(self):
        def program(lib):
            return [key for key in lib.ResidualWrapper(lib.GRUCell(2)).get_config() if key.startswith("residual")]

        assert program(NumPy()) == value_of(program) == []

    def test_of_a_stack_in_tensorflow_has_no_cells_and_cannot_be_loaded_there(self):
        def program(lib):
            stack = lib.MultiRNNCell([lib.GRUCell(2)])
            with pytest.raises(TypeError, match="unexpected keyword argument"):
                lib.MultiRNNCell.from_config(stack.get_config())
            return set(stack.get_config())

        assert value_of(program) == {"name", "trainable", "dtype"}
        config = ni.MultiRNNCell([ni.ResidualWrapper(ni.GRUCell(DEPTH))]).get_config()
        assert config["cells"][0]["class_name"] == "ResidualWrapper"
        assert ni.MultiRNNCell.from_config(config).get_config() == config


@pytest.mark.parametrize("make", WRAPPED.values(), ids=WRAPPED)
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_wrapped_run_answers_as_tensorflow_s(make, lengths):
    def program(lib):
        cell = lib.bound(make(lib), "rnn")
        return lib.dynamic_rnn(cell, inputs_of(lib), lengths, state_of(lib, cell))

    assert_one_answer(program)


def test_residual_is_added_to_the_outputs_and_leaves_the_state_alone():
    def program(lib, *, wrapped):
        cell = lib.bound(lib.LSTMCell(DEPTH), "rnn")
        return lib.dynamic_rnn(lib.ResidualWrapper(cell) if wrapped else cell, inputs_of(lib), dtype=lib.float64)

    expected, variables = tensorflow_s(lambda lib: program(lib, wrapped=True))
    outputs, state = program(NumPy(variables), wrapped=False)
    assert_alike((outputs + inputs_of(NumPy()), state), expected)


def answering(lib: Any, outputs: Any) -> Any:
    """Return a cell with these outputs whatever the inputs."""

    class AnsweringCell(lib.RNNCell):
        state_size = property(lambda _: 2)
        output_size = property(lambda _: (2, 3))

        def __call__(self, inputs, state, scope=None):  # noqa: ARG002
            return outputs, state

    return AnsweringCell()


def ones(lib: Any, width: int = 2) -> Any:
    return lib.constant(np.full((BATCH, width), float(width)))


def test_residual_of_a_structure_is_added_part_by_part():
    def program(lib):
        state_tuple = lib.LSTMStateTuple(ones(lib), ones(lib, 3))
        cell = answering(lib, ([ones(lib), ones(lib, 3)], state_tuple))
        return lib.ResidualWrapper(cell)(([ones(lib), ones(lib, 3)], state_tuple), ones(lib))

    assert_one_answer(program)


MISFITS = {
    "a list and a tuple": (lambda one: [one], lambda one: (one,), TypeError),
    "a tuple and a list": (lambda one: (one, one), lambda one: [one, one], TypeError),
    "within": (lambda one: (one, [one]), lambda one: (one, (one,)), TypeError),
    "an array and a tuple": (lambda one: one, lambda one: (one, one), ValueError),
    "a tuple and an array": (lambda one: (one,), lambda one: one, ValueError),
    "two and one": (lambda one: (one, one), lambda one: (one,), ValueError),
    "a deeper tuple": (lambda one: (one, (one,)), lambda one: (one, one), ValueError),
}


@pytest.mark.parametrize(("inputs", "outputs", "error"), MISFITS.values(), ids=MISFITS)
def test_residual_of_another_structure_than_the_outputs(inputs, outputs, error):
    def program(lib):
        return lib.ResidualWrapper(answering(lib, outputs(ones(lib))))(inputs(ones(lib)), ones(lib))

    assert_one_error(program, error, "don't have the same nested structure")


def test_residual_of_a_structure_whose_parts_are_of_another_width():
    def program(lib):
        return lib.ResidualWrapper(answering(lib, (ones(lib), ones(lib))))((ones(lib), ones(lib, 3)), ones(lib))

    assert_one_error(program, ValueError, "Shapes .*incompatible")


@pytest.mark.parametrize("units", [DEPTH - 1, DEPTH + 1, 1])
def test_residual_of_another_width_than_the_outputs(units):
    def program(lib):
        cell = lib.GRUCell(units)
        if isinstance(lib, NumPy):
            cell = cell.with_variables({name: np.ones(shape) for name, shape in cell.variable_shapes(DEPTH).items()})
        return lib.ResidualWrapper(cell)(steps_of(lib)[0], lib.zeros((BATCH, units), "float64"))

    assert_one_error(program, ValueError, "Shapes .*incompatible")


LACKING = {
    "everything": (5, "'output_size' property is missing, 'state_size' property is missing, either 'zero_state' or"),
    "a state": (
        type("NoState", (), {"output_size": 2, "__call__": lambda *_: None})(),
        "RNNCell: 'state_size' property is missing, either 'zero_state' or 'get_initial_state' method is required",
    ),
    "a call": (
        type("NoCall", (), {"output_size": 2, "state_size": 2, "zero_state": 0})(),
        "is not an RNNCell: is not callable",
    ),
}


@every_wrapper
@pytest.mark.parametrize(("cell", "phrase"), LACKING.values(), ids=LACKING)
def test_wrapper_around_what_is_no_cell_lists_what_it_lacks(wrap, cell, phrase):
    assert_one_error(lambda lib: wrap(lib, cell), TypeError, f"is not an RNNCell.*{phrase.split('RNNCell: ')[-1]}")


@every_wrapper
def test_wrapper_of_a_cell_that_only_has_an_initial_state_has_no_zero_state(wrap):
    given = type("Last", (), {"state_size": 2, "output_size": 2, "get_initial_state": 0, "__call__": lambda *_: None})
    assert_one_error(lambda lib: wrap(lib, given()).zero_state(2, "float64"), AttributeError, "zero_state")


def test_wrapper_is_asked_for_an_initial_state_as_any_cell():
    for given in ({}, {"batch_size": 3}, {"inputs": np.ones((2, 3)), "batch_size": 3}):
        assert_one_error(
            lambda lib, given=given: lib.ResidualWrapper(lib.GRUCell(UNITS)).get_initial_state(**given),
            ValueError,
            "batch_size and dtype cannot be None|batch size from input tensor is different",
        )
