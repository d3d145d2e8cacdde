"""Formulas with norms: without them they are TensorFlow's own cells; their constants are those of the case's dtype."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

from rnn_parity.draws import draw
from rnn_parity.spec import (
    BasicLSTMCell,
    CoupledInputForgetGateLSTMCell,
    LayerNormBasicLSTMCell,
    LayerNormLSTMCell,
    LSTMCell,
    StaticRNN,
    Step,
)
from tf_reference.graphs import build_graph
from tf_reference.record import record
from tf_reference.sessions import Session

pytestmark = pytest.mark.needs_tf

OPTIONS = {"use_peepholes": True, "cell_clip": 0.4, "num_proj": 2, "proj_clip": 0.3, "activation": "softsign"}


def layer_norm(values, gamma, beta, epsilon):
    centred = values - values.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + epsilon) * gamma + beta


def answers(spec, arrays):
    with closing(Session(build_graph(spec, "float64", with_twin=False))) as session:
        return session.results(arrays)


@pytest.mark.parametrize(
    ("composed", "core"),
    [
        (LayerNormBasicLSTMCell(num_units=4, layer_norm=False, forget_bias=0.3), BasicLSTMCell),
        (LayerNormLSTMCell(num_units=4, forget_bias=0.3), LSTMCell),
        (LayerNormLSTMCell(num_units=4, **OPTIONS), LSTMCell),
    ],
    ids=["basic", "plain", "all options"],
)
def test_without_norms_the_formula_is_tensorflows_own_cell(make_case, composed, core):
    options = {name: getattr(composed, name) for name in core.__struct_fields__ if hasattr(composed, name)}
    run = StaticRNN(sequence_length=(4, 0, 2), initial_state=True)
    specs = [make_case(cell, run, dtype="float64") for cell in (composed, core(**options))]
    arrays = draw(specs[0])
    renamed = {name.replace(composed.scope, specs[1].cell.scope): array for name, array in arrays.items()}
    first, second = answers(specs[0], arrays), answers(specs[1], renamed)
    assert list(first) == ["outputs", "final_state/c", "final_state/h"]
    for name, array in first.items():
        np.testing.assert_allclose(array, second[name], rtol=0, atol=1e-15, err_msg=name)


@pytest.mark.parametrize(("dtype", "epsilon"), [("float16", 1e-3), ("float32", 1e-12), ("float64", 1e-12)])
@pytest.mark.parametrize(
    "cell",
    [
        LayerNormBasicLSTMCell(num_units=4),
        LayerNormLSTMCell(num_units=4, layer_norm=True),
        CoupledInputForgetGateLSTMCell(num_units=4, layer_norm=True),
    ],
    ids=lambda cell: cell.scope,
)
def test_norms_add_the_epsilon_of_the_cases_dtype_in_the_float64_answer_too(make_case, cell, dtype, epsilon):
    fixture = record(make_case(cell, Step(), dtype=dtype, gain=0.05))
    arrays = {name: array.astype(np.float64) for name, array in fixture.arrays.items() if array.dtype.kind == "f"}
    weights = {name.rpartition(f"{cell.scope}/")[2]: array for name, array in arrays.items() if "weights/" in name}
    product = np.concatenate([arrays["inputs"], np.zeros((3, 4))], axis=1) @ weights.get("kernel", weights.get("W_0"))
    gates = dict(zip(cell.gate_order, np.split(product, len(cell.gate_order), axis=1), strict=True))
    o = layer_norm(gates["o"], weights["output/gamma"], weights["output/beta"], epsilon)
    answer = {name: arrays.get(f"oracle64/{name}", arrays[name]) for name in ("outputs", "final_state/c")}
    emitted = answer["outputs"] / np.tanh(answer["final_state/c"])
    np.testing.assert_allclose(emitted, 1 / (1 + np.exp(-o)), rtol=1e-9)
    noise = float(fixture.arrays["noise/outputs"])
    assert noise < 30 * np.finfo(dtype).eps
