"""The NumPy reimplementation of this repository as a candidate: every cell and run, with its gate traces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, assert_never

import msgspec
import numpy as np

import numpy_impl
from rnn_parity.candidate import Case, Result
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CellSpec,
    Chunked,
    CoreWrapper,
    DeviceWrapper,
    Directions,
    DynamicRNN,
    MultiRNNCell,
    ResidualWrapper,
    SingleCellSpec,
    Stack,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
    WrapperSpec,
    class_name,
)
from rnn_parity.structure import Array, Tree, cells_of, join, single_cells
from rnn_parity.weights import Wrapping, wrappings

if TYPE_CHECKING:
    from numpy_impl.cell import RNNCell

Wrapped: TypeAlias = tuple[Wrapping, Mapping[str, Array]]
Around: TypeAlias = "Callable[[Stack | CoreWrapper, list[RNNCell]], RNNCell]"
Wrap: TypeAlias = "Callable[[Wrapping, RNNCell, Mapping[str, Array]], RNNCell]"
RESIDUAL_FNS = {None: None, "slice": numpy_impl.slice_residual}


class Bound(NamedTuple):
    """A numpy_impl cell with its weights, and the recorders of its layers, from the input up."""

    cell: RNNCell
    layers: tuple[numpy_impl.Traced, ...]


def run(case: Case) -> Result:
    """Return what numpy_impl computes, with the trace of every layer."""
    weights, owned = case.layer_weights, wrapped(case)
    if isinstance(weights, Directions):
        ways = zip(cells_of(case.spec), weights, (owned["fw"], owned["bw"]), strict=True)
        forward, backward = (bind(*way) for way in ways)
        outputs, state = _run_both(case, forward.cell, backward.cell)
        trace = traces(case, forward.layers, "fw") | traces(case, backward.layers, "bw")
        return Result(outputs, state, trace)
    bound = bind(case.spec.cell, weights, owned[""])
    outputs, state = _run_one(case, bound.cell)
    return Result(outputs, state, traces(case, bound.layers, ""))


def bind(cell: CellSpec, weights: Iterable[Mapping[str, Array]], owned: Iterable[Wrapped] = ()) -> Bound:
    """Return the numpy_impl cell that `cell` describes, holding `weights` (one mapping a layer), every layer traced.

    `owned` are the wrappers that have weights, in the order of `wrappings`.
    """
    pairs = zip(single_cells(cell), weights, strict=True)
    layers = tuple(numpy_impl.Traced(_single(single, own)) for single, own in pairs)
    return Bound(assembled(cell, iter(layers), iter(owned)), layers)


def around(outer: Stack | CoreWrapper, inner: list[RNNCell]) -> RNNCell:
    """Return the numpy_impl cell that a stack or a wrapper without weights is, made of the cells in it."""
    match outer:
        case MultiRNNCell():
            return numpy_impl.MultiRNNCell(inner, outer.state_is_tuple)
        case SummedMultiRNNCell():
            return numpy_impl.SummedMultiRNNCell(inner, outer.state_is_tuple)
        case ResidualWrapper():
            return numpy_impl.ResidualWrapper(inner[0], RESIDUAL_FNS[outer.residual_fn])
        case DeviceWrapper():
            return numpy_impl.DeviceWrapper(inner[0], outer.device)
        case _:
            assert_never(outer)


def wrapped(case: Case) -> dict[str, list[Wrapped]]:
    """Return direction -> the wrappers that have weights, with them, in the order of `wrappings`."""
    found: dict[str, list[Wrapped]] = {"": [], "fw": [], "bw": []}
    for one in wrappings(case.spec):
        own = {name: case.weights[join(one.scope, name)] for name in one.cell.variables(one.depth)}
        found[one.direction].append((one, own))
    return found


def wrap(wrapping: Wrapping, cell: RNNCell, weights: Mapping[str, Array]) -> RNNCell:
    """Return the numpy_impl wrapper with weights, of the same name and options, around `cell`."""
    made = getattr(numpy_impl, class_name(wrapping.cell))
    options = msgspec.structs.asdict(wrapping.cell) | {"cell": cell}
    return made(**options, weights=made.weights_from(weights))


def assembled(
    cell: CellSpec, layers: Iterator[RNNCell], owned: Iterator[Wrapped], around: Around = around, wrap: Wrap = wrap
) -> RNNCell:
    """Return `layers`, from the input up, in the stacks and wrappers of `cell`, made by `around` and `wrap`."""
    match cell:
        case MultiRNNCell() | SummedMultiRNNCell():
            return around(cell, [assembled(one, layers, owned, around, wrap) for one in cell.cells])
        case ResidualWrapper() | DeviceWrapper():
            return around(cell, [assembled(cell.cell, layers, owned, around, wrap)])
        case WrapperSpec():
            wrapping, own = next(owned)  # the outer one first
            return wrap(wrapping, assembled(cell.cell, layers, owned, around, wrap), own)
        case _:
            return next(layers)


def dtype_of(case: Case) -> np.dtype[Any]:
    """Return the dtype that a case is computed in: that of the inputs, or of the weights where inputs are ids."""
    floating = np.issubdtype(case.inputs.dtype, np.floating)
    return case.inputs.dtype if floating else next(iter(case.weights.values())).dtype


def traces(case: Case, layers: Iterable[numpy_impl.Traced], direction: str) -> dict[str, Array]:
    """Return name -> (T, B, width) of what the layers recorded, 0 past each row's length as in the fixtures."""
    found = {}
    for index, layer in enumerate(layers):
        for letter in layer.steps[0]:
            values = np.stack([step[letter] for step in layer.steps])
            if case.sequence_length is not None:
                running = np.arange(len(values))[:, np.newaxis] < case.sequence_length
                values = np.where(running[..., np.newaxis], values, values.dtype.type(0))
            found[join(direction, str(index), letter)] = values
    return found


def _single(cell: SingleCellSpec, weights: Mapping[str, Array]) -> Any:  # noqa: ANN401  many classes, one protocol
    """Return the class of the same name, made with the same options."""
    made = getattr(numpy_impl, class_name(cell))
    return made(**msgspec.structs.asdict(cell), weights=made.weights_from(weights))


def _run_one(case: Case, cell: RNNCell) -> tuple[Tree, Tree]:
    lengths, state, dtype = case.sequence_length, case.initial_state, dtype_of(case)
    match case.spec.run:
        case Step():
            return cell(case.inputs, cell.zero_state(len(case.inputs), dtype) if state is None else state)
        case StaticRNN():
            steps, final = numpy_impl.static_rnn(cell, list(case.inputs.swapaxes(0, 1)), state, dtype, lengths)
            return np.stack(steps, axis=1), final
        case DynamicRNN(time_major=time_major):
            return numpy_impl.dynamic_rnn(cell, case.inputs, lengths, state, dtype, time_major)
        case Chunked():
            return _run_chunks(case, case.spec.run, cell)
        case BidirectionalDynamicRNN() | StaticBidirectionalRNN():
            raise AssertionError("bidirectional runs have weights of two directions")
        case _:
            assert_never(case.spec.run)


def _run_chunks(case: Case, run: Chunked, cell: RNNCell) -> tuple[Tree, Tree]:
    outputs, state = [], case.initial_state
    for chunk in np.split(case.inputs, np.cumsum(run.chunks)[:-1], axis=1):
        state = state if run.carry_state else case.initial_state
        answer, state = numpy_impl.dynamic_rnn(cell, chunk, None, state, dtype_of(case))
        outputs.append(answer)
    return np.concatenate(outputs, axis=1), state


def _run_both(case: Case, cell_fw: RNNCell, cell_bw: RNNCell) -> tuple[Tree, Tree]:
    lengths, dtype = case.sequence_length, dtype_of(case)
    state_fw, state_bw = case.initial_state or (None, None)
    if isinstance(case.spec.run, BidirectionalDynamicRNN):
        return numpy_impl.bidirectional_dynamic_rnn(
            cell_fw, cell_bw, case.inputs, lengths, state_fw, state_bw, dtype, case.spec.run.time_major
        )
    steps, final_fw, final_bw = numpy_impl.static_bidirectional_rnn(
        cell_fw, cell_bw, list(case.inputs.swapaxes(0, 1)), state_fw, state_bw, dtype, lengths
    )
    return np.stack(steps, axis=1), (final_fw, final_bw)
