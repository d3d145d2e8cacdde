"""A case: a cell, a run, sizes and the reason that it exists; to and from JSON."""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

from rnn_parity.errors import SpecInvalidError
from rnn_parity.spec.around import Cell
from rnn_parity.spec.base import DTYPES, CellSpec, DType, Spec, as_float, require, require_size
from rnn_parity.spec.runs import (
    BidirectionalDynamicRNN,
    Chunked,
    DynamicRNN,
    RawRNN,
    Run,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    StateSavingRNN,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
)

RunOfLengths: TypeAlias = (
    StaticRNN
    | DynamicRNN
    | RawRNN
    | BidirectionalDynamicRNN
    | StaticBidirectionalRNN
    | StackBidirectionalRNN
    | StackBidirectionalDynamicRNN
)

CASE_ID = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)+")


class Sizes(Spec, frozen=True):
    """Batch rows B, time steps T (1 for a `Step`) and input depth D."""

    batch_size: int
    max_time: int
    depth: int

    def __post_init__(self) -> None:
        for name in ("batch_size", "max_time", "depth"):
            require_size(self, name)


class CaseSpec(Spec, frozen=True):
    """One case: what is built, how it runs, and why it exists.

    `seed` and `gain` decide the drawn weights (`rnn_parity.draws`); `gain` scales the kernels and is 1 unless an
    activation would run away.
    """

    id: str
    why: str
    cell: Cell
    run: Run
    sizes: Sizes
    seed: int
    dtype: DType = "float32"
    gain: float = 1.0

    def __post_init__(self) -> None:
        as_float(self, "gain")
        require(self, "id", CASE_ID.fullmatch(self.id) is not None, "like 'lstm/peephole-clip'")
        require(self, "why", bool(self.why.strip()), "the mistake that this case catches")
        require(self, "dtype", self.dtype in DTYPES, f"one of {', '.join(DTYPES)}")
        require(self, "seed", self.seed >= 0, "at least 0")
        require(self, "gain", self.gain > 0, "more than 0")
        if isinstance(self.run, Step):
            require(self, "sizes", self.sizes.max_time == 1, "of max_time 1 for one Step")
        elif isinstance(self.run, Chunked | StateSavingRNN):
            require(self, "sizes", self.sizes.max_time == sum(self.run.chunks), "of as many steps as the chunks have")
        else:
            _require_lengths(self.run, self.sizes)
        self.cell.require_depth(self.sizes.depth)
        if getattr(self.run, "layers", 1) > 1:
            self.cell.require_depth(2 * self.cell.output_size)  # what the layers above the first read
        backward = getattr(self.run, "cell_bw", None)
        if isinstance(backward, CellSpec):
            backward.require_depth(self.sizes.depth)


def to_json(spec: CaseSpec) -> bytes:
    """Return the canonical JSON of `spec`: keys sorted, no spaces, every field written."""
    return msgspec.json.encode(spec, order="sorted")


def from_json(text: bytes | str, where: str = "JSON") -> CaseSpec:
    """Return the `CaseSpec` that `text` describes.

    Raises:
        SpecInvalidError: `text` is no JSON, or an unknown field, a wrong type or a missing field stands in it.
        UnsupportedOptionError: an option has a value that TensorFlow does not take.
    """
    try:
        return _DECODER.decode(text)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise SpecInvalidError(where, str(error)) from error


def _require_lengths(run: RunOfLengths, sizes: Sizes) -> None:
    if run.sequence_length is None:
        return
    msgspec.structs.force_setattr(run, "sequence_length", tuple(run.sequence_length))
    rows = sizes.batch_size
    fits = len(run.sequence_length) == rows and min(run.sequence_length) >= 0
    require(run, "sequence_length", fits, f"{rows} numbers of at least 0, one a batch row")
    if isinstance(run, RawRNN):
        within = max(run.sequence_length) <= sizes.max_time
        require(run, "sequence_length", within, f"at most {sizes.max_time}, the steps that there are to read")


_DECODER = msgspec.json.Decoder(CaseSpec)
