"""One step of `tf.contrib.rnn.NASCell`, found by neural architecture search.

    I = x kernel, M = h recurrent_kernel + bias, in eight blocks each; without `use_bias` there is no bias
    layer1_k = squash_k(I_k + M_k), but layer1_3 = relu(I_3 * M_3)
               squash: sigmoid, relu, sigmoid, relu, tanh, sigmoid, tanh, sigmoid
    a = tanh(layer1_0 * layer1_1)     b = tanh(layer1_2 + layer1_3)
    d = tanh(layer1_4 * layer1_5)     e = sigmoid(layer1_6 + layer1_7)
    c' = tanh(a + c) * b
    h' = tanh(c' * tanh(d + e)) projection_weights         the projection where there is `num_proj`

The output is h', the state LSTMStateTuple(c', h').

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), NASCell.call.
Axes: B batch, D input depth, H units, P projection (H where there is none).
"""

# mypy: disable-error-code="no-any-return"
# NumPy 2 types the result of a ufunc as Any.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy_impl.activations import relu, sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
from numpy_impl.cell import check_arguments, check_size, given_weights, input_depth, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import LSTMStateTuple, State, split_lstm_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

SQUASHES = (sigmoid, relu, sigmoid, relu, tanh, sigmoid, tanh, sigmoid)  # of the heads
PRODUCT = 3  # the head whose two halves are multiplied; those of the others are added
GATES = tuple(f"layer1_{head}" for head in range(len(SQUASHES)))  # both kernels' column blocks, left to right
VARIABLES = ("recurrent_kernel", "kernel")  # in TensorFlow's order of creation, then
OPTIONAL_VARIABLES = ("bias", "projection_weights")


class Weights(NamedTuple):
    """The variables of one cell; None where its options leave one out."""

    recurrent_kernel: Array  # (P, 8 H)
    kernel: Array  # (D, 8 H)
    bias: Array | None = None  # (8 H,), of the recurrent half alone
    projection_weights: Array | None = None  # (H, P)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as above; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES, optional=OPTIONAL_VARIABLES))


def halves(x: Array, h: Array, weights: Weights) -> tuple[Array, Array]:
    """Return what the inputs and the state give to the heads, (8, B, H) each."""
    recurrent = h @ weights.recurrent_kernel
    if weights.bias is not None:
        recurrent = recurrent + weights.bias
    return column_blocks(x @ weights.kernel, len(GATES)), column_blocks(recurrent, len(GATES))


def heads(inputs: Array, recurrent: Array) -> list[Array]:
    """Return the heads after their activations, (B, H) each."""
    joined = [inputs[k] * recurrent[k] if k == PRODUCT else inputs[k] + recurrent[k] for k in range(len(GATES))]
    return [squash(head) for squash, head in zip(SQUASHES, joined, strict=True)]


def cell_state(layer1: list[Array], c: Array) -> Array:
    """Return the new c (B, H)."""
    return tanh(tanh(layer1[0] * layer1[1]) + c) * tanh(layer1[2] + layer1[3])


def hidden_state(layer1: list[Array], c: Array) -> Array:
    """Return the new h (B, H) of the new c, before any projection."""
    return tanh(c * tanh(tanh(layer1[4] * layer1[5]) + sigmoid(layer1[6] + layer1[7])))


def step_gates(x: Array, state: LSTMStateTuple, weights: Weights) -> dict[str, Array]:
    """Return the heads (B, H) after their activations, and the new c (B, H) and h (B, P)."""
    layer1 = heads(*halves(x, state.h, weights))
    c = cell_state(layer1, state.c)
    h = hidden_state(layer1, c)
    if weights.projection_weights is not None:
        h = h @ weights.projection_weights
    return dict(zip(GATES, layer1, strict=True)) | {"c": c, "h": h}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class NASCell(WeightedCell):
    """`tf.contrib.rnn.NASCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    num_proj: int | None = None  # P; 0, of which TensorFlow makes a state without columns, is refused
    use_bias: bool = False
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "nas_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("NASCell.num_units", self.num_units)
        check_size("NASCell.num_proj", 1 if self.num_proj is None else self.num_proj)
        settle(self)

    @property
    def state_size(self) -> LSTMStateTuple:
        """LSTMStateTuple(H, P)."""
        return LSTMStateTuple(self.num_units, self.output_size)

    @property
    def output_size(self) -> int:
        """P."""
        return self.num_units if self.num_proj is None else self.num_proj

    def depth_of(self, weights: Weights) -> int:
        """Return D: the rows of `kernel`."""
        return input_depth("NASCell", weights.kernel, 0)

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        columns = len(GATES) * self.num_units
        shapes: dict[str, Shape] = {"recurrent_kernel": (self.output_size, columns), "kernel": (depth, columns)}
        if self.use_bias:
            shapes["bias"] = (columns,)
        if self.num_proj is not None:
            shapes["projection_weights"] = (self.num_units, self.num_proj)
        return shapes

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return the heads and the new c, each (B, H), and h (B, P), for inputs (B, D) and state (c, h)."""
        weights = given_weights("NASCell", self.weights)
        parts = split_lstm_state("NASCell", state, self.num_units, state_is_tuple=True)
        widths = (len(weights.kernel), self.num_units, self.output_size)
        check_arguments("NASCell", inputs, parts, widths, weights.kernel.dtype)
        return step_gates(inputs, parts, weights)

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], LSTMStateTuple(gates["c"], gates["h"])

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, P) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
