"""What the wrappers that own weights share: variables around those of the cell in them.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py and core_rnn_cell.py (v1.15.0).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from numpy_impl.cell import check_weights
from numpy_impl.interface import with_interface
from numpy_impl.variables import Shape, joined
from numpy_impl.wrappers import Wrapper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from numpy_impl.arrays import Array


@dataclass(frozen=True, eq=False)
class WeightedWrapper(Wrapper):
    """Parent of the wrappers with weights, in variables below the wrapper's own scope, around the cell's.

    Raises:
        TypeError: `cell` is no cell.
    """

    @property
    def innermost(self) -> object:
        """The wrapper itself, which TensorFlow keeps variables of."""
        return self

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
        cell = with_interface(self._cell, self.cell)
        return before | cell.variable_shapes(self.inner_depth(depth), inside) | after

    def with_variables(self, variables: Mapping[str, Array], scope: str = "") -> Self:
        """Return the wrapper, and the cell in it, with the weights that TensorFlow keeps below `scope`.

        Raises:
            ValueError: some of them are missing.
        """
        inside = joined(scope, self.scope)
        bare = {name.removesuffix(":0"): array for name, array in variables.items()}
        own = {name: bare[joined(inside, name)] for name in self.weight_shapes(0) if joined(inside, name) in bare}
        cell: Any = with_interface(self._cell, self.cell).with_variables(variables, inside)
        made: Any = self  # each wrapper has a field for its weights
        return replace(made, cell=cell, weights=self.weights_from(own))

    def get_config(self) -> dict[str, Any]:
        """Return the wrapper's options and, under `cell`, the cell's class and configuration."""
        config = super().get_config()
        del config["name"]  # these wrappers take none
        if not getattr(self, "activation", None):
            config.pop("activation", None)  # None is no activation here, not tanh
        return config

    @staticmethod
    @abstractmethod
    def weights_from(variables: Mapping[str, Array]) -> Any:  # noqa: ANN401 - each wrapper's own Weights
        """Return the weights in these variables; the module's function of this name."""


def settle_wrapper(wrapper: Any, depth: int | None) -> None:  # noqa: ANN401 - any wrapper with weights
    """Check a wrapper's weights for inputs (B, depth); none where it was made without.

    Raises:
        ValueError: they do not fit the wrapper's options or each other.
    """
    if wrapper.weights is not None:
        by_field = {name.replace("/", "_"): shape for name, shape in wrapper.weight_shapes(depth).items()}
        shapes = {field: by_field.get(field) for field in wrapper.weights._fields}
        check_weights(type(wrapper).__name__, wrapper.weights, shapes)
