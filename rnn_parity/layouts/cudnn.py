"""cuDNN: the one parameter vector of its RNNs, `opaque_kernel` of tf.contrib.cudnn_rnn, in canonical order.

    all matrices, level by level, in each the forward layer, then the backward one:
        W of each gate (H, D), R of each gate (H, P), with a projection that (P, H); row by row
    all biases in the same order:
        beside x's product for each gate (H,), beside h's for each gate (H,): forget_bias in f, zero elsewhere

with the gates i f j o of an LSTM, r u c of a GRU. Where a case falls into several modules
(`rnn_parity.layouts.modules`) each has its vector, `fw.0.opaque_kernel`. Clips are no parameters: cuDNN takes them
beside the vector.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.arrays import checked_weights, packed_shapes, require_arrays
from rnn_parity.layouts.form import Form, Kind
from rnn_parity.layouts.modules import Module, modules, require_bare, require_form, require_plain
from rnn_parity.layouts.parts import Parts
from rnn_parity.layouts.plain import join_plain, of_paired, paired, split_plain
from rnn_parity.layouts.wrapped import kept_variables
from rnn_parity.spec import CaseSpec, Shape
from rnn_parity.structure import Array
from rnn_parity.weights import Layer, own_weights

ORDER: dict[Kind, tuple[str, ...]] = {"rnn": ("z",), "gru": ("r", "u", "c"), "lstm": ("i", "f", "j", "o")}
ACTIVATIONS: dict[Kind, tuple[str, ...]] = {"rnn": ("tanh", "relu", "ReLU"), "gru": ("tanh",), "lstm": ("tanh",)}
NAME = "opaque_kernel"
MATRICES, BIASES = ("input", "hidden", "projection"), ("bias", "hidden_bias")
Place: TypeAlias = tuple[Layer, str, str, Shape]  # whose it is, field of Parts, gate, shape as TensorFlow has it


def pack(spec: CaseSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the parameter vectors that hold TensorFlow's variables, bit for bit.

    Raises:
        LayoutInexpressibleError: cuDNN computes one of the case's cells otherwise.
        LayoutArraysError: the variables are not the case's.
    """
    checked_weights(spec, weights)
    found = {}
    for name, module in _vectors(spec).items():
        parts = {}
        for layer in _layers(module):
            own_parts = split_plain(layer, own_weights(layer, weights))
            parts[layer] = paired(own_parts, require_plain(layer.cell, "cudnn"))
        pieces = [getattr(parts[layer], kind)[gate].T.reshape(-1) for layer, kind, gate, _ in _places(module)]
        found[name] = np.concatenate(pieces)
    return found


def unpack(spec: CaseSpec, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return TensorFlow's variables: those of `pack` bit for bit, a trained pair of biases as its rounded sum.

    Raises:
        LayoutInexpressibleError: cuDNN computes one of the case's cells otherwise, or the numbers are none that
            TensorFlow's cell can hold.
        LayoutArraysError: the arrays are not the case's.
    """
    require_arrays("cudnn", packed_shapes(pack, spec), arrays)
    parts: dict[Layer, Parts] = {}
    for name, module in _vectors(spec).items():
        start = 0
        for layer, kind, gate, shape in _places(module):
            size = int(np.prod(shape))
            piece = arrays[name][start : start + size].reshape(shape[::-1]).T
            getattr(parts.setdefault(layer, Parts()), kind)[gate] = piece
            start += size

    def own(layer: Layer) -> dict[str, Array]:
        return join_plain(layer, of_paired(parts[layer], require_plain(layer.cell, "cudnn")))

    return kept_variables(spec, {}, own)


def _vectors(spec: CaseSpec) -> dict[str, Module]:
    """Return name -> module of every parameter vector; LayoutInexpressibleError where cuDNN computes otherwise."""
    require_bare(spec, "cudnn")
    found = modules(spec, "cudnn")
    for module in found:
        reason = _reason(module.form)
        if reason is not None:
            raise LayoutInexpressibleError("cudnn", reason)
    return {f"{module.name}.{NAME}" if module.name else NAME: module for module in found}


def _layers(module: Module) -> Iterator[Layer]:
    return (layer for level in module.levels for layer in level)


def _places(module: Module) -> Iterator[Place]:
    """Yield what the vector holds, in its order."""
    for kinds in (MATRICES, BIASES):
        for layer in _layers(module):
            form = require_form(layer.cell, "cudnn")
            rows = {"input": layer.depth, "hidden": form.output_size}
            for kind in kinds:
                if kind == "projection":
                    if form.num_proj is not None:
                        yield layer, kind, "", (form.num_units, form.num_proj)
                    continue
                for gate in ORDER[form.kind]:
                    yield layer, kind, gate, (rows[kind], form.num_units) if kind in rows else (form.num_units,)


def _reason(form: Form) -> str | None:
    """Return what cuDNN does not do; None where it does all."""
    if form.kind == "gru" and form.reset == "before":
        return "a cuDNN GRU applies the reset gate after the matmul; TensorFlow's GRUCell before"
    if form.activation not in ACTIVATIONS[form.kind]:
        return f"a cuDNN {form.kind.upper()} computes {' or '.join(ACTIVATIONS[form.kind][:2])}, no other activation"
    if form.use_peepholes:
        return "a cuDNN LSTM has no peepholes"
    if form.cell_clip is not None or form.proj_clip is not None:
        return "a clip is no parameter: cuDNN takes one beside the vector, which this layout does not write"
    if form.num_proj is not None and form.num_proj > form.num_units:
        return "a cuDNN LSTM projects to at most its hidden size"
    return None
