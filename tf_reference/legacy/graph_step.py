"""One step of a cell as a graph computes it: where it begins and ends, and what its operations say of the options."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tf_reference.legacy.found import Fact, Option
from tf_reference.legacy.graph_nodes import Node, Tensor
from tf_reference.legacy.graph_terms import ADDS, Dropout, Terms
from tf_reference.legacy.graph_variables import attribute


@dataclass(frozen=True, kw_only=True)
class Step:
    """A recognised step: x and the state go in, the new state comes out; `c` is "" for cells without one.

    `whole` steps are kernels that run the whole sequence: x (T, B, D) goes in, all h (T, B, H) come out.
    """

    cell: int  # the cell's place among those given
    anchor: str  # the node that multiplies with the kernel
    x: Tensor
    h: Tensor
    new_h: Tensor
    c: Tensor = ""
    new_c: Tensor = ""
    facts: tuple[Fact, ...] = ()
    dropouts: tuple[Dropout, ...] = ()  # inside the step
    whole: bool = False


@dataclass(frozen=True)
class Linear:
    """args kernel + bias: the node that multiplies, what goes in, and what comes out."""

    anchor: str
    args: Tensor
    value: Tensor


def linears(terms: Terms, kernel: str, bias: str) -> Iterator[Linear]:
    """Give every use of a kernel in a step; gradients multiply with its transpose and are none."""
    for node in terms.weights.readers(terms.cell, kernel):
        if is_forward(terms, node, kernel):
            yield Linear(node.name, terms.view.resolve(node.inputs[0]), with_bias(terms, f"{node.name}:0", bias))


def is_forward(terms: Terms, node: Node, kernel: str) -> bool:
    """Return if a node multiplies something with the kernel as it is."""
    if node.op != "MatMul" or attribute(node, "transpose_a").b or attribute(node, "transpose_b").b:
        return False
    return len(node.inputs) == 2 and terms.part(node.inputs[1]) == kernel  # noqa: PLR2004  a product


def with_bias(terms: Terms, product: Tensor, bias: str) -> Tensor:
    """Return the sum of a product and the cell's bias, where there is one; the product else."""
    for reader in terms.view.readers(product):
        if reader.op in ADDS and any(terms.part(each) == bias for each in reader.inputs):
            return f"{reader.name}:0"
    return product


def read(option: str, value: Option, evidence: str) -> Fact:
    """Return what the graph says of an option."""
    return Fact(option=option, value=_as_written(value), read_from="graph", evidence=evidence)


def _as_written(value: Option) -> Option:
    """Return a number of float32 as its shortest text: 0.3, not 0.30000001192092896, which is the same in float32."""
    if not isinstance(value, float) or not math.isfinite(value) or float(np.float32(value)) != value:
        return value
    return float(str(np.float32(value)))
