"""The variables of a graph: names, shapes and dtypes as its nodes say, and the numbers of a frozen one.

    Variable, VariableV2, VarHandleOp     a variable; its numbers lie in a checkpoint
    Const of a frozen graph               a variable as well; the numbers are in the node

A graph is read as protocol buffers alone: nothing is imported into TensorFlow, nothing executed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, TypeAlias

import numpy as np

from rnn_parity.structure import Array
from tf_reference.environment import tensorflow
from tf_reference.legacy.found import SavedVariable
from tf_reference.legacy.graph_errors import ConstantUnreadableError, GraphTooLargeError

GraphDef: TypeAlias = Any  # TensorFlow ships no types
NodeDef: TypeAlias = Any

VARIABLE_OPS = ("Variable", "VariableV2", "VarHandleOp", "AutoReloadVariable")
FLOATING = ("float16", "bfloat16", "float32", "float64")
LARGEST_CONSTANT = 2**31  # bytes; protocol buffers end there, a shape may claim more


def variables_of_graph(graph_def: GraphDef) -> Mapping[str, SavedVariable]:
    """Return name -> variable, in the graph's order; those of a frozen graph are its floating constants that are read.

    A variable whose node does not say its shape is left out: nothing can be known by it.
    """
    found = {node.name: variable for node in graph_def.node if (variable := _declared(node)) is not None}
    return found or {variable.name: variable for variable in _frozen(graph_def)}


def read_constant(graph_def: GraphDef, name: str) -> Array:
    """Return the numbers of the constant of this name, with or without ":0".

    Raises:
        ConstantUnreadableError: there is no such node, or it is no constant, or its bytes are damaged.
        GraphTooLargeError: it claims more bytes than a graph can hold.
    """
    wanted = name.removesuffix(":0")
    for node in graph_def.node:
        if node.name == wanted:
            return constant_of(node)
    raise ConstantUnreadableError(name, "it does not exist")


def constant_of(node: NodeDef) -> Array:
    """Return the numbers of a constant's node; raises like `read_constant`."""
    if node.op != "Const":
        raise ConstantUnreadableError(node.name, f"its operation is {node.op}")
    require_size(node)
    try:
        return np.asarray(tensorflow().make_ndarray(attribute(node, "value").tensor))
    except (TypeError, ValueError) as error:
        raise ConstantUnreadableError(node.name, f"its numbers are damaged ({error})") from error


def require_size(node: NodeDef, limit: int = LARGEST_CONSTANT) -> int:
    """Return the bytes that a constant unfolds to; a single number may stand for an array of any shape.

    Raises:
        GraphTooLargeError: they are more than `limit`.
        ConstantUnreadableError: it says no shape.
    """
    tensor = attribute(node, "value").tensor
    sizes = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_shape.unknown_rank or any(size < 0 for size in sizes):
        raise ConstantUnreadableError(node.name, f"its shape is {sizes}")
    size = prod(sizes) * max(1, tensorflow().dtypes.as_dtype(tensor.dtype).size)
    if size > limit:
        raise GraphTooLargeError(f"bytes of the constant {node.name!r}", size, limit)
    return size


def _declared(node: NodeDef) -> SavedVariable | None:
    declared = attribute(node, "shape")
    if node.op not in VARIABLE_OPS or not declared.HasField("shape") or declared.shape.unknown_rank:
        return None
    shape = tuple(dim.size for dim in declared.shape.dim)
    name = attribute(node, "shared_name").s.decode(errors="replace") if node.op == "VarHandleOp" else ""
    return SavedVariable(name=name or node.name, shape=shape, dtype=_name(attribute(node, "dtype").type))


def _frozen(graph_def: GraphDef) -> Iterator[SavedVariable]:
    """Give floating constants that are read: through an Identity, or directly where they are no single numbers."""
    readers: dict[str, set[str]] = {}
    for node in graph_def.node:
        for reference in node.input:
            readers.setdefault(origin(reference), set()).add(node.op)
    for node in graph_def.node:
        if node.op != "Const" or node.name not in readers:
            continue
        tensor = attribute(node, "value").tensor
        shape, dtype = tuple(dim.size for dim in tensor.tensor_shape.dim), _name(tensor.dtype)
        plain = shape or readers[node.name] & {"Identity", "ReadVariableOp"}
        if dtype in FLOATING and not tensor.tensor_shape.unknown_rank and plain:
            yield SavedVariable(name=node.name, shape=shape, dtype=dtype)


def attribute(node: Any, name: str) -> Any:  # noqa: ANN401  a node; TensorFlow ships no types
    """Return a node's attribute, an empty one where it says none: asking the node itself would add it to the graph."""
    if name in node.attr:
        return node.attr[name]
    from tensorflow.core.framework.attr_value_pb2 import AttrValue  # noqa: PLC0415  loads TensorFlow

    return AttrValue()


def origin(reference: str) -> str:
    """Return the node of an input's text: "^a" and "a:1" are of "a"."""
    return reference.removeprefix("^").partition(":")[0]


def _name(number: int) -> str:
    """Return a dtype's name, of a reference the referred's: "float32"; "unknown" for a number TensorFlow has not."""
    try:
        return tensorflow().dtypes.as_dtype(number).base_dtype.name
    except TypeError:
        return "unknown"
