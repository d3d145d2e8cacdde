"""`tf.compat.v1.nn.rnn_cell.MultiRNNCell`: cells on top of each other, in one step.

    x_0 = x
    x_{n+1}, state_n' = cell_n(x_n, state_n)

The output is that of the last cell.

Source: tensorflow/python/ops/rnn_cell_impl.py, MultiRNNCell.call.
Axes: B batch, D input depth.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from numpy_impl.arrays import Array, check_array
from numpy_impl.configuration import cell_entry, cell_from
from numpy_impl.interface import CellInterface, with_interface
from numpy_impl.state import State, StateSize
from numpy_impl.variables import Shape, joined, refuse_second_place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from numpy_impl.cell import RNNCell


@dataclass(frozen=True, eq=False)
class MultiRNNCell(CellInterface):
    """A cell made of cells, the first of which sees the inputs.

    Raises:
        ValueError: no cells, or cells with tuple states under state_is_tuple=False.
        TypeError: `cells` is no list or tuple.
    """

    cells: Sequence[RNNCell]
    state_is_tuple: bool = True  # a tuple of the cells' states; else their columns side by side in one array

    def __post_init__(self) -> None:
        """Check the cells."""
        if not self.cells:
            raise ValueError(
                f"{self._name}.cells: got none, should be a list of cells. Must specify at least one cell."
            )
        if not isinstance(self.cells, (list, tuple)):
            raise TypeError(f"{self._name}.cells: got {type(self.cells).__name__}, should be a list or tuple of cells.")
        if len({id(cell) for cell in self.cells}) < len(self.cells):
            _warn_of_shared_weights()
        sizes = [cell.state_size for cell in self.cells]
        if not self.state_is_tuple and any(isinstance(size, tuple) for size in sizes):
            raise ValueError(
                "Some cells return tuples of states, but the flag state_is_tuple is not set: "
                f"got state sizes {sizes}, should be integers. Make the cells with state_is_tuple=False too."
            )

    @property
    def state_size(self) -> StateSize:
        """The cells' sizes, or their sum."""
        sizes = tuple(cell.state_size for cell in self.cells)
        return sizes if self.state_is_tuple else sum(cast("tuple[int, ...]", sizes))

    @property
    def output_size(self) -> int:
        """The last cell's."""
        return self.cells[-1].output_size

    @property
    def is_named_after_its_place(self) -> bool:
        """Whether some cell's variables are."""
        return any(getattr(cell, "is_named_after_its_place", False) for cell in self.cells)

    def get_config(self) -> dict[str, Any]:
        """Return the cells' classes and configurations, which TensorFlow's own leaves out."""
        cells = [cell_entry(with_interface(f"{self._name}.cells", cell)) for cell in self.cells]
        return {"cells": cells, "state_is_tuple": self.state_is_tuple}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return the stack, without weights, of what `get_config` returned, or of a list of cells; else TypeError."""
        cells = [cell_from(cls.__name__, entry) for entry in config.get("cells", ())]
        return super().from_config({**config, "cells": cells})

    def variable_shapes(self, depth: int, scope: str = "") -> dict[str, Shape]:
        """Return TensorFlow's variable name -> shape of all cells; one that stands there twice has its first names."""
        found: dict[str, Shape] = {}
        for index, cell in enumerate(self.cells):
            if self._first(index) == index:
                interface = with_interface(f"{self._name}.cells", cell)
                found |= interface.variable_shapes(depth, self._scope_of(index, scope))
            else:
                refuse_second_place(cell)
            depth = cell.output_size
        return found

    def with_variables(self, variables: Mapping[str, Array], scope: str = "") -> Self:
        """Return the stack with the weights that TensorFlow keeps below `scope`; ValueError as in each cell."""
        made: dict[int, Any] = {}
        for index, cell in enumerate(self.cells):
            if self._first(index) != index:
                refuse_second_place(cell)
            if id(cell) not in made:
                interface = with_interface(f"{self._name}.cells", cell)
                made[id(cell)] = interface.with_variables(variables, self._scope_of(self._first(index), scope))
        return type(self)([made[id(cell)] for cell in self.cells], self.state_is_tuple)

    def _first(self, index: int) -> int:
        """Return the first place of the cell at this one, which names its variables: bare, or in another wrapper."""
        inner = [getattr(cell, "innermost", cell) for cell in self.cells[: index + 1]]
        return next(place for place, cell in enumerate(inner) if cell is inner[index])

    def _scope_of(self, index: int, scope: str) -> str:
        return joined(scope, self.scope, f"cell_{index}")

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output and the next state for inputs (B, D)."""
        outputs: list[Array] = []
        layers: list[State] = []
        for cell, layer in zip(self.cells, self._layers(inputs, state), strict=True):
            inputs, new_layer = cell(inputs, layer)
            outputs.append(inputs)
            layers.append(new_layer)
        joined = tuple(layers) if self.state_is_tuple else np.concatenate(cast("list[Array]", layers), axis=1)
        return self.answer(outputs), joined

    def answer(self, outputs: list[Array]) -> Array:
        """Return what the stack answers, given what each cell did: the last one's output."""
        return outputs[-1]

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _layers(self, inputs: Array, state: State) -> Sequence[State]:
        """Return the state of each cell."""
        if not self.state_is_tuple:
            check_array(f"{self._name} state", state, (*inputs.shape[:1], cast("int", self.state_size)), inputs.dtype)
            widths = [cast("int", cell.state_size) for cell in self.cells]
            return np.split(cast("Array", state), list(accumulate(widths[:-1])), axis=1)
        if not isinstance(state, (tuple, list)) or len(state) != len(self.cells):
            got = f"one of {len(state)}" if isinstance(state, (tuple, list)) else f"an array {state.shape}"
            raise ValueError(f"Expected state to be a tuple of length {len(self.cells)}, but received: {got}.")
        return state


@cache  # TensorFlow says it once, too
def _warn_of_shared_weights() -> None:
    logging.getLogger(__name__).warning(
        "At least two cells provided to MultiRNNCell are the same object and will share weights."
    )
