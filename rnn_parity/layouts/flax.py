"""flax.linen: the parameters of its recurrent cells, one Dense for each gate's product with x and with h.

    SimpleCell          i/kernel (D, H), i/bias, h/kernel (H, H)
    GRUCell             ir iz in: kernel and bias; hr hz: kernel; hn: kernel and bias, a second one, inside the reset
    MGUCell             if in: kernel and bias; hf hn: kernel; an UGRNNCell, made with reset_gate=False
    OptimizedLSTMCell   ii if ig io: kernel; hi hf hg ho: kernel and bias; LSTMCell has the same

of each cell, which its direction and number stand before where there are several: `fw/0/hi/kernel`; nested as the
slashes say it is the cell's `params`. r, z, n of a GRU are TensorFlow's r, u, c; i, f, g, o of an LSTM are i, f, j, o.
forget_bias is folded into the bias of f, which rounds. What a wrapper owns keeps TensorFlow's name and form: a kernel
there is that of an nn.Dense. Source: flax/linen/recurrent.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.arrays import checked_weights, packed_shapes, require_arrays
from rnn_parity.layouts.parts import Parts
from rnn_parity.layouts.plain import Obstacle, Plain, join_plain, obstacles, of_single, plain, single, split_plain
from rnn_parity.layouts.wrapped import kept_variables, own_variables
from rnn_parity.spec import CaseSpec, SingleCellSpec
from rnn_parity.structure import Array, join
from rnn_parity.weights import Layer, layers, own_weights

LETTERS: dict[str, dict[str, str]] = {  # class of flax's -> TensorFlow's letter -> its letter
    "SimpleCell": {"z": ""},
    "GRUCell": {"r": "r", "u": "z", "c": "n"},
    "MGUCell": {"u": "f", "c": "n"},
    "OptimizedLSTMCell": {"i": "i", "f": "f", "j": "g", "o": "o"},
}
REASONS: dict[Obstacle, str] = {
    "formula": "flax has SimpleCell, GRUCell, MGUCell and LSTMCell; this cell is none of them",
    "layer_norm": "flax's LSTMCell does not normalise its gates",
    "dropout": "flax's LSTMCell drops nothing of its candidate",
    "num_proj": "flax's LSTMCell does not project h",
    "cell_clip": "flax's LSTMCell does not clip c",
    "peepholes": "flax's LSTMCell has no peepholes",
    "reset": "flax's GRUCell resets after the product with h's kernel, TensorFlow's GRUCell before",
    "apart": "flax's LSTMCell has one activation for the candidate and c",
}


def flax_class(found: Plain) -> str:
    """Return the name of flax's class that computes a cell."""
    if found.form.kind == "gru":
        return "GRUCell" if found.resets else "MGUCell"
    return {"rnn": "SimpleCell", "lstm": "OptimizedLSTMCell"}[found.form.kind]


def require_cell(cell: SingleCellSpec) -> Plain:
    """Return what a cell computes, LayoutInexpressibleError where no cell of flax's does."""
    for obstacle in obstacles(cell):
        if obstacle in REASONS:
            raise LayoutInexpressibleError("flax", REASONS[obstacle])
    found = plain(cell)
    assert found is not None  # noqa: S101  "formula" is an obstacle
    return found


def layer_names(spec: CaseSpec) -> dict[Layer, str]:
    """Return what stands before the names of each layer's parameters, in the order of `layers`."""
    several = len({layer.index for layer in layers(spec)}) > 1
    return {layer: join(layer.direction, str(layer.index) if several else "") for layer in layers(spec)}


def pack(spec: CaseSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the parameters of flax's cells that hold TensorFlow's variables.

    Raises:
        LayoutInexpressibleError: flax has no cell that computes one of the case's.
        LayoutArraysError: the variables are not the case's.
    """
    checked_weights(spec, weights)
    found: dict[str, Array] = {}
    for layer, name in layer_names(spec).items():
        params = pack_layer(layer, own_weights(layer, weights))
        found |= {join(name, key): np.ascontiguousarray(array) for key, array in params.items()}
    return found | own_variables(spec, weights)


def unpack(spec: CaseSpec, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return TensorFlow's variables: those of `pack` bit for bit, but for a rounded f bias where forget_bias is not 0.

    Raises:
        LayoutInexpressibleError: flax has no cell that computes one of the case's, or the numbers are none that
            TensorFlow's cell can hold.
        LayoutArraysError: the arrays are not the case's.
    """
    require_arrays("flax", packed_shapes(pack, spec), arrays)
    names = layer_names(spec)

    def own(layer: Layer) -> dict[str, Array]:
        prefix = names[layer] and f"{names[layer]}/"
        return _unpacked(layer, {name: arrays[f"{prefix}{name}"] for name in _places(require_cell(layer.cell))})

    return kept_variables(spec, arrays, own)


def pack_layer(layer: Layer, own: Mapping[str, Array]) -> dict[str, Array]:
    """Return the parameters of one cell by name, `hi/kernel`."""
    found = require_cell(layer.cell)
    parts = single(split_plain(layer, own), found)
    second = {"c": np.zeros_like(parts.bias["c"])} if "c" in parts.bias else {}
    parts = replace(parts, hidden_bias=second | parts.hidden_bias)
    return {name: getattr(parts, kind)[gate] for name, (kind, gate) in _places(found).items()}


def _unpacked(layer: Layer, params: Mapping[str, Array]) -> dict[str, Array]:
    found, parts = require_cell(layer.cell), Parts()
    for name, (kind, gate) in _places(found).items():
        getattr(parts, kind)[gate] = params[name]
    if found.resets and found.form.reset == "either" and np.any(parts.hidden_bias.pop("c", 0)):
        raise LayoutInexpressibleError("tf1", "an IndyGRUCell has one bias of the candidate, which is never reset")
    return join_plain(layer, of_single(parts, found))


def _places(found: Plain) -> dict[str, tuple[str, str]]:
    """Return name -> the field of `Parts` and the gate that a parameter holds."""
    name, places = flax_class(found), dict[str, tuple[str, str]]()
    for gate, letter in LETTERS[name].items():
        places |= {f"i{letter}/kernel": ("input", gate), f"h{letter}/kernel": ("hidden", gate)}
        places[f"{'h' if name == 'OptimizedLSTMCell' else 'i'}{letter}/bias"] = ("bias", gate)
    if name == "GRUCell":
        places["hn/bias"] = ("hidden_bias", "c")
    return places
