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

import click

from rnn_parity.spec import DTYPES, CaseSpec, DType
from rnn_parity.spec.text import written
from rnn_parity.structure import Array
from tf_reference.environment import tensorflow
from tf_reference.legacy.files import open_source
from tf_reference.legacy.found import FoundModel, Inspection
from tf_reference.legacy.given_cell import given_model
from tf_reference.legacy.import_cases import Drawing, case_name, drawn_around, import_cases
from tf_reference.legacy.import_errors import AnswerUnfitError, QuestionsOpenError, WeightUnfitError
from tf_reference.legacy.import_report import report
from tf_reference.legacy.independent import Imported, recorded
from tf_reference.legacy.inspect import inspection_of
from tf_reference.legacy.model_choice import chosen_model, model_words
from tf_reference.legacy.own_graph import OwnGraphOf, own_graph
from tf_reference.legacy.rebuilt import Rebuilt, rebuild
from tf_reference.legacy.renamed import renamed_weights
from tf_reference.legacy.rest import embedding_of, require_place, rest_of, write_rest
from tf_reference.legacy.settled import Settled, Told, default_answers, question_words, settle
from tf_reference.own.folder import there, write

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
    told: tuple[Told, ...]  # what is known of it, and by what; () where the user wrote the cell
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
        RecordingError, RecordingFolderError, FixtureError, WriteRefusedError: as of `record`.
    """
    old = there(request.folder)
    if request.rest is not None:
        require_place(request.rest)
    source = open_source(request.path)
    if not request.graph:
        source = replace(source, graph=None)
    inspection, read = inspection_of(source), cache(source.read)
    model = _model(request, inspection, read)
    rest = {} if request.rest is None else rest_of(inspection, source)
    tensorflow()
    specs = tuple(_cases(request, model))
    graph = own_graph(source.graph, model.found, read, specs[0])
    imports = tuple(_imported(specs, model, read, graph))
    changes = {change.case_id: change.words for change in write(request.folder, old, [one.fixture for one in imports])}
    if request.rest is not None:
        write_rest(request.rest, rest)
    yield from report(request, inspection, model, imports, graph)
    for one in imports:
        yield changes.get(one.fixture.spec.id, f"as it was {one.fixture.spec.id}")
    yield f"written to {request.folder}"


def _model(request: Request, inspection: Inspection, read: Read) -> Model:
    found = chosen_model(inspection, request.model)
    rebuilt, told = _rebuilt(request, found)
    embedding = embedding_of(inspection, read, found.cells[0].depth)
    return Model(found=found, rebuilt=rebuilt, told=told, dtype=_dtype(found), embedding=embedding)


def _dtype(found: FoundModel) -> DType:
    kinds = sorted({cell.dtype for cell in found.cells})
    if len(kinds) > 1 or kinds[0] not in DTYPES:
        raise WeightUnfitError(
            f"of {model_words(found)}", f"dtype {' and '.join(kinds)}", f"one of {', '.join(DTYPES)}"
        )
    return cast("DType", kinds[0])


def _rebuilt(request: Request, found: FoundModel) -> tuple[Rebuilt, tuple[Told, ...]]:
    """Return the cell and run, as the user wrote them or as the file and the answers settle them."""
    if request.cell is not None:
        if request.answers:
            raise AnswerUnfitError(request.answers[0], "--cell says it all; give one of both")
        return given_model(found, request.cell, request.run), ()
    settled = settle(found, request.answers)
    if settled.open:
        raise QuestionsOpenError(request.path, question_words(settled.open), _ready(request, settled))
    rebuilt = rebuild(found, settled)
    if request.run is not None:
        rebuilt = given_model(found, written(rebuilt.cell), request.run)
    return rebuilt, settled.told


def _ready(request: Request, settled: Settled) -> str:
    """Return the command that takes the default of every open question."""
    answers = (*request.answers, *default_answers(settled.open))
    words = ["python", "-m", "tf_reference", "import", str(request.path)]
    given = {"--model": request.model, "--run": request.run, "--name": request.name, "--rest": request.rest}
    words += [word for option, value in given.items() if value is not None for word in (option, str(value))]
    words += [word for answer in answers for word in ("--answer", answer)]
    return shlex.join([*words, "--out", str(request.folder)])


def _cases(request: Request, model: Model) -> Iterator[CaseSpec]:
    name = case_name(request.name or request.path.name)
    why = f"to catch a cell that computes something else with the trained weights of {request.path.name}"
    return import_cases(
        model.rebuilt, name=name, why=why, depth=model.depth, dtype=model.dtype, drawing=request.drawing
    )


def _imported(specs: tuple[CaseSpec, ...], model: Model, read: Read, graph: OwnGraphOf) -> Iterator[Imported]:
    embedding = None if model.embedding is None else model.embedding[1]
    answers: Mapping[str, Array] = {}
    for spec in specs:
        weights, origins = renamed_weights(spec, model.found, read)
        arrays = drawn_around(spec, weights, embedding, answers)
        one = recorded(spec, arrays, origins, graph.oracle)
        answers = answers or one.fixture.arrays
        yield one
        click.echo(f"recorded {spec.id}", err=True)
