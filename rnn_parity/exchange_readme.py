"""The README of an exported folder: what each array is, what to write back, for one who does not have this package."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rnn_parity.array_file import FileFormat
from rnn_parity.candidate import Case, as_fixture
from rnn_parity.exchange import INDEX, LIST, QUESTIONS
from rnn_parity.spec import to_json
from rnn_parity.structure import result_shapes

_FILES = {
    "safetensors": """\
A safetensors file is 8 bytes (the length of the header, little-endian), a header of JSON, and the raw arrays:
`{"inputs": {"dtype": "F32", "shape": [4, 6, 3], "data_offsets": [0, 288]}, ...}`. Offsets count from the header's end;
numbers are little-endian, the last axis runs fastest. The metadata `rnn-parity` is JSON and holds the spec.""",
    "npz": """\
An npz file is a zip of `.npy` files, `numpy.load` opens it; its member `spec.json` is the spec.""",
    "json": """\
A JSON file is `{"spec": {...}, "arrays": {"inputs": {"dtype": "float32", "shape": [4, 6, 3], "data": [...]}, ...}}`.
`data` is flat, the last axis runs fastest, bools are 1 and 0. Every number is the shortest decimal of its float64: read
it as a double, then convert it to the dtype.""",
}
_ANSWER_FILES = {
    "safetensors": "",
    "npz": " `numpy.savez(path, **arrays)` writes it.",
    "json": """
It is `{"arrays": {"outputs": {"dtype": "float32", "shape": [...], "data": [...]}, ...}}`, numbers with 9 significant
digits in float32 and 17 in float64, or as many as read back the same; `null` is not finite.""",
}


def readme(case: Case, count: int, file_format: FileFormat) -> str:
    """Return the README of an export of `count` cases, with one of them as its example."""
    given = as_fixture(case).arrays
    indented = msgspec.json.format(to_json(case.spec), indent=2).decode().replace("\n", "\n    ")
    return (
        Path(__file__)
        .with_suffix(".md")
        .read_text(encoding="utf-8")
        .format(
            count=f"{count} case" if count == 1 else f"{count} cases",
            questions=QUESTIONS,
            cases=LIST,
            index=INDEX,
            suffix=file_format,
            files=_FILES[file_format],
            answer=_ANSWER_FILES[file_format],
            example=case.id,
            given="\n".join(f"| `{name}` | {array.dtype} | {array.shape} |" for name, array in given.items()),
            spec=indented,
            wanted="\n".join(
                f"| `{name}` | {case.spec.dtype} | {shape} |" for name, shape in result_shapes(case.spec).items()
            ),
        )
    )
