"""A graph's nodes, the bodies of its functions laid out beside them, so that one way of reading serves all graphs.

    While(init...) with a body        LoopVariable(init, next) for each variable, the body's nodes around them
    If(..., inputs) with branches     both branches' nodes; Branches(then, else) for each output
    a call                            the called function's nodes; Identity for each output

A node laid out is named "caller@node": "@" stands in no name of TensorFlow's. Loops of TensorFlow 1 need nothing:
their Merge is the LoopVariable. Nothing is imported into TensorFlow, nothing executed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from tf_reference.environment import tensorflow
from tf_reference.legacy.graph_errors import GraphBrokenError, GraphTooLargeError
from tf_reference.legacy.graph_operations import COMPUTES
from tf_reference.legacy.graph_variables import GraphDef, NodeDef, attribute

Tensor: TypeAlias = str  # "node:output"

LOOP_VARIABLE, BRANCHES = "LoopVariable", "Branches"
LOOPS = ("While", "StatelessWhile")
CONDITIONS = ("If", "StatelessIf")
CALLS = ("PartitionedCall", "StatefulPartitionedCall")
LARGEST_GRAPH = 500_000  # nodes; functions that call functions may unfold to any number
DEEPEST_CALL = 30


@dataclass(frozen=True)
class Node:
    """A node: its operation, the tensors it reads in order, and its attributes as TensorFlow keeps them."""

    name: str
    op: str
    inputs: tuple[Tensor, ...] = ()
    attr: Mapping[str, Any] = field(default_factory=dict)
    definition: NodeDef = None  # None where the node stands in no file


def nodes_of(graph_def: GraphDef) -> dict[str, Node]:
    """Return name -> node, those of called functions among them.

    Raises:
        GraphBrokenError: two nodes have one name, or a function is missing.
        GraphTooLargeError: there are more nodes than LARGEST_GRAPH, or functions call each other without an end.
    """
    layout = _Layout({function.signature.name: function for function in graph_def.library.function})
    for node in graph_def.node:
        inputs = tuple(tensor_name(text) for text in node.input if not text.startswith("^"))
        layout.add(node, node.name, inputs, depth=0)
    return layout.nodes


def tensor_name(text: str) -> Tensor:
    """Return an input's text with its output's number: "a" is "a:0"."""
    return text if ":" in text else f"{text}:0"


class _Layout:
    def __init__(self, functions: Mapping[str, Any]) -> None:
        self.functions = functions
        self.nodes: dict[str, Node] = {}

    def add(self, node: NodeDef, name: str, inputs: tuple[Tensor, ...], *, depth: int) -> None:
        """Add a node, and in place of one that calls functions what they consist of."""
        if node.op in LOOPS:
            self._loop(node, name, inputs, depth)
        elif node.op in CONDITIONS:
            self._condition(node, name, inputs[1:], depth)
        elif node.op in CALLS or node.op in self.functions:
            called = attribute(node, "f").func.name if node.op in CALLS else node.op
            self._outputs(name, self._body(called, name, inputs, depth))
        else:
            if len(inputs) < _fewest_inputs(node.op):
                raise GraphBrokenError(name, f"it has {len(inputs)} inputs, should have {_fewest_inputs(node.op)}")
            self._put(Node(name, node.op, inputs, node.attr, node))

    def _put(self, node: Node) -> None:
        if node.name in self.nodes:
            raise GraphBrokenError(node.name, "two nodes have this name")
        if len(self.nodes) >= LARGEST_GRAPH:
            raise GraphTooLargeError("nodes of the graph", LARGEST_GRAPH + 1, LARGEST_GRAPH)
        self.nodes[node.name] = node

    def _loop(self, node: NodeDef, name: str, inputs: tuple[Tensor, ...], depth: int) -> None:
        variables = tuple(f"{name}@variable{k}:0" for k in range(len(inputs)))
        results = self._body(attribute(node, "body").func.name, name, variables, depth)
        if len(results) != len(inputs):
            raise GraphBrokenError(name, f"its loop has {len(inputs)} variables and its body returns {len(results)}")
        for k, pair in enumerate(zip(inputs, results, strict=True)):
            self._put(Node(f"{name}@variable{k}", LOOP_VARIABLE, pair))
        self._outputs(name, variables)

    def _condition(self, node: NodeDef, name: str, inputs: tuple[Tensor, ...], depth: int) -> None:
        branches = [
            self._body(attribute(node, key).func.name, f"{name}@{key}", inputs, depth)
            for key in ("then_branch", "else_branch")
        ]
        for k, pair in enumerate(zip(*branches, strict=False)):
            self._put(Node(f"{name}@output{k}", BRANCHES, pair))
        self._put(Node(name, "Outputs", tuple(f"{name}@output{k}:0" for k in range(len(branches[0])))))

    def _outputs(self, name: str, results: tuple[Tensor, ...]) -> None:
        """Add the node that others read as the caller: its output k is the k-th result."""
        self._put(Node(name, "Outputs", results))

    def _body(self, called: str, name: str, inputs: Sequence[Tensor], depth: int) -> tuple[Tensor, ...]:
        """Add the nodes of a function called with these inputs; return what it returns."""
        if depth >= DEEPEST_CALL:
            raise GraphTooLargeError(f"functions within functions at {name[:200]!r}", depth + 1, DEEPEST_CALL)
        if called not in self.functions:
            raise GraphBrokenError(name, f"it calls the function {called!r}, which is missing")
        function = self.functions[called]
        arguments = [argument.name for argument in function.signature.input_arg]
        if len(arguments) != len(inputs):
            raise GraphBrokenError(name, f"{called!r} takes {len(arguments)} arguments and gets {len(inputs)}")
        scope = _Scope(name, dict(zip(arguments, inputs, strict=True)), {node.name: node for node in function.node_def})
        for node in function.node_def:
            read = tuple(scope.tensor(text) for text in node.input if not text.startswith("^"))
            self.add(node, scope.name_of(node.name), read, depth=depth + 1)
        return tuple(scope.tensor(function.ret[result.name]) for result in function.signature.output_arg)


class _Scope:
    """One call of a function: from the names in its body, where outputs have names, to those of the layout."""

    def __init__(self, caller: str, arguments: Mapping[str, Tensor], nodes: Mapping[str, NodeDef]) -> None:
        self.caller, self.arguments, self.nodes = caller, arguments, nodes

    def name_of(self, node: str) -> str:
        return f"{self.caller}@{node}"

    def tensor(self, text: str) -> Tensor:
        name, *output = text.split(":")
        if name in self.arguments:
            return self.arguments[name]
        if name not in self.nodes:
            raise GraphBrokenError(self.name_of(name), "it is read and does not exist")
        if len(output) < 2:  # noqa: PLR2004  "node:output:number", of an output that may be a list
            return f"{self.name_of(name)}:0"
        return f"{self.name_of(name)}:{_offset(self.nodes[name], output[0]) + int(output[1])}"


@cache
def _fewest_inputs(op: str) -> int:
    """Return how many inputs a node of this operation has at least; 0 for one that is not executed anyway."""
    definition = _definition(op)
    inputs = () if definition is None or op not in COMPUTES else definition.input_arg
    return sum(not (argument.number_attr or argument.type_list_attr) for argument in inputs)


def _definition(op: str) -> Any:  # noqa: ANN401  TensorFlow ships no types
    tensorflow()
    from tensorflow.python.framework import op_def_registry  # noqa: PLC0415  loads TensorFlow

    return op_def_registry.get(op)


def _offset(node: NodeDef, output: str) -> int:
    """Return the number of the first tensor of a node's named output."""
    definition = _definition(node.op)
    offset = 0
    for argument in () if definition is None else definition.output_arg:
        if argument.name == output:
            break
        if argument.number_attr:
            offset += attribute(node, argument.number_attr).i
        elif argument.type_list_attr:
            offset += len(attribute(node, argument.type_list_attr).list.type)
        else:
            offset += 1
    return offset
