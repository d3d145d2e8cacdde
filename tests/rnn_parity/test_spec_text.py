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


@pytest.mark.parametrize("text", ["(" * 5000, "GRUCell(5)" + ".a" * 5000, "[" * 100 + "]" * 100])
def test_a_text_that_is_nested_too_deeply_is_refused_as_any_other(text):
    with pytest.raises(CellTextError):
        parsed(text, CellSpec)
