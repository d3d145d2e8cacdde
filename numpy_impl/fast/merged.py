"""Several small cells as one: what costs is a step's calls, and one cell of more units takes no more of them.

    both directions   [x_fw x_bw] [W_fw 0; 0 W_bw] + [h_fw h_bw] [U_fw 0; 0 U_bw]
    a stack           x [W_1 0] + [h_1 h_2] [U_1 W_2; 0 U_2]      h_1 is a step ahead: layer k is at step t - k

The zeros are multiplied along, so they must meet finite numbers: an h that is not finite would spread, and stays. A run
that ends so is none, and the cells run one after the other.

Axes: T steps, B batch, D input depth, H units, P outputs, n cells.
"""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from numpy_impl.activations import activation, tanh
from numpy_impl.gru import GRUCell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy_impl.arrays import Array
    from numpy_impl.fast.kernel import Kernel, Space
    from numpy_impl.fast.rows import Rows

MOST_UNITS = 48  # H and
MOST_PRODUCTS = 16384  # n B H^2 up to which one cell is quicker than n, as measured
LEAST_STEPS = 24  # from which layers one step apart make up for their beginning and end
OWN = ("weights", "name", "dtype", "activation", "state_is_tuple")  # what cells in one need not have in common


def side_by_side(cells: Sequence[Any]) -> Any:  # noqa: ANN401 - the cells' own class
    """Return one cell for inputs (B, n D) and states side by side; None where the cells differ in more than weights."""
    return _merged(cells, fed=False) if _alike(cells) else None


def one_step_apart(cells: Sequence[Any]) -> Any:  # noqa: ANN401 - as above
    """Return one cell for inputs (B, D) of the first, each other's being the h before it; None as `side_by_side`.

    A GRUCell has no such form: its recurrent rows for the candidate take r h, and the next layer wants h.
    """
    return _merged(cells, fed=True) if _alike(cells) and type(cells[0]) is not GRUCell else None


class _Merged:
    """Cells as one; n of them."""

    least_steps: int

    def __init__(self, kernel: Kernel, count: int) -> None:
        """Take the kernel of the one cell and n."""
        self.kernel, self.count = kernel, count

    def takes(self, rows: Rows) -> bool:
        """Whether a run of these rows is quicker so."""
        units = self.kernel.units // self.count
        return rows.steps >= self.least_steps and self.count * rows.batch * units * units <= MOST_PRODUCTS


class Both(_Merged):
    """The cells of two directions side by side."""

    least_steps = 1

    @np.errstate(over="ignore", under="ignore", invalid="ignore")
    def run(
        self, rows: Sequence[Rows], inputs: Sequence[Array], states: Sequence[tuple[Array, ...]], space: Space
    ) -> list[Array] | None:
        """Return the outputs of both as their rows are kept, the states written into; None where it cannot."""
        width, now = self.kernel.width // len(rows), joined(states)
        kept = [own.empty(width, self.kernel.dtype) for own in rows]
        runs = [own.runs(array) for arrays in (inputs, kept) for own, array in zip(rows, arrays, strict=True)]
        for *xs, out_fw, out_bw in zip(*runs, strict=True):
            x = np.concatenate(xs, axis=2)
            outs = np.empty((*x.shape[:2], self.kernel.width), x.dtype)
            space.run(x, outs, now)
            out_fw[...], out_bw[...] = outs[..., :width], outs[..., width:]
        return kept if parted(now, states) else None


class Wave(_Merged):
    """The layers of a stack one step apart."""

    def __init__(self, kernel: Kernel, count: int) -> None:
        """Take the kernel of the one cell and n."""
        super().__init__(kernel, count)
        self.least_steps = max(LEAST_STEPS, count)

    @np.errstate(over="ignore", under="ignore", invalid="ignore")
    def run(self, xs: Array, outs: Array, states: Sequence[tuple[Array, ...]], space: Space) -> bool:
        """Compute outs (T, B, P) of xs (T, B, D), from and into the states of all layers; False where it cannot."""
        steps, batch, depth = xs.shape
        late = self.count - 1  # steps that the last layer is behind the first
        inputs = np.concatenate([xs, np.zeros((late, batch, depth), xs.dtype)])
        kept = np.empty((steps + late, batch, self.kernel.width), xs.dtype)
        now = joined(states)
        final = [array.copy() for array in now]
        by_layer = list(zip(self._by_layer(now), self._by_layer(final), strict=True))
        for begin, end in pairwise([*range(late + 1), *range(steps, steps + late + 1)]):
            space.run(inputs[begin:end], kept[begin:end], now)
            for own, first in by_layer if end <= late else ():
                own[:, end:] = first[:, end:]  # they begin later
            for own, last in by_layer if end >= steps else ():
                last[:, end - steps] = own[:, end - steps]  # it is through
        outs[...] = kept[late:, :, -outs.shape[2] :]
        return parted(final, states)

    def _by_layer(self, arrays: Sequence[Array]) -> list[Array]:
        return [array.reshape(len(array), self.count, -1) for array in arrays]


def joined(states: Sequence[tuple[Array, ...]]) -> tuple[Array, ...]:
    """Return new arrays of several cells' states (B, width) side by side, (B, n width) each."""
    return tuple(np.concatenate(own, axis=1) for own in zip(*states, strict=True))


def parted(found: Sequence[Array], states: Sequence[tuple[Array, ...]]) -> bool:
    """Write what lies side by side into the states that it is of; False, and nothing written, if h is not finite."""
    if not np.isfinite(found[-1]).all():
        return False
    for whole, own in zip(found, zip(*states, strict=True), strict=True):
        width = own[0].shape[1]
        for number, array in enumerate(own):
            array[...] = whole[:, number * width : (number + 1) * width]
    return True


def _alike(cells: Sequence[Any]) -> bool:
    first = cells[0]
    if first.num_units > MOST_UNITS:
        return False
    return all(
        type(cell) is type(first)
        and activation(cell.activation) is tanh
        and _options(cell) == _options(first)
        and [one is None for one in cell.weights] == [one is None for one in first.weights]
        and cell.weights[0].dtype == first.weights[0].dtype
        for cell in cells
    )


def _options(cell: Any) -> dict[str, Any]:  # noqa: ANN401 - any cell of the core
    return {field.name: getattr(cell, field.name) for field in fields(cell) if field.name not in OWN}


def _merged(cells: Sequence[Any], *, fed: bool) -> Any:  # noqa: ANN401 - the cells' own class
    first, count = cells[0], len(cells)
    columns = {name: [getattr(cell.weights, name) for cell in cells] for name in first.weights._fields}
    weights = {name: _in_one(name, arrays, first, fed=fed) for name, arrays in columns.items() if arrays[0] is not None}
    sizes: dict[str, Any] = {"num_units": count * first.num_units}
    sizes |= {name: None for name in ("num_unit_shards", "num_proj_shards") if hasattr(first, name)}
    if getattr(first, "num_proj", None) is not None:
        sizes["num_proj"] = count * first.num_proj
    return replace(first, **sizes, weights=type(first.weights)(**weights), name=None)


def _in_one(name: str, arrays: list[Array], cell: Any, *, fed: bool) -> Array:  # noqa: ANN401 - as above
    units = cell.num_units
    if name == "projection_kernel":
        return _diagonal(arrays)
    if arrays[0].ndim == 1:  # of each gate
        return np.concatenate([array.reshape(-1, units) for array in arrays], axis=1).reshape(-1)
    width = cell.output_size
    inputs, recurrent = (
        [array[part].reshape(-1, array.shape[1] // units, units) for array in arrays]
        for part in (slice(None, -width), slice(-width, None))
    )
    own = _diagonal(recurrent)
    if not fed:
        return np.concatenate([_diagonal(inputs), own]).reshape(-1, arrays[0].shape[1] * len(arrays))
    for layer, array in enumerate(inputs[1:], start=1):
        own[(layer - 1) * width : layer * width, :, layer * units : (layer + 1) * units] = array
    top = np.zeros((len(inputs[0]), *own.shape[1:]), own.dtype)
    top[..., :units] = inputs[0]
    return np.concatenate([top, own]).reshape(-1, arrays[0].shape[1] * len(arrays))


def _diagonal(blocks: list[Array]) -> Array:
    """Return the blocks (rows, ..., columns) one below and one beside the other, zeros elsewhere."""
    rows, columns = sum(len(block) for block in blocks), sum(block.shape[-1] for block in blocks)
    whole = np.zeros((rows, *blocks[0].shape[1:-1], columns), blocks[0].dtype)
    row = column = 0
    for block in blocks:
        whole[row : row + len(block), ..., column : column + block.shape[-1]] = block
        row, column = row + len(block), column + block.shape[-1]
    return whole
