"""A graph to be asked: who makes a tensor, who reads it, what it is behind operations that hand it on, its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rnn_parity.structure import Array
from tf_reference.legacy.graph_errors import ConstantUnreadableError, GraphTooLargeError
from tf_reference.legacy.graph_nodes import LOOP_VARIABLE, Node, Tensor, nodes_of
from tf_reference.legacy.graph_variables import GraphDef, constant_of

HANDS_ON = (  # the first input comes out as it is
    "Identity", "RefIdentity", "Enter", "RefEnter", "Switch", "RefSwitch", "ReadVariableOp", "StopGradient",
    "PreventGradient", "Snapshot", "EnsureShape", "CheckNumerics",
)  # fmt: skip
HANDS_ON_EACH = ("IdentityN", "Outputs")  # output k is input k
MERGES = ("Merge", "RefMerge")
TO_NEXT = ("NextIteration", "RefNextIteration")
SMALL = 4096  # bytes: larger constants are weights, not options
FOLDED: dict[str, Callable[[float, float], float]] = {
    "Add": lambda a, b: a + b, "AddV2": lambda a, b: a + b, "Sub": lambda a, b: a - b, "Mul": lambda a, b: a * b,
    "Div": lambda a, b: a / b, "RealDiv": lambda a, b: a / b,
}  # fmt: skip


class GraphView:
    """The nodes of a graph by name, and what follows from them."""

    def __init__(self, graph_def: GraphDef) -> None:
        self.nodes = nodes_of(graph_def)
        self.versions = graph_def.versions  # which of an operation's behaviours was meant
        self._readers: dict[Tensor, list[Node]] = {}
        for node in self.nodes.values():
            for tensor in node.inputs:
                self._readers.setdefault(tensor, []).append(node)

    def node(self, tensor: Tensor) -> Node:
        """Return what makes the tensor; a node of the op "" where the graph has none."""
        name = tensor.rpartition(":")[0]
        return self.nodes.get(name) or Node(name, "")

    def op(self, tensor: Tensor) -> str:
        """Return the operation that makes what the tensor is."""
        return self.node(self.resolve(tensor)).op

    def resolve(self, tensor: Tensor) -> Tensor:
        """Return the tensor that comes out here after operations that hand it on, loops' constants among them."""
        seen = set()
        while tensor not in seen:
            seen.add(tensor)
            tensor = self._behind(tensor) or tensor
        return tensor

    def _behind(self, tensor: Tensor) -> Tensor | None:
        node = self.node(tensor)
        if node.op in HANDS_ON and node.inputs:
            return node.inputs[0]
        if node.op in HANDS_ON_EACH:
            output = number_of(tensor)
            return node.inputs[output] if output < len(node.inputs) else None
        if node.op == LOOP_VARIABLE and self._returns_itself(node):
            return node.inputs[0]
        return None

    def _returns_itself(self, node: Node) -> bool:
        """Return if the loop's body hands this variable on as it got it."""
        tensor, own, seen = node.inputs[1], f"{node.name}:0", set()
        while tensor != own and tensor not in seen:
            seen.add(tensor)
            behind = self.node(tensor)
            if behind.op not in HANDS_ON or not behind.inputs:
                return False
            tensor = behind.inputs[0]
        return tensor == own

    def inputs(self, tensor: Tensor) -> tuple[Tensor, ...]:
        """Return what the operation that makes the tensor reads, each behind what hands it on."""
        return tuple(self.resolve(each) for each in self.node(self.resolve(tensor)).inputs)

    def readers(self, tensor: Tensor) -> Iterator[Node]:
        """Give the nodes that read the tensor, also behind operations that hand it on."""
        waiting, seen = [tensor], {tensor}
        while waiting:
            given = waiting.pop()
            for node in self._readers.get(given, ()):
                behind = self._handed_on(node, given)
                if not behind:
                    yield node
                waiting += [each for each in behind if each not in seen]
                seen.update(behind)

    def _handed_on(self, node: Node, tensor: Tensor) -> list[Tensor]:
        """Return the node's outputs that are the tensor it reads."""
        if node.op in HANDS_ON_EACH:
            return [f"{node.name}:{k}" for k, given in enumerate(node.inputs) if given == tensor]
        if node.op == LOOP_VARIABLE:
            return [f"{node.name}:0"] if node.inputs[0] == tensor and self._returns_itself(node) else []
        outputs = 2 if node.op in ("Switch", "RefSwitch") else 1
        return [f"{node.name}:{k}" for k in range(outputs)] if node.op in HANDS_ON and node.inputs[0] == tensor else []

    def constant(self, tensor: Tensor) -> Array | None:
        """Return the numbers of a small constant; None for everything else."""
        node = self.node(self.resolve(tensor))
        if node.op != "Const" or node.definition is None or node.definition.ByteSize() > SMALL:
            return None
        try:
            array = constant_of(node.definition)
        except (ConstantUnreadableError, GraphTooLargeError):
            return None
        return array if array.nbytes <= SMALL else None

    def number(self, tensor: Tensor, depth: int = 6) -> float | None:
        """Return the number that a tensor is, where constants and arithmetic of them alone say it; None otherwise."""
        array = self.constant(tensor)
        if array is not None:
            return float(array.reshape(-1)[0]) if array.size == 1 and array.dtype.kind in "fiu" else None
        node = self.node(self.resolve(tensor))
        if depth == 0 or not (node.op in FOLDED or node.op in ("Inv", "Reciprocal", "Cast")):
            return None
        numbers = [self.number(each, depth - 1) for each in node.inputs]
        return _computed(node.op, [each for each in numbers if each is not None]) if None not in numbers else None

    def is_loop_variable(self, tensor: Tensor) -> bool:
        """Return if a tensor is what one step of a loop takes over from the step before."""
        node = self.node(tensor)
        if node.op == LOOP_VARIABLE:
            return not self._returns_itself(node)
        return node.op in MERGES and any(self.node(each).op in TO_NEXT for each in node.inputs)

    def next_value(self, tensor: Tensor) -> Tensor | None:
        """Return what a loop's variable becomes in the next step; None for what is no loop's variable."""
        if not self.is_loop_variable(tensor):
            return None
        node = self.node(tensor)
        if node.op == LOOP_VARIABLE:
            return self.resolve(node.inputs[1])
        after = next(each for each in node.inputs if self.node(each).op in TO_NEXT)
        return self.resolve(self.node(after).inputs[0])

    def ahead(self, tensors: Iterable[Tensor], through: Sequence[str], limit: int = 400) -> Iterator[Node]:
        """Give the nodes that follow from the tensors, nearest first, going on behind those of the ops `through`."""
        waiting, seen = list(tensors), set[str]()
        while waiting and len(seen) < limit:
            for node in self.readers(waiting.pop(0)):
                if node.name in seen:
                    continue
                seen.add(node.name)
                yield node
                if node.op in through:
                    waiting.append(f"{node.name}:0")


def number_of(tensor: Tensor) -> int:
    """Return which output of its node a tensor is."""
    number = tensor.rpartition(":")[2]
    return int(number) if number.isdecimal() else 0


def name_of(tensor: Tensor) -> str:
    """Return the node of a tensor."""
    return tensor.rpartition(":")[0]


def _computed(op: str, numbers: list[float]) -> float | None:
    try:
        if op in FOLDED and len(numbers) == 2:  # noqa: PLR2004  each takes two
            return FOLDED[op](*numbers)
        if op == "Cast":
            return numbers[0]
        return 1 / numbers[0]
    except (ZeroDivisionError, IndexError, OverflowError):
        return None
