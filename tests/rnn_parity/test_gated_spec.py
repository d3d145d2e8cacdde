"""Specifications of the gated cells of tf.contrib.rnn: sizes, variables, what they are called, what they refuse."""

from __future__ import annotations

import pytest

from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.spec import (
    CFNCell,
    GRUCell,
    IntersectionRNNCell,
    LSTMStateTuple,
    MinimalRNNCell,
    MultiRNNCell,
    NASCell,
    SRUCell,
    UGRNNCell,
)
from rnn_parity.weights import variables

# D is 2; written out, so that the module under test does not state its own expectation
CELLS = [
    (UGRNNCell(num_units=3), "ugrnn_cell", {"kernel": (5, 6), "bias": (6,)}),
    (
        IntersectionRNNCell(num_units=3, num_in_proj=3),
        "intersection_rnn_cell",
        {"in_projection/kernel": (2, 3), "in_projection/bias": (3,), "kernel": (6, 12), "bias": (12,)},
    ),
    (IntersectionRNNCell(num_units=2), "intersection_rnn_cell", {"kernel": (4, 8), "bias": (8,)}),
    (IntersectionRNNCell(num_units=2, num_in_proj=2), "intersection_rnn_cell", {"kernel": (4, 8), "bias": (8,)}),
    (NASCell(num_units=3), "nas_cell", {"recurrent_kernel": (3, 24), "kernel": (2, 24)}),
    (
        NASCell(num_units=3, num_proj=4, use_bias=True),
        "nas_cell",
        {"recurrent_kernel": (4, 24), "kernel": (2, 24), "bias": (24,), "projection_weights": (3, 4)},
    ),
    (SRUCell(num_units=3), "sru_cell", {"kernel": (2, 12), "bias": (6,)}),
    (MinimalRNNCell(num_units=3), "minimal_rnn_cell", {"kernel": (8, 3), "bias": (3,)}),
    (CFNCell(num_units=3), "cfn_cell", {"kernel": (2, 9), "recurrent_kernel": (3, 6), "bias": (6,)}),
]


@pytest.mark.parametrize(("cell", "scope", "shapes"), CELLS)
def test_variables_are_tensorflows_in_its_order_of_creation(cell, scope, shapes, specs):
    expected = {f"rnn/{scope}/{name}": shape for name, shape in shapes.items()}
    assert list(variables(specs(cell=cell)).items()) == list(expected.items())


@pytest.mark.parametrize(("cell", "scope", "shapes"), CELLS)
def test_every_gate_block_is_as_wide_as_the_output_of_one_gate(cell, scope, shapes):  # noqa: ARG001  one table
    if cell.gate_order:
        assert shapes["kernel"][1] == len(cell.gate_order) * cell.num_units
    assert len(set(cell.trace_names)) == len(cell.trace_names)
    assert set(cell.gate_order) <= set(cell.trace_names)


def test_nas_state_is_a_pair_whose_h_is_as_wide_as_the_projection():
    assert NASCell(num_units=3).state_size == LSTMStateTuple(3, 3)
    projected = NASCell(num_units=3, num_proj=2)
    assert (projected.state_size, projected.output_size) == (LSTMStateTuple(3, 2), 2)


@pytest.mark.parametrize("kind", [MinimalRNNCell, CFNCell])
def test_constructor_calls_the_size_units(kind):
    assert kind(num_units=3).arguments() == {"units": 3, "activation": "tanh"}
    assert SRUCell(num_units=3).arguments() == {"num_units": 3, "activation": None}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: IntersectionRNNCell(num_units=3, num_in_proj=2),
            "IntersectionRNNCell.num_in_proj: got 2, should be None or 3, the number of units",
        ),
        (
            lambda: IntersectionRNNCell(num_units=3, y_activation="rellu"),
            "IntersectionRNNCell.y_activation: got 'rellu', should be one of",
        ),
        (
            lambda: IntersectionRNNCell(num_units=3, y_activation=None),
            "IntersectionRNNCell.y_activation: got None, should be one of",
        ),
        (lambda: MinimalRNNCell(num_units=3, activation=None), "MinimalRNNCell.activation: got None, should be one of"),
        (lambda: CFNCell(num_units=3, activation=None), "CFNCell.activation: got None, should be one of"),
        (lambda: SRUCell(num_units=3, activation="rellu"), "did you mean 'relu'"),
        (lambda: NASCell(num_units=3, num_proj=0), "NASCell.num_proj: got 0, should be a whole number > 0"),
        (lambda: UGRNNCell(num_units=3, forget_bias=float("nan")), "UGRNNCell.forget_bias: got nan"),
    ],
)
def test_an_option_that_tensorflow_does_not_take_is_refused_with_what_it_should_be(make, message):
    with pytest.raises(UnsupportedOptionError) as caught:
        make()
    assert message in str(caught.value)


@pytest.mark.parametrize("kind", [UGRNNCell, IntersectionRNNCell, NASCell, SRUCell, MinimalRNNCell, CFNCell])
def test_no_units_are_refused(kind):
    with pytest.raises(UnsupportedOptionError, match="num_units: got 0, should be a whole number > 0"):
        kind(num_units=0)


def test_intersection_of_another_width_than_its_inputs_needs_a_projection(specs):
    bare = IntersectionRNNCell(num_units=3)
    message = "num_in_proj: got None, should be 3, the number of units, for inputs of width 2"
    for cell in (bare, MultiRNNCell(cells=(GRUCell(num_units=2), bare))):
        with pytest.raises(UnsupportedOptionError, match=message):
            specs(cell=cell)
    specs(cell=MultiRNNCell(cells=(GRUCell(num_units=3), bare)))
