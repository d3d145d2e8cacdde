"""`tf.contrib.rnn.IntersectionRNNCell`. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0)."""

from __future__ import annotations

from rnn_parity.spec.base import (
    Activation,
    Shape,
    SingleCellSpec,
    as_float,
    require,
    require_activation,
    require_size,
)


class IntersectionRNNCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.IntersectionRNNCell`, the +RNN: one gate over time, and one from input to output.

    Inputs of another width than `num_units` are projected to it, which `num_in_proj` must allow. TensorFlow reads
    `num_in_proj` as yes or no, and projects to `num_units` whatever it says, so any other number is refused.
    """

    num_in_proj: int | None = None
    forget_bias: float = 1.0
    y_activation: Activation = "relu"

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        allowed = self.num_in_proj is None or self.num_in_proj == self.num_units
        require(self, "num_in_proj", allowed, f"None or {self.num_units}, the number of units")
        as_float(self, "forget_bias")
        require_activation(self, self.y_activation, option="y_activation", none=False)

    def require_depth(self, depth: int) -> None:
        """Return if the inputs are as wide as the output or may be projected, UnsupportedOptionError otherwise."""
        fits = depth == self.num_units or self.num_in_proj is not None
        require(self, "num_in_proj", fits, f"{self.num_units}, the number of units, for inputs of width {depth}")

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of kernel and bias: gate and candidate of the state, gate and candidate of the output."""
        return ("gh", "h", "gy", "y")

    @property
    def trace_names(self) -> tuple[str, ...]:
        """The blocks as split, before anything is added or squashed; the new state and the output."""
        return (*self.gate_order, "new_state", "new_y")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        units, columns = self.num_units, len(self.gate_order) * self.num_units
        projection = {"in_projection/kernel": (depth, units), "in_projection/bias": (units,)}
        own = {"kernel": (2 * units, columns), "bias": (columns,)}
        return own if depth == units else projection | own
