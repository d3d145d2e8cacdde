"""Stacked bidirectional runs: both directions of a layer read both directions of the one below."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, longest, runs, starts
from rnn_parity.mistakes.semantics import Lengths, Semantics, both_joined, turned
from rnn_parity.spec import CaseSpec, Directions, single_cells
from rnn_parity.structure import Array, Tree, join, levels
from rnn_parity.weights import Layer, layers


def _forward_twice(out_fw: Array, _: Array, __: Lengths) -> tuple[Array, Array]:
    return both_joined(out_fw, out_fw, None)


def _backward_first(out_fw: Array, out_bw: Array, _: Lengths) -> tuple[Array, Array]:
    return both_joined(out_bw, out_fw, None)


def _apart(out_fw: Array, out_bw: Array, _: Lengths) -> tuple[Array, Array]:
    """Return [fw | 0] for the forward direction and [0 | bw] for the backward one."""
    return (
        np.concatenate([out_fw, np.zeros_like(out_bw)], axis=2),
        np.concatenate([np.zeros_like(out_fw), out_bw], axis=2),
    )


def _not_turned_back(out_fw: Array, out_bw: Array, lengths: Lengths) -> tuple[Array, Array]:
    return both_joined(out_fw, turned(out_bw, lengths), None)


def _read_forwards(out_fw: Array, out_bw: Array, lengths: Lengths) -> tuple[Array, Array]:
    forward, backward = both_joined(out_fw, out_bw, None)
    return forward, turned(backward, lengths)


def _by_layer(states: Directions) -> Directions:
    """Return what becomes of states listed by direction where they are taken for fw, bw of layer 0, fw, bw of ..."""
    listed = [*states.fw, *states.bw]
    return Directions(tuple(listed[::2]), tuple(listed[1::2]))


def _start_by_layer(case: Case) -> Case:
    return case if case.initial_state is None else replace(case, initial_state=_by_layer(case.initial_state))


def _end_by_layer(_: Case, result: Result) -> Result:
    """Return the result with its states listed by layer and then read by direction."""
    final: Tree = result.final_state
    listed = [state for pair in zip(*final, strict=True) for state in pair]
    half = len(final.fw)
    return replace(result, final_state=Directions(tuple(listed[:half]), tuple(listed[half:])))


def _weights_by_layer(case: Case) -> Case:
    """Return the case with the weights of both directions, listed one after the other, taken for a list by layer."""
    listed = _cells(case.spec)
    half = len(listed) // 2
    places = [listed[way * half + level] for level in range(half) for way in range(2)]
    weights = dict(case.weights)
    for place, source in zip(places, listed, strict=True):
        for own, other in zip(place, source, strict=True):
            for name in own.cell.variables(own.depth):
                weights[join(own.scope, name)] = case.weights[join(other.scope, name)]
    return replace(case, weights=weights)


def _cells(spec: CaseSpec) -> list[tuple[Layer, ...]]:
    """Return the layers of every level's cell, forward ones first."""
    found, size = layers(spec), len(single_cells(spec.cell))
    return [found[first : first + size] for first in range(0, len(found), size)]


def _stacked(spec: CaseSpec) -> bool:
    return (levels(spec) or 1) > 1


def _weights_fit(spec: CaseSpec) -> bool:
    """Return whether all cells have weights of the same shapes."""
    shapes = [[tuple(layer.cell.variables(layer.depth).items()) for layer in cell] for cell in _cells(spec)]
    return all(one == shapes[0] for one in shapes)


def _steps(least: int) -> Room:
    return lambda spec: _stacked(spec) and longest(spec) >= least


_JOIN = "Join the outputs of both directions, [fw | bw] in the order of time, and give them to both cells above."
_ORDER = "List the forward layers from the input up, then the backward ones."

MISTAKES = (
    Mistake(
        id="stack-bidirectional/directions-apart",
        statement="directions do not meet: each reads its own below",
        explanation="Each direction is a stack of its own, as MultiRNNCell in one bidirectional run is; it finds "
        "nothing in the other direction's columns.",
        repair=_JOIN,
        applies=_steps(1),
        run=Semantics(hand_up=_apart),
    ),
    Mistake(
        id="stack-bidirectional/forward-only-read",
        statement="upper layers read the forward outputs only: [fw | fw]",
        explanation="The forward outputs stand in the backward ones' columns as well.",
        repair=_JOIN,
        applies=_steps(1),
        run=Semantics(hand_up=_forward_twice),
    ),
    Mistake(
        id="stack-bidirectional/backward-first",
        statement="upper layers read [bw | fw]",
        explanation="The directions are joined in the wrong order between layers. All shapes fit.",
        repair=_JOIN,
        applies=_steps(1),
        run=Semantics(hand_up=_backward_first),
    ),
    Mistake(
        id="stack-bidirectional/not-turned-back-between-layers",
        statement="backward outputs not turned back for the layer above",
        explanation="They are turned back where they are answered, but the layer above reads them in the order of "
        "computation.",
        repair=_JOIN,
        applies=_steps(2),
        run=Semantics(hand_up=_not_turned_back),
    ),
    Mistake(
        id="stack-bidirectional/upper-backward-reads-forwards",
        statement="backward cells above layer 0 read forwards",
        explanation="Inputs are turned around once, for the backward cell of layer 0, and not again above it.",
        repair="Turn the inputs of every layer's backward cell around within each row's length.",
        applies=_steps(2),
        run=Semantics(hand_up=_read_forwards),
    ),
    Mistake(
        id="stack-bidirectional/weights-by-layer",
        statement="weights listed by direction read as listed by layer",
        explanation="PyTorch and cuDNN list fw and bw of layer 0, then of layer 1; TensorFlow's lists have the forward "
        "layers first. Shapes fit where inputs are as wide as two outputs.",
        repair=_ORDER,
        applies=all_of(_steps(1), _weights_fit),
        run=Semantics(asked=_weights_by_layer),
    ),
    Mistake(
        id="stack-bidirectional/initial-states-by-layer",
        statement="initial states given by layer, not by direction",
        explanation="PyTorch and cuDNN list fw and bw of layer 0, then of layer 1. All shapes fit.",
        repair=_ORDER,
        applies=all_of(_stacked, starts),
        run=Semantics(asked=_start_by_layer),
    ),
    Mistake(
        id="stack-bidirectional/final-states-by-layer",
        statement="final states returned by layer, not by direction",
        explanation="PyTorch and cuDNN list fw and bw of layer 0, then of layer 1. All shapes fit.",
        repair=_ORDER,
        applies=all_of(_stacked, lambda spec: runs(spec) or starts(spec)),
        run=Semantics(answered=_end_by_layer),
    ),
)
