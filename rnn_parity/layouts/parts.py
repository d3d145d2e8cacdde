"""One layer's weights by gate, in TensorFlow's letters: what every layout is cut from and joined to.

Which block of which variable is what stands in one table, `blocks_of`, that is read in both directions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.blocks import (
    block_diagonal,
    by_gate,
    full_diagonal,
    joined,
    of_block_diagonal,
    of_diagonal,
)
from rnn_parity.spec import (
    BasicRNNCell,
    BlockLSTMSpec,
    CoupledInputForgetGateLSTMCell,
    CudnnCompatibleGRUCell,
    GLSTMCell,
    GRUBlockCellV2,
    GRUCell,
    IndRNNCell,
    IndyGRUCell,
    IndyLSTMCell,
    SingleCellSpec,
)
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

LETTERS = {"ci": "j"}  # the block kernels' name of the candidate; all others are one
GRU_GATES, GRU_CANDIDATE, RNN_GATE, PROJECTION = ("r", "u"), ("c",), ("z",), ("",)


@dataclass(frozen=True)
class Parts:
    """The weights of one layer. D input depth, H units, P what is fed back: h, projected where there is a projection.

    Attributes:
        input: gate -> (D, H), what x is multiplied by.
        hidden: gate -> (P, H), what h is multiplied by.
        bias: gate -> (H,), without any forget_bias.
        hidden_bias: gate -> (H,), a second bias, added to h's product alone; {} where TensorFlow has none.
        peephole: gate -> (H,), a factor of c.
        projection: {"": (H, P)}, or {}.
    """

    input: dict[str, Array] = field(default_factory=dict)
    hidden: dict[str, Array] = field(default_factory=dict)
    bias: dict[str, Array] = field(default_factory=dict)
    hidden_bias: dict[str, Array] = field(default_factory=dict)
    peephole: dict[str, Array] = field(default_factory=dict)
    projection: dict[str, Array] = field(default_factory=dict)


class Block(NamedTuple):
    """What one variable holds: fields of `Parts`, one below the other, each of these gates from left to right.

    With `diagonal` it is the diagonals (1, H) of matrices.
    """

    variable: str
    rows: tuple[str, ...]
    gates: tuple[str, ...]
    diagonal: bool = False


def blocks_of(cell: SingleCellSpec) -> tuple[Block, ...]:  # noqa: PLR0911  one a class
    """Return what each variable of a cell holds; those of a GLSTMCell's groups are apart."""
    gates = tuple(LETTERS.get(gate, gate) for gate in cell.gate_order)
    match cell:
        case BasicRNNCell():
            return _affine("kernel", "bias", RNN_GATE)
        case IndRNNCell():
            return _diagonal("kernel_w", "kernel_u", "bias", RNN_GATE)
        case GRUCell() | GRUBlockCellV2():
            candidate = _affine("candidate/kernel", "candidate/bias", GRU_CANDIDATE)
            return (*_affine("gates/kernel", "gates/bias", GRU_GATES), *candidate)
        case IndyGRUCell():
            candidate = _diagonal("candidate/kernel", "candidate/kernel_u", "candidate/bias", GRU_CANDIDATE)
            return (*_diagonal("gates/kernel_w", "gates/kernel_u", "gates/bias", GRU_GATES), *candidate)
        case CudnnCompatibleGRUCell():
            return (
                *_affine("gates/kernel", "gates/bias", GRU_GATES),
                Block("candidate/input_projection/kernel", ("input",), GRU_CANDIDATE),
                Block("candidate/hidden_projection/kernel", ("hidden",), GRU_CANDIDATE),
                Block("candidate/input_projection/bias", ("bias",), GRU_CANDIDATE),
                Block("candidate/hidden_projection/bias", ("hidden_bias",), GRU_CANDIDATE),
            )
        case IndyLSTMCell():
            return _diagonal("kernel_w", "kernel_u", "bias", gates)
        case CoupledInputForgetGateLSTMCell():
            return (*_affine("W_0", "B", gates), *_extras("W_{}_diag", "FO", "W_P_0"))
        case GLSTMCell():
            biases = (Block(f"bias_{gate}", ("bias",), (gate,)) for gate in gates)
            return (*biases, *_extras("", "", "projection/kernel"))
        case _:
            order = "ifo" if isinstance(cell, BlockLSTMSpec) else "fio"
            return (*_affine("kernel", "bias", gates), *_extras("w_{}_diag", order, "projection/kernel"))


def split_layer(layer: Layer, own: Mapping[str, Array]) -> Parts:
    """Return the parts of a layer's own weights, each a view of them where it can be."""
    parts = Parts()
    for block in blocks_of(layer.cell):
        if block.variable in own:
            rows = _rows(own[block.variable], block, layer)
            for kind, array in zip(block.rows, rows, strict=True):
                gates = by_gate(array, block.gates)
                if block.diagonal:
                    gates = {gate: full_diagonal(row[0]) for gate, row in gates.items()}
                getattr(parts, kind).update(gates)
    if isinstance(layer.cell, GLSTMCell):
        _split_groups(layer.cell, layer.depth, own, parts)
    return parts


def join_layer(layer: Layer, parts: Parts) -> dict[str, Array]:
    """Return a layer's own weights from its parts: the inverse of `split_layer`, bit for bit.

    Raises:
        LayoutInexpressibleError: a recurrence holds numbers where TensorFlow's cell has none.
    """
    shapes, own = layer.cell.variables(layer.depth), {}
    for block in blocks_of(layer.cell):
        if block.variable in shapes:
            rows = [
                joined(_diagonals(getattr(parts, kind)) if block.diagonal else getattr(parts, kind), block.gates)
                for kind in block.rows
            ]
            own[block.variable] = np.concatenate(rows)
    if isinstance(layer.cell, GLSTMCell):
        own |= _join_groups(layer.cell, parts)
    return {name: own[name] for name in shapes}


def _affine(kernel: str, bias: str, gates: tuple[str, ...]) -> tuple[Block, ...]:
    return Block(kernel, ("input", "hidden"), gates), Block(bias, ("bias",), gates)


def _diagonal(kernel: str, recurrence: str, bias: str, gates: tuple[str, ...]) -> tuple[Block, ...]:
    hidden = Block(recurrence, ("hidden",), gates, diagonal=True)
    return Block(kernel, ("input",), gates), hidden, Block(bias, ("bias",), gates)


def _extras(peephole: str, gates: str, projection: str) -> tuple[Block, ...]:
    """Return the blocks that an LSTM has where it has peepholes or a projection."""
    peepholes = (Block(peephole.format(gate), ("peephole",), (gate.lower(),)) for gate in gates)
    return (*peepholes, Block(projection, ("projection",), PROJECTION))


def _rows(array: Array, block: Block, layer: Layer) -> list[Array]:
    return [array[: layer.depth], array[layer.depth :]] if len(block.rows) > 1 else [array]


def _diagonals(gates: Mapping[str, Array]) -> dict[str, Array]:
    found = {gate: of_diagonal(matrix) for gate, matrix in gates.items()}
    if any(diagonal is None for diagonal in found.values()):
        raise LayoutInexpressibleError("tf1", "the recurrence of an Indy or IndRNN cell is a diagonal")
    return {gate: diagonal[np.newaxis] for gate, diagonal in found.items() if diagonal is not None}


def _split_groups(cell: GLSTMCell, depth: int, own: Mapping[str, Array], parts: Parts) -> None:
    kernels = [own[f"group{k}/kernel"] for k in range(cell.number_of_groups)]
    inputs = cell.kernel_depth(depth)
    for gate in cell.gate_order:
        blocks = [by_gate(kernel, cell.gate_order)[gate] for kernel in kernels]
        parts.input[gate] = block_diagonal(block[:inputs] for block in blocks)
        parts.hidden[gate] = block_diagonal(block[inputs:] for block in blocks)


def _join_groups(cell: GLSTMCell, parts: Parts) -> dict[str, Array]:
    groups = cell.number_of_groups
    found = {
        (kind, gate): of_block_diagonal(matrix, groups)
        for kind in ("input", "hidden")
        for gate, matrix in getattr(parts, kind).items()
    }
    if any(blocks is None for blocks in found.values()):
        raise LayoutInexpressibleError("tf1", "the groups of a GLSTMCell see no other group's inputs or units")
    kernels = {}
    for k in range(groups):
        rows = [
            joined({gate: (found[kind, gate] or [])[k] for gate in cell.gate_order}, cell.gate_order)
            for kind in ("input", "hidden")
        ]
        kernels[f"group{k}/kernel"] = np.concatenate(rows)
    return kernels
