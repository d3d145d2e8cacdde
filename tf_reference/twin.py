"""The unrolled twin of a run: the same cells called step by step, so that their gates can be fetched.

    for s in steps:   y, state' = cell(x[s], state)
                      state = where(s < sequence_length, state', state)      frozen past the length
                      outputs[s] = where(s < sequence_length, y, 0)          zero past the length

The backward direction reads inputs reversed within each row's length; its outputs are reversed back. Stacks and
wrappers are called as they are, and the cells in them observed. That the twin answers what TensorFlow's own function
answers is checked with every recording.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

from rnn_parity.spec import BidirectionalDynamicRNN, CaseSpec, Cell, Chunked, Directions, Step
from rnn_parity.structure import cells_of, is_time_major, join, single_cells
from rnn_parity.weights import run_scope
from tf_reference.cells import single_objects
from tf_reference.environment import tensorflow
from tf_reference.gates import GateFinder
from tf_reference.observe import observed

Tensor: TypeAlias = Any  # TensorFlow ships no types
State: TypeAlias = Any  # a tensor, or TensorFlow's tuples of them


class Twin(NamedTuple):
    """Tensors: outputs and final state nested as TensorFlow's function answers, traces by name, (T, B, H) each."""

    outputs: Any
    final_state: State
    traces: dict[str, Tensor]


class _Direction(NamedTuple):
    name: str  # "", "fw" or "bw"
    spec: Cell
    cell: Any  # TensorFlow's object


def build_twin(spec: CaseSpec, cells: tuple[Any, ...], feeds: dict[str, Tensor], state: State) -> Twin:
    """Return the twin of `spec`'s run, built in the default graph with TensorFlow's cell objects `cells`.

    Raises:
        RecordingError: a cell's graph is not as expected, so its gates cannot be told.
    """
    tf = tensorflow()
    inputs, lengths = _time_major(spec, feeds["inputs"]), feeds.get("sequence_length")
    specs = cells_of(spec)
    if not isinstance(specs, Directions):
        forward = _unroll(spec, _Direction("", specs[0], cells[0]), inputs, state, lengths)
        return forward._replace(outputs=_as_answered(spec, forward.outputs))
    fw, bw = _Direction("fw", specs.fw, cells[0]), _Direction("bw", specs.bw, cells[1])
    forward = _unroll(spec, fw, inputs, state.fw, lengths)
    backward = _unroll(spec, bw, _reversed(inputs, lengths), state.bw, lengths)
    outputs = forward.outputs, _reversed(backward.outputs, lengths)
    if isinstance(spec.run, BidirectionalDynamicRNN):
        answered: Any = Directions(*(_as_answered(spec, tensor) for tensor in outputs))
    else:
        answered = _as_answered(spec, tf.concat(outputs, axis=2))
    states = Directions(forward.final_state, backward.final_state)
    return Twin(answered, states, forward.traces | backward.traces)


def _unroll(spec: CaseSpec, direction: _Direction, inputs: Tensor, state: State, lengths: Tensor | None) -> Twin:
    """Return the twin of one direction; inputs and outputs are (T, B, ...)."""
    tf = tensorflow()
    finders = [GateFinder(spec.id, single, spec.sizes.batch_size) for single in single_cells(direction.spec)]
    objects, restarts, current = single_objects(direction.spec, direction.cell), _restarts(spec), state
    outputs, gates = [], [dict[str, list[Tensor]]() for _ in finders]
    for step, (x, active) in enumerate(zip(tf.unstack(inputs), _active(spec, lengths), strict=True)):
        before = state if step in restarts else current
        with observed(objects) as calls, _scope_of_run(spec, direction):
            y, new_state = direction.cell(x, before)
        for finder, call, found in zip(finders, calls, gates, strict=True):
            for gate, tensor in finder.gates(call).items():
                found.setdefault(gate, []).append(tensor)
        current = _where(active, new_state, before)
        outputs.append(_where(active, y, tf.zeros_like(y)))
    prefix = join("trace", direction.name)
    traces = {
        join(prefix, str(index), gate): tf.stack(steps)
        for index, found in enumerate(gates)
        for gate, steps in found.items()
    }
    return Twin(tf.stack(outputs), current, traces)


def _scope_of_run(spec: CaseSpec, direction: _Direction) -> Any:  # noqa: ANN401  a variable scope
    """Return the scope that the run called the cell in, where a highway finds its variables again."""
    v1 = tensorflow().compat.v1
    scope = join(run_scope(spec), direction.name) or v1.get_variable_scope()
    return v1.variable_scope(scope, reuse=True, auxiliary_name_scope=False)


def _active(spec: CaseSpec, lengths: Tensor | None) -> list[Tensor | None]:
    """Return for each step which rows have not ended, (B, 1), or None where no lengths are given."""
    if lengths is None:
        return [None] * spec.sizes.max_time
    tf = tensorflow()
    steps = tf.range(spec.sizes.max_time)[:, tf.newaxis, tf.newaxis]
    return list(tf.unstack(steps < lengths[tf.newaxis, :, tf.newaxis]))


def _restarts(spec: CaseSpec) -> set[int]:
    """Return the steps that start from the initial state: the first, and every chunk's where no state is carried."""
    if isinstance(spec.run, Chunked) and not spec.run.carry_state:
        return {0, *accumulate(spec.run.chunks[:-1])}
    return {0}


def _where(active: Tensor | None, new: State, old: State) -> State:
    if active is None:
        return new
    if isinstance(new, tuple):
        parts = [_where(active, *pair) for pair in zip(new, old, strict=True)]
        return type(new)(*parts) if hasattr(new, "_fields") else tuple(parts)
    return tensorflow().where(active, new, old)


def _reversed(sequence: Tensor, lengths: Tensor | None) -> Tensor:
    """Return (T, B, ...) reversed in time, each row within its own length."""
    tf = tensorflow()
    if lengths is None:
        return tf.reverse(sequence, axis=[0])
    return tf.reverse_sequence(sequence, lengths, seq_axis=0, batch_axis=1)


def _time_major(spec: CaseSpec, inputs: Tensor) -> Tensor:
    tf = tensorflow()
    if isinstance(spec.run, Step):
        return tf.expand_dims(inputs, 0)
    return inputs if is_time_major(spec) else tf.transpose(inputs, (1, 0, 2))


def _as_answered(spec: CaseSpec, outputs: Tensor) -> Tensor:
    """Return outputs (T, B, ...) with the axes in the order of the run's answer."""
    tf = tensorflow()
    if isinstance(spec.run, Step):
        return outputs[0]
    return outputs if is_time_major(spec) else tf.transpose(outputs, (1, 0, 2))
