"""`python -m tf_reference import`: a trained model of a legacy file, as fixtures that any candidate is checked against.

    file -> what is found -> the cell, settled -> today's names -> TensorFlow's answers -> DIR

TensorFlow's answers are those of the file's own graph where it has one that can be run, held against the rebuilt
`tf.compat.v1` cell, and else that cell's.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import cast

from rnn_parity.spec import DTYPES, CaseSpec, CellSpec, DType, RunSpec
from rnn_parity.spec.text import parsed, written
from rnn_parity.structure import Array
from tf_reference.environment import tensorflow
from tf_reference.legacy.answered import answer_to, require_fitting
from tf_reference.legacy.files import open_source
from tf_reference.legacy.found import FoundModel, Inspection
from tf_reference.legacy.given_cell import given_model
from tf_reference.legacy.import_cases import Drawing, case_name, drawn_around, import_cases
from tf_reference.legacy.import_errors import (
    AnswerUnfitError,
    NameRefusedError,
    QuestionsOpenError,
    WeightUnfitError,
)
from tf_reference.legacy.import_report import inputs_words, report
from tf_reference.legacy.independent import Imported, recorded
from tf_reference.legacy.inspect import inspection_of
from tf_reference.legacy.model_choice import chosen_model, model_words
from tf_reference.legacy.own_graph import OwnGraphOf, own_graph
from tf_reference.legacy.rebuilt import Rebuilt, rebuild, require_forward, require_whole
from tf_reference.legacy.renamed import renamed_weights
from tf_reference.legacy.rest import embedding_of, not_finite, require_place, rest_of, write_rest
from tf_reference.legacy.settled import Settled, default_answers, question_words, settle
from tf_reference.legacy.taken import Taken, taken
from tf_reference.own.folder import there, write
from tf_reference.terminal import show_waiting

Read = Callable[[str], Array]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command was asked for; without `graph` the graph beside the weights is left aside."""

    path: Path
    folder: Path
    cell: str | None = None
    run: str | None = None
    model: str | None = None
    answers: tuple[str, ...] = ()
    name: str | None = None
    rest: Path | None = None
    graph: bool = True
    drawing: Drawing = field(default_factory=Drawing)


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model of a file, settled and rebuilt."""

    found: FoundModel
    rebuilt: Rebuilt
    taken: Taken  # what is known of it and by what, and which defaults the user's cell takes
    dtype: DType
    embedding: tuple[str, Array] | None

    @property
    def depth(self) -> int:
        """The width of the inputs of the first layer."""
        return self.found.cells[0].depth


def import_into(request: Request) -> Iterator[str]:
    """Yield the lines to print: what was found and settled, who answered, and what was written.

    Raises:
        LegacyFileError: the file cannot be read.
        ImportRefusedError: it says too little, or something else than the user; see its children.
        GraphError: its graph is broken, or has operations that are not executed.
        CellTextError, RecordingError, RecordingFolderError, FixtureError, WriteRefusedError: as of `record`.
    """
    _require_call(request)
    old = there(request.folder)
    source = open_source(request.path)
    if not request.graph:
        source = replace(source, graph=None)
    inspection, read = inspection_of(source), cache(source.read)
    model = _model(request, inspection, read)
    rest = {} if request.rest is None else rest_of(inspection, source)
    tensorflow()
    specs = tuple(_cases(request, model))
    graph = own_graph(source.graph, model.found, read, specs[0], said=_said_layers(request, model.found))
    imports = tuple(_imported(request, specs, model, read, graph))
    changes = {change.case_id: change.words for change in write(request.folder, old, [one.fixture for one in imports])}
    if request.rest is not None:
        write_rest(request.rest, rest)
    yield from report(request, inspection, model, imports, graph)
    yield from (f"  note      --rest: {words}" for words in not_finite(rest))
    for one in imports:
        yield changes.get(one.fixture.spec.id, f"as it was {one.fixture.spec.id}")
    yield f"written to {request.folder}"


def _require_call(request: Request) -> None:
    """Return if what was asked for can be done, whatever is in the file: said before any of it is read.

    Raises:
        NameRefusedError, AnswerUnfitError, CellTextError, RestRefusedError: see each.
    """
    if request.name is not None and case_name(request.name) != request.name:
        raise NameRefusedError(request.name, case_name(request.name))
    if request.cell is not None:
        parsed(request.cell, CellSpec)
        if request.answers:
            raise AnswerUnfitError(request.answers[0], "--cell says it all; give one of both")
    if request.run is not None:
        parsed(request.run, RunSpec)
    if request.rest is not None:
        require_place(request.rest, request.folder)


def _model(request: Request, inspection: Inspection, read: Read) -> Model:
    found = chosen_model(inspection, request.model)
    rebuilt, known = _rebuilt(request, found)
    embedding = embedding_of(inspection, read, found.cells[0].depth)
    return Model(found=found, rebuilt=rebuilt, taken=known, dtype=_dtype(found), embedding=embedding)


def _dtype(found: FoundModel) -> DType:
    kinds = sorted({cell.dtype for cell in found.cells})
    if len(kinds) > 1 or kinds[0] not in DTYPES:
        raise WeightUnfitError(
            f"of {model_words(found)}", f"dtype {' and '.join(kinds)}", f"one of {', '.join(DTYPES)}"
        )
    return cast("DType", kinds[0])


def _rebuilt(request: Request, found: FoundModel) -> tuple[Rebuilt, Taken]:
    """Return the cell and run, as the user wrote them or as the file and the answers settle them."""
    if request.run is None:
        require_forward(found)
    if request.cell is not None:
        rebuilt = given_model(found, request.cell, request.run)
        return rebuilt, taken(found, rebuilt, request.cell, request.run)
    require_whole(found)
    require_fitting(found, request.answers)
    settled = settle(found, request.answers)
    if settled.open:
        raise QuestionsOpenError(request.path, question_words(settled.open), _ready(request, settled))
    rebuilt = rebuild(found, settled, request.answers)
    if request.run is not None:
        rebuilt = given_model(found, written(rebuilt.cell), request.run, said="--run")
    return rebuilt, Taken(told=settled.told)


def _said_layers(request: Request, found: FoundModel) -> str:
    """Return what says how many layers there are: an option of the user's, or the file's names."""
    if request.cell is not None:
        return "--cell"
    answer = answer_to(request.answers, "", "layers")
    return f"the names in {found.scope or 'the top scope'}" if answer is None else f"--answer {answer}"


def _ready(request: Request, settled: Settled) -> str:
    """Return the command that takes the default of every open question, with everything else as it was given."""
    drawing, usual = request.drawing, Drawing()
    given = {
        "--model": request.model,
        "--run": request.run,
        "--name": request.name,
        "--rest": request.rest,
        **{
            f"--{name}": getattr(drawing, name)
            for name in ("steps", "batch", "seed")
            if getattr(drawing, name) != getattr(usual, name)
        },
        "--lengths": None if drawing.lengths is None else ",".join(map(str, drawing.lengths)),
    }
    words = ["python", "-m", "tf_reference", "import", str(request.path), *([] if request.graph else ["--no-graph"])]
    words += [word for option, value in given.items() if value is not None for word in (option, str(value))]
    answers = (*request.answers, *default_answers(settled.open))
    words += [word for answer in answers for word in ("--answer", answer)]
    return shlex.join([*words, "--out", str(request.folder)])


def _cases(request: Request, model: Model) -> Iterator[CaseSpec]:
    name = request.name or case_name(request.path.name)
    weights = f"the trained weights of {request.path.name}"
    why = f"to catch a cell that computes something else with {weights}; inputs are {inputs_words(model.embedding)}"
    return import_cases(
        model.rebuilt, name=name, why=why, depth=model.depth, dtype=model.dtype, drawing=request.drawing
    )


def _imported(
    request: Request, specs: tuple[CaseSpec, ...], model: Model, read: Read, graph: OwnGraphOf
) -> Iterator[Imported]:
    embedding = None if model.embedding is None else model.embedding[1]
    answers: Mapping[str, Array] = {}
    for number, spec in enumerate(specs, 1):
        show_waiting(f"recording {spec.id}, {number} of {len(specs)}")
        weights, origins = renamed_weights(spec, model.found, read)
        arrays = drawn_around(spec, weights, embedding, answers)
        one = recorded(spec, arrays, origins, graph.oracle, request.answers)
        answers = answers or one.fixture.arrays
        yield one
    show_waiting("")
