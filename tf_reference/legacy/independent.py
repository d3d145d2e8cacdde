"""A case recorded twice: by the rebuilt cell and, where the file has a graph that can be run, by that graph itself.

Nobody rebuilt the graph, so that it is the better oracle: it must agree with the cell to 8 x TensorFlow's rounding, as
any candidate must, and its answers are what the fixture then holds as TensorFlow's. Traces of gates are the cell's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import numpy as np

from rnn_parity.errors import RecordingError, RnnParityError
from rnn_parity.fixture_file import Fixture
from rnn_parity.spec import CaseSpec, Step
from rnn_parity.spec.text import written
from rnn_parity.structure import (
    Array,
    case_state_size,
    flatten,
    is_time_major,
    join,
    map_tree,
    result_shapes,
    state_shapes,
    unflatten,
)
from tf_reference.graphs import build_graph
from tf_reference.legacy.found import FoundModel
from tf_reference.legacy.import_errors import OraclesApartError
from tf_reference.legacy.otherwise import agreeing_option
from tf_reference.legacy.renamed import Renamed
from tf_reference.noise import FACTOR, distance
from tf_reference.record import record_drawn, require_results

Arrays = Mapping[str, Array]


class GraphOracle(Protocol):
    """A file's own graph, ready to run: see `tf_reference.legacy.oracle`."""

    how: str

    def run(self, inputs: Array, initial_state: Any, dtype: str) -> tuple[Any, Any]:  # noqa: ANN401  nested as TensorFlow's
        """Return outputs and final state for inputs (B, T, D), in `dtype`."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A case of an imported model: its fixture, where its weights are from, and who answered.

    `apart` is how far graph and cell are from each other, in multiples of TensorFlow's rounding; None without a graph.
    """

    fixture: Fixture
    origins: tuple[Renamed, ...]
    oracle: str
    apart: float | None = None


def recorded(spec: CaseSpec, arrays: dict[str, Array], origins: tuple[Renamed, ...], oracle: GraphOracle | None) -> Imported:
    """Return a case with TensorFlow's answers to these arrays.

    Raises:
        RecordingError: TensorFlow refuses the case, or its answers contradict each other.
        OraclesApartError: the graph computes something else than the cell.
    """
    fixture = _of_the_cell(spec, arrays)
    if oracle is None:
        told = msgspec.structs.replace(spec, why=f"{spec.why}; TensorFlow's answers are those of the rebuilt cell")
        return Imported(fixture=Fixture(told, fixture.arrays), origins=origins, oracle="the rebuilt tf.compat.v1 cell")
    own, own64 = (graph_answers(oracle, spec, arrays, dtype) for dtype in (spec.dtype, "float64"))
    require_results(spec, own)
    ratio, name = distances(fixture, own)
    if not ratio <= FACTOR:
        noise = {tensor: float(fixture.arrays[join("noise", tensor)]) for tensor in own}
        raise OraclesApartError(spec.id, name, ratio, written(spec.cell), agreeing_option(spec, arrays, own, noise))
    joined = _with_answers(fixture, own, own64)
    why = f"{spec.why}; TensorFlow's answers are those of the file's own graph, "
    told = msgspec.structs.replace(spec, why=f"{why}{ratio:.2g} x its rounding from the rebuilt cell's")
    return Imported(fixture=Fixture(told, joined), origins=origins, oracle=oracle.how, apart=ratio)


def distances(fixture: Fixture, answers: Arrays) -> tuple[float, str]:
    """Return the largest distance of answers from a fixture's, in multiples of its noise, and the tensor's name."""
    apart = {
        name: distance(array, fixture.arrays.get(join("oracle64", name), fixture.arrays[name]))
        / float(fixture.arrays[join("noise", name)])
        for name, array in answers.items()
    }
    worst = max(apart, key=lambda name: apart[name])
    return apart[worst], worst


def graph_answers(oracle: GraphOracle, spec: CaseSpec, arrays: Arrays, dtype: str) -> dict[str, Array]:
    """Return what a graph answers to a case, by the names of a fixture: rows of one length at a time.

    A row that ends is run over its own steps alone, so that any graph of one step can answer; past its end is 0.
    """
    inputs = arrays["inputs"][:, np.newaxis] if isinstance(spec.run, Step) else arrays["inputs"]
    inputs = inputs.swapaxes(0, 1) if is_time_major(spec) else inputs
    state = _initial(spec, arrays)
    lengths = arrays.get("sequence_length", np.full(spec.sizes.batch_size, inputs.shape[1]))
    shapes = result_shapes(spec)
    results = {name: np.zeros(_batch_major(spec, name, shape), dtype) for name, shape in shapes.items()}
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        start = map_tree(lambda array, rows=rows: array[rows].astype(dtype), state)
        outputs, final = None, start
        if length > 0:
            outputs, final = oracle.run(inputs[rows, : min(length, inputs.shape[1])].astype(dtype), start, dtype)
            for path, array in flatten(outputs).items():
                results[join("outputs", path)][rows, : array.shape[1]] = array
        for path, array in flatten(final).items():
            results[join("final_state", path)][rows] = array
    return {name: np.ascontiguousarray(_as_case(spec, name, array)) for name, array in results.items()}


def _initial(spec: CaseSpec, arrays: Arrays) -> Any:  # noqa: ANN401  nested as TensorFlow's
    leaves = {
        path: arrays.get(join("initial_state", path), np.zeros(shape, spec.dtype))
        for path, shape in state_shapes(spec).items()
    }
    return unflatten(case_state_size(spec), leaves)


def _batch_major(spec: CaseSpec, name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    if not name.startswith("outputs"):
        return shape
    if isinstance(spec.run, Step):
        return (shape[0], 1, *shape[1:])
    return (shape[1], shape[0], *shape[2:]) if is_time_major(spec) else shape


def _as_case(spec: CaseSpec, name: str, array: Array) -> Array:
    if not name.startswith("outputs"):
        return array
    if isinstance(spec.run, Step):
        return array[:, 0]
    return array.swapaxes(0, 1) if is_time_major(spec) else array


def _of_the_cell(spec: CaseSpec, arrays: dict[str, Array]) -> Fixture:
    try:
        return record_drawn(spec, dict(arrays), build_graph)
    except RnnParityError:
        raise
    except Exception as error:  # TensorFlow raises whatever it likes
        reason = " ".join(str(error).split())[:300]
        raise RecordingError(spec.id, f"TensorFlow refuses it: {type(error).__name__}: {reason}") from error


def _with_answers(fixture: Fixture, own: Arrays, own64: Arrays) -> dict[str, Array]:
    """Return a fixture's arrays with the graph's answers, and the noise that holds for both of them."""
    arrays = dict(fixture.arrays)
    is_float64 = fixture.spec.dtype == "float64"
    for name, array in own.items():
        noise = float(arrays[join("noise", name)])
        arrays[name] = array
        if not is_float64:
            arrays[join("oracle64", name)] = own64[name]
            noise = max(noise, distance(array, own64[name]))
        arrays[join("noise", name)] = np.asarray(noise, np.float64)
    return arrays



def independent(graph: Any, model: FoundModel, read: Callable[[str], Array]) -> GraphOracle | None:  # noqa: ANN401  a GraphDef
    """Return a file's graph, ready to run with the file's values, or None where it has none."""
    return None  # to be joined
