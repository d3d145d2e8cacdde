"""A test that somebody publishes, as a case of this harness: what it is given, what it compares, and how closely."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnn_parity.candidate import Candidate, Case, Expected, Result
from rnn_parity.candidates.numpy_impl import run as right
from rnn_parity.compare import named_arrays
from rnn_parity.draws import PERTURBATIONS, perturbed
from rnn_parity.mistakes.reproduce import in_float64
from rnn_parity.spec import CaseSpec, Cell, Run, Sizes
from rnn_parity.structure import Array, answered_steps, case_state_size, flatten, join, state_shapes, unflatten
from rnn_parity.tolerance import Tolerance
from rnn_parity.weights import variables

LAST = "last outputs"  # what Keras answers where it does not return sequences

Weight = Callable[[str, tuple[int, ...]], Array]  # a variable's full name and shape -> its array


@dataclass(frozen=True, kw_only=True)
class PeerTest:
    """One published test: a case, the arrays of the answer that it compares, and how closely."""

    name: str
    case: Case
    compared: tuple[str, ...]
    tolerance: Tolerance

    def expected(self) -> dict[str, Array]:
        """Return name -> what the test expects of each array that it compares."""
        return {name: _named(self.case, self.case.expectation.oracle64)[name] for name in self.compared}

    def fails(self, result: Result) -> bool:
        """Whether the test, as it is published, fails an answer."""
        answer = _named(self.case, named_arrays(self.case, result)[0])
        return not all(self._agrees(answer.get(name), expected) for name, expected in self.expected().items())

    def catches(self, run: Candidate) -> bool:
        """Whether the test, as it is published, fails what `run` answers."""
        return self.fails(run(self.case.question()))

    def _agrees(self, got: Array | None, expected: Array) -> bool:
        if got is None or got.shape != expected.shape:
            return False
        error = np.abs(got.astype(np.float64) - expected)
        return bool((error <= self.tolerance.allowed(expected, 0.0)).all())  # NaN is not within anything


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Some published tests that belong together, and the families of mistakes about their cells."""

    name: str
    source: str
    families: tuple[str, ...]
    tests: tuple[PeerTest, ...]


def built(  # noqa: PLR0913  what makes a test
    name: str,
    cell: Cell,
    run: Run,
    inputs: Array,
    weight: Weight,
    *,
    compared: Sequence[str],
    tolerance: Tolerance,
    state: Callable[[tuple[int, ...]], Array] | None = None,
) -> PeerTest:
    """Return a test of inputs as the run takes them; `state` is a shape -> the initial state's array of that shape."""
    first, *_ = inputs.shape
    time_major = getattr(run, "time_major", False)
    batch, steps = (first, 1) if inputs.ndim == 2 else (inputs.shape[1], first) if time_major else inputs.shape[:2]
    spec = CaseSpec(
        id=f"peer/{name}",
        why="to compare with",
        cell=cell,
        run=run,
        sizes=Sizes(batch_size=batch, max_time=steps, depth=inputs.shape[-1]),
        seed=0,
    )
    given = {path: state(shape).astype(np.float32) for path, shape in state_shapes(spec).items()} if state else None
    case = Case(
        spec=spec,
        weights={one: weight(one, shape).astype(np.float32) for one, shape in variables(spec).items()},
        inputs=inputs.astype(np.float32),
        sequence_length=_lengths(run),
        initial_state=None if given is None else unflatten(case_state_size(spec), given),
    )
    return PeerTest(
        name=name,
        case=replace(case, expected=_expected(case)),
        compared=tuple(compared),
        tolerance=tolerance,
    )


def _lengths(run: Run) -> Array | None:
    lengths = getattr(run, "sequence_length", None)
    return None if lengths is None else np.asarray(lengths, np.int32)


def _expected(case: Case) -> Expected:
    """Return what numpy_impl answers in float32 and in float64, with the yardstick as recording measures it."""
    roundoff = float(np.finfo(np.float32).eps) / 2
    given, _ = named_arrays(case, right(case))
    double = in_float64(case)
    exact, _ = named_arrays(case, right(double))
    noise = {}
    moved = [named_arrays(case, right(_moved(double, roundoff, k)))[0] for k in range(PERTURBATIONS)]
    for name, oracle in exact.items():
        lost = max(np.abs(answer[name].astype(np.float64) - oracle).max(initial=0.0) for answer in (given, *moved))
        noise[name] = max(float(lost), roundoff * max(1.0, float(np.abs(oracle).max(initial=0.0))))
    return Expected(arrays=given, oracle64=exact, noise=noise, trace={})


def _moved(case: Case, roundoff: float, repetition: int) -> Case:
    """Return a case of float64 with weights, inputs and state off by one rounding."""
    state = {} if case.initial_state is None else flatten(case.initial_state)
    arrays = {join("weights", name): array for name, array in case.weights.items()}
    arrays |= {join("state", path): array for path, array in state.items()} | {"inputs": case.inputs}
    moved = perturbed(arrays, roundoff, 0, repetition)
    return replace(
        case,
        weights={name: moved[join("weights", name)] for name in case.weights},
        inputs=moved["inputs"],
        initial_state=unflatten(case_state_size(case.spec), {path: moved[join("state", path)] for path in state})
        if state
        else None,
    )


def _named(case: Case, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays of an answer and, where its outputs have the steps of the run, those of the last one."""
    outputs = arrays.get("outputs")
    if outputs is not None and outputs.ndim == 3 and outputs.shape[1] == answered_steps(case.spec):
        return {**arrays, LAST: outputs[:, -1]}
    return dict(arrays)
