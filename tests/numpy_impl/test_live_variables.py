"""Variables: TensorFlow's graphs have the names, shapes and order that the cells say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from live import (
    CELLS,
    DEPTH,
    SINGLE,
    UNITS,
    Log,
    NumPy,
    assert_alike,
    graph_variables,
    in_graph,
    inputs_of,
    state_of,
    steps_of,
    tensorflow_s,
)

import numpy_impl as ni

pytestmark = pytest.mark.needs_tf

RUNS = {
    "": lambda lib, cell: cell(steps_of(lib)[0], cell.zero_state(4, lib.float64)),
    "rnn": lambda lib, cell: lib.dynamic_rnn(cell, inputs_of(lib), dtype=lib.float64),
    "rnn/static": lambda lib, cell: lib.static_rnn(cell, steps_of(lib), dtype=lib.float64),
    "mine": lambda lib, cell: lib.dynamic_rnn(cell, inputs_of(lib), dtype=lib.float64, scope="mine"),
}


def as_in_graph(shapes: dict[str, Any]) -> list[Any]:
    return [(f"{name}:0", shape) for name, shape in shapes.items()]


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS)
def test_a_run_makes_the_variables_that_the_cell_says(make, run):
    expected = graph_variables(lambda lib: RUNS[run](lib, make(lib)))
    assert as_in_graph(make(NumPy()).variable_shapes(DEPTH, run.removesuffix("/static"))) == expected


@pytest.mark.parametrize("backward", ["stack", "lstm-shards", "stack-of-wrapped"])
@pytest.mark.parametrize("run", ["bidirectional_dynamic_rnn", "static_bidirectional_rnn"])
def test_a_bidirectional_run_makes_the_variables_of_both_directions(run, backward):
    def program(lib):
        x = steps_of(lib) if run.startswith("static") else inputs_of(lib)
        return getattr(lib, run)(CELLS["gru"](lib), CELLS[backward](lib), x, dtype=lib.float64)

    made = ni.bidirectional_variable_shapes(CELLS["gru"](ni), CELLS[backward](ni), DEPTH)
    assert as_in_graph(made) == graph_variables(program)


BOTH_WAYS = {
    "bare": lambda _, cell: (cell, cell),
    "in one wrapper": lambda lib, cell: (lib.DeviceWrapper(cell, "/cpu:0"),) * 2,
    "in two wrappers": lambda lib, cell: (lib.ResidualWrapper(cell), lib.DeviceWrapper(cell, "/cpu:0")),
    "wrapped one way": lambda lib, cell: (cell, lib.ResidualWrapper(cell)),
}


@pytest.mark.parametrize("both", BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_one_cell_in_both_directions_has_one_set_of_variables(both):
    def program(lib):
        return lib.bidirectional_dynamic_rnn(*both(lib, lib.GRUCell(DEPTH)), inputs_of(lib), dtype=lib.float64)

    cells = both(ni, ni.GRUCell(DEPTH))
    assert as_in_graph(ni.bidirectional_variable_shapes(*cells, DEPTH)) == graph_variables(program)


SCOPED_RUNS = {
    "static_rnn": lambda lib, cell, **scope: lib.static_rnn(cell, steps_of(lib), dtype=lib.float64, **scope),
    "dynamic_rnn": lambda lib, cell, **scope: lib.dynamic_rnn(cell, inputs_of(lib), dtype=lib.float64, **scope),
    "bidirectional_dynamic_rnn": lambda lib, cell, **scope: lib.bidirectional_dynamic_rnn(
        cell, CELLS["gru"](lib), inputs_of(lib), dtype=lib.float64, **scope
    ),
    "static_bidirectional_rnn": lambda lib, cell, **scope: lib.static_bidirectional_rnn(
        cell, CELLS["gru"](lib), steps_of(lib), dtype=lib.float64, **scope
    ),
}


@pytest.mark.parametrize("kind", ["string", "VariableScope", "around"])
@pytest.mark.parametrize("run", SCOPED_RUNS)
def test_scope_of_a_run_begins_the_name_of_every_variable(run, kind):
    def program(lib):
        cell = CELLS["stack-of-wrapped"](lib)
        if kind == "string":
            return SCOPED_RUNS[run](lib, cell, scope="mine")
        with lib.variable_scope("mine") as scope:
            return SCOPED_RUNS[run](lib, cell, **({"scope": scope} if kind == "VariableScope" else {}))

    stack, gru = CELLS["stack-of-wrapped"](ni), CELLS["gru"](ni)
    if run.endswith("bidirectional_rnn") or run.startswith("bidirectional"):
        scope = "mine/bidirectional_rnn" if kind == "around" else "mine"
        made = ni.bidirectional_variable_shapes(stack, gru, DEPTH, scope)
    else:
        made = stack.variable_shapes(DEPTH, "mine/rnn" if kind == "around" else "mine")
    assert as_in_graph(made) == graph_variables(program)


def test_a_cell_keeps_the_variables_of_the_scope_that_it_was_first_called_in():
    def program(lib):
        cell = lib.bound(lib.GRUCell(UNITS), "first")
        return [lib.dynamic_rnn(cell, inputs_of(lib), dtype=lib.float64, scope=scope) for scope in ("first", "second")]

    expected, variables = tensorflow_s(program)
    assert list(variables) == [name for name, _ in as_in_graph(ni.GRUCell(UNITS).variable_shapes(DEPTH, "first"))]
    cell = ni.GRUCell(UNITS).with_variables(variables, "first")
    assert_alike([ni.dynamic_rnn(cell, inputs_of(NumPy()), dtype="float64")] * 2, expected)


def test_second_cell_called_in_one_scope_is_found_under_its_numbered_name():
    def program(lib, names):
        cells = [lib.bound(lib.GRUCell(UNITS, name=name), "") for name in names]
        return [cell(steps_of(lib)[0], state_of(lib, cell)) for cell in cells]

    expected, variables = tensorflow_s(lambda lib: program(lib, (None, None)))
    assert_alike(program(NumPy(variables), (None, "gru_cell_1")), expected)


def test_a_scope_entered_again_holds_the_same_weights_and_another_one_others():
    def program(lib, scopes):
        outputs = []
        for scope in scopes:
            with lib.variable_scope(scope, reuse=scopes[0] == scope and bool(outputs)):
                outputs.append(lib.GRUCell(UNITS, name="gru_cell")(steps_of(lib)[0], lib.zeros((4, UNITS), "float64")))
        return outputs

    expected, variables = tensorflow_s(lambda lib: program(lib, ("share", "share", "other")))
    answers = []
    for scope in ("share", "share", "other"):
        cell = ni.GRUCell(UNITS).with_variables(variables, scope)
        answers.append(cell(steps_of(NumPy())[0], np.zeros((4, UNITS))))
    assert_alike(answers, expected)
    assert not np.array_equal(answers[0][0], answers[2][0])


def test_a_stack_of_two_gru_cells_has_eight_weights():
    def program(lib):
        stack = lib.MultiRNNCell([lib.GRUCell(UNITS), lib.GRUCell(2)])
        lib.dynamic_rnn(stack, inputs_of(lib), dtype=lib.float64)
        return len(stack.weights)

    stack = ni.MultiRNNCell([ni.GRUCell(UNITS), ni.GRUCell(2)])
    assert len(stack.variable_shapes(DEPTH)) == in_graph(program, lambda _tf, _session, found: found) == 8


def test_the_same_cell_twice_shares_its_weights_and_both_say_so_once():
    def program(lib):
        for _ in range(2):
            stack = lib.MultiRNNCell([lib.GRUCell(DEPTH)] * 2)
        return lib.dynamic_rnn(lib.bound(stack, "rnn"), inputs_of(lib), dtype=lib.float64)

    ni.stacked._warn_of_shared_weights.cache_clear()
    with Log("tensorflow") as theirs, Log("numpy_impl.stacked") as ours:
        expected, variables = tensorflow_s(program)
        assert_alike(program(NumPy(variables)), expected)
    assert len(variables) == 4
    assert len([line for line in ours if "will share weights" in line]) == 1
    assert len([line for line in theirs if "will share weights" in line]) <= 1  # 0 where an earlier test had it


@pytest.mark.parametrize("shards", [1, 3, 4, 12])
def test_shards_change_no_number_and_warn(shards):
    def program(lib, **options):
        cell = lib.LSTMCell(UNITS, num_proj=2, **options)
        return lib.dynamic_rnn(lib.bound(cell, "rnn"), inputs_of(lib), dtype=lib.float64)

    options = {"num_unit_shards": shards, "num_proj_shards": shards}
    with Log("numpy_impl.cell") as said:
        expected, variables = tensorflow_s(lambda lib: program(lib, **options))
        assert_alike(program(NumPy(variables), **options), expected)
    assert "num_unit_shards is deprecated" in said[0]
    whole = {
        "rnn/lstm_cell/bias": variables["rnn/lstm_cell/bias:0"],
        **{
            f"rnn/lstm_cell/{name}": np.concatenate(
                [array for part, array in variables.items() if part.startswith(f"rnn/lstm_cell/{name}/part_")]
            )
            for name in ("kernel", "projection/kernel")
        },
    }
    assert_alike(program(NumPy(whole)), expected)


def test_a_basic_lstm_s_variables_load_into_an_lstm_of_its_name():
    def program(lib):
        return lib.dynamic_rnn(lib.bound(lib.BasicLSTMCell(UNITS), "rnn"), inputs_of(lib), dtype=lib.float64)

    def renamed(lib):
        cell = lib.LSTMCell(UNITS, name="basic_lstm_cell")
        return lib.dynamic_rnn(lib.bound(cell, "rnn"), inputs_of(lib), dtype=lib.float64)

    expected, variables = tensorflow_s(program)
    assert graph_variables(renamed) == [(name, array.shape) for name, array in variables.items()]
    assert_alike(renamed(NumPy(variables)), expected)


@pytest.mark.parametrize("make", SINGLE.values(), ids=SINGLE)
def test_configurations_are_tensorflow_s_and_load_into_each_other(make):
    ours = make(ni).get_config()

    def program(lib):
        config = make(lib).get_config()
        assert type(make(lib)).from_config({**ours, "name": None}).get_config()["num_units"] == UNITS
        again = type(make(lib)).from_config(ours)
        return config, {key: again.get_config()[key] for key in ours}

    theirs, theirs_of_ours = in_graph(program, lambda _tf, _session, configs: configs)
    assert theirs_of_ours == ours
    assert set(theirs) - set(ours) <= ni.configuration.OF_TRAINING
    assert {key: theirs[key] for key in ours if key != "name"} == {k: v for k, v in ours.items() if k != "name"}
    assert type(make(ni)).from_config(theirs).get_config() == {**ours, "name": theirs["name"]}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtype_is_none_until_weights_or_the_caller_say_it(dtype):
    def program(lib):
        given, inferred = lib.GRUCell(UNITS, dtype=dtype), lib.GRUCell(UNITS)
        before = inferred.dtype
        inferred = lib.bound(inferred, "rnn")
        lib.dynamic_rnn(inferred, lib.constant(np.ones((2, 1, DEPTH), dtype)), dtype=dtype)
        return before, *(np.dtype(cell.dtype).name for cell in (given, inferred))

    shapes = ni.GRUCell(UNITS).variable_shapes(DEPTH, "rnn")
    variables = {name: np.ones(shape, dtype) for name, shape in shapes.items()}
    expected = in_graph(program, lambda _tf, _session, found: found)
    assert program(NumPy(variables)) == expected == (None, dtype, dtype)
