"""A cell that the user writes, held against what the file says: its classes, layers and the facts of its graph."""

from __future__ import annotations

from collections.abc import Iterator

from rnn_parity.spec import (
    SAME_OBJECT,
    BidirectionalDynamicRNN,
    CellSpec,
    DynamicRNN,
    FusedRNN,
    LSTMBlockFusedCell,
    MultiRNNCell,
    RunSpec,
    SingleCellSpec,
    StackBidirectionalDynamicRNN,
    class_name,
    single_cells,
)
from rnn_parity.spec.text import parsed, written
from tf_reference.legacy.found import FoundCell, FoundModel, Option
from tf_reference.legacy.import_errors import CellContradictedError
from tf_reference.legacy.rebuilt import ASIDE, Rebuilt, require_formula, without_lengths
from tf_reference.legacy.settled import NO_NUMBERS, place_of, same


def given_model(model: FoundModel, cell: str, run: str | None) -> Rebuilt:
    """Return the cell and run that the user wrote, where the file does not say otherwise.

    Raises:
        CellTextError: the text writes no cell, or no run.
        CellContradictedError: the file's names, shapes or graph say otherwise.
    """
    forward = parsed(cell, CellSpec)
    runs = default_run(model, forward) if run is None else without_lengths(parsed(run, RunSpec))
    backward = getattr(runs, "cell_bw", None)
    _require_layers(model, forward, runs)
    for found, single in _pairs(model, forward, backward if isinstance(backward, CellSpec) else forward):
        _require_class(model, found, single)
        _require_facts(model, found, single)
    return Rebuilt(cell=forward, run=runs)


def default_run(model: FoundModel, cell: CellSpec) -> RunSpec:
    """Return the run that the file's names show, of the cell that is given for each direction."""
    if model.run == "StackBidirectionalDynamicRNN":
        return StackBidirectionalDynamicRNN(layers=model.layers)
    if model.run == "BidirectionalDynamicRNN":
        return BidirectionalDynamicRNN(cell_bw=None if len(model.directions) > 1 else SAME_OBJECT)
    return FusedRNN() if isinstance(cell, LSTMBlockFusedCell) else DynamicRNN()


def _require_layers(model: FoundModel, cell: CellSpec, run: RunSpec) -> None:
    levels = getattr(run, "layers", 1)
    got = len(single_cells(cell)) * levels
    shared = isinstance(cell, MultiRNNCell) and cell.one_object
    if got != model.layers and not (shared and model.layers == 1):
        should_be = f"{model.layers} layer{'s' if model.layers > 1 else ''}"
        raise CellContradictedError(f"{got} layers in {written(cell)}", should_be, "so many are named", _names(model))
    two = hasattr(run, "cell_bw") or levels > 1 or "Bidirectional" in type(run).__name__
    if len(model.directions) > 1 and not two:
        raise CellContradictedError(f"--run {written(run)}", f"{model.run}()", "fw and bw are named", _names(model))


def _pairs(model: FoundModel, forward: CellSpec, backward: CellSpec) -> Iterator[tuple[FoundCell, SingleCellSpec]]:
    for found in model.cells:
        own = single_cells(backward if found.direction == "bw" else forward)
        yield found, own[found.layer % len(own)]


def _require_class(model: FoundModel, found: FoundCell, single: SingleCellSpec) -> None:
    name = class_name(single)
    if name not in found.classes:
        evidence = f"so are the variables of layer {place_of(found)} named, like {_first(found)}"
        raise CellContradictedError(name, " or ".join(found.classes), evidence, _names(model))
    sizes = {"num_units": found.num_units, "num_proj": found.num_proj}
    for option, size in sizes.items():
        if option in single.__struct_fields__ and getattr(single, option) != size:
            got, should_be = (f"{option}={value}" for value in (getattr(single, option), size))
            raise CellContradictedError(got, should_be, f"by the shapes of {found.scope}", _names(model))
    wanted = single.variables(found.depth)
    missing = [own for own in wanted if own not in found.parts]
    extra = [own for own in found.parts if own not in wanted]
    if missing or extra:
        got = f"a {name} with {', '.join(wanted)}"
        raise CellContradictedError(got, f"one with {', '.join(found.parts)}", f"by {found.scope}", _names(model))


def _require_facts(model: FoundModel, found: FoundCell, single: SingleCellSpec) -> None:
    require_formula(found, single)
    for fact in (*model.facts, *found.facts):
        if fact.option == "class":
            got: Option = class_name(single)
        elif fact.option in single.__struct_fields__ and fact.option not in (*ASIDE, *NO_NUMBERS):
            got = getattr(single, fact.option)
        else:
            continue
        if not same(got, fact.value):
            evidence = f"the {fact.read_from} says so ({fact.evidence})"
            raise CellContradictedError(f"{fact.option}={got!r}", f"{fact.option}={fact.value!r}", evidence)


def _first(found: FoundCell) -> str:
    return next(iter(found.parts.values()))[0]


def _names(model: FoundModel) -> list[str]:
    return [name for cell in model.cells for names in cell.parts.values() for name in names]
