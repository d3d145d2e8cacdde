"""What a cell is made of: layers, stacks and the wrappers that a whole sequence can be run through.

    stack      layer after layer, each over all steps before the next; small layers as one cell, a step apart
    residual   outputs + inputs, over all steps at once

Axes: B batch.
"""

from __future__ import annotations

from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from numpy_impl.arrays import check_array
from numpy_impl.basic_lstm import BasicLSTMCell
from numpy_impl.basic_rnn import BasicRNNCell
from numpy_impl.fast.basic_rnn import BasicRNN
from numpy_impl.fast.gru import GRU
from numpy_impl.fast.kernel import Kernel
from numpy_impl.fast.lstm import LSTM
from numpy_impl.fast.merged import Wave, one_step_apart
from numpy_impl.gru import GRUCell
from numpy_impl.lstm import LSTMCell
from numpy_impl.stacked import MultiRNNCell
from numpy_impl.state import join_lstm_state, split_lstm_state
from numpy_impl.wrappers import DeviceWrapper, ResidualWrapper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy_impl.arrays import Array
    from numpy_impl.fast.kernel import Spaces
    from numpy_impl.fast.rows import Rows

    States = Iterator[tuple[Array, ...]]  # of the layers, from the input up

KERNELS: dict[type, Any] = {BasicRNNCell: BasicRNN, GRUCell: GRU, BasicLSTMCell: LSTM, LSTMCell: LSTM}


class UnsupportedCellError(TypeError):
    """The fast form has no way to run this cell; numpy_impl's own runners have.

    Attributes:
        lacking: what there is not, in a few words: "no fast form of UGRNNCell".
    """

    def __init__(self, lacking: str, said: str) -> None:
        """Take both; `said` is what was got and what it should be."""
        super().__init__(f"{said}. Run it with numpy_impl's own dynamic_rnn.")
        self.lacking = lacking


class Part(Protocol):
    """A cell, or a part of one."""

    depth: int
    dtype: np.dtype[Any]

    def kernels(self) -> Iterator[Kernel]:
        """Yield the layers, from the input up."""

    def split(self, state: Any, batch: int) -> Iterator[tuple[Array, ...]]:  # noqa: ANN401 - in the cell's structure
        """Yield each layer's arrays of a state, (c, h) or (h,); ValueError where one does not fit."""

    def join(self, layers: Iterator[tuple[Array, ...]]) -> Any:  # noqa: ANN401 - as above
        """Return the state that these arrays, taken one layer at a time, are."""

    def run(self, rows: Rows, inputs: Array, states: States, spaces: Spaces) -> Array:
        """Return the outputs, kept as `rows` keeps inputs; the arrays of the layers' states are written into."""


class Layer:
    """A single cell."""

    def __init__(self, cell: Any) -> None:  # noqa: ANN401 - one of KERNELS
        """Arrange its weights."""
        self.cell, self.kernel = cell, KERNELS[type(cell)](cell)
        self.depth, self.dtype = self.kernel.depth, self.kernel.dtype

    def kernels(self) -> Iterator[Kernel]:
        """Yield the one layer."""
        yield self.kernel

    def split(self, state: Any, batch: int) -> Iterator[tuple[Array, ...]]:  # noqa: ANN401 - array or tuple
        """Yield the arrays."""
        owner = type(self.cell).__name__
        arrays: tuple[Array, ...] = (state,)
        if isinstance(self.kernel, LSTM):
            arrays = split_lstm_state(owner, state, self.kernel.units, state_is_tuple=self.cell.state_is_tuple)
        for array, width in zip(arrays, self.kernel.state_widths, strict=True):
            check_array(f"{owner} state", array, (batch, width), self.dtype)
        yield arrays

    def join(self, layers: Iterator[tuple[Array, ...]]) -> Any:  # noqa: ANN401 - as above
        """Return the state of the next layer."""
        arrays = next(layers)
        if isinstance(self.kernel, LSTM):
            return join_lstm_state(*arrays, state_is_tuple=self.cell.state_is_tuple)
        return arrays[0]

    def run(self, rows: Rows, inputs: Array, states: States, spaces: Spaces) -> Array:
        """Return the outputs."""
        space, state = spaces[self.kernel], next(states)
        outputs = rows.empty(self.kernel.width, self.dtype)
        for xs, outs in zip(rows.runs(inputs), rows.runs(outputs), strict=True):
            space.run(xs, outs, state)
        return outputs


class StackOfParts:
    """A MultiRNNCell."""

    def __init__(self, cell: MultiRNNCell, parts: list[Part]) -> None:
        """Take what its cells are."""
        self.cell, self.parts = cell, parts
        self.depth, self.dtype = parts[0].depth, parts[0].dtype
        width = parts[0].depth
        for below, part in zip(cell.cells, parts[1:], strict=False):
            width = below.output_size
            if part.depth != width or part.dtype != self.dtype:
                raise ValueError(
                    f"MultiRNNCell: got a cell for inputs {part.depth} {part.dtype} "
                    f"above outputs {width} {self.dtype}, "
                    "should be one width and dtype. Take the weights of one stack."
                )
        layers = [part.cell for part in parts if isinstance(part, Layer)]
        one = one_step_apart(layers) if 1 < len(layers) == len(parts) else None
        self.wave = None if one is None else Wave(Layer(one).kernel, len(parts))

    def kernels(self) -> Iterator[Kernel]:
        """Yield the layers of each part."""
        for part in self.parts:
            yield from part.kernels()

    def split(self, state: Any, batch: int) -> Iterator[tuple[Array, ...]]:  # noqa: ANN401 - array or tuple
        """Yield the arrays of each part."""
        if self.cell.state_is_tuple:
            if not isinstance(state, (tuple, list)) or len(state) != len(self.parts):
                got = f"one of {len(state)}" if isinstance(state, (tuple, list)) else f"an array {np.shape(state)}"
                raise ValueError(f"Expected state to be a tuple of length {len(self.parts)}, but received: {got}.")
        else:
            widths: list[Any] = [cell.state_size for cell in self.cell.cells]
            check_array("MultiRNNCell state", state, (batch, sum(widths)), self.dtype)
            state = np.split(state, list(accumulate(widths[:-1])), axis=1)
        for part, own in zip(self.parts, state, strict=True):
            yield from part.split(own, batch)

    def join(self, layers: Iterator[tuple[Array, ...]]) -> Any:  # noqa: ANN401 - as above
        """Return the tuple of the parts' states, or their columns side by side."""
        states = tuple(part.join(layers) for part in self.parts)
        return states if self.cell.state_is_tuple else np.concatenate(states, axis=1)

    def run(self, rows: Rows, inputs: Array, states: States, spaces: Spaces) -> Array:
        """Return the outputs of the last part."""
        if self.wave is not None and self.wave.takes(rows) and len(rows.runs(inputs)) == 1:
            own = list(islice(states, len(self.parts)))
            outputs = rows.empty(self.wave.kernel.width // len(own), self.dtype)
            (xs,), (outs,) = rows.runs(inputs), rows.runs(outputs)
            if self.wave.run(xs, outs, own, spaces[self.wave.kernel]):
                return outputs
            states = iter(own)
        for part in self.parts:
            inputs = part.run(rows, inputs, states, spaces)
        return inputs


class Residual:
    """A ResidualWrapper without a function of its own."""

    def __init__(self, part: Part, width: int) -> None:
        """Take what the cell in it is."""
        self.part, self.depth, self.dtype = part, part.depth, part.dtype
        if width != part.depth:
            raise ValueError(
                f"ResidualWrapper: got inputs of {part.depth} and outputs of {width}, should be one width to be added."
            )
        self.kernels, self.split, self.join = part.kernels, part.split, part.join

    def run(self, rows: Rows, inputs: Array, states: States, spaces: Spaces) -> Array:
        """Return outputs + inputs."""
        outputs = self.part.run(rows, inputs, states, spaces)
        return np.add(inputs, outputs, outputs)


def part_of(cell: Any) -> Part:  # noqa: ANN401 - any cell
    """Return what the cell is made of.

    Raises:
        UnsupportedCellError: it, or something in it, is not of the core, or is neither of float32 nor float64.
        ValueError: it has no weights, or they do not fit each other.
    """
    kind = type(cell)
    if kind in KERNELS:
        part = Layer(cell)
        if part.dtype not in (np.float32, np.float64):
            raise UnsupportedCellError(
                f"no fast form in {part.dtype}",
                f"{kind.__name__}: got weights of {part.dtype}, should be float32 or float64",
            )
        return part
    if kind is MultiRNNCell:
        return StackOfParts(cell, [part_of(one) for one in cell.cells])
    if kind is DeviceWrapper:
        return part_of(cell.cell)
    if kind is ResidualWrapper and cell.residual_fn is None:
        return Residual(part_of(cell.cell), cell.output_size)
    if kind is ResidualWrapper:
        name = getattr(cell.residual_fn, "__name__", repr(cell.residual_fn))
        raise UnsupportedCellError(
            "no fast form of a ResidualWrapper with a residual_fn",
            f"ResidualWrapper.residual_fn: got {name}, should be None",
        )
    supported = ", ".join(one.__name__ for one in (*KERNELS, MultiRNNCell, ResidualWrapper, DeviceWrapper))
    raise UnsupportedCellError(
        f"no fast form of {kind.__name__}", f"cell: got {kind.__name__}, should be of {supported}"
    )
