"""A cell that the user writes, held against what the file says: its classes, layers and the facts of its graph."""

from __future__ import annotations

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
from tf_reference.legacy.taken import own_cell


def given_model(model: FoundModel, cell: str, run: str | None, *, said: str = "--cell") -> Rebuilt:
    """Return the cell and run that the user wrote, where the file does not say otherwise; `said` is by which option.

    Raises:
        CellTextError: the text writes no cell, or no run.
        CellContradictedError: the file's names, shapes or graph say otherwise.
    """
    forward = parsed(cell, CellSpec)
    runs = default_run(model, forward) if run is None else without_lengths(parsed(run, RunSpec))
    _require_layers(model, forward, runs, said)
    made = Rebuilt(cell=forward, run=runs)
    for found in model.cells:
        single = own_cell(made, found)
        by = "--run" if found.direction == "bw" and isinstance(getattr(runs, "cell_bw", None), CellSpec) else said
        _require_class(model, found, single, by)
        _require_facts(model, found, single, by)
    return made


def default_run(model: FoundModel, cell: CellSpec) -> RunSpec:
    """Return the run that the file's names show, of the cell that is given for each direction."""
    if model.run == "StackBidirectionalDynamicRNN":
        return StackBidirectionalDynamicRNN(layers=model.layers)
    if model.run == "BidirectionalDynamicRNN":
        return BidirectionalDynamicRNN(cell_bw=None if len(model.directions) > 1 else SAME_OBJECT)
    return FusedRNN() if isinstance(cell, LSTMBlockFusedCell) else DynamicRNN()


def _require_layers(model: FoundModel, cell: CellSpec, run: RunSpec, said: str) -> None:
    levels = getattr(run, "layers", 1)
    got = len(single_cells(cell)) * levels
    shared = isinstance(cell, MultiRNNCell) and cell.one_object
    if got != model.layers and not (shared and model.layers == 1):
        should_be, by = _layers(model.layers), said if levels == 1 else "--run"
        where = written(cell) if levels == 1 else f"{written(run)} of {written(cell)}"
        raise CellContradictedError(
            by, f"{_layers(got)} in {where}", should_be, "so many are named", names=_names(model)
        )
    two = hasattr(run, "cell_bw") or levels > 1 or "Bidirectional" in type(run).__name__
    if len(model.directions) > 1 and not two:
        evidence = "fw and bw are named"
        raise CellContradictedError("--run", written(run), f"{model.run}()", evidence, names=_names(model))


def _layers(number: int) -> str:
    return f"{number} layer{'' if number == 1 else 's'}"


def _require_class(model: FoundModel, found: FoundCell, single: SingleCellSpec, said: str) -> None:
    name = class_name(single)
    if name not in found.classes:
        evidence = f"so are the variables of layer {place_of(found)} named, like {_first(found)}"
        raise CellContradictedError(said, name, " or ".join(found.classes), evidence, names=_names(model))
    sizes = {"num_units": found.num_units, "num_proj": found.num_proj}
    for option, size in sizes.items():
        if option in single.__struct_fields__ and getattr(single, option) != size:
            got, should_be = (f"{option}={value}" for value in (getattr(single, option), size))
            evidence = f"by the shapes of {found.scope}"
            raise CellContradictedError(said, got, should_be, evidence, names=_names(model))
    wanted = single.variables(found.depth)
    missing = [own for own in wanted if own not in found.parts]
    extra = [own for own in found.parts if own not in wanted]
    if missing or extra:
        got, should_be = f"a {name} with {', '.join(wanted)}", f"one with {', '.join(found.parts)}"
        raise CellContradictedError(said, got, should_be, f"by {found.scope}", names=_names(model))


def _require_facts(model: FoundModel, found: FoundCell, single: SingleCellSpec, said: str) -> None:
    require_formula(found, single, said)
    for fact in (*model.facts, *found.facts):
        if fact.option == "class":
            got: Option = class_name(single)
        elif fact.option in single.__struct_fields__ and fact.option not in (*ASIDE, *NO_NUMBERS):
            got = getattr(single, fact.option)
        else:
            continue
        if not same(got, fact.value):
            evidence = f"the {fact.read_from} says so ({fact.evidence})"
            raise CellContradictedError(said, f"{fact.option}={got!r}", f"{fact.option}={fact.value!r}", evidence)


def _first(found: FoundCell) -> str:
    return next(iter(found.parts.values()))[0]


def _names(model: FoundModel) -> list[str]:
    return [name for cell in model.cells for names in cell.parts.values() for name in names]
