"""Variables as arrays in .npz and HDF5 files: sizes are compared with the file's before anything is read."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rnn_parity.structure import Array
from tf_reference.legacy.errors import LegacyFileDamagedError, LegacyObjectsError
from tf_reference.legacy.found import SavedVariable
from tf_reference.legacy.shapes import require_room
from tf_reference.legacy.source import Source

DEFLATED = 1032  # the most bytes that one byte of zlib's can stand for
ZIP = b"PK\x03\x04"  # what a zip file with something in it begins with
NUMBERS = "fiubcV"  # kinds of dtypes; V is what NumPy makes of bfloat16


def open_npz(path: Path) -> Source:
    """Return the arrays of an .npz, none of them read yet.

    Raises:
        LegacyObjectsError: an array is pickled.
        LegacySizeError: an array is declared larger than its part of the file is.
        LegacyFileDamagedError: the file is no .npz.
    """
    try:
        with zipfile.ZipFile(path) as held:
            variables = [_declared_npy(path, held, member) for member in held.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _unread_npz(path, error) from error
    named = {variable.name: variable for variable in variables}
    return Source(path=path, kind="npz", variables=named, values=partial(_npz_value, path))


def open_h5(path: Path) -> Source:
    """Return the datasets of an HDF5 file, none of them read yet.

    Raises:
        LegacySizeError: a dataset is declared larger than the file can hold.
        LegacyFileDamagedError: the file is no HDF5, or a dataset lies in other files.
    """
    import h5py  # noqa: PLC0415  comes with TensorFlow

    variables: dict[str, SavedVariable] = {}

    def note(name: str, item: Any) -> None:  # noqa: ANN401  a group or a dataset
        if isinstance(item, h5py.Dataset) and item.shape is not None and item.dtype.kind in NUMBERS:
            if item.external or item.is_virtual:
                raise LegacyFileDamagedError(path, f"dataset {name!r} lies in other files, which are not read")
            variables[name] = variable = SavedVariable(name=name, shape=tuple(item.shape), dtype=item.dtype.name)
            room = item.id.get_storage_size() * (DEFLATED if item.compression or item.chunks else 1)
            require_room(path, variable, math.prod(variable.shape) * item.dtype.itemsize, room)

    try:
        with h5py.File(path, "r") as held:
            held.visititems(note)  # follows no link to other files
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise LegacyFileDamagedError(path, f"is no HDF5 file that can be read ({error})") from error
    return Source(path=path, kind="HDF5", variables=variables, values=partial(_h5_value, path))


def _declared_npy(path: Path, held: zipfile.ZipFile, member: zipfile.ZipInfo) -> SavedVariable:
    name = member.filename.removesuffix(".npy")
    with held.open(member) as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
        header = file.tell()
    if dtype.hasobject:
        raise LegacyObjectsError(path, name)
    variable = SavedVariable(name=name, shape=shape, dtype=dtype.name)
    room = min(member.file_size, member.compress_size * DEFLATED) - header
    require_room(path, variable, math.prod(shape) * dtype.itemsize, room)
    return variable


def _unread_npz(path: Path, error: Exception) -> LegacyFileDamagedError:
    """Return what is wrong with an .npz that was not opened: no zip, one that is cut off, one that holds no arrays."""
    size = path.stat().st_size
    with path.open("rb") as file:
        begins = file.read(len(ZIP)) == ZIP
    if not begins:
        advice = "Write the arrays with numpy.savez, or name another file."
        return LegacyFileDamagedError(
            path, f"is no .npz: it does not begin as a zip file does ({size:,} bytes)", advice
        )
    if isinstance(error, zipfile.BadZipFile) and not zipfile.is_zipfile(path):
        problem = f"is an .npz that is cut off: the list of its arrays is missing at the end of its {size:,} bytes"
        return LegacyFileDamagedError(path, problem)
    what = "is damaged" if isinstance(error, zipfile.BadZipFile) else "is no .npz that NumPy can read"
    return LegacyFileDamagedError(path, f"{what} ({error})")


def _npz_value(path: Path, name: str) -> Array:
    try:
        with zipfile.ZipFile(path) as held:
            names = held.namelist()
            member = f"{name}.npy" if f"{name}.npy" in names else name
            return np.lib.format.read_array(io.BytesIO(held.read(member)), allow_pickle=False)
    except (OSError, zipfile.BadZipFile, zlib.error, ValueError, EOFError) as error:
        raise LegacyFileDamagedError(path, f"array {name!r} cannot be read ({error})") from error


def _h5_value(path: Path, name: str) -> Array:
    import h5py  # noqa: PLC0415  comes with TensorFlow

    try:
        with h5py.File(path, "r") as held:
            return np.asarray(held[name][()])
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise LegacyFileDamagedError(path, f"dataset {name!r} cannot be read ({error})") from error
