"""What computes a layer over many steps: the products of all inputs first, then step by step what waits for h.

    pre = [x 1] [W_x; b]          BLOCK rows at a time, so that they are still in the cache when their step comes
    h = step(pre_t + h W_h)       on buffers made once for each number of rows

Axes: T steps, B rows that run, D input depth, H units, P outputs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from numpy_impl.cell import WeightsT

if TYPE_CHECKING:
    from numpy_impl.arrays import Array
    from numpy_impl.fast.squash import Form

BLOCK = 512  # rows of inputs in one product: enough for BLAS to run at full speed
MAX_ROOMS = 64  # numbers of rows that a space keeps buffers for


def copied(weights: WeightsT) -> WeightsT:
    """Return copies of all of a cell's weights: each form of them is arranged when a call first wants it."""
    return weights._make(None if array is None else np.array(array, order="C") for array in weights)


class Kernel(ABC):
    """A cell's weights, arranged to be run over many steps.

    Attributes:
        depth: D.
        width: P.
        columns: how many numbers of a row the inputs are multiplied into.
        units: H.
        dtype: of weights, inputs and states.
        state_widths: of the state's arrays, h the last.
    """

    state_widths: tuple[int, ...]

    def __init__(self, kernel: Array, width: int, columns: int, units: int) -> None:
        """Take sizes and dtype of a kernel (D + P, ...)."""
        self.depth, self.width, self.columns, self.units = len(kernel) - width, width, columns, units
        self.dtype = kernel.dtype
        self._by_form: dict[Form, Any] = {}

    def of_form(self, form: Form) -> Any:  # noqa: ANN401 - each kernel's own weights
        """Return the weights for one form, made at the first call."""
        if form not in self._by_form:
            self._by_form[form] = self.form_weights(form)
        return self._by_form[form]

    @abstractmethod
    def form_weights(self, form: Form) -> Any:  # noqa: ANN401 - as above
        """Return copies of the weights, times the form's factors."""

    @abstractmethod
    def room(self, batch: int, pre: Array) -> Room:
        """Return the buffers for `batch` rows; `pre` (steps, B, columns) is where the products of inputs stand."""


class Room(ABC):
    """Buffers for one number of rows.

    Attributes:
        inputs: (D + 1, columns) what inputs are multiplied with, the bias as the last row.
        carried: the state's arrays but h.
        pres: step -> the view of its products of inputs that the step adds.
    """

    inputs: Array
    carried: tuple[Array, ...]
    pres: list[Any]

    @abstractmethod
    def run(self, pres: list[Any], outs: list[Array], h: Array) -> None:
        """Compute one step for each of `outs` (B, P), which h is written into; all of (P,) where B is 1."""


class Space:
    """One kernel's buffers, for the largest number of rows yet; the smaller ones lie in the same memory."""

    def __init__(self, kernel: Kernel) -> None:
        """Start with none."""
        self.kernel, self.rows = kernel, 0
        self._rooms: dict[int, tuple[int, Room, Array, Array]] = {}

    def room(self, batch: int, steps: int) -> tuple[int, Room, Array, Array]:
        """Return for how many steps there is room, the room, and the flat inputs and products of that many."""
        block = min(steps, max(1, BLOCK // batch))
        found = self._rooms.get(batch)
        if found is not None and found[0] >= block:
            return found
        if block * batch > self.rows:
            self._grow(block * batch)
        elif len(self._rooms) >= MAX_ROOMS:
            self._rooms.clear()
        rows, kernel = block * batch, self.kernel
        pre = self._pre[:rows]
        room = kernel.room(batch, pre.reshape(block, batch, kernel.columns))
        self._rooms[batch] = made = block, room, self._x[:rows], pre
        return made

    def _grow(self, rows: int) -> None:
        self.rows, kernel = rows, self.kernel
        self._rooms.clear()
        self._x = np.ones((rows, kernel.depth + 1), kernel.dtype)
        self._pre = np.empty((rows, kernel.columns), kernel.dtype)

    def run(self, xs: Array, outs: Array, state: tuple[Array, ...]) -> None:
        """Compute outs (T, B, P) of xs (T, B, D), from and into the first B rows of the state's arrays."""
        steps, batch, depth = xs.shape
        block, room, x, pre = self.room(batch, steps)
        for own, whole in zip(room.carried, state, strict=False):
            own[...] = whole[:batch]
        h, by_step = (state[-1][0], list(outs[:, 0])) if batch == 1 else (state[-1][:batch], list(outs))
        for start in range(0, steps, block):
            part = xs[start : start + block]
            rows = len(part) * batch
            x[:rows, :depth].reshape(part.shape)[...] = part
            np.dot(x[:rows], room.inputs, pre[:rows])
            now = by_step[start : start + block]
            room.run(room.pres, now, h)
            h = now[-1]
        state[-1][:batch] = outs[-1]
        for own, whole in zip(room.carried, state, strict=False):
            whole[:batch] = own


class Spaces(dict[Kernel, Space]):
    """The buffers of a call in progress: a kernel -> its space, made when it is first asked for."""

    def __missing__(self, kernel: Kernel) -> Space:
        """Make a kernel's space."""
        self[kernel] = made = Space(kernel)
        return made


class Pool:
    """Buffers of calls that are over: each call in progress has its own, in whichever thread it runs."""

    def __init__(self) -> None:
        """Start with none."""
        self._idle: list[Spaces] = []  # taking from a list and adding to it is atomic

    def taken(self) -> Spaces:
        """Return buffers that nobody else has."""
        try:
            return self._idle.pop()
        except IndexError:
            return Spaces()

    def give_back(self, spaces: Spaces) -> None:
        """Keep them for a later call."""
        self._idle.append(spaces)
