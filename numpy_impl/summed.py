r"""A subclass of `tf.compat.v1.nn.rnn_cell.MultiRNNCell` that answers the sum of all its cells' outputs.

    x_0 = x
    x_{n+1}, state_n' = cell_n(x_n, state_n)
    y = x_1 + x_2 + ... + x_N

Every cell still reads the output of the one below it, not the sum; states are those of MultiRNNCell.

Source: tensorflow/python/ops/rnn_cell_impl.py, MultiRNNCell.call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numpy_impl.stacked import MultiRNNCell

if TYPE_CHECKING:
    from numpy_impl.arrays import Array


@dataclass(frozen=True, eq=False)
class SummedMultiRNNCell(MultiRNNCell):
    """A stack whose output is the sum of its cells' outputs.

    Raises:
        ValueError: as MultiRNNCell, or the cells' outputs differ in width.
        TypeError: `cells` is no list or tuple.
    """

    def __post_init__(self) -> None:
        """Check the cells."""
        super().__post_init__()
        widths = [cell.output_size for cell in self.cells]
        if len(set(widths)) > 1:
            raise ValueError(
                f"SummedMultiRNNCell.cells: got output sizes {widths}, should be all the same. "
                "Give the cells one width, or project them to one."
            )

    def answer(self, outputs: list[Array]) -> Array:
        """Return the sum of what the cells answered."""
        return np.sum(outputs, axis=0, dtype=outputs[0].dtype)
