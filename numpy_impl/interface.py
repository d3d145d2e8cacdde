"""What TensorFlow's cells share beyond a step: zeros to start from, configuration, variables by TensorFlow's names.

Source: tensorflow/python/ops/rnn_cell_impl.py, RNNCell; tensorflow/python/layers/base.py, Layer.
Axes: B batch, D input depth.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from numpy_impl.arrays import Array, require_floating
from numpy_impl.cell import check_weights, input_depth
from numpy_impl.configuration import config_of, options_of
from numpy_impl.state import zero_state
from numpy_impl.variables import Shape, below, default_name, joined

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    import numpy.typing as npt

    from numpy_impl.state import StateSize


class CellInterface:
    """What a cell inherits to have TensorFlow's interface; it says its sizes and computes its step itself.

    Raises:
        NotImplementedError: a size is asked for that the cell does not say, as in TensorFlow.
    """

    @property
    def state_size(self) -> StateSize:
        """The widths of the state, in its structure."""
        raise NotImplementedError(f"{type(self).__name__} has no state_size. Define it as a property.")

    @property
    def output_size(self) -> Any:  # noqa: ANN401 - an integer, or a structure of them
        """The width of the output."""
        raise NotImplementedError(f"{type(self).__name__} has no output_size. Define it as a property.")

    @property
    def scope(self) -> str:
        """The scope of the cell's variables: its `name`, or the class's in snake case."""
        return getattr(self, "name", None) or default_name(type(self).__name__)

    @property
    def innermost(self) -> object:
        """The object that TensorFlow keeps the variables of: the cell itself, of a wrapper the cell in it."""
        return self

    @property
    def is_named_after_its_place(self) -> bool:
        """Whether some variables belong to the place of a call, not to the object; True of a HighwayWrapper."""
        return False

    def zero_state(self, batch_size: int, dtype: npt.DTypeLike) -> Any:  # noqa: ANN401 - structure of state_size
        """Return zeros (B, width) in the structure of `state_size`."""
        return zero_state(self.state_size, batch_size, dtype)

    def get_initial_state(
        self, inputs: npt.ArrayLike | None = None, batch_size: int | None = None, dtype: npt.DTypeLike | None = None
    ) -> Any:  # noqa: ANN401 - structure of state_size
        """Return zeros for the batch and dtype of `inputs` (B, ...), or for those given.

        Raises:
            ValueError: inputs are missing and so is one of the others, or inputs contradict one.
        """
        if inputs is not None:
            found = np.asarray(inputs)
            if batch_size is not None and batch_size != found.shape[0]:
                raise ValueError(
                    f"batch size from input tensor is different from the input param: batch_size: got {batch_size}, "
                    f"should be {found.shape[0]} as in inputs {found.shape}. Leave batch_size out."
                )
            if dtype is not None and np.dtype(dtype) != found.dtype:
                raise ValueError(
                    f"dtype from input tensor is different from the input param: dtype: got {np.dtype(dtype)}, "
                    f"should be {found.dtype} as in inputs. Cast inputs, or leave dtype out."
                )
            batch_size, dtype = found.shape[0], found.dtype
        if batch_size is None or dtype is None:
            raise ValueError(
                "batch_size and dtype cannot be None while constructing initial state: "
                f"got batch_size={batch_size}, dtype={dtype}, should be both. Pass them, or inputs (B, ...)."
            )
        return self.zero_state(int(batch_size), dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the cell's options under TensorFlow's keys; weights are no part of it."""
        return config_of(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return the cell, without weights, that `get_config` described, here or in TensorFlow; TypeError otherwise."""
        return cls(**options_of(cls, config))

    def variable_shapes(self, depth: int, scope: str = "") -> dict[str, Shape]:  # noqa: ARG002 - for cells that have some
        """Return TensorFlow's variable name -> shape for inputs (B, depth), in TensorFlow's order of creation.

        `scope` is where the cell is called: "" for a step, "rnn" in static_rnn and dynamic_rnn. A cell that does not
        say otherwise has none.
        """
        return {}

    def with_variables(self, variables: Mapping[str, Array], scope: str = "") -> Self:  # noqa: ARG002 - as above
        """Return this cell with the weights that TensorFlow keeps below `scope`, names with or without ":0"."""
        return self


class WeightedCell(CellInterface, ABC):
    """A single cell: one set of weights, in variables below the cell's own scope."""

    @abstractmethod
    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the cell's weights for inputs (B, depth), under its own names."""

    def variable_shapes(self, depth: int, scope: str = "") -> dict[str, Shape]:
        """Return TensorFlow's variable name -> shape for inputs (B, depth), in TensorFlow's order of creation.

        `scope` is where the cell is called: "" for a step, "rnn" in static_rnn and dynamic_rnn.
        """
        return {joined(scope, self.scope, name): shape for name, shape in self.own_variables(depth).items()}

    def own_variables(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the cell's variables: of its weights, but where those are kept in parts."""
        return self.weight_shapes(depth)

    def with_variables(self, variables: Mapping[str, Array], scope: str = "") -> Self:
        """Return this cell with the weights that TensorFlow keeps below `scope`, names with or without ":0".

        Raises:
            ValueError: there are none of this cell, or not those that it needs.
        """
        own = below(joined(scope, self.scope), variables)
        cell: Any = self  # a dataclass, in each of the cells
        return replace(cell, weights=self.weights_from(own))

    def depth_of(self, weights: Any) -> int:  # noqa: ANN401 - each cell's own Weights
        """Return D, the width of the inputs that these weights are for: the first kernel's rows but those of h.

        Raises:
            ValueError: the first kernel cannot be one.
        """
        return input_depth(type(self).__name__, weights[0], self.output_size)

    @staticmethod
    @abstractmethod
    def weights_from(variables: Mapping[str, Array]) -> Any:  # noqa: ANN401 - each cell's own Weights
        """Return the weights in these variables; the module's function of this name."""


def with_interface(what: str, cell: Any) -> CellInterface:  # noqa: ANN401 - any cell
    """Return the cell, seen as one with TensorFlow's interface.

    Raises:
        TypeError: it is only good for running.
    """
    if not isinstance(cell, CellInterface):
        raise TypeError(f"{what}: got {type(cell).__name__}, should be a cell with TensorFlow's interface.")
    return cell


def settle(cell: Any) -> None:  # noqa: ANN401 - any cell with weights and dtype
    """Check a cell's weights and dtype, and let the weights decide `dtype` where none was given.

    Raises:
        ValueError: they do not fit the cell's options or each other, or are not of floating point.
    """
    owner, weights = type(cell).__name__, cell.weights
    dtype = None if cell.dtype is None else np.dtype(cell.dtype)
    if dtype is not None:
        require_floating(f"{owner}.dtype", dtype)
    if weights is not None:
        shapes = cell.weight_shapes(cell.depth_of(weights))
        by_field = {name.replace("/", "_"): shape for name, shape in shapes.items()}
        check_weights(owner, weights, {field: by_field.get(field) for field in weights._fields})
        if dtype is not None and dtype != weights[0].dtype:
            raise ValueError(f"{owner}.dtype: got {dtype}, should be {weights[0].dtype} as the weights. Cast one.")
        dtype = weights[0].dtype
    object.__setattr__(cell, "dtype", dtype)  # frozen for everybody else
