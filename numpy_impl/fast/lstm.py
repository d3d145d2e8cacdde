"""BasicLSTMCell and LSTMCell over many steps.

    [o i f j] = x W_x + b + h W_h             x W_x + b of many steps at once
    c = clip(i j + f c)                       one product of [i f] and [j c], which lie side by side
    h = clip(o activation(c) projection)      written straight into the outputs

Peepholes add w c to i and f before they are squashed, and w c' to o after c' is known.

Axes: B batch, D input depth, H units, P projection (H where there is none).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numpy_impl.activations import activation, tanh
from numpy_impl.basic_lstm import GATES
from numpy_impl.cell import given_weights
from numpy_impl.fast.kernel import Kernel, Room, copied
from numpy_impl.fast.squash import (
    Call,
    Form,
    Raw,
    activated,
    clip_in_place,
    clipped,
    form_of,
    sigmoids,
    sigmoids_and_tanh,
)

if TYPE_CHECKING:
    from numpy_impl.arrays import Array
    from numpy_impl.basic_lstm import BasicLSTMCell
    from numpy_impl.lstm import LSTMCell

ORDER = ("o", "i", "f", "j")  # the column blocks here; c comes after j


@dataclass(frozen=True)
class _Weights:
    """What one form computes with."""

    inputs: Array  # (D + 1, 4 H), the bias as the last row
    recurrent: Array  # (P, 4 H)
    peepholes: Array | None  # (3, 1, H) of o, i, f


class LSTM(Kernel):
    """What a plan computes with in place of a cell."""

    def __init__(self, cell: BasicLSTMCell | LSTMCell) -> None:
        """Take the cell's weights and options."""
        weights: Any = copied(given_weights(type(cell).__name__, cell.weights))
        super().__init__(weights.kernel, cell.output_size, len(ORDER) * cell.num_units, cell.num_units)
        self.cell, self.weights = cell, weights
        self.state_widths = (cell.num_units, cell.output_size)
        function = activation(cell.activation)
        self.activation = None if function is tanh else function
        self.projection: Array | None = getattr(weights, "projection_kernel", None)
        self.cell_clip = getattr(cell, "cell_clip", None)
        self.proj_clip = None if self.projection is None else getattr(cell, "proj_clip", None)

    def form_weights(self, form: Form) -> _Weights:
        """Return the weights, blocks in ORDER, times the form's factors."""
        last = 1.0 if self.activation else form.tanh
        factors = np.array([*[form.sigmoid] * 3, last], self.dtype)
        bias = self.weights.bias.reshape(len(GATES), -1).copy()
        bias[GATES.index("f")] += self.dtype.type(self.cell.forget_bias)
        whole = np.concatenate([self.weights.kernel, bias.reshape(1, -1)])
        blocks = whole.reshape(len(whole), len(GATES), -1)[:, [GATES.index(gate) for gate in ORDER]]
        whole = (blocks * factors[:, np.newaxis]).reshape(whole.shape)
        inputs = np.concatenate([whole[: self.depth], whole[-1:]])
        return _Weights(inputs, np.ascontiguousarray(whole[self.depth : -1]), self._peepholes(factors))

    def _peepholes(self, factors: Array) -> Array | None:
        if getattr(self.weights, "w_f_diag", None) is None:
            return None
        diagonals = [getattr(self.weights, f"w_{gate}_diag") for gate in ORDER[:3]]
        return (np.stack(diagonals) * factors[:3, np.newaxis])[:, np.newaxis]

    def room(self, batch: int, pre: Array) -> LSTMRoom:
        """Return the buffers for `batch` rows and the products of inputs and weights `pre` (steps, B, 4 H)."""
        return LSTMRoom(self, batch, pre)


class LSTMRoom(Room):
    """Buffers for one number of rows, and the calls of a step on them."""

    def __init__(self, kernel: LSTM, batch: int, pre: Array) -> None:
        """Make both."""
        units, dtype = kernel.units, kernel.dtype
        form = form_of(batch * units, dtype)
        self.weights: _Weights = kernel.of_form(form)
        self.inputs = self.weights.inputs
        work = np.empty((5, batch, units), dtype)  # o i f j c
        self.carried = (work[4],)
        raw = Raw.of_product(work[:4])
        self.product = self.left = self.total = raw.flat
        self.pres = list(pre[:, 0] if batch == 1 else pre)
        if self.weights.peepholes is not None and batch > 1:  # c is added to some gates: quicker gate by gate
            self.left, self.total, raw = raw.by_gate, work[:4], Raw.in_place(work[:4])
            self.pres = list(pre.reshape(-1, batch, len(ORDER), units).swapaxes(1, 2))
        self.squashed, self.o = np.empty((batch, units), dtype), work[0]
        self.calls = self._calls(kernel, form, raw, work, self.squashed)
        self.projection, self.proj_clip = kernel.projection, kernel.proj_clip
        if batch == 1:
            self.squashed, self.o = self.squashed[0], self.o[0]

    def _calls(self, kernel: LSTM, form: Form, raw: Raw, work: Array, squashed: Array) -> list[Call]:
        """Return what a step does between its products of matrices, up to activation(c)."""
        peepholes, pair = self.weights.peepholes, np.empty_like(work[1:3])
        calls: list[Call] = []
        first = 0 if peepholes is None else 1  # o waits for c'
        if peepholes is not None:
            i_f = raw.by_gate[1:3]
            calls += [(np.multiply, (work[4], peepholes[1:], pair)), (np.add, (i_f, pair, i_f))]
        if kernel.activation:
            calls += sigmoids(form, raw.part(first, 3), work[first:3])
            calls += activated(kernel.activation, raw.by_gate[3], work[3])
        else:
            calls += sigmoids_and_tanh(form, raw.part(first, 4), work[first:4])
        calls += [(np.multiply, (work[1:3], work[3:5], pair)), (np.add, (pair[0], pair[1], work[4]))]
        calls += clipped(kernel.cell_clip, work[4])
        if peepholes is not None:
            o = raw.by_gate[0]
            calls += [(np.multiply, (work[4], peepholes[0], squashed)), (np.add, (o, squashed, o))]
            calls += sigmoids(form, raw.part(0, 1), work[:1])
        return [*calls, *activated(kernel.activation, work[4], squashed)]

    def run(self, pres: list[Any], outs: list[Array], h: Array) -> None:
        """Compute one step for each of `outs`, which h is written into."""
        recurrent, product, left, total = self.weights.recurrent, self.product, self.left, self.total
        calls, squashed, o, projection = self.calls, self.squashed, self.o, self.projection
        add, multiply = np.add, np.multiply
        for pre, out in zip(pres, outs, strict=False):
            h.dot(recurrent, product)
            add(left, pre, total)
            for function, arguments in calls:
                function(*arguments)
            if projection is None:
                multiply(squashed, o, out)
            else:
                multiply(squashed, o, squashed)
                squashed.dot(projection, out)
                clip_in_place(self.proj_clip, out)
            h = out
