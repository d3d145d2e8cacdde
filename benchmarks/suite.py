"""What else a case costs: pytest around it, and other harnesses beside ours: python -m benchmarks.suite [--json FILE].

Contestants of a round run one after the other, so that a busy machine slows all of them; figures are medians over
rounds of processor seconds, and ratios are medians of the ratios within a round, with their least and largest.

    in one process    reading, numpy_impl and comparison of CASES: once through `check`, once through pytest with one
                      test a case (`--rnn-parity-candidate`), its start included
    starting          the same with one case alone: what a run costs before its cases. Every round also gives the slope
                      from there, (seconds of CASES - seconds of one) / (cases - 1): what a case more costs, and how
                      many times that of `check` it is
    comparing         all recorded arrays with themselves off by one rounding: our `compare`, which judges names,
                      nesting, shape, dtype, finiteness, values and exact promises, and finds the worst entry;
                      torch.testing.assert_close and numpy.testing.assert_allclose, tensor by tensor, which judge
                      shape, values and (torch) dtype, and say nothing where these agree
    ONNX              its backend test runner on its RNN, GRU and LSTM node tests with its reference evaluator, beside
                      `check` on as many cases of ours. Each reads files, computes and compares; ONNX's verifies no
                      hash and compares one or two arrays of a few numbers, to rtol 1e-3
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import statistics
import time
import unittest
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.options import parser_of, positive, require, writable
from rnn_parity.candidate import Case, Result, load_cases
from rnn_parity.candidates import numpy_impl
from rnn_parity.compare import compare
from rnn_parity.spec import Directions
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.structure import case_state_size, flatten, output_shapes, unflatten
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import check

CASES = ("lstm/*", "gru/*", "stacked/*", "bidirectional/*")
NODES = re.compile(r"test_(simple_rnn|rnn|gru|lstm)_\w*cpu")
Contestant = Callable[[], object]


def main() -> None:
    """Measure and print."""
    parser = parser_of("benchmarks.suite", __doc__)
    parser.add_argument("--rounds", type=positive, default=7)
    parser.add_argument("--json", type=writable, help="write the figures there")
    options = parser.parse_args()
    require("benchmarks.suite", "pytest", "torch", "onnx")
    figures = _start_and_slope(options.rounds)  # first: pytest's end collects garbage, and takes as long as others left
    for name, found in figures.items():
        _show(name, found)
    for name, (unit, count, contestants) in _contests().items():
        figures[name] = {"of": f"{count} {unit}", **_figures(_measured(contestants, options.rounds), count)}
        _show(name, figures[name])
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def _contests() -> dict[str, tuple[str, int, dict[str, Contestant]]]:
    chosen = Fixtures(default_fixtures()).select(CASES)
    nodes = _onnx_tests()
    count = nodes.countTestCases()
    pairs = [(case, _off_by_one_rounding(case)) for case in load_cases()]
    tensors = sum(len(case.expectation.arrays) for case, _ in pairs)
    few = chosen[:count]
    return {
        "in one process": (
            "cases",
            len(chosen),
            _both(CASES),
        ),
        "comparing": (
            "tensors",
            tensors,
            {
                "rnn_parity.compare": lambda: [compare(*pair, Tolerance()) for pair in pairs],
                "torch.testing.assert_close": lambda: _torch(pairs),
                "numpy.testing.assert_allclose": lambda: _numpy(pairs),
            },
        ),
        "ONNX": (
            "cases",
            count,
            {
                "check": lambda: check(load_cases(few), numpy_impl.run),
                "ONNX backend test runner": lambda: _passed(nodes),
            },
        ),
    }


def _both(globs: tuple[str, ...]) -> dict[str, Contestant]:
    return {"check": lambda: check(load_cases(globs), numpy_impl.run), "pytest": lambda: _pytest(globs)}


def _start_and_slope(rounds: int) -> dict[str, dict[str, Any]]:
    """Return what one case costs alone, and what each more costs, from runs of both sizes in the same rounds."""
    chosen = Fixtures(default_fixtures()).select(CASES)
    runs = {
        (name, size): run for size, globs in (("one", chosen[:1]), ("all", CASES)) for name, run in _both(globs).items()
    }
    seconds = _measured(runs, rounds)
    start = {name: seconds[name, "one"] for name in ("check", "pytest")}
    more = {
        name: [many - one for one, many in zip(seconds[name, "one"], seconds[name, "all"], strict=True)]
        for name in start
    }
    return {
        "starting": {"of": "1 case", **_figures(start, 1)},
        "a case more": {"of": f"{len(chosen) - 1} cases", **_figures(more, len(chosen) - 1)},
    }


def _measured(contestants: Mapping[Any, Contestant], rounds: int) -> dict[Any, list[float]]:
    """Return each contestant's seconds of the processor, a round after the other."""
    seconds: dict[Any, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                started = time.process_time()
                run()
                took = time.process_time() - started
            if number:  # the first round warms up
                seconds[name].append(took)
    return seconds


def _figures(seconds: Mapping[str, list[float]], count: int) -> dict[str, Any]:
    first, *others = seconds
    ratios = {name: [a / b for a, b in zip(seconds[name], seconds[first], strict=True)] for name in others}
    return {
        "microseconds": {name: 1e6 * statistics.median(found) / count for name, found in seconds.items()},
        f"times {first}": {name: [statistics.median(found), min(found), max(found)] for name, found in ratios.items()},
    }


def _show(name: str, figures: Mapping[str, Any]) -> None:
    print(f"{name}, {figures['of']}")
    (ratios,) = (found for what, found in figures.items() if what.startswith("times "))
    for contestant, microseconds in figures["microseconds"].items():
        beside = ""
        if contestant in ratios:
            middle, low, high = ratios[contestant]
            beside = f"   {middle:.2f} of the first one's time ({low:.2f} to {high:.2f})"
        print(f"  {contestant:32}{microseconds:10.1f} us each{beside}")


def _pytest(globs: tuple[str, ...]) -> None:
    import pytest  # noqa: PLC0415  only here

    chosen = [f"--rnn-parity-cases={glob}" for glob in globs]
    plain = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--override-ini=addopts=", "-W", "ignore"]
    ended = pytest.main([*plain, "--rnn-parity-candidate=numpy_impl", *chosen, str(Path(__file__).parent)])
    if ended != 0:
        raise SystemExit(f"pytest ended with {ended}")


def _off_by_one_rounding(case: Case) -> Result:
    """Return TensorFlow's own answer with every number moved to the next one."""
    moved = {name: np.nextafter(array, array.dtype.type(0)) for name, array in case.expectation.arrays.items()}
    parts = {
        prefix: {name[len(prefix) :].strip("/"): array for name, array in moved.items() if name.startswith(prefix)}
        for prefix in ("outputs", "final_state")
    }
    both = len(output_shapes(case.spec)) > 1
    outputs = unflatten(Directions(0, 0) if both else 0, parts["outputs"])
    return Result(outputs, unflatten(case_state_size(case.spec), parts["final_state"]))


def _arrays(case: Case, answer: Result) -> list[tuple[Any, Any]]:
    got = [*flatten(answer.outputs).values(), *flatten(answer.final_state).values()]
    return list(zip(got, case.expectation.arrays.values(), strict=True))


def _torch(pairs: list[tuple[Case, Result]]) -> None:
    import torch  # noqa: PLC0415  only here

    for pair in pairs:
        for got, expected in _arrays(*pair):
            torch.testing.assert_close(torch.from_numpy(got), torch.from_numpy(np.array(expected)))


def _numpy(pairs: list[tuple[Case, Result]]) -> None:
    for pair in pairs:
        for got, expected in _arrays(*pair):
            np.testing.assert_allclose(got, expected, rtol=1e-2, atol=1e-2)


def _onnx_tests() -> unittest.TestSuite:
    """Return ONNX's node tests of its recurrent operators, run by its reference evaluator."""
    from onnx.backend.base import Backend, BackendRep  # noqa: PLC0415  only here
    from onnx.backend.test.runner import Runner  # noqa: PLC0415  as above
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415  as above

    class Evaluated(BackendRep):
        def __init__(self, model: Any) -> None:  # noqa: ANN401  ONNX ships its own types
            self._evaluator = ReferenceEvaluator(model)

        def run(self, inputs: Any, **_: Any) -> Any:  # noqa: ANN401  as above
            names = self._evaluator.input_names
            return self._evaluator.run(None, dict(zip(names, inputs, strict=False)))

    class Reference(Backend):
        @classmethod
        def prepare(cls, model: Any, device: str = "CPU", **_: Any) -> Any:  # noqa: ANN401, ARG003  as above
            return Evaluated(model)

        @classmethod
        def supports_device(cls, device: str) -> bool:
            return device == "CPU"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the other operators' tests, which ONNX computes all at once
        tests = Runner(Reference, __name__).test_suite
    return unittest.TestSuite(test for test in tests if NODES.match(test.id().rpartition(".")[2]))


def _passed(tests: unittest.TestSuite) -> None:
    result = unittest.TestResult()
    for test in tests:
        test.run(result)
    if result.skipped or not result.wasSuccessful():
        raise SystemExit(f"ONNX: {[*result.failures, *result.errors, *result.skipped][:1]}")


if __name__ == "__main__":
    main()
