"""Which operations of a graph may be executed: those that compute their outputs of their inputs, and nothing else.

The list names what is allowed. All others are refused without a look at what they do: those that read or write files,
call Python, load libraries, keep queues and variables, print, call functions, and those that nobody here knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from tf_reference.legacy.graph_errors import GraphTooLargeError, GraphUnsafeError
from tf_reference.legacy.graph_nodes import Node
from tf_reference.legacy.graph_variables import require_size
from tf_reference.legacy.graph_view import GraphView

COMPUTES = frozenset((
    # element by element
    "Abs", "Add", "AddN", "AddV2", "Cast", "ClipByValue", "Div", "DivNoNan", "Elu", "Exp", "Floor", "Inv", "LeakyRelu",
    "Log", "Log1p", "Maximum", "Minimum", "Mul", "Neg", "Pow", "RealDiv", "Reciprocal", "Relu", "Relu6", "Round",
    "Rsqrt", "Selu", "Sigmoid", "Sign", "Softplus", "Softsign", "Sqrt", "Square", "SquaredDifference", "Sub", "Tanh",
    # comparisons and choices
    "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalNot", "LogicalOr", "NotEqual",
    "Select", "SelectV2",
    # products, sums, norms
    "BatchMatMul", "BatchMatMulV2", "BiasAdd", "BiasAddV1", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3",
    "LogSoftmax", "MatMul", "Max", "Mean", "Min", "Prod", "Softmax", "Sum",
    # shapes and parts
    "Concat", "ConcatV2", "ExpandDims", "Identity", "Pack", "Rank", "Reshape", "Shape", "Size", "Slice", "Split",
    "SplitV", "Squeeze", "StridedSlice", "Transpose", "Unpack", "ZerosLike", "OnesLike",
    # constants
    "Const", "Fill",
    # whole cells
    "BlockLSTM", "BlockLSTMV2", "GRUBlockCell", "LSTMBlockCell",
))  # fmt: skip
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
