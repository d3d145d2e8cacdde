"""A path -> the opened file: what lies there decides, not what it is called."""

from __future__ import annotations

from pathlib import Path

from tf_reference.legacy.source import Source


def open_source(path: str | Path) -> Source:
    """Return the file at `path`, opened: a checkpoint (prefix, any of its files, or folder), a graph, or arrays.

    Raises:
        LegacyFileError: there is none, or it cannot be read; its children say which.
    """
    raise NotImplementedError(path)
