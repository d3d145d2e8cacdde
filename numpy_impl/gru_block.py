"""One step of `tf.contrib.rnn.GRUBlockCellV2`, which is GRUCell with tanh in one kernel.

    [r u] = sigmoid([x h] gates_kernel + gates_bias)
    c = tanh([x r*h] candidate_kernel + candidate_bias)
    h' = (1 - u) * c + u * h

The output is h'. The reset gate acts before the matrix product, and u keeps the old state.

Source: tensorflow/contrib/rnn/python/ops/gru_ops.py (v1.15.0), GRUBlockCell and GRUBlockCellV2;
tensorflow/core/kernels/rnn/gru_ops.h, GRUBlockCellFprop.
Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from numpy_impl.cell import check_size, check_step, given_weights
from numpy_impl.gru import Weights, step_gates, weights_from
from numpy_impl.interface import WeightedCell, settle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.arrays import Array
    from numpy_impl.state import State
    from numpy_impl.variables import Shape


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class GRUBlockCellV2(WeightedCell):
    """`tf.contrib.rnn.GRUBlockCellV2`; ValueError where weights, inputs or state do not fit.

    `cell_size` is TensorFlow's old name of `num_units`: exactly one of them is given.
    """

    num_units: int | None = None  # H
    cell_size: int | None = None  # the same
    name: str = field(default="gru_cell", kw_only=True)  # of the scope
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        if (self.num_units is None) == (self.cell_size is None):
            raise ValueError(
                "GRUBlockCellV2: Exactly one of num_units or cell_size must be provided: "
                f"got {self.num_units} and {self.cell_size}. Leave cell_size out; it is the old name."
            )
        check_size("GRUBlockCellV2.num_units", self.output_size)
        settle(self)

    @property
    def state_size(self) -> int:
        """H."""
        return self.output_size

    @property
    def output_size(self) -> int:
        """H."""
        return cast("int", self.cell_size if self.num_units is None else self.num_units)

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation."""
        units, rows = self.output_size, depth + self.output_size
        return {
            "gates/kernel": (rows, 2 * units),
            "gates/bias": (2 * units,),
            "candidate/kernel": (rows, units),
            "candidate/bias": (units,),
        }

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return r, u, c and the new h, each (B, H), for inputs (B, D) and state (B, H)."""
        weights = given_weights("GRUBlockCellV2", self.weights)
        h = cast("Array", state)
        check_step("GRUBlockCellV2", inputs, (h,), (self.output_size,), weights.gates_kernel)
        return step_gates(inputs, h, weights)

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], gates["h"]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, H) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
