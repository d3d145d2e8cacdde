"""What mistakes in wrappers with weights share: wrappers of one kind made wrongly, and the room for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec
import numpy as np

from numpy_impl.cell import RNNCell
from rnn_parity.candidates.numpy_impl import Wrap, wrap
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, runs
from rnn_parity.mistakes.semantics import Semantics
from rnn_parity.spec import CaseSpec, StackSpec, WrapperSpec, unwrapped
from rnn_parity.structure import Array
from rnn_parity.weights import Wrapping, wrappings

Holds: TypeAlias = Callable[[Wrapping], bool]
Change: TypeAlias = Callable[[Array], Array]


def always(_: Wrapping) -> bool:
    """Return True."""
    return True


def wrongly(  # noqa: PLR0913  the fields of a Mistake
    kind: type[WrapperSpec],
    make: Wrap,
    *,
    holds: Holds = always,
    needs: Room = runs,
    name: str,
    statement: str,
    explanation: str,
    repair: str,
) -> Mistake:
    """Return the mistake of making wrappers of this kind, where `holds`, by `make`, in runs that do what it `needs`."""
    return Mistake(
        id=name,
        statement=statement,
        explanation=explanation,
        repair=repair,
        applies=where_wrapped(kind, holds, needs=needs),
        run=made_by(kind, make, holds),
    )


def made_by(kind: type[WrapperSpec], make: Wrap, holds: Holds = always) -> Semantics:
    """Return the candidate whose wrappers of this kind, where `holds`, are made so."""

    def wrap_wrongly(wrapping: Wrapping, cell: RNNCell, weights: Mapping[str, Array]) -> RNNCell:
        chosen = isinstance(wrapping.cell, kind) and holds(wrapping)
        return (make if chosen else wrap)(wrapping, cell, weights)

    return Semantics(wrap=wrap_wrongly)


def where_wrapped(kind: type[WrapperSpec], holds: Holds = always, *, needs: Room = runs) -> Room:
    """Return the room in runs with a wrapper of this kind for which this holds."""

    def room(spec: CaseSpec) -> bool:
        return needs(spec) and any(isinstance(one.cell, kind) and holds(one) for one in wrappings(spec))

    return room


def left_out(_: Wrapping, cell: RNNCell, __: Mapping[str, Array]) -> RNNCell:
    """Return the cell alone."""
    return cell


def of_class(cls: Any) -> Wrap:  # noqa: ANN401  a subclass of the twin's wrapper
    """Return what makes a wrapper of this class, with the same options and weights."""
    return lambda wrapping, cell, weights: cls(
        **msgspec.structs.asdict(wrapping.cell) | {"cell": cell}, weights=cls.weights_from(weights)
    )


def with_weights(change: Change, *names: str) -> Wrap:
    """Return what changes these weights."""
    return lambda wrapping, cell, weights: wrap(
        wrapping, cell, {name: change(array) if name in names else array for name, array in weights.items()}
    )


def with_options(**options: Any) -> Wrap:  # noqa: ANN401  options of several kinds of wrapper
    """Return what reads other options."""
    return lambda wrapping, cell, weights: wrap(
        wrapping._replace(cell=msgspec.structs.replace(wrapping.cell, **options)), cell, weights
    )


def top_width(wrapper: WrapperSpec) -> int:
    """Return the width of h in the cell of a wrapper: of a stack, in its last one."""
    inner = unwrapped(wrapper)
    while isinstance(inner, StackSpec):
        inner = unwrapped(inner.cells[-1])
    return inner.output_size


def zeros(array: Array) -> Array:
    """Return zeros in the array's place."""
    return np.zeros_like(array)


def transposed(array: Array) -> Array:
    """Return the transposed array."""
    return array.T
