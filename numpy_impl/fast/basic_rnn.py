"""BasicRNNCell over many steps.

    h = activation(x W_x + b + h W_h)

Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from numpy_impl.activations import activation, tanh
from numpy_impl.cell import given_weights
from numpy_impl.fast.kernel import Kernel, Room, copied
from numpy_impl.fast.squash import TANH, activated

if TYPE_CHECKING:
    from numpy_impl.arrays import Array
    from numpy_impl.basic_rnn import BasicRNNCell
    from numpy_impl.fast.squash import Form


class BasicRNN(Kernel):
    """What a plan computes with in place of a cell."""

    def __init__(self, cell: BasicRNNCell) -> None:
        """Take the cell's weights and activation."""
        weights = copied(given_weights("BasicRNNCell", cell.weights))
        super().__init__(weights.kernel, cell.num_units, cell.num_units, cell.num_units)
        self.state_widths = (cell.num_units,)
        self.weights = weights
        function = activation(cell.activation)
        self.activation = None if function is tanh else function

    def form_weights(self, form: Form) -> tuple[Array, Array]:  # noqa: ARG002 - nothing to scale
        """Return the rows for inputs, the bias as the last one, and those for h."""
        kernel, depth = self.weights.kernel, self.depth
        return np.concatenate([kernel[:depth], self.weights.bias[np.newaxis]]), np.array(kernel[depth:], order="C")

    def room(self, batch: int, pre: Array) -> Room:
        """Return the buffers for `batch` rows."""
        return _BasicRNNRoom(self, batch, pre)


class _BasicRNNRoom(Room):
    carried = ()

    def __init__(self, kernel: BasicRNN, batch: int, pre: Array) -> None:
        self.inputs, self.recurrent = kernel.of_form(TANH)
        product = np.empty((batch, kernel.units), kernel.dtype)
        self.product: Array = product[0] if batch == 1 else product
        self.pres = list(pre[:, 0] if batch == 1 else pre)
        values = product if kernel.activation else self.product  # a function of one's own sees (B, H)
        self.calls = activated(kernel.activation, values, values)

    def run(self, pres: list[Any], outs: list[Array], h: Array) -> None:
        """Compute one step for each of `outs`, which h is written into."""
        recurrent, product, calls, add = self.recurrent, self.product, self.calls, np.add
        *before, (last, arguments) = calls
        for pre, out in zip(pres, outs, strict=False):
            h.dot(recurrent, product)
            add(product, pre, product)
            for function, given in before:
                function(*given)
            last(*arguments[:-1], out)
            h = out
