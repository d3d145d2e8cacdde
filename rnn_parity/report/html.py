"""A run as a folder to be looked at in a browser, without a network: DIR/index.html and DIR/data/.

The first page holds every case as a row; what a case opens lies in a script of its own, loaded when it is opened, since
a page from a file may load scripts but read no other file. Everything of a candidate's is text: Jinja escapes it here,
and the page's script makes text nodes of it.
"""

from __future__ import annotations

import base64
import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import numpy as np

from rnn_parity.errors import ReportFolderError
from rnn_parity.report import text, words
from rnn_parity.report.document import CaseEntry, Document, EvidenceEntry, TensorEntry
from rnn_parity.report.json import array_of, verdict_of
from rnn_parity.report.kernels import kernels
from rnn_parity.report.listing import spec_words
from rnn_parity.spec import CaseSpec, OwnCell, own_words
from rnn_parity.structure import Array, is_time_major, join
from rnn_parity.verify import VERDICTS, CaseResult, Verdict
from rnn_parity.weights import layers

TEMPLATES = Path(__file__).parent / "templates"
ASSETS = ("report.css", "report.js", "charts.js")
FILTERS = ("verdict", "cell", "run", "dtype", "mistake")
ULPS = 1000.0  # above, a number of units in the last place says nothing
ORDER = {"differ": 0, "error": 1, "unsupported": 2, "agree": 3}


def write_html(held: Document, folder: Path) -> Path:
    """Write the report into `folder`, which is made where it is missing, and return its first page.

    An earlier report there is replaced whole; nothing else in the folder is touched.

    Raises:
        ReportFolderError: the folder cannot be written, or holds a `data` that is no report's.
    """
    data = folder / "data"
    for there in (data, folder / "index.html"):
        if there.exists() and not (data / ASSETS[0]).is_file():
            raise ReportFolderError(folder, f"{there} is there and is no report's")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".report-") as made:
            fresh = Path(made) / "data"
            fresh.mkdir()
            first_page = _write_all(held, fresh)
            if data.exists():
                shutil.rmtree(data)
            fresh.rename(data)
        page = folder / "index.html"
        page.write_text(first_page, encoding="utf-8")
    except OSError as error:
        raise ReportFolderError(folder, str(error.strerror)) from error
    return page


def _write_all(held: Document, data: Path) -> str:
    """Write what the first page loads, and return the first page."""
    verdict = verdict_of(held)
    for name in ASSETS:
        shutil.copyfile(TEMPLATES / name, data / name)
    pairs = sorted(zip(held.cases, verdict.results, strict=True), key=_worst_first)
    for number, (case, result) in enumerate(pairs):
        content = msgspec.json.encode(_details(held, case, verdict, result)).decode()
        (data / f"case-{number}.js").write_text(f"rnnParity.put({number}, {content});\n", encoding="utf-8")
    return _first_page(held, verdict, [case for case, _ in pairs])


def _worst_first(pair: tuple[CaseEntry, CaseResult]) -> tuple[int, float, str]:
    case, result = pair
    ratio = words.largest_ratio(result)
    return ORDER[case.verdict], -(math.inf if ratio is None else ratio), case.id


def _first_page(held: Document, verdict: Verdict, cases: list[CaseEntry]) -> str:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    page: str = environment.get_template("index.html").render(
        held=held,
        agrees=verdict.agrees,
        summary=text.summary_line(verdict),
        allowed=verdict.tolerance.words,
        verdicts=VERDICTS,
        by_cell=_by_cell(cases),
        rows=[_row(number, case) for number, case in enumerate(cases)],
        filters={name: _choices(cases, name) for name in FILTERS},
        diagnosis_text=text.diagnosis_text(verdict),
    )
    return page


def _by_cell(cases: list[CaseEntry]) -> dict[str, dict[str, int]]:
    counts = Counter((case.cell, case.verdict) for case in cases)
    return {cell: {word: counts[cell, word] for word in VERDICTS} for cell in sorted({case.cell for case in cases})}


def _row(number: int, case: CaseEntry) -> dict[str, Any]:
    ratios = [tensor.ratio for tensor in case.tensors if tensor.ratio is not None]
    worst = max(case.tensors, key=lambda one: (one.problem is not None, one.ratio or 0.0), default=None)
    broken = any(tensor.nonfinite for tensor in case.tensors)
    return {
        "number": number,
        "case": case,
        "mistakes": _mistakes_of(case),
        "tensor": worst.name if worst and worst.problem else "",
        "ratio": "not finite" if broken else words.times(max(ratios)) if ratios else "",
    }


def _mistakes_of(case: CaseEntry) -> list[str]:
    """Return what explains a case: an id, or several with "+" between them, as the page's filter names them."""
    return list(dict.fromkeys("+".join(one.mistakes) for one in case.explanations))


def _choices(cases: list[CaseEntry], name: str) -> list[str]:
    if name == "mistake":
        return sorted({mistake for case in cases for mistake in _mistakes_of(case)})
    return sorted({getattr(case, name) for case in cases})


def _details(held: Document, case: CaseEntry, verdict: Verdict, result: CaseResult) -> dict[str, Any]:
    """Return everything that a case shows when it is opened."""
    spec = result.spec
    failed = case.verdict in ("differ", "error")
    return {
        "id": case.id,
        "verdict": case.verdict,
        "why": case.why,
        "reason": case.reason,
        "text": text.failure_text(verdict, result) if failed else "",
        "command": text.check_command(verdict, case.id),
        "spec": _spec(spec),
        "tensors": [_tensor(tensor, case.dtype) for tensor in case.tensors],
        "first": msgspec.to_builtins(case.first_difference),
        "steps": case.error_by_step,
        "factor": held.tolerance.factor if held.tolerance.rtol is None else None,
        "explanations": [_explanation(held, one.mistakes, one.ratio) for one in case.explanations],
        "kernels": list(_kernels(spec)),
        "arrays": _arrays(case.evidence, spec) if case.evidence else {},
        "traces": _traces(case.evidence) if case.evidence else {},
    }


def _spec(spec: CaseSpec) -> dict[str, str]:
    sizes = spec.sizes
    return {
        "cell": spec_words(spec.cell),
        "run": spec_words(spec.run),
        "sizes": f"batch_size {sizes.batch_size}, max_time {sizes.max_time}, depth {sizes.depth}",
        "dtype": spec.dtype,
        "drawn from": f"seed {spec.seed}, gain {spec.gain:g}",
        **_also(spec),
    }


def _also(spec: CaseSpec) -> dict[str, str]:
    """Return what else the recording of an own cell says."""
    _, *also = own_words(spec.cell) if isinstance(spec.cell, OwnCell) else ("",)
    return {"also": "; ".join(also)} if also else {}


def _tensor(tensor: TensorEntry, dtype: str) -> dict[str, Any]:
    times = None if tensor.ratio is None else words.times(tensor.ratio)
    return msgspec.structs.asdict(tensor) | {"times": times, "ulp": _ulp(tensor, dtype)}


def _ulp(tensor: TensorEntry, dtype: str) -> float | None:
    """Return the worst entry's error in units in the last place, where they are few enough to mean something."""
    if tensor.got is None or tensor.expected is None:
        return None
    spacing = float(np.spacing(np.abs(np.asarray(tensor.expected).astype(dtype))))
    ulps = abs(tensor.got - tensor.expected) / spacing
    return round(ulps, 1) if ulps <= ULPS else None


def _explanation(held: Document, names: tuple[str, ...], ratio: float | None) -> dict[str, Any]:
    known = [held.mistakes[name] for name in names if name in held.mistakes]
    return {
        "mistakes": names,
        "remains": None if ratio is None else words.times(ratio),
        "statement": " and ".join(one.statement for one in known),
        "explanation": " ".join(one.explanation for one in known).replace("`", ""),
        "repair": " ".join(one.repair for one in known).replace("`", ""),
    }


def _kernels(spec: CaseSpec) -> Iterator[dict[str, Any]]:
    seen = set()
    for layer in layers(spec):
        for kernel in kernels(layer.cell, layer.depth):
            name = join(layer.scope, kernel.name)
            if name not in seen:
                seen.add(name)
                yield asdict(kernel) | {"name": name}


def _arrays(evidence: EvidenceEntry, spec: CaseSpec) -> dict[str, Any]:
    """Return name -> both arrays with time first, then batch, then units; states have no time."""
    found = {}
    for name, expected in evidence.expected.items():
        got = evidence.got.get(name)
        if got is None or got.shape != expected.shape:
            continue
        pair = [_time_first(array_of(one), spec) for one in (got, expected)]
        found[name] = {"shape": pair[0].shape, "got": _base64(pair[0]), "expected": _base64(pair[1])}
    return found


def _traces(evidence: EvidenceEntry) -> dict[str, Any]:
    """Return name -> both traces (T, B, width)."""
    return {
        name: {"shape": got.shape, "got": _base64(array_of(got)), "expected": _base64(array_of(expected))}
        for name, expected in evidence.expected_trace.items()
        if (got := evidence.trace.get(name)) is not None and got.shape == expected.shape
    }


def _time_first(array: Array, spec: CaseSpec) -> Array:
    return array if array.ndim < 3 or is_time_major(spec) else array.swapaxes(0, 1)  # noqa: PLR2004  no time axis


def _base64(array: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(array, "<f8").tobytes()).decode()
