"""ONNX: the inputs W, R, B and P of RNN, GRU and LSTM nodes, those of both directions one after the other.

    W   (directions, gates * H, D)    rows i o f c of an LSTM, c being TensorFlow's j; z r h of a GRU, its u r c
    R   (directions, gates * H, H)
    B   (directions, 2 * gates * H)   biases beside x's product, then those beside h's: forget_bias in f, else zero
    P   (directions, 3 * H)           peepholes i o f

of each node, which its direction and number stand before where there are several: `fw/0/W`. Both directions of a layer
are one node where their cells compute the same. What a wrapper owns keeps TensorFlow's name and form. An UGRNNCell is a
GRU that never resets: r is the sigmoid of a bias that rounds to 1. `rnn_parity.layouts.onnx_model` makes the model.
Source: onnx.ai/onnx/operators, RNN-22, GRU-22, LSTM-22.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnn_parity.errors import LayoutInexpressibleError, PackageMissingError
from rnn_parity.layouts.arrays import checked_weights, packed_shapes, require_arrays
from rnn_parity.layouts.blocks import by_gate, joined, transposed
from rnn_parity.layouts.form import Kind
from rnn_parity.layouts.modules import bare
from rnn_parity.layouts.parts import Parts
from rnn_parity.layouts.plain import Plain, join_plain, obstacles, of_paired, paired, plain, split_plain
from rnn_parity.layouts.wrapped import kept_variables, own_variables
from rnn_parity.spec import CaseSpec, Directions, SingleCellSpec
from rnn_parity.structure import Array, cells_of, join
from rnn_parity.weights import Layer, layers, own_weights

ORDER: dict[Kind, tuple[str, ...]] = {"rnn": ("z",), "gru": ("u", "r", "c"), "lstm": ("i", "o", "f", "j")}
PEEPHOLES = ("i", "o", "f")


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
REASONS = {
    "formula": "ONNX has RNN, GRU and LSTM nodes; this cell is none of them",
    "layer_norm": "ONNX's LSTM does not normalise its gates",
    "dropout": "ONNX's LSTM drops nothing of its candidate",
    "num_proj": "ONNX's LSTM does not project h",
    "cell_clip": "ONNX's LSTM does not clip c: its `clip` clips what enters the activations",
}


class Node(NamedTuple):
    """One node: the name in front of its arrays', and its layer, or those of both directions."""

    name: str
    layers: tuple[Layer, ...]


def nodes(spec: CaseSpec) -> tuple[Node, ...]:
    """Return the nodes of a case: forward ones first, each direction from the input up; joint ones as forward.

    Raises:
        LayoutInexpressibleError: ONNX has no node that computes one of the cells.
    """
    found = layers(spec)
    for layer in found:
        require_node(layer.cell)
    if are_joint(spec):
        forward, backward = ([one for one in found if one.direction == way] for way in Directions._fields)
        groups: list[tuple[Layer, ...]] = list(zip(forward, backward, strict=True))
    else:
        groups = [(layer,) for layer in found]
    return tuple(Node(_name(spec, group), group) for group in groups)


def are_joint(spec: CaseSpec) -> bool:
    """Return whether both directions of each layer are one node: two cells that compute the same, alone."""
    cells = cells_of(spec)
    if not isinstance(cells, Directions):
        return False
    inner = [bare(cell) for cell in cells]
    found = [plain(cell) if isinstance(cell, SingleCellSpec) else None for cell in inner]
    alike = [one._replace(form=one.form._replace(forget_bias=0.0)) for one in found if one is not None]
    return len(alike) == len(inner) and len(set(alike)) == 1


def require_node(cell: SingleCellSpec) -> Plain:
    """Return what a cell computes, LayoutInexpressibleError where no node of ONNX's does."""
    for obstacle in obstacles(cell):
        if obstacle in REASONS:
            raise LayoutInexpressibleError("onnx", REASONS[obstacle])
    found = plain(cell)
    assert found is not None  # noqa: S101  "formula" is an obstacle
    for name in (found.form.activation, found.state_activation):
        if name not in ACTIVATIONS:
            raise LayoutInexpressibleError("onnx", f"ONNX's RNN, GRU and LSTM do not have the activation {name}")
    return found


def pack(spec: CaseSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the inputs of ONNX's nodes that hold TensorFlow's variables, bit for bit.

    Raises:
        LayoutInexpressibleError: ONNX has no node that computes one of the case's cells.
        LayoutArraysError: the variables are not the case's.
    """
    checked_weights(spec, weights)
    found: dict[str, Array] = {}
    for node in nodes(spec):
        directions = [_packed(layer, own_weights(layer, weights)) for layer in node.layers]
        found |= {join(node.name, name): np.stack([one[name] for one in directions]) for name in directions[0]}
    return found | own_variables(spec, weights)


def unpack(spec: CaseSpec, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return TensorFlow's variables: those of `pack` bit for bit, a trained pair of biases as its rounded sum.

    Raises:
        LayoutInexpressibleError: ONNX has no node that computes one of the case's cells, or the numbers are none that
            TensorFlow's cell can hold.
        LayoutArraysError: the arrays are not the case's.
    """
    require_arrays("onnx", packed_shapes(pack, spec), arrays)
    places = {layer: (node.name, k) for node in nodes(spec) for k, layer in enumerate(node.layers)}

    def own(layer: Layer) -> dict[str, Array]:
        name, direction = places[layer]
        given = {part: arrays[join(name, part)][direction] for part in "WRBP" if join(name, part) in arrays}
        return _unpacked(layer, given)

    return kept_variables(spec, arrays, own)


def _name(spec: CaseSpec, group: tuple[Layer, ...]) -> str:
    direction = group[0].direction if len(group) == 1 else ""
    several = len({layer.index for layer in layers(spec)}) > 1
    return join(direction, str(group[0].index) if several else "")


def _packed(layer: Layer, own: Mapping[str, Array]) -> dict[str, Array]:
    """Return W, R, B and, where the cell has peepholes, P, of one direction."""
    found = require_node(layer.cell)
    parts = paired(split_plain(layer, own), found)
    order = ORDER[found.form.kind]
    packed = {
        "W": transposed(joined(parts.input, order)),
        "R": transposed(joined(parts.hidden, order)),
        "B": np.concatenate([joined(parts.bias, order), joined(parts.hidden_bias, order)]),
    }
    if parts.peephole:
        packed["P"] = joined(parts.peephole, PEEPHOLES)
    return packed


def _unpacked(layer: Layer, given: Mapping[str, Array]) -> dict[str, Array]:
    found = require_node(layer.cell)
    order = ORDER[found.form.kind]
    first, second = np.split(given["B"], 2)
    parts = Parts(
        input=by_gate(given["W"].T, order),
        hidden=by_gate(given["R"].T, order),
        bias=by_gate(first, order),
        hidden_bias=by_gate(second, order),
        peephole=by_gate(given["P"], PEEPHOLES) if "P" in given else {},
    )
    return join_plain(layer, of_paired(parts, found))


def _write(path: Path, spec: CaseSpec, arrays: Mapping[str, Array]) -> None:
    """Write the model that computes the case with these arrays.

    Raises:
        PackageMissingError: the package `onnx` is not installed.
    """
    try:
        from rnn_parity.layouts.onnx_model import to_model  # noqa: PLC0415  needs the package onnx
    except ModuleNotFoundError as missing:
        raise PackageMissingError(f"writing {path.name}", str(missing.name), "onnx") from missing

    path.write_bytes(to_model(spec, unpack(spec, arrays)).SerializeToString())


WRITERS = {".onnx": _write}
