"""Kernels that TensorFlow keeps in parts, `kernel/part_0`, `kernel/part_1`, ..., and their parts joined wrongly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, mute, recurs, runs
from rnn_parity.mistakes.semantics import Semantics, Weights
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array
from rnn_parity.weights import Layer, layers, stored_shapes, stored_weights

REPAIR = "Join the parts along axis 0 in the order of their numbers: layer_weights does."
FIRST_OF_TWO_DIGITS = 10  # sorted by letter, part_10 comes before part_2

Join = Callable[[list[Array]], Array]  # the parts, in TensorFlow's order -> the whole


def _from_the_last(parts: list[Array]) -> Array:
    return np.concatenate(parts[::-1])


def _by_letter(parts: list[Array]) -> Array:
    return np.concatenate([parts[k] for k in sorted(range(len(parts)), key=str)])


def _by_columns(parts: list[Array]) -> Array:
    if len({len(part) for part in parts}) > 1:
        return np.concatenate(parts)  # they do not fit side by side
    return np.concatenate(parts, axis=-1).reshape(-1, *parts[0].shape[1:])


def _joined(join: Join) -> Semantics:
    """Return the candidate that joins the parts of every variable so."""

    def read(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
        in_parts = {name: weights[name] for name in layer.cell.shards if name in weights}
        parts = {name: list(stored_weights(layer, {name: array}).values()) for name, array in in_parts.items()}
        return layer, {**weights, **{name: join(own) for name, own in parts.items()}}

    return Semantics(read=read)


def _where_parts(fit: Callable[[list[int]], bool]) -> Room:
    """Return the room in variables whose parts have numbers of rows that `fit`."""

    def room(spec: CaseSpec) -> bool:
        found = [
            [rows for rows, *_ in stored_shapes(layer, name, shape).values()]
            for layer in layers(spec)
            for name, shape in layer.cell.variables(layer.depth).items()
            if name in layer.cell.shards and not mute(layer.cell)
        ]
        return any(len(parts) > 1 and fit(parts) for parts in found)

    return room


MISTAKES = (
    Mistake(
        id="lstm/shards-by-letter",
        statement="parts of a kernel sorted by letter: part_10 before part_2",
        explanation="The names of the parts are sorted as text, which is the order of their numbers up to ten parts.",
        repair=REPAIR,
        applies=all_of(recurs, _where_parts(lambda rows: len(rows) > FIRST_OF_TWO_DIGITS)),
        run=_joined(_by_letter),
    ),
    Mistake(
        id="lstm/shards-from-the-last",
        statement="parts of a kernel joined from the last to the first",
        explanation="All shapes fit, whatever the order of the parts.",
        repair=REPAIR,
        applies=all_of(runs, _where_parts(lambda rows: len(rows) > 1)),
        run=_joined(_from_the_last),
    ),
    Mistake(
        id="lstm/shards-by-columns",
        statement="parts of a kernel joined by columns, then reshaped",
        explanation="Parts are blocks of rows. Equally large ones fit side by side, too, and a reshape hides it.",
        repair=REPAIR,
        applies=all_of(runs, _where_parts(lambda rows: len(set(rows)) == 1 and rows[0] > 1)),
        run=_joined(_by_columns),
    ),
)
