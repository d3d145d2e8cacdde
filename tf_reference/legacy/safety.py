"""Whether a step of a graph may be executed: its operations only compute, and it is no larger than a step is."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from tf_reference.legacy.graph_errors import GraphTooLargeError, GraphUnsafeError
from tf_reference.legacy.graph_nodes import Node
from tf_reference.legacy.graph_operations import COMPUTES
from tf_reference.legacy.graph_variables import require_size
from tf_reference.legacy.graph_view import GraphView

WITHOUT_FLOAT64 = frozenset(("BlockLSTM", "BlockLSTMV2", "GRUBlockCell", "LSTMBlockCell"))
LARGEST_NUMBER = 8  # bytes
LARGEST_STEP = 20_000  # nodes; a stack of a hundred layers has some 3,000
LARGEST_CONSTANTS = 2**28  # bytes, in one step


def require_safe(node: Node, view: GraphView) -> None:
    """Return if a node only computes; its name and operation are refused otherwise.

    Raises:
        GraphUnsafeError: its operation is none of COMPUTES, or makes a tensor of a size that no constant says.
        GraphTooLargeError: it makes a tensor larger than a step may hold.
    """
    if node.op not in COMPUTES:
        raise GraphUnsafeError(node.name, node.op)
    if node.op == "Fill":
        sizes = view.constant(node.inputs[0])
        if sizes is None:
            raise GraphUnsafeError(node.name, "Fill of a size that is computed")
        _require_bytes(f"bytes of {node.name!r}", LARGEST_NUMBER * prod(int(size) for size in sizes.reshape(-1)))


def require_small(nodes: Iterable[Node]) -> None:
    """Return if a step's nodes and the bytes of its constants are as few as a step's are.

    Raises:
        GraphTooLargeError: they are not.
    """
    found = list(nodes)
    if len(found) > LARGEST_STEP:
        raise GraphTooLargeError("nodes of one step", len(found), LARGEST_STEP)
    constants = [node for node in found if node.op == "Const"]
    _require_bytes("bytes of the constants of one step", sum(require_size(node) for node in constants))


def _require_bytes(what: str, size: int) -> None:
    if size > LARGEST_CONSTANTS:
        raise GraphTooLargeError(what, size, LARGEST_CONSTANTS)
