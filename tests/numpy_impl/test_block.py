"""The kernels' cells: one step by hand in scalars, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import numpy_impl as ni
from numpy_impl import cudnn_compatible, gru, lstm_block

X, C, H = 2.0, -0.4, 0.5  # one input, one unit
KERNEL = np.array([[0.1, 0.2, 0.3, 0.4], [-0.5, 0.6, -0.7, 0.8]])
BIAS = np.array([0.05, -0.05, 0.15, -0.15])
W_I, W_F, W_O = 0.3, -0.6, 0.9
BLOCKS = (X * KERNEL[0] + H * KERNEL[1] + BIAS).tolist()
PEEPHOLES = lstm_block.Weights(KERNEL, BIAS, np.array([W_I]), np.array([W_F]), np.array([W_O]))


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def one(value: float) -> Any:
    return np.array([[value]])


def by_hand(i: float, ci: float, f: float, o: float, clip: float = math.inf) -> dict[str, float]:
    """Return the kernel's outputs of the four blocks, with peepholes; f has its forget bias."""
    gates = {"i": logistic(i + W_I * C), "ci": math.tanh(ci), "f": logistic(f + W_F * C)}
    cs = min(max(gates["i"] * gates["ci"] + gates["f"] * C, -clip), clip)
    gates |= {"cs": cs, "co": math.tanh(cs), "o": logistic(o + W_O * cs)}
    return gates | {"h": gates["o"] * gates["co"]}


def test_lstm_block_step_by_hand() -> None:
    i, ci, f, o = BLOCKS
    cell = ni.LSTMBlockCell(1, 0.7, use_peephole=True, weights=PEEPHOLES)
    expected = by_hand(i, ci, f + 0.7, o)
    assert cell.gates(one(X), (one(C), one(H))) == pytest.approx(expected)
    output, state = cell(one(X), (one(C), one(H)))
    assert output == pytest.approx(expected["h"])
    assert state == (pytest.approx(expected["cs"]), output)
    assert isinstance(state, ni.LSTMStateTuple)


def test_lstm_block_clips_before_the_output_gate_sees_c() -> None:
    i, ci, f, o = BLOCKS
    cell = ni.LSTMBlockCell(1, 0.7, 0.01, use_peephole=True, weights=PEEPHOLES)
    assert cell.gates(one(X), (one(C), one(H))) == pytest.approx(by_hand(i, ci, f + 0.7, o, clip=0.01))


@pytest.mark.parametrize("clip", [0.0, -1.0])
def test_a_clip_of_0_and_below_is_none_in_the_kernels_but_not_in_lstm_cell(clip: float) -> None:
    weights = lstm_block.Weights(KERNEL, BIAS)
    step = one(X), (one(C), one(H))
    assert ni.LSTMBlockCell(1, cell_clip=clip, weights=weights)(*step) == ni.LSTMBlockCell(1, weights=weights)(*step)
    zero = ni.LSTMCell(1, cell_clip=0.0, weights=ni.lstm.Weights(KERNEL, BIAS))
    assert zero(*step)[1].c == 0


def test_block_lstm_v2_step_by_hand() -> None:
    i, f, ci, o = BLOCKS  # its order
    outputs = ni.block_lstm_v2(
        1,
        one(X)[np.newaxis],
        one(C),
        one(H),
        KERNEL,
        *(np.array([w]) for w in (W_I, W_F, W_O)),
        BIAS,
        0.0,
        True,  # noqa: FBT003
    )
    assert outputs._fields == ("i", "cs", "f", "o", "ci", "co", "h")
    assert {name: array[0] for name, array in outputs._asdict().items()} == pytest.approx(by_hand(i, ci, f, o))


def test_block_lstm_v2_ignores_diagonals_without_use_peephole() -> None:
    arrays = (one(X)[np.newaxis], one(C), one(H), KERNEL)
    zeros, ones = (np.full(1, value) for value in (0.0, 1.0))
    without = ni.block_lstm_v2(1, *arrays, ones, ones, ones, BIAS)
    assert without == ni.block_lstm_v2(1, *arrays, zeros, zeros, zeros, BIAS, use_peephole=True)


def test_cudnn_lstm_has_no_forget_bias() -> None:
    weights = lstm_block.Weights(KERNEL, BIAS)
    step = one(X), (one(C), one(H))
    assert ni.CudnnCompatibleLSTMCell(1, weights=weights)(*step) == ni.LSTMBlockCell(1, 0.0, weights=weights)(*step)
    assert ni.CudnnCompatibleLSTMCell(1).scope == "cudnn_compatible_lstm_cell"


def test_gru_block_step_is_gru_s() -> None:
    rng = np.random.default_rng(0)
    shapes = ni.GRUBlockCellV2(4).weight_shapes(3)
    weights = gru.weights_from({name: rng.standard_normal(shape) for name, shape in shapes.items()})
    x, h = rng.standard_normal((2, 3)), rng.standard_normal((2, 4))
    theirs, ours = ni.GRUCell(4, weights=weights)(x, h), ni.GRUBlockCellV2(cell_size=4, weights=weights)(x, h)
    np.testing.assert_array_equal(ours[0], theirs[0])
    assert ni.GRUBlockCellV2(4).scope == "gru_cell"


def test_cudnn_gru_step_by_hand() -> None:
    weights = cudnn_compatible.GRUWeights(
        gates_kernel=np.array([[0.3, -0.2], [0.7, 0.9]]),
        gates_bias=np.array([1.0, -1.0]),
        candidate_input_projection_kernel=one(0.6),
        candidate_hidden_projection_kernel=one(-0.8),
        candidate_input_projection_bias=np.array([0.1]),
        candidate_hidden_projection_bias=np.array([-0.35]),
    )
    r, u = logistic(X * 0.3 + H * 0.7 + 1.0), logistic(X * -0.2 + H * 0.9 - 1.0)
    ci, ch = X * 0.6 + 0.1, H * -0.8 - 0.35
    c = math.tanh(ci + r * ch)
    cell = ni.CudnnCompatibleGRUCell(1, weights=weights)
    expected = {"r": r, "u": u, "ci": ci, "ch": ch, "c": c, "h": u * H + (1 - u) * c}
    assert cell.gates(one(X), one(H)) == pytest.approx(expected)
    output, state = cell(one(X), one(H))
    assert state is output


@pytest.mark.parametrize("sizes", [(), (3, 3)])
def test_gru_block_takes_exactly_one_of_num_units_and_cell_size(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Exactly one of num_units or cell_size must be provided"):
        ni.GRUBlockCellV2(*sizes)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ni.LSTMBlockCell(0), ValueError, r"LSTMBlockCell.num_units: got 0, should be at least 1"),
        (lambda: ni.CudnnCompatibleGRUCell(3, "zeros"), ValueError, "kernel_initializer: got 'zeros', should be None"),
        (lambda: ni.LSTMBlockCell(3)(one(X), (one(C), one(H))), ValueError, r"LSTMBlockCell.weights: got None"),
        (
            lambda: ni.LSTMBlockCell(1, use_peephole=True, weights=lstm_block.Weights(KERNEL, BIAS)),
            ValueError,
            r"weights.w_i_diag: got NoneType, should be an array \(1,\)",
        ),
        (
            lambda: ni.LSTMBlockCell(1, weights=PEEPHOLES),
            ValueError,
            r"weights.w_i_diag: got an array, should be None",
        ),
        (
            lambda: ni.LSTMBlockCell(1, weights=lstm_block.Weights(KERNEL, BIAS))(one(X), (one(C),)),
            ValueError,
            r"state: got a tuple of 1, should be a tuple \(c, h\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "cell",
    [
        ni.LSTMBlockCell(4, 0.5, 3.0, use_peephole=True, name="mine", dtype="float16"),
        ni.LSTMBlockFusedCell(4, 0.5, 3.0, use_peephole=True),
        ni.BlockLSTMV2(4, 0.5),
        ni.GRUBlockCellV2(cell_size=4),
        ni.CudnnCompatibleLSTMCell(4),
        ni.CudnnCompatibleGRUCell(4, name="mine"),
    ],
    ids=lambda cell: type(cell).__name__,
)
def test_configuration_and_variables_go_round(cell: Any) -> None:
    again = type(cell).from_config(cell.get_config())
    assert again.get_config() == cell.get_config()
    shapes = cell.variable_shapes(3)
    ready = cell.with_variables(
        {f"{name}:0": np.ones(shape, cell.dtype or "float64") for name, shape in shapes.items()}
    )
    assert ready.variable_shapes(3) == shapes
    assert {array.dtype for array in ready.weights if array is not None} == {ready.dtype}
