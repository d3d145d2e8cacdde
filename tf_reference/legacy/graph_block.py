"""One step, or one whole run, of a kernel that computes all of a cell: its options are attributes of the node.

An attribute that a graph leaves out has the default that the operation had, then as today: LSTMBlockCell, BlockLSTM
and the LSTMFusedCell of 0.10 clip c at 3 unless told otherwise, BlockLSTMV2 does not clip.
Source: tensorflow/core/ops/rnn_ops.cc; tensorflow/contrib/rnn/ops/lstm_ops.cc (0.10 to 1.13).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tf_reference.legacy.found import Fact
from tf_reference.legacy.graph_nodes import Node
from tf_reference.legacy.graph_step import Step, read
from tf_reference.legacy.graph_terms import Terms
from tf_reference.legacy.graph_variables import attribute


class Kernel(NamedTuple):
    """Where a kernel's inputs and outputs are, by number, and what its attributes default to."""

    x: int
    h: int
    weights: int  # the input that is the kernel
    new_h: int
    c: int | None = None
    new_c: int | None = None
    forget_bias: float = 1.0
    cell_clip: float = 3.0
    order: str = "i,j,f,o"
    whole: bool = False
    has_forget_bias: bool = True
    inputs: int = 8


KERNELS: Mapping[str, Kernel] = {
    "LSTMBlockCell": Kernel(x=0, c=1, h=2, weights=3, new_c=1, new_h=6),
    "LSTMFusedCell": Kernel(x=0, c=1, h=2, weights=3, new_c=1, new_h=6),
    "BlockLSTM": Kernel(x=1, c=2, h=3, weights=4, new_c=1, new_h=6, whole=True, inputs=9),
    "BlockLSTMV2": Kernel(
        x=1, c=2, h=3, weights=4, new_c=1, new_h=6, whole=True, inputs=9,
        cell_clip=0.0, forget_bias=0.0, order="i,f,j,o", has_forget_bias=False,
    ),
    "GRUBlockCell": Kernel(x=0, h=1, weights=2, new_h=3, inputs=6),
}  # fmt: skip
LSTM_KERNEL, GRU_KERNELS = "kernel", ("gates/kernel", "w_ru")


def block_steps(terms: Terms) -> Iterator[Step]:
    """Give every use of the cell's weights by a kernel."""
    for part in (LSTM_KERNEL, *GRU_KERNELS):
        for node in terms.weights.readers(terms.cell, part):
            kernel = KERNELS.get(node.op)
            if (
                kernel is not None
                and len(node.inputs) >= kernel.inputs
                and terms.part(node.inputs[kernel.weights]) == part
            ):
                yield _step(terms, node, kernel)


def _step(terms: Terms, node: Node, kernel: Kernel) -> Step:
    def resolved(number: int | None) -> str:
        return "" if number is None else terms.view.resolve(node.inputs[number])

    return Step(
        cell=terms.cell,
        anchor=node.name,
        x=resolved(kernel.x),
        h=resolved(kernel.h),
        c=resolved(kernel.c),
        new_h=f"{node.name}:{kernel.new_h}",
        new_c="" if kernel.new_c is None else f"{node.name}:{kernel.new_c}",
        facts=tuple(_gru_facts(node) if kernel.c is None else _lstm_facts(node, kernel)),
        whole=kernel.whole,
    )


def _lstm_facts(node: Node, kernel: Kernel) -> Iterator[Fact]:
    yield read("op", node.op, node.name)
    yield read("gate_order", kernel.order, f"{node.name}, by the operation {node.op}")
    yield read("activation", "tanh", f"{node.name}, by the operation {node.op}")
    if kernel.has_forget_bias:
        yield read("forget_bias", *_float(node, "forget_bias", kernel.forget_bias))
    else:
        yield read("forget_bias", 0.0, f"{node.name}, by the operation {node.op}")
    clip, evidence = _float(node, "cell_clip", kernel.cell_clip)
    yield read("cell_clip", clip if clip > 0 else None, evidence)
    yield read("use_peepholes", bool(attribute(node, "use_peephole").b), f"{node.name}, attribute use_peephole")


def _gru_facts(node: Node) -> Iterator[Fact]:
    yield read("op", node.op, node.name)
    evidence = f"{node.name}, by the operation {node.op}"
    yield read("gate_order", "r,u", evidence)
    yield read("activation", "tanh", evidence)
    yield read("reset_after", value=False, evidence=evidence)


def _float(node: Node, name: str, default: float) -> tuple[float, str]:
    """Return an attribute and where it stands; the operation's own default where the node leaves it out."""
    value: Any = attribute(node, name)
    if value.WhichOneof("value") is None:
        return default, f"{node.name}, which leaves {name} to the default of the operation {node.op}"
    return float(value.f), f"{node.name}, attribute {name}"
