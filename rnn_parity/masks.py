"""Which dropout masks a case has: one for every place where TensorFlow drops something at every step.

Their names are `[fw/|bw/](wrapper|layer)/<number>/<site>`. DropoutWrappers are counted per direction, the outermost
first, those of the bottom layer first; layers as in `weights.layers`. A wrapper's sites are `input`, `state[/path]` and
`output`; a cell's own are those of its `dropout`. A keep_prob of 1 adds no mask, as it adds no operation in TensorFlow.
Source: tf_keras/src/layers/rnn/legacy_cell_wrappers.py (DropoutWrapper).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import NamedTuple

import numpy as np

from rnn_parity.spec import (
    CaseSpec,
    CellSpec,
    Directions,
    DropoutWrapper,
    LSTMStateTuple,
    Shape,
    SingleCellSpec,
    Size,
    StackSpec,
    WrapperSpec,
)
from rnn_parity.structure import Array, cells_of, join


class Site(NamedTuple):
    """One place where something of shape (B, width) is dropped at every step."""

    name: str
    width: int
    keep_prob: float
    is_variational: bool = False  # one mask for all steps and rows


def sites(spec: CaseSpec) -> dict[str, tuple[Site, ...]]:
    """Return direction ('', or 'fw' and 'bw') -> its sites, in the order in which a step comes to them."""
    cells = cells_of(spec)
    directions = Directions._fields if isinstance(cells, Directions) else ("",)
    return {
        direction: tuple(_Walk(direction).sites(cell, spec.sizes.depth))
        for direction, cell in zip(directions, cells, strict=True)
    }


def mask_shapes(spec: CaseSpec) -> dict[str, Shape]:
    """Return name -> shape of the case's masks: (T, B, width), whatever the run's axes, also where all are equal."""
    lead = (spec.sizes.max_time, spec.sizes.batch_size)
    return {site.name: (*lead, site.width) for found in sites(spec).values() for site in found}


def masks_below(masks: Mapping[str, Array], *place: str) -> dict[str, Array]:
    """Return the masks of one direction, wrapper or layer, their names without its own."""
    prefix = join(*place) and f"{join(*place)}/"
    return {name.removeprefix(prefix): mask for name, mask in masks.items() if name.startswith(prefix)}


def dropped_states(wrapper: DropoutWrapper) -> dict[str, int]:
    """Return path -> width of the arrays of the outgoing state that the wrapper drops from."""
    return dict(_dropped(wrapper.state_size, "", with_c=wrapper.dropout_state_filter_visitor == "all"))


class _Walk:
    """The cells of one direction, in the order in which a step comes to them, counted on the way."""

    def __init__(self, direction: str) -> None:
        self._direction, self._wrappers, self._layers = direction, count(), count()

    def sites(self, cell: CellSpec, depth: int) -> Iterator[Site]:
        """Yield the sites of a cell given inputs (B, depth)."""
        match cell:
            case DropoutWrapper():
                yield from self._wrapper(cell, depth)
            case WrapperSpec():
                yield from self.sites(cell.cell, cell.inner_depth(depth))
            case StackSpec():
                for one in cell.cells:
                    yield from self.sites(one, depth)
                    depth = one.output_size
            case SingleCellSpec():
                place = join(self._direction, "layer", str(next(self._layers)))
                for name, (width, keep_prob) in cell.dropout.items():
                    yield Site(join(place, name), width, keep_prob)

    def _wrapper(self, cell: DropoutWrapper, depth: int) -> Iterator[Site]:
        place = join(self._direction, "wrapper", str(next(self._wrappers)))
        yield from _wrapper_site(cell, place, "input", {"": depth})
        yield from self.sites(cell.cell, depth)
        yield from _wrapper_site(cell, place, "state", dropped_states(cell))
        yield from _wrapper_site(cell, place, "output", {"": cell.output_size})


def _wrapper_site(cell: DropoutWrapper, place: str, kind: str, widths: Mapping[str, int]) -> Iterator[Site]:
    keep_prob = float(np.float32(getattr(cell, f"{kind}_keep_prob")))  # TensorFlow makes a tensor of it and reads that
    if keep_prob < 1:
        for path, width in widths.items():
            yield Site(join(place, kind, path), width, keep_prob, cell.variational_recurrent)


def _dropped(size: Size, path: str, *, with_c: bool) -> Iterator[tuple[str, int]]:
    if not isinstance(size, tuple):
        yield path, size
        return
    keys = size._fields if isinstance(size, LSTMStateTuple) else map(str, range(len(size)))
    for key, part in zip(keys, size, strict=True):
        if with_c or not (isinstance(size, LSTMStateTuple) and key == "c"):
            yield from _dropped(part, join(path, key), with_c=with_c)
