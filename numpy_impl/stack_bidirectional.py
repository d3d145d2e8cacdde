"""Bidirectional runs on top of each other: contrib's `stack_bidirectional_rnn` and `stack_bidirectional_dynamic_rnn`.

    x_0 = x
    x_{k+1} = [fw_k(x_k) | bw_k(x_k)]           both directions of a layer read both directions of the one below

The cells of one direction alone never meet before the next layer: that is what MultiRNNCell in a bidirectional run is.

Source: tensorflow/contrib/rnn/python/ops/rnn.py (v1.15.0).
Axes: T steps, B batch, D input depth, H a cell's output_size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from numpy_impl.bidirectional import bidirectional_dynamic_rnn, static_bidirectional_rnn
from numpy_impl.state import map_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy_impl.cell import RNNCell
    from numpy_impl.state import State


def stack_bidirectional_rnn(  # noqa: PLR0913, PLR0917 - TensorFlow's signature
    cells_fw: list[RNNCell],
    cells_bw: list[RNNCell],
    inputs: Sequence[Any],
    initial_states_fw: list[State] | None = None,
    initial_states_bw: list[State] | None = None,
    dtype: npt.DTypeLike | None = None,
    sequence_length: npt.ArrayLike | None = None,
) -> tuple[list[Any], tuple[Any, ...], tuple[Any, ...]]:
    """Return the list of T outputs [fw | bw] (B, 2 H) of the last layer, and a tuple of each direction's states.

    Args:
        cells_fw: the forward cells, a list, one a layer.
        cells_bw: the backward cells, as many.
        inputs: T arrays (B, D).
        initial_states_fw: a list, one state a layer; zeros of `dtype` where it is None.
        initial_states_bw: the same of the backward cells.
        dtype: of the zeros.
        sequence_length: (B,) integers, the steps of each row; all T where it is None.

    Raises:
        TypeError, ValueError: those of `static_bidirectional_rnn`.
        ValueError: cells are no lists, empty or not equally many; states are no list of as many.
    """
    layers = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states = []
    for cell_fw, cell_bw, state_fw, state_bw in layers:
        inputs, *final = static_bidirectional_rnn(cell_fw, cell_bw, inputs, state_fw, state_bw, dtype, sequence_length)
        states.append(final)
    final_fw, final_bw = zip(*states, strict=True)
    return list(inputs), final_fw, final_bw


def stack_bidirectional_dynamic_rnn(  # noqa: PLR0913, PLR0917 - TensorFlow's signature
    cells_fw: list[RNNCell],
    cells_bw: list[RNNCell],
    inputs: Any,  # noqa: ANN401 - an array, or a structure of arrays
    initial_states_fw: list[State] | None = None,
    initial_states_bw: list[State] | None = None,
    dtype: npt.DTypeLike | None = None,
    sequence_length: npt.ArrayLike | None = None,
    time_major: bool = False,  # noqa: FBT001, FBT002 - as above
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Return the outputs [fw | bw] (B, T, 2 H) of the last layer, and a tuple of each direction's states.

    Inputs are (B, T, D); all is (T, B, ...) where time_major. Arguments and errors are those of
    `stack_bidirectional_rnn`.
    """
    layers = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states = []
    for cell_fw, cell_bw, state_fw, state_bw in layers:
        outputs, final = bidirectional_dynamic_rnn(
            cell_fw, cell_bw, inputs, sequence_length, state_fw, state_bw, dtype, time_major
        )
        inputs = map_state(lambda *ways: np.concatenate(ways, axis=2), *outputs)
        states.append(final)
    final_fw, final_bw = zip(*states, strict=True)
    return inputs, final_fw, final_bw


def _layers(cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - whatever was given
    """Return each layer's two cells and their initial states."""
    for way, cells in (("fw", cells_fw), ("bw", cells_bw)):
        if not cells:
            raise ValueError(f"cells_{way}: got {cells!r}. Must specify at least one {way} cell for BidirectionalRNN.")
    for way, cells in (("fw", cells_fw), ("bw", cells_bw)):
        if not isinstance(cells, list):
            raise ValueError(  # noqa: TRY004 - TensorFlow's class
                f"cells_{way}: got {type(cells).__name__}, must be a list of RNNCells (one per layer)."
            )
    if len(cells_fw) != len(cells_bw):
        raise ValueError(
            f"Forward and Backward cells must have the same depth: got {len(cells_fw)} and {len(cells_bw)}."
        )
    states = _given("fw", cells_fw, states_fw), _given("bw", cells_bw, states_bw)
    return zip(cells_fw, cells_bw, *states, strict=True)


def _given(way: str, cells: list[Any], states: Any) -> list[Any]:  # noqa: ANN401 - whatever was given
    if states is None:
        return [None] * len(cells)
    if not isinstance(states, list) or len(states) != len(cells):
        raise ValueError(
            f"initial_states_{way}: got a {type(states).__name__}, must be a list of state tensors (one per layer): "
            f"{len(cells)} of them."
        )
    return states
