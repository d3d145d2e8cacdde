"""A cell that writes down what it computes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy.typing as npt

    from numpy_impl.arrays import Array
    from numpy_impl.cell import GatedCell
    from numpy_impl.state import State, StateSize


@dataclass(eq=False)
class Traced:
    """The cell given, whose every call appends its gates to `steps`; wrap the layers of a MultiRNNCell one by one."""

    cell: GatedCell
    steps: list[dict[str, Array]] = field(default_factory=list, init=False)  # one a call, as `cell.gates` returns them

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

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the cell's output and next state."""
        gates = self.cell.gates(inputs, state)
        self.steps.append(gates)
        return self.cell.outcome(gates)
