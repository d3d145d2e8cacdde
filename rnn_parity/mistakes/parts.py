"""A twin's cell in parts: one method a part of its formula, so that a mistake replaces one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numpy_impl.cell import RNNCell
from rnn_parity.mistakes.semantics import Kinds, Semantics, Weights, miscomputed
from rnn_parity.structure import Array
from rnn_parity.weights import Layer


def with_parts(kinds: Kinds, parts: type) -> Semantics:
    """Return the candidate whose cells of these kinds are `parts`: a subclass of the twin's class for them."""
    return miscomputed(kinds, _made, parts)


def _made(parts: Any, layer: Layer, weights: Weights) -> RNNCell:  # noqa: ANN401  many classes, one constructor
    cell: RNNCell = parts(**layer.cell.arguments(), weights=parts.weights_from(weights))
    return cell


def blocks_in_order(*order: int) -> Callable[[Layer, Array], Array]:
    """Return what puts as many equal blocks of columns as there are numbers into this order."""

    def reorder(_: Layer, array: Array) -> Array:
        blocks = np.split(array, len(order), axis=-1)
        return np.concatenate([blocks[block] for block in order], axis=-1)

    return reorder
