"""Cases written for the other side: into a new folder, whole or not at all, and never over the files of others."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rnn_parity.array_file import FileFormat
from rnn_parity.candidate import question_of
from rnn_parity.errors import ExchangeFolderError
from rnn_parity.exchange import INDEX, OURS, README, read_index, write_questions
from rnn_parity.exchange_readme import readme
from rnn_parity.store import Fixtures


def export_cases(folder: Path, recorded: Fixtures, ids: Sequence[str], file_format: FileFormat) -> None:
    """Write cases without TensorFlow's answers into a folder: new, empty, or of an earlier export without answers.

    Everything is written beside its place first, and index.json comes last.

    Raises:
        ExchangeFolderError: something lies in the folder that is no export's, or nothing can be written there.
        FixtureError: a case is damaged.
    """
    hashes = {case_id: recorded.manifest.cases[case_id] for case_id in ids}
    cases = (question_of(recorded.read(case_id)) for case_id in ids)
    words = readme(question_of(recorded.read(ids[0])), len(ids), file_format)
    try:
        _require_ours(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as place:
            fresh = Path(place)
            write_questions(fresh, cases, file_format, hashes)
            (fresh / README).write_text(words, encoding="utf-8")
            _remove_earlier(folder, fresh)
            for item in sorted(fresh.iterdir(), key=lambda item: item.name == INDEX):
                item.rename(folder / item.name)
    except OSError as error:
        raise ExchangeFolderError(folder, f"cannot be written ({error.strerror})", "Name another folder.") from error


def _require_ours(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ExchangeFolderError(folder, "a file", "Name a folder.")
    files = [path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir()]
    foreign = [path for path in files if path.parts[0] not in OURS]
    if files and (foreign or read_index(folder) is None):
        first = min(foreign or files)
        problem = f"holds {len(files)} files, {first} among them, that no export may replace"
        raise ExchangeFolderError(folder, problem, "Name a new folder, or take them away.")


def _remove_earlier(folder: Path, fresh: Path) -> None:
    """Remove what an earlier export left: index.json first, so that no half of it is taken for the whole."""
    for item in sorted(folder.iterdir(), key=lambda item: item.name != INDEX):
        if item == fresh:
            continue
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item)
        else:
            item.unlink()
