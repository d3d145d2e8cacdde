"""The NumPy reimplementation of this repository as a candidate: every cell and run, with its gate traces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, assert_never

import numpy as np

import numpy_impl
from numpy_impl.lstm_block_fused import FusedCell
from rnn_parity.candidate import Case, Result
from rnn_parity.masks import masks_below
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CellSpec,
    Chunked,
    DeviceWrapper,
    Directions,
    DropoutWrapper,
    DynamicRNN,
    FusedRNN,
    MultiRNNCell,
    ResidualWrapper,
    SingleCellSpec,
    Stack,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
    Wrapper,
    class_name,
    single_cells,
)
from rnn_parity.structure import Array, Tree, cells_of, join

if TYPE_CHECKING:
    from numpy_impl.cell import RNNCell
    from numpy_impl.masks import MaskSource

Around: TypeAlias = "Callable[[Stack | Wrapper, list[RNNCell]], RNNCell]"
Dropout: TypeAlias = "Callable[[DropoutWrapper, RNNCell, MaskSource], RNNCell]"
RESIDUAL_FNS = {None: None, "slice": numpy_impl.slice_residual}
STATE_FILTERS: Mapping[str | None, Any] = {None: None, "all": lambda _: True}
NO_MASKS: Mapping[str, Array] = MappingProxyType({})


class Bound(NamedTuple):
    """A numpy_impl cell with its weights, and the recorders of its layers, from the input up."""

    cell: RNNCell
    layers: tuple[numpy_impl.Traced, ...]


def run(case: Case) -> Result:
    """Return what numpy_impl computes, with the trace of every layer."""
    weights = case.layer_weights
    if isinstance(weights, Directions):
        cells = cells_of(case.spec)
        forward, backward = (
            bind(cell, own, masks_below(case.dropout, way))
            for cell, own, way in zip(cells, weights, Directions._fields, strict=True)
        )
        outputs, state = _run_both(case, forward.cell, backward.cell)
        trace = traces(case, forward.layers, "fw") | traces(case, backward.layers, "bw")
        return Result(outputs, state, trace)
    if isinstance(case.spec.run, FusedRNN):
        return _run_fused(case, weights[0])
    bound = bind(case.spec.cell, weights, case.dropout)
    outputs, state = _run_one(case, bound.cell)
    return Result(outputs, state, traces(case, bound.layers, ""))


def bind(cell: CellSpec, weights: Iterable[Mapping[str, Array]], dropout: Mapping[str, Array] = NO_MASKS) -> Bound:
    """Return the numpy_impl cell that `cell` describes, holding `weights` (one mapping a layer), every layer traced.

    `dropout` are the masks of one direction; a cell's own are drawn anew where they are not among them.
    """
    pairs = enumerate(zip(single_cells(cell), weights, strict=True))
    layers = tuple(numpy_impl.Traced(_single(*pair, masks_below(dropout, "layer", str(k)))) for k, pair in pairs)
    return Bound(assembled(cell, iter(layers), replayed(dropout)), layers)


def replayed(dropout: Mapping[str, Array]) -> Iterator[MaskSource]:
    """Yield what hands out the masks of every DropoutWrapper of one direction, in the order of their numbers."""
    return (numpy_impl.ReplayedMasks(masks_below(dropout, "wrapper", str(number))) for number in count())


def around(outer: Stack | Wrapper, inner: list[RNNCell]) -> RNNCell:
    """Return the numpy_impl cell that a stack or wrapper is, made of the cells in it."""
    match outer:
        case MultiRNNCell():
            return numpy_impl.MultiRNNCell(inner, outer.state_is_tuple)
        case SummedMultiRNNCell():
            return numpy_impl.SummedMultiRNNCell(inner, outer.state_is_tuple)
        case ResidualWrapper():
            return numpy_impl.ResidualWrapper(inner[0], RESIDUAL_FNS[outer.residual_fn])
        case DeviceWrapper():
            return numpy_impl.DeviceWrapper(inner[0], outer.device)
        case DropoutWrapper():
            raise AssertionError("a DropoutWrapper is made with its masks, by `with_dropout`")
        case _:
            assert_never(outer)


def with_dropout(
    outer: DropoutWrapper,
    inner: RNNCell,
    masks: MaskSource,
    made: type[numpy_impl.DropoutWrapper] = numpy_impl.DropoutWrapper,
) -> RNNCell:
    """Return the numpy_impl cell that a DropoutWrapper is, made of the cell in it and its masks."""
    return made(
        inner,
        outer.input_keep_prob,
        outer.output_keep_prob,
        outer.state_keep_prob,
        outer.variational_recurrent,
        dropout_state_filter_visitor=STATE_FILTERS[outer.dropout_state_filter_visitor],
        masks=masks,
    )


def assembled(
    cell: CellSpec,
    layers: Iterator[RNNCell],
    masks: Iterator[MaskSource],
    around: Around = around,
    dropout: Dropout = with_dropout,
) -> RNNCell:
    """Return `layers`, from the input up, in the stacks and wrappers of `cell`, made by `around` and `dropout`.

    `masks` are those of the DropoutWrappers, the outermost first.
    """

    def made(one: CellSpec) -> RNNCell:
        return assembled(one, layers, masks, around, dropout)

    match cell:
        case MultiRNNCell() | SummedMultiRNNCell():
            return around(cell, [made(one) for one in cell.cells])
        case DropoutWrapper():
            own = next(masks)  # before those of the wrappers inside
            return dropout(cell, made(cell.cell), own)
        case ResidualWrapper() | DeviceWrapper():
            return around(cell, [made(cell.cell)])
        case _:
            return next(layers)


def traces(case: Case, layers: Iterable[numpy_impl.Traced], direction: str) -> dict[str, Array]:
    """Return name -> (T, B, width) of what the layers recorded, 0 past each row's length as in the fixtures."""
    found = {}
    for index, layer in enumerate(layers):
        for letter in layer.steps[0]:
            values = np.stack([step[letter] for step in layer.steps])
            found[join(direction, str(index), letter)] = _running(case, values)
    return found


def _running(case: Case, values: Array) -> Array:
    """Return (T, B, width) with 0 past each row's length."""
    if case.sequence_length is None:
        return values
    running = np.arange(len(values))[:, np.newaxis] < case.sequence_length
    return np.where(running[..., np.newaxis], values, values.dtype.type(0))


def _single(cell: SingleCellSpec, weights: Mapping[str, Array], dropout: Mapping[str, Array]) -> Any:  # noqa: ANN401  many classes, one protocol
    """Return the class of the same name, made with the same options; of a fused cell what computes one step."""
    made = _made(cell, weights, dropout)
    return made.one_step if isinstance(made, FusedCell) else made


def _made(cell: SingleCellSpec, weights: Mapping[str, Array], dropout: Mapping[str, Array]) -> Any:  # noqa: ANN401  as above
    made = getattr(numpy_impl, class_name(cell))
    masks = {"masks": numpy_impl.ReplayedMasks(dropout)} if dropout else {}
    return made(**cell.arguments(), weights=made.weights_from(weights), **masks)


def _run_one(case: Case, cell: RNNCell) -> tuple[Tree, Tree]:
    lengths, state, dtype = case.sequence_length, case.initial_state, case.inputs.dtype
    match case.spec.run:
        case Step():
            return cell(case.inputs, cell.zero_state(len(case.inputs), dtype) if state is None else state)
        case StaticRNN():
            steps, final = numpy_impl.static_rnn(cell, list(case.inputs.swapaxes(0, 1)), state, dtype, lengths)
            return np.stack(steps, axis=1), final
        case DynamicRNN(time_major=time_major):
            return numpy_impl.dynamic_rnn(cell, case.inputs, lengths, state, dtype, time_major)
        case Chunked():
            return _run_chunks(case.spec.run, cell, case.inputs, state)
        case BidirectionalDynamicRNN() | StaticBidirectionalRNN():
            raise AssertionError("bidirectional runs have weights of two directions")
        case FusedRNN():
            raise AssertionError("fused cells run by themselves")
        case _:
            assert_never(case.spec.run)


def _run_fused(case: Case, weights: Mapping[str, Array]) -> Result:
    fused = _made(single_cells(case.spec.cell)[0], weights, {})
    ran = fused.run(case.inputs, case.initial_state, case.inputs.dtype, case.sequence_length)
    trace = {join("0", letter): _running(case, values) for letter, values in ran.gates.items()}
    return Result(ran.outputs, ran.final_state, trace)


def _run_chunks(run: Chunked, cell: RNNCell, inputs: Array, initial_state: Tree) -> tuple[Tree, Tree]:
    outputs, state = [], initial_state
    for chunk in np.split(inputs, np.cumsum(run.chunks)[:-1], axis=1):
        state = state if run.carry_state else initial_state
        answer, state = numpy_impl.dynamic_rnn(cell, chunk, None, state, inputs.dtype)
        outputs.append(answer)
    return np.concatenate(outputs, axis=1), state


def _run_both(case: Case, cell_fw: RNNCell, cell_bw: RNNCell) -> tuple[Tree, Tree]:
    lengths, dtype = case.sequence_length, case.inputs.dtype
    state_fw, state_bw = case.initial_state or (None, None)
    if isinstance(case.spec.run, BidirectionalDynamicRNN):
        return numpy_impl.bidirectional_dynamic_rnn(
            cell_fw, cell_bw, case.inputs, lengths, state_fw, state_bw, dtype, case.spec.run.time_major
        )
    steps, final_fw, final_bw = numpy_impl.static_bidirectional_rnn(
        cell_fw, cell_bw, list(case.inputs.swapaxes(0, 1)), state_fw, state_bw, dtype, lengths
    )
    return np.stack(steps, axis=1), (final_fw, final_bw)
