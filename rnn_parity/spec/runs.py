"""How a cell is run over its inputs. Source: tensorflow/python/ops/rnn.py."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import msgspec

from rnn_parity.spec.around import Cell
from rnn_parity.spec.base import CellSpec, Spec, require, require_size

SAME_OBJECT: Literal["cell_fw"] = "cell_fw"  # the backward cell that is the forward cell itself

Carried = Literal["tensor", "feed", "variables"]  # where a state is between two calls
CARRIED: tuple[str, ...] = get_args(Carried)


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


class RawRNN(RunSpec, frozen=True, tag=True):
    """`tf.compat.v1.nn.raw_rnn` with the loop_fn of its documentation; inputs (T, B, D).

    The loop ends with the longest row, so that outputs are (S, B, H), S the largest of `sequence_length`: fewer than T
    where all rows end early, 0 where all have length 0. Of a length above T the loop_fn would read inputs that there
    are not.
    """

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False


class Chunked(RunSpec, frozen=True, tag=True):
    """Several calls of `dynamic_rnn` with one cell, `chunks[k]` steps of the inputs (B, T, D) in the k-th.

    With `carry_state` each call is given the state that the call before answered; without, each starts as the first
    did. Outputs are joined along time, the final state is the last call's. `carried` says how TensorFlow held the state
    between the calls: as a "tensor" inside one graph, fetched from one `Session.run` and given to the next as a "feed",
    or in "variables" that are no weights. The numbers are the same.
    """

    chunks: tuple[int, ...]
    initial_state: bool = False
    carry_state: bool = True
    carried: Carried = "tensor"

    def __post_init__(self) -> None:
        _require_chunks(self)
        require(self, "carried", self.carried in CARRIED, f"one of {', '.join(CARRIED)}")


class StateSavingRNN(RunSpec, frozen=True, tag=True):
    """Several calls of `tf.compat.v1.nn.static_state_saving_rnn` with one cell and one state saver.

    The k-th call reads `chunks[k]` steps of the inputs (B, T, D), starts from what the saver holds and saves what it
    ends with. Outputs are joined along time, the final state is the last call's.
    """

    chunks: tuple[int, ...]
    initial_state: bool = False

    def __post_init__(self) -> None:
        _require_chunks(self)


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


class StackBidirectionalRNN(RunSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.stack_bidirectional_rnn`: `layers` times two directions, each a cell of its own.

    Every cell has the options of the case's. Layer 0 reads the inputs (B, T, D), every other one the outputs [fw | bw]
    of the layer below. Outputs are the last layer's, (B, T, 2 H); states are `Directions(fw, bw)` of a tuple each, one
    state a layer.
    """

    layers: int
    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False

    def __post_init__(self) -> None:
        require_size(self, "layers")


class StackBidirectionalDynamicRNN(RunSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.stack_bidirectional_dynamic_rnn`: as `StackBidirectionalRNN`, or time first."""

    layers: int
    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False
    time_major: bool = False

    def __post_init__(self) -> None:
        require_size(self, "layers")


Run: TypeAlias = (
    Step
    | StaticRNN
    | DynamicRNN
    | RawRNN
    | Chunked
    | StateSavingRNN
    | BidirectionalDynamicRNN
    | StaticBidirectionalRNN
    | StackBidirectionalRNN
    | StackBidirectionalDynamicRNN
    | FusedRNN
)


def _require_chunks(run: Chunked | StateSavingRNN) -> None:
    msgspec.structs.force_setattr(run, "chunks", tuple(run.chunks))
    require(run, "chunks", len(run.chunks) > 1 and min(run.chunks) > 0, "two or more numbers of steps > 0")


def _require_backward(run: BidirectionalDynamicRNN | StaticBidirectionalRNN) -> None:
    known = run.cell_bw is None or run.cell_bw == SAME_OBJECT or isinstance(run.cell_bw, CellSpec)
    require(run, "cell_bw", known, f"None, a cell or {SAME_OBJECT!r}")
