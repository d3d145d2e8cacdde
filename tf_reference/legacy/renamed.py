"""The variables of a file under today's names: shards joined, old names mapped, each checked for shape and numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array, is_one_object
from rnn_parity.weights import Layer, layers, stored_weights
from tf_reference.legacy.found import FoundCell, FoundModel
from tf_reference.legacy.import_errors import WeightUnfitError

Read = Callable[[str], Array]


@dataclass(frozen=True, kw_only=True)
class Renamed:
    """One variable of today's: its name, shape, and the file's names whose values it has."""

    name: str
    shape: tuple[int, ...]
    sources: tuple[str, ...]


def renamed_weights(spec: CaseSpec, model: FoundModel, read: Read) -> tuple[dict[str, Array], tuple[Renamed, ...]]:
    """Return the case's variables by name, in its dtype, and where each is from.

    Raises:
        WeightUnfitError: a variable has another shape than the cell needs, or holds NaN or infinity.
    """
    weights: dict[str, Array] = {}
    origins: list[Renamed] = []
    for layer in layers(spec):
        found = found_cell(spec, model, layer)
        for own, shape in layer.cell.variables(layer.depth).items():
            names = found.parts.get(own, ())
            if not names:
                there = ", ".join(found.parts)
                raise WeightUnfitError(f"{found.scope}/{own}", f"none of this name beside {there}", f"one of {shape}")
            array = joined(found, own, read)
            if array.shape != shape:
                raise WeightUnfitError(" and ".join(names), f"shape {array.shape}", f"{shape} as {layer.scope}/{own}")
            for name, part in stored_weights(layer, {own: array.astype(spec.dtype)}).items():
                if name not in weights:
                    weights[name] = part
                    origins.append(Renamed(name=name, shape=part.shape, sources=names))
    return weights, tuple(origins)


def found_cell(spec: CaseSpec, model: FoundModel, layer: Layer) -> FoundCell:
    """Return the found cell whose variables a layer has; an object that stands at several places has one."""
    direction = layer.direction
    if is_one_object(spec) or direction not in model.directions:
        direction = model.directions[0]
    own = [cell for cell in model.cells if cell.direction == direction]
    return own[min(layer.index, len(own) - 1)]


def joined(found: FoundCell, own: str, read: Read) -> Array:
    """Return one of a cell's variables whole, its shards joined.

    Raises:
        WeightUnfitError: it holds NaN or infinity, or shards that do not fit.
    """
    names = found.parts[own]
    shards = [read(name) for name in names]
    for name, shard in zip(names, shards, strict=True):
        if not np.isfinite(shard).all():
            place = list(map(int, np.argwhere(~np.isfinite(shard))[0]))
            raise WeightUnfitError(name, f"{shard[tuple(place)]} at {place}", "finite numbers throughout")
    if len(shards) == 1:
        return shards[0]
    try:
        return np.concatenate(shards, axis=found.shard_axis)
    except ValueError as error:
        shapes = ", ".join(str(shard.shape) for shard in shards)
        should_be = f"parts that fit along axis {found.shard_axis}"
        raise WeightUnfitError(" and ".join(names), f"shapes {shapes}", should_be) from error
