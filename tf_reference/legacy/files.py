"""A path -> the opened file: what lies there decides, not what it is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rnn_parity.errors import nearest
from tf_reference.legacy.arrays import open_h5, open_npz
from tf_reference.legacy.errors import (
    LegacyFileDamagedError,
    LegacyFileError,
    LegacyFileMissingError,
    LegacyKindUnknownError,
    LegacyShardMissingError,
)
from tf_reference.legacy.folders import in_folder
from tf_reference.legacy.graph_files import open_graph, open_saved_model, read_graph
from tf_reference.legacy.source import Source
from tf_reference.legacy.tables import begins_as_table, is_table, require_whole
from tf_reference.legacy.v1 import open_v1
from tf_reference.legacy.v2 import open_v2

MAGIC: dict[bytes, Callable[[Path], Source]] = {b"PK\x03\x04": open_npz, b"\x89HDF\r\n\x1a\n": open_h5}
BY_SUFFIX: dict[str, Callable[[Path], Source]] = {".npz": open_npz, ".h5": open_h5, ".hdf5": open_h5}
DATA = re.compile(r"(.+)\.data-\d{5}-of-\d{5}")  # a V2 checkpoint's
NUMBERED = re.compile(r"(.+)-\d{5}-of-(\d{5})")  # a V1 checkpoint's, where it has several


def open_source(path: str | Path) -> Source:
    """Return the file at `path`, opened: a checkpoint (prefix, any of its files, or folder), a graph, or arrays.

    Raises:
        LegacyFileError: there is none, or it cannot be read; its children say which.
    """
    path = Path(path)
    try:
        if path.is_dir():
            if (path / "saved_model.pb").is_file():
                return open_saved_model(path)
            chosen, notes = in_folder(path)
            found = _prefix_or_file(chosen)
            return replace(found, notes=(*notes, *found.notes))
        return _prefix_or_file(path)
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
        raise LegacyFileMissingError(path, problem, "Name another one, or make it readable.") from error


def _prefix_or_file(path: Path) -> Source:
    if data := DATA.fullmatch(path.name):
        return _with_graph(open_v2(path.with_name(data[1])))
    if path.suffix in (".index", ".meta") and path.is_file():
        prefix = path.with_name(path.stem)
        return _checkpoint(prefix) or (open_graph(path) if path.suffix == ".meta" else open_v2(prefix))
    found = _checkpoint(path)
    if found is not None:
        return found
    if not path.is_file():
        raise _missing(path)
    return _file(path)


def _checkpoint(prefix: Path) -> Source | None:
    """Return the V2 or V1 checkpoint of this prefix, with the graph beside it; None where there is none."""
    if prefix.with_name(prefix.name + ".index").is_file():
        return _with_graph(open_v2(prefix))
    if prefix.is_file() and is_table(prefix):
        return _with_graph(_v1(prefix))
    if files := _numbered(prefix):
        return _with_graph(_v1(files[0]))
    if any(DATA.fullmatch(file.name) for file in _beside(prefix, ".data-")):
        return open_v2(prefix)  # which says that its index is missing
    return None


def _v1(path: Path) -> Source:
    numbered = NUMBERED.fullmatch(path.name)
    if not numbered:
        return open_v1(path, [path], str(path))
    prefix, count = path.with_name(numbered[1]), numbered[2]
    files = [prefix.with_name(f"{prefix.name}-{k:05}-of-{count}") for k in range(int(count))]
    for file in files:
        if not file.is_file():
            raise LegacyShardMissingError(path, file)
    return open_v1(prefix, files, f"{prefix}-?????-of-{count}")


def _with_graph(source: Source) -> Source:
    """Return the source with the graph of the .meta beside it; one that cannot be read is noted and left out."""
    meta = source.path.with_name(source.path.name + ".meta")
    if not meta.is_file():
        return source
    try:
        return replace(source, graph=read_graph(meta).graph, graph_path=meta)
    except (LegacyFileError, OSError) as error:
        note = f"{meta.name} lies beside it but is no graph that can be read ({error}); the checkpoint is read alone"
        return replace(source, notes=(*source.notes, note))


def _file(path: Path) -> Source:
    if not path.stat().st_size:
        raise LegacyFileDamagedError(path, "is empty")
    with path.open("rb") as file:
        start = file.read(8)
    for magic, opened in MAGIC.items():
        if start.startswith(magic):
            return opened(path)
    if path.suffix in BY_SUFFIX:
        return BY_SUFFIX[path.suffix](path)  # which says what is wrong with it
    if path.name == "checkpoint":
        raise LegacyKindUnknownError(path, "only names checkpoints; name its folder")
    if begins_as_table(path):
        require_whole(path)  # which says that it is cut off
    return open_graph(path)


def _numbered(prefix: Path) -> list[Path]:
    return sorted(file for file in _beside(prefix, "-") if NUMBERED.fullmatch(file.name) and is_table(file))


def _beside(prefix: Path, more: str) -> list[Path]:
    """Return the files beside `prefix` whose names go on with `more`."""
    folder = prefix.parent
    return [file for file in folder.iterdir() if file.name.startswith(prefix.name + more)] if folder.is_dir() else []


def _missing(path: Path) -> LegacyFileMissingError:
    there = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    near = nearest(path.name, [*there, *(name.removesuffix(".index") for name in there)])
    advice = f"Did you mean {near!r}?" if near else f"Name {LegacyKindUnknownError.KINDS}."
    return LegacyFileMissingError(path, "no such file, and no checkpoint of this prefix", advice)
