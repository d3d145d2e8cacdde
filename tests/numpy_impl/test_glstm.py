"""GLSTMCell: one step by hand, in scalars, and what it refuses."""

from __future__ import annotations

from math import exp, tanh
from typing import Any

import numpy as np
import pytest

import numpy_impl as ni


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


def weighted(depth: int, units: int, **options: Any) -> tuple[Any, dict[str, Any]]:
    """Return a cell with drawn weights, and those by TensorFlow's names below the cell's scope."""
    cell = ni.GLSTMCell(units, **options)
    rng = np.random.default_rng(5)
    drawn = {name: rng.uniform(-1, 1, shape) for name, shape in cell.variable_shapes(depth).items()}
    return cell.with_variables(drawn), {name.removeprefix("glstm_cell/"): array for name, array in drawn.items()}


def test_each_group_reads_its_part_and_the_projection_mixes_them() -> None:
    cell, own = weighted(4, 2, num_proj=2, number_of_groups=2, forget_bias=0.7, activation="relu")
    x, old_c, h = [0.5, -0.3, 0.8, 0.1], [0.2, -0.6], [0.4, -0.1]
    output, state = cell(np.array([x]), (np.array([old_c]), np.array([h])))
    squashed = []
    for k in (0, 1):  # one unit a group, two inputs, one h
        row = [x[2 * k], x[2 * k + 1], h[k]]
        gates = [
            sum(value * own[f"group{k}/kernel"][place, column] for place, value in enumerate(row))
            + own[f"bias_{letter}"][k]
            for column, letter in enumerate("ijfo")
        ]
        i, j, f, o = gates
        c = sigmoid(f + 0.7) * old_c[k] + sigmoid(i) * tanh(j)  # tanh, whatever the activation
        np.testing.assert_allclose(state.c[0, k], c, rtol=1e-12)
        squashed.append(sigmoid(o) * max(c, 0.0))
    np.testing.assert_allclose(output, [squashed] @ own["projection/kernel"], rtol=1e-12)
    np.testing.assert_array_equal(state.h, output)


def test_variables_are_tensorflows() -> None:
    assert ni.GLSTMCell(4, num_proj=6, number_of_groups=2).variable_shapes(8, "rnn") == {
        "rnn/glstm_cell/group0/kernel": (7, 8),
        "rnn/glstm_cell/group1/kernel": (7, 8),
        **{f"rnn/glstm_cell/bias_{gate}": (4,) for gate in "ijfo"},
        "rnn/glstm_cell/projection/kernel": (4, 6),
    }


def test_input_that_does_not_fall_into_groups_is_refused_in_tensorflows_words() -> None:
    cell, _ = weighted(4, 4, number_of_groups=2)
    message = r"input size \(3\) must be divisible by number_of_groups: got 3 and 2\."
    with pytest.raises(ValueError, match=message):
        cell(np.ones((1, 3)), cell.zero_state(1, "float64"))
    with pytest.raises(ValueError, match=message):
        ni.GLSTMCell(4, number_of_groups=2).variable_shapes(3)


@pytest.mark.parametrize("options", [{"num_units": 3}, {"num_units": 4, "num_proj": 3}])
def test_sizes_that_do_not_fall_into_groups_are_refused(options: dict[str, int]) -> None:
    name = "num_proj" if "num_proj" in options else "num_units"
    with pytest.raises(ValueError, match=rf"{name} must be divisible by number_of_groups: got 3 and 2"):
        ni.GLSTMCell(**options, number_of_groups=2)
    with pytest.raises(ValueError, match=r"GLSTMCell\.number_of_groups: got 0, should be at least 1"):
        ni.GLSTMCell(4, number_of_groups=0)


def test_weights_that_do_not_fit_are_refused() -> None:
    _, own = weighted(4, 4, number_of_groups=2)
    two, three = ni.GLSTMCell(4, number_of_groups=2), ni.GLSTMCell(6, number_of_groups=3)
    scoped = {f"glstm_cell/{name}": array for name, array in own.items()}
    with pytest.raises(ValueError, match=r"kernels: got shape \(2, 4, 8\), should be \(3, "):
        three.with_variables(scoped)
    with pytest.raises(ValueError, match="Missing: group1/kernel"):
        two.with_variables(
            {**{k: v for k, v in scoped.items() if "group1" not in k}, "glstm_cell/group2/kernel": np.ones(1)}
        )
    with pytest.raises(ValueError, match=r"group1/kernel: got shape \(3, 8\), should be \(4, 8\)"):
        two.with_variables(scoped | {"glstm_cell/group1/kernel": np.ones((3, 8))})
    with pytest.raises(ValueError, match=r"got 1 rows a group, should be at least 2"):
        two.with_variables(scoped | {f"glstm_cell/group{k}/kernel": np.ones((1, 8)) for k in (0, 1)})


def test_configuration_goes_round() -> None:
    cell = ni.GLSTMCell(4, num_proj=2, number_of_groups=2, forget_bias=0.5, activation="relu", name="mine")
    assert ni.GLSTMCell.from_config(cell.get_config()).get_config() == cell.get_config()


def test_initializer_is_refused() -> None:
    with pytest.raises(ValueError, match=r"GLSTMCell\.initializer: got 'zeros', should be None"):
        ni.GLSTMCell(4, "zeros")  # type: ignore[arg-type]
