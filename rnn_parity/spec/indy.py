"""Cells of `tf.contrib.rnn` whose units see no state but their own: each recurrence is one factor a unit.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0).
"""

from __future__ import annotations

from rnn_parity.spec.base import (
    Activation,
    LSTMStateTuple,
    Role,
    Shape,
    SingleCellSpec,
    Size,
    as_float,
    require_activation,
    require_size,
)
from rnn_parity.spec.core import GRU_GATES, LSTM_GATES


class IndySpec(SingleCellSpec, frozen=True):
    """Parent of the cells with kernels of inputs alone, beside diagonal recurrences (1, columns)."""

    activation: Activation | None = None

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        require_activation(self, self.activation)

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        if name.endswith("bias"):
            return "bias"
        return "diagonal" if name.endswith("kernel_u") else "input kernel"


class IndRNNCell(IndySpec, frozen=True, tag=True):
    """`tf.contrib.rnn.IndRNNCell`, the independently recurrent network; `activation=None` is tanh."""

    @property
    def trace_names(self) -> tuple[str, ...]:
        """Z = x kernel_w + h * kernel_u + bias, the new h."""
        return ("z", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        units = self.num_units
        return {"kernel_w": (depth, units), "kernel_u": (1, units), "bias": (units,)}


class IndyGRUCell(IndySpec, frozen=True, tag=True):
    """`tf.contrib.rnn.IndyGRUCell`; `activation` squashes the candidate, None is tanh."""

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of gates/kernel_w, gates/kernel_u and gates/bias."""
        return GRU_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """r, u after the sigmoid, the candidate c after its activation, the new h."""
        return (*GRU_GATES, "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth); the candidate's kernel alone has no suffix."""
        units, columns = self.num_units, len(GRU_GATES) * self.num_units
        return {
            "gates/kernel_w": (depth, columns),
            "gates/kernel_u": (1, columns),
            "gates/bias": (columns,),
            "candidate/kernel": (depth, units),
            "candidate/kernel_u": (1, units),
            "candidate/bias": (units,),
        }


class IndyLSTMCell(IndySpec, frozen=True, tag=True):
    """`tf.contrib.rnn.IndyLSTMCell`; `activation` squashes j and c, None is tanh."""

    forget_bias: float = 1.0

    def __post_init__(self) -> None:
        IndySpec.__post_init__(self)
        as_float(self, "forget_bias")

    @property
    def state_size(self) -> Size:
        """LSTMStateTuple(H, H)."""
        return LSTMStateTuple(self.num_units, self.num_units)

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of kernel_w, kernel_u and bias."""
        return LSTM_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """i, j, f, o before anything is added or squashed; the new c and h."""
        return (*LSTM_GATES, "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        columns = len(LSTM_GATES) * self.num_units
        return {"kernel_w": (depth, columns), "kernel_u": (1, columns), "bias": (columns,)}
