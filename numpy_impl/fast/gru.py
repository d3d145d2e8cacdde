"""GRUCell over many steps.

    [r u] = sigmoid(x W_x + b + h W_h)
    c = activation(x V_x + d + (r h) V_h)     x [W_x V_x] + [b d] of many steps at once
    h = c + u (h - c)                         written straight into the outputs

Axes: B batch, D input depth, H units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.activations import activation, tanh
from numpy_impl.cell import given_weights
from numpy_impl.fast.kernel import Kernel, Room, copied
from numpy_impl.fast.squash import Raw, activated, form_of, sigmoids

if TYPE_CHECKING:
    from numpy_impl.arrays import Array
    from numpy_impl.fast.squash import Form
    from numpy_impl.gru import GRUCell


class _Weights(NamedTuple):
    """What one form computes with."""

    inputs: Array  # (D + 1, 3 H) of r, u and c, the biases as the last row
    gates: Array  # (H, 2 H)
    candidate: Array  # (H, H)


class GRU(Kernel):
    """What a plan computes with in place of a cell."""

    def __init__(self, cell: GRUCell) -> None:
        """Take the cell's weights and activation."""
        self.weights = copied(given_weights("GRUCell", cell.weights))
        super().__init__(self.weights.gates_kernel, cell.num_units, 3 * cell.num_units, cell.num_units)
        self.state_widths = (cell.num_units,)
        function = activation(cell.activation)
        self.activation = None if function is tanh else function

    def form_weights(self, form: Form) -> _Weights:
        """Return the weights, those of the gates times the form's factor."""
        factor, own, depth = self.dtype.type(form.sigmoid), self.weights, self.depth
        gates = np.concatenate([own.gates_kernel, own.gates_bias[np.newaxis]]) * factor
        candidate = np.concatenate([own.candidate_kernel, own.candidate_bias[np.newaxis]])
        both = np.concatenate([gates, candidate], axis=1)
        recurrent = (np.array(part[depth:-1], order="C") for part in (gates, candidate))
        return _Weights(np.concatenate([both[:depth], both[-1:]]), *recurrent)

    def room(self, batch: int, pre: Array) -> Room:
        """Return the buffers for `batch` rows."""
        return _GRURoom(self, batch, pre)


class _GRURoom(Room):
    carried = ()

    def __init__(self, kernel: GRU, batch: int, pre: Array) -> None:
        units, dtype = kernel.units, kernel.dtype
        form = form_of(batch * units, dtype)
        self.weights: _Weights = kernel.of_form(form)
        self.inputs = self.weights.inputs
        gates = np.empty((2, batch, units), dtype)
        raw = Raw.of_product(gates)
        self.product, self.squash = raw.flat, sigmoids(form, raw, gates)
        self.kept, self.c = np.empty((2, batch, units), dtype)
        self.activate = activated(kernel.activation, self.c, self.c)
        self.r, self.u = gates
        if batch == 1:
            self.r, self.u, self.kept, self.c, pre = self.r[0], self.u[0], self.kept[0], self.c[0], pre[:, 0]
        self.pres = list(zip(pre[..., : 2 * units], pre[..., 2 * units :], strict=True))

    def run(self, pres: list[Any], outs: list[Array], h: Array) -> None:
        """Compute one step for each of `outs`, which h is written into."""
        _, for_gates, for_candidate = self.weights
        product, squash, activate = self.product, self.squash, self.activate
        r, u, c, kept = self.r, self.u, self.c, self.kept
        add, multiply, subtract = np.add, np.multiply, np.subtract
        for (of_gates, of_candidate), out in zip(pres, outs, strict=False):
            h.dot(for_gates, product)
            add(product, of_gates, product)
            for function, arguments in squash:
                function(*arguments)
            multiply(r, h, kept)
            kept.dot(for_candidate, c)
            add(c, of_candidate, c)
            for function, arguments in activate:
                function(*arguments)
            subtract(h, c, kept)
            multiply(kept, u, kept)
            add(kept, c, out)
            h = out
