"""A case as calls over whole sequences, for frameworks that run a layer over all steps: arrays time-major, layer by layer.

    call(x (T, B, D), states, masks) -> outputs (T, B, H) of each direction, states

Directions are '' or 'fw' and 'bw'; states are those of each direction's layers, from the input up, (c, h) or (h,);
masks are factors (T, B, width), 0 or 1 / keep_prob, in order of time. Several calls of a `Chunked` run carry states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import numpy as np

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.chain import reversed_rows
from rnn_parity.candidates.layer_states import LayerState, join_state, split_state
from rnn_parity.masks import sites
from rnn_parity.spec import BidirectionalDynamicRNN, CellSpec, Chunked, Directions, StateSavingRNN, Step
from rnn_parity.structure import (
    Array,
    Tree,
    answered_steps,
    cells_of,
    is_time_major,
    levels,
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
    """Return mask name -> factors (T, B, width); those of the backward direction turned around to the inputs' order."""
    found: dict[str, Array] = {}
    for way, own in sites(case.spec).items():
        for site in own:
            if site.name not in case.dropout:
                raise Unsupported(NO_MASKS)
            factors = case.dropout[site.name].astype(case.spec.dtype) / np.asarray(site.keep_prob, case.spec.dtype)
            is_after = site.name.removeprefix(f"{way}/").split("/")[2] != "state"
            found[site.name] = turned_around(factors, case.sequence_length) if way == "bw" and is_after else factors
    return found


def _as_asked(case: Case, outputs: list[Array]) -> Tree:
    """Return the outputs (T, B, H) of each direction as the run answers them."""
    if isinstance(case.spec.run, Step):
        return outputs[0][0]
    turned = [array if is_time_major(case.spec) else array.swapaxes(0, 1) for array in outputs]
    return Directions(*turned) if isinstance(case.spec.run, BidirectionalDynamicRNN) else np.concatenate(turned, axis=-1)

