"""TensorFlow 1: its variables under their names, each as TensorFlow keeps it, shards apart: the pivot."""

from __future__ import annotations

from collections.abc import Mapping

from rnn_parity.layouts.arrays import checked_weights
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array


def pack(spec: CaseSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the variables as they are; LayoutArraysError where they are not the case's."""
    return dict(checked_weights(spec, weights))


def unpack(spec: CaseSpec, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return the variables as they are; LayoutArraysError where they are not the case's."""
    return dict(checked_weights(spec, arrays))
