"""Arrays by name in one file that another language reads: safetensors, npz or JSON; what is said of them with them.

    safetensors   the spec is the metadata `rnn-parity`, as in a fixture
    npz           the spec is the member `spec.json` beside the arrays' `.npy`
    json          {"spec": {...}, "arrays": {name: {"dtype": "float32", "shape": [2, 3], "data": [six numbers]}}}

Numbers are exact in all three: JSON has each as the shortest decimal of its float64, which any of the dtypes goes
through unchanged. Bools are 1 and 0 there; what is not finite is null, as JavaScript writes it.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from rnn_parity.errors import AnswerFileError
from rnn_parity.fixture_file import Fixture, fixture_bytes
from rnn_parity.spec import to_json
from rnn_parity.structure import Array

FileFormat: TypeAlias = Literal["safetensors", "npz", "json"]
FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)
DTYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")  # that JSON names
_SPEC = "spec.json"  # what holds the spec in an npz


def question_bytes(fixture: Fixture, file_format: FileFormat) -> bytes:
    """Return a fixture, as a rule without an answer, as the bytes of a file of a format."""
    match file_format:
        case "safetensors":
            return fixture_bytes(fixture)
        case "npz":
            return _npz(fixture)
        case "json":
            return _json(fixture)


def read_arrays(path: Path) -> dict[str, Array]:
    """Return name -> array of a file, by its suffix; what an npz or safetensors file holds besides is passed over.

    Raises:
        AnswerFileError: the file is damaged, or its arrays are not numbers.
    """
    try:
        match path.suffix:
            case ".safetensors":
                return load(path.read_bytes())
            case ".npz":
                return _arrays_of_npz(path)
            case _:
                return _arrays_of_json(path.read_bytes())
    except AnswerFileError:
        raise
    except (SafetensorError, zipfile.BadZipFile) as error:
        raise AnswerFileError(path.suffix, f"damaged ({error})") from error
    except Exception as error:  # what a damaged zip or a dtype of another world brings forth has no end
        raise AnswerFileError(path.suffix, f"not readable ({type(error).__name__}: {error})") from error


def _npz(fixture: Fixture) -> bytes:
    file = io.BytesIO()
    np.savez(file, **fixture.arrays)  # type: ignore[arg-type]  # a name might be that of a parameter
    with zipfile.ZipFile(file, "a") as members:
        members.writestr(zipfile.ZipInfo(_SPEC), to_json(fixture.spec))  # without the date of today
    return file.getvalue()


def _json(fixture: Fixture) -> bytes:
    arrays = {name: _entry(array) for name, array in fixture.arrays.items()}
    return json.dumps({"spec": json.loads(to_json(fixture.spec)), "arrays": arrays}).encode()


def _entry(array: Array) -> dict[str, Any]:
    """Return one array as JSON has it; float16 and float32 as the float64 of the same value."""
    numbers = array.astype(np.float64 if array.dtype.kind == "f" else np.int64).ravel().tolist()
    finite = [number if math.isfinite(number) else None for number in numbers]
    return {"dtype": array.dtype.name, "shape": array.shape, "data": finite}


def _arrays_of_npz(path: Path) -> dict[str, Array]:
    with np.load(path, allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files if name != _SPEC}
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):
            raise AnswerFileError(".npz", f"{name} is no array")
    return arrays


def _arrays_of_json(text: bytes) -> dict[str, Array]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnswerFileError(".json", f"no JSON ({error}); a number that is not finite is null") from error
    arrays = held.get("arrays") if isinstance(held, dict) else None
    if not isinstance(arrays, dict):
        raise AnswerFileError(".json", 'no "arrays" in it, should be {"arrays": {"outputs": {"dtype": ...}, ...}}')
    if others := sorted(held.keys() - {"arrays", "spec"}):
        raise AnswerFileError(".json", f'{", ".join(others)} beside "arrays"; arrays stand inside of it')
    return {name: _array_of(name, entry) for name, entry in arrays.items()}


def _array_of(name: str, entry: object) -> Array:
    keys = {"dtype", "shape", "data"}
    if not isinstance(entry, dict) or entry.keys() != keys:
        got = f"keys {', '.join(sorted(entry)) or 'of none'}" if isinstance(entry, dict) else f"a {_kind(entry)}"
        raise AnswerFileError(".json", f"{name}: got {got}, should be an object with dtype, shape and data")
    if entry["dtype"] not in DTYPES:
        raise AnswerFileError(".json", f"{name}: got dtype {entry['dtype']!r}, should be one of {', '.join(DTYPES)}")
    data = np.asarray(entry["data"], None if entry["dtype"] == "bool" else np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large becomes inf, which is no answer either
        flat = data.astype(entry["dtype"])
    shape = tuple(entry["shape"])
    if data.ndim > 1 and data.shape != shape:
        raise AnswerFileError(".json", f"{name}: got data of shape {data.shape}, should be {shape}, or one flat list")
    if data.size != math.prod(shape):
        raise AnswerFileError(".json", f"{name}: got {data.size} numbers, should be {math.prod(shape)} for {shape}")
    return flat.reshape(shape)


def _kind(entry: object) -> str:
    return {"list": "list", "NoneType": "null"}.get(type(entry).__name__, type(entry).__name__)
