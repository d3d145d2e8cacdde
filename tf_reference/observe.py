"""What TensorFlow's own cells do inside stacks and wrappers: the operations and new state of every call.

A stack or wrapper is called as a whole; its gates are in the graphs of the cells inside. While they are observed, each
object's own `call` is followed by a note; nothing is added to the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from tf_reference.environment import tensorflow


class Call(NamedTuple):
    """One call of one cell: the operations that it made, the new state that it returned, the gates that it kept."""

    made: list[Any]
    state: Any  # a tensor, or LSTMStateTuple(c, h)
    gates: dict[str, Any]  # of a cell composed here; empty of TensorFlow's own


@contextmanager
def observed(cells: Iterable[Any]) -> Iterator[list[Call]]:
    """Return the list to which every call of these TensorFlow cells is appended, in the order of the calls."""
    calls: list[Call] = []
    objects = list({id(cell): cell for cell in cells}.values())  # one object may stand in several places
    for cell in objects:
        vars(cell)["call"] = _observing(cell, calls)  # past Keras, which tracks what is assigned
    try:
        yield calls
    finally:
        for cell in objects:
            del vars(cell)["call"]


def _observing(cell: Any, calls: list[Call]) -> Callable[..., Any]:  # noqa: ANN401  TensorFlow ships no types
    call = cell.call

    def observing(inputs: Any, state: Any) -> Any:  # noqa: ANN401  tensors
        graph = tensorflow().nest.flatten(inputs)[0].graph
        before = len(graph.get_operations())
        output, new_state = call(inputs, state)
        calls.append(Call(graph.get_operations()[before:], new_state, vars(cell).get("gates", {})))
        return output, new_state

    return tensorflow().autograph.experimental.do_not_convert(observing)
