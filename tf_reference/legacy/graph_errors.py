"""What can be wrong with a graph of TensorFlow 1's, one class a situation. Nothing of a refused graph was executed."""

from __future__ import annotations

from rnn_parity.errors import RnnParityError


class GraphError(RnnParityError):
    """Parent of what is wrong with a graph."""


class GraphBrokenError(GraphError):
    """The graph contradicts itself: a node reads what does not exist, or two have one name. Take another file."""

    def __init__(self, node: str, problem: str) -> None:
        super().__init__(f"node {node!r} of the graph: {problem}. The file is damaged or was cut; take another one.")
        self.node, self.problem = node, problem


class GraphCycleError(GraphError):
    """Nodes read each other in a circle that is no loop of TensorFlow's, so no order can compute them."""

    def __init__(self, node: str) -> None:
        super().__init__(
            f"node {node!r} of the graph: got a circle through its own inputs, should be computed from others. "
            "It is not executed."
        )
        self.node = node


class GraphUnsafeError(GraphError):
    """What would be executed has an operation that may do more than compute; nothing is executed."""

    def __init__(self, node: str, op: str) -> None:
        super().__init__(
            f"node {node!r} of the graph: its operation is {op}, should be one that only computes "
            "(tf_reference.legacy.graph_operations.COMPUTES). Nothing of the graph was executed; "
            "go on without the graph if you trust the rest of the file."
        )
        self.node, self.op = node, op


class GraphTooLargeError(GraphError):
    """What would be read or executed is larger than any step of a cell."""

    def __init__(self, what: str, got: int, limit: int) -> None:
        super().__init__(f"{what}: got {got}, should be at most {limit}. Nothing of the graph was executed.")
        self.what, self.got, self.limit = what, got, limit


class ConstantUnreadableError(GraphError):
    """A node that should hold numbers does not."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"node {name!r} of the graph: {reason}, should be a constant. Name one that is.")
        self.name, self.reason = name, reason


class OracleImpossibleError(GraphError):
    """The graph's own operations cannot be run as this cell: its step was not recognised, or is no step."""

    def __init__(self, scope: str, reason: str) -> None:
        super().__init__(f"the graph of {scope!r} cannot be run as an oracle: {reason}. Rebuild the cell instead.")
        self.scope, self.reason = scope, reason
