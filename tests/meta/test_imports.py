"""Who may import whom: the two halves meet in the fixtures alone, and checking costs nothing that it does not use."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("rnn_parity", "tf_reference", "numpy_impl")
# Inside rnn_parity a module imports only what stands above it here.
ORDER = (
    "errors", "spec", "structure", "weights", "masks", "layouts", "draws", "catalogue", "fixture_file", "store",
    "candidate", "answer", "array_file", "exchange", "exchange_readme", "export", "watched", "in_order", "message",
    "worker", "workers", "programs", "running", "tolerance", "compare", "locate", "restart", "mistakes", "adequacy",
    "witness", "diagnose", "verify", "isolate", "recheck", "conversion", "report", "cli", "pytest", "pytest_run",
    "pytest_plugin",
)  # fmt: skip
SHARED_WITH_RECORDING = {
    "errors", "spec", "structure", "weights", "masks", "draws", "catalogue", "fixture_file", "store",
}  # fmt: skip
HEAVY = ("tensorflow", "tf_keras", "keras", "torch", "jax", "flax", "onnx", "onnxruntime", "plotly", "matplotlib")


def imports(path: Path) -> set[str]:
    """Return the absolute names of the modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def files(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found
    return found


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", files("numpy_impl"), ids=lambda path: path.name)
def test_numpy_impl_imports_numpy_and_the_standard_library_alone(path):
    assert tops(path) <= {"numpy", "numpy_impl", *sys.stdlib_module_names}


@pytest.mark.parametrize("path", files("tf_reference"), ids=lambda path: path.name)
def test_tf_reference_imports_of_rnn_parity_only_what_says_and_stores_cases(path):
    assert "numpy_impl" not in tops(path)
    inside = {name.split(".")[1] for name in imports(path) if name.startswith("rnn_parity.")}
    assert inside <= SHARED_WITH_RECORDING


@pytest.mark.parametrize("path", [*files("rnn_parity"), *files("numpy_impl")], ids=lambda path: path.stem)
def test_nobody_imports_tf_reference_but_the_control(path):
    control = path == ROOT / "rnn_parity" / "candidates" / "tensorflow.py"
    assert ("tf_reference" in tops(path)) == control


@pytest.mark.parametrize("path", files("rnn_parity"), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_mistakes_and_the_adapters_import_numpy_impl(path):
    place = path.relative_to(ROOT / "rnn_parity")
    adapters = [Path("candidates", name) for name in ("numpy_impl.py", "numpy_impl_fast.py")]
    allowed = place.parts[0] == "mistakes" or place in adapters
    assert allowed or "numpy_impl" not in tops(path)


@pytest.mark.parametrize("path", files("rnn_parity"), ids=lambda path: str(path.relative_to(ROOT)))
def test_inside_rnn_parity_a_module_imports_only_what_stands_above_it(path):
    own = path.relative_to(ROOT / "rnn_parity").parts[0].removesuffix(".py")
    if own in ("__init__", "__main__", "candidates"):
        return  # the front door, and adapters that nobody imports
    above = ORDER[: ORDER.index(own) + 1]
    used = {name.split(".")[1] for name in imports(path) if name.startswith("rnn_parity.")}
    assert used - {"__version__"} <= {*above, *(["candidates"] if own == "mistakes" else [])}


def test_every_module_of_rnn_parity_has_its_place_in_the_order():
    names = {path.name.removesuffix(".py") for path in (ROOT / "rnn_parity").iterdir() if path.suffix == ".py"}
    assert names - {"__init__", "__main__"} <= set(ORDER)


@pytest.mark.parametrize(
    "statement",
    ["import rnn_parity", "import rnn_parity.cli", "import rnn_parity.layouts.onnx, rnn_parity.layouts.flax"],
)
def test_importing_rnn_parity_loads_nothing_heavy(statement):
    code = f"import sys; {statement}; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert _python(code) == "[]"


def test_checking_the_fixtures_never_imports_tensorflow():
    code = (
        "import sys; from rnn_parity.cli import main\n"
        "try: main(['check', '--cases', 'lstm/*', '-q'])\n"
        "except SystemExit as end: print(end.code, file=sys.stderr)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert _python(code).splitlines()[-1] == "[]"


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_recording_and_checking_allow_the_same_multiple_of_the_noise():
    from rnn_parity import tolerance  # noqa: PLC0415
    from tf_reference import noise  # noqa: PLC0415  this part of it needs no TensorFlow

    assert noise.FACTOR == tolerance.FACTOR
