"""An answer as bytes and back, as good as the answer itself: what is judged of it afterwards is the same.

A line of JSON says how the answer is nested, the arrays follow as `.npy`. Nothing is pickled: what a candidate hands
over may be of any class, and unpickling it would run its code here. Of what is no array of numbers, there remains what
a verdict says of it: the name of its class, or dtype and shape.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections import namedtuple
from typing import Any

import numpy as np

from rnn_parity.answer import Answer, Unanswered
from rnn_parity.candidate import Result
from rnn_parity.structure import Array, Tree

_NUMBERS = "fiubc"


def to_bytes(answer: Answer) -> bytes:
    """Return an answer as bytes."""
    if isinstance(answer, Unanswered):
        return _line({"verdict": answer.verdict, "reason": answer.reason})
    arrays: list[Array] = []
    trace = {name: _node(array, arrays) for name, array in (answer.trace or {}).items()}
    head = {
        "outputs": _node(answer.outputs, arrays),
        "final_state": _node(answer.final_state, arrays),
        "trace": None if answer.trace is None else trace,
    }
    file = io.BytesIO()
    for array in arrays:
        np.save(file, array, allow_pickle=False)
    return _line(head) + file.getvalue()


def from_bytes(message: bytes) -> Answer:
    """Return the answer that `to_bytes` made bytes of."""
    file = io.BytesIO(message)
    head = json.loads(file.readline())
    if "verdict" in head:
        return Unanswered(head["verdict"], head["reason"])
    trace = head["trace"]
    named = None if trace is None else {name: _tree(node, file) for name, node in trace.items()}
    return Result(outputs=_tree(head["outputs"], file), final_state=_tree(head["final_state"], file), trace=named)


def _line(head: dict[str, Any]) -> bytes:
    return json.dumps(head).encode() + b"\n"


def _node(tree: Tree, arrays: list[Array]) -> dict[str, Any] | None:
    """Return how a tree is nested, and append its arrays."""
    if tree is None:
        return None
    if isinstance(tree, tuple | list):
        kind = {"class": type(tree).__name__, "names": getattr(tree, "_fields", None)}
        return kind | {"branches": [_node(branch, arrays) for branch in tree]}
    try:
        array = np.asarray(tree)
    except Exception:  # noqa: BLE001  whatever the class of somebody else raises
        return {"unreadable": type(tree).__name__}
    if array.dtype.kind not in _NUMBERS:
        return {"dtype": str(array.dtype), "shape": array.shape}
    arrays.append(array)
    return {}


def _tree(node: dict[str, Any] | None, file: io.BytesIO) -> Tree:
    if node is None:
        return None
    if "branches" in node:
        return _nested(node, [_tree(branch, file) for branch in node["branches"]])
    if "unreadable" in node:
        return type(node["unreadable"], (_Unreadable,), {})()
    if "dtype" in node:
        return np.zeros(node["shape"], _dtype(node["dtype"]))
    return np.load(file, allow_pickle=False)


def _nested(node: dict[str, Any], branches: list[Tree]) -> Tree:
    if node["names"] is not None:
        return namedtuple(node["class"], node["names"])(*branches)  # noqa: PYI024  as it came
    return type(node["class"], (tuple,), {})(branches)  # a list, too, is only told by its name


def _dtype(name: str) -> np.dtype[Any]:
    with contextlib.suppress(ImportError):
        import ml_dtypes  # noqa: F401, PLC0415  has bfloat16 and its like, where the candidate had them
    try:
        return np.dtype(name)
    except TypeError:
        return np.dtype(object)


class _Unreadable:
    """Stands for what NumPy could not read."""

    def __array__(self, *_: object, **__: object) -> Array:
        raise TypeError
