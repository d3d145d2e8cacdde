"""Which cell can be moved where, measured: python docs/compatibility.py [CANDIDATE]...

Runs the built-in candidates over the whole catalogue and keeps what came of it in docs/compatibility.json, which
docs/compatibility.md is written from. Stops without writing where a candidate differs or crashes.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

import compatibility_page

from rnn_parity.catalogue import CASES

ROOT = Path(__file__).parents[1]
FILE, PAGE = ROOT / "docs" / "compatibility.json", ROOT / "docs" / "compatibility.md"
PACKAGES = {  # candidate -> what computes in it
    "torch": ("torch",),
    "keras": ("keras",),
    "onnxruntime": ("onnxruntime", "onnx"),
    "jax": ("jax", "flax"),
    "tensorflow": ("tensorflow", "tf-keras"),
}
BOUNDS = (1, 2, 4, 8)  # multiples of TensorFlow's rounding, coarse enough to be the same on another machine


def main(names: list[str]) -> int:
    """Measure these candidates, or all, and write the page; return 1 where it could not be."""
    for name in names or PACKAGES:
        document = measured(name)
        failed = [case["id"] for case in document["cases"] if case["verdict"] in ("differ", "error")]
        if failed:
            print(f"{name}: {len(failed)} cases differ or crash, so nothing is written: {', '.join(failed[:5])}")
            return 1
        keep(name, taken(document) | {"versions": versions(name)})
        print(f"{name}: {document['summary']['agree']} agree, {document['summary']['unsupported']} unsupported")
    return write_page()


def write_page() -> int:
    """Write the page, if every candidate was asked for every case of the catalogue."""
    found = read()
    behind = [name for name, one in found["candidates"].items() if asked(one) != {case.id for case in CASES}]
    if behind:
        print(f"the page is as it was: the catalogue has other cases than {', '.join(behind)} were measured in")
        return 1
    PAGE.write_text(compatibility_page.page(found))
    return 0


def asked(measured: dict[str, Any]) -> set[str]:
    """Return the cases that a candidate was measured in."""
    return {case for group in ("agree", "unsupported") for ids in measured[group].values() for case in ids}


def keep(name: str, measured: dict[str, Any]) -> None:
    """Write what was measured of one candidate beside what is known of the others."""
    found = read()
    known = found["candidates"] | {name: measured}
    found["machine"] = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    found["candidates"] = {name: known[name] for name in PACKAGES if name in known}
    FILE.write_text(json.dumps(found, indent=1) + "\n")


def read() -> dict[str, Any]:
    """Return what was measured last."""
    return json.loads(FILE.read_text()) if FILE.exists() else {"machine": "", "candidates": {}}


def measured(name: str) -> dict[str, Any]:
    """Return the JSON document of a run of the candidate over the whole catalogue, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "verdict.json"
        command = [sys.executable, "-m", "rnn_parity", "check", "-q", "--candidate", name, "--json", str(file)]
        setting = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}  # Keras' own choice
        done = subprocess.run(command, cwd=ROOT, env=setting, capture_output=True, text=True, check=False)  # noqa: S603  this package
        if not file.exists():
            raise SystemExit(done.stderr)
        return json.loads(file.read_text())


def taken(document: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept: bound of the error -> cases that agree, reason -> cases that are unsupported."""
    agree: dict[str, list[str]] = {str(bound): [] for bound in BOUNDS}
    unsupported: dict[str, list[str]] = {}
    for case in document["cases"]:
        if case["verdict"] == "agree":
            ratio = max(tensor["ratio"] for tensor in case["tensors"])
            agree[str(next(bound for bound in BOUNDS if ratio <= bound))].append(case["id"])
        elif case["verdict"] == "unsupported":
            unsupported.setdefault(case["reason"], []).append(case["id"])
    return {"agree": agree, "unsupported": dict(sorted(unsupported.items()))}


def versions(name: str) -> dict[str, str]:
    """Return package -> version of what the candidate computes with."""
    return {package: metadata.version(package) for package in PACKAGES[name]}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
