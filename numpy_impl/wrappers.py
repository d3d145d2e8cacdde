r"""`tf.compat.v1.nn.rnn_cell.ResidualWrapper` and `DeviceWrapper`: a cell around a cell.

    ResidualWrapper   y, state' = cell(x, state)     answers residual_fn(x, y), state'     x + y by default
    DeviceWrapper     y, state' = cell(x, state)     answers y, state'

The state is the wrapped cell's: what a ResidualWrapper adds to the output is not fed back.

Source: tensorflow/python/ops/rnn_cell_wrapper_impl.py.
Axes: B batch, D input depth.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from numpy_impl.arrays import Array
from numpy_impl.cell import require_cell
from numpy_impl.configuration import cell_entry, cell_from, function_entry, function_from
from numpy_impl.interface import CellInterface, with_interface
from numpy_impl.state import check_one_structure, map_state

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    import numpy.typing as npt

    from numpy_impl.cell import RNNCell
    from numpy_impl.state import State, StateSize
    from numpy_impl.variables import Shape

ResidualFn: TypeAlias = Callable[[Any, Any], Any]  # inputs (B, D) and the cell's outputs, or structures -> outputs


def add_residual(inputs: Any, outputs: Any) -> Any:  # noqa: ANN401 - an array, or a structure of arrays
    """Return inputs + outputs, array by array.

    Raises:
        ValueError: arrays differ in shape, since TensorFlow broadcasts nothing here, or are nested otherwise.
        TypeError: sequences of other classes nest them.
    """
    check_one_structure("ResidualWrapper", inputs, outputs)
    return map_state(_sum, inputs, outputs)


def slice_residual(inputs: Array, outputs: Array) -> Array:
    """Return outputs + the first columns of the inputs, as many as there are outputs.

    Raises:
        ValueError: there are fewer inputs than outputs.
    """
    return _sum(inputs[:, : outputs.shape[1]], outputs)


def _sum(inputs: Array, outputs: Array) -> Array:
    if inputs.shape != outputs.shape:
        raise ValueError(
            f"ResidualWrapper: got inputs {inputs.shape} and outputs {outputs.shape}, should be of one shape. "
            "Shapes are incompatible: give a residual_fn, or a cell as wide as its inputs."
        )
    return inputs + outputs


@dataclass(frozen=True, eq=False)
class Wrapper(CellInterface, ABC):
    """Parent of the wrappers: sizes, zeros and variables are the wrapped cell's; `__call__` is the wrapper's own.

    A wrapper adds nothing to the names of variables. One that has variables of its own says so in `innermost`,
    `variable_shapes` and `with_variables`.

    Raises:
        TypeError: `cell` is no cell.
    """

    cell: RNNCell

    def __post_init__(self) -> None:
        """Check the cell."""
        require_cell(f"{type(self).__name__}.cell", self.cell)
        dtype = getattr(self, "dtype", None)
        if dtype is not None:
            object.__setattr__(self, "dtype", np.dtype(dtype))  # frozen for everybody else

    @property
    def wrapped_cell(self) -> RNNCell:
        """The cell."""
        return self.cell

    @property
    def innermost(self) -> object:
        """The cell inside all wrappers."""
        return getattr(self.cell, "innermost", self.cell)

    @property
    def is_named_after_its_place(self) -> bool:
        """Whether some of the cell's variables are."""
        return getattr(self.cell, "is_named_after_its_place", False)

    @property
    def state_size(self) -> StateSize:
        """The cell's."""
        return self.cell.state_size

    @property
    def output_size(self) -> Any:  # noqa: ANN401 - an integer, or a structure of them
        """The cell's."""
        return self.cell.output_size

    def zero_state(self, batch_size: int, dtype: npt.DTypeLike) -> State:
        """Return the cell's."""
        return self.cell.zero_state(batch_size, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the wrapper's options and, under `cell`, the cell's class and configuration, as TensorFlow does."""
        return super().get_config() | {"cell": cell_entry(with_interface(self._cell, self.cell))}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return the wrapper, without weights, that `get_config` described, here or in TensorFlow; TypeError otherwise.

        The cell may stand in the configuration itself, as TensorFlow wants it.
        """
        inner = {"cell": cell_from(cls.__name__, config["cell"])} if "cell" in config else {}
        return super().from_config({**config, **inner})

    def variable_shapes(self, depth: int, scope: str = "") -> dict[str, Shape]:
        """Return TensorFlow's variable name -> shape of the cell."""
        return with_interface(self._cell, self.cell).variable_shapes(depth, scope)

    def with_variables(self, variables: Mapping[str, Array], scope: str = "") -> Self:
        """Return the wrapper around the cell with the weights that TensorFlow keeps below `scope`; ValueError as it."""
        inner: Any = with_interface(self._cell, self.cell).with_variables(variables, scope)
        return replace(self, cell=inner)

    @abstractmethod
    def __call__(self, inputs: Any, state: Any) -> tuple[Any, Any]:  # noqa: ANN401 - arrays, or structures of them
        """Return the outputs and the next state for one input."""

    @property
    def _cell(self) -> str:
        return f"{type(self).__name__}.cell"


@dataclass(frozen=True, eq=False)
class ResidualWrapper(Wrapper):
    """A cell whose inputs are added to its outputs, or joined to them by `residual_fn`.

    Raises:
        TypeError: `cell` is no cell, or `residual_fn` no function.
    """

    residual_fn: ResidualFn | None = None  # None is add_residual
    name: str | None = field(default=None, kw_only=True)  # in the configuration alone; None is "residual_wrapper"
    dtype: Any = field(default=None, kw_only=True)  # in the configuration alone: the cell computes in its own

    def __post_init__(self) -> None:
        """Check the cell and the function."""
        super().__post_init__()
        if self.residual_fn is not None and not callable(self.residual_fn):
            raise TypeError(
                f"ResidualWrapper.residual_fn: got {self.residual_fn!r}, should be None or a function of inputs and "
                "outputs. Leave it out to add them."
            )

    def get_config(self) -> dict[str, Any]:
        """Return the options; the function by its name and module, itself where it has none, not at all where None."""
        config = super().get_config()
        return config | function_entry("residual_fn", config.pop("residual_fn"))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return the wrapper, without weights, that `get_config` described; TypeError otherwise."""
        return super().from_config(function_from("ResidualWrapper", config, "residual_fn"))

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return residual_fn(inputs, the cell's outputs), and the cell's next state."""
        outputs, new_state = self.cell(inputs, state)
        return (self.residual_fn or add_residual)(inputs, outputs), new_state


@dataclass(frozen=True, eq=False)
class DeviceWrapper(Wrapper):
    """A cell that TensorFlow computes on `device`; NumPy knows one device, and the numbers are the cell's."""

    device: Any  # a name like "/cpu:0", or TensorFlow's function of an operation
    name: str | None = field(default=None, kw_only=True)  # in the configuration alone; None is "device_wrapper"
    dtype: Any = field(default=None, kw_only=True)  # in the configuration alone: the cell computes in its own

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the cell's output and next state."""
        return self.cell(inputs, state)
