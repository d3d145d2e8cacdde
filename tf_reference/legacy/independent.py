"""A case recorded twice: by the rebuilt cell and, where the file has a graph that can be run, by that graph itself.

Nobody rebuilt the graph, so that it is the better oracle: it must agree with the cell to 8 x TensorFlow's rounding, as
any candidate must, and its answers are what the fixture then holds as TensorFlow's. Traces of gates are the cell's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from rnn_parity.errors import RecordingError, RnnParityError
from rnn_parity.fixture_file import Fixture
from rnn_parity.spec import CaseSpec
from rnn_parity.spec.text import written
from rnn_parity.structure import Array, join
from tf_reference.graphs import build_graph
from tf_reference.legacy.case_by_graph import GraphCase
from tf_reference.legacy.import_errors import OraclesApartError
from tf_reference.legacy.otherwise import agreeing_option
from tf_reference.legacy.renamed import Renamed
from tf_reference.noise import FACTOR, distance
from tf_reference.record import record_drawn, require_results

Arrays = Mapping[str, Array]


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A case of an imported model: its fixture, and where its weights are from.

    `apart` is how far graph and cell are from each other, in multiples of TensorFlow's rounding; None without a graph.
    """

    fixture: Fixture
    origins: tuple[Renamed, ...]
    apart: float | None = None


def recorded(
    spec: CaseSpec,
    arrays: dict[str, Array],
    origins: tuple[Renamed, ...],
    graph: GraphCase | None,
    said: Sequence[str] = (),
) -> Imported:
    """Return a case with TensorFlow's answers to these arrays; `said` are the user's answers, as they were written.

    Raises:
        RecordingError: TensorFlow refuses the case, or its answers contradict each other.
        OraclesApartError: the graph computes something else than the cell.
    """
    fixture = _of_the_cell(spec, arrays)
    if graph is None:
        told = msgspec.structs.replace(spec, why=f"{spec.why}; the answers are the rebuilt cell's")
        return Imported(fixture=Fixture(told, fixture.arrays), origins=origins)
    own = graph.answers(spec, arrays, spec.dtype)
    own64 = graph.answers(spec, arrays, "float64") if graph.has_float64 else {}
    require_results(spec, own)
    ratio, name = distances(fixture, own)
    if not ratio <= FACTOR:
        noise = {tensor: float(fixture.arrays[join("noise", tensor)]) for tensor in own}
        advice = agreeing_option(spec, arrays, own, noise, said)
        raise OraclesApartError(spec.id, name, ratio, written(spec.cell), advice)
    away = f"{ratio:.2g} x TensorFlow's rounding from the rebuilt cell's"
    told = msgspec.structs.replace(spec, why=f"{spec.why}; the answers are the file's own graph's, {away}")
    return Imported(fixture=Fixture(told, _with_answers(fixture, own, own64)), origins=origins, apart=ratio)


def distances(fixture: Fixture, answers: Arrays) -> tuple[float, str]:
    """Return the largest distance of answers from a fixture's, in multiples of its noise, and the tensor's name."""
    apart = {
        name: distance(array, fixture.arrays.get(join("oracle64", name), fixture.arrays[name]))
        / float(fixture.arrays[join("noise", name)])
        for name, array in answers.items()
    }
    worst = max(apart, key=lambda name: apart[name])
    return apart[worst], worst


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
        if own64 and not is_float64:
            arrays[join("oracle64", name)] = own64[name]
            noise = max(noise, distance(array, own64[name]))
        arrays[join("noise", name)] = np.asarray(noise, np.float64)
    return arrays
