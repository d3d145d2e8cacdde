"""The variables that are no part of a cell: the embedding before it, the layers behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from rnn_parity.structure import Array
from tf_reference.legacy.found import Inspection
from tf_reference.legacy.import_errors import RestRefusedError
from tf_reference.legacy.source import Source
from tf_reference.own.folder import not_writable

SUFFIX = ".npz"
MATRIX = 2


def rest_of(inspection: Inspection, source: Source) -> dict[str, Array]:
    """Return name -> array of what is no part of a cell and no optimizer's, without ":0"."""
    arrays = {one.name.removesuffix(":0"): source.read(one.name) for one in inspection.others}
    return {name: array for name, array in arrays.items() if array.dtype.kind in "fiub"}


def embedding_of(inspection: Inspection, read: Callable[[str], Array], depth: int) -> tuple[str, Array] | None:
    """Return the one variable that looks like an embedding of this width, or None."""
    found = [
        one
        for one in inspection.others
        if "embed" in one.name.lower() and len(one.shape) == MATRIX and one.shape[1] == depth and one.shape[0] > 1
    ]
    if len(found) != 1:
        return None
    array = read(found[0].name)
    usable = array.dtype.kind == "f" and np.isfinite(array).all() and np.abs(array).max() > 0
    return (found[0].name, array) if usable else None


def not_finite(arrays: Mapping[str, Array]) -> Iterator[str]:
    """Yield which arrays have numbers that are none, and how many."""
    for name, array in arrays.items():
        wrong = array.size - np.count_nonzero(np.isfinite(array))
        if wrong:
            yield f"{wrong:,} of the {array.size:,} numbers of {name} are NaN or infinite"


def require_place(path: Path, out: Path) -> None:
    """Return if a file of arrays can be written there, beside the folder `out`; RestRefusedError otherwise."""
    if path.suffix != SUFFIX:
        raise RestRefusedError(path, f"got suffix {path.suffix!r}, should be {SUFFIX!r}")
    if path.exists():
        raise RestRefusedError(path, "is there already. Name another file, or take that one away")
    if not path.absolute().parent.is_dir():
        raise RestRefusedError(path, "its folder is not there")
    if path.absolute().is_relative_to(out.absolute()):
        raise RestRefusedError(path, "lies in --out, which holds fixtures alone. Name a place beside it")
    problem = not_writable(path.absolute().parent)
    if problem:
        raise RestRefusedError(path, f"cannot be written ({problem})")


def write_rest(path: Path, arrays: dict[str, Array]) -> None:
    """Write the arrays, as a whole or not at all."""
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # names are the arrays'
        temporary.replace(path)
    except OSError as error:
        raise RestRefusedError(path, f"cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)
