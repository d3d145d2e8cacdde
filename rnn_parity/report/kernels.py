"""The row and column blocks of a layer's kernels: what stands where in TensorFlow's variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rnn_parity.spec import OwnCell, SingleCellSpec

_ROWS = {"kernel": ("x", "h"), "input kernel": ("x",), "recurrent kernel": ("h",)}


@dataclass(frozen=True)
class Kernel:
    """A kernel's blocks: label and number of rows, from above; label and number of columns, from the left."""

    name: str
    rows: tuple[tuple[str, int], ...]
    columns: tuple[tuple[str, int], ...]


def kernels(cell: SingleCellSpec, depth: int) -> Iterator[Kernel]:
    """Yield the kernels of a cell for inputs (B, depth): rows of x first, then of h; columns by gate.

    None of an own cell, whose blocks are known to its class alone.
    """
    if isinstance(cell, OwnCell):
        return
    for name, shape in cell.variables(depth).items():
        parts = _ROWS.get(cell.role(name))
        if parts is None or len(shape) != 2:  # noqa: PLR2004  a matrix
            continue
        sizes = (depth, shape[0] - depth) if len(parts) > 1 else (shape[0],)
        blocks = cell.gate_order if shape[1] == len(cell.gate_order) * cell.num_units else ()
        gates = blocks or (name.rpartition("/")[0],)
        columns = tuple((gate, shape[1] // len(gates)) for gate in gates)
        yield Kernel(name, tuple(zip(parts, sizes, strict=True)), columns)
