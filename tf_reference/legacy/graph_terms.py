"""Formulas in a graph: sums, products, clips, norms, dropout and gates, each read from its own operations.

Every function returns None where the operations are not exactly those it knows: what is not known is not guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from tf_reference.legacy.graph_nodes import Tensor
from tf_reference.legacy.graph_variables import attribute
from tf_reference.legacy.graph_view import GraphView, number_of
from tf_reference.legacy.graph_weights import JOINS, Weights

ADDS = ("Add", "AddV2", "BiasAdd", "BiasAddV1")
QUOTIENTS = ("Div", "RealDiv")
CLIPS = ("ClipByValue", "Minimum", "Maximum")
ACTIVATIONS = {  # op -> the name that TensorFlow's `activation` takes
    "Tanh": "tanh", "Sigmoid": "sigmoid", "Relu": "relu", "Relu6": "relu6", "Elu": "elu", "Selu": "selu",
    "Softplus": "softplus", "Softsign": "softsign", "Softmax": "softmax",
}  # fmt: skip
NORMS = (  # what normalising over the units is made of
    "Mean", "SquaredDifference", "Squeeze", "Rsqrt", "Mul", "Sub", "Add", "AddV2", "Reshape", "ExpandDims",
    "Square", "Neg", "Sqrt", "RealDiv", "Div", "Reciprocal", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3",
)  # fmt: skip
MASKS = ("Floor", "Cast", "GreaterEqual")
DROPS = ("Mul", "Select", "SelectV2")  # what ends a dropout
LARGEST_TERM = 64  # nodes of one norm or mask


@dataclass(frozen=True)
class Clip:
    """A tensor held between -limit and limit."""

    value: Tensor
    limit: float
    evidence: str


@dataclass(frozen=True)
class Norm:
    """A tensor normalised over the units, scaled by scope/gamma, moved by scope/beta."""

    value: Tensor
    scope: str
    epsilon: float | None
    evidence: str


@dataclass(frozen=True)
class Dropout:
    """A tensor with some of its numbers dropped; `keep_prob` is None where it is fed."""

    output: Tensor
    value: Tensor
    keep_prob: float | None
    evidence: str


@dataclass(frozen=True)
class Gate:
    """A block of the kernel on its way to where it multiplies: squash(block + bias + peephole * c)."""

    split: str  # the node that cuts the blocks apart
    index: int  # which block
    squash: str = "linear"
    node: str = ""  # the squashing operation
    bias: float = 0.0
    bias_from: str = ""
    peephole: str = ""  # the part of the cell that multiplies c
    peephole_of: Tensor = ""  # that c
    norm: Norm | None = None
    dropout: Dropout | None = None


class Terms:
    """The formulas of one cell's operations."""

    def __init__(self, view: GraphView, weights: Weights, cell: int) -> None:
        self.view, self.weights, self.cell = view, weights, cell

    def part(self, tensor: Tensor) -> str | None:
        """Return which part of this cell's a tensor is."""
        found = self.weights.weight(tensor)
        return found.part if found is not None and found.cell == self.cell else None

    def pair(self, tensor: Tensor, *ops: str) -> tuple[Tensor, Tensor] | None:
        """Return the two inputs of a tensor that one of these ops makes."""
        if self.view.op(tensor) not in ops:
            return None
        inputs = self.view.inputs(tensor)
        return (inputs[0], inputs[1]) if len(inputs) == 2 else None  # noqa: PLR2004  a pair

    def product(self, tensor: Tensor) -> tuple[Tensor, Tensor] | None:
        """Return the factors."""
        return self.pair(tensor, "Mul")

    def total(self, tensor: Tensor) -> tuple[Tensor, Tensor] | None:
        """Return the summands."""
        return self.pair(tensor, *ADDS)

    def joined(self, tensor: Tensor) -> tuple[Tensor, ...] | None:
        """Return what is joined side by side."""
        node = self.view.node(self.view.resolve(tensor))
        if node.op not in JOINS or not node.inputs:
            return None
        axis = self.view.number(node.inputs[0] if node.op == "Concat" else node.inputs[-1])
        return tuple(map(self.view.resolve, node.inputs[JOINS[node.op]])) if axis in (1, -1) else None

    def clip(self, tensor: Tensor) -> Clip | None:
        """Return the clip that a tensor is the end of, its bounds constants of one size."""
        resolved = self.view.resolve(tensor)
        if self.view.op(resolved) == "ClipByValue" and len(inputs := self.view.inputs(resolved)) == 3:  # noqa: PLR2004
            return self._clip(resolved, inputs[0], self.view.number(inputs[1]), self.view.number(inputs[2]))
        for outer, inner in (("Maximum", "Minimum"), ("Minimum", "Maximum")):
            found = self._bound(resolved, outer)
            below = found and self._bound(found[0], inner)
            if found and below:
                return self._clip(resolved, below[0], *sorted((found[1], below[1])))
        return None

    def _bound(self, tensor: Tensor, op: str) -> tuple[Tensor, float] | None:
        for value, number in both_ways(self.pair(tensor, op)):
            limit = self.view.number(number)
            if limit is not None:
                return value, limit
        return None

    def _clip(self, end: Tensor, value: Tensor, low: float | None, high: float | None) -> Clip | None:
        if low is None or high is None or low != -high or high < 0:
            return None
        return Clip(value, high, self.view.node(end).name)

    def norm(self, tensor: Tensor, stops: frozenset[Tensor]) -> Norm | None:
        """Return the normalising that a tensor is the end of; a tensor of `stops` is what is normalised."""
        end = self.view.resolve(tensor)
        leaves = self._cone(end, NORMS, stops)
        if leaves is None or end in stops:
            return None
        parts = {part for leaf in leaves if (part := self.part(leaf)) is not None}
        others = {leaf for leaf in leaves if self.part(leaf) is None and self.view.op(leaf) != "Const"}
        scopes = {part.rpartition("/")[0] for part in parts}
        scope = min(scopes, default="")
        if len(others) != 1 or parts != {f"{scope}/gamma", f"{scope}/beta"}:
            return None
        return Norm(others.pop(), scope, self._epsilon(end, stops), self.view.node(end).name)

    def _epsilon(self, end: Tensor, stops: frozenset[Tensor]) -> float | None:
        for tensor in self._inside(end, NORMS, stops):
            if self.view.op(tensor).startswith("FusedBatchNorm"):
                return float(attribute(self.view.node(tensor), "epsilon").f)
            if self.view.op(tensor) == "Rsqrt":
                numbers = map(self.view.number, self.total(self.view.inputs(tensor)[0]) or ())
                return next((number for number in numbers if number is not None), None)
        return None

    def _inside(self, end: Tensor, through: tuple[str, ...], stops: frozenset[Tensor]) -> list[Tensor]:
        """Return the tensors that `end` is computed from by these ops alone, itself first; leaves are among them."""
        waiting, seen = [end], [end]
        while waiting and len(seen) <= LARGEST_TERM:
            tensor = waiting.pop()
            if self.view.op(tensor) not in through or tensor in stops:
                continue
            new = [each for each in dict.fromkeys(self.view.inputs(tensor)) if each not in seen]
            waiting += new
            seen += new
        return seen

    def _cone(self, end: Tensor, through: tuple[str, ...], stops: frozenset[Tensor]) -> list[Tensor] | None:
        inside = self._inside(end, through, stops)
        if len(inside) > LARGEST_TERM:
            return None
        return [each for each in inside if self.view.op(each) not in through or each in stops]

    def dropout(self, tensor: Tensor) -> Dropout | None:
        """Return the dropout that a tensor is the end of: a value, made larger, times a mask of random numbers."""
        end = self.view.resolve(tensor)
        for scaled, mask in (*both_ways(self.product(end)), *self._chosen(end)):
            if self.view.op(mask) not in MASKS or not self._is_random(mask):
                continue
            for value, keep in self._scalings(scaled):
                return Dropout(end, value, keep, self.view.node(end).name)
        return None

    def _chosen(self, tensor: Tensor) -> tuple[tuple[Tensor, Tensor], ...]:
        """Return a value and the mask that chooses between it and 0."""
        inputs = self.view.inputs(tensor) if self.view.op(tensor) in ("Select", "SelectV2") else ()
        return ((inputs[1], inputs[0]),) if len(inputs) == 3 and self.view.number(inputs[2]) == 0 else ()  # noqa: PLR2004

    def _scalings(self, scaled: Tensor) -> list[tuple[Tensor, float | None]]:
        quotient = self.pair(scaled, *QUOTIENTS)
        if quotient is not None:
            return [(quotient[0], self.view.number(quotient[1]))]
        for value, factor in both_ways(self.product(scaled)):
            number = self.view.number(factor)
            if number is not None and number >= 1:
                return [(value, round(1 / number, 6))]  # 1 / 0.7 is kept in float32
            if self.view.op(factor) in (*QUOTIENTS, "Inv", "Reciprocal"):
                return [(value, None)]
        return []

    def _is_random(self, mask: Tensor) -> bool:
        through = ("Floor", "Cast", "GreaterEqual", "Add", "AddV2", "Mul", "Sub")
        return any("RandomUniform" in self.view.op(each) for each in self._inside(mask, through, frozenset()))

    def gate(self, tensor: Tensor) -> Gate | None:
        """Return the gate that a tensor is, squashed or not."""
        resolved = self.view.resolve(tensor)
        dropped = self.dropout(resolved)
        if dropped is not None:
            inner = self._squashed(self.view.resolve(dropped.value))
            return replace(inner, dropout=dropped) if inner is not None else None
        return self._squashed(resolved)

    def _squashed(self, resolved: Tensor) -> Gate | None:
        op = self.view.op(resolved)
        if op not in ACTIVATIONS:
            return self._block(resolved)
        inner = self._block(self.view.inputs(resolved)[0])
        return replace(inner, squash=ACTIVATIONS[op], node=self.view.node(resolved).name) if inner is not None else None

    def _block(self, tensor: Tensor, depth: int = 4) -> Gate | None:
        """Return the gate before its squashing: a block of the kernel, what is added, what normalises it."""
        resolved = self.view.resolve(tensor)
        if self.view.op(resolved) in ("Split", "SplitV"):
            return Gate(self.view.node(resolved).name, number_of(resolved))
        for first, second in both_ways(self.total(resolved)) if depth else ():
            add = self._added(second)
            gate = self._block(first, depth - 1) if add is not None else None
            if gate is not None and add is not None:
                return add(gate, self.view.node(resolved).name)
        norm = self.norm(resolved, frozenset())
        gate = self._block(norm.value, 0) if norm is not None else None
        return replace(gate, norm=norm) if gate is not None else None

    def _added(self, tensor: Tensor) -> Callable[[Gate, str], Gate | None] | None:
        """Return how a gate is noted that this is added to: a number or a peephole; None for anything else."""
        number = self.view.number(tensor)
        if number is not None:
            return partial(_with_bias, number)
        for first, c in both_ways(self.product(tensor)):
            part = self.part(first) or ""
            if part.endswith("_diag"):
                return partial(_with_peephole, part, c)
        return None


def _with_bias(number: float, gate: Gate, node: str) -> Gate | None:
    return None if gate.bias_from else replace(gate, bias=number, bias_from=node)


def _with_peephole(part: str, c: Tensor, gate: Gate, _node: str) -> Gate | None:
    return None if gate.peephole else replace(gate, peephole=part, peephole_of=c)


def both_ways(pair: tuple[Tensor, Tensor] | None) -> tuple[tuple[Tensor, Tensor], ...]:
    """Return a pair and the same turned around; nothing for None."""
    return () if pair is None else (pair, pair[::-1])
