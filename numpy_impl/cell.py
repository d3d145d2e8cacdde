"""What every cell promises, and what every cell checks before it computes.

Source: tensorflow/python/ops/rnn_cell_impl.py, RNNCell.
"""

from __future__ import annotations

import logging
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from numpy_impl.arrays import Array, check_array, require_floating
from numpy_impl.variables import join_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from numpy_impl.state import State, StateSize

_LOG = logging.getLogger(__name__)
WeightsT = TypeVar("WeightsT", bound=NamedTuple)


class RNNCell(Protocol):
    """One step of a recurrent network."""

    @property
    def state_size(self) -> StateSize:
        """The widths of the state, in its structure."""

    @property
    def output_size(self) -> int:
        """The width of the output."""

    def zero_state(self, batch_size: int, dtype: npt.DTypeLike) -> State:
        """Return zeros in the structure of `state_size`."""

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, output_size) and the next state for one input (B, D)."""


def require_cell(what: str, cell: object) -> None:
    """Return None if a runner can run this.

    Raises:
        TypeError: it lacks something; the message names all that it lacks.
    """
    if isinstance(cell, type):
        raise TypeError(f"{what}: got the class {cell.__name__}, which is not an RNNCell. Call the class first.")
    lacks = [f"'{name}' property is missing" for name in ("output_size", "state_size") if not hasattr(cell, name)]
    if not hasattr(cell, "zero_state") and not hasattr(cell, "get_initial_state"):
        lacks.append("either 'zero_state' or 'get_initial_state' method is required")
    if not callable(cell):
        lacks.append("is not callable")
    if lacks:
        raise TypeError(f"{what}: got {cell!r}, which is not an RNNCell: {', '.join(lacks)}.")


class GatedCell(RNNCell, Protocol):
    """A cell whose step can be watched: its output and next state are read off its gates."""

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return what one step computes on the way, by TensorFlow's letters."""

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""


def check_size(what: str, size: int) -> None:
    """Return None if `size` can be a number of units.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is below 1.
    """
    try:
        index(size)
    except TypeError as error:
        raise TypeError(f"{what}: got {size!r}, should be a whole number of at least 1. Give an int.") from error
    if size < 1:
        raise ValueError(f"{what}: got {size}, should be at least 1. Leave it out, or give the cell a width.")


def check_clip(what: str, clip: float | None) -> None:
    """Return None if `clip` is None or a bound on absolute values; 0 is one.

    Raises:
        ValueError: it is negative; TensorFlow would answer its opposite everywhere.
    """
    if clip is not None and not clip >= 0:
        raise ValueError(f"{what}: got {clip}, should be None or at least 0. None switches clipping off.")


def check_no_initializer(what: str, initializer: object) -> None:
    """Return None if there is no initializer.

    Raises:
        ValueError: there is one; nothing would call it.
    """
    if initializer is not None:
        raise ValueError(f"{what}: got {initializer!r}, should be None. Weights are given here, with weights=...")


def check_shards(owner: str, **shards: int | None) -> None:
    """Return None if every number of parts is None or at least 1; say where one is given that TensorFlow wants others.

    Raises:
        ValueError: one is below 1.
    """
    for name, count in shards.items():
        if count is not None:
            check_size(f"{owner}.{name}", count)
            _LOG.warning("%s: %s is deprecated: use a variable scope with a partitioner instead.", owner, name)


def given_weights(owner: str, weights: WeightsT | None) -> WeightsT:
    """Return the weights that a cell was made with.

    Raises:
        ValueError: it was made without.
    """
    if weights is None:
        raise ValueError(f"{owner}.weights: got None, should be Weights. Make the cell with weights=weights_from(...).")
    return weights


def weight_fields(
    variables: Mapping[str, Array], names: tuple[str, ...], *, optional: tuple[str, ...] = ()
) -> dict[str, Array]:
    """Return the variables by field name, parts joined: "projection/kernel/part_0" and so on `projection_kernel`.

    Raises:
        ValueError: a name of `names` is missing, or one is in neither `names` nor `optional`.
    """
    variables = join_parts(variables)
    missing = [name for name in names if name not in variables]
    extra = [name for name in variables if name not in (*names, *optional)]
    if missing or extra:
        should_be = ", ".join(names) + (f", perhaps {', '.join(optional)}" if optional else "")
        raise ValueError(
            f"variables: got {', '.join(variables) or 'none'}, should be {should_be}. "
            f"Missing: {', '.join(missing) or 'none'}; extra: {', '.join(extra) or 'none'}."
        )
    return {name.replace("/", "_"): array for name, array in variables.items()}


def input_depth(owner: str, kernel: Array, recurrent_depth: int) -> int:
    """Return D of a kernel (D + recurrent_depth, ...).

    Raises:
        ValueError: the kernel is no matrix, has fewer rows than the recurrence alone, or is not of floating point.
    """
    if kernel.ndim != 2 or kernel.shape[0] < recurrent_depth:  # noqa: PLR2004 - a matrix
        raise ValueError(
            f"{owner} kernel: got shape {kernel.shape}, should be a matrix of D + {recurrent_depth} rows. "
            "Rows are inputs first, then what the cell feeds back."
        )
    require_floating(f"{owner} kernel", kernel.dtype)
    return int(kernel.shape[0]) - recurrent_depth


def check_weights(owner: str, weights: NamedTuple, shapes: Mapping[str, tuple[int, ...] | None]) -> None:
    """Return None if every field has its shape, None where it should be None, and all are of the first one's dtype.

    Raises:
        ValueError: a field is of another shape or dtype, is missing, or is one that the cell's options leave unused.
    """
    dtype: np.dtype[Any] = weights[0].dtype
    for name, shape in shapes.items():
        array = getattr(weights, name)
        if shape is not None:
            check_array(f"{owner} weights.{name}", array, shape, dtype)
        elif array is not None:
            raise ValueError(
                f"{owner} weights.{name}: got an array, should be None. The cell's options leave it unused."
            )


def check_step(owner: str, inputs: Array, state: tuple[Array, ...], widths: tuple[int, ...], kernel: Array) -> None:
    """Return None if inputs (B, D) and states (B, width) fit each other and the kernel (D + last width, ...).

    Raises:
        ValueError: one does not.
    """
    check_arguments(owner, inputs, state, (kernel.shape[0] - widths[-1], *widths), kernel.dtype)


def check_arguments(
    owner: str, inputs: Array, state: tuple[Array, ...], widths: tuple[int, ...], dtype: np.dtype[Any]
) -> None:
    """Return None if inputs (B, first of widths) and states (B, each of the others) fit each other and are of dtype.

    Raises:
        ValueError: one does not.
    """
    batch, (depth, *wide) = inputs.shape[:1], widths
    check_array(f"{owner} inputs", inputs, (*batch, depth), dtype)
    for array, width in zip(state, wide, strict=True):
        check_array(f"{owner} state", array, (*batch, width), dtype)
