"""A case of a cell that was written by hand, and the depth of its inputs, told by arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.layouts.arrays import packed_shapes
from rnn_parity.spec import CaseSpec, CellSpec, RunSpec, Sizes
from rnn_parity.spec.runs import Chunked, StateSavingRNN
from rnn_parity.spec.text import parsed
from rnn_parity.structure import Array


def case_from_text(cell: str, run: str = "DynamicRNN()", *, depth: int, dtype: str = "float32") -> CaseSpec:
    """Return a case of this cell, run and input depth; the rest of it decides on no variable.

    Raises:
        CellTextError: one of the texts is no cell or no run.
        UnsupportedOptionError: an option has a value that TensorFlow does not take.
    """
    made, runs = parsed(cell, CellSpec), parsed(run, RunSpec)
    steps = sum(runs.chunks) if isinstance(runs, Chunked | StateSavingRNN) else 1
    rows = len(getattr(runs, "sequence_length", None) or (0,))
    return CaseSpec(
        id="convert/given", why="given by hand", seed=0, cell=made, run=runs, dtype=dtype,  # type: ignore[arg-type]
        sizes=Sizes(batch_size=rows, max_time=steps, depth=depth),
    )  # fmt: skip


def depth_of(
    case: Callable[[int], CaseSpec],
    pack: Callable[..., dict[str, Array]],
    named: Callable[[CaseSpec], dict[str, Array]],
) -> int | None:
    """Return the input depth at which the arrays have the shapes that they have, or None where it cannot be told.

    Args:
        case: depth -> the case of that input depth.
        pack: that of the layout in which the arrays are.
        named: a case -> the arrays, by their names in that layout.
    """
    try:
        one, two = (packed_shapes(pack, case(depth)) for depth in (1, 2))
        arrays = named(case(1))
    except UnsupportedOptionError:  # widths that depend on each other
        return None
    for name, shape in one.items():
        got = np.shape(arrays.get(name, ()))
        for axis, (first, second) in enumerate(zip(shape, two[name], strict=True)):
            if first != second and len(got) == len(shape):
                more, left = divmod(got[axis] - first, second - first)
                return more + 1 if not left and more >= 0 else None
    return None
