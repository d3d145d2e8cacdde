"""`tf.contrib.rnn.NASCell`. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0)."""

from __future__ import annotations

from rnn_parity.spec.base import LSTMStateTuple, Role, Shape, SingleCellSpec, Size, require_size

ROLES: dict[str, Role] = {
    "recurrent_kernel": "recurrent kernel",
    "kernel": "input kernel",
    "bias": "bias",
    "projection_weights": "projection",
}


class NASCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.NASCell`: eight heads of inputs and state, the state LSTMStateTuple(c, h).

    `num_proj=0` is refused: TensorFlow then builds a state without columns.
    """

    num_proj: int | None = None
    use_bias: bool = False

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        if self.num_proj is not None:
            require_size(self, "num_proj")

    @property
    def state_size(self) -> Size:
        """LSTMStateTuple(H, P)."""
        return LSTMStateTuple(self.num_units, self.output_size)

    @property
    def output_size(self) -> int:
        """P, or H without a projection."""
        return self.num_proj or self.num_units

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of both kernels and of bias: TensorFlow's heads."""
        return tuple(f"layer1_{head}" for head in range(8))

    @property
    def trace_names(self) -> tuple[str, ...]:
        """The heads after their activations, the new c and h."""
        return (*self.gate_order, "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        columns = len(self.gate_order) * self.num_units
        shapes: dict[str, Shape] = {"recurrent_kernel": (self.output_size, columns), "kernel": (depth, columns)}
        if self.use_bias:
            shapes["bias"] = (columns,)
        if self.num_proj is not None:
            shapes["projection_weights"] = (self.num_units, self.num_proj)
        return shapes

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        return ROLES[name]
