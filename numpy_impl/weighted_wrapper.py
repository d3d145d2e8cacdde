"""What the wrappers that own weights share: variables around those of the cell in them.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py and core_rnn_cell.py (v1.15.0).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from numpy_impl.cell import check_weights, require_cell
from numpy_impl.configuration import config_of
from numpy_impl.interface import CellInterface
from numpy_impl.variables import Shape, joined

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    import numpy.typing as npt

    from numpy_impl.arrays import Array
    from numpy_impl.cell import RNNCell
    from numpy_impl.state import State, StateSize


@dataclass(frozen=True, eq=False)
class WeightedWrapper(CellInterface):
    """Parent of the wrappers with weights: sizes and zeros are the wrapped cell's.

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

    def inner_depth(self, depth: int) -> int:
        """Return the width of what the cell reads where the wrapper reads (B, depth)."""
        return depth

    def shapes_before(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002 - most have none
        """Return the shapes of the wrapper's own variables that TensorFlow creates before the cell's."""
        return {}

    def shapes_after(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002 - as above
        """Return the shapes of the wrapper's own variables that TensorFlow creates after the cell's."""
        return {}

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of all of the wrapper's own variables, under its own names."""
        return self.shapes_before(depth) | self.shapes_after(depth)

    def variable_shapes(self, depth: int, scope: str = "") -> dict[str, Shape]:
        """Return TensorFlow's variable name -> shape, the cell's included, in TensorFlow's order of creation."""
        inside = joined(scope, self.scope)
        before, after = (
            {joined(inside, name): shape for name, shape in shapes.items()}
            for shapes in (self.shapes_before(depth), self.shapes_after(depth))
        )
        return before | self._inner.variable_shapes(self.inner_depth(depth), inside) | after

    def with_variables(self, variables: Mapping[str, Array], scope: str = "") -> Self:
        """Return the wrapper, and the cell in it, with the weights that TensorFlow keeps below `scope`.

        Raises:
            ValueError: some of them are missing.
        """
        inside = joined(scope, self.scope)
        bare = {name.removesuffix(":0"): array for name, array in variables.items()}
        own = {name: bare[joined(inside, name)] for name in self.weight_shapes(0) if joined(inside, name) in bare}
        cell = self._inner.with_variables(variables, inside)
        made: Any = self  # each wrapper has a field for its weights
        return replace(made, cell=cell, weights=self.weights_from(own))

    def get_config(self) -> dict[str, Any]:
        """Return the wrapper's options, the cell as TensorFlow's own wrappers write it: its class and configuration."""
        config = config_of(self)
        del config["name"]  # these wrappers take none
        if not getattr(self, "activation", None):
            config.pop("activation", None)  # None is no activation here, not tanh
        return config | {"cell": {"class_name": type(self.cell).__name__, "config": self._inner.get_config()}}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return the wrapper, without weights, of what `get_config` returned, or around a cell; TypeError otherwise."""
        return super().from_config({**config, "cell": _cell_of(cls.__name__, config.get("cell"))})

    @staticmethod
    @abstractmethod
    def weights_from(variables: Mapping[str, Array]) -> Any:  # noqa: ANN401 - each wrapper's own Weights
        """Return the weights in these variables; the module's function of this name."""

    @property
    def _inner(self) -> CellInterface:
        if not isinstance(self.cell, CellInterface):
            raise TypeError(
                f"{type(self).__name__}.cell: got {type(self.cell).__name__}, should be a cell with TensorFlow's "
                "interface. It has no names for its variables."
            )
        return self.cell


def _cell_of(owner: str, entry: Any) -> Any:  # noqa: ANN401 - a cell, or its class and configuration
    """Return the cell of a wrapper's configuration."""
    if not isinstance(entry, dict):
        return entry
    import numpy_impl  # noqa: PLC0415 - it imports this module

    name = entry.get("class_name")
    made = getattr(numpy_impl, str(name), None)
    if not isinstance(made, type) or not issubclass(made, CellInterface):
        raise TypeError(f"{owner} config: got class_name {name!r}, should be the name of a cell in numpy_impl.")
    return made.from_config(entry["config"])


def settle_wrapper(wrapper: Any, depth: int | None) -> None:  # noqa: ANN401 - any wrapper with weights
    """Check a wrapper's weights for inputs (B, depth); none where it was made without.

    Raises:
        ValueError: they do not fit the wrapper's options or each other.
    """
    if wrapper.weights is not None:
        by_field = {name.replace("/", "_"): shape for name, shape in wrapper.weight_shapes(depth).items()}
        shapes = {field: by_field.get(field) for field in wrapper.weights._fields}
        check_weights(type(wrapper).__name__, wrapper.weights, shapes)
