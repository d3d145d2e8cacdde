"""What is known of a model whose cell the user writes, and what that leaves at defaults which the file does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rnn_parity.spec import CellSpec, MultiRNNCell, SingleCellSpec, class_name, single_cells
from tf_reference.legacy.found import Fact, FoundCell, FoundModel, Option, Question
from tf_reference.legacy.rebuilt import Rebuilt
from tf_reference.legacy.settled import MODEL, NO_NUMBERS, Told, place_of, same


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What is known and by what, and each question that a default alone answers, with its place."""

    told: tuple[Told, ...] = ()
    defaults: tuple[tuple[str, Question], ...] = ()


def taken(model: FoundModel, rebuilt: Rebuilt, cell: str, run: str | None) -> Taken:
    """Return what the file says of a model, and how `cell` and `run`, as they were written, answer what it asks."""
    told: list[Told] = []
    defaults: list[tuple[str, Question]] = []
    for place, facts, questions, options in _places(model, rebuilt):
        told += [_told(place, fact) for fact in facts if fact.option not in NO_NUMBERS]
        from_graph = {fact.option for fact in facts if fact.read_from == "graph"}
        for question in questions:
            option = question.option
            if option in from_graph or option not in options:
                continue
            if option in NO_NUMBERS:
                told.append(Told(place=place, option=option, value=options[option], by="no number depends on it"))
            elif _says(option, cell, run):
                told.append(Told(place=place, option=option, value=options[option], by="as you said"))
            else:
                defaults.append((place, _answered(question, options[option])))
    return Taken(told=tuple(told), defaults=tuple(defaults))


def own_cell(rebuilt: Rebuilt, found: FoundCell) -> SingleCellSpec:
    """Return the cell of the layer and direction in which one was found."""
    backward = getattr(rebuilt.run, "cell_bw", None)
    own = single_cells(backward if found.direction == "bw" and isinstance(backward, CellSpec) else rebuilt.cell)
    return own[found.layer % len(own)]


def _places(
    model: FoundModel, rebuilt: Rebuilt
) -> Iterator[tuple[str, tuple[Fact, ...], tuple[Question, ...], Mapping[str, Option]]]:
    """Yield each place, what is known and asked there, and the options that were given there."""
    layers = len(rebuilt.cell.cells) if isinstance(rebuilt.cell, MultiRNNCell) else 1
    yield MODEL, model.facts, model.questions, {"layers": layers, **_fields(rebuilt.run)}
    for cell in model.cells:
        own = own_cell(rebuilt, cell)
        yield place_of(cell), cell.facts, cell.questions, {"class": class_name(own), **_fields(own)}


def _fields(spec: object) -> dict[str, Option]:
    given = {name: getattr(spec, name) for name in getattr(spec, "__struct_fields__", ())}
    return given | {"activation": "tanh"} if given.get("activation", "") is None else given


def _told(place: str, fact: Fact) -> Told:
    return Told(place=place, option=fact.option, value=fact.value, by=f"{fact.read_from}: {fact.evidence}")


def _says(option: str, cell: str, run: str | None) -> bool:
    """Return whether the user's text says an option; a cell that is written always says its class and its layers."""
    if option == "cell_bw":
        return run is not None
    return option in ("class", "layers") or re.search(rf"\b{option}\s*=", cell) is not None


def _answered(question: Question, value: Option) -> Question:
    """Return a question whose default is what was taken."""
    if same(value, question.default):
        return question
    others = (question.default, *(other for other in question.others if not same(other, value)))
    return replace(question, default=value, others=others)
