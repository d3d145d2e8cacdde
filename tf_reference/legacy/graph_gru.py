r"""One step of a GRU and of a basic RNN, read from a graph's operations.

r, u = Split(sigmoid([x h] kernel + bias))       in 0.x the Split stands first
c    = tanh([x (r * h)] kernel + bias)           the block beside h here is r
h'   = u * h + (1 - u) * c                       the other one is u

cuDNN's:   c = tanh(x input_projection + r * (h hidden_projection))         the reset gate after the product
basic RNN: h' = tanh([x h] kernel + bias)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tf_reference.legacy.graph_nodes import Tensor
from tf_reference.legacy.graph_step import Linear, Step, linears, read, with_bias
from tf_reference.legacy.graph_terms import ACTIVATIONS, Terms, both_ways
from tf_reference.legacy.graph_variables import attribute
from tf_reference.legacy.graph_view import number_of

BLOCKS = 2
X_AND_H = 2


@dataclass(frozen=True)
class _Candidate:
    x: Tensor
    h: Tensor
    r: int  # the block that resets
    c: Tensor
    squash: str
    node: str
    reset_after: bool


def gru_steps(terms: Terms) -> Iterator[Step]:
    """Give the steps of a GRU's cell that are recognised from end to end."""
    for linear in linears(terms, "gates/kernel", "gates/bias"):
        args = terms.joined(linear.args)
        split = _split(terms, linear)
        if args is None or len(args) != X_AND_H or split is None:
            continue
        for candidate in (*_candidates(terms, split), *_candidates_reset_after(terms, split)):
            new_h = _updated(terms, split, candidate)
            if new_h is not None and (candidate.x, candidate.h) == args:
                yield _step(terms, linear, split, candidate, new_h)


def _split(terms: Terms, linear: Linear) -> str | None:
    """Return the node that cuts r and u apart, before or after their sigmoid."""
    for node in terms.view.ahead([linear.value], ("Sigmoid",), limit=20):
        if node.op in ("Split", "SplitV") and attribute(node, "num_split").i == BLOCKS:
            return node.name
    return None


def _gate(terms: Terms, split: str, tensor: Tensor) -> int | None:
    """Return which of r and u, squashed, a tensor is: the block's number."""
    resolved = terms.view.resolve(tensor)
    node = terms.view.node(resolved)
    if node.name == split:
        value = node.inputs[1] if node.op == "Split" else node.inputs[0]
        return number_of(resolved) if terms.view.op(value) == "Sigmoid" else None
    if node.op == "Sigmoid":
        block = terms.view.inputs(resolved)[0]
        inner = terms.view.node(block)
        value = inner.inputs[1 if inner.op == "Split" else 0] if inner.name == split else ""
        return number_of(block) if value and terms.view.op(value) != "Sigmoid" else None
    return None


def _candidates(terms: Terms, split: str) -> Iterator[_Candidate]:
    for linear in linears(terms, "candidate/kernel", "candidate/bias"):
        args = terms.joined(linear.args)
        if args is None or len(args) != X_AND_H:
            continue
        for factor, h in both_ways(terms.product(args[1])):
            r = _gate(terms, split, factor)
            for c, squash, node in _squashed(terms, linear.value) if r is not None else ():
                yield _Candidate(args[0], h, r or 0, c, squash, node, reset_after=False)


def _candidates_reset_after(terms: Terms, split: str) -> Iterator[_Candidate]:
    hidden = {
        terms.view.resolve(linear.value): linear.args
        for linear in linears(terms, "candidate/hidden_projection/kernel", "candidate/hidden_projection/bias")
    }
    for linear in linears(terms, "candidate/input_projection/kernel", "candidate/input_projection/bias"):
        for node in terms.view.readers(linear.value):
            for mine, other in both_ways(terms.total(f"{node.name}:0")):
                for factor, projected in both_ways(terms.product(other)) if mine == linear.value else ():
                    r = _gate(terms, split, factor)
                    if r is None or projected not in hidden:
                        continue
                    for c, squash, squasher in _squashed(terms, f"{node.name}:0"):
                        yield _Candidate(linear.args, hidden[projected], r, c, squash, squasher, reset_after=True)


def _squashed(terms: Terms, value: Tensor) -> Iterator[tuple[Tensor, str, str]]:
    """Give the candidate, its activation and the node of it."""
    for node in terms.view.readers(value):
        if node.op in ACTIVATIONS:
            yield f"{node.name}:0", ACTIVATIONS[node.op], node.name
    yield value, "linear", terms.view.node(value).name


def _updated(terms: Terms, split: str, candidate: _Candidate) -> Tensor | None:
    """Return u * h + (1 - u) * c."""
    u = 1 - candidate.r
    for renewed in terms.view.readers(candidate.c):
        for kept_away, c in both_ways(terms.product(f"{renewed.name}:0")):
            if c != candidate.c or not _is_one_minus(terms, split, kept_away, u):
                continue
            for node in terms.view.readers(f"{renewed.name}:0"):
                for kept, other in both_ways(terms.total(f"{node.name}:0")):
                    if other == f"{renewed.name}:0" and _keeps(terms, split, kept, (u, candidate.h)):
                        return f"{node.name}:0"
    return None


def _is_one_minus(terms: Terms, split: str, tensor: Tensor, u: int) -> bool:
    pair = terms.pair(tensor, "Sub")
    return pair is not None and terms.view.number(pair[0]) == 1 and _gate(terms, split, pair[1]) == u


def _keeps(terms: Terms, split: str, tensor: Tensor, wanted: tuple[int, Tensor]) -> bool:
    return any((_gate(terms, split, factor), h) == wanted for factor, h in both_ways(terms.product(tensor)))


def _step(terms: Terms, linear: Linear, split: str, candidate: _Candidate, new_h: Tensor) -> Step:
    order = ("r,u", "u,r")[candidate.r]
    return Step(
        cell=terms.cell,
        anchor=linear.anchor,
        x=candidate.x,
        h=candidate.h,
        new_h=new_h,
        facts=(
            read("gate_order", order, split),
            read("activation", candidate.squash, candidate.node),
            read("reset_after", candidate.reset_after, candidate.node),
        ),
    )


def basic_steps(terms: Terms) -> Iterator[Step]:
    """Give the steps of a basic RNN's cell."""
    for linear in linears(terms, "kernel", "bias"):
        args = terms.joined(linear.args)
        if args is None or len(args) != X_AND_H:
            continue
        squashed = list(_squashed(terms, linear.value))
        if len(squashed) == 2 and with_bias(terms, f"{linear.anchor}:0", "bias") == linear.value:  # noqa: PLR2004
            new_h, squash, node = squashed[0]
            yield Step(
                cell=terms.cell, anchor=linear.anchor, x=args[0], h=args[1], new_h=new_h,
                facts=(read("activation", squash, node),),
            )  # fmt: skip
