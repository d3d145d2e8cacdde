"""The LSTM of `tf.contrib.rnn` whose input gate is what its forget gate leaves.

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
    require_clip,
    require_size,
)
from rnn_parity.spec.layer_norm import norm_constants, norm_role, norm_variables

COUPLED_GATES = ("j", "f", "o")  # candidate, forget, output: column blocks of W_0 and B
_ROLES: dict[str, Role] = {"B": "bias", "W_F_diag": "diagonal", "W_O_diag": "diagonal", "W_P_0": "projection"}


class CoupledInputForgetGateLSTMCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.CoupledInputForgetGateLSTMCell`; `activation` squashes j and c, None is tanh.

    The variable `B` exists in any case; it is added only without `layer_norm`. The kernel is `W_0`, the projection
    `W_P_0`: number 0 of the one part that each is kept in unless TensorFlow is asked for more. Normalised in float16 or
    float64, the cell needs a variable scope of that dtype. `num_proj=0` is refused, as in LSTMCell.
    """

    use_peepholes: bool = False
    num_proj: int | None = None
    proj_clip: float | None = None
    forget_bias: float = 1.0
    state_is_tuple: bool = True
    activation: Activation | None = None
    layer_norm: bool = False

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        if self.num_proj is not None:
            require_size(self, "num_proj")
        require_clip(self, "proj_clip")
        as_float(self, "forget_bias")
        require_activation(self, self.activation)

    @property
    def state_size(self) -> Size:
        """LSTMStateTuple(H, P), or H + P."""
        size = LSTMStateTuple(self.num_units, self.output_size)
        return size if self.state_is_tuple else sum(size)

    @property
    def output_size(self) -> int:
        """P, or H without a projection."""
        return self.num_proj or self.num_units

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of W_0 and B."""
        return COUPLED_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """j, f, o as split from [x h] W_0 (+ B), before norms or anything else; the new c and h."""
        return (*COUPLED_GATES, "c", "h")

    @property
    def own_constants(self) -> tuple[str, ...]:
        """float16, in which the norms have an epsilon of their own."""
        return norm_constants(there=self.layer_norm)

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        units, columns = self.num_units, len(COUPLED_GATES) * self.num_units
        shapes: dict[str, Shape] = {"W_0": (depth + self.output_size, columns), "B": (columns,)}
        if self.layer_norm:
            shapes |= norm_variables(COUPLED_GATES, units)
        if self.use_peepholes:
            shapes |= dict.fromkeys(("W_F_diag", "W_O_diag"), (units,))
        if self.layer_norm:
            shapes |= norm_variables(("c",), units)
        if self.num_proj is not None:
            shapes["W_P_0"] = (units, self.num_proj)
        return shapes

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        return norm_role(name) or _ROLES.get(name, "kernel")
