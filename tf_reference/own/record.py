"""One recording of somebody's own, recorded: as the catalogue's cases are, and checked for what only own code does.

Code of TensorFlow's answers the same from run to run, starts from zeros and computes in the dtype that it is asked for.
A user's is asked: two graphs of it, one of them run twice, must answer the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

import msgspec
import numpy as np

from rnn_parity.draws import draw
from rnn_parity.errors import RecordingError, RnnParityError
from rnn_parity.fixture_file import Fixture
from rnn_parity.spec import CaseSpec, DType, OwnGraph
from rnn_parity.structure import Array, is_time_major, join, sequence_lengths, state_shapes
from tf_reference.environment import tensorflow
from tf_reference.graphs import Graph
from tf_reference.own.graphs import OwnBuild, OwnRecording, new_cell
from tf_reference.own.loading import own_words
from tf_reference.own.recordings import CellRecording
from tf_reference.own.specs import asked_spec, complete_spec
from tf_reference.record import Arrays, record_drawn, require_results
from tf_reference.sessions import Session


def record_own(recording: OwnRecording) -> Fixture:
    """Return the fixture of a recording.

    Raises:
        RecordingError: it cannot be built or run, or its answers are none that can be checked against.
        UnsupportedOptionError: an option has a value that is not recorded.
    """
    tensorflow()
    try:
        return _record(recording)
    except RnnParityError:
        raise
    except Exception as error:  # a user's code raises whatever it likes
        raise RecordingError(recording.id, f"it raised {own_words(error)}") from error


def weak_weights(fixture: Fixture) -> tuple[str, ...]:
    """Return the variables that are one number throughout, in which no mistake can be seen."""
    weights = {name.removeprefix("weights/"): a for name, a in fixture.arrays.items() if name.startswith("weights/")}
    return tuple(name for name, array in weights.items() if array.size > 1 and np.all(array == array.flat[0]))


def _record(recording: OwnRecording) -> Fixture:
    spec, build = asked_spec(recording), OwnBuild(recording)
    if isinstance(recording, CellRecording) and not spec.run.initial_state:
        _require_zero_start(spec, recording)
    first = build(spec, spec.dtype, with_twin=False)
    with closing(Session(first)) as session:
        initial = session.initial_weights()
        answer = session.results(draw(spec) | initial)
        spec = complete_spec(spec, first.variables, answer, (build.final_sizes or [None])[0])
        arrays = draw(spec)
        arrays |= _weights(recording, arrays, initial)
        answers = [session.results(arrays) for _ in range(2)]
    with closing(Session(_second(build, spec, first))) as session:
        answers.append(session.results(arrays))
    require_results(spec, answers[0])
    _require_same(spec, answers)
    return record_drawn(_with_promises(spec, arrays, answers[0]), arrays, _Guarded(build))


@dataclass(frozen=True)
class _Guarded:
    """A build whose failure in float64 says what can be done about it."""

    build: OwnBuild

    def __call__(self, spec: CaseSpec, dtype: DType, *, with_twin: bool) -> Graph:
        """Return the graph in `dtype`."""
        if dtype == spec.dtype:
            return self.build(spec, dtype, with_twin=with_twin)
        try:
            return self.build(spec, dtype, with_twin=with_twin)
        except Exception as error:
            problem = error.problem if isinstance(error, RecordingError) else own_words(error).rstrip(".")
            raise RecordingError(
                spec.id,
                f"its {dtype} graph, which says what TensorFlow's own rounding is, cannot be built: {problem}. "
                "Let the cell compute in the dtype of its inputs (a `cell=` with a parameter `dtype` is given it), or "
                "record with float64=False, which measures that rounding in the cell's own dtype",
            ) from error


def _second(build: OwnBuild, spec: CaseSpec, first: Graph) -> Graph:
    """Return another graph of the recording."""
    graph = build(spec, spec.dtype, with_twin=False)
    if list(graph.variables) != list(first.variables):
        names = sorted(graph.variables.keys() ^ first.variables.keys())
        raise RecordingError(spec.id, f"its variables differ from graph to graph: {', '.join(names)}")
    return graph


def _require_same(spec: CaseSpec, answers: list[Arrays]) -> None:
    """Return if all answers are equal to the bit, RecordingError otherwise."""
    for other, when in zip(answers[1:], ("a second run", "a second graph"), strict=True):
        for name, array in answers[0].items():
            if not np.array_equal(array, other[name]):
                raise RecordingError(
                    spec.id,
                    f"{name} is another one in {when} of the same data: the cell draws random numbers, or keeps "
                    "something between runs. Take that out, or make it an input or a state",
                )


def _require_zero_start(spec: CaseSpec, recording: CellRecording) -> None:
    """Return if the cell starts from zeros where no state is given, as every case says; RecordingError otherwise."""
    tf = tensorflow()
    with tf.Graph().as_default() as graph:
        start = new_cell(recording, spec.dtype).zero_state(spec.sizes.batch_size, spec.dtype)
        begin = tf.compat.v1.global_variables_initializer()
        with tf.compat.v1.Session(graph=graph) as session:
            session.run(begin)
            parts = session.run(tf.nest.flatten(start))
    if any(np.any(part) for part in parts):
        raise RecordingError(
            spec.id, "its zero_state is not zero. Record it with initial_state=True, so that the state is given"
        )


def _weights(recording: OwnRecording, drawn: Arrays, initial: Arrays) -> Arrays:
    """Return weights/<name> -> array as the recording wants them."""
    own = {name: array for name, array in drawn.items() if name.startswith("weights/")}
    if recording.weights == "drawn":
        return own
    if recording.weights == "initializers":
        return initial
    return {name: _given(recording, name.removeprefix("weights/"), array) for name, array in own.items()}


def _given(recording: OwnRecording, name: str, drawn: Array) -> Array:
    """Return what the recording gives a variable, in the dtype and shape of the drawn array."""
    weights = recording.weights
    if isinstance(weights, Mapping):
        if name not in weights:
            raise RecordingError(recording.id, f"weights= has nothing for variable {name}; give all, or a function")
        given: Array | None = weights[name]
    elif callable(weights):
        given = weights(name, drawn.shape)
        if given is None:
            return drawn
    else:
        raise RecordingError(
            recording.id, f"weights= is {weights!r}, should be 'drawn', 'initializers', a mapping or a function"
        )
    array = np.asarray(given, drawn.dtype)
    if array.shape != drawn.shape:
        raise RecordingError(recording.id, f"weights= gives {name} the shape {array.shape}, should be {drawn.shape}")
    return array


def _with_promises(spec: CaseSpec, arrays: Arrays, answer: Arrays) -> CaseSpec:
    """Return the case of a graph with what its answer keeps exactly; any other case as it is."""
    lengths = sequence_lengths(spec)
    if not isinstance(spec.run, OwnGraph) or lengths is None:
        return spec
    past = np.arange(spec.sizes.max_time) >= np.asarray(lengths)[:, np.newaxis]
    past = past.T if is_time_major(spec) else past
    ended = np.asarray(lengths) == 0
    paths = [path for path in state_shapes(spec) if ended.any()]
    frozen = [
        np.array_equal(answer[join("final_state", path)][ended], _started(arrays, path, answer)[ended])
        for path in paths
    ]
    zero = spec.run.per_step and past.any() and not np.any(answer["outputs"][past])
    run = msgspec.structs.replace(spec.run, zero_past_length=bool(zero), frozen_state=bool(frozen) and all(frozen))
    return msgspec.structs.replace(spec, run=run)


def _started(arrays: Arrays, path: str, answer: Arrays) -> Array:
    given = arrays.get(join("initial_state", path))
    return np.zeros_like(answer[join("final_state", path)]) if given is None else given
