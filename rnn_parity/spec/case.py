"""A case: a cell, a run, sizes and the reason that it exists; to and from JSON."""

from __future__ import annotations

import re
from typing import TypeAlias, get_args

import msgspec

from rnn_parity.errors import SpecInvalidError
from rnn_parity.spec.around import DropoutWrapper, FusedCell, StackSpec, WrapperSpec, single_cells
from rnn_parity.spec.base import (
    DTYPES,
    CellSpec,
    DType,
    SingleCellSpec,
    Spec,
    as_float,
    class_name,
    require,
    require_size,
)
from rnn_parity.spec.block import BlockLSTMV2
from rnn_parity.spec.own import AnyCell, AnyRun, OwnGraph, require_own
from rnn_parity.spec.runs import (
    BidirectionalDynamicRNN,
    Chunked,
    DynamicRNN,
    FusedRNN,
    RawRNN,
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
    | FusedRNN
    | OwnGraph
)

CASE_ID = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)+")
IMPORTED = "imported/"  # what ids of cases begin with that are made of a trained model


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
    cell: AnyCell
    run: AnyRun
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
        _require_fused(self)
        require_own(self)
        depth = self.sizes.depth
        if getattr(self.run, "layers", 1) > 1:
            self.cell.require_depth(2 * self.cell.output_size)  # what the layers above the first read
        backward = getattr(self.run, "cell_bw", None)
        for cell in (self.cell, backward):
            if isinstance(cell, CellSpec):
                _require_dtype(self, cell)
                _require_masks(self, cell)
                cell.require_depth(depth)
        _require_inputs(self, depth)


def to_json(spec: CaseSpec) -> bytes:
    """Return the canonical JSON of `spec`: keys sorted, no spaces, every field written."""
    return msgspec.json.encode(spec, order="sorted")


def is_imported(case: CaseSpec) -> bool:
    """Return whether a case is of a trained model: a cell of TensorFlow's, with weights that were not drawn."""
    return case.id.startswith(IMPORTED)


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


def _require_dtype(case: CaseSpec, cell: CellSpec) -> None:
    for single in single_cells(cell):
        should_be = f"one of {', '.join(single.dtypes)}, in which TensorFlow has {class_name(single)}"
        require(case, "dtype", case.dtype in single.dtypes, should_be)


def _require_inputs(case: CaseSpec, depth: int) -> None:
    """Return if both directions read the same, and several arrays or ids only where a run takes them."""
    backward, read = getattr(case.run, "cell_bw", None), case.cell.read_size(depth)
    if isinstance(backward, CellSpec):
        require(case.run, "cell_bw", backward.read_size(depth) == read, "a cell that reads what the forward one reads")
        alike = (backward.input_classes is None) == (case.cell.input_classes is None)
        require(case.run, "cell_bw", alike, "a cell that reads the same inputs: ids in both directions or in none")
    fits = (isinstance(read, int) and case.cell.input_classes is None) or _is_one_graph(case.run)
    require(case, "run", fits, f"one of {_ONE_GRAPH_NAMES} within one graph, where a cell reads several arrays or ids")


def _require_masks(case: CaseSpec, cell: CellSpec) -> None:
    """Return if what the cell drops is drawn where its masks can be had again; UnsupportedOptionError otherwise."""
    fits = _is_one_graph(case.run) or not _drops(cell)
    require(case, "run", fits, f"one of {_ONE_GRAPH_NAMES} within one graph, where something is dropped")


def _drops(cell: CellSpec) -> bool:
    if isinstance(cell, StackSpec):
        return any(map(_drops, cell.cells))
    if isinstance(cell, WrapperSpec):
        return isinstance(cell, DropoutWrapper) or _drops(cell.cell)
    return isinstance(cell, SingleCellSpec) and bool(cell.dropout)


def _is_one_graph(run: AnyRun) -> bool:
    """Return whether the run is one of TensorFlow's own functions over one or two cells, in one graph."""
    return isinstance(run, _ONE_GRAPH) and getattr(run, "carried", "tensor") == "tensor"


_ONE_GRAPH = (Step, StaticRNN, DynamicRNN, Chunked, BidirectionalDynamicRNN, StaticBidirectionalRNN, OwnGraph)
_ONE_GRAPH_NAMES = ", ".join(kind.__name__ for kind in _ONE_GRAPH)


def _require_fused(case: CaseSpec) -> None:
    """Return if fused cells run by themselves, and nothing else does; UnsupportedOptionError otherwise."""
    run, backward = case.run, getattr(case.run, "cell_bw", None)
    if not isinstance(run, FusedRNN):
        cells = [cell for cell in (case.cell, backward) if isinstance(cell, CellSpec)]
        fused = any(isinstance(single, _FUSED) for cell in cells for single in single_cells(cell))
        require(case, "run", not fused, "FusedRNN, around a fused cell alone")
        return
    require(case, "cell", isinstance(case.cell, _FUSED), "a fused cell, where the run is FusedRNN")
    lengths = run.sequence_length or (0,)
    require(run, "sequence_length", max(lengths) <= case.sizes.max_time, f"at most {case.sizes.max_time}, all steps")
    if isinstance(case.cell, BlockLSTMV2):
        require(run, "sequence_length", len(set(lengths)) == 1, "one number for all rows: BlockLSTMV2's seq_len_max")


_FUSED = get_args(FusedCell)
_DECODER = msgspec.json.Decoder(CaseSpec)
