r"""`tf.compat.v1.nn.rnn_cell.ResidualWrapper` and `DeviceWrapper`: a cell around a cell.

    ResidualWrapper   y, state' = cell(x, state)     answers residual_fn(x, y), state'     x + y by default
    DeviceWrapper     y, state' = cell(x, state)     answers y, state'

The state is the wrapped cell's: what a ResidualWrapper adds to the output is not fed back.

Source: tensorflow/python/ops/rnn_cell_wrapper_impl.py.
Axes: B batch, D input depth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from numpy_impl.arrays import Array
from numpy_impl.cell import require_cell

if TYPE_CHECKING:
    import numpy.typing as npt

    from numpy_impl.cell import RNNCell
    from numpy_impl.state import State, StateSize

ResidualFn: TypeAlias = Callable[[Array, Array], Array]  # inputs (B, D), the cell's outputs -> outputs


def add_residual(inputs: Array, outputs: Array) -> Array:
    """Return inputs + outputs.

    Raises:
        ValueError: they differ in shape; TensorFlow broadcasts nothing here.
    """
    if inputs.shape != outputs.shape:
        raise ValueError(
            f"ResidualWrapper: got inputs {inputs.shape} and outputs {outputs.shape}, should be of one shape. "
            "Shapes are incompatible: give a residual_fn, or a cell as wide as its inputs."
        )
    return inputs + outputs


def slice_residual(inputs: Array, outputs: Array) -> Array:
    """Return outputs + the first columns of the inputs, as many as there are outputs.

    Raises:
        ValueError: there are fewer inputs than outputs.
    """
    return add_residual(inputs[:, : outputs.shape[1]], outputs)


@dataclass(frozen=True, eq=False)
class Wrapper:
    """Parent of the wrappers: sizes and zeros are the wrapped cell's.

    Raises:
        TypeError: `cell` is no cell.
    """

    cell: RNNCell

    def __post_init__(self) -> None:
        """Check the cell."""
        require_cell(f"{type(self).__name__}.cell", self.cell)

    @property
    def state_size(self) -> StateSize:
        """The cell's."""
        return self.cell.state_size

    @property
    def output_size(self) -> int:
        """The cell's."""
        return self.cell.output_size

    def zero_state(self, batch_size: int, dtype: npt.DTypeLike) -> State:
        """Return the cell's."""
        return self.cell.zero_state(batch_size, dtype)


@dataclass(frozen=True, eq=False)
class ResidualWrapper(Wrapper):
    """A cell whose inputs are added to its outputs, or joined to them by `residual_fn`."""

    residual_fn: ResidualFn | None = None  # None is add_residual

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return residual_fn(inputs, the cell's outputs), and the cell's next state."""
        outputs, new_state = self.cell(inputs, state)
        return (self.residual_fn or add_residual)(inputs, outputs), new_state


@dataclass(frozen=True, eq=False)
class DeviceWrapper(Wrapper):
    """A cell that TensorFlow computes on `device`; NumPy knows one device, and the numbers are the cell's."""

    device: str

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the cell's output and next state."""
        return self.cell(inputs, state)
