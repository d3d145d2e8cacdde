"""One step of `tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell` and `CudnnCompatibleLSTMCell`, which take cuDNN's weights.

    [r u] = sigmoid([x h] gates_kernel + gates_bias)
    ci = x input_projection_kernel + input_projection_bias
    ch = h hidden_projection_kernel + hidden_projection_bias
    c = tanh(ci + r * ch)
    h' = u * h + (1 - u) * c

is the GRU: its reset gate acts after the matrix product and on a bias of its own, where GRUCell resets first. The
output is h'. It is Keras's GRU(reset_after=True) and ONNX's linear_before_reset=1. The LSTM is LSTMBlockCell without
forget_bias, clip and peepholes. Of cuDNN's two biases of a gate, each of these cells has the sum.

Source: tensorflow/contrib/cudnn_rnn/python/ops/cudnn_rnn_ops.py (v1.15.0).
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from numpy_impl import lstm_block
from numpy_impl.activations import sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
from numpy_impl.cell import check_no_initializer, check_size, check_step, given_weights, weight_fields
from numpy_impl.interface import WeightedCell, settle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.state import LSTMStateTuple, State
    from numpy_impl.variables import Shape

GATES = ("r", "u")  # reset, update: the gates kernel's column blocks, left to right
VARIABLES = (  # in TensorFlow's order of creation
    "gates/kernel",
    "gates/bias",
    "candidate/input_projection/kernel",
    "candidate/hidden_projection/kernel",
    "candidate/input_projection/bias",
    "candidate/hidden_projection/bias",
)


class GRUWeights(NamedTuple):
    """The variables of one CudnnCompatibleGRUCell."""

    gates_kernel: Array  # (D + H, 2 H), rows: input first, then hidden
    gates_bias: Array  # (2 H,)
    candidate_input_projection_kernel: Array  # (D, H)
    candidate_hidden_projection_kernel: Array  # (H, H)
    candidate_input_projection_bias: Array  # (H,)
    candidate_hidden_projection_bias: Array  # (H,)


def gru_weights_from(variables: Mapping[str, Array]) -> GRUWeights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return GRUWeights(**weight_fields(variables, VARIABLES))


def gru_step_gates(x: Array, h: Array, weights: GRUWeights) -> dict[str, Array]:
    """Return r and u after the sigmoid, ci, ch, the candidate c after tanh, and the new h, each (B, H)."""
    z = np.concatenate([x, h], axis=1) @ weights.gates_kernel + weights.gates_bias
    r, u = column_blocks(sigmoid(z), len(GATES))
    ci = x @ weights.candidate_input_projection_kernel + weights.candidate_input_projection_bias
    ch = h @ weights.candidate_hidden_projection_kernel + weights.candidate_hidden_projection_bias
    c = tanh(ci + r * ch)
    return {"r": r, "u": u, "ci": ci, "ch": ch, "c": c, "h": u * h + (1 - u) * c}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class CudnnCompatibleGRUCell(WeightedCell):
    """`tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    kernel_initializer: None = None  # TensorFlow's place for one; weights are given here: any other value is refused
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "cudnn_compatible_gru_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: GRUWeights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(gru_weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("CudnnCompatibleGRUCell.num_units", self.num_units)
        check_no_initializer("CudnnCompatibleGRUCell.kernel_initializer", self.kernel_initializer)
        settle(self)

    @property
    def state_size(self) -> int:
        """H."""
        return self.num_units

    @property
    def output_size(self) -> int:
        """H."""
        return self.num_units

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        units = self.num_units
        shapes = ((depth + units, 2 * units), (2 * units,), (depth, units), (units, units), (units,), (units,))
        return dict(zip(VARIABLES, shapes, strict=True))

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return r, u, ci, ch, c and the new h, each (B, H), for inputs (B, D) and state (B, H)."""
        weights = given_weights("CudnnCompatibleGRUCell", self.weights)
        h = cast("Array", state)
        check_step("CudnnCompatibleGRUCell", inputs, (h,), (self.num_units,), weights.gates_kernel)
        return gru_step_gates(inputs, h, weights)

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], gates["h"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class CudnnCompatibleLSTMCell(lstm_block.KernelCell):
    """`tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "cudnn_compatible_lstm_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: lstm_block.Weights | None = field(default=None, kw_only=True, repr=False)

    use_peephole = False

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("CudnnCompatibleLSTMCell.num_units", self.num_units)
        settle(self)

    def step_gates(self, x: Array, state: LSTMStateTuple, weights: lstm_block.Weights) -> dict[str, Array]:
        """Return the kernel's outputs for a step whose arrays fit."""
        return lstm_block.step_gates(x, state, weights, forget_bias=0.0)
