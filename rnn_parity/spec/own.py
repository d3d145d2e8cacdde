"""Somebody's own recording: a cell of a class that is not TensorFlow's, or a whole graph.

What TensorFlow's object said of itself is written down here, so that reading a fixture needs neither TensorFlow nor
the module that the class is in.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, TypeAlias

from rnn_parity.spec.around import Cell
from rnn_parity.spec.base import LSTMStateTuple, Role, Shape, SingleCellSpec, Size, Spec, require, require_size
from rnn_parity.spec.runs import (
    BidirectionalDynamicRNN,
    Chunked,
    DynamicRNN,
    RawRNN,
    Run,
    RunSpec,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
)

Scalar: TypeAlias = str | int | float | bool | None
OwnValue: TypeAlias = Scalar | tuple[Scalar, ...]  # of an option: what JSON can hold
WeightsFrom = Literal["drawn", "initializers", "given"]  # by this package, by the graph's initializers, by the user

OWN_RUNS = (Step, StaticRNN, DynamicRNN, RawRNN, Chunked, BidirectionalDynamicRNN, StaticBidirectionalRNN)


class OwnVariable(Spec, frozen=True):
    """One variable, named below the cell's scope; `role` says how it is drawn."""

    name: str
    shape: tuple[int, ...]
    role: Role


class OwnState(Spec, frozen=True):
    """A tuple of states: a named one where it has `fields`, of the class `class_name`."""

    parts: tuple[int | OwnState, ...]
    class_name: str = ""
    fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = len(self.fields) == len(self.parts) and self.class_name.isidentifier()
        require(self, "fields", named or not (self.fields or self.class_name), "as many names as parts, or none")
        for part in self.parts:
            require(self, "parts", isinstance(part, OwnState) or part > 0, "widths above 0")

    @property
    def size(self) -> Size:
        """The widths, nested as TensorFlow nests the states."""
        parts = [part.size if isinstance(part, OwnState) else part for part in self.parts]
        if not self.fields:
            return tuple(parts)
        if self.class_name == LSTMStateTuple.__name__ and self.fields == LSTMStateTuple._fields:
            return LSTMStateTuple(*parts)
        return named_state(self.class_name, self.fields)(*parts)


class OwnCell(SingleCellSpec, frozen=True, tag=True):
    """A cell whose class is the user's, or, under `OwnGraph`, all that a function built.

    num_units:      the width of its outputs
    class_name:     of the class, or of the function
    state:          its state_size: a width, or a tuple
    own_options:    what it was made with, by name
    scope_name:     the scope around all its variables, within the run's; '' where there is none
    own_variables:  in TensorFlow's order of creation
    traced:         the arrays of its state, which are traced at every step; () of a graph
    ids:            how many ids there are, where it reads ids instead of numbers
    weights:        where the recorded ones come from
    has_float64:    whether it computes in float64, so that there is an oracle; else its noise is measured in its dtype
    """

    class_name: str
    state: int | OwnState
    own_options: tuple[tuple[str, OwnValue], ...] = ()
    scope_name: str = ""
    own_variables: tuple[OwnVariable, ...] = ()
    traced: tuple[str, ...] = ()
    ids: int | None = None
    weights: WeightsFrom = "drawn"
    has_float64: bool = True

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        require(self, "class_name", bool(self.class_name), "the name of a class or a function")
        if not isinstance(self.state, OwnState):
            require_size(self, "state")
        if self.ids is not None:
            require_size(self, "ids")

    @property
    def options(self) -> dict[str, OwnValue]:
        """What the cell or function was given, so that a port can be given the same."""
        return dict(self.own_options)

    @property
    def scope(self) -> str:
        """The scope around the cell's variables."""
        return self.scope_name

    @property
    def state_size(self) -> Size:
        """What the class says."""
        return self.state.size if isinstance(self.state, OwnState) else self.state

    @property
    def input_classes(self) -> int | None:
        """The number of ids, or None."""
        return self.ids

    @property
    def trace_names(self) -> tuple[str, ...]:
        """The arrays of the new state by their paths; `state` where it is one array."""
        return self.traced

    def variables(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002  recorded for one depth
        """Return name -> shape, as they were recorded."""
        return {variable.name: variable.shape for variable in self.own_variables}

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        return next(variable.role for variable in self.own_variables if variable.name == name)


class OwnGraph(RunSpec, frozen=True, tag=True):
    """A function of inputs, sequence_length and initial_state, called once: whatever TensorFlow's operations say.

    Inputs (B, T, D), or (T, B, D) with `time_major`; outputs with the same axes, or (B, H) without `per_step`. Such a
    graph promises nothing by itself: `zero_past_length` and `frozen_state` say what TensorFlow's answer was seen to
    keep exactly, outputs of 0 past each row's length and the initial state of rows of length 0.
    """

    sequence_length: tuple[int, ...] | None = None
    initial_state: bool = False
    time_major: bool = False
    per_step: bool = True
    zero_past_length: bool = False
    frozen_state: bool = False


AnyCell: TypeAlias = Cell | OwnCell
AnyRun: TypeAlias = Run | OwnGraph


@cache
def named_state(class_name: str, fields: tuple[str, ...]) -> type[Any]:
    """Return a class of named tuples, which can be pickled although no module has it."""
    parent = namedtuple(class_name, fields)  # type: ignore[misc]  # noqa: PYI024  its names are data

    def reduce(state: Any) -> Any:  # noqa: ANN401  a named tuple
        return _named, (class_name, fields, tuple(state))

    return type(class_name, (parent,), {"__slots__": (), "__reduce__": reduce})


def _named(class_name: str, fields: tuple[str, ...], parts: tuple[Any, ...]) -> Any:  # noqa: ANN401  a named tuple
    return named_state(class_name, fields)(*parts)


def is_own(case: Any) -> bool:  # noqa: ANN401  a CaseSpec, which is defined of what stands here
    """Return whether a case is of a cell or graph that is not TensorFlow's, so that only its recording knows it."""
    return isinstance(case.cell, OwnCell)


def own_words(cell: OwnCell) -> Iterator[str]:
    """Yield what a reader wants to know of an own cell, besides its variables, which are listed elsewhere."""
    options = ", ".join(f"{name}={value!r}" for name, value in cell.own_options)
    sizes = f"output {cell.num_units}, state {_state_words(cell.state)}"
    yield f"{cell.class_name}({options}), not TensorFlow's own: {sizes}"
    if cell.ids is not None:
        yield f"reads ids below {cell.ids}"
    if cell.weights != "drawn":
        yield {"initializers": "weights from its initializers", "given": "weights given with it"}[cell.weights]
    if not cell.has_float64:
        yield "no float64 oracle: noise measured in its own dtype"


def _state_words(state: int | OwnState) -> str:
    if not isinstance(state, OwnState):
        return str(state)
    names = state.fields or ("",) * len(state.parts)
    parts = [
        f"{name}={_state_words(part)}" if name else _state_words(part)
        for name, part in zip(names, state.parts, strict=True)
    ]
    return f"{state.class_name}({', '.join(parts)})"


def require_own(case: Any) -> None:  # noqa: ANN401  as above
    """Return if own cells run in what is recorded of them, UnsupportedOptionError otherwise."""
    backward = getattr(case.run, "cell_bw", None)
    require(case, "run", not isinstance(backward, OwnCell), "with a cell_bw of TensorFlow's, None or 'cell_fw'")
    if not isinstance(case.cell, OwnCell):
        require(case, "cell", not isinstance(case.run, OwnGraph), "an OwnCell, where the run is OwnGraph")
        return
    carried = getattr(case.run, "carried", "tensor")
    fits = isinstance(case.run, (*OWN_RUNS, OwnGraph)) and carried != "variables"
    names = ", ".join(kind.__name__ for kind in OWN_RUNS)
    require(case, "run", fits, f"one of {names} with its state carried as tensor or feed, or OwnGraph")
    alone = not isinstance(backward, Spec)
    require(case, "run", alone, "with cell_bw None or 'cell_fw' around an OwnCell")
