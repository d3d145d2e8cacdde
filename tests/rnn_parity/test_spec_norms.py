"""Specs of the cells with norms and of the coupled LSTM: what they refuse, own and trace."""

import pytest

from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.spec import (
    CaseSpec,
    CoupledInputForgetGateLSTMCell,
    LayerNormBasicLSTMCell,
    LayerNormLSTMCell,
    LSTMStateTuple,
    Sizes,
    Step,
    from_json,
    to_json,
)

EVERY = {"use_peepholes": True, "num_proj": 2, "proj_clip": 1, "layer_norm": True}
KINDS = (LayerNormBasicLSTMCell, LayerNormLSTMCell, CoupledInputForgetGateLSTMCell)


@pytest.mark.parametrize(
    ("kind", "option", "value", "should_be"),
    [
        (LayerNormBasicLSTMCell, "dropout_keep_prob", 0.0, "more than 0 and at most 1"),
        (LayerNormBasicLSTMCell, "forget_bias", "1", "a number"),
        (LayerNormLSTMCell, "num_proj", 0, "a whole number > 0"),
        (LayerNormLSTMCell, "cell_clip", -1.0, "None or a number of at least 0"),
        (CoupledInputForgetGateLSTMCell, "num_proj", 0, "a whole number > 0"),
        (CoupledInputForgetGateLSTMCell, "proj_clip", -1.0, "None or a number of at least 0"),
        *((kind, "num_units", 0, "a whole number > 0") for kind in KINDS),
        *((kind, "activation", "tahn", "did you mean 'tanh'") for kind in KINDS),
    ],
)
def test_options_that_tensorflow_does_not_offer_are_refused(kind, option, value, should_be):
    with pytest.raises(UnsupportedOptionError, match=f"{kind.__name__}.*{option}.*{should_be}"):
        kind(**({"num_units": 3} | {option: value}))


@pytest.mark.parametrize("kind", KINDS)
def test_cells_survive_json(kind):
    given = {name: value for name, value in EVERY.items() if name in kind.__struct_fields__}
    spec = CaseSpec(
        id="a/b", why="w", cell=kind(num_units=3, **given), run=Step(), seed=1,
        sizes=Sizes(batch_size=2, max_time=1, depth=3),
    )  # fmt: skip
    assert from_json(to_json(spec)) == spec


def test_norms_bring_a_gain_and_a_bias_for_each_gate_and_for_c():
    found = LayerNormLSTMCell(num_units=3, **EVERY).variables(4)
    assert {name: shape for name, shape in found.items() if "/" not in name or "kernel" in name} == {
        "kernel": (6, 12), "bias": (12,), "w_f_diag": (3,), "w_i_diag": (3,), "w_o_diag": (3,),
        "projection/kernel": (3, 2),
    }  # fmt: skip
    cell = LayerNormBasicLSTMCell(num_units=3)
    assert {cell.role(name) for name in cell.variables(4) if name.endswith("gamma")} == {"gain"}
    assert {cell.role(name) for name in cell.variables(4) if name.endswith("beta")} == {"bias"}
    assert set(cell.variables(4).values()) == {(7, 12), (3,)}


def test_variables_of_the_coupled_lstm_are_drawn_by_what_they_do():
    cell = CoupledInputForgetGateLSTMCell(num_units=3, **EVERY)
    roles = {name: cell.role(name) for name in cell.variables(4) if "/" not in name}
    assert roles == {
        "W_0": "kernel", "B": "bias", "W_F_diag": "diagonal", "W_O_diag": "diagonal", "W_P_0": "projection",
    }  # fmt: skip
    assert cell.variables(4)["W_0"] == (4 + 2, 9)


def test_states_and_scopes_are_tensorflows():
    assert LayerNormBasicLSTMCell(num_units=3).state_size == LSTMStateTuple(3, 3)
    assert LayerNormLSTMCell(num_units=3, num_proj=2).state_size == LSTMStateTuple(3, 2)
    assert CoupledInputForgetGateLSTMCell(num_units=3, num_proj=2, state_is_tuple=False).state_size == 5
    assert [kind(num_units=1).scope for kind in KINDS] == [
        "layer_norm_basic_lstm_cell", "layer_norm_lstm_cell", "coupled_input_forget_gate_lstm_cell",
    ]  # fmt: skip


def test_gates_are_traced_as_the_kernel_gives_them_with_norms_and_without():
    for kind in KINDS:
        for layer_norm in (False, True):
            cell = kind(num_units=1, layer_norm=layer_norm)
            assert cell.trace_names == (*cell.gate_order, "c", "h")
