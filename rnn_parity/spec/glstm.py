"""The LSTM in groups of `tf.contrib.rnn`. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0)."""

from __future__ import annotations

from rnn_parity.spec.base import (
    Activation,
    LSTMStateTuple,
    Role,
    Shape,
    SingleCellSpec,
    Size,
    as_float,
    require,
    require_activation,
    require_size,
)
from rnn_parity.spec.core import LSTM_GATES


class GLSTMCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.GLSTMCell`: an LSTM for each of `number_of_groups` equal parts of input and state.

    Biases and the projection are over all groups. `activation` squashes the new c, None is tanh; j is squashed with
    tanh whatever it says. `num_proj=0` is refused: TensorFlow then projects to nothing.
    """

    num_proj: int | None = None
    number_of_groups: int = 1
    forget_bias: float = 1.0
    activation: Activation | None = None

    def __post_init__(self) -> None:
        require_size(self, "num_units", "number_of_groups")
        self._require_groups("num_units")
        if self.num_proj is not None:
            require_size(self, "num_proj")
            self._require_groups("num_proj")
        as_float(self, "forget_bias")
        require_activation(self, self.activation)

    def _require_groups(self, option: str) -> None:
        fits = getattr(self, option) % self.number_of_groups == 0
        require(self, option, fits, f"divisible by number_of_groups, {self.number_of_groups}")

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
        """The column blocks of each group's kernel."""
        return LSTM_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """i, j, f, o of all groups, with their biases, before anything is squashed; the new c and h."""
        return (*LSTM_GATES, "c", "h")

    def require_depth(self, depth: int) -> None:
        """Return if the inputs fall into groups, UnsupportedOptionError otherwise."""
        fits = depth % self.number_of_groups == 0
        require(self, "number_of_groups", fits, f"a divisor of {depth}, the width of the inputs")

    def kernel_depth(self, depth: int) -> int:
        """Return the rows of inputs in a group's kernel."""
        return depth // self.number_of_groups

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        groups, columns = self.number_of_groups, len(LSTM_GATES) * self.num_units
        rows = (depth + self.output_size) // groups
        shapes: dict[str, Shape] = {f"group{k}/kernel": (rows, columns // groups) for k in range(groups)}
        shapes |= {f"bias_{gate}": (self.num_units,) for gate in LSTM_GATES}
        if self.num_proj is not None:
            shapes["projection/kernel"] = (self.num_units, self.num_proj)
        return shapes

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        return "bias" if name.startswith("bias_") else SingleCellSpec.role(self, name)
