"""A recording -> TensorFlow's graph of it, as `tf_reference.graphs` makes one of the catalogue's cases."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

from rnn_parity.errors import RecordingError
from rnn_parity.spec import CaseSpec, Directions, DType, LSTMStateTuple
from rnn_parity.structure import cells_of, is_one_object, join, sequence_lengths
from tf_reference.calls import Call, named
from tf_reference.environment import control_flow_v1, tensorflow
from tf_reference.graphs import Graph, placeholders, run_cells, variables_of
from tf_reference.own.recordings import CellRecording, GraphRecording
from tf_reference.twin import Twin, build_twin

Tensor: TypeAlias = Any  # TensorFlow ships no types
OwnRecording: TypeAlias = CellRecording | GraphRecording

_NARROW = ("float16", "bfloat16", "float32")


@dataclass(frozen=True)
class _Answer:
    """What a recording's function or cells make: as in `Graph`."""

    results: dict[str, Tensor]
    calls: tuple[Call, ...] = ()
    twin: Twin | None = None


@dataclass(frozen=True)
class OwnBuild:
    """What makes a recording's graphs: it can stand for `tf_reference.graphs.build_graph`.

    `final_sizes` has, of a function, the size of each final state that it answered, nested as it nests them; `made`
    the cells of all graphs so far, each of which is to be another one.
    """

    recording: OwnRecording
    final_sizes: list[Any] = field(default_factory=list)
    made: list[Any] = field(default_factory=list)

    def __call__(self, spec: CaseSpec, dtype: DType, *, with_twin: bool) -> Graph:
        """Return the graph in `dtype`.

        Raises:
            RecordingError: what was built is not what can be recorded.
        """
        tf = tensorflow()
        graph = tf.Graph()
        with graph.as_default(), control_flow_v1(), variables_of(spec, dtype), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # each constructor announces its own deprecation
            tf.compat.v1.set_random_seed(spec.seed)  # of initializers, where they give the weights
            feeds = placeholders(spec, dtype)
            answer = self._answer(spec, feeds, dtype, with_twin=with_twin)
            owned = {one.name.removesuffix(":0"): one for one in tf.compat.v1.global_variables()}
        _require_floats(spec.id, dtype, answer, owned)
        if dtype == "float64":
            _require_float64(spec.id, graph)
        twin = answer.twin
        own_twin = {} if twin is None else named(twin.outputs, twin.final_state)
        traces = {} if twin is None else twin.traces
        return Graph(spec, graph, feeds, owned, answer.results, answer.calls, own_twin, traces)

    def _answer(self, spec: CaseSpec, feeds: dict[str, Tensor], dtype: DType, *, with_twin: bool) -> _Answer:
        match self.recording:
            case GraphRecording():
                outputs, final_state = _called(spec, self.recording, feeds)
                self.final_sizes.append(tensorflow().nest.map_structure(lambda one: one.shape[-1:], final_state))
                return _Answer(named(outputs, final_state))
            case CellRecording():
                cells = self._new_cells(spec, self.recording, dtype)
                state = _start(spec, cells, feeds, dtype)
                calls, results = run_cells(spec, cells, feeds, state, dtype)
                if not with_twin:
                    return _Answer(results, calls)
                with tensorflow().name_scope("twin"):
                    twin = build_twin(spec, cells, feeds["inputs"], feeds.get("sequence_length"), state)
                return _Answer(results, calls, twin)
            case _:
                assert_never(self.recording)

    def _new_cells(self, spec: CaseSpec, recording: CellRecording, dtype: DType) -> tuple[Any, ...]:
        """Return a new cell for each direction, or one for both where the case says so."""
        count = len(cells_of(spec))
        cells = tuple(new_cell(recording, dtype) for _ in range(1 if is_one_object(spec) else count))
        for cell in cells:
            if any(cell is other for other in self.made):
                raise RecordingError(
                    spec.id, "`cell=` returned the same cell again, should make a new one at each call"
                )
            self.made.append(cell)
        return cells * count if len(cells) < count else cells


def new_cell(recording: CellRecording, dtype: DType) -> Any:  # noqa: ANN401  TensorFlow ships no types
    """Return a new cell of the recording.

    Raises:
        RecordingError: what its factory returns is no cell.
    """
    given = {"dtype": dtype} if _takes_dtype(recording) else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # each constructor announces its own deprecation
        cell = recording.cell(**recording.options, **given)
    missing = [name for name in ("state_size", "output_size", "zero_state") if not hasattr(cell, name)]
    if missing or not callable(cell):
        raise RecordingError(
            recording.id,
            f"its cell is of type {type(cell).__name__}, without {' and '.join(missing) or '__call__'}, should be a "
            "tf.compat.v1.nn.rnn_cell.RNNCell. Let `cell=` be a function that makes one",
        )
    return cell


def _takes_dtype(recording: CellRecording) -> bool:
    try:
        known = inspect.signature(recording.cell).parameters
    except (TypeError, ValueError):  # of something that is not callable, or written in C
        return False
    return "dtype" in known and "dtype" not in recording.options


def _start(spec: CaseSpec, cells: tuple[Any, ...], feeds: dict[str, Tensor], dtype: DType) -> Any:  # noqa: ANN401
    """Return the state to start from, nested as the cell nests it: placeholders, or the zeros that it makes."""
    rows = spec.sizes.batch_size
    if spec.run.initial_state:
        directions = Directions._fields if len(cells) > 1 else ("",)
        starts = [
            _nested(cell.state_size, feeds, join("initial_state", way))
            for way, cell in zip(directions, cells, strict=True)
        ]
    else:
        starts = [cell.zero_state(rows, dtype) for cell in cells]
    return Directions(*starts) if len(starts) > 1 else starts[0]


def _nested(size: Any, feeds: dict[str, Tensor], prefix: str) -> Any:  # noqa: ANN401  a tensor or tuples of them
    """Return the placeholders below `prefix` nested like the user's own `size`."""
    own = [tensor for name, tensor in feeds.items() if f"{name}/".startswith(f"{prefix}/")]
    return tensorflow().nest.pack_sequence_as(_of_tensorflow(size), own)


def _of_tensorflow(size: Any) -> Any:  # noqa: ANN401  nested sizes
    """Return a size with one leaf a part and TensorFlow's own LSTMStateTuple, whoever's it was."""
    if hasattr(size, "as_list"):
        return 0  # a shape; TensorFlow takes it apart otherwise
    if not isinstance(size, tuple | list):
        return size
    parts = [_of_tensorflow(part) for part in size]
    if isinstance(size, LSTMStateTuple):
        return tensorflow().compat.v1.nn.rnn_cell.LSTMStateTuple(*parts)
    return size.__class__(*parts) if hasattr(size, "_fields") else size.__class__(parts)


def _called(spec: CaseSpec, recording: GraphRecording, feeds: dict[str, Tensor]) -> tuple[Tensor, Any]:
    """Return the outputs and the final state that the user's function answers; () for None."""
    lengths = feeds["sequence_length"] if sequence_lengths(spec) is not None else None
    start = None if recording.state_size is None else _nested(recording.state_size, feeds, "initial_state")
    answer = recording.graph(feeds["inputs"], lengths, start, **recording.options)
    if not isinstance(answer, tuple | list) or len(answer) != 2:  # noqa: PLR2004  outputs and final state
        raise RecordingError(
            spec.id, f"{recording.name} returned a {type(answer).__name__}, should be (outputs, final_state)"
        )
    outputs, final_state = answer
    if not tensorflow().is_tensor(outputs):
        raise RecordingError(
            spec.id,
            f"{recording.name} returned a {type(outputs).__name__} as outputs, should be one tensor. "
            "Join several with tf.concat(..., axis=2)",
        )
    return outputs, () if final_state is None else final_state


def _require_floats(case_id: str, dtype: DType, answer: _Answer, owned: dict[str, Tensor]) -> None:
    """Return if results and variables are floating numbers of the graph's dtype, RecordingError otherwise."""
    results = answer.results or (answer.calls[0].results if answer.calls else {})
    for name, tensor in {**results, **{f"variable {name}": one for name, one in owned.items()}}.items():
        found = tensor.dtype.base_dtype
        if not found.is_floating:
            kind = "weights and states are floating numbers; carry counters as such"
            raise RecordingError(case_id, f"{name} is of dtype {found.name}, should be {dtype}: {kind}")
        if found.name != dtype:
            advice = "Take the dtype from the inputs, or from the parameter `dtype` of `cell=`"
            raise RecordingError(case_id, f"{name} is of dtype {found.name}, should be {dtype}. {advice}")


def _require_float64(case_id: str, graph: Any) -> None:  # noqa: ANN401  TensorFlow ships no types
    """Return if nothing in the graph is rounded to fewer digits on the way, RecordingError otherwise."""
    for op in graph.get_operations():
        if op.type == "Cast" and op.inputs[0].dtype.is_floating and op.outputs[0].dtype.name in _NARROW:
            raise RecordingError(case_id, f"{op.name} casts to {op.outputs[0].dtype.name} within a float64 graph")
