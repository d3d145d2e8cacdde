"""A case -> TensorFlow's graph of it: placeholders, variables, results and, where wanted, the unrolled twin.

The main run is TensorFlow's own function. Gates inside its loop cannot be fetched, so the twin (`tf_reference.twin`)
stands beside it in the same graph, made of the same cell objects and so of the same variables.
Source: tensorflow/python/ops/rnn.py.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rnn_parity.errors import RecordingError
from rnn_parity.masks import mask_shapes
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CaseSpec,
    Chunked,
    Directions,
    DType,
    DynamicRNN,
    FusedRNN,
    LSTMStateTuple,
    RawRNN,
    Size,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    StateSavingRNN,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    class_name,
)
from rnn_parity.structure import (
    case_state_size,
    cells_of,
    input_shapes,
    input_size,
    is_one_object,
    join,
    levels,
    sequence_lengths,
    state_shapes,
)
from rnn_parity.weights import variables
from tf_reference.calls import Call, along_time, named, run_in_one, several_calls
from tf_reference.cells import build_cell
from tf_reference.contrib.composed import compute_as
from tf_reference.dropout import Draw, drawing, drawn_by_run, variational
from tf_reference.environment import control_flow_v1, tensorflow
from tf_reference.raw import run_raw
from tf_reference.stacked_bidirectional import run_dynamic, run_static
from tf_reference.twin import build_twin

Tensor: TypeAlias = Any  # TensorFlow ships no types


@dataclass(frozen=True)
class Graph:
    """A built graph and what is fed to it and fetched from it, by the array names of a fixture.

    Where its answer takes several calls, `calls` has them, with results each, and `results` is empty.
    """

    spec: CaseSpec
    graph: Any
    feeds: dict[str, Tensor]  # inputs..., sequence_length, initial_state...: placeholders
    variables: dict[str, Any]  # TensorFlow's name without ":0" -> variable
    results: dict[str, Tensor]  # outputs..., final_state...
    calls: tuple[Call, ...] = ()
    twin: dict[str, Tensor] = field(default_factory=dict)  # the same names, from the unrolled twin
    traces: dict[str, Tensor] = field(default_factory=dict)  # trace/<layer>/<gate>: (T, B, H), not yet masked
    draws: dict[str, list[Draw]] = field(default_factory=dict)  # mask name -> what draws it in TensorFlow's function
    numbers: dict[str, list[Tensor]] = field(default_factory=dict)  # mask name -> random numbers of the twin, to be fed


def build_graph(spec: CaseSpec, dtype: DType, *, with_twin: bool) -> Graph:
    """Return the graph of `spec` in `dtype`.

    The cells here take no decision by a tensor's value, so that AutoGraph, which Keras lets rewrite each cell's `call`,
    would change nothing and take time.

    Raises:
        RecordingError: the graph's variables are not those of `rnn_parity.weights.variables`.
    """
    unconverted: Callable[..., Graph] = tensorflow().autograph.experimental.do_not_convert(_build_graph)
    return unconverted(spec, dtype, with_twin=with_twin)


def _build_graph(spec: CaseSpec, dtype: DType, *, with_twin: bool) -> Graph:
    tf = tensorflow()
    graph = tf.Graph()
    with (
        graph.as_default(),
        control_flow_v1(),
        variables_of(spec, dtype, _initializer(spec)),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings(
            "ignore", "The initializer GlorotUniform is unseeded"
        )  # parts share one; we load values
        compute_as(spec.dtype)
        feeds = placeholders(spec, dtype)
        if mask_shapes(spec):
            tf.compat.v1.set_random_seed(spec.seed)
        cells = _cells(spec, dtype)
        state = _initial_state(spec, cells, feeds, dtype)
        with drawing() as operations:
            calls, results = run_cells(spec, cells, feeds, state, dtype)
        owned = _owned_variables(spec, tf.compat.v1.trainable_variables())
        if not with_twin:
            return Graph(spec, graph, feeds, owned, results, calls)
        with tf.name_scope("twin"):
            twin = build_twin(spec, cells, _inputs(spec, feeds), feeds.get("sequence_length"), state)
        answers = named(twin.outputs, twin.final_state)
        draws, numbers = {}, {}
        if mask_shapes(spec):
            draws = drawn_by_run(spec, cells, operations)
            numbers = twin.numbers | {name: [tensor] for name, tensor in variational(spec, cells).items()}
        return Graph(spec, graph, feeds, owned, results, calls, answers, twin.traces, draws, numbers)


def run_cells(
    spec: CaseSpec,
    cells: tuple[Any, ...],
    feeds: dict[str, Tensor],
    state: Any,  # noqa: ANN401  TensorFlow ships no types
    dtype: DType,
) -> tuple[tuple[Call, ...], dict[str, Tensor]]:
    """Return what is to be run one after the other, () where that is one call, and the answer of one by name."""
    calls = _calls(spec, cells, feeds, state)
    return calls, {} if calls else named(*_run(spec, cells, feeds, state, dtype))


def variables_of(spec: CaseSpec, dtype: DType, initializer: Any = None) -> Any:  # noqa: ANN401  a variable scope
    """Return the outermost scope with another dtype: wrappers of tf.contrib make variables without saying theirs.

    A highway that is called several times finds its variables again by name, which the scope must allow.
    """
    v1 = tensorflow().compat.v1
    reuse = v1.AUTO_REUSE if isinstance(spec.run, Chunked | StateSavingRNN) else None
    return v1.variable_scope(v1.get_variable_scope(), dtype=dtype, reuse=reuse, initializer=initializer)


def _initializer(spec: CaseSpec) -> Any:  # noqa: ANN401  TensorFlow ships no types
    """Return what variables begin with: zeros, one operation where the default has ten, since ours are loaded.

    With dropout it is the default: an operation's seed is its number in the graph, so that others draw other masks.
    """
    return None if mask_shapes(spec) else tensorflow().compat.v1.zeros_initializer()


def _cells(spec: CaseSpec, dtype: DType) -> tuple[Any, ...]:
    """Return TensorFlow's object of each direction, or a tuple of its layers' objects; one where the case says so."""
    cells: Any = cells_of(spec)
    count = levels(spec)
    if count is not None:
        return tuple(tuple(build_cell(cell, dtype) for _ in range(count)) for cell in cells)
    if is_one_object(spec):
        return (build_cell(cells[0], dtype, spec.sizes.depth),) * len(cells)
    return tuple(build_cell(cell, dtype, spec.sizes.depth) for cell in cells)


def placeholders(spec: CaseSpec, dtype: DType) -> dict[str, Tensor]:
    """Return what is fed to the graph of a case in `dtype`, by the array names of a fixture."""
    placeholder = tensorflow().compat.v1.placeholder
    given = dtype if spec.cell.input_classes is None else "int32"
    feeds = {join("inputs", path): placeholder(given, shape) for path, shape in input_shapes(spec).items()}
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
    rows = spec.sizes.batch_size
    zeros = tensorflow().nest.map_structure(lambda cell: cell.zero_state(rows, dtype), cells)
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


def _calls(spec: CaseSpec, cells: tuple[Any, ...], feeds: dict[str, Tensor], state: Any) -> tuple[Call, ...]:  # noqa: ANN401
    if not isinstance(spec.run, Chunked | StateSavingRNN):
        return ()
    return several_calls(spec.run, cells[0], _inputs(spec, feeds), state)


def _run(spec: CaseSpec, cells: tuple[Any, ...], feeds: dict[str, Tensor], state: Any, dtype: DType) -> tuple[Any, Any]:  # noqa: ANN401
    """Return outputs and final state of TensorFlow's own function; `Directions` where it answers two."""
    given = state if spec.run.initial_state else None
    options = {"dtype": dtype, "sequence_length": feeds.get("sequence_length")}
    if isinstance(state, Directions):
        return _run_both(spec, Directions(*cells), _inputs(spec, feeds), given, options)
    return _run_one(spec, cells[0], _inputs(spec, feeds), state, options | {"initial_state": given})


def _run_one(spec: CaseSpec, cell: Any, inputs: Tensor, start: Any, options: dict[str, Any]) -> tuple[Any, Any]:  # noqa: ANN401
    tf = tensorflow()
    nn = tf.compat.v1.nn
    match spec.run:
        case Step():
            return cell(inputs, start)
        case StaticRNN():
            outputs, final_state = nn.static_rnn(cell, along_time(tf.unstack, inputs), **options)
            return tf.stack(outputs, axis=1), final_state
        case DynamicRNN():
            return nn.dynamic_rnn(cell, inputs, time_major=spec.run.time_major, **options, **_in_order(spec))
        case RawRNN():
            return run_raw(cell, inputs, options["sequence_length"], start)
        case Chunked():
            return run_in_one(spec.run, cell, inputs, start, _in_order(spec))
        case FusedRNN():
            return cell(inputs, initial_state=start, sequence_length=options["sequence_length"])
        case _:
            raise AssertionError(f"{class_name(spec.run)} has two directions, or calls of its own")


def _in_order(spec: CaseSpec) -> dict[str, int]:
    """Return what makes loops draw their masks step after step: iterations side by side draw them in any order."""
    return {"parallel_iterations": 1} if mask_shapes(spec) else {}


def _run_both(
    spec: CaseSpec, cells: Directions, inputs: Tensor, states: Directions | None, options: dict[str, Any]
) -> tuple[Any, Directions]:
    tf = tensorflow()
    nn = tf.compat.v1.nn
    starts = {} if states is None else {"initial_state_fw": states.fw, "initial_state_bw": states.bw}
    match spec.run:
        case BidirectionalDynamicRNN():
            loop = {"time_major": spec.run.time_major, **_in_order(spec)}
            outputs, final = nn.bidirectional_dynamic_rnn(*cells, inputs, **starts, **options, **loop)
            return Directions(*outputs), Directions(*final)
        case StaticBidirectionalRNN():
            steps = along_time(tf.unstack, inputs)
            outputs, *final = nn.static_bidirectional_rnn(*cells, steps, **starts, **options)
            return tf.stack(outputs, axis=1), Directions(*final)
        case StackBidirectionalRNN():
            return run_static(cells, inputs, states, options)
        case StackBidirectionalDynamicRNN():
            return run_dynamic(cells, inputs, states, options | {"time_major": spec.run.time_major})
        case _:
            raise AssertionError(f"{class_name(spec.run)} has one direction")


def _inputs(spec: CaseSpec, feeds: dict[str, Tensor]) -> Any:  # noqa: ANN401  a tensor or tuples of them
    return _nested(input_size(spec), feeds, "inputs")


def _owned_variables(spec: CaseSpec, found: list[Any]) -> dict[str, Any]:
    owned = {variable.name.removesuffix(":0"): variable for variable in found}
    got = {name: tuple(variable.shape) for name, variable in owned.items()}
    should_be = variables(spec)
    if list(got.items()) != list(should_be.items()):
        raise RecordingError(spec.id, f"its variables are {got}, should be {should_be}")
    return owned
