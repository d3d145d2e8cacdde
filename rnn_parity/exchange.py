"""Cases for a program of any language, and its answers: folders of files.

    DIR/README.md                      what all this is
    DIR/index.json                     {"format": 1, "files": "npz", "cases": {case: spec}, "recorded": {case: hash}}
    DIR/cases.txt                      the cases, one a line
    DIR/questions/<case>.npz           what is given: weights, inputs, lengths, initial state, masks
    DIR/<case>.npz                     what is answered; its folder is there already

Answers may lie in any other folder, too, and each may be safetensors, npz or JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from rnn_parity.answer import Answer, Unanswered
from rnn_parity.array_file import FORMATS, FileFormat, question_bytes, read_arrays
from rnn_parity.candidate import Case, Result, as_fixture
from rnn_parity.errors import AnswerFileError, AnswerUnknownError, ExchangeFolderError
from rnn_parity.spec import Directions, Size, to_json
from rnn_parity.store import Fixtures
from rnn_parity.structure import Array, case_state_size, join, output_shapes, result_shapes, unflatten
from rnn_parity.weights import layers

INDEX, LIST, README, QUESTIONS = "index.json", "cases.txt", "README.md", "questions"
OURS = (INDEX, LIST, README, QUESTIONS)
FORMAT_VERSION = 1
_SUFFIXES = tuple(f".{file_format}" for file_format in FORMATS)


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What index.json holds: the format of the questions, each case's spec, the hash of what was recorded of it."""

    format: int
    files: FileFormat
    cases: dict[str, msgspec.Raw]
    recorded: dict[str, str]


def write_questions(folder: Path, cases: Iterable[Case], file_format: FileFormat, recorded: dict[str, str]) -> None:
    """Write the questions of cases with their index into a folder, and folders for the answers."""
    specs: dict[str, msgspec.Raw] = {}
    for case in cases:
        if case.id.startswith(f"{QUESTIONS}/"):
            raise ExchangeFolderError(folder, f"case {case.id!r} would lie among the questions", "Rename the case.")
        path = folder / QUESTIONS / f"{case.id}.{file_format}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(question_bytes(as_fixture(case), file_format))
        specs[case.id] = msgspec.Raw(to_json(case.spec))
    make_answer_folders(folder, specs)
    (folder / LIST).write_text("".join(f"{case_id}\n" for case_id in specs), encoding="utf-8")
    index = Index(format=FORMAT_VERSION, files=file_format, cases=specs, recorded=recorded)
    (folder / INDEX).write_bytes(msgspec.json.encode(index) + b"\n")


def cases_to_compare(folder: Path, recorded: Fixtures, globs: Iterable[str]) -> tuple[str, ...]:
    """Return the cases to which answers are looked for in a folder: those that were exported to it, else all.

    Raises:
        ExchangeFolderError: there is no such folder, or it was exported from other recordings.
        AnswerUnknownError: a file in it is the answer to no case.
        CaseUnknownError: a glob matches no case.
    """
    require_answers(folder, recorded.ids)
    index = read_index(folder)
    wanted = recorded.select(globs)
    if index is None:
        return wanted
    for case_id, was in index.recorded.items():
        if recorded.manifest.cases.get(case_id) != was:
            problem = f"case {case_id!r} was exported from another recording than these fixtures"
            raise ExchangeFolderError(folder, problem, "Name those with --fixtures, or export again and answer anew.")
    exported = tuple(case_id for case_id in wanted if case_id in index.cases)
    if not exported:
        raise ExchangeFolderError(folder, "none of these cases was exported to it", "See its cases.txt.")
    return exported


def make_answer_folders(folder: Path, case_ids: Iterable[str]) -> None:
    """Make the folders in which the answers to these cases will lie."""
    for parent in {(folder / case_id).parent for case_id in case_ids}:
        parent.mkdir(parents=True, exist_ok=True)


def read_index(folder: Path) -> Index | None:
    """Return the index of an exported folder; None where it is not one.

    Raises:
        ExchangeFolderError: there is an index.json, but it is no export's of this version.
    """
    try:
        index = msgspec.json.decode((folder / INDEX).read_bytes(), type=Index)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        problem, advice = f"its {INDEX} is no export's ({error})", "Take it away, or export again into another folder."
        raise ExchangeFolderError(folder, problem, advice) from error
    if index.format != FORMAT_VERSION:
        problem = f"its {INDEX} has format {index.format}, this version reads {FORMAT_VERSION}"
        raise ExchangeFolderError(folder, problem, "Export again.")
    return index


def require_folder(folder: Path) -> None:
    """Return if there is such a folder; ExchangeFolderError otherwise."""
    if not folder.is_dir():
        raise ExchangeFolderError(folder, "no such folder", "Name the one that the answers were written into.")


def require_answers(folder: Path, known: Sequence[str]) -> None:
    """Return if `folder` is one in which every file that looks like an answer is the answer to a known case.

    Raises:
        ExchangeFolderError: there is no such folder.
        AnswerUnknownError: a file is named after no case.
    """
    require_folder(folder)
    cases = set(known)
    for path in sorted(path for suffix in _SUFFIXES for path in folder.rglob(f"*{suffix}")):
        name = path.relative_to(folder)
        if name.parts[0] in OURS or any(part.startswith(".") for part in name.parts):
            continue
        case_id = str(name.with_name(name.name.removesuffix(path.suffix)).as_posix())
        if case_id not in cases:
            raise AnswerUnknownError(path, case_id, known)


def read_answer(folder: Path, case: Case) -> Answer:
    """Return what a port has answered to a case: no file means that it does not offer the case."""
    found = [path for suffix in _SUFFIXES if (path := folder / f"{case.id}{suffix}").is_file()]
    if not found:
        return Unanswered("unsupported", "no answer file")
    if len(found) > 1:
        suffixes = ", ".join(path.suffix for path in found)
        return Unanswered("error", f"got {len(found)} answer files ({suffixes}), should be one")
    try:
        return result_of(case, read_arrays(found[0]), found[0].suffix)
    except AnswerFileError as error:
        return Unanswered("error", str(error))


def result_of(case: Case, arrays: dict[str, Array], suffix: str) -> Result:
    """Return named arrays as a result nested like TensorFlow's; what is missing is None in it.

    Raises:
        AnswerFileError: there is an array that no answer to this case has.
    """
    traces = {
        join("trace", layer.direction, str(layer.index), letter)
        for layer in layers(case.spec)
        for letter in layer.cell.trace_names
    }
    wanted = result_shapes(case.spec)
    if others := sorted(arrays.keys() - wanted.keys() - traces):
        raise AnswerFileError(suffix, f"got {', '.join(others)}, which no answer has; should be {', '.join(wanted)}")
    outputs_size: Size = Directions(0, 0) if len(output_shapes(case.spec)) > 1 else 0
    return Result(
        outputs=_nested("outputs", outputs_size, arrays, wanted),
        final_state=_nested("final_state", case_state_size(case.spec), arrays, wanted),
        trace={name.removeprefix("trace/"): array for name, array in arrays.items() if name in traces} or None,
    )


def _nested(prefix: str, size: Size, arrays: dict[str, Array], wanted: Iterable[str]) -> object:
    names = [name for name in wanted if f"{name}/".startswith(f"{prefix}/")]
    return unflatten(size, {name.removeprefix(prefix).removeprefix("/"): arrays.get(name) for name in names})
