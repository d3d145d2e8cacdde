"""CoupledInputForgetGateLSTMCell's variables in parts, W_0, W_1, ..., unlike LSTMCell's `kernel/part_0`."""

from __future__ import annotations

import numpy as np
import pytest

import numpy_impl as ni


def test_coupled_lstm_keeps_kernels_in_parts_of_rows() -> None:
    cell = ni.CoupledInputForgetGateLSTMCell(5, num_proj=3, num_unit_shards=4, num_proj_shards=2)
    shapes = cell.variable_shapes(3)
    rows = {name.rpartition("/")[2]: shape[0] for name, shape in shapes.items() if "/W" in name}
    assert rows == {"W_0": 2, "W_1": 2, "W_2": 1, "W_3": 1, "W_P_0": 3, "W_P_1": 2}
    rng = np.random.default_rng(3)
    variables = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    whole = np.concatenate([variables[f"coupled_input_forget_gate_lstm_cell/W_{k}"] for k in range(4)])
    np.testing.assert_array_equal(cell.with_variables(variables).weights.W, whole)
    with pytest.raises(ValueError, match=r"num_unit_shards: got 9, should be at most 6"):
        ni.CoupledInputForgetGateLSTMCell(5, num_proj=3, num_unit_shards=9).variable_shapes(3)
    with pytest.raises(ValueError, match=r"got W_0, W_2, should be all from W_0\. Add W_1"):
        cell.weights_from({"W_0": whole, "W_2": whole, "B": np.ones(15)})
