"""Cells of `tf.contrib.rnn` with few products. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0)."""

from __future__ import annotations

from typing import Any

from rnn_parity.spec.base import Activation, Role, Shape, SingleCellSpec, require_activation, require_size


class SRUCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.SRUCell`, the simple recurrent unit; `activation` squashes the new c, None is tanh.

    The output h is not the state, which is c.
    """

    activation: Activation | None = None

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        require_activation(self, self.activation)

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of kernel; bias has those of f and r alone."""
        return ("x_bar", "f", "r", "x_tx")

    @property
    def trace_names(self) -> tuple[str, ...]:
        """The blocks, f and r after the sigmoid; the new state c, the output h."""
        return (*self.gate_order, "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        return {"kernel": (depth, 4 * self.num_units), "bias": (2 * self.num_units,)}


class UnitsSpec(SingleCellSpec, frozen=True):
    """Parent of the cells whose constructor calls `num_units` `units`, and takes its activation by name.

    TensorFlow takes an activation None for "linear", its other cells for tanh; here it has to be said.
    """

    activation: Activation = "tanh"

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        require_activation(self, self.activation, none=False)

    def arguments(self) -> dict[str, Any]:
        """Return the options under the names that TensorFlow's constructor gives them."""
        options = SingleCellSpec.arguments(self)
        return {"units": options.pop("num_units"), **options}


class MinimalRNNCell(UnitsSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.MinimalRNNCell`: one gate between the state and what becomes of the inputs alone."""

    @property
    def trace_names(self) -> tuple[str, ...]:
        """The inputs' candidate after its activation, u after the sigmoid, the new h."""
        return ("feedforward", "u", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        return {"kernel": (depth + 2 * self.num_units, self.num_units), "bias": (self.num_units,)}


class CFNCell(UnitsSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.CFNCell`, the chaos free network; `activation` squashes state and inputs."""

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of kernel; recurrent_kernel and bias have those of the gates theta and eta alone."""
        return ("theta", "eta", "proj_input")

    @property
    def trace_names(self) -> tuple[str, ...]:
        """The gates after the sigmoid, the inputs' product before the activation, the new h."""
        return (*self.gate_order, "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        units = self.num_units
        return {"kernel": (depth, 3 * units), "recurrent_kernel": (units, 2 * units), "bias": (2 * units,)}

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        roles: dict[str, Role] = {"kernel": "input kernel", "recurrent_kernel": "recurrent kernel", "bias": "bias"}
        return roles[name]
