"""LSTMs of `tf.contrib.rnn` with layer normalisation. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0).

`norm_gain` and `norm_shift` are no options here: they are what gamma and beta are before training. LayerNormLSTMCell
takes the dtype of gamma and beta from the variable scope, so that its float16 and float64 need a scope of that dtype.
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
    require,
    require_activation,
    require_clip,
    require_size,
)
from rnn_parity.spec.core import LSTM_GATES

NORM_SCOPES = {"i": "input", "j": "transform", "f": "forget", "o": "output", "c": "state"}  # below the cell's scope


class LayerNormBasicLSTMCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.LayerNormBasicLSTMCell`; `activation` squashes j and c, None is tanh.

    With `layer_norm` there is no bias, and the normalised c is carried. A `dropout_keep_prob` below 1 drops entries of
    the squashed candidate, and nothing else. TensorFlow's `dropout_prob_seed` follows from the case.
    """

    forget_bias: float = 1.0
    activation: Activation | None = None
    layer_norm: bool = True
    dropout_keep_prob: float = 1.0

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        as_float(self, "forget_bias", "dropout_keep_prob")
        require_activation(self, self.activation)
        require(self, "dropout_keep_prob", 0 < self.dropout_keep_prob <= 1, "more than 0 and at most 1")

    @property
    def state_size(self) -> Size:
        """LSTMStateTuple(H, H)."""
        return LSTMStateTuple(self.num_units, self.num_units)

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of the kernel, and of the bias where there is one."""
        return LSTM_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """i, j, f, o as split from [x h] kernel (+ bias), before norms or anything else; the new c and h."""
        return (*LSTM_GATES, "c", "h")

    @property
    def dropout(self) -> dict[str, tuple[int, float]]:
        """Of the candidate, where the keep_prob is below 1."""
        return {"candidate": (self.num_units, self.dropout_keep_prob)} if self.dropout_keep_prob < 1 else {}

    @property
    def own_constants(self) -> tuple[str, ...]:
        """float16, in which the norms have an epsilon of their own."""
        return norm_constants(there=self.layer_norm)

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        columns = len(LSTM_GATES) * self.num_units
        kernel: dict[str, Shape] = {"kernel": (depth + self.num_units, columns)}
        if not self.layer_norm:
            return kernel | {"bias": (columns,)}
        return kernel | norm_variables((*LSTM_GATES, "c"), self.num_units)

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        return norm_role(name) or SingleCellSpec.role(self, name)


class LayerNormLSTMCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.LayerNormLSTMCell`; its state is always a tuple.

    The variable `bias` exists in any case; it is added only without `layer_norm`. c is normalised, then clipped.
    `num_proj=0` is refused: TensorFlow then projects h to no columns, which do not fit the state.
    """

    use_peepholes: bool = False
    cell_clip: float | None = None
    num_proj: int | None = None
    proj_clip: float | None = None
    forget_bias: float = 1.0
    activation: Activation | None = None
    layer_norm: bool = False

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        if self.num_proj is not None:
            require_size(self, "num_proj")
        require_clip(self, "cell_clip", "proj_clip")
        as_float(self, "forget_bias")
        require_activation(self, self.activation)

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
        """The column blocks of kernel and bias."""
        return LSTM_GATES

    @property
    def trace_names(self) -> tuple[str, ...]:
        """i, j, f, o as split from [x h] kernel (+ bias), before norms or anything else; the new c and h."""
        return (*LSTM_GATES, "c", "h")

    @property
    def own_constants(self) -> tuple[str, ...]:
        """float16, in which the norms have an epsilon of their own."""
        return norm_constants(there=self.layer_norm)

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs (B, depth)."""
        units, columns = self.num_units, len(LSTM_GATES) * self.num_units
        shapes: dict[str, Shape] = {"kernel": (depth + self.output_size, columns), "bias": (columns,)}
        if self.layer_norm:
            shapes |= norm_variables(LSTM_GATES, units)
        if self.use_peepholes:
            shapes |= dict.fromkeys(("w_f_diag", "w_i_diag", "w_o_diag"), (units,))
        if self.layer_norm:
            shapes |= norm_variables(("c",), units)
        if self.num_proj is not None:
            shapes["projection/kernel"] = (units, self.num_proj)
        return shapes

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        return norm_role(name) or SingleCellSpec.role(self, name)


def norm_variables(letters: tuple[str, ...], units: int) -> dict[str, Shape]:
    """Return name -> shape of the variables that normalise what has these letters, in TensorFlow's order."""
    return {f"{NORM_SCOPES[letter]}/{name}": (units,) for letter in letters for name in ("gamma", "beta")}


def norm_constants(*, there: bool) -> tuple[str, ...]:
    """Return the dtypes in which norms, if they are there, add another epsilon than in float64."""
    return ("float16",) if there else ()


def norm_role(name: str) -> Role | None:
    """Return how a variable of a normalisation is drawn; None for any other variable."""
    roles: dict[str, Role] = {"gamma": "gain", "beta": "bias"}
    return roles.get(name.rpartition("/")[2])
