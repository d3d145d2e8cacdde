"""Which checkpoint of a folder is meant."""

from __future__ import annotations

import re
from pathlib import Path

from tf_reference.legacy.errors import LegacyFileMissingError
from tf_reference.legacy.tables import is_table

STATE = "checkpoint"  # the file in which TensorFlow notes what it wrote
NEWEST = re.compile(r'^model_checkpoint_path:\s*"(.*)"', re.MULTILINE)
STEP = re.compile(r"-(\d+)$")


def in_folder(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the checkpoint of a folder, the newest of several, and what was decided.

    What the file `checkpoint` names is looked for in this folder alone: it often holds paths of the machine that wrote
    it.

    Raises:
        LegacyFileMissingError: there is none, or it cannot be told which is the newest.
    """
    there = _checkpoints(folder)
    if not there:
        held = ", ".join(sorted(file.name for file in folder.iterdir())[:8]) or "nothing"
        advice = "Name the folder of a checkpoint or of a SavedModel, or one of its files."
        raise LegacyFileMissingError(folder, f"a folder without a checkpoint: it holds {held}", advice)
    state = folder / STATE
    text = state.read_text(encoding="utf-8", errors="replace") if state.is_file() else ""
    named = [Path(name.replace("\\", "/")).name for name in NEWEST.findall(text)]
    if named and named[0] in there:
        chosen, why = named[0], f"as the file {STATE!r} says"
    elif len(there) == 1:
        chosen, why = there[0], "the only one"
    elif all(STEP.search(name) for name in there):
        chosen, why = max(there, key=_step), "by the number at its end"
    else:
        advice = f"Name one of {', '.join(there[:8])}."
        raise LegacyFileMissingError(folder, f"holds {len(there)} checkpoints and does not say which is newest", advice)
    missing = (f"the file {STATE!r} names {named[0]!r}, which is not there",) if named and named[0] not in there else ()
    several = (f"of {len(there)} checkpoints the newest is read, {chosen!r}, {why}",) if len(there) > 1 else ()
    return folder / chosen, (*missing, *several)


def _checkpoints(folder: Path) -> list[str]:
    """Return the prefixes of the V2 checkpoints and the names of the V1 checkpoints in a folder, sorted."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    v2 = [file.name.removesuffix(".index") for file in files if file.suffix == ".index"]
    v1 = [file.name for file in files if file.suffix != ".index" and is_table(file)]
    return sorted({*v2, *(re.sub(r"-\d{5}-of-\d{5}$", "", name) for name in v1)})


def _step(name: str) -> int:
    found = STEP.search(name)
    return int(found[1]) if found else -1
