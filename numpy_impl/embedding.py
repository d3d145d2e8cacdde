"""`tf.contrib.rnn.EmbeddingWrapper`: a cell that reads ids.

    output, state' = cell(embedding[id], state)

Inputs are whole numbers (B, 1) or (B,). In `dynamic_rnn` and `static_rnn` they are (B, T, 1) or T arrays (B, 1), and
`dtype` is that of the state, which the inputs do not have.

Source: tensorflow/contrib/rnn/python/ops/core_rnn_cell.py (v1.15.0), EmbeddingWrapper.
Axes: B batch, C classes, E embedding size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.arrays import Array
from numpy_impl.cell import check_no_initializer, check_size, given_weights, weight_fields
from numpy_impl.weighted_wrapper import WeightedWrapper, settle_wrapper

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.state import State
    from numpy_impl.variables import Shape

VARIABLES = ("embedding",)


class Weights(NamedTuple):
    """The variable of one embedding."""

    embedding: Array  # (C, E)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class EmbeddingWrapper(WeightedWrapper):
    """A cell that reads rows of `embedding`; ValueError where weights or ids do not fit."""

    embedding_classes: int  # C
    embedding_size: int  # E
    initializer: None = None  # TensorFlow's place for one; weights are given here, so any other value is refused
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check the cell, the options and the weights."""
        super().__post_init__()
        check_size("EmbeddingWrapper.embedding_classes", self.embedding_classes)
        check_size("EmbeddingWrapper.embedding_size", self.embedding_size)
        check_no_initializer("EmbeddingWrapper.initializer", self.initializer)
        settle_wrapper(self, None)

    def inner_depth(self, depth: int) -> int:  # noqa: ARG002 - whatever is read
        """Return E."""
        return self.embedding_size

    def shapes_before(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002 - as above
        """Return the shape of `embedding`."""
        return {"embedding": (self.embedding_classes, self.embedding_size)}

    def embedded(self, ids: Any) -> Array:  # noqa: ANN401 - whole numbers
        """Return the rows (B, E) of these ids (B, 1) or (B,)."""
        weights = given_weights("EmbeddingWrapper", self.weights)
        flat = np.reshape(ids, -1)
        if flat.dtype.kind not in "iu":
            raise ValueError(f"EmbeddingWrapper inputs: got {flat.dtype}, should be whole numbers, the ids to look up.")
        if flat.size and not 0 <= flat.min() <= flat.max() < self.embedding_classes:
            raise ValueError(
                f"EmbeddingWrapper inputs: got ids from {flat.min()} to {flat.max()}, should be from 0 to "
                f"{self.embedding_classes - 1}. Check embedding_classes."
            )
        return weights.embedding[flat]

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the cell's output and next state for ids (B, 1) or (B,)."""
        return self.cell(self.embedded(inputs), state)
