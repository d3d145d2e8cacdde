"""Cells and runs as one writes them in Python, `MultiRNNCell([LSTMCell(5)] * 2)`: read, with nothing run, and written.

TensorFlow code is read as it stands: modules before a class ("tf.nn.rnn_cell.GRUCell"), functions as activations
("tf.nn.relu"), lists times a number, over a range and over numbers. Names of the program around it are not known:
they are refused with what to write instead. `[cell] * 2` is two cells, each with weights of its own, as it was up to
TensorFlow 1.0; from 1.2 on it was one object, which is said by `one_object=True`.
"""

from __future__ import annotations

import ast
from copy import deepcopy
from functools import cache
from typing import Any, NoReturn, cast

import rnn_parity.spec as specs
from rnn_parity.errors import CellTextError, nearest
from rnn_parity.spec.base import ACTIVATIONS, CellSpec, Spec
from rnn_parity.spec.runs import RunSpec

FIRST = ("num_units", "cells", "cell")  # what TensorFlow takes without its name, of whichever a class has
AROUND_A_LIST = "a list of cells runs inside MultiRNNCell(...)"
MOST_REPEATED = 1000  # cells that a text may write with a number
NO_NUMBERS = (  # what TensorFlow's cells take beside these options, and what decides on nothing that is computed
    "bias_initializer", "dtype", "initializer", "input_size", "kernel_initializer", "name", "reuse", "trainable",
)  # fmt: skip


def parsed(text: str, kind: type[Spec]) -> Any:  # noqa: ANN401  a cell or a run
    """Return the cell or run that `text` writes, CellTextError where it writes none."""
    try:
        made = _value(ast.parse(text.strip(), mode="eval").body, text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise CellTextError(text, f"no Python expression ({getattr(error, 'msg', 'nested too deeply')})") from error
    if not isinstance(made, kind):
        what = "a run, like 'BidirectionalDynamicRNN()'" if kind is RunSpec else "a cell, like 'LSTMCell(num_units=5)'"
        hint = f": {AROUND_A_LIST}" if kind is CellSpec and isinstance(made, tuple) else ""
        raise CellTextError(text, f"not {what}{hint}")
    return made


def written(spec: Any) -> str:  # noqa: ANN401  a cell, a run, or what an option may be
    """Return the text that `parsed` reads as `spec`: options that have their default are left out."""
    if isinstance(spec, tuple):
        return f"[{', '.join(map(written, spec))}]"
    if not isinstance(spec, Spec):
        return repr(spec)
    defaults = dict(zip(reversed(spec.__struct_fields__), reversed(spec.__struct_defaults__), strict=False))
    given = {name: getattr(spec, name) for name in spec.__struct_fields__}
    told = [f"{name}={written(value)}" for name, value in given.items() if defaults.get(name, spec) != value]
    return f"{type(spec).__name__}({', '.join(told)})"


@cache
def classes() -> dict[str, type[Spec]]:
    """Return name -> class of all cells and runs."""
    return {
        name: made
        for name, made in vars(specs).items()
        if isinstance(made, type) and issubclass(made, CellSpec | RunSpec) and not name.endswith("Spec")
    }


def _value(node: ast.expr, text: str) -> Any:  # noqa: ANN401  whatever an option may be
    match node:
        case ast.Call(func=function) if _is_dotted(function):
            return _made(ast.unparse(function).rpartition(".")[2], node, text)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return tuple(_value(element, text) for element in elements)
        case (
            ast.BinOp(left=ast.List() as cells, op=ast.Mult(), right=ast.Constant(value=int(times)))
            | ast.BinOp(left=ast.Constant(value=int(times)), op=ast.Mult(), right=ast.List() as cells)
        ):
            return _value(cells, text) * _count(times, text)
        case ast.ListComp(elt=one, generators=[ast.comprehension(target=ast.Name(id=each), iter=over, ifs=[])]):
            return tuple(_value(_with(one, each, number), text) for number in _over(over, text))
        case ast.Attribute(attr=name) if _is_dotted(node):
            return _activation(name, node, text)
        case _:
            try:
                return ast.literal_eval(node)
            except (ValueError, TypeError):
                _refuse(node, text)


def _is_dotted(node: ast.expr) -> bool:
    """Return whether this is a name, or names with dots between them."""
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_dotted(node.value))


def _over(node: ast.expr, text: str) -> tuple[ast.expr, ...]:
    """Return what a list runs over: the numbers of a range, or those that are written out."""
    match node:
        case ast.Call(func=ast.Name(id="range" | "xrange"), args=[ast.Constant(value=int(times))]):
            return tuple(map(ast.Constant, range(_count(times, text))))
        case ast.Call(
            func=ast.Name(id="range" | "xrange"), args=[ast.Constant(value=int(first)), ast.Constant(value=int(end))]
        ):
            return tuple(ast.Constant(first + number) for number in range(_count(end - first, text)))
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return tuple(elements)
        case _:
            should_be = "should be over a range or over numbers, like range(2) or [128, 64]"
            raise CellTextError(text, f"a list over {ast.unparse(node)!r}, {should_be}")


def _with(node: ast.expr, name: str, value: ast.expr) -> ast.expr:
    """Return an expression with a value in place of a name."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return value if node.id == name else node

    return cast("ast.expr", Put().visit(deepcopy(node)))


def _count(times: int, text: str) -> int:
    if not 0 < times <= MOST_REPEATED:
        raise CellTextError(text, f"{times} cells, should be from 1 to {MOST_REPEATED}")
    return times


def _activation(name: str, node: ast.expr, text: str) -> str:
    """Return the activation that a function of TensorFlow's is: tf.nn.relu, tf.tanh, tf.sigmoid, tf.identity."""
    name = {"identity": "linear", "softmax_v2": "softmax"}.get(name, name)
    if name not in ACTIVATIONS:
        near = nearest(name, ACTIVATIONS)
        hint = f"did you mean activation={near!r}?" if near else f"activations are {', '.join(ACTIVATIONS)}"
        raise CellTextError(text, f"{ast.unparse(node)!r} is no activation; {hint}")
    return name


def _made(name: str, node: ast.Call, text: str) -> Spec:
    known = classes()
    if name not in known:
        near = nearest(name, known)
        raise CellTextError(text, f"no class {name!r}{f'; did you mean {near!r}?' if near else ''}")
    fields = known[name].__struct_fields__
    options = {first: _value(value, text) for first, value in zip(_first(fields), node.args, strict=False)}
    if len(node.args) > len(_first(fields)):
        raise CellTextError(text, f"{name} takes options by name")
    for keyword in node.keywords:
        if keyword.arg not in fields:
            raise CellTextError(text, f"{name} has no option {keyword.arg!r}{_instead(keyword.arg or '**', fields)}")
        options[keyword.arg] = _value(keyword.value, text)
    try:
        return known[name](**options)
    except TypeError as error:
        raise CellTextError(text, str(error)) from error


def _first(fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in FIRST if name in fields)[:1]


def _instead(option: str, fields: tuple[str, ...]) -> str:
    """Return what to do about an option that there is not."""
    if option in NO_NUMBERS:
        return "; it decides on no number that is computed with given weights: leave it out"
    near = nearest(option, fields)
    return f"; did you mean {near!r}?" if near else ""


def _refuse(node: ast.expr, text: str) -> NoReturn:
    if isinstance(node, ast.BinOp):  # [cell] * num_layers: what cannot be read is a name in it
        node = next((part for part in (node.left, node.right) if isinstance(part, ast.Name)), node)
    got = ast.unparse(node)
    if not isinstance(node, ast.Name):
        hint = "; an activation is written by its name, like tf.nn.relu" if isinstance(node, ast.Lambda) else ""
        raise CellTextError(text, f"{got!r} is neither a value nor one of the cells and runs{hint}")
    if got in ACTIVATIONS:
        raise CellTextError(text, f"{got!r} is a name without a module; did you mean tf.nn.{got}?")
    if got in classes():
        raise CellTextError(text, f"{got!r} is a class; did you mean {got}(...), with its options?")
    raise CellTextError(
        text, f"{got!r} is a name of your program; write out what it stands for, a cell like BasicLSTMCell(128) or 128"
    )
