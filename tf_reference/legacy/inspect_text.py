"""What is found in a file, as text to be read: models, what is known and by what, what is not, and the next command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from tf_reference.legacy.found import Fact, FoundCell, FoundModel, Inspection, Option, Question
from tf_reference.legacy.suggested import import_command
from tf_reference.legacy.untold import wrappers_untold
from tf_reference.terminal import WIDTH, wrapped

SCHEMA = 1  # of the JSON; a change of meaning raises it
INDENT = "  "
NAMES_PAGE = "docs/legacy-checkpoints.md"
MOST_OTHERS = 40  # variables that are listed, of those that are no cell's
FROM = {"names": "from the names", "shapes": "from the shapes", "graph": "from the graph"}


def inspection_text(inspection: Inspection, width: int = WIDTH) -> str:
    """Return the whole text, its sentences and evidence in lines of `width`."""
    return "\n".join(_lines(inspection, width))


def inspection_json(inspection: Inspection) -> str:
    """Return it as JSON: the fields of `Inspection` and of what it holds, under their names."""
    return msgspec.json.format(msgspec.json.encode({"schema": SCHEMA, **msgspec.to_builtins(inspection)})).decode()


def no_cell_words(inspection: Inspection) -> str:
    """Return the line that a file without a cell ends with, for people and for the logs of programs."""
    advice = (
        f"Where it has one under names of its own, write its variables to an .npz under TensorFlow's ({NAMES_PAGE})"
        if inspection.others
        else "Name another file"
    )
    return f"{inspection.path}: no RNN cell is found. {advice}."


def _lines(inspection: Inspection, width: int) -> Iterator[str]:
    yield f"{inspection.path}: {inspection.kind_words}"
    for number, model in enumerate(inspection.models):
        yield ""
        yield from _model(number, model, width)
    if not inspection.models:
        yield ""
        yield "no RNN cell: no variables in it are named like one and have its shapes"
    yield ""
    yield from _rest(inspection)
    if inspection.warnings:
        yield ""
        yield "beware"
        for warning in inspection.warnings:
            yield from wrapped(f"{INDENT}- {warning}", width, len(INDENT * 2))
    if inspection.models:
        if untold := wrappers_untold(inspection.models):
            yield from ("", *wrapped(untold, width))
        yield ""
        asks = any(_is_open(cell, one) for model in inspection.models for cell in model.cells for one in cell.questions)
        yield "next, which takes the default of whatever cannot be known unless --cell says it" if asks else "next"
        for number, model in enumerate(inspection.models):
            if model.obstacle:
                words = f"{INDENT}model {number} cannot be imported as it is: {model.obstacle}."
                yield from wrapped(words, width, len(INDENT * 2))
            else:
                yield INDENT + import_command(inspection, number)


def _model(number: int, model: FoundModel, width: int) -> Iterator[str]:
    classes = ", ".join(dict.fromkeys(" or ".join(cell.classes) for cell in model.cells))
    layers = f"{model.layers} layer{'s' if model.layers > 1 else ''}"
    ways = {("",): "", ("fw", "bw"): ", forward and backward", ("fw",): ", forward", ("bw",): ", backward"}
    scope = model.scope or "the top scope"
    yield f"model {number} in {scope}: {layers} of {classes}{ways[model.directions]} ({model.run})"
    yield from _table(model.cells)
    known = [*_told(model.facts, ""), *(told for cell in model.cells for told in _told(cell.facts, _place(cell)))]
    if known:
        yield f"{INDENT}known"
        yield from _known(known, width)
    asked = [
        *((question, "") for question in model.questions),
        *((question, _place(cell)) for cell in model.cells for question in cell.questions if _is_open(cell, question)),
    ]
    if asked:
        yield f"{INDENT}cannot be known from this file: each with the default, and what hangs on it"
        yield from _asked(asked, width)


def _is_open(cell: FoundCell, question: Question) -> bool:
    """Return whether nothing tells the answer: how a graph keeps its state is the fact `state`."""
    return question.option != "state_is_tuple" or all(fact.option != "state" for fact in cell.facts)


def _table(cells: Iterable[FoundCell]) -> Iterator[str]:
    rows = [("layer", "names of", "inputs", "units", "projected to", "dtype", "scope")]
    cells = tuple(cells)
    rows += [
        (_place(cell), cell.era, str(cell.depth), str(cell.num_units), str(cell.num_proj or ""), cell.dtype, cell.scope)
        for cell in cells
    ]
    kept = [k for k in range(len(rows[0])) if any(row[k] for row in rows[1:])]
    widths = [max(len(row[k]) for row in rows) for k in kept]
    for index, row in enumerate(rows):
        yield f"{INDENT}{'  '.join(row[k].ljust(width) for k, width in zip(kept, widths, strict=True))}".rstrip()
        if index:
            yield from _parts(cells[index - 1])


def _parts(cell: FoundCell) -> Iterator[str]:
    for own, names in cell.parts.items():
        below = [name.removeprefix(f"{cell.scope}/") for name in names]
        yield f"{INDENT * 4}{own} {cell.shapes.get(own, '')} from {', '.join(below)}"


def _told(facts: Iterable[Fact], place: str) -> list[tuple[Fact, str]]:
    return [(fact, place) for fact in facts]


def _known(known: Iterable[tuple[Fact, str]], width: int) -> Iterator[str]:
    by_value: dict[tuple[str, str, str], list[tuple[Fact, str]]] = {}
    for fact, place in known:
        by_value.setdefault((fact.option, written(fact.value), fact.read_from), []).append((fact, place))
    for (option, value, read_from), several in by_value.items():
        places = _places(place for _, place in several)
        evidence = "; ".join(dict.fromkeys(fact.evidence for fact, _ in several))
        head = f"{INDENT * 2}{option} = {value}{places}"
        yield from wrapped(f"{head}  {FROM[read_from]}: {evidence}", width, len(INDENT * 4))


def _asked(asked: Iterable[tuple[Question, str]], width: int) -> Iterator[str]:
    by_question: dict[Question, list[str]] = {}
    for question, place in asked:
        by_question.setdefault(question, []).append(place)
    for question, places in by_question.items():
        others = f" (or {', '.join(written(other) for other in question.others)})" if question.others else ""
        head = f"{INDENT * 2}{question.option} = {written(question.default)}{others}{_places(places)}"
        yield from wrapped(f"{head}  {question.hangs_on_it}", width, len(INDENT * 4))


def _rest(inspection: Inspection) -> Iterator[str]:
    if inspection.slots:
        yield f"set aside: {len(inspection.slots)} variables of optimizers and averages, like {inspection.slots[-1]}"
    if inspection.others:
        yield f"other variables: {len(inspection.others)}"
        for variable in inspection.others[:MOST_OTHERS]:
            yield f"{INDENT}{variable.name} {variable.shape} {variable.dtype}"
        if len(inspection.others) > MOST_OTHERS:
            yield f"{INDENT}and {len(inspection.others) - MOST_OTHERS} more; --json has all"


def written(value: Option) -> str:
    """Return an option's value as one writes it."""
    return value if isinstance(value, str) else repr(value)


def _place(cell: FoundCell) -> str:
    return f"{cell.direction}/{cell.layer}" if cell.direction else str(cell.layer)


def _places(places: Iterable[str]) -> str:
    named = [place for place in dict.fromkeys(places) if place]
    return f" [layer{'s' if len(named) > 1 else ''} {', '.join(named)}]" if named else ""
