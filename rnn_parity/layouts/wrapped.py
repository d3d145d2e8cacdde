"""What wrappers own, such as a projection's kernel, beside the arrays of a layout: variables as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rnn_parity.errors import LayoutArraysError, LayoutInexpressibleError
from rnn_parity.spec import AttentionCellWrapper, CaseSpec
from rnn_parity.structure import Array, join
from rnn_parity.weights import Layer, layers, own_weights, stored_weights, variables, wrappings


def own_variables(spec: CaseSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the variables of all wrappers, under TensorFlow's names."""
    found: dict[str, Array] = {}
    for wrapping in wrappings(spec):
        found |= stored_weights(wrapping, own_weights(wrapping, weights))
    return found


def wrapper_variables(spec: CaseSpec) -> list[str]:
    """Return TensorFlow's names of what all wrappers own."""
    found = wrappings(spec)
    return list(dict.fromkeys(join(one.scope, name) for one in found for name in one.cell.variables(one.depth)))


def require_no_attention(spec: CaseSpec, target: str, reason: str) -> None:
    """Return if no wrapper computes anything between two steps.

    Raises:
        LayoutInexpressibleError: an AttentionCellWrapper does, with this reason.
    """
    if any(isinstance(wrapping.cell, AttentionCellWrapper) for wrapping in wrappings(spec)):
        raise LayoutInexpressibleError(target, reason)


def kept_variables(
    spec: CaseSpec, arrays: Mapping[str, Array], own: Callable[[Layer], Mapping[str, Array]]
) -> dict[str, Array]:
    """Return TensorFlow's variables in its order: each layer's from `own`, the wrappers' from the arrays.

    Raises:
        LayoutArraysError: layers that are one object in TensorFlow have different weights.
    """
    found = own_variables(spec, arrays)
    for layer in layers(spec):
        for name, array in stored_weights(layer, own(layer)).items():
            if name in found and not np.array_equal(found[name], array):
                got, should_be = "different numbers in two layers", "equal ones, as one cell object is both layers"
                raise LayoutArraysError("tf1", name, got, should_be)
            found[name] = np.ascontiguousarray(array)
    return {name: found[name] for name in variables(spec)}
