"""Weights in the layout of ONNX's RNN, GRU and LSTM.

    W (H rows a gate, D), R (H rows a gate, H), B (all biases of inputs, then all of h), P (the peepholes)
    gates of the LSTM i, o, f, j (ONNX's "iofc"), its peepholes i, o, f; gates of the GRU u, r, c (ONNX's "zrh")

A directions' axis stands before all of them in a node. Source: onnx.ai/onnx/operators, RNN-22, GRU-22, LSTM-22.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnn_parity.layouts.plain import Gate, Kind, Plain
from rnn_parity.structure import Array

GATES: dict[Kind, str] = {"RNN": "z", "GRU": "urc", "MGU": "urc", "LSTM": "iofj"}
PEEPHOLES = "iof"
OPEN = 100.0  # 1 / (1 + exp(-100)) is 1 in every dtype


class Activation(NamedTuple):
    """An activation as ONNX's nodes name it, with its constants where it has some."""

    name: str
    alpha: float | None = None
    beta: float | None = None


ACTIVATIONS = {  # TensorFlow's names of what an RNN, GRU or LSTM node can compute
    "linear": Activation("Affine", 1.0, 0.0),
    "relu": Activation("Relu"),
    "ReLU": Activation("Relu"),
    "leaky_relu": Activation("LeakyRelu", 0.2),
    "LeakyReLU": Activation("LeakyRelu", 0.3),
    "ThresholdedReLU": Activation("ThresholdedRelu", 1.0),
    "tanh": Activation("Tanh"),
    "sigmoid": Activation("Sigmoid"),
    "hard_sigmoid": Activation("HardSigmoid", 0.2, 0.5),
    "elu": Activation("Elu", 1.0),
    "ELU": Activation("Elu", 1.0),
    "softsign": Activation("Softsign"),
    "softplus": Activation("Softplus"),
}


def pack_gates(cell: Plain) -> dict[str, Array]:
    """Return W, R, B and, where the cell has peepholes, P, of one direction."""
    gates = [cell.gates[letter] for letter in GATES[cell.kind]] if cell.kind != "MGU" else _with_open_reset(cell)
    zeros = np.zeros_like(gates[0].bias)
    fed_back = [zeros if gate.recurrent_bias is None else gate.recurrent_bias for gate in gates]
    packed = {
        "W": np.concatenate([gate.kernel.T for gate in gates]),
        "R": np.concatenate([gate.recurrent.T for gate in gates]),
        "B": np.concatenate([*(gate.bias for gate in gates), *fed_back]),
    }
    peepholes = [cell.gates[letter].peephole for letter in PEEPHOLES if letter in cell.gates]
    if any(peephole is not None for peephole in peepholes):
        packed["P"] = np.concatenate([zeros if peephole is None else peephole for peephole in peepholes])
    return packed


def _with_open_reset(cell: Plain) -> list[Gate]:
    """Return the gates of a GRU that never resets: r is the sigmoid of a bias that rounds to 1."""
    update, candidate = cell.gates["u"], cell.gates["c"]
    zeros = (np.zeros_like(part) for part in update[:3])
    reset = Gate(*zeros)
    return [update, reset._replace(bias=np.full_like(reset.bias, OPEN)), candidate]


def activation_attributes(cells: Sequence[Plain]) -> dict[str, Any]:
    """Return a node's attributes that say its activations, direction by direction.

    `activation_alpha` and `activation_beta` have a number for each activation that takes one, and none for the others.
    """
    chosen = [ACTIVATIONS[name] for cell in cells for name in _names(cell)]
    attributes: dict[str, Any] = {"activations": [one.name for one in chosen]}
    for option in ("alpha", "beta"):
        given = [getattr(one, option) for one in chosen if getattr(one, option) is not None]
        if given:
            attributes[f"activation_{option}"] = given
    return attributes


def _names(cell: Plain) -> tuple[str, ...]:
    names = () if cell.kind == "RNN" else ("sigmoid",)
    return (*names, cell.activation, cell.state_activation) if cell.kind == "LSTM" else (*names, cell.activation)
