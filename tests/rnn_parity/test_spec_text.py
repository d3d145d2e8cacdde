"""Cells and runs as text: what is written is read as the same."""

import pytest

from rnn_parity.catalogue import CASES
from rnn_parity.errors import CellTextError
from rnn_parity.spec import CellSpec, GRUCell, MultiRNNCell, RunSpec
from rnn_parity.spec.text import parsed, written


def test_every_cell_and_run_of_the_catalogue_is_read_back_from_its_text():
    for cell in {case.cell for case in CASES}:
        assert parsed(written(cell), CellSpec) == cell
    for run in {case.run for case in CASES}:
        assert parsed(written(run), RunSpec) == run


def test_options_that_have_their_default_are_not_written():
    text = "MultiRNNCell(cells=[GRUCell(num_units=5), GRUCell(num_units=5)], one_object=True)"
    assert written(MultiRNNCell(cells=(GRUCell(num_units=5),) * 2, one_object=True)) == text


@pytest.mark.parametrize(
    "cells",
    [
        "2 * [GRUCell(5)]",
        "[GRUCell(5) for _ in range(2)]",
        "[GRUCell(5) for _ in range(1, 3)]",
        "[tf.nn.rnn_cell.GRUCell(units) for units in [5, 5]]",
        "[GRUCell(num_units=n) for n in (5, 5)]",
    ],
)
def test_a_list_of_cells_is_read_as_tensorflow_code_writes_it(cells):
    assert parsed(f"MultiRNNCell({cells})", CellSpec) == MultiRNNCell(cells=(GRUCell(num_units=5),) * 2)


def test_each_cell_of_a_list_over_numbers_has_its_own():
    cells = parsed("MultiRNNCell([GRUCell(n) for n in [5, 4]])", CellSpec).cells
    assert [cell.num_units for cell in cells] == [5, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MultiRNNCell([cell] * 2)", "'cell' is a name of your program; write out what it stands for, a cell like"),
        ("GRUCell(num_units)", "'num_units' is a name of your program; write out what it stands for"),
        ("MultiRNNCell([GRUCell(5) for _ in range(n)])", "should be over a range or over numbers, like range(2) or"),
        ("MultiRNNCell([GRUCell(5)] * n)", "'n' is a name of your program; write out what it stands for"),
        ("MultiRNNCell([GRUCell(5) for _ in range(3, 3)])", "0 cells, should be from 1 to 1000"),
        ("GRUCell(5, activation=relu)", "'relu' is a name without a module; did you mean tf.nn.relu?"),
        ("GRUCell(5, activation=lambda x: x)", "; an activation is written by its name, like tf.nn.relu."),
        ("GRUCell", "'GRUCell' is a class; did you mean GRUCell(...), with its options?"),
        ("GRUCell(5, kernel_initializer=None)", "it decides on no number that is computed with given weights: leave"),
    ],
)
def test_names_that_only_the_program_knows_are_refused_with_what_to_write(text, message):
    with pytest.raises(CellTextError) as refused:
        parsed(text, CellSpec)
    assert message in str(refused.value)


@pytest.mark.parametrize("text", ["(" * 5000, "GRUCell(5)" + ".a" * 5000, "[" * 100 + "]" * 100])
def test_a_text_that_is_nested_too_deeply_is_refused_as_any_other(text):
    with pytest.raises(CellTextError):
        parsed(text, CellSpec)
