"""What a cell is by its numbers: a plain RNN, a GRU or an LSTM, each gate with dense kernels of its own.

    RNN   h' = activation(z)
    GRU   r, u = sigmoid(r), sigmoid(u);   c = activation(x Wc + (r * h) Rc + bc), reset before the product, or
          c = activation(x Wc + bc + r * (h Rc + rc)), reset after it;   h' = u * h + (1 - u) * c
    MGU   a GRU without a reset gate
    LSTM  c' = sigmoid(f) * c + sigmoid(i) * activation(j);   h' = sigmoid(o) * state_activation(c')
    where each letter is x W + h R + b (+ peephole * c) of its own gate

Many cells of TensorFlow's are one of these with kernels of a special form: groups are blocks on the diagonal, a factor
a unit is a diagonal, a coupled input gate is the forget gate's with all signs turned. `forget_bias` is added to the
bias of f, which rounds once, as TensorFlow's own addition does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from rnn_parity.spec import SingleCellSpec, class_name
from rnn_parity.structure import Array

Kind = Literal["RNN", "GRU", "MGU", "LSTM"]
Reset = Literal["before", "after", "either"]  # of the product with the recurrent kernel
Feature = Literal["formula", "num_proj", "cell_clip", "layer_norm", "dropout", "peepholes"]
Weights: TypeAlias = Mapping[str, Array]


class Gate(NamedTuple):
    """One gate: x W + h R + b, and what else some have."""

    kernel: Array  # W (D, H)
    recurrent: Array  # R (H, H)
    bias: Array  # b (H,), the forget bias in it
    recurrent_bias: Array | None = None  # (H,) inside the reset
    peephole: Array | None = None  # (H,)


class Plain(NamedTuple):
    """A cell with its weights, gate by gate under TensorFlow's letters: z; r, u, c; u, c; or i, j, f, o.

    `reset` is a GRU's; `coupled` says that an LSTM's f is 1 - i.
    """

    kind: Kind
    gates: dict[str, Gate]
    activation: str
    state_activation: str
    reset: Reset = "either"
    coupled: bool = False

    @property
    def num_units(self) -> int:
        """H."""
        return int(next(iter(self.gates.values())).bias.size)


def features(cell: SingleCellSpec) -> tuple[Feature, ...]:
    """Return what a cell has beyond a plain RNN, GRU or LSTM; "formula" alone where it is none of them."""
    if class_name(cell) not in _CELLS:
        return ("formula",)
    clip = getattr(cell, "cell_clip", None)
    zero_clips = class_name(cell) in ("LSTMCell", "LayerNormLSTMCell")  # the block kernels clip above 0 alone
    found: dict[Feature, bool] = {
        "layer_norm": bool(getattr(cell, "layer_norm", False)),
        "num_proj": getattr(cell, "num_proj", None) is not None,
        "cell_clip": clip is not None and (zero_clips or clip > 0),
        "dropout": bool(cell.dropout),
        "peepholes": bool(getattr(cell, "use_peepholes", False) or getattr(cell, "use_peephole", False)),
    }
    return tuple(feature for feature, there in found.items() if there)


def plain(cell: SingleCellSpec, weights: Weights) -> Plain:
    """Return the cell gate by gate; it must have none of `features` but peepholes."""
    return _CELLS[class_name(cell)](cell, weights)


def activation_of(cell: SingleCellSpec) -> str:
    """Return the name of a cell's activation: tanh for None, and where there is no choice."""
    return getattr(cell, "activation", None) or "tanh"


def _rnn(cell: SingleCellSpec, weights: Weights) -> Plain:
    kernel, recurrent = _rows(weights["kernel"], cell.num_units)
    return _one_gate(cell, Gate(kernel, recurrent, weights["bias"]))


def _ind_rnn(cell: SingleCellSpec, weights: Weights) -> Plain:
    return _one_gate(cell, Gate(weights["kernel_w"], np.diag(weights["kernel_u"][0]), weights["bias"]))


def _one_gate(cell: SingleCellSpec, gate: Gate) -> Plain:
    return Plain("RNN", {"z": gate}, activation_of(cell), "linear")


def _gru(cell: SingleCellSpec, weights: Weights) -> Plain:
    units = cell.num_units
    gates = _split("ru", *_rows(weights["gates/kernel"], units), weights["gates/bias"])
    gates["c"] = Gate(*_rows(weights["candidate/kernel"], units), weights["candidate/bias"])
    return Plain("GRU", gates, activation_of(cell), "linear", "before")


def _cudnn_gru(cell: SingleCellSpec, weights: Weights) -> Plain:
    gates = _split("ru", *_rows(weights["gates/kernel"], cell.num_units), weights["gates/bias"])
    read, fed_back = "candidate/input_projection", "candidate/hidden_projection"
    kernels = (weights[f"{read}/kernel"], weights[f"{fed_back}/kernel"])
    gates["c"] = Gate(*kernels, weights[f"{read}/bias"], weights[f"{fed_back}/bias"])
    return Plain("GRU", gates, "tanh", "linear", "after")


def _indy_gru(cell: SingleCellSpec, weights: Weights) -> Plain:
    """Return the GRU with diagonal recurrences, of which r * h may be multiplied before or after."""
    gates = _split("ru", weights["gates/kernel_w"], _diagonals(weights["gates/kernel_u"], 2), weights["gates/bias"])
    diagonal = np.diag(weights["candidate/kernel_u"][0])
    gates["c"] = Gate(weights["candidate/kernel"], diagonal, weights["candidate/bias"])
    return Plain("GRU", gates, activation_of(cell), "linear", "either")


def _ugrnn(cell: SingleCellSpec, weights: Weights) -> Plain:
    """Return the GRU without a reset gate whose u is the cell's g."""
    gates = _split("uc", *_rows(weights["kernel"], cell.num_units), weights["bias"])
    gates["u"] = _with_forget_bias(cell, gates["u"])
    return Plain("MGU", gates, activation_of(cell), "linear")


def _lstm(cell: SingleCellSpec, weights: Weights) -> Plain:
    kernels = _rows(weights["kernel"], cell.num_units)
    letters = "ifjo" if cell.gate_order[1] == "f" else "ijfo"
    return _lstm_of(cell, _split(letters, *kernels, weights["bias"]), weights)


def _indy_lstm(cell: SingleCellSpec, weights: Weights) -> Plain:
    diagonals = _diagonals(weights["kernel_u"], 4)
    return _lstm_of(cell, _split("ijfo", weights["kernel_w"], diagonals, weights["bias"]), weights)


def _glstm(cell: Any, weights: Weights) -> Plain:  # noqa: ANN401  a GLSTMCell
    """Return the LSTM whose kernels have the groups' on their diagonals."""
    size = cell.num_units // cell.number_of_groups
    parts = [_rows(weights[f"group{k}/kernel"], size) for k in range(cell.number_of_groups)]
    gates = {}
    for number, letter in enumerate("ijfo"):
        blocks = [[half[:, number * size : (number + 1) * size] for half in part] for part in parts]
        kernel, recurrent = (_block_diagonal(list(column)) for column in zip(*blocks, strict=True))
        gates[letter] = Gate(kernel, recurrent, weights[f"bias_{letter}"])
    return _lstm_of(cell, gates, weights)._replace(activation="tanh")  # of j, whatever the cell's activation


def _lstm_of(cell: SingleCellSpec, gates: dict[str, Gate], weights: Weights) -> Plain:
    gates["f"] = _with_forget_bias(cell, gates["f"])
    for letter in "ifo":
        if f"w_{letter}_diag" in weights:
            gates[letter] = gates[letter]._replace(peephole=weights[f"w_{letter}_diag"])
    return Plain("LSTM", gates, activation_of(cell), activation_of(cell))


def _coupled(cell: SingleCellSpec, weights: Weights) -> Plain:
    """Return the LSTM whose i is 1 - f: i with the signs of f turned, and f = 1 - i."""
    gates = _split("jfo", *_rows(weights["W_0"], cell.num_units), weights["B"])
    gates["f"] = _with_forget_bias(cell, gates["f"])._replace(peephole=weights.get("W_F_diag"))
    gates["o"] = gates["o"]._replace(peephole=weights.get("W_O_diag"))
    gates["i"] = Gate(*(None if part is None else -part for part in gates["f"]))  # type: ignore[arg-type]  all but the optional parts are there
    return Plain("LSTM", gates, activation_of(cell), activation_of(cell), coupled=True)


def _with_forget_bias(cell: SingleCellSpec, gate: Gate) -> Gate:
    forget_bias = np.asarray(getattr(cell, "forget_bias", 0.0), gate.bias.dtype)
    return gate._replace(bias=gate.bias + forget_bias)


def _rows(kernel: Array, units: int) -> tuple[Array, Array]:
    """Return the rows of inputs and those of h of a kernel of [x h]."""
    return kernel[:-units], kernel[-units:]


def _split(letters: str, kernel: Array, recurrent: Array, bias: Array) -> dict[str, Gate]:
    """Return letter -> gate, of column blocks in the order of the letters."""
    blocks = zip(*(np.split(array, len(letters), axis=-1) for array in (kernel, recurrent, bias)), strict=True)
    return {letter: Gate(*block) for letter, block in zip(letters, blocks, strict=True)}


def _diagonals(factors: Array, count: int) -> Array:
    """Return (H, count H): a diagonal matrix for each block of the factors (1, count H)."""
    return np.concatenate([np.diag(block) for block in np.split(factors[0], count)], axis=1)


def _block_diagonal(blocks: list[Array]) -> Array:
    rows, columns = np.sum([block.shape for block in blocks], axis=0)
    whole, row, column = np.zeros((rows, columns), blocks[0].dtype), 0, 0
    for block in blocks:
        whole[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1]
    return whole


_CELLS: dict[str, Callable[[Any, Weights], Plain]] = {
    "BasicRNNCell": _rnn,
    "IndRNNCell": _ind_rnn,
    "GRUCell": _gru,
    "GRUBlockCellV2": _gru,
    "CudnnCompatibleGRUCell": _cudnn_gru,
    "IndyGRUCell": _indy_gru,
    "UGRNNCell": _ugrnn,
    "BasicLSTMCell": _lstm,
    "LSTMCell": _lstm,
    "LSTMBlockCell": _lstm,
    "LSTMBlockFusedCell": _lstm,
    "BlockLSTMV2": _lstm,
    "CudnnCompatibleLSTMCell": _lstm,
    "LayerNormBasicLSTMCell": _lstm,
    "LayerNormLSTMCell": _lstm,
    "IndyLSTMCell": _indy_lstm,
    "GLSTMCell": _glstm,
    "CoupledInputForgetGateLSTMCell": _coupled,
}
