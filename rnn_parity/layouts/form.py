"""What a cell computes, whatever TensorFlow calls its class: the question that every other framework is asked.

    rnn    h' = activation(z)
    gru    h' = u * h + (1 - u) * activation(c)                  the reset r before or after h's matrix product in c
    lstm   c' = sigmoid(f + forget_bias) * c + sigmoid(i) * activation(j),  h' = sigmoid(o) * activation(c')

with z, r, u, c, i, j, f, o each x W + h R + bias of its own. Cells that compute anything else have no form.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BlockLSTMSpec,
    BlockLSTMV2,
    CoupledInputForgetGateLSTMCell,
    CudnnCompatibleGRUCell,
    GLSTMCell,
    GRUBlockCellV2,
    GRUCell,
    IndRNNCell,
    IndyGRUCell,
    IndyLSTMCell,
    LSTMCell,
    SingleCellSpec,
)

Kind: TypeAlias = Literal["rnn", "gru", "lstm"]
Reset: TypeAlias = Literal["before", "after", "either"]
GATES: dict[Kind, tuple[str, ...]] = {"rnn": ("z",), "gru": ("r", "u", "c"), "lstm": ("i", "j", "f", "o")}
COUPLED_GATES = ("j", "f", "o")  # of an LSTM whose input gate is 1 - f


class Form(NamedTuple):
    """What a cell computes; options that a kind does not have are at their defaults."""

    kind: Kind
    num_units: int
    activation: str = "tanh"  # TensorFlow's name
    num_proj: int | None = None
    forget_bias: float = 0.0
    use_peepholes: bool = False
    cell_clip: float | None = None
    proj_clip: float | None = None
    reset: Reset = "before"  # of a GRU; "either" where each unit sees no state but its own, so that both are one
    coupled: bool = False  # an LSTM with 1 - f in place of i

    @property
    def gates(self) -> tuple[str, ...]:
        """The letters of its gates, in TensorFlow's order."""
        return COUPLED_GATES if self.coupled else GATES[self.kind]

    @property
    def output_size(self) -> int:
        """P, or H without a projection."""
        return self.num_proj or self.num_units

    @property
    def state_names(self) -> tuple[str, ...]:
        """The arrays of its state, in TensorFlow's order."""
        return ("c", "h") if self.kind == "lstm" else ("h",)


def form_of(cell: SingleCellSpec) -> Form | None:
    """Return what the cell computes, or None where that is none of the three."""
    units, activation = cell.num_units, getattr(cell, "activation", None) or "tanh"
    match cell:
        case BasicRNNCell() | IndRNNCell():
            return Form("rnn", units, activation)
        case GRUCell() | GRUBlockCellV2():
            return Form("gru", units, activation)
        case CudnnCompatibleGRUCell():
            return Form("gru", units, reset="after")
        case IndyGRUCell():
            return Form("gru", units, activation, reset="either")
        case _:
            return _lstm(cell, units, activation)


def _lstm(cell: SingleCellSpec, units: int, activation: str) -> Form | None:
    match cell:
        case BasicLSTMCell() | IndyLSTMCell():
            return Form("lstm", units, activation, forget_bias=cell.forget_bias)
        case LSTMCell():
            return Form(
                "lstm", units, activation, cell.num_proj, cell.forget_bias, cell.use_peepholes, cell.cell_clip,
                cell.proj_clip if cell.num_proj is not None else None,
            )  # fmt: skip
        case BlockLSTMSpec():
            clip = getattr(cell, "cell_clip", None) or 0.0
            forget_bias = 0.0 if isinstance(cell, BlockLSTMV2) else getattr(cell, "forget_bias", 0.0)
            clips = clip if clip > 0 else None
            return Form("lstm", units, forget_bias=forget_bias, use_peepholes=cell.has_peepholes, cell_clip=clips)
        case GLSTMCell() if activation == "tanh":  # its j is squashed by tanh whatever its activation is
            return Form("lstm", units, activation, cell.num_proj, cell.forget_bias)
        case CoupledInputForgetGateLSTMCell() if not cell.layer_norm:
            return Form(
                "lstm", units, activation, cell.num_proj, cell.forget_bias, cell.use_peepholes,
                proj_clip=cell.proj_clip if cell.num_proj is not None else None, coupled=True,
            )  # fmt: skip
        case _:
            return None
