"""The cells of `tf.compat.v1.nn.rnn_cell`. Source: tf_keras/src/layers/rnn/legacy_cells.py."""

from __future__ import annotations

from rnn_parity.spec.base import (
    Activation,
    LSTMStateTuple,
    Shape,
    SingleCellSpec,
    Size,
    as_float,
    require_activation,
    require_clip,
    require_size,
)

LSTM_GATES = ("i", "j", "f", "o")  # input, candidate, forget, output: column blocks of kernel and bias
GRU_GATES = ("r", "u")  # reset, update: column blocks of gates/kernel and gates/bias


class BasicRNNCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.BasicRNNCell`; `activation=None` is tanh."""

    activation: Activation | None = None

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        require_activation(self, self.activation)

    @property
    def trace_names(self) -> tuple[str, ...]:
        """Z = [x h] kernel + bias, the new h."""
        return ("z", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        return {"kernel": (depth + self.num_units, self.num_units), "bias": (self.num_units,)}


class GRUCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.GRUCell`; `activation` squashes the candidate, None is tanh."""

    activation: Activation | None = None

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        require_activation(self, self.activation)

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of gates/kernel and gates/bias."""
        return GRU_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """r, u after the sigmoid, the candidate c after its activation, the new h."""
        return (*GRU_GATES, "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        units = self.num_units
        return {
            "gates/kernel": (depth + units, 2 * units),
            "gates/bias": (2 * units,),
            "candidate/kernel": (depth + units, units),
            "candidate/bias": (units,),
        }


class BasicLSTMCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.BasicLSTMCell`."""

    forget_bias: float = 1.0
    state_is_tuple: bool = True
    activation: Activation | None = None

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        as_float(self, "forget_bias")
        require_activation(self, self.activation)

    @property
    def state_size(self) -> Size:
        """LSTMStateTuple(H, H), or 2 H."""
        return LSTMStateTuple(self.num_units, self.num_units) if self.state_is_tuple else 2 * self.num_units

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of kernel and bias."""
        return LSTM_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """i, j, f, o as split from [x h] kernel + bias, before anything is added or squashed; the new c and h."""
        return (*LSTM_GATES, "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        columns = len(LSTM_GATES) * self.num_units
        return {"kernel": (depth + self.num_units, columns), "bias": (columns,)}


class LSTMCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.rnn_cell.LSTMCell`.

    `cell_clip` clips the carried c to [-cell_clip, cell_clip], 0.0 included; `proj_clip` clips the projected h and
    does nothing without `num_proj`. `num_proj=0` is refused: TensorFlow then builds a kernel without recurrent rows.
    `num_unit_shards` and `num_proj_shards` are parts that TensorFlow keeps `kernel` and `projection/kernel` in.
    """

    use_peepholes: bool = False
    cell_clip: float | None = None
    num_proj: int | None = None
    proj_clip: float | None = None
    num_unit_shards: int | None = None
    num_proj_shards: int | None = None
    forget_bias: float = 1.0
    state_is_tuple: bool = True
    activation: Activation | None = None

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        for option in ("num_proj", "num_unit_shards", "num_proj_shards"):
            if getattr(self, option) is not None:
                require_size(self, option)
        require_clip(self, "cell_clip", "proj_clip")
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
        """The column blocks of kernel and bias."""
        return LSTM_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """i, j, f, o as split from [x h] kernel + bias, before anything is added or squashed; the new c and h."""
        return (*LSTM_GATES, "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        units, columns = self.num_units, len(LSTM_GATES) * self.num_units
        shapes: dict[str, Shape] = {"kernel": (depth + self.output_size, columns), "bias": (columns,)}
        if self.use_peepholes:
            shapes |= dict.fromkeys(("w_f_diag", "w_i_diag", "w_o_diag"), (units,))
        if self.num_proj is not None:
            shapes["projection/kernel"] = (units, self.num_proj)
        return shapes

    @property
    def shards(self) -> dict[str, int]:
        """The variables in parts -> the most parts."""
        given = {"kernel": self.num_unit_shards, "projection/kernel": self.num_proj_shards}
        return {name: parts for name, parts in given.items() if parts is not None}
