"""The NumPy reimplementation of this repository as a candidate: every cell and run, with its gate traces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, assert_never

import msgspec
import numpy as np

import numpy_impl
from numpy_impl.lstm_block_fused import FusedCell
from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.masks import masks_below
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CellSpec,
    Chunked,
    CoreWrapper,
    DeviceWrapper,
    Directions,
    DropoutWrapper,
    DynamicRNN,
    FusedRNN,
    MultiRNNCell,
    RawRNN,
    ResidualWrapper,
    SingleCellSpec,
    Stack,
    StackBidirectionalDynamicRNN,
    StateSavingRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
    WrapperSpec,
    class_name,
    is_own,
    single_cells,
)
from rnn_parity.structure import (
    Array,
    Tree,
    case_state_size,
    cells_of,
    cut_tree,
    dtype_of,
    flatten,
    join,
    levels,
    unflatten,
)
from rnn_parity.weights import Wrapping, own_weights, wrappings

if TYPE_CHECKING:
    from numpy_impl.cell import RNNCell
    from numpy_impl.masks import MaskSource

Wrapped: TypeAlias = tuple[Wrapping, Mapping[str, Array]]
Around: TypeAlias = "Callable[[Stack | CoreWrapper, list[RNNCell]], RNNCell]"
Dropout: TypeAlias = "Callable[[DropoutWrapper, RNNCell, MaskSource], RNNCell]"
Wrap: TypeAlias = "Callable[[Wrapping, RNNCell, Mapping[str, Array]], RNNCell]"
RESIDUAL_FNS = {None: None, "slice": numpy_impl.slice_residual}
STATE_FILTERS: Mapping[str | None, Any] = {None: None, "all": lambda _: True}
NO_MASKS: Mapping[str, Array] = MappingProxyType({})


class Bound(NamedTuple):
    """A numpy_impl cell with its weights, and the recorders of its layers, from the input up."""

    cell: RNNCell
    layers: tuple[numpy_impl.Traced, ...]


class Parts(NamedTuple):
    """What a cell is assembled of, each in the order in which the cell is gone through from the outside.

    Attributes:
        layers: from the input up.
        masks: of the DropoutWrappers, the outermost first.
        owned: the wrappers that have weights, with them, in the order of `wrappings`.
    """

    layers: Iterator[RNNCell]
    masks: Iterator[MaskSource]
    owned: Iterator[Wrapped]


def run(case: Case) -> Result:
    """Return what numpy_impl computes, with the trace of every layer.

    Raises:
        Unsupported: the case is of somebody's own cell or graph, of which only the recording is known.
    """
    if is_own(case.spec):
        raise Unsupported(f"{class_name(case.spec.cell)} is none of TensorFlow's own cells")
    weights, owned = case.layer_weights, wrapped(case)
    if levels(case.spec) is not None:
        return _run_stacked(case, Directions(*weights), owned)
    if isinstance(weights, Directions):
        cells = cells_of(case.spec)
        forward, backward = (
            bind(cell, own, masks_below(case.dropout, way), owned[way])
            for cell, own, way in zip(cells, weights, Directions._fields, strict=True)
        )
        outputs, state = _run_both(case, forward.cell, backward.cell)
        trace = traces(case, forward.layers, "fw") | traces(case, backward.layers, "bw")
        return Result(outputs, state, trace)
    if isinstance(case.spec.run, FusedRNN):
        return _run_fused(case, weights[0])
    bound = bind(case.spec.cell, weights, case.dropout, owned[""])
    outputs, state = _run_one(case, bound.cell)
    return Result(outputs, state, traces(case, bound.layers, ""))


def bind(
    cell: CellSpec,
    weights: Iterable[Mapping[str, Array]],
    dropout: Mapping[str, Array] = NO_MASKS,
    owned: Iterable[Wrapped] = (),
) -> Bound:
    """Return the numpy_impl cell that `cell` describes, holding `weights` (one mapping a layer), every layer traced.

    `dropout` are the masks of one direction; a cell's own are drawn anew where they are not among them. `owned` are the
    wrappers that have weights, in the order of `wrappings`.
    """
    pairs = enumerate(zip(single_cells(cell), weights, strict=True))
    layers = tuple(numpy_impl.Traced(_single(*pair, masks_below(dropout, "layer", str(k)))) for k, pair in pairs)
    return Bound(assembled(cell, Parts(iter(layers), replayed(dropout), iter(owned))), layers)


def replayed(dropout: Mapping[str, Array]) -> Iterator[MaskSource]:
    """Yield what hands out the masks of every DropoutWrapper of one direction, in the order of their numbers."""
    return (numpy_impl.ReplayedMasks(masks_below(dropout, "wrapper", str(number))) for number in count())


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
        case DropoutWrapper():
            raise AssertionError("a DropoutWrapper is made with its masks, by `with_dropout`")
        case _:
            assert_never(outer)


def wrapped(case: Case) -> dict[str, list[Wrapped]]:
    """Return direction -> the wrappers that have weights, with them, in the order of `wrappings`."""
    found: dict[str, list[Wrapped]] = {"": [], "fw": [], "bw": []}
    for one in wrappings(case.spec):
        found[one.direction].append((one, own_weights(one, case.weights)))
    return found


def wrap(wrapping: Wrapping, cell: RNNCell, weights: Mapping[str, Array]) -> RNNCell:
    """Return the numpy_impl wrapper with weights, of the same name and options, around `cell`."""
    made: Any = getattr(numpy_impl, class_name(wrapping.cell))
    options = msgspec.structs.asdict(wrapping.cell) | {"cell": cell}
    wrapper: RNNCell = made(**options, weights=made.weights_from(weights))
    return wrapper


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
    cell: CellSpec, parts: Parts, around: Around = around, dropout: Dropout = with_dropout, wrap: Wrap = wrap
) -> RNNCell:
    """Return the layers in the stacks and wrappers of `cell`, made by `around`, `dropout` and `wrap`."""

    def made(one: CellSpec) -> RNNCell:
        return assembled(one, parts, around, dropout, wrap)

    match cell:
        case MultiRNNCell() | SummedMultiRNNCell():
            return around(cell, [made(one) for one in cell.cells])
        case DropoutWrapper():
            masks = next(parts.masks)  # before those of the wrappers inside
            return dropout(cell, made(cell.cell), masks)
        case ResidualWrapper() | DeviceWrapper():
            return around(cell, [made(cell.cell)])
        case WrapperSpec():
            wrapping, own = next(parts.owned)  # as above
            return wrap(wrapping, made(cell.cell), own)
        case _:
            return next(parts.layers)


def number_type(case: Case) -> np.dtype[Any]:
    """Return the dtype that a case is computed in: that of the inputs, or of the weights where inputs are ids."""
    given = dtype_of(case.inputs)
    return given if np.issubdtype(given, np.floating) else next(iter(case.weights.values())).dtype


def traces(case: Case, layers: Iterable[numpy_impl.Traced], direction: str) -> dict[str, Array]:
    """Return name -> (T, B, width) of what the layers recorded, 0 past each row's length as in the fixtures."""
    found = {}
    for index, layer in enumerate(layers):
        for letter in layer.steps[0] if layer.steps else ():
            first = layer.steps[0][letter]
            values = np.zeros((case.spec.sizes.max_time, *first.shape), first.dtype)  # of loops that end early, too
            for time, step in enumerate(layer.steps):
                values[time] = step[letter]
            found[join(direction, str(index), letter)] = _running(case, values)
    return found


def _running(case: Case, values: Array) -> Array:
    """Return `values` (T, B, width), which are now 0 past each row's length."""
    if case.sequence_length is None:
        return values
    values[np.arange(len(values))[:, np.newaxis] >= case.sequence_length] = 0
    return values


def _single(cell: SingleCellSpec, weights: Mapping[str, Array], dropout: Mapping[str, Array]) -> Any:  # noqa: ANN401  many classes, one protocol
    """Return the class of the same name, made with the same options; of a fused cell what computes one step."""
    made = _made(cell, weights, dropout)
    return made.one_step if isinstance(made, FusedCell) else made


def _made(cell: SingleCellSpec, weights: Mapping[str, Array], dropout: Mapping[str, Array]) -> Any:  # noqa: ANN401  as above
    made = getattr(numpy_impl, class_name(cell))
    masks = {"masks": numpy_impl.ReplayedMasks(dropout)} if dropout else {}
    return made(**cell.arguments(), weights=made.weights_from(weights), **masks)


def _run_one(case: Case, cell: RNNCell) -> tuple[Tree, Tree]:
    lengths, state, dtype = case.sequence_length, case.initial_state, number_type(case)
    match case.spec.run:
        case Step():
            return cell(case.inputs, cell.zero_state(case.spec.sizes.batch_size, dtype) if state is None else state)
        case StaticRNN():
            steps, final = numpy_impl.static_rnn(cell, _by_step(case.inputs), state, dtype, lengths)
            return np.stack(steps, axis=1), final
        case DynamicRNN(time_major=time_major):
            return numpy_impl.dynamic_rnn(cell, case.inputs, lengths, state, dtype, time_major)
        case RawRNN():
            start = cell.zero_state(case.inputs.shape[1], dtype) if state is None else state
            return numpy_impl.raw_rnn(cell, numpy_impl.loop_over(case.inputs, lengths, start))[:2]
        case Chunked():
            return _run_chunks(case, case.spec.run, cell)
        case FusedRNN():
            raise AssertionError("fused cells run by themselves")
        case StateSavingRNN():
            return _run_saving(case, case.spec.run, cell)
        case _:
            raise AssertionError(f"{class_name(case.spec.run)} has weights of two directions")


def _run_fused(case: Case, weights: Mapping[str, Array]) -> Result:
    fused = _made(single_cells(case.spec.cell)[0], weights, {})
    ran = fused.run(case.inputs, case.initial_state, case.inputs.dtype, case.sequence_length)
    trace = {join("0", letter): _running(case, values.copy()) for letter, values in ran.gates.items()}
    return Result(ran.outputs, ran.final_state, trace)


def _run_chunks(case: Case, run: Chunked, cell: RNNCell) -> tuple[Tree, Tree]:
    outputs, state = [], case.initial_state
    for chunk in cut_tree(lambda array: np.split(array, np.cumsum(run.chunks)[:-1], axis=1), case.inputs):
        state = state if run.carry_state else case.initial_state
        answer, state = numpy_impl.dynamic_rnn(cell, chunk, None, state, number_type(case))
        outputs.append(answer)
    return np.concatenate(outputs, axis=1), state


class _Saver:
    """A state saver that is a dictionary."""

    def __init__(self, states: Mapping[str, Array]) -> None:
        self.states = dict(states)
        self.state = self.states.__getitem__
        self.save_state = self.states.__setitem__


def _run_saving(case: Case, run: StateSavingRNN, cell: RNNCell) -> tuple[Tree, Tree]:
    inputs, start = case.inputs, case.initial_state
    given = flatten(cell.zero_state(len(inputs), inputs.dtype) if start is None else start)
    saver = _Saver(given)
    names = unflatten(case_state_size(case.spec), {path: path for path in given})
    steps: list[Array] = []
    for chunk in np.split(inputs, np.cumsum(run.chunks)[:-1], axis=1):
        outputs, final = numpy_impl.static_state_saving_rnn(cell, list(chunk.swapaxes(0, 1)), saver, names)
        steps += outputs
    return np.stack(steps, axis=1), final


def _run_stacked(case: Case, weights: Directions, owned: Mapping[str, list[Wrapped]]) -> Result:
    """Return the answer of a stacked bidirectional run; `weights` are each direction's, layer by layer."""
    fw, bw = (_bind_levels(case, own, owned[way]) for way, own in zip(Directions._fields, weights, strict=True))
    cells_fw, cells_bw = ([bound.cell for bound in way] for way in (fw, bw))
    states_fw, states_bw = map(list, case.initial_state) if case.initial_state is not None else (None, None)
    lengths, dtype, run = case.sequence_length, case.inputs.dtype, case.spec.run
    if isinstance(run, StackBidirectionalDynamicRNN):
        outputs, *final = numpy_impl.stack_bidirectional_dynamic_rnn(
            cells_fw, cells_bw, case.inputs, states_fw, states_bw, dtype, lengths, run.time_major
        )
    else:
        by_step = list(case.inputs.swapaxes(0, 1))
        steps, *final = numpy_impl.stack_bidirectional_rnn(
            cells_fw, cells_bw, by_step, states_fw, states_bw, dtype, lengths
        )
        outputs = np.stack(steps, axis=1)
    trace_fw, trace_bw = (
        traces(case, [layer for bound in way for layer in bound.layers], name)
        for name, way in zip(Directions._fields, (fw, bw), strict=True)
    )
    return Result(outputs, Directions(*final), trace_fw | trace_bw)


def _bind_levels(case: Case, weights: list[Mapping[str, Array]], owned: list[Wrapped]) -> list[Bound]:
    """Return one cell for each level of a stacked bidirectional run, given the weights of all of a direction's."""
    count = levels(case.spec) or 1
    size, own = len(weights) // count, len(owned) // count
    return [
        bind(case.spec.cell, weights[k * size : (k + 1) * size], owned=owned[k * own : (k + 1) * own])
        for k in range(count)
    ]


def _run_both(case: Case, cell_fw: RNNCell, cell_bw: RNNCell) -> tuple[Tree, Tree]:
    lengths, dtype = case.sequence_length, number_type(case)
    state_fw, state_bw = case.initial_state or (None, None)
    if isinstance(case.spec.run, BidirectionalDynamicRNN):
        return numpy_impl.bidirectional_dynamic_rnn(
            cell_fw, cell_bw, case.inputs, lengths, state_fw, state_bw, dtype, case.spec.run.time_major
        )
    steps, final_fw, final_bw = numpy_impl.static_bidirectional_rnn(
        cell_fw, cell_bw, _by_step(case.inputs), state_fw, state_bw, dtype, lengths
    )
    return np.stack(steps, axis=1), (final_fw, final_bw)


def _by_step(inputs: Tree) -> list[Tree]:
    """Return the list of T inputs (B, ...) of a static run."""
    return cut_tree(lambda array: array.swapaxes(0, 1), inputs)
