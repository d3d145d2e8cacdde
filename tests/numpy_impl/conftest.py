"""Cells with drawn weights, of every kind and option, to run the tests over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numpy_impl as ni

if TYPE_CHECKING:
    from collections.abc import Callable

DEPTH, UNITS, PROJECTION = 3, 5, 2
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "basic_rnn": ("BasicRNNCell", {}),
    "basic_rnn-relu": ("BasicRNNCell", {"activation": "relu"}),
    "gru": ("GRUCell", {}),
    "basic_lstm": ("BasicLSTMCell", {}),
    "basic_lstm-concat": ("BasicLSTMCell", {"state_is_tuple": False, "forget_bias": 0.5}),
    "lstm": ("LSTMCell", {}),
    "lstm-full": (
        "LSTMCell",
        {"use_peepholes": True, "cell_clip": 0.6, "num_proj": PROJECTION, "proj_clip": 0.3},
    ),
    "lstm-full-concat": ("LSTMCell", {"use_peepholes": True, "num_proj": PROJECTION, "state_is_tuple": False}),
}


def variable_shapes(kind: str, depth: int, units: int, options: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return TensorFlow's variables of a cell, written here a second time so that the tests do not trust the cells."""
    if kind == "BasicRNNCell":
        return {"kernel": (depth + units, units), "bias": (units,)}
    if kind == "GRUCell":
        return {
            "gates/kernel": (depth + units, 2 * units),
            "gates/bias": (2 * units,),
            "candidate/kernel": (depth + units, units),
            "candidate/bias": (units,),
        }
    projection = options.get("num_proj")
    shapes: dict[str, tuple[int, ...]] = {
        "kernel": (depth + (projection or units), 4 * units),
        "bias": (4 * units,),
    }
    if options.get("use_peepholes"):
        shapes |= {"w_f_diag": (units,), "w_i_diag": (units,), "w_o_diag": (units,)}
    if projection:
        shapes["projection/kernel"] = (units, projection)
    return shapes


def make_cell(
    kind: str, *, depth: int = DEPTH, units: int = UNITS, dtype: str = "float64", seed: int = 0, **options: Any
) -> Any:
    """Return a cell with drawn weights."""
    module = {
        "BasicRNNCell": ni.basic_rnn,
        "GRUCell": ni.gru,
        "BasicLSTMCell": ni.basic_lstm,
        "LSTMCell": ni.lstm,
    }[kind]
    rng = np.random.default_rng(seed)
    shapes = variable_shapes(kind, depth, units, options)
    variables = {name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}
    return getattr(ni, kind)(units, **options, weights=module.weights_from(variables))


@pytest.fixture(scope="session")
def draw_cell() -> Callable[..., Any]:
    """Return `make_cell`."""
    return make_cell


@pytest.fixture(scope="session", params=KINDS.values(), ids=KINDS)
def draw_any(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return `make_cell` of one kind: the test runs once for every kind."""
    kind, options = request.param
    return lambda **sizes: make_cell(kind, **sizes, **options)
