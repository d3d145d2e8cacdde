"""One case, recorded: drawn, built, run in its dtype and in float64, checked against itself.

Checked before anything is returned: names, shapes and dtypes are those of the case, everything is finite, the unrolled
twin agrees with TensorFlow's own function, outputs past a row's length are exactly 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np

from rnn_parity.draws import PERTURBATIONS, draw, perturbed
from rnn_parity.errors import RecordingError, RnnParityError
from rnn_parity.fixture_file import Fixture
from rnn_parity.masks import mask_shapes
from rnn_parity.spec import CaseSpec, DType, OwnCell, OwnGraph
from rnn_parity.structure import Array, answered_steps, is_time_major, join, result_shapes, sequence_lengths
from rnn_parity.weights import layers
from tf_reference.dropout import draw_masks
from tf_reference.environment import tensorflow
from tf_reference.graphs import Graph, build_graph
from tf_reference.noise import FACTOR, distance, lost_to_rounding, unit_roundoff, yardstick
from tf_reference.sessions import Session

Arrays = dict[str, Array]


class Build(Protocol):
    """What makes the graph of a case in a dtype."""

    def __call__(self, spec: CaseSpec, dtype: DType, *, with_twin: bool) -> Graph:
        """Return the graph."""


class _Main(NamedTuple):
    results: Arrays
    twin: Arrays
    traces: Arrays
    masks: Arrays


def record(spec: CaseSpec) -> Fixture:
    """Return the fixture of `spec`: its drawn data, TensorFlow's answers, their noise and the traces.

    Raises:
        RecordingError: TensorFlow refuses the case, or its answers contradict each other or the case.
        ReferenceEnvironmentError: TensorFlow cannot be had.
    """
    tensorflow()
    try:
        return record_drawn(spec, draw(spec), build_graph)
    except RnnParityError:
        raise
    except Exception as error:  # TensorFlow raises whatever it likes; one case must not end an export
        reason = " ".join(str(error).split())[:300]
        raise RecordingError(spec.id, f"TensorFlow refuses it: {type(error).__name__}: {reason}") from error


def record_drawn(spec: CaseSpec, arrays: Arrays, build: Build) -> Fixture:
    """Return the fixture of `spec` for these arrays, of the graphs that `build` makes.

    Raises:
        RecordingError: TensorFlow's answers contradict each other or the case.
    """
    graph = build(spec, spec.dtype, with_twin=not isinstance(spec.run, OwnGraph))
    main = _run_main(spec, arrays, graph)
    arrays |= main.masks
    require_results(spec, main.results)
    oracle: Arrays = {}
    # With dropout the twin's answer is measured, whose masks are given: main's, if wrong, would pass for rounding.
    ref = main.twin if main.masks else main.results
    if spec.dtype == "float64":
        answers = _noise_of_float64(spec, arrays, ref, graph, build)
    elif isinstance(spec.cell, OwnCell) and not spec.cell.has_float64:
        answers = _noise_without_float64(spec, arrays, ref, build)
    else:
        graph64 = build(spec, "float64", with_twin=bool(mask_shapes(spec)))
        oracle, lost = _oracle(spec, arrays, ref, spec.dtype, graph64)
        answers = yardstick(lost, oracle, unit_roundoff(spec.dtype))
    require_finite(spec, main.traces | oracle)
    require_twin(spec, main, answers)
    traces = {name: _zeroed(spec, trace) for name, trace in main.traces.items()}
    oracle64 = {join("oracle64", name): array for name, array in oracle.items()}
    return Fixture(spec, arrays | main.results | oracle64 | answers | traces)


def _run_main(spec: CaseSpec, arrays: Arrays, graph: Graph) -> _Main:
    masks = draw_masks(spec, graph.draws)
    with closing(Session(graph)) as session:
        if not masks:
            results, twin, traces = session.everything(arrays)
            return _Main(results, twin, traces, masks)
        results = session.run(arrays, graph.results)  # nothing fed: these masks are TensorFlow's own
        twin, traces = session.run(arrays | masks, (graph.twin, graph.traces))
    return _Main(results, twin, traces, masks)


def _oracle(
    spec: CaseSpec, arrays: Arrays, ref: Arrays, dtype: DType, graph64: Graph
) -> tuple[Arrays, dict[str, float]]:
    """Return the float64 graph's answer for `arrays`, and what `ref`, in `dtype`, lost to rounding against it."""
    with closing(Session(graph64, optimized=False)) as session:
        oracle = session.results(_as(np.float64, arrays))
        roundoff = unit_roundoff(dtype)
        moved = [session.results(perturbed(arrays, roundoff, spec.seed, k)) for k in range(PERTURBATIONS)]
    return oracle, lost_to_rounding(ref, oracle, moved)


def _noise_without_float64(spec: CaseSpec, arrays: Arrays, ref: Arrays, build: Build) -> Arrays:
    """Return the noise of a cell that computes in its own dtype alone, measured in that dtype.

    The data are off by two half roundings instead of one, so that rounding them to the dtype leaves them moved.
    """
    roundoff = unit_roundoff(spec.dtype)
    rounded = partial(_as, np.dtype(spec.dtype).type)
    with closing(Session(build(spec, spec.dtype, with_twin=False))) as session:
        data = (rounded(perturbed(arrays, 2 * roundoff, spec.seed, k)) for k in range(PERTURBATIONS))
        moved = [session.results(arrays_moved) for arrays_moved in data]
    return yardstick(lost_to_rounding(ref, ref, moved), ref, roundoff)


def _noise_of_float64(spec: CaseSpec, arrays: Arrays, results: Arrays, graph: Graph, build: Build) -> Arrays:
    """Return the noise of a float64 case, whose own graph is the oracle: measured in float32, scaled down."""
    rounded = _as(np.float32, arrays)
    with closing(Session(build(spec, "float32", with_twin=bool(mask_shapes(spec))))) as session:
        ref = session.results(rounded)
    _, lost = _oracle(spec, rounded, ref, "float32", graph)
    roundoff = unit_roundoff("float64")
    return yardstick(lost, results, roundoff, scale=roundoff / unit_roundoff("float32"))


def require_results(spec: CaseSpec, results: Mapping[str, Array]) -> None:
    """Return if the results have the case's names, shapes and dtype, are finite, and are 0 past each length.

    Raises:
        RecordingError: they do not.
    """
    got = {name: (array.shape, str(array.dtype)) for name, array in results.items()}
    should_be = {name: (shape, spec.dtype) for name, shape in result_shapes(spec).items()}
    if got != should_be:
        raise RecordingError(spec.id, f"its results are {got}, should be {should_be}")
    require_finite(spec, results)
    if isinstance(spec.run, OwnGraph) and not spec.run.zero_past_length:
        return
    for name, array in results.items():
        past = _past_length(spec, answered_steps(spec), time_major=is_time_major(spec))
        if name.startswith("outputs") and np.any(array[past]):
            raise RecordingError(spec.id, f"{name} is not 0 past the row's length")


def require_finite(spec: CaseSpec, arrays: Mapping[str, Array]) -> None:
    """Return if no array holds NaN or infinity.

    Raises:
        RecordingError: one does; a smaller `gain` may keep the case from running away.
    """
    for name, array in arrays.items():
        if not np.all(np.isfinite(array)):
            raise RecordingError(spec.id, f"{name} is not finite; a smaller gain may keep it from running away")


def require_twin(spec: CaseSpec, main: _Main, noise: Mapping[str, Array]) -> None:
    """Return if the twin answered like TensorFlow's own function, and traced what it should.

    Raises:
        RecordingError: it did not, so the traces would not be of this run.
    """
    if isinstance(spec.run, OwnGraph):  # it is called as a whole, and has no twin
        return
    for name, array in main.results.items():
        ratio = distance(array, main.twin[name]) / float(noise[join("noise", name)])
        if not ratio <= FACTOR:
            raise RecordingError(spec.id, f"the unrolled twin differs from {name} by {ratio:.3g} x noise")
    should_be = [
        join("trace", layer.direction, str(layer.index), gate)
        for layer in layers(spec)
        for gate in layer.cell.trace_names
    ]
    if sorted(main.traces) != sorted(should_be):
        raise RecordingError(spec.id, f"its traces are {sorted(main.traces)}, should be {sorted(should_be)}")


def _zeroed(spec: CaseSpec, trace: Array) -> Array:
    """Return a trace (T, B, H) with zeros where the row has ended."""
    zeroed = trace.copy()
    zeroed[_past_length(spec, spec.sizes.max_time, time_major=True)] = 0
    return zeroed


def _past_length(spec: CaseSpec, steps: int, *, time_major: bool) -> Array:
    """Return where a row has ended, of the first steps: (T, B) or (B, T); () where no lengths are given."""
    lengths = sequence_lengths(spec)
    if lengths is None:
        return np.zeros((), bool)
    past = np.arange(steps)[:, np.newaxis] >= np.asarray(lengths)
    return past if time_major else past.T


def _as(dtype: type[np.floating], arrays: Arrays) -> Arrays:
    """Return the arrays with every floating one in `dtype`."""
    return {name: a.astype(dtype) if np.issubdtype(a.dtype, np.floating) else a for name, a in arrays.items()}
