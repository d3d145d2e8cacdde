"""Arrays by name in files: safetensors and npz, told by the suffix. Reading executes nothing."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from rnn_parity.errors import LayoutFileError
from rnn_parity.structure import Array

SUFFIXES = (".safetensors", ".npz")


def read_arrays(path: Path) -> dict[str, Array]:
    """Return what a file holds, name -> array.

    Raises:
        LayoutFileError: it is not there, has another suffix or holds anything but arrays of numbers.
    """
    try:
        if path.suffix == ".npz":
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as held:  # of a path it leaves files open
                return {name: held[name] for name in held.files}
        if path.suffix == ".safetensors":
            return dict(load(path.read_bytes()))
    except OSError as error:
        raise LayoutFileError(path, f"cannot be read ({error.strerror or error})") from error
    except (SafetensorError, zipfile.BadZipFile, ValueError, KeyError, TypeError, EOFError) as error:
        why = "pickled objects, or no npz file" if "pickle" in str(error) else error
        raise LayoutFileError(path, f"holds no arrays that NumPy can read ({why})") from error
    raise LayoutFileError(path, f"got suffix {path.suffix!r}, should be one of {', '.join(SUFFIXES)}")


def write_arrays(path: Path, arrays: Mapping[str, Array], *, force: bool = False) -> None:
    """Write arrays to a file that is new, or replaced whole where `force` says so.

    Raises:
        LayoutFileError: it is there already, has another suffix or cannot be written.
    """
    if path.suffix not in SUFFIXES:
        raise LayoutFileError(path, f"got suffix {path.suffix!r}, should be one of {', '.join(SUFFIXES)}")
    write_whole(path, lambda temporary: _write(temporary, arrays), force=force)


def write_whole(path: Path, write: Callable[[Path], None], *, force: bool = False) -> None:
    """Let `write` make a file of the same suffix beside `path`, and put it in its place when it is complete.

    Raises:
        LayoutFileError: there is one already and `force` is not given, or it cannot be written.
    """
    if path.exists() and not force:
        raise LayoutFileError(path, "is there already; --force replaces it")
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        write(temporary)
        temporary.replace(path)
    except OSError as error:
        raise LayoutFileError(path, f"cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


def _write(path: Path, arrays: Mapping[str, Array]) -> None:
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}  # safetensors writes others wrongly
    if path.suffix == ".npz":
        with path.open("wb") as file:
            np.savez(file, **whole)  # type: ignore[arg-type]  # names are the arrays'
    else:
        path.write_bytes(save(whole))
