"""A found model and what is settled of it -> the cell and the run that a case has.

    one layer, one direction      the cell                     DynamicRNN, or FusedRNN of a fused cell
    layers                        MultiRNNCell of them         DynamicRNN
    fw and bw                     cell and run.cell_bw         BidirectionalDynamicRNN
    fw and bw, level on level     the cell of every level      StackBidirectionalDynamicRNN

Options come from what is settled, sizes from the variables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.spec import (
    SAME_OBJECT,
    BidirectionalDynamicRNN,
    CellSpec,
    DynamicRNN,
    FusedRNN,
    LSTMBlockFusedCell,
    MultiRNNCell,
    ResidualWrapper,
    RunSpec,
    SingleCellSpec,
    StackBidirectionalDynamicRNN,
)
from rnn_parity.spec.text import classes
from tf_reference.legacy.answered import answer_to
from tf_reference.legacy.found import FoundCell, FoundModel, Option
from tf_reference.legacy.grouping import cautions
from tf_reference.legacy.import_errors import AnswerUnfitError, CellContradictedError, ModelUnfitError
from tf_reference.legacy.settled import MODEL, Settled, place_of

WRITE_IT = "Write the cell yourself with --cell, or its variables to an .npz"
SHARDS = ("num_unit_shards", "num_proj_shards")  # joined when they are read, so that the cell keeps its kernel whole
ASIDE = (*SHARDS, "dropout_keep_prob")  # what dropped in training drops nothing in what is checked


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """A model as today's classes have it; `run` has no lengths and starts from zeros."""

    cell: Any  # a CellSpec of the union
    run: Any  # a RunSpec of the union


def rebuild(model: FoundModel, settled: Settled, answers: Sequence[str] = ()) -> Rebuilt:
    """Return the cell and run of a model, of which `answers` are what the user said, as it was written.

    Raises:
        AnswerUnfitError: an answer is a value that the class does not take.
        CellContradictedError: what the file says is no cell of TensorFlow's.
        ModelUnfitError: its cells do not run together.
    """
    whole = settled.of(MODEL)
    ways = [
        [
            _layer(cell, {**whole, **settled.of(place_of(cell))}, answers)
            for cell in model.cells
            if cell.direction == direction
        ]
        for direction in model.directions
    ]
    if model.run == "StackBidirectionalDynamicRNN":
        return _levels(model, ways)
    if len(ways) == 1 and isinstance(ways[0][0], LSTMBlockFusedCell) and len(ways[0]) == 1:
        return Rebuilt(cell=ways[0][0], run=FusedRNN())
    places = whole.get("layers")
    forward, *backward = (_stacked(cells, places if isinstance(places, int) else len(cells)) for cells in ways)
    if backward:
        return Rebuilt(cell=forward, run=_both(forward, backward[0]))
    if model.run == "BidirectionalDynamicRNN" and whole.get("cell_bw") == SAME_OBJECT:
        return Rebuilt(cell=forward, run=BidirectionalDynamicRNN(cell_bw=SAME_OBJECT))
    return Rebuilt(cell=forward, run=DynamicRNN())


def require_forward(model: FoundModel) -> None:
    """Return if a model has a direction that runs by itself, ModelUnfitError otherwise."""
    if model.directions == ("bw",):
        problem = "the file has a backward direction alone, and no run of TensorFlow's has one"
        advice = 'Import its cell with --cell "..." --run "DynamicRNN()": its inputs are then those read backward'
        raise ModelUnfitError(model.scope, problem, advice)


def require_whole(model: FoundModel) -> None:
    """Return if a model's layers follow one another, ModelUnfitError otherwise."""
    for problem in cautions(model):
        raise ModelUnfitError(model.scope, problem, WRITE_IT)


def single_cell(found: FoundCell, options: Mapping[str, Option], answers: Sequence[str] = ()) -> SingleCellSpec:
    """Return one layer's cell: its class, its sizes, what its variables show, and the options that it has."""
    name = str(options.get("class", _class_of(found)))
    kind = classes().get(name)
    if kind is None or not issubclass(kind, SingleCellSpec):  # by a graph: an answer is held against the variables
        raise CellContradictedError(found.scope, f"class {name}", " or ".join(found.classes), "so its variables are")
    shown = {
        "num_units": found.num_units,
        "num_proj": found.num_proj,
        "use_peepholes": _has_part(found, "_diag"),
        "use_peephole": _has_part(found, "_diag"),
        "layer_norm": _has_part(found, "gamma"),
    }
    given = {
        option: value
        for option, value in {**shown, **options}.items()
        if option in kind.__struct_fields__ and option not in ASIDE
    }
    if given.get("activation") == "tanh":
        del given["activation"]  # every class's default
    try:
        cell: SingleCellSpec = kind(**given)  # type: ignore[arg-type] # values are looked at where they arrive
    except UnsupportedOptionError as error:
        said = answer_to(answers, place_of(found), error.option)
        if said is not None:
            raise AnswerUnfitError(said, f"{name}.{error.option} should be {error.should_be}") from error
        got, evidence = f"{error.option}={error.got!r}", f"{name} takes no other"
        raise CellContradictedError(found.scope, got, error.should_be, evidence) from error
    said = answer_to(answers, place_of(found), "class")
    require_formula(found, cell, found.scope if said is None else f"--answer {said}")
    return cell


def require_formula(found: FoundCell, cell: SingleCellSpec, said: str) -> None:
    """Return if the graph computes the gates in the class's own order, CellContradictedError otherwise."""
    own = ",".join({"ci": "j"}.get(gate, gate) for gate in cell.gate_order)
    formula = {"gate_order": own, "reset_after": type(cell).__name__ == "CudnnCompatibleGRUCell"}
    for fact in found.facts:
        if fact.option in formula and fact.read_from == "graph" and fact.value != formula[fact.option]:
            got = f"{type(cell).__name__}, whose {fact.option} is {formula[fact.option]}"
            should_be, evidence = f"a cell with {fact.value}", f"so the graph computes ({fact.evidence})"
            raise CellContradictedError(said, got, should_be, evidence)


def _class_of(found: FoundCell) -> str:
    """Return the likeliest class that computes in the dtype of the variables."""
    for name in found.classes:
        if found.dtype in getattr(classes().get(name), "dtypes", ()):
            return name
    return found.classes[0]


def _has_part(found: FoundCell, word: str) -> bool:
    return any(word in name.lower() for name in found.parts)


def _layer(found: FoundCell, options: Mapping[str, Option], answers: Sequence[str]) -> CellSpec:
    """Return a layer's cell, in a ResidualWrapper where the layers have one and the widths allow it."""
    cell = single_cell(found, options, answers)
    is_residual = bool(options.get("residual")) and cell.output_size == found.depth
    return ResidualWrapper(cell=cell) if is_residual else cell  # type: ignore[arg-type]


def _stacked(cells: Sequence[CellSpec], places: int) -> CellSpec:
    """Return the cell of one direction: one, a stack of several, or one object at several places.

    A fused cell runs by itself: here it is the core cell that computes the same.
    """
    own = tuple(cell.as_core_cell() if isinstance(cell, LSTMBlockFusedCell) else cell for cell in cells)
    if len(own) == 1 and places > 1:
        return MultiRNNCell(cells=own * places, one_object=True)  # type: ignore[arg-type]
    return own[0] if len(own) == 1 else MultiRNNCell(cells=own)  # type: ignore[arg-type]


def _both(forward: CellSpec, backward: CellSpec) -> RunSpec:
    return BidirectionalDynamicRNN(cell_bw=None if forward == backward else backward)  # type: ignore[arg-type]


def _levels(model: FoundModel, ways: Sequence[Sequence[CellSpec]]) -> Rebuilt:
    cells = {cell for way in ways for cell in way}
    first = ways[0][0]
    if len(cells) > 1:
        other = next(cell for way in ways for cell in way if cell != first)
        differ = [name for name in first.__struct_fields__ if getattr(other, name, None) != getattr(first, name)]
        problem = f"{', '.join(differ)} differ from level to level, and a stacked bidirectional run has one cell"
        raise ModelUnfitError(model.scope, problem, "Import each level with --cell and --run")
    cell = _stacked([first], 1)
    return Rebuilt(cell=cell, run=StackBidirectionalDynamicRNN(layers=len(ways[0])))


def without_lengths(run: RunSpec) -> RunSpec:
    """Return a run that is given neither lengths nor a state."""
    cleared = {name: None if name == "sequence_length" else False for name in ("sequence_length", "initial_state")}
    return msgspec.structs.replace(run, **{k: v for k, v in cleared.items() if k in run.__struct_fields__})
