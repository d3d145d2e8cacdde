"""Gated cells of `tf.contrib.rnn` beside the LSTMs. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0)."""

from __future__ import annotations

from rnn_parity.spec.base import Activation, Shape, SingleCellSpec, as_float, require_activation, require_size


class UGRNNCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.UGRNNCell`, the update gate RNN; `activation` squashes the candidate, None is tanh."""

    forget_bias: float = 1.0
    activation: Activation | None = None

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        as_float(self, "forget_bias")
        require_activation(self, self.activation)

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of kernel and bias: gate, candidate."""
        return ("g", "c")

    @property
    def trace_names(self) -> tuple[str, ...]:
        """G and c as split from [x h] kernel + bias, before anything is added or squashed; the new h."""
        return ("g", "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        columns = len(self.gate_order) * self.num_units
        return {"kernel": (depth + self.num_units, columns), "bias": (columns,)}
