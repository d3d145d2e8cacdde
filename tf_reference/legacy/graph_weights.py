"""Which tensors of a graph are a cell's weights: its variables, read, or its shards, joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tf_reference.legacy.found import FoundCell
from tf_reference.legacy.graph_nodes import Node, Tensor
from tf_reference.legacy.graph_variables import VARIABLE_OPS, attribute
from tf_reference.legacy.graph_view import GraphView, name_of

JOINS = {"Concat": slice(1, None), "ConcatV2": slice(None, -1)}  # op -> which inputs are joined; the other is the axis


class Weight(NamedTuple):
    """What a tensor is of a cell: the name is today's ("kernel", "projection/kernel")."""

    cell: int  # its place among the cells given
    part: str


class Weights:
    """The weights of these cells in a graph."""

    def __init__(self, view: GraphView, cells: Iterable[FoundCell]) -> None:
        self.view = view
        self.cells = tuple(cells)
        self._names = _node_names(view)
        self._shards: dict[str, tuple[Weight, int, int]] = {}
        for k, cell in enumerate(self.cells):
            for part, names in cell.parts.items():
                for shard, name in enumerate(names):
                    node = self._names.get(name.removesuffix(":0"))
                    if node is not None:
                        self._shards.setdefault(node, (Weight(k, part), shard, len(names)))

    def weight(self, tensor: Tensor) -> Weight | None:
        """Return which weight a tensor is; None for anything else, a single shard of several among it."""
        resolved = self.view.resolve(tensor)
        node = self.view.node(resolved)
        if node.name in self._shards:
            found, _, count = self._shards[node.name]
            return found if count == 1 else None
        return self._joined(node) if node.op in JOINS else None

    def _joined(self, node: Node) -> Weight | None:
        """Return the weight whose shards a node joins, all and in their order."""
        read = [name_of(self.view.resolve(each)) for each in node.inputs[JOINS[node.op]]]
        shards = [self._shards[name] for name in read if name in self._shards]
        if not read or len(shards) != len(read):
            return None
        found, _, count = shards[0]
        in_order = [(found, k, count) for k in range(count)]
        return found if shards == in_order else None

    def shard_axis(self, cell: int) -> int | None:
        """Return along which axis the graph joins the shards of a cell's weight; None where it joins none."""
        for part in self.cells[cell].parts:
            for name in self.cells[cell].parts[part]:
                for node in self.view.readers(f"{self._names.get(name.removesuffix(':0'), '')}:0"):
                    if node.op in JOINS and self._joined(node) is not None:
                        axis = self.view.number(node.inputs[0] if node.op == "Concat" else node.inputs[-1])
                        return None if axis is None else int(axis)
        return None

    def file_name(self, node: str) -> str | None:
        """Return the name in the file of the variable that a node is; None for other nodes."""
        if node not in self._shards:
            return None
        found, shard, _ = self._shards[node]
        return self.cells[found.cell].parts[found.part][shard]

    def readers(self, cell: int, part: str) -> list[Node]:
        """Return the nodes that read a whole weight."""
        names = [self._names.get(name.removesuffix(":0"), "") for name in self.cells[cell].parts.get(part, ())]
        found: dict[str, Node] = {}
        for name in names:
            for node in self.view.readers(f"{name}:0"):
                joined = node.op in JOINS and self._joined(node) is not None
                for reader in self.view.readers(f"{node.name}:0") if joined else (node,):
                    found.setdefault(reader.name, reader)
        return list(found.values())


def _node_names(view: GraphView) -> Mapping[str, str]:
    """Return the name of a variable -> its node: the same, but for resources that say another."""
    names = {name: name for name, node in view.nodes.items() if node.op in (*VARIABLE_OPS, "Const")}
    for name, node in view.nodes.items():
        shared = attribute(node, "shared_name").s.decode(errors="replace") if node.op == "VarHandleOp" else ""
        if shared:
            names[shared] = name
    return names
