"""A case as calls over whole sequences, for frameworks that run a layer over all steps: time first, layer by layer.

    call(x (T, B, D), states, masks) -> outputs (T, B, H) of each direction, states

Directions are '' or 'fw' and 'bw'; states are those of each direction's layers, from the input up, (c, h) or (h,);
masks are factors (T, B, width), 0 or 1 / keep_prob, in order of time. Several calls of a `Chunked` run carry states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import TypeAlias

import numpy as np

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.chain import reversed_rows
from rnn_parity.candidates.layer_states import LayerState, join_state, split_state
from rnn_parity.masks import sites
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    CellSpec,
    Chunked,
    Directions,
    DropoutWrapper,
    StackSpec,
    StateSavingRNN,
    Step,
    WrapperSpec,
)
from rnn_parity.structure import (
    Array,
    Tree,
    answered_steps,
    cells_of,
    flatten,
    is_time_major,
    join,
    levels,
    map_tree,
    unflatten,
)

States: TypeAlias = dict[str, list[LayerState]]  # direction -> its layers'
Masks: TypeAlias = Mapping[str, Array]
Call: TypeAlias = Callable[[Array, States, Masks], "tuple[Mapping[str, Array], States]"]
NO_MASKS = "something is dropped, and the case does not say what"


def run_calls(case: Case, call: Call) -> Result:
    """Return the answer of one call, or of all calls of a run of several."""
    x, masks = _time_major(case), _factors(case)
    state, parts = _start(case), []
    for steps, is_fresh in _calls(case):
        state = _start(case) if is_fresh else state
        outputs, state = call(x[steps], state, {name: mask[steps] for name, mask in masks.items()})
        parts.append(outputs)
    whole = [np.concatenate([part[way] for part in parts]) for way in ways(case)]
    return Result(_as_asked(case, whole), _nested(case, state))


def ways(case: Case) -> dict[str, CellSpec]:
    """Return direction -> the cell that runs in it, or that every level of a stacked bidirectional run has."""
    cells = cells_of(case.spec)
    return dict(zip(Directions._fields if len(cells) > 1 else ("",), cells, strict=True))


def turned_around(array: Array, lengths: Array | None) -> Array:
    """Return (T, B, ...) with the steps of each row in reverse, those past its length left where they are."""
    until = lengths if lengths is None else np.minimum(lengths, len(array))
    return reversed_rows(array.swapaxes(0, 1), until).swapaxes(0, 1)


def state_factors(case: Case, way: str, masks: Masks, shape: tuple[int, int]) -> list[LayerState]:
    """Return what each layer's state is multiplied by after each step, (T, B, width), 1 where nothing is dropped."""
    cell, numbers = ways(case)[way], count()

    def factors(cell: CellSpec, kept: Tree) -> Iterator[LayerState]:
        match cell:
            case DropoutWrapper():
                place = join(way, "wrapper", str(next(numbers)), "state")
                own = unflatten(cell.state_size, {path: masks.get(join(place, path)) for path in flatten(kept)})
                yield from factors(
                    cell.cell, map_tree(lambda one, mask: one if mask is None else one * mask, kept, own)
                )
            case WrapperSpec():
                yield from factors(cell.cell, kept)
            case StackSpec():
                widths = [one.state_size for one in cell.cells]
                parts = kept if cell.state_is_tuple else np.split(kept, np.cumsum(widths)[:-1], axis=-1)
                for one, part in zip(cell.cells, parts, strict=True):
                    yield from factors(one, part)
            case _:
                yield tuple(kept) if isinstance(kept, tuple) else _halves(cell, kept)

    ones = map_tree(lambda width: np.ones((*shape, width), case.spec.dtype), cell.state_size)
    return [state for _ in range(levels(case.spec) or 1) for state in factors(cell, ones)]


def _halves(cell: CellSpec, array: Array) -> LayerState:
    """Return a state that is one array as (c, h), where it is an LSTM's without a projection, or as (h,)."""
    width = getattr(cell, "num_units", array.shape[-1])
    return tuple(np.split(array, array.shape[-1] // width, axis=-1))


def _calls(case: Case) -> Iterator[tuple[slice, bool]]:
    """Yield the steps of each call, and whether it starts as the first did."""
    run = case.spec.run
    chunks = run.chunks if isinstance(run, Chunked | StateSavingRNN) else (answered_steps(case.spec),)
    ends = np.cumsum(chunks)
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        yield slice(start, end), start == 0 or not getattr(run, "carry_state", True)


def _time_major(case: Case) -> Array:
    if isinstance(case.spec.run, Step):
        return case.inputs[np.newaxis]
    return case.inputs if is_time_major(case.spec) else case.inputs.swapaxes(0, 1)


def _start(case: Case) -> States:
    """Return the initial state; zeros where the case has none."""
    found: States = {}
    for number, (way, cell) in enumerate(ways(case).items()):
        tree = case.initial_state if way == "" or case.initial_state is None else case.initial_state[number]
        found[way] = list(_of_levels(case, cell, tree))
    return found


def _of_levels(case: Case, cell: CellSpec, tree: Tree) -> Iterator[LayerState]:
    rows, dtype, count = case.spec.sizes.batch_size, np.dtype(case.spec.dtype), levels(case.spec)
    for level in (tree,) if count is None else tree or (None,) * count:
        yield from split_state(cell, level, rows, dtype)


def _nested(case: Case, states: States) -> Tree:
    found = []
    for way, cell in ways(case).items():
        count, layers = levels(case.spec), states[way]
        size = len(layers) // (count or 1)
        nested = [join_state(cell, layers[k : k + size]) for k in range(0, len(layers), size)]
        found.append(nested[0] if count is None else tuple(nested))
    return Directions(*found) if len(found) > 1 else found[0]


def _factors(case: Case) -> dict[str, Array]:
    """Return mask name -> factors (T, B, width); of the backward direction's inputs and outputs in their order.

    Those of states stay in the order of the steps.
    """
    found: dict[str, Array] = {}
    for way, own in sites(case.spec).items():
        for site in own:
            if site.name not in case.dropout:
                raise Unsupported(NO_MASKS)
            factors = case.dropout[site.name].astype(case.spec.dtype) / np.asarray(site.keep_prob, case.spec.dtype)
            is_beside = join(way, "wrapper") in site.name and "/state" not in site.name  # of inputs or outputs
            found[site.name] = turned_around(factors, case.sequence_length) if way == "bw" and is_beside else factors
    return found


def _as_asked(case: Case, outputs: list[Array]) -> Tree:
    """Return the outputs (T, B, H) of each direction as the run answers them."""
    if isinstance(case.spec.run, Step):
        return outputs[0][0]
    turned = [array if is_time_major(case.spec) else array.swapaxes(0, 1) for array in outputs]
    return (
        Directions(*turned) if isinstance(case.spec.run, BidirectionalDynamicRNN) else np.concatenate(turned, axis=-1)
    )
