"""Cells -> the models they run in: stacks, directions, and what can be said of each as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from tf_reference.legacy.found import Direction, Fact, FoundCell, FoundModel, Question
from tf_reference.legacy.places import Place, place_of
from tf_reference.legacy.questions import questions_of

ORDER: tuple[Direction, ...] = ("", "fw", "bw")


def models_of(cells: Iterable[FoundCell]) -> tuple[FoundModel, ...]:
    """Return the models, by their scopes, each cell with its layer and its questions."""
    groups: dict[tuple[str, ...], list[tuple[Place, FoundCell]]] = {}
    for cell in cells:
        place = place_of(cell.scope)
        key = place.model
        while any(_same_place(place, other) for other, _ in groups.get(key, ())):
            key = (*key, cell.scope)  # a second cell where there is one already runs by itself
        groups.setdefault(key, []).append((place, cell))
    return tuple(sorted((_model(group) for group in groups.values()), key=lambda model: model.cells[0].scope))


def cautions(model: FoundModel) -> Iterator[str]:
    """Yield what does not fit in a model: layers that are missing, depths that do not follow from each other."""
    for direction in model.directions:
        stack = [cell for cell in model.cells if cell.direction == direction]
        there = [cell.layer for cell in stack]
        missing = sorted(set(range(max(there) + 1)) - set(there))
        if missing:
            yield f"{stack[0].scope}: layers {', '.join(map(str, missing))} of its stack are not in the file"
        if model.run != "StackBidirectionalDynamicRNN" and not missing:
            for below, above in pairwise(stack):
                if above.depth != _width(below):
                    yield (
                        f"{above.scope} reads inputs of {above.depth}, though the layer below puts out "
                        f"{_width(below)}: a wrapper between them widens or joins them, or they are no stack"
                    )


def _same_place(one: Place, other: Place) -> bool:
    return (one.level, one.layer, one.direction) == (other.level, other.layer, other.direction)


def _model(group: list[tuple[Place, FoundCell]]) -> FoundModel:
    per_level = 1 + max(place.layer or 0 for place, _ in group)
    numbered = [replace(cell, layer=(place.level or 0) * per_level + (place.layer or 0)) for place, cell in group]
    cells = sorted(numbered, key=lambda cell: (ORDER.index(cell.direction), cell.layer))
    asked = tuple(replace(cell, questions=(*cell.questions, *questions_of(cell))) for cell in cells)
    fused = all(cell.classes == ("LSTMBlockFusedCell",) for cell in asked)
    place = group[0][0]
    run = "FusedRNN" if fused and not place.direction and len(asked) == 1 else place.run
    model = FoundModel(scope=place.scope, cells=asked, run=run)
    questions = tuple(_questions(model, in_stack=place.layer is not None))
    known = (fact for fact in _facts(model) if fact.option not in {question.option for question in questions})
    return replace(model, facts=tuple(known), questions=questions)


def _facts(model: FoundModel) -> Iterator[Fact]:
    scopes = ", ".join(cell.scope for cell in model.cells)
    yield Fact(option="layers", value=model.layers, read_from="names", evidence=scopes)
    if model.directions == ("fw", "bw"):
        yield Fact(option="directions", value=2, read_from="names", evidence="fw and bw have variables each")


def _questions(model: FoundModel, *, in_stack: bool) -> Iterator[Question]:
    first = model.cells[0]
    if model.directions == ("fw",):
        hangs = (
            "There are no variables of bw: in TensorFlow from 1.2 on one object that is both directions has those of "
            "fw alone. Otherwise a direction is missing from the file."
        )
        yield Question(option="cell_bw", default="cell_fw", others=(None,), hangs_on_it=hangs)
    if model.directions == ("bw",):
        hangs = "There are no variables of fw; what it computed cannot be known."
        yield Question(option="cell_fw", default=None, others=(), hangs_on_it=hangs)
    fits = all(cell.depth == _width(cell) for cell in model.cells)
    if in_stack and model.layers == 1 and fits and first.era.startswith("1.2"):
        hangs = "From 1.2 on MultiRNNCell([cell] * n) keeps one set of variables, which looks like a stack of one."
        yield Question(option="layers", default=1, others=(2, 3), hangs_on_it=hangs)


def _width(cell: FoundCell) -> int:
    return cell.num_proj or cell.num_units
