"""A layer as one recurrent node of a framework: what `form` says of its cell, and the weights gate by gate.

Beside the forms there are three more that frameworks with free activations and gates can compute:

    UGRNNCell                       a GRU that never resets, u being its g:  h' = u * h + (1 - u) * activation(c)
                                    where there must be a reset gate r it is held open, r = sigmoid(OPEN) = 1
    GLSTMCell with an activation    an LSTM whose j is squashed by tanh, whatever squashes c
    LayerNorm... without a norm     an LSTM
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Literal, NamedTuple

import numpy as np

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.biases import of_one_bias, of_two_biases, one_bias, two_biases
from rnn_parity.layouts.blocks import constant_bias, folded, unfolded
from rnn_parity.layouts.coupling import recoupled, uncoupled
from rnn_parity.layouts.form import Form, form_of
from rnn_parity.layouts.parts import Parts, join_layer, split_layer
from rnn_parity.spec import (
    GLSTMCell,
    LayerNormBasicLSTMCell,
    LayerNormLSTMCell,
    LSTMCell,
    SingleCellSpec,
    UGRNNCell,
    class_name,
)
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

OPEN = 100.0  # 1 / (1 + exp(-100)) is 1 in every dtype
Obstacle = Literal[
    "formula", "layer_norm", "dropout", "num_proj", "cell_clip", "peepholes", "reset", "coupled", "apart"
]


class Plain(NamedTuple):
    """What one layer computes: its form, the activation of the new c of an LSTM, whether a GRU ever resets."""

    form: Form
    state_activation: str
    resets: bool = True


def plain(cell: SingleCellSpec) -> Plain | None:
    """Return what a cell computes, or None where that is no RNN, GRU or LSTM."""
    activation = getattr(cell, "activation", None) or "tanh"
    match cell:
        case UGRNNCell():
            form = Form("gru", cell.num_units, activation, forget_bias=cell.forget_bias, reset="either")
            return Plain(form, activation, resets=False)
        case GLSTMCell():
            return Plain(Form("lstm", cell.num_units, "tanh", cell.num_proj, cell.forget_bias), activation)
        case LayerNormLSTMCell(layer_norm=False):
            same = ("num_units", "use_peepholes", "cell_clip", "num_proj", "proj_clip", "forget_bias", "activation")
            form_cell: SingleCellSpec = LSTMCell(**{name: getattr(cell, name) for name in same})
        case LayerNormBasicLSTMCell(layer_norm=False) if not cell.dropout:
            form_cell = LSTMCell(num_units=cell.num_units, forget_bias=cell.forget_bias, activation=cell.activation)
        case _:
            form_cell = cell
    found = form_of(form_cell)
    return None if found is None else Plain(found, found.activation)


def obstacles(cell: SingleCellSpec) -> Iterator[Obstacle]:
    """Yield what a cell has that a framework's node may not; "formula" alone where it is no RNN, GRU or LSTM."""
    found = plain(cell)
    if found is None:
        is_dropping = class_name(cell) == "LayerNormBasicLSTMCell" and bool(cell.dropout)
        yield "layer_norm" if getattr(cell, "layer_norm", False) else "dropout" if is_dropping else "formula"
        return
    form = found.form
    there: dict[Obstacle, bool] = {
        "num_proj": form.num_proj is not None,
        "cell_clip": form.cell_clip is not None,
        "peepholes": form.use_peepholes,
        "reset": form.kind == "gru" and form.reset == "before",
        "coupled": form.coupled,
        "apart": form.kind == "lstm" and form.activation != found.state_activation,
    }
    yield from (name for name, holds in there.items() if holds)


def split_plain(layer: Layer, own: Mapping[str, Array]) -> Parts:
    """Return a layer's parts under the letters of its form, the biases without any forget_bias."""
    parts = split_layer(layer, own)
    return _renamed(parts, {"g": "u"}) if isinstance(layer.cell, UGRNNCell) else parts


def join_plain(layer: Layer, parts: Parts) -> dict[str, Array]:
    """Return a layer's own weights from its parts: the inverse of `split_plain`, bit for bit."""
    return join_layer(layer, _renamed(parts, {"u": "g"}) if isinstance(layer.cell, UGRNNCell) else parts)


def paired(parts: Parts, found: Plain) -> Parts:
    """Return the parts with two biases for every gate, forget_bias alone in the second, and all gates there are.

    Those that TensorFlow's cell lacks are a coupled input gate and the reset gate of a GRU that never resets.
    """
    parts = two_biases(parts, found.form)
    if not found.resets:
        second = constant_bias(parts.hidden_bias["u"], found.form.forget_bias)
        return held_open(replace(parts, hidden_bias=parts.hidden_bias | {"u": second}))
    return uncoupled(parts, found.form)


def of_paired(parts: Parts, found: Plain) -> Parts:
    """Return the parts as TensorFlow has them: the inverse of `paired`, and rounded sums of other pairs."""
    if found.resets:
        return of_two_biases(recoupled(parts, found.form), found.form)
    parts = not_held_open(parts)
    second = parts.hidden_bias["u"] - constant_bias(parts.hidden_bias["u"], found.form.forget_bias)
    parts = replace(parts, hidden_bias=parts.hidden_bias | {"u": second})
    return of_two_biases(parts, found.form._replace(reset="before"))


def single(parts: Parts, found: Plain) -> Parts:
    """Return the parts with forget_bias folded into the one bias, which rounds, and an input gate."""
    if found.resets:
        return uncoupled(one_bias(parts, found.form), found.form)
    return replace(parts, bias=parts.bias | {"u": folded(parts.bias["u"], found.form.forget_bias)})


def of_single(parts: Parts, found: Plain) -> Parts:
    """Return the parts as TensorFlow has them: the inverse of `single`, but for what it rounded."""
    if found.resets:
        return of_one_bias(recoupled(parts, found.form), found.form)
    return replace(parts, bias=parts.bias | {"u": unfolded(parts.bias["u"], found.form.forget_bias)})


def held_open(parts: Parts) -> Parts:
    """Return the parts of a GRU with a reset gate that is 1 whatever it reads."""
    gates = {one.name: dict(getattr(parts, one.name)) for one in fields(parts)}
    for own in gates.values():
        if "u" in own:
            own["r"] = np.zeros_like(own["u"])
    gates["bias"]["r"] = np.full_like(gates["bias"]["u"], OPEN)
    return Parts(**gates)


def not_held_open(parts: Parts) -> Parts:
    """Return the parts without the reset gate that `held_open` added.

    Raises:
        LayoutInexpressibleError: it may be less than 1.
    """
    gates = {one.name: dict(getattr(parts, one.name)) for one in fields(parts)}
    reset = {name: own.pop("r") for name, own in gates.items() if "r" in own}
    if np.any(reset["input"]) or np.any(reset["hidden"]) or np.any(reset["bias"] + reset.get("hidden_bias", 0) < OPEN):
        raise LayoutInexpressibleError("tf1", "an UGRNNCell never resets: its reset gate is a bias of 100 alone")
    return Parts(**gates)


def _renamed(parts: Parts, letters: Mapping[str, str]) -> Parts:
    return Parts(
        **{
            one.name: {letters.get(gate, gate): array for gate, array in getattr(parts, one.name).items()}
            for one in fields(parts)
        }
    )
