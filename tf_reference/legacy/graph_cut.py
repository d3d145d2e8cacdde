"""One step, cut out of a graph: the nodes between what is given and what is wanted, as a small graph of their own.

    given      x, the states, the weights: placeholders stand where the graph reads them
    wanted     the output, the new states
    left out   loops, variables, gradients, dropout, devices, everything that the wanted is not computed of

The nodes are the graph's own, their inputs and names apart; in another dtype their floating types are changed, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rnn_parity.spec import DType
from tf_reference.environment import tensorflow
from tf_reference.legacy.graph_errors import GraphBrokenError, GraphCycleError, OracleImpossibleError
from tf_reference.legacy.graph_nodes import BRANCHES, LOOP_VARIABLE, Node, Tensor
from tf_reference.legacy.graph_variables import FLOATING, VARIABLE_OPS, GraphDef, attribute, constant_of
from tf_reference.legacy.graph_view import MERGES, GraphView, name_of, number_of
from tf_reference.legacy.graph_weights import Weights
from tf_reference.legacy.safety import require_safe, require_small

WAITS = ("Placeholder", "PlaceholderV2", "PlaceholderWithDefault")
KEPT_OUT = {
    **dict.fromkeys((*MERGES, LOOP_VARIABLE, BRANCHES), "depends on what a loop or a condition chose at"),
    **dict.fromkeys(VARIABLE_OPS, "reads a variable that is no part of the cells,"),
    **dict.fromkeys(WAITS, "waits for what is fed to"),
}


@dataclass(frozen=True)
class Cut:
    """The nodes of a step in an order in which they can be computed, and the names in the small graph."""

    nodes: tuple[Node, ...]
    names: Mapping[str, str]  # node of the graph -> its name in the small one
    given: Mapping[Tensor, str]  # tensor -> placeholder
    weights: Mapping[str, str]  # node of a variable -> placeholder
    aliases: Mapping[Tensor, Tensor]
    view: GraphView

    @property
    def ops(self) -> tuple[str, ...]:
        """The operations, each once, sorted."""
        return tuple(sorted({node.op for node in self.nodes}))

    def behind(self, tensor: Tensor) -> Tensor:
        """Return what a tensor is, dropout passed over."""
        return _behind(self.view, self.aliases, tensor)

    def name(self, tensor: Tensor) -> Tensor:
        """Return a tensor's name in the small graph."""
        resolved = self.behind(tensor)
        if resolved in self.given:
            return f"{self.given[resolved]}:0"
        if name_of(resolved) in self.weights:
            return f"{self.weights[name_of(resolved)]}:0"
        return f"{self.names[name_of(resolved)]}:{number_of(resolved)}"


def cut(
    view: GraphView, weights: Weights, wanted: Sequence[Tensor], given: Mapping[Tensor, str],
    aliases: Mapping[Tensor, Tensor],
) -> Cut:  # fmt: skip
    """Return what computes the wanted tensors of the given ones and the weights.

    Raises:
        GraphUnsafeError: something on the way may do more than compute.
        GraphCycleError: nodes read each other in a circle.
        GraphBrokenError: a node reads what does not exist.
        GraphTooLargeError: it is too large for a step.
        OracleImpossibleError: something on the way is neither given nor computed.
    """
    nodes: dict[str, Node] = {}
    read: dict[str, str] = {}
    open_nodes: set[str] = set()
    waiting = [(name_of(_behind(view, aliases, each)), False) for each in wanted]
    while waiting:
        name, done = waiting.pop()
        if done:
            open_nodes.discard(name)
            nodes[name] = view.nodes[name]
        elif name not in nodes:
            if name in open_nodes:
                raise GraphCycleError(name)
            node = _allowed(view, name)
            open_nodes.add(name)
            waiting.append((name, True))
            for tensor in node.inputs:
                resolved = _behind(view, aliases, tensor)
                inner = name_of(resolved)
                if resolved in given:
                    continue
                if weights.file_name(inner) is not None:
                    read.setdefault(inner, f"weight_{len(read)}")
                else:
                    waiting.append((inner, False))
    require_small(nodes.values())
    names = {name: f"node_{k}" for k, name in enumerate(nodes)}
    return Cut(tuple(nodes.values()), names, given, read, aliases, view)


def _behind(view: GraphView, aliases: Mapping[Tensor, Tensor], tensor: Tensor) -> Tensor:
    resolved = view.resolve(tensor)
    for _ in aliases:
        if resolved not in aliases:
            break
        resolved = view.resolve(aliases[resolved])
    return resolved


def _allowed(view: GraphView, name: str) -> Node:
    node = view.nodes.get(name)
    if node is None:
        raise GraphBrokenError(name, "it is read and does not exist")
    if node.op in KEPT_OUT:
        raise OracleImpossibleError(name, f"a step {KEPT_OUT[node.op]} {name!r}")
    require_safe(node, view)
    return node


def graph_of(piece: Cut, dtype: DType) -> GraphDef:
    """Return the small graph, all its floating types in `dtype`."""
    tf = tensorflow()
    small = tf.compat.v1.GraphDef()
    small.versions.CopyFrom(piece.view.versions)
    number = tf.dtypes.as_dtype(dtype).as_datatype_enum
    for placeholder in dict.fromkeys((*piece.given.values(), *piece.weights.values())):
        node = small.node.add(name=placeholder, op="Placeholder")
        node.attr["dtype"].type = tf.int64.as_datatype_enum if placeholder == "steps" else number
        node.attr["shape"].shape.unknown_rank = True
    for each in piece.nodes:
        node = small.node.add(name=piece.names[each.name], op=each.op)
        node.input.extend(piece.name(tensor) for tensor in each.inputs)
        for key, value in each.attr.items():
            if not key.startswith("_"):
                node.attr[key].CopyFrom(value)
        _retype(node, each, dtype)
    return small


def _retype(node: Any, original: Node, dtype: DType) -> None:  # noqa: ANN401  TensorFlow ships no types
    """Change every floating type that a node names, and the numbers of a floating constant."""
    tf = tensorflow()
    floats = {tf.dtypes.as_dtype(name).as_datatype_enum for name in FLOATING}
    number = tf.dtypes.as_dtype(dtype).as_datatype_enum
    for value in node.attr.values():
        if value.type in floats:
            value.type = number
        for k, each in enumerate(value.list.type) if value.HasField("list") else ():
            if each in floats:
                value.list.type[k] = number
    if node.op == "Const" and attribute(original, "value").tensor.dtype in floats:
        numbers = constant_of(original.definition).astype(dtype)
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(numbers, dtype=dtype, shape=numbers.shape))
