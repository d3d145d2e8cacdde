"""The unrolled twin of a run: the same cells called step by step, so that their gates can be fetched.

    for s in steps:   y, state' = cell(x[s], state)
                      state = where(s < sequence_length, state', state)      frozen past the length
                      outputs[s] = where(s < sequence_length, y, 0)          zero past the length

The backward direction reads inputs reversed within each row's length; its outputs are reversed back. Stacks and
wrappers are called as they are, and the cells in them observed. That the twin answers what TensorFlow's own function
answers is checked with every recording.
"""

from __future__ import annotations

from functools import partial
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

from rnn_parity.spec import (
    AnyCell,
    BidirectionalDynamicRNN,
    CaseSpec,
    Chunked,
    Directions,
    FusedRNN,
    OwnCell,
    Step,
    single_cells,
)
from rnn_parity.structure import answered_steps, cells_of, flatten, is_time_major, join, levels
from rnn_parity.weights import run_scope
from tf_reference.cells import single_objects
from tf_reference.dropout import drawing, drawn_by_call
from tf_reference.environment import tensorflow
from tf_reference.gates import GateFinder
from tf_reference.observe import Call, observed
from tf_reference.repeated import Made, repeat

Tensor: TypeAlias = Any  # TensorFlow ships no types
Inputs: TypeAlias = Any  # a tensor, or a tuple of them
State: TypeAlias = Any  # a tensor, or TensorFlow's tuples of them


class Twin(NamedTuple):
    """Tensors: outputs and final state nested as TensorFlow's function answers, traces by name, (T, B, H) each.

    `numbers` are the random ones of each mask by its name: one tensor a step.
    """

    outputs: Any
    final_state: State
    traces: dict[str, Tensor]
    numbers: dict[str, list[Tensor]]


class _Direction(NamedTuple):
    name: str  # "", "fw" or "bw"
    spec: AnyCell
    cell: Any  # TensorFlow's object
    level: int = 0  # of a stacked bidirectional run, from the input up

    @property
    def below(self) -> int:
        """How many layers of this direction stand below the cell."""
        return self.level * len(single_cells(self.spec))


class _Step(NamedTuple):
    output: Tensor  # (B, H), zero in rows that have ended
    state: State
    gates: list[dict[str, Tensor]]  # a dict a layer
    numbers: dict[str, Tensor]  # the random ones of each mask


def build_twin(spec: CaseSpec, cells: tuple[Any, ...], inputs: Inputs, lengths: Tensor | None, state: State) -> Twin:
    """Return the twin of `spec`'s run, built in the default graph with TensorFlow's cell objects `cells`.

    Raises:
        RecordingError: a cell's graph is not as expected, so its gates cannot be told.
    """
    inputs = tensorflow().nest.map_structure(partial(_time_major, spec), inputs)
    specs = cells_of(spec)
    if isinstance(spec.run, FusedRNN):
        return _stepped(spec, cells[0], inputs, state, lengths)
    if not isinstance(specs, Directions):
        forward = _unroll(spec, _Direction("", specs[0], cells[0]), inputs, state, lengths)
        return forward._replace(outputs=_as_answered(spec, forward.outputs))
    if levels(spec) is not None:
        return _stacked(spec, cells, inputs, state, lengths)
    twin = _both(spec, _directions(specs, cells), inputs, state, lengths)
    if isinstance(spec.run, BidirectionalDynamicRNN):
        answered: Any = Directions(*(_as_answered(spec, tensor) for tensor in twin.outputs))
    else:
        answered = _as_answered(spec, tensorflow().concat(twin.outputs, axis=2))
    return twin._replace(outputs=answered)


def _directions(specs: Directions, cells: Any, level: int = 0) -> tuple[_Direction, _Direction]:  # noqa: ANN401
    return _Direction("fw", specs.fw, cells[0], level), _Direction("bw", specs.bw, cells[1], level)


def _both(
    spec: CaseSpec,
    directions: tuple[_Direction, _Direction],
    inputs: Inputs,
    state: Directions,
    lengths: Tensor | None,
) -> Twin:
    """Return the twin of two directions over inputs (T, B, ...), its outputs `Directions` of (T, B, H)."""
    forward = _unroll(spec, directions[0], inputs, state.fw, lengths)
    turned = tensorflow().nest.map_structure(lambda sequence: _reversed(sequence, lengths), inputs)
    backward = _unroll(spec, directions[1], turned, state.bw, lengths)
    outputs = Directions(forward.outputs, _reversed(backward.outputs, lengths))
    states = Directions(forward.final_state, backward.final_state)
    return Twin(outputs, states, forward.traces | backward.traces, forward.numbers | backward.numbers)


def _stacked(spec: CaseSpec, cells: tuple[Any, ...], inputs: Tensor, state: Directions, lengths: Tensor | None) -> Twin:
    """Return the twin of two directions whose joined outputs the next two read; `cells` are tuples, by layer."""
    finals, traces = [], dict[str, Tensor]()
    specs = Directions(*cells_of(spec))
    for level, pair in enumerate(zip(*cells, strict=True)):
        directions = _directions(specs, pair, level)
        twin = _both(spec, directions, inputs, Directions(state.fw[level], state.bw[level]), lengths)
        inputs = tensorflow().concat(twin.outputs, axis=2)
        finals.append(twin.final_state)
        traces |= twin.traces
    return Twin(_as_answered(spec, inputs), Directions(*zip(*finals, strict=True)), traces, {})


def _unroll(spec: CaseSpec, direction: _Direction, inputs: Inputs, state: State, lengths: Tensor | None) -> Twin:
    """Return the twin of one direction; inputs and outputs are (T, B, ...)."""
    tf = tensorflow()
    restarts, current, first = _restarts(spec), state, None
    steps: list[_Step] = []
    parted = zip(*map(tf.unstack, tf.nest.flatten(inputs)), strict=True)
    for number, (parts, active) in enumerate(zip(parted, _active(spec, lengths), strict=True)):
        given = (tf.nest.pack_sequence_as(inputs, parts), state if number in restarts else current, active)
        if first is None:
            made = _made(spec, direction, given)
            steps.append(made.answer)
            first = made if _is_the_same_at_each_step(direction, made) else None
        else:
            steps.append(repeat(first, given))
        current = steps[-1].state
    prefix = join("trace", direction.name)
    traces = {
        join(prefix, str(direction.below + index), gate): tf.stack([step.gates[index][gate] for step in steps])
        for index, gates in enumerate(steps[0].gates)
        for gate in gates
    }
    numbers = {name: [step.numbers[name] for step in steps] for name in steps[0].numbers}
    return Twin(tf.stack([step.output for step in steps]), current, traces, numbers)


def _made(spec: CaseSpec, direction: _Direction, given: tuple[Inputs, State, Tensor | None]) -> Made:
    """Return one step for its inputs, the state before, and which rows have not ended."""
    tf = tensorflow()
    graph = tf.compat.v1.get_default_graph()
    there = len(graph.get_operations())
    x, before, active = given
    finders = [GateFinder(spec.id, single, spec.sizes.batch_size) for single in single_cells(direction.spec)]
    with _scope_of_run(spec, direction), observed(_observable(direction)) as calls, drawing() as draws:
        y, new_state = direction.cell(x, before)
    if isinstance(direction.spec, OwnCell):
        calls = [Call([], new_state, _own_states(new_state))]
    numbers = {name: op.outputs[0] for name, op in drawn_by_call(spec, direction.name, draws).items()}
    gates = [finder.gates(call) for finder, call in zip(finders, calls, strict=True)]
    state = _where(active, new_state, before)
    step = _Step(_where(active, y, tf.zeros_like(y)), state, gates, numbers)
    return Made(graph.get_operations()[there:], given, step)


def _is_the_same_at_each_step(direction: _Direction, made: Made) -> bool:
    """Return whether the step's operations are those of all: no random numbers, whose seeds differ, no user's code."""
    drawn = any(op.type == "RandomUniform" for op in made.operations)
    return made.can_be_repeated and not drawn and not isinstance(direction.spec, OwnCell)


def _observable(direction: _Direction) -> list[Any]:
    """Return the objects whose operations are looked into: TensorFlow's, since what is in a user's is not known."""
    if isinstance(direction.spec, OwnCell):
        return []
    return single_objects(direction.spec, direction.cell)


def _own_states(state: State) -> dict[str, Tensor]:
    """Return the arrays of a new state by `OwnCell.traced`'s names."""
    return {path or "state": tensor for path, tensor in flatten(state).items()}


def _stepped(spec: CaseSpec, cell: Any, inputs: Tensor, state: State, lengths: Tensor | None) -> Twin:  # noqa: ANN401
    """Return the twin of a fused cell: its steps one by one, with the gates that the fused kernel itself answered."""
    twin = _unroll(spec, _Direction("", spec.cell, cell.one_step), inputs, state, lengths)
    return twin._replace(traces={join("trace", "0", gate): tensor for gate, tensor in cell.gates.items()})


def _scope_of_run(spec: CaseSpec, direction: _Direction) -> Any:  # noqa: ANN401  a variable scope
    """Return the scope that the run called the cell in, where a highway finds its variables again."""
    v1 = tensorflow().compat.v1
    scope = join(run_scope(spec, direction.level), direction.name) or v1.get_variable_scope()
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
    outputs = outputs[: answered_steps(spec)]
    return outputs if is_time_major(spec) else tf.transpose(outputs, (1, 0, 2))
