"""Runs of several calls, each way that code carries a state from one call to the next.

    tensor       all calls in one `Session.run`; the state goes from loop to loop
    feed         a `Session.run` a call; the fetched state is fed to the tensors that the call starts from
    variables    a `Session.run` a call; the state is read from and assigned to variables that are not trained
    state saver  the same variables, behind the two methods that `static_state_saving_rnn` calls

Source: tensorflow/python/ops/rnn.py, dynamic_rnn and static_state_saving_rnn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias, assert_never

from rnn_parity.spec import Chunked, StateSavingRNN
from rnn_parity.structure import flatten, join
from tf_reference.environment import tensorflow

Tensor: TypeAlias = Any  # TensorFlow ships no types
State: TypeAlias = Any  # a tensor, or TensorFlow's tuples of them


@dataclass(frozen=True)
class Call:
    """One `Session.run` of several: its own answer, what runs before it, where the last call's final state is fed."""

    results: dict[str, Tensor]  # outputs, final_state...: of these steps alone
    reset: Any = None  # the operation that gives variables the initial state
    fed: dict[str, Tensor] = field(default_factory=dict)  # final_state... of the call before -> where it is fed


def named(outputs: Any, final_state: State) -> dict[str, Tensor]:  # noqa: ANN401  tensors or tuples of them
    """Return a run's answer by the array names of a fixture."""
    by_name = {join("outputs", path): tensor for path, tensor in flatten(outputs).items()}
    return by_name | {join("final_state", path): tensor for path, tensor in flatten(final_state).items()}


def along_time(cut: Callable[..., list[Tensor]], inputs: Any) -> list[Any]:  # noqa: ANN401  tensors, perhaps nested
    """Return the list into which `cut` cuts (B, T, ...) along time, each part nested like the inputs."""
    nest = tensorflow().nest
    parts = zip(*(cut(tensor, axis=1) for tensor in nest.flatten(inputs)), strict=True)
    return [nest.pack_sequence_as(inputs, part) for part in parts]


def run_in_one(
    run: Chunked,
    cell: Any,  # noqa: ANN401  TensorFlow ships no types
    inputs: Tensor,
    start: State,
    loop: dict[str, int],
) -> tuple[Tensor, State]:
    """Return the answer of one dynamic_rnn a chunk, all of one cell and so of the same variables, in one graph.

    `loop` has options of each dynamic_rnn.
    """
    tf = tensorflow()
    outputs, state = [], start
    for chunk in along_time(partial(tf.split, num_or_size_splits=run.chunks), inputs):
        before = state if run.carry_state else start
        output, state = tf.compat.v1.nn.dynamic_rnn(cell, chunk, initial_state=before, **loop)
        outputs.append(output)
    return tf.concat(outputs, axis=1), state


def several_calls(run: Chunked | StateSavingRNN, cell: Any, inputs: Tensor, start: State) -> tuple[Call, ...]:  # noqa: ANN401
    """Return what is to be run one after the other; () where all calls are one."""
    chunks = along_time(partial(tensorflow().split, num_or_size_splits=run.chunks), inputs)
    match run:
        case StateSavingRNN():
            return tuple(_saving(cell, chunks, start))
        case Chunked(carried="feed"):
            return tuple(_feeding(run, cell, chunks, start))
        case Chunked(carried="variables"):
            return tuple(_assigning(run, cell, chunks, start))
        case Chunked():
            return ()
        case _:
            assert_never(run)


def _feeding(run: Chunked, cell: Any, chunks: list[Tensor], start: State) -> Iterator[Call]:  # noqa: ANN401
    places = {join("final_state", path): tensor for path, tensor in flatten(start).items()}
    for number, chunk in enumerate(chunks):
        answer = tensorflow().compat.v1.nn.dynamic_rnn(cell, chunk, initial_state=start)
        yield Call(named(*answer), fed=places if number > 0 and run.carry_state else {})


def _assigning(run: Chunked, cell: Any, chunks: list[Tensor], start: State) -> Iterator[Call]:  # noqa: ANN401
    tf = tensorflow()
    saver = StateSaver(start)
    for number, chunk in enumerate(chunks):
        before = tf.nest.map_structure(saver.state, saver.names)
        answer = tf.compat.v1.nn.dynamic_rnn(cell, chunk, initial_state=before)
        saved = tf.nest.map_structure(saver.save_state, saver.names, answer[1])
        with tf.control_dependencies(tf.nest.flatten(saved)):
            results = {name: tf.identity(tensor) for name, tensor in named(*answer).items()}
        yield Call(results, reset=saver.reset if number == 0 or not run.carry_state else None)


def _saving(cell: Any, chunks: list[Tensor], start: State) -> Iterator[Call]:  # noqa: ANN401
    tf = tensorflow()
    saver = StateSaver(start)
    for number, chunk in enumerate(chunks):
        steps = tf.unstack(chunk, axis=1)
        outputs, state = tf.compat.v1.nn.static_state_saving_rnn(cell, steps, saver, saver.names)
        yield Call(named(tf.stack(outputs, axis=1), state), reset=saver.reset if number == 0 else None)


class StateSaver:
    """What `static_state_saving_rnn` reads states from and saves them to, by name: a variable for each.

    Attributes:
        names: of the variables, nested like the state.
        reset: the operation that gives them the initial state.
    """

    def __init__(self, start: State) -> None:
        tf = tensorflow()
        names = [join("state", path) for path in flatten(start)]
        self.names = tf.nest.pack_sequence_as(start, names)
        self._variables = {
            name: tf.compat.v1.get_variable(
                name,
                tensor.shape,
                tensor.dtype,
                initializer=tf.compat.v1.zeros_initializer(),
                trainable=False,
                use_resource=True,
            )
            for name, tensor in zip(names, tf.nest.flatten(start), strict=True)
        }
        self.reset = tf.group(*tf.nest.flatten(tf.nest.map_structure(self.save_state, self.names, start)))

    def state(self, name: str) -> Tensor:
        """Return what is held under this name."""
        return self._variables[name].read_value()

    def save_state(self, name: str, value: Tensor) -> Any:  # noqa: ANN401  an operation
        """Return what saves a value under this name, when it is run."""
        return self._variables[name].assign(value)
