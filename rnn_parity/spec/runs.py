"""How a cell is run over its inputs. Source: tensorflow/python/ops/rnn.py."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from rnn_parity.spec.around import Cell
from rnn_parity.spec.base import CellSpec, Spec, require

SAME_OBJECT: Literal["cell_fw"] = "cell_fw"  # the backward cell that is the forward cell itself


class RunSpec(Spec, frozen=True, tag_field="function", tag=True):
    """Parent of the runs.

    `initial_state` says whether one is given (else TensorFlow starts from zeros); `sequence_length` is what is given
    under that name, one number a batch row, or None.
    """


class Step(RunSpec, frozen=True, tag=True):
    """One call `cell(inputs, state)`: inputs (B, D), outputs (B, H)."""

    initial_state: bool = False


class StaticRNN(RunSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.static_rnn`; its list of inputs and of outputs is stacked to (B, T, ...)."""

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False


class DynamicRNN(RunSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.dynamic_rnn`: inputs (B, T, D), or (T, B, D) with `time_major`."""

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False
    time_major: bool = False


class Chunked(RunSpec, frozen=True, tag=True):
    """Several calls of `dynamic_rnn` with one cell, `chunks[k]` steps of the inputs (B, T, D) in the k-th.

    With `carry_state` each call is given the state that the call before answered; without, each starts as the first
    did. Outputs are joined along time, the final state is the last call's.
    """

    chunks: tuple[int, ...]
    initial_state: bool = False
    carry_state: bool = True

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "chunks", tuple(self.chunks))
        require(self, "chunks", len(self.chunks) > 1 and min(self.chunks) > 0, "two or more numbers of steps > 0")


class BidirectionalDynamicRNN(RunSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.bidirectional_dynamic_rnn`.

    `cell_bw=None` is a second cell with the options of the first; "cell_fw" is the first itself, one Python object for
    both directions: one set of weights, which TensorFlow names after the forward direction, and a state for each.
    """

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False
    time_major: bool = False
    cell_bw: Cell | Literal["cell_fw"] | None = None

    def __post_init__(self) -> None:
        _require_backward(self)


class StaticBidirectionalRNN(RunSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.static_bidirectional_rnn`: outputs [fw | bw] on columns, stacked to (B, T, ...).

    `cell_bw` as for `BidirectionalDynamicRNN`.
    """

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False
    cell_bw: Cell | Literal["cell_fw"] | None = None

    def __post_init__(self) -> None:
        _require_backward(self)


class FusedRNN(RunSpec, frozen=True, tag=True):
    """One call of a fused cell, `cell(inputs, initial_state, dtype, sequence_length)`, over a whole sequence.

    Inputs (T, B, D), outputs (T, B, H). Only the fused cells run so, and they run in no other way.
    """

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False

    @property
    def time_major(self) -> bool:
        """True: time is the first axis of what a fused cell takes."""
        return True


Run: TypeAlias = Step | StaticRNN | DynamicRNN | Chunked | BidirectionalDynamicRNN | StaticBidirectionalRNN | FusedRNN


def _require_backward(run: BidirectionalDynamicRNN | StaticBidirectionalRNN) -> None:
    known = run.cell_bw is None or run.cell_bw == SAME_OBJECT or isinstance(run.cell_bw, CellSpec)
    require(run, "cell_bw", known, f"None, a cell or {SAME_OBJECT!r}")
