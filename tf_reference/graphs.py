"""A case -> TensorFlow's graph of it: placeholders, variables, results and, where wanted, the unrolled twin.

The main run is TensorFlow's own function. Gates inside its loop cannot be fetched, so the twin (`tf_reference.twin`)
stands beside it in the same graph, made of the same cell objects and so of the same variables.
Source: tensorflow/python/ops/rnn.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

from rnn_parity.errors import RecordingError
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CaseSpec,
    Chunked,
    Directions,
    DType,
    DynamicRNN,
    LSTMStateTuple,
    Size,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
)
from rnn_parity.structure import (
    case_state_size,
    cells_of,
    flatten,
    input_shape,
    is_one_object,
    join,
    sequence_lengths,
    state_shapes,
)
from rnn_parity.weights import variables
from tf_reference.cells import build_cell
from tf_reference.environment import control_flow_v1, tensorflow
from tf_reference.twin import build_twin

Tensor: TypeAlias = Any  # TensorFlow ships no types


@dataclass(frozen=True)
class Graph:
    """A built graph and what is fed to it and fetched from it, by the array names of a fixture."""

    graph: Any
    feeds: dict[str, Tensor]  # inputs, sequence_length, initial_state...: placeholders
    variables: dict[str, Any]  # TensorFlow's name without ":0" -> variable
    results: dict[str, Tensor]  # outputs..., final_state...
    twin: dict[str, Tensor] = field(default_factory=dict)  # the same names, from the unrolled twin
    traces: dict[str, Tensor] = field(default_factory=dict)  # trace/<layer>/<gate>: (T, B, H), not yet masked


def build_graph(spec: CaseSpec, dtype: DType, *, with_twin: bool) -> Graph:
    """Return the graph of `spec` in `dtype`.

    Raises:
        RecordingError: the graph's variables are not those of `rnn_parity.weights.variables`.
    """
    tf = tensorflow()
    graph = tf.Graph()
    with graph.as_default(), control_flow_v1(), _variables_of(dtype):
        feeds = _placeholders(spec, dtype)
        cells = _cells(spec, dtype)
        state = _initial_state(spec, cells, feeds, dtype)
        outputs, final_state = _run(spec, cells, feeds, state, dtype)
        owned = _owned_variables(spec, tf.compat.v1.global_variables())
        results = _named(outputs, final_state)
        if not with_twin:
            return Graph(graph, feeds, owned, results)
        with tf.name_scope("twin"):
            twin = build_twin(spec, cells, feeds, state)
        return Graph(graph, feeds, owned, results, _named(twin.outputs, twin.final_state), twin.traces)


def _variables_of(dtype: DType) -> Any:  # noqa: ANN401  a variable scope
    """Return the outermost scope with another dtype: wrappers of tf.contrib make variables without saying theirs."""
    v1 = tensorflow().compat.v1
    return v1.variable_scope(v1.get_variable_scope(), dtype=dtype)


def _cells(spec: CaseSpec, dtype: DType) -> tuple[Any, ...]:
    """Return TensorFlow's object of each direction; one and the same where the case says so."""
    cells = cells_of(spec)
    if is_one_object(spec):
        return (build_cell(cells[0], dtype),) * len(cells)
    return tuple(build_cell(cell, dtype) for cell in cells)


def _placeholders(spec: CaseSpec, dtype: DType) -> dict[str, Tensor]:
    placeholder = tensorflow().compat.v1.placeholder
    feeds = {"inputs": placeholder(dtype if spec.cell.input_classes is None else "int32", input_shape(spec))}
    if sequence_lengths(spec) is not None:
        feeds["sequence_length"] = placeholder("int32", (spec.sizes.batch_size,))
    if spec.run.initial_state:
        for path, shape in state_shapes(spec).items():
            feeds[join("initial_state", path)] = placeholder(dtype, shape)
    return feeds


def _initial_state(spec: CaseSpec, cells: tuple[Any, ...], feeds: dict[str, Tensor], dtype: DType) -> Any:  # noqa: ANN401
    """Return the state to start from: placeholders, or TensorFlow's zeros; `Directions` of two for two directions."""
    if spec.run.initial_state:
        return _nested(case_state_size(spec), feeds, "initial_state")
    zeros = [cell.zero_state(spec.sizes.batch_size, dtype) for cell in cells]
    return Directions(*zeros) if len(zeros) > 1 else zeros[0]


def _nested(size: Size, feeds: dict[str, Tensor], name: str) -> Any:  # noqa: ANN401  a tensor or tuples of them
    """Return the placeholders below `name` nested like `size`, with TensorFlow's own LSTMStateTuple."""
    match size:
        case LSTMStateTuple():
            state_tuple = tensorflow().compat.v1.nn.rnn_cell.LSTMStateTuple
            return state_tuple(feeds[join(name, "c")], feeds[join(name, "h")])
        case Directions():
            return Directions(_nested(size.fw, feeds, join(name, "fw")), _nested(size.bw, feeds, join(name, "bw")))
        case tuple():
            return tuple(_nested(part, feeds, join(name, str(index))) for index, part in enumerate(size))
        case _:
            return feeds[name]


def _run(spec: CaseSpec, cells: tuple[Any, ...], feeds: dict[str, Tensor], state: Any, dtype: DType) -> tuple[Any, Any]:  # noqa: ANN401
    """Return outputs and final state of TensorFlow's own function; `Directions` where it answers two."""
    tf = tensorflow()
    nn = tf.compat.v1.nn
    inputs, options = feeds["inputs"], {"dtype": dtype, "sequence_length": feeds.get("sequence_length")}
    if isinstance(state, Directions):
        starts = {"initial_state_fw": state.fw, "initial_state_bw": state.bw} if spec.run.initial_state else {}
    else:
        starts = {"initial_state": state} if spec.run.initial_state else {}
    match spec.run:
        case Step():
            return cells[0](inputs, state)
        case StaticRNN():
            outputs, final_state = nn.static_rnn(*cells, tf.unstack(inputs, axis=1), **starts, **options)
            return tf.stack(outputs, axis=1), final_state
        case DynamicRNN():
            return nn.dynamic_rnn(*cells, inputs, time_major=spec.run.time_major, **starts, **options)
        case Chunked():
            return _run_chunks(spec.run, cells[0], inputs, state)
        case BidirectionalDynamicRNN():
            time_major = spec.run.time_major
            outputs, states = nn.bidirectional_dynamic_rnn(*cells, inputs, time_major=time_major, **starts, **options)
            return Directions(*outputs), Directions(*states)
        case StaticBidirectionalRNN():
            steps = tf.unstack(inputs, axis=1)
            outputs, *states = nn.static_bidirectional_rnn(*cells, steps, **starts, **options)
            return tf.stack(outputs, axis=1), Directions(*states)
        case _:
            assert_never(spec.run)


def _run_chunks(run: Chunked, cell: Any, inputs: Tensor, start: Any) -> tuple[Tensor, Any]:  # noqa: ANN401
    """Return outputs and final state of one dynamic_rnn a chunk, all of one cell and so of the same variables.

    The state goes from loop to loop as a tensor; fetching and feeding it between calls would hand on the same bits. A
    highway's variables are found again by name, which the scope must allow.
    """
    tf = tensorflow()
    outputs, state = [], start
    with tf.compat.v1.variable_scope(tf.compat.v1.get_variable_scope(), reuse=tf.compat.v1.AUTO_REUSE):
        for chunk in tf.split(inputs, run.chunks, axis=1):
            before = state if run.carry_state else start
            output, state = tf.compat.v1.nn.dynamic_rnn(cell, chunk, initial_state=before)
            outputs.append(output)
    return tf.concat(outputs, axis=1), state


def _named(outputs: Any, final_state: Any) -> dict[str, Tensor]:  # noqa: ANN401  tensors or tuples of them
    named = {join("outputs", path): tensor for path, tensor in flatten(outputs).items()}
    return named | {join("final_state", path): tensor for path, tensor in flatten(final_state).items()}


def _owned_variables(spec: CaseSpec, found: list[Any]) -> dict[str, Any]:
    owned = {variable.name.removesuffix(":0"): variable for variable in found}
    got = {name: tuple(variable.shape) for name, variable in owned.items()}
    should_be = variables(spec)
    if list(got.items()) != list(should_be.items()):
        raise RecordingError(spec.id, f"its variables are {got}, should be {should_be}")
    return owned
