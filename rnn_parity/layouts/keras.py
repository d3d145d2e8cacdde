"""Keras 3: the weights of SimpleRNN, GRU and LSTM layers and cells, in the order that `set_weights` takes.

    kernel             (D, gates * H)       columns i f c o, c being TensorFlow's j; z r h, its u r c
    recurrent_kernel   (H, gates * H)
    bias               (gates * H,)         forget_bias folded in (`unit_forget_bias` is but how a new layer begins)
    bias               (2, 3 * H)           of a GRU with reset_after=True: beside x's product, beside h's

of each layer, which its direction and number stand before where there are several: `forward_layer/0/kernel`. What a
wrapper owns keeps TensorFlow's name and form: a kernel is that of a Dense, an embedding that of an Embedding layer. An
UGRNNCell is a GRU whose reset gate is held open.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.arrays import checked_weights, packed_shapes, require_arrays
from rnn_parity.layouts.blocks import by_gate, joined
from rnn_parity.layouts.form import Form, Kind
from rnn_parity.layouts.modules import require_form, require_plain
from rnn_parity.layouts.parts import Parts
from rnn_parity.layouts.plain import (
    Plain,
    held_open,
    join_plain,
    not_held_open,
    of_paired,
    of_single,
    paired,
    single,
    split_plain,
)
from rnn_parity.layouts.wrapped import kept_variables, own_variables, require_no_attention
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array, join
from rnn_parity.weights import Layer, layers, own_weights

ORDER: dict[Kind, tuple[str, ...]] = {"rnn": ("z",), "gru": ("u", "r", "c"), "lstm": ("i", "f", "j", "o")}
CLASS: dict[Kind, str] = {"rnn": "keras.layers.SimpleRNN", "gru": "keras.layers.GRU", "lstm": "keras.layers.LSTM"}
ATTENTION = "Keras's recurrent layers take no attention between two steps"
DIRECTION = {"": "", "fw": "forward_layer", "bw": "backward_layer"}  # the attributes of keras.layers.Bidirectional


def keras_form(layer: Layer) -> Form:
    """Return what a layer computes.

    Raises:
        LayoutInexpressibleError: Keras has no layer that computes it.
    """
    form = require_form(layer.cell, "keras")
    if form.use_peepholes:
        raise LayoutInexpressibleError("keras", f"{CLASS[form.kind]} has no peepholes")
    if form.num_proj is not None:
        raise LayoutInexpressibleError("keras", f"{CLASS[form.kind]} has no projection")
    if form.cell_clip is not None:
        raise LayoutInexpressibleError("keras", f"{CLASS[form.kind]} does not clip the cell state")
    return form


def is_reset_after(form: Form) -> bool:
    """Return whether the layer is a GRU made with reset_after=True, which has two biases."""
    return form.kind == "gru" and form.reset == "after"


def layer_names(spec: CaseSpec) -> dict[Layer, str]:
    """Return what stands before the names of each layer's arrays, in the order of `layers`."""
    found, count = layers(spec), dict.fromkeys(DIRECTION, 0)
    for layer in found:
        count[layer.direction] += 1
    several = max(count.values()) > 1
    return {layer: join(DIRECTION[layer.direction], str(layer.index) if several else "") for layer in found}


def pack(spec: CaseSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the Keras weights that hold TensorFlow's variables.

    Raises:
        LayoutInexpressibleError: Keras has no layer that computes one of the case's cells.
        LayoutArraysError: the variables are not the case's.
    """
    require_no_attention(spec, "keras", ATTENTION)
    checked_weights(spec, weights)
    found: dict[str, Array] = {}
    for layer, name in layer_names(spec).items():
        form = keras_form(layer)
        order, parts = ORDER[form.kind], _with_biases(layer, split_plain(layer, own_weights(layer, weights)))
        bias = joined(parts.bias, order)
        found[join(name, "kernel")] = joined(parts.input, order)
        found[join(name, "recurrent_kernel")] = joined(parts.hidden, order)
        found[join(name, "bias")] = np.stack([bias, joined(parts.hidden_bias, order)]) if is_reset_after(form) else bias
    return found | own_variables(spec, weights)


def unpack(spec: CaseSpec, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return TensorFlow's variables: those of `pack` bit for bit, but for a rounded f bias where forget_bias is not 0.

    Raises:
        LayoutInexpressibleError: Keras has no layer that computes one of the case's cells, or the numbers are none that
            TensorFlow's cell can hold.
        LayoutArraysError: the arrays are not the case's.
    """
    require_arrays("keras", packed_shapes(pack, spec), arrays)
    names = layer_names(spec)

    def own(layer: Layer) -> dict[str, Array]:
        kernel, recurrent, bias = (arrays[join(names[layer], name)] for name in ("kernel", "recurrent_kernel", "bias"))
        return join_plain(layer, _parts(require_plain(layer.cell, "keras"), kernel, recurrent, bias))

    return kept_variables(spec, arrays, own)


def _with_biases(layer: Layer, parts: Parts) -> Parts:
    """Return the parts with the biases and gates that the layer has."""
    found = require_plain(layer.cell, "keras")
    if is_reset_after(found.form):
        return paired(parts, found)
    parts = single(parts, found)
    return parts if found.resets else held_open(parts)


def _parts(found: Plain, kernel: Array, recurrent: Array, bias: Array) -> Parts:
    order = ORDER[found.form.kind]
    parts = Parts(input=by_gate(kernel, order), hidden=by_gate(recurrent, order))
    if is_reset_after(found.form):
        first, second = (by_gate(row, order) for row in bias)
        return of_paired(Parts(parts.input, parts.hidden, first, second), found)
    parts = Parts(parts.input, parts.hidden, by_gate(bias, order))
    return of_single(parts if found.resets else not_held_open(parts), found)
