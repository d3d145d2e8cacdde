"""Mistakes that are made in some places only: in one direction, in the first layer, in the layers above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rnn_parity.mistakes import gru, lstm_forget_bias, lstm_gates
from rnn_parity.mistakes.every_cell import mistakes_of
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Chosen, Room, Where, all_of, two_ways
from rnn_parity.mistakes.semantics import LSTM, Semantics, Weights, as_given, right_cell
from rnn_parity.mistakes.stacked import several_layers
from rnn_parity.weights import Layer


@dataclass(frozen=True, kw_only=True)
class Place:
    """Some layers of a case: what they are called in an id and a statement, which ones, and which runs have others.

    `why` says how a port comes to be wrong there only.
    """

    name: str
    words: str
    chosen: Chosen
    others: Room
    why: str


BACKWARD = Place(
    name="backward",
    words="in the backward direction only",
    chosen=lambda layer: layer.direction == "bw",
    others=two_ways,
    why="The weights of the backward direction are read by code of their own, which was not mended with the other.",
)
FORWARD = Place(
    name="forward",
    words="in the forward direction only",
    chosen=lambda layer: layer.direction == "fw",
    others=two_ways,
    why="The backward direction is read by code of its own, which is right.",
)
LAYER_0 = Place(
    name="layer-0",
    words="in layer 0 only",
    chosen=lambda layer: layer.index == 0,
    others=several_layers,
    why="The first layer, whose inputs have another width, is read by code of its own.",
)
ABOVE = Place(
    name="above-layer-0",
    words="above layer 0 only",
    chosen=lambda layer: layer.index > 0,
    others=several_layers,
    why="The first layer is right, and those above it were added later. One layer alone cannot show it.",
)


def only_in(place: Place, mistake: Mistake, short: str) -> Mistake:
    """Return the mistake made in one place only; `short` is its statement in few words."""
    if not isinstance(mistake.applies, Where) or not isinstance(mistake.run, Semantics):
        raise TypeError(f"{mistake.id}: got {mistake.applies} and {mistake.run}, should be a mistake in some cells.")
    return replace(
        mistake,
        id=f"{mistake.id}-{place.name}",
        statement=f"{short}, {place.words}",
        explanation=f"{place.why} {mistake.explanation}",
        repair=f"In every layer and direction: {mistake.repair[0].lower()}{mistake.repair[1:]}",
        applies=all_of(place.others, mistake.applies.among(place.chosen)),
        run=made_in(place.chosen, mistake.run),
        seen=(),
    )


def made_in(chosen: Chosen, run: Semantics) -> Semantics:
    """Return the candidate that reads and makes cells as `run` does in the layers chosen, and rightly in others."""

    def read(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
        return (run.read if chosen(layer) else as_given)(layer, weights)

    return Semantics(read=read, make=lambda layer, weights: (run.make if chosen(layer) else right_cell)(layer, weights))


_BASE = {
    mistake.id: mistake
    for mistake in (*lstm_forget_bias.MISTAKES, *lstm_gates.MISTAKES, *mistakes_of("lstm", LSTM), *gru.MISTAKES)
}
_PLACES: dict[str, tuple[str, Sequence[Place]]] = {
    "lstm/forget-bias-left-out": ("forget_bias left out", (BACKWARD, FORWARD, LAYER_0)),
    "lstm/gates-read-i-f-j-o": ("gates read i,f,j,o", (BACKWARD, FORWARD, LAYER_0, ABOVE)),
    "lstm/gates-read-i-o-f-j": ("gates read i,o,f,j", (BACKWARD, ABOVE)),
    "lstm/bias-dropped": ("bias of LSTMs dropped", (BACKWARD, LAYER_0, ABOVE)),
    "lstm/kernel-rows-h-x": ("LSTM's rows read [h; x]", (BACKWARD, LAYER_0, ABOVE)),
    "lstm/recurrent-kernel-transposed": ("LSTM's h rows transposed", (BACKWARD, ABOVE)),
    "gru/gates-swapped": ("gates read u,r", (BACKWARD, ABOVE)),
    "gru/reset-after-product": ("reset after the product", (BACKWARD, ABOVE)),
    "gru/update-inverted": ("update gate inverted", (BACKWARD,)),
    "gru/bias-dropped": ("bias of GRUs dropped", (BACKWARD, ABOVE)),
}

MISTAKES = tuple(only_in(place, _BASE[base], short) for base, (short, places) in _PLACES.items() for place in places)
