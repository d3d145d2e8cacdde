"""One program, run by TensorFlow and by numpy_impl, which have one interface: `program(library)`.

`library` has the cells and runs of both, and what differs between a graph and arrays: `constant` and `bound`.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numpy_impl as ni
from tf_reference import environment

if TYPE_CHECKING:
    from collections.abc import Callable

TOLERANCE = {"rtol": 1e-11, "atol": 1e-13}  # of float64, in which all programs compute
BATCH, STEPS, DEPTH, UNITS = 4, 6, 3, 5
LENGTHS = (6, 3, 1, 0)
CELLS: dict[str, Callable[[Any], Any]] = {
    "basic_rnn": lambda lib: lib.BasicRNNCell(UNITS),
    "basic_rnn-relu": lambda lib: lib.BasicRNNCell(UNITS, "relu"),
    "gru": lambda lib: lib.GRUCell(UNITS),
    "basic_lstm": lambda lib: lib.BasicLSTMCell(UNITS, 0.5),
    "basic_lstm-concat": lambda lib: lib.BasicLSTMCell(UNITS, state_is_tuple=False),
    "lstm": lambda lib: lib.LSTMCell(UNITS),
    "lstm-named": lambda lib: lib.LSTMCell(UNITS, name="reader"),
    "lstm-by-position": lambda lib: lib.LSTMCell(UNITS, True, 0.6, None, 2, 0.3, 3, 2, 0.5, False, "softsign"),  # noqa: FBT003
    "lstm-full": lambda lib: lib.LSTMCell(UNITS, use_peepholes=True, cell_clip=0.6, num_proj=2, proj_clip=0.3),
    "lstm-shards": lambda lib: lib.LSTMCell(UNITS, num_proj=2, num_unit_shards=4, num_proj_shards=3),
    "lstm-more-shards-than-rows": lambda lib: lib.LSTMCell(UNITS, num_unit_shards=12),
    "lstm-one-shard": lambda lib: lib.LSTMCell(UNITS, num_unit_shards=1, num_proj_shards=1),
    "stack": lambda lib: lib.MultiRNNCell([lib.LSTMCell(UNITS, num_proj=2), lib.GRUCell(4), lib.BasicRNNCell(2)]),
    "stack-concat": lambda lib: lib.MultiRNNCell(
        [lib.BasicLSTMCell(4, state_is_tuple=False), lib.GRUCell(3)], state_is_tuple=False
    ),
    "stack-mixed": lambda lib: lib.MultiRNNCell([lib.LSTMCell(4, state_is_tuple=False), lib.LSTMCell(3)]),
    "stack-nested": lambda lib: lib.MultiRNNCell(
        [lib.MultiRNNCell([lib.GRUCell(2), lib.LSTMCell(2)]), lib.LSTMCell(3, name="top")]
    ),
    "stack-of-one-cell": lambda lib: lib.MultiRNNCell([lib.GRUCell(DEPTH)] * 2),
    "wrapped-residual": lambda lib: lib.ResidualWrapper(lib.LSTMCell(UNITS, num_proj=DEPTH)),
    "wrapped-slice": lambda lib: lib.ResidualWrapper(lib.GRUCell(2), first_columns),
    "wrapped-dropout": lambda lib: lib.DropoutWrapper(lib.LSTMCell(UNITS), seed=3),
    "wrapped-device": lambda lib: lib.DeviceWrapper(lib.LSTMCell(UNITS, name="reader"), "/cpu:0", name="mine"),
    "wrapped-twice": lambda lib: lib.DeviceWrapper(lib.ResidualWrapper(lib.BasicRNNCell(DEPTH)), device="/cpu:0"),
    "wrapped-stack": lambda lib: lib.ResidualWrapper(lib.MultiRNNCell([lib.LSTMCell(2), lib.GRUCell(DEPTH)])),
    "stack-of-wrapped": lambda lib: lib.MultiRNNCell(
        [
            lib.LSTMCell(UNITS, num_unit_shards=3),
            lib.ResidualWrapper(lib.GRUCell(UNITS)),
            lib.DeviceWrapper(lib.ResidualWrapper(lib.LSTMCell(4, num_proj=2), first_columns), "/cpu:0"),
        ]
    ),
    "stack-of-one-cell-in-two-wrappers": lambda lib: one_cell_in_two_wrappers(lib, lib.GRUCell(DEPTH)),
    "stack-of-wrapped-concat": lambda lib: lib.MultiRNNCell(
        [lib.DeviceWrapper(lib.LSTMCell(4, state_is_tuple=False), "/cpu:0"), lib.GRUCell(2)], state_is_tuple=False
    ),
}
SINGLE = {name: make for name, make in CELLS.items() if not name.startswith(("stack", "wrapped"))}
WRAPPED = {name: make for name, make in CELLS.items() if name.startswith("wrapped")}


def first_columns(inputs: Any, outputs: Any) -> Any:
    """Return outputs + as many columns of the inputs: a residual_fn of arrays and of TensorFlow's tensors."""
    return inputs[:, : outputs.shape[1]] + outputs


def one_cell_in_two_wrappers(lib: Any, cell: Any) -> Any:
    """Return a stack of three places and two wrappers around one cell."""
    wrappers = [lib.ResidualWrapper(cell), lib.DeviceWrapper(cell, "/cpu:0")]
    return lib.MultiRNNCell([wrappers[0], wrappers[1], wrappers[0]])


class TensorFlow:
    """TensorFlow's names, wherever it keeps them."""

    def __init__(self) -> None:
        self.tf = environment.tensorflow().compat.v1
        self.constant = self.tf.constant

    def __getattr__(self, name: str) -> Any:
        places = (self.tf.nn.rnn_cell, self.tf.nn, self.tf)
        return getattr(next(place for place in places if hasattr(place, name)), name)

    def bound(self, cell: Any, scope: str) -> Any:  # noqa: ARG002  TensorFlow makes variables as it goes
        return cell


class NumPy:
    """numpy_impl's names, and NumPy's where TensorFlow has the same one."""

    def __init__(self, variables: dict[str, Any] | None = None) -> None:
        self.variables = variables
        self.constant = np.asarray
        self.RNNCell = ni.CellInterface

    def __getattr__(self, name: str) -> Any:
        return getattr(ni if hasattr(ni, name) else np, name)

    def bound(self, cell: Any, scope: str) -> Any:
        return cell.with_variables(self.variables, scope)


def in_graph(program: Callable[[Any], Any], read: Callable[[Any, Any, Any], Any]) -> Any:
    """Return read(tf, session, what the program returned), in the program's graph."""
    lib = TensorFlow()
    with warnings.catch_warnings(), lib.tf.Graph().as_default(), lib.tf.Session() as session:
        warnings.simplefilter("ignore")  # every class says that it is deprecated
        return read(lib.tf, session, program(lib))


def tensorflow_s(program: Callable[[Any], Any], seed: int = 0) -> tuple[Any, dict[str, Any]]:
    """Return TensorFlow's answer, its variables drawn, and the variables by name."""

    def read(tf: Any, session: Any, fetches: Any) -> Any:
        rng = np.random.default_rng(seed)
        for variable in tf.global_variables():
            variable.load(rng.standard_normal(variable.shape.as_list()), session)
        return session.run(fetches), {one.name: session.run(one) for one in tf.global_variables()}

    return in_graph(program, read)


def graph_variables(program: Callable[[Any], Any]) -> list[tuple[str, tuple[int, ...]]]:
    """Return name and shape of TensorFlow's global variables, in order of creation."""
    return in_graph(program, lambda tf, *_: [(one.name, tuple(one.shape)) for one in tf.global_variables()])


def assert_one_answer(program: Callable[[Any], Any]) -> Any:
    """Return numpy_impl's answer, which is TensorFlow's in structure, shapes, dtypes and numbers."""
    expected, variables = tensorflow_s(program)
    actual = program(NumPy(variables))
    assert_alike(actual, expected)
    return actual


def assert_alike(actual: Any, expected: Any) -> None:
    if not isinstance(expected, (tuple, list)):
        assert np.asarray(actual).dtype == np.asarray(expected).dtype
        np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), **TOLERANCE, strict=True)
        return
    assert type(actual).__name__ == type(expected).__name__
    assert len(actual) == len(expected)
    for one, other in zip(actual, expected, strict=True):
        assert_alike(one, other)


def assert_one_error(
    program: Callable[[Any], Any], error: type[Exception], theirs: str, ours: str | None = None
) -> None:
    """Check that both refuse the program with this class; where `ours` is left out, with TensorFlow's words."""
    with pytest.raises(error, match=theirs):
        in_graph(program, lambda *_: None)
    with pytest.raises(error, match=ours or theirs):
        program(NumPy())


def inputs_of(lib: Any, seed: int = 1) -> Any:
    """Return inputs (B, T, D)."""
    return lib.constant(np.random.default_rng(seed).standard_normal((BATCH, STEPS, DEPTH)))


def steps_of(lib: Any, seed: int = 1) -> list[Any]:
    """Return the same inputs as a list of T arrays (B, D)."""
    array = np.random.default_rng(seed).standard_normal((BATCH, STEPS, DEPTH))
    return [lib.constant(step) for step in array.swapaxes(0, 1)]


def state_of(lib: Any, cell: Any, seed: int = 2) -> Any:
    """Return a drawn state of the cell."""
    rng = np.random.default_rng(seed)
    return ni.state.map_state(lambda size: lib.constant(rng.standard_normal((BATCH, size))), cell.state_size)


class Log(logging.Handler):
    """Everything that one logger says."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.logger = logging.getLogger(name)

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())

    def __enter__(self) -> list[str]:
        self.level_before = self.logger.level
        self.logger.setLevel(logging.WARNING)
        self.logger.addHandler(self)
        return self.said

    def __exit__(self, *_: object) -> None:
        self.logger.removeHandler(self)
        self.logger.setLevel(self.level_before)
