"""The masks that TensorFlow drew in a run, drawn again beside it so that they can be recorded and replayed.

Random numbers inside TensorFlow's loops and conditions cannot be fetched. They come from operations whose seeds stand
in the graph, so that an operation of the same seeds, dtype and shape, run as often, draws them once more. In the
unrolled twin every random number is a tensor of its own, which is fed one that makes the recorded mask: TensorFlow's
code is left as it is, and so is its float64 oracle, whose own generator would draw others.
Sources: tf_keras/src/layers/rnn/legacy_cell_wrappers.py (DropoutWrapper), tensorflow/python/ops/nn_ops.py (_dropout).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from rnn_parity.errors import RecordingError
from rnn_parity.masks import Site, mask_shapes, sites
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CaseSpec,
    CellSpec,
    Chunked,
    DropoutWrapper,
    DynamicRNN,
    StackSpec,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    WrapperSpec,
)
from rnn_parity.structure import Array, cells_of, flatten, join
from tf_reference.environment import tensorflow

Tensor: TypeAlias = Any  # TensorFlow ships no types
Op: TypeAlias = Any

PREFIX = "dropout"  # of the masks' names in a fixture


class Draw(NamedTuple):
    """An operation that draws random numbers, and how often a run runs it."""

    op: Op
    runs: int


@contextmanager
def drawing() -> Iterator[list[Op]]:
    """Yield a list that holds, after the block, the operations in it that draw for dropout, in order of creation."""
    graph, found = tensorflow().compat.v1.get_default_graph(), list[Op]()
    before = len(graph.get_operations())
    yield found
    drawn = (op for op in graph.get_operations()[before:] if op.type == "RandomUniform")
    found += [op for op in drawn if "/Initializer/" not in op.name]  # those of variables draw nothing that is dropped


def variational(spec: CaseSpec, cells: Sequence[Any]) -> dict[str, Tensor]:
    """Return mask name -> the numbers that TensorFlow's objects `cells` keep for all steps and rows, (1, width)."""
    found: dict[str, Tensor] = {}
    for direction, cell, made in zip(sites(spec), cells_of(spec), cells, strict=True):
        for number, wrapper in enumerate(_dropout_wrappers(cell, made)):
            for kind in ("input", "state", "output"):
                kept = flatten(getattr(wrapper, f"_recurrent_{kind}_noise"))
                place = join(direction, "wrapper", str(number), kind)
                found |= {join(place, path): tensor for path, tensor in kept.items()}
    wanted = [site.name for own in sites(spec).values() for site in own if site.is_variational]
    return {name: found[name] for name in wanted}


def drawn_by_call(spec: CaseSpec, direction: str, operations: Sequence[Op]) -> dict[str, Op]:
    """Return mask name -> which of the operations that one call of a direction's cell made draws for it.

    Raises:
        RecordingError: they are others than the case's masks need.
    """
    own = [site for site in sites(spec)[direction] if not site.is_variational]
    got = [tuple(op.outputs[0].shape) for op in operations]
    should_be = [(spec.sizes.batch_size, site.width) for site in own]
    if got != should_be:
        raise RecordingError(spec.id, f"a call of its cell draws numbers {got}, should be {should_be}")
    return dict(zip((site.name for site in own), operations, strict=True))


def drawn_by_run(spec: CaseSpec, cells: Sequence[Any], operations: Sequence[Op]) -> dict[str, list[Draw]]:
    """Return mask name -> what draws it, step after step, of the operations that TensorFlow's own function made.

    Raises:
        RecordingError: they are others than the case's masks need.
    """
    found = {name: [Draw(tensor.op, 1)] for name, tensor in variational(spec, cells).items()}
    remaining = list(operations)
    for direction, own in sites(spec).items():
        count = sum(not site.is_variational for site in own)
        for runs in _runs_of_calls(spec):
            made, remaining = remaining[:count], remaining[count:]
            for name, op in drawn_by_call(spec, direction, made).items():
                found.setdefault(name, []).append(Draw(op, runs))
    if remaining:
        raise RecordingError(spec.id, f"its run draws {len(remaining)} more numbers than it has masks")
    return found


def draw_masks(spec: CaseSpec, draws: Mapping[str, Sequence[Draw]]) -> dict[str, Array]:
    """Return dropout/<name> -> (T, B, width): what the run that these operations belong to keeps."""
    if not draws:
        return {}
    tf = tensorflow()
    own = {site.name: site for found in sites(spec).values() for site in found}
    with tf.Graph().as_default() as graph:
        kept = {name: [_kept(own[name], _again(draw.op)) for draw in made] for name, made in draws.items()}
        with tf.compat.v1.Session(graph=graph, config=tf.compat.v1.ConfigProto(device_count={"GPU": 0})) as session:
            most = max(draw.runs for made in draws.values() for draw in made)
            drawn = [session.run(kept) for _ in range(most)]
    masks = {}
    for name, made in draws.items():
        steps = [drawn[run][name][k] for k, draw in enumerate(made) for run in range(draw.runs)]
        masks[join(PREFIX, name)] = np.array(np.broadcast_to(np.stack(steps), mask_shapes(spec)[name]))
    return masks


def fed_numbers(
    spec: CaseSpec, numbers: Mapping[str, Sequence[Tensor]], arrays: Mapping[str, Array]
) -> dict[Tensor, Array]:
    """Return tensor -> random numbers to feed, which make the masks in `arrays`; none where there are none in it.

    `numbers` are the tensors of each mask: one a step, or the only one of a variational mask.
    """
    fed = {}
    for site in (site for own in sites(spec).values() for site in own):
        mask = arrays.get(join(PREFIX, site.name))
        if mask is not None:
            for tensor, kept in zip(numbers[site.name], mask, strict=not site.is_variational):
                rows = kept[: tensor.shape[0]]
                fed[tensor] = np.where(rows, 1 - site.keep_prob / 2, 0).astype(tensor.dtype.as_numpy_dtype)
    return fed


def _runs_of_calls(spec: CaseSpec) -> tuple[int, ...]:
    """Return for every call of a cell that stands in a run's graph how often it runs: a loop is one call."""
    match spec.run:
        case Step() | StaticRNN() | StaticBidirectionalRNN():
            return (1,) * spec.sizes.max_time
        case DynamicRNN() | BidirectionalDynamicRNN():
            return (spec.sizes.max_time,)
        case Chunked():
            return spec.run.chunks
        case _:
            return ()  # `CaseSpec` refuses what drops something


def _again(op: Op) -> Tensor:
    """Return the numbers that an operation like this one draws in the default graph."""
    seeds = {name: op.get_attr(name) for name in ("seed", "seed2")}
    shape = op.outputs[0].shape.as_list()
    return tensorflow().raw_ops.RandomUniform(shape=shape, dtype=op.get_attr("dtype"), **seeds)


def _kept(site: Site, numbers: Tensor) -> Tensor:
    """Return which entries TensorFlow keeps, given its random numbers and in their dtype."""
    if site.is_variational:
        return tensorflow().floor(site.keep_prob + numbers) > 0
    return numbers >= 1.0 - site.keep_prob


def _dropout_wrappers(cell: CellSpec, made: Any) -> Iterator[Any]:  # noqa: ANN401  TensorFlow ships no types
    """Yield the DropoutWrapper objects in `made`, which `cell` describes, in the order of their numbers."""
    match cell:
        case StackSpec():
            for pair in zip(cell.cells, made._cells, strict=True):  # noqa: SLF001  there is no public name for them
                yield from _dropout_wrappers(*pair)
        case WrapperSpec():
            if isinstance(cell, DropoutWrapper):
                yield made
            yield from _dropout_wrappers(cell.cell, made.cell)
