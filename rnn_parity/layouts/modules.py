"""How a case's layers fall into modules of several equal layers and two directions, as torch and cuDNN have them.

A plain stack of equal cells is one module, and so are both directions of one cell, or of a stacked bidirectional run of
one. Whatever stands between layers (other widths or kinds, wrappers, sums) parts them: then each layer is a module.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.form import Form
from rnn_parity.layouts.plain import Plain, obstacles, plain
from rnn_parity.spec import (
    CaseSpec,
    CellSpec,
    CoupledInputForgetGateLSTMCell,
    DeviceWrapper,
    Directions,
    GLSTMCell,
    LayerNormBasicLSTMCell,
    LayerNormLSTMCell,
    MultiRNNCell,
    SingleCellSpec,
    StackSpec,
    WrapperSpec,
    class_name,
)
from rnn_parity.structure import cells_of, levels
from rnn_parity.weights import Layer, layers, wrappings


class Module(NamedTuple):
    """Layers that are computed together.

    Attributes:
        name: what its arrays' names begin with, like a torch.nn.ModuleDict of ModuleLists names them: '' alone, '0',
            'fw', 'bw.1', and '0.fw' where levels of a stacked bidirectional run are apart.
        levels: from the input up, each the layer of every direction: one, or (fw, bw).
    """

    name: str
    levels: tuple[tuple[Layer, ...], ...]

    @property
    def form(self) -> Form:
        """What every layer of it computes, but for the forget_bias, which may be another in each."""
        return require_form(self.levels[0][0].cell, "a module")

    @property
    def bidirectional(self) -> bool:
        """Whether it has two directions, the outputs of which stand side by side."""
        return len(self.levels[0]) > 1


def require_form(cell: SingleCellSpec, target: str) -> Form:
    """Return what the cell computes.

    Raises:
        LayoutInexpressibleError: it is no plain RNN, GRU or LSTM.
    """
    return require_plain(cell, target).form


def require_plain(cell: SingleCellSpec, target: str) -> Plain:
    """Return the same with what has no place in a form; raises as `require_form`."""
    found = _plain(cell)
    if found is None:
        raise LayoutInexpressibleError(target, f"{target} has nothing that computes {class_name(cell)}{_which(cell)}")
    return found


def require_bare(spec: CaseSpec, target: str) -> None:
    """Return if all variables are those of layers.

    Raises:
        LayoutInexpressibleError: a wrapper owns some.
    """
    for wrapping in wrappings(spec):
        raise LayoutInexpressibleError(target, f"{class_name(wrapping.cell)} has weights of its own, outside any layer")


def modules(spec: CaseSpec, target: str) -> tuple[Module, ...]:
    """Return the modules of a case: forward ones first, each direction from the input up.

    Raises:
        LayoutInexpressibleError: a cell is no plain RNN, GRU or LSTM.
    """
    for layer in layers(spec):
        require_form(layer.cell, target)
    return (joint(spec),) if is_joint(spec) else _apart(spec)


def is_joint(spec: CaseSpec) -> bool:
    """Return whether all layers are one module, of both directions where there are two."""
    cells = cells_of(spec)
    if not isinstance(cells, Directions):
        return len(_groups(spec.cell)) == 1
    both = [bare(cell) for cell in cells]
    return all(isinstance(cell, SingleCellSpec) for cell in both) and _same(*both)


def joint(spec: CaseSpec) -> Module:
    """Return all layers of a case as one module."""
    by_index = sorted(layers(spec), key=lambda layer: layer.index)
    return Module("", tuple(tuple(level) for _, level in groupby(by_index, lambda layer: layer.index)))


def bare(cell: CellSpec) -> CellSpec:
    """Return the cell without wrappers that leave its numbers as they are."""
    while isinstance(cell, DeviceWrapper):
        cell = cell.cell
    return cell


def plain_stack(stack: StackSpec) -> list[SingleCellSpec]:
    """Return the cells of a stack that is one module: equal cells, the last one's output the output; else []."""
    plain = [one for one in map(bare, stack.cells) if isinstance(one, SingleCellSpec)]
    together = isinstance(stack, MultiRNNCell) and len(plain) == len(stack.cells)
    return plain if together and all(_same(one, plain[0]) for one in plain) else []


def group_sizes(cell: CellSpec) -> list[int]:
    """Return how many layers each module of a cell in one direction has, from the input up."""
    return [len(group) for group in _groups(cell)]


def _which(cell: SingleCellSpec) -> str:
    """Return the option with which a cell that some have a class for is another one."""
    match cell:
        case CoupledInputForgetGateLSTMCell() | LayerNormLSTMCell() | LayerNormBasicLSTMCell(layer_norm=True):
            return " with layer_norm"
        case LayerNormBasicLSTMCell():
            return " with dropout"
        case GLSTMCell():
            return " with an activation of c alone"
        case _:
            return ""


def _plain(cell: SingleCellSpec) -> Plain | None:
    """Return what a cell computes, if that is an RNN, GRU or LSTM with one activation."""
    return None if "apart" in obstacles(cell) else plain(cell)


def _groups(cell: CellSpec) -> list[list[SingleCellSpec]]:
    inner = bare(cell)
    if isinstance(inner, SingleCellSpec):
        return [[inner]]
    if isinstance(inner, StackSpec):
        together = plain_stack(inner)
        return [together] if together else [group for one in inner.cells for group in _groups(one)]
    if isinstance(inner, WrapperSpec):
        return _groups(inner.cell)
    raise TypeError(f"{class_name(cell)}: got neither a cell with weights, nor a stack, nor a wrapper")


def _same(one: CellSpec, other: CellSpec) -> bool:
    """Return whether two cells fit into one module: they compute the same, but for the forget_bias."""
    if not (isinstance(one, SingleCellSpec) and isinstance(other, SingleCellSpec)):
        return False
    found = [_plain(cell) for cell in (one, other)]
    return None not in found and len({each.form._replace(forget_bias=0.0) for each in found if each}) == 1


def _apart(spec: CaseSpec) -> tuple[Module, ...]:
    found, cells = [], cells_of(spec)
    directions = Directions._fields if isinstance(cells, Directions) else ("",)
    for direction, cell in zip(directions, cells, strict=True):
        own = iter(layer for layer in layers(spec) if layer.direction == direction)
        for level in range(levels(spec) or 1):
            sizes = group_sizes(cell)
            for number, size in enumerate(sizes):
                parts = (str(level) if levels(spec) else "", direction, str(number) if len(sizes) > 1 else "")
                name = ".".join(part for part in parts if part)
                found.append(Module(name, tuple((next(own),) for _ in range(size))))
    return tuple(found)
