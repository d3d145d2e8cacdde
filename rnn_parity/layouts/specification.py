"""Cells and runs as one writes them in Python, `MultiRNNCell([LSTMCell(5)] * 2)`, read without running anything."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

import rnn_parity.spec as specs
from rnn_parity.errors import CellTextError, UnsupportedOptionError, nearest
from rnn_parity.layouts.arrays import packed_shapes
from rnn_parity.spec import CaseSpec, CellSpec, RunSpec, Sizes, Spec
from rnn_parity.spec.runs import Chunked, StateSavingRNN
from rnn_parity.structure import Array

FIRST = ("num_units", "cells", "cell")  # what TensorFlow takes without its name, of whichever a class has
CLASSES: dict[str, type[Spec]] = {
    name: made
    for name, made in vars(specs).items()
    if isinstance(made, type) and issubclass(made, CellSpec | RunSpec) and not name.endswith("Spec")
}


def case_from_text(cell: str, run: str = "DynamicRNN()", *, depth: int, dtype: str = "float32") -> CaseSpec:
    """Return a case of this cell, run and input depth; the rest of it decides on no variable.

    Raises:
        CellTextError: one of the texts is no cell or no run.
        UnsupportedOptionError: an option has a value that TensorFlow does not take.
    """
    made, runs = parsed(cell, CellSpec), parsed(run, RunSpec)
    steps = sum(runs.chunks) if isinstance(runs, Chunked | StateSavingRNN) else 1
    rows = len(getattr(runs, "sequence_length", None) or (0,))
    return CaseSpec(
        id="convert/given", why="given by hand", seed=0, cell=made, run=runs, dtype=dtype,  # type: ignore[arg-type]
        sizes=Sizes(batch_size=rows, max_time=steps, depth=depth),
    )  # fmt: skip


def depth_of(
    case: Callable[[int], CaseSpec],
    pack: Callable[..., dict[str, Array]],
    named: Callable[[CaseSpec], dict[str, Array]],
) -> int | None:
    """Return the input depth at which the arrays have the shapes that they have, or None where it cannot be told.

    Args:
        case: depth -> the case of that input depth.
        pack: that of the layout in which the arrays are.
        named: a case -> the arrays, by their names in that layout.
    """
    try:
        one, two = (packed_shapes(pack, case(depth)) for depth in (1, 2))
        arrays = named(case(1))
    except UnsupportedOptionError:  # widths that depend on each other
        return None
    for name, shape in one.items():
        got = np.shape(arrays.get(name, ()))
        for axis, (first, second) in enumerate(zip(shape, two[name], strict=True)):
            if first != second and len(got) == len(shape):
                more, left = divmod(got[axis] - first, second - first)
                return more + 1 if not left and more >= 0 else None
    return None


def parsed(text: str, kind: type[Spec]) -> Any:  # noqa: ANN401  a cell or a run
    """Return the cell or run that `text` writes, CellTextError where it writes none."""
    try:
        made = _value(ast.parse(text.strip(), mode="eval").body, text)
    except SyntaxError as error:
        raise CellTextError(text, f"no Python expression ({error.msg})") from error
    if not isinstance(made, kind):
        what = "a run, like 'BidirectionalDynamicRNN()'" if kind is RunSpec else "a cell, like 'LSTMCell(num_units=5)'"
        raise CellTextError(text, f"not {what}")
    return made


def _value(node: ast.expr, text: str) -> Any:  # noqa: ANN401  whatever an option may be
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return _made(name, node, text)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return tuple(_value(element, text) for element in elements)
        case ast.BinOp(left=ast.List() as left, op=ast.Mult(), right=ast.Constant(value=int(times))):
            return _value(left, text) * times
        case _:
            try:
                return ast.literal_eval(node)
            except ValueError:
                _refuse(node, text)


def _made(name: str, node: ast.Call, text: str) -> Spec:
    if name not in CLASSES:
        near = nearest(name, CLASSES)
        raise CellTextError(text, f"no class {name!r}{f'; did you mean {near!r}?' if near else ''}")
    fields = CLASSES[name].__struct_fields__
    options = {first: _value(value, text) for first, value in zip(_first(fields), node.args, strict=False)}
    if len(node.args) > len(_first(fields)):
        raise CellTextError(text, f"{name} takes options by name")
    for keyword in node.keywords:
        if keyword.arg not in fields:
            near = nearest(keyword.arg or "**", fields)
            raise CellTextError(
                text, f"{name} has no option {keyword.arg!r}{f'; did you mean {near!r}?' if near else ''}"
            )
        options[keyword.arg] = _value(keyword.value, text)
    try:
        return CLASSES[name](**options)
    except TypeError as error:
        raise CellTextError(text, str(error)) from error


def _first(fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in FIRST if name in fields)[:1]


def _refuse(node: ast.expr, text: str) -> NoReturn:
    raise CellTextError(text, f"{ast.unparse(node)!r} is neither a value nor one of the cells and runs")
