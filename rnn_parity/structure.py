"""How TensorFlow nests states and outputs, and the names of their arrays.

A *state size* is TensorFlow's: an int (a (B, width) array), `LSTMStateTuple(c, h)`, a tuple of those for a stack, and
`Directions(fw, bw)` around them for the bidirectional runs, with a tuple of one a level in each direction where those
are stacked. Array names join the way down: `final_state/fw/1/c`. Inputs are nested alike: `inputs` is the array that
most cells read, `inputs/0` and `inputs/1` are those of a tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, assert_never

import numpy as np
import numpy.typing as npt

from rnn_parity.errors import StructureMismatchError
from rnn_parity.spec import (
    SAME_OBJECT,
    AnyCell,
    BidirectionalDynamicRNN,
    CaseSpec,
    Chunked,
    Directions,
    DynamicRNN,
    FusedRNN,
    OwnGraph,
    RawRNN,
    Shape,
    Size,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    StateSavingRNN,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
)

Array: TypeAlias = npt.NDArray[Any]
Tree: TypeAlias = Any  # an array, or a tuple (plain or named) of trees


def cells_of(spec: CaseSpec) -> Directions | tuple[AnyCell]:
    """Return the cell of each direction: `Directions(fw, bw)`, or a tuple of the only one; of all levels' one."""
    match spec.run:
        case Step() | StaticRNN() | DynamicRNN() | RawRNN() | Chunked() | StateSavingRNN() | FusedRNN() | OwnGraph():
            return (spec.cell,)
        case StackBidirectionalRNN() | StackBidirectionalDynamicRNN():
            return Directions(spec.cell, spec.cell)
        case BidirectionalDynamicRNN() | StaticBidirectionalRNN():
            backward = spec.run.cell_bw
            return Directions(spec.cell, spec.cell if backward is None or backward == SAME_OBJECT else backward)
        case _:
            assert_never(spec.run)


def levels(spec: CaseSpec) -> int | None:
    """Return how many cells each direction of a stacked bidirectional run has; None of the other runs."""
    count: int | None = getattr(spec.run, "layers", None)
    return count


def is_one_object(spec: CaseSpec) -> bool:
    """Return whether both directions are one cell object, with one set of weights."""
    return bool(getattr(spec.run, "cell_bw", None) == SAME_OBJECT)


def case_state_size(spec: CaseSpec) -> Size:
    """Return the size of the case's initial and final state."""
    cells, count = cells_of(spec), levels(spec)
    sizes = [cell.state_size if count is None else (cell.state_size,) * count for cell in cells]
    return Directions(*sizes) if isinstance(cells, Directions) else sizes[0]


def state_shapes(spec: CaseSpec) -> dict[str, Shape]:
    """Return path -> (B, width) of the case's state arrays; the path of a state that is one array is ''."""
    return {path: (spec.sizes.batch_size, width) for path, width in flatten(case_state_size(spec)).items()}


def output_shapes(spec: CaseSpec) -> dict[str, Shape]:
    """Return path -> shape of the case's outputs: '' alone, or 'fw' and 'bw'."""
    widths = [cell.output_size for cell in cells_of(spec)]
    batch, time = spec.sizes.batch_size, answered_steps(spec)
    lead = (time, batch) if is_time_major(spec) else (batch, time)
    match spec.run:
        case Step() | OwnGraph(per_step=False):
            return {"": (batch, widths[0])}
        case BidirectionalDynamicRNN():
            return dict(zip(("fw", "bw"), ((*lead, width) for width in widths), strict=True))
        case _:
            return {"": (*lead, sum(widths))}


def result_shapes(spec: CaseSpec) -> dict[str, Shape]:
    """Return name -> shape of every array that TensorFlow answers: `outputs[/fw|/bw]`, `final_state[/path]`."""
    outputs = {join("outputs", path): shape for path, shape in output_shapes(spec).items()}
    return outputs | {join("final_state", path): shape for path, shape in state_shapes(spec).items()}


def answered_steps(spec: CaseSpec) -> int:
    """Return the steps of the case's outputs: T, or those of the longest row in a `RawRNN`."""
    lengths = sequence_lengths(spec)
    if isinstance(spec.run, RawRNN) and lengths is not None:
        return max(lengths)
    return spec.sizes.max_time


def input_size(spec: CaseSpec) -> Size:
    """Return the widths of the case's inputs, nested as they are; an int for one array."""
    return spec.cell.read_size(spec.sizes.depth)


def input_shapes(spec: CaseSpec) -> dict[str, Shape]:
    """Return path -> shape of the case's inputs; the path of one array is ''.

    (B, D) for a Step, (T, B, D) where time comes first, else (B, T, D).
    """
    batch, time = spec.sizes.batch_size, spec.sizes.max_time
    lead: Shape = (batch, time)
    if isinstance(spec.run, Step):
        lead = (batch,)
    elif is_time_major(spec):
        lead = (time, batch)
    return {path: (*lead, width) for path, width in flatten(input_size(spec)).items()}


def is_time_major(spec: CaseSpec) -> bool:
    """Return whether time is the first axis of the case's inputs and outputs."""
    return isinstance(spec.run, RawRNN) or bool(getattr(spec.run, "time_major", False))


def sequence_lengths(spec: CaseSpec) -> tuple[int, ...] | None:
    """Return the lengths given to the run, or None."""
    lengths: tuple[int, ...] | None = getattr(spec.run, "sequence_length", None)
    return lengths


def join(*parts: str) -> str:
    """Return the parts that are not empty, joined to one array name."""
    return "/".join(filter(None, parts))


def flatten(tree: Tree) -> dict[str, Any]:
    """Return path -> leaf of a nesting of tuples and lists, left to right."""
    return dict(_leaves(tree, ""))


def map_tree(function: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """Return the nesting of `tree`, each leaf replaced by `function` of the leaves at its place."""
    if not isinstance(tree, tuple):
        return function(tree, *others)
    parts = [map_tree(function, *branches) for branches in zip(tree, *others, strict=True)]
    return tree._make(parts) if hasattr(tree, "_make") else tuple(parts)


def cut_tree(cut: Callable[[Array], Iterable[Array]], tree: Tree) -> list[Tree]:
    """Return the parts into which `cut` cuts every array of a tree, each nested like the tree."""
    cuts = {path: cut(array) for path, array in flatten(tree).items()}
    return [unflatten(tree, dict(zip(cuts, parts, strict=True))) for parts in zip(*cuts.values(), strict=True)]


def dtype_of(tree: Tree) -> np.dtype[Any]:
    """Return the dtype of the last array of a tree: of inputs, that of the features."""
    dtype: np.dtype[Any] = list(flatten(tree).values())[-1].dtype
    return dtype


def flatten_like(size: Size, tree: Tree, where: str) -> dict[str, Array]:
    """Return path -> array of `tree`, which must be nested like `size`; a plain tuple may stand for a named one.

    Raises:
        StructureMismatchError: `tree` is nested otherwise.
    """
    if not isinstance(size, tuple):
        if isinstance(tree, tuple | list):
            raise StructureMismatchError(where, f"a {_describe(tree)}", "one array")
        return {"": _array(tree, where)}
    if not isinstance(tree, tuple | list) or len(tree) != len(size):
        raise StructureMismatchError(where, f"a {_describe(tree)}", f"a {_describe(size)}")
    flat: dict[str, Array] = {}
    for key, part, branch in zip(_keys(size), size, tree, strict=True):
        below = flatten_like(part, branch, join(where, key))
        flat |= {join(key, path): leaf for path, leaf in below.items()}
    return flat


def unflatten(size: Size, leaves: Mapping[str, Any], path: str = "") -> Tree:
    """Return the nesting of `size` filled with `leaves` (path -> leaf, an array as a rule)."""
    if not isinstance(size, tuple):
        return leaves[path]
    parts = [unflatten(part, leaves, join(path, key)) for key, part in zip(_keys(size), size, strict=True)]
    return type(size)(*parts) if hasattr(size, "_fields") else tuple(parts)


def _array(leaf: object, where: str) -> Array:
    if leaf is None:  # NumPy would make it an array of one object
        raise StructureMismatchError(where, "a NoneType", "an array")
    try:
        return np.asarray(leaf)
    except Exception as error:
        raise StructureMismatchError(where, f"a {type(leaf).__name__} that NumPy cannot read", "an array") from error


def _leaves(tree: Tree, path: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(tree, tuple | list):
        yield path, tree
        return
    for key, branch in zip(_keys(tree), tree, strict=True):
        yield from _leaves(branch, join(path, key))


def _keys(tree: Tree) -> tuple[str, ...]:
    fields: tuple[str, ...] | None = getattr(tree, "_fields", None)
    return fields or tuple(str(index) for index in range(len(tree)))


def _describe(tree: Tree) -> str:
    if isinstance(tree, tuple | list):
        name = type(tree).__name__
        return f"{name}({', '.join(_keys(tree))})" if hasattr(tree, "_fields") else f"{name} of {len(tree)}"
    return f"{type(tree).__name__}"
