"""Where a cell stands in its model, read from its scope: the layer, the direction, and which others run with it.

rnnlm/MultiRNNCell/Cell0/BasicLSTMCell                      layer 0 of the stack in rnnlm
a/bidirectional_rnn/bw/multi_rnn_cell/cell_1/gru_cell       layer 1, backward
stack_bidirectional_rnn/cell_2/bidirectional_rnn/fw/...     level 2, forward
BiRNN_FW/RNN/LSTMCell                                       forward, in 0.6 and 0.7
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tf_reference.legacy.found import Direction

STACKED = re.compile(r"(?:stack_bidirectional_rnn|StackRNN)(?:_\d+)?")
STACK = re.compile(r"(?:multi_rnn_cell|MultiRNNCell)(?:_\d+)?")
NUMBER = re.compile(r"(?:cell_|Cell|Layer)(\d+)")
DIRECTION = re.compile(r"(?:BiRNN_)?(fw|bw|FW|BW)")
RUNS = ("rnn", "RNN")

Run = Literal["DynamicRNN", "BidirectionalDynamicRNN", "StackBidirectionalDynamicRNN"]
WAYS: dict[str, Direction] = {"fw": "fw", "bw": "bw"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a cell stands. Cells of one `model` run together.

    `level` is that of a stacked bidirectional run, `layer` that in a stack; None where there is no such thing.
    """

    model: tuple[str, ...]
    scope: str  # of the run's variables
    level: int | None = None
    layer: int | None = None
    direction: Direction = ""

    @property
    def run(self) -> Run:
        """The run, by its scopes."""
        if self.level is not None:
            return "StackBidirectionalDynamicRNN"
        return "BidirectionalDynamicRNN" if self.direction else "DynamicRNN"


def place_of(scope: str) -> Place:
    """Return where the cell of this scope stands; the scope's last part is the cell's own."""
    *parts, cell = scope.split("/")
    model: list[str] = []
    above: list[str] = []  # what stands before anything that is numbered or has a direction
    found: dict[str, int] = {}
    direction: Direction = ""
    at = 0
    while at < len(parts):
        part, following = parts[at], parts[at + 1] if at + 1 < len(parts) else ""
        number, way = NUMBER.fullmatch(following), DIRECTION.fullmatch(part)
        kind = "level" if STACKED.fullmatch(part) else "layer" if STACK.fullmatch(part) else ""
        if kind and number:
            found[kind] = int(number[1])
            above += [part] if kind == "level" and not direction and len(found) == 1 else []
            model.append(part)
            at += 2
            continue
        if way:
            direction = WAYS[way[1].lower()]
        elif not (part in RUNS and direction):
            model.append(part)
            above += [] if direction or found else [part]
        at += 1
    alone = not direction and not found
    return Place(
        model=(*model, cell) if alone else tuple(model),
        scope="/".join(above),
        level=found.get("level"),
        layer=found.get("layer"),
        direction=direction,
    )
