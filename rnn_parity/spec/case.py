"""A case: a cell, a run, sizes and the reason that it exists; to and from JSON."""

from __future__ import annotations

import re

import msgspec

from rnn_parity.errors import SpecInvalidError
from rnn_parity.spec.around import Cell
from rnn_parity.spec.base import DTYPES, CellSpec, DType, Spec, as_float, require, require_size
from rnn_parity.spec.runs import (
    BidirectionalDynamicRNN,
    Chunked,
    DynamicRNN,
    Run,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
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
        elif isinstance(self.run, Chunked):
            require(self, "sizes", self.sizes.max_time == sum(self.run.chunks), "of as many steps as the chunks have")
        else:
            _require_lengths(self.run, self.sizes.batch_size)
        self.cell.require_depth(self.sizes.depth)
        backward = getattr(self.run, "cell_bw", None)
        if isinstance(backward, CellSpec):
            backward.require_depth(self.sizes.depth)
            alike = (backward.input_classes is None) == (self.cell.input_classes is None)
            require(self.run, "cell_bw", alike, "a cell that reads the same inputs: ids in both directions or in none")


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


def _require_lengths(run: StaticRNN | DynamicRNN | BidirectionalDynamicRNN | StaticBidirectionalRNN, rows: int) -> None:
    if run.sequence_length is None:
        return
    msgspec.structs.force_setattr(run, "sequence_length", tuple(run.sequence_length))
    fits = len(run.sequence_length) == rows and min(run.sequence_length) >= 0
    require(run, "sequence_length", fits, f"{rows} numbers of at least 0, one a batch row")


_DECODER = msgspec.json.Decoder(CaseSpec)
