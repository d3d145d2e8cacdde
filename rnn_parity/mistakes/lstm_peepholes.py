"""Peepholes: w_f_diag and w_i_diag see the old c, w_o_diag the new, clipped one, all before the sigmoid."""

from __future__ import annotations

from rnn_parity.mistakes.lstm_in_parts import CellStates, LSTMInParts, with_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import PEEPHOLES, with_arrays, zero
from rnn_parity.mistakes.room import Holds, Room, recurs, where, where_lstm
from rnn_parity.mistakes.semantics import LSTM, Weights, misread
from rnn_parity.spec import LSTMCell
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

FORMULA = (
    "sigmoid(f + forget_bias + w_f_diag * c), sigmoid(i + w_i_diag * c) with the old c, sigmoid(o + w_o_diag * c) with "
    "the new one."
)


def _swapped(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    if "w_i_diag" not in weights:
        return layer, weights
    return layer, {**weights, "w_i_diag": weights["w_f_diag"], "w_f_diag": weights["w_i_diag"]}


class _OutputOnOldC(LSTMInParts):
    def emit(self, o: Array, c: CellStates) -> Array:
        return super().emit(o, c._replace(clipped=c.old))


class _OutputOnUnclippedC(LSTMInParts):
    def emit(self, o: Array, c: CellStates) -> Array:
        return super().emit(o, c._replace(clipped=c.unclipped))


class _OutputAfterSigmoid(LSTMInParts):
    def emit(self, o: Array, c: CellStates) -> Array:
        own = self.variables.w_o_diag
        return self.squash(o) if own is None else self.squash(o) + own * c.clipped


def _with_peepholes(holds: Holds = lambda _: True) -> Holds:
    return lambda cell: isinstance(cell, LSTMCell) and cell.use_peepholes and holds(cell)


def _left_out(gate: str, room: Room) -> Mistake:
    return Mistake(
        id=f"lstm/peephole-{gate}-left-out",
        statement=f"peephole of {gate} left out: no w_{gate}_diag * c",
        explanation=f"w_{gate}_diag is never added. A first step from a zero state is right for i and f.",
        repair=FORMULA,
        applies=room,
        run=misread(LSTM, with_arrays((f"w_{gate}_diag",), zero)),
    )


_PEEPHOLES = where_lstm(_with_peepholes())
_PEEPHOLES_ON_OLD_C = where_lstm(_with_peepholes(), needs=recurs)

MISTAKES = (
    Mistake(
        id="lstm/peepholes-left-out",
        statement="peepholes left out: no w_f_diag, w_i_diag, w_o_diag",
        explanation="The three diagonal weights are never used.",
        repair=FORMULA,
        applies=_PEEPHOLES,
        run=misread(LSTM, with_arrays(PEEPHOLES, zero)),
    ),
    _left_out("i", _PEEPHOLES_ON_OLD_C),
    _left_out("f", _PEEPHOLES_ON_OLD_C),
    _left_out("o", _PEEPHOLES),
    Mistake(
        id="lstm/peepholes-i-f-swapped",
        statement="peepholes of i and f swapped",
        explanation="w_i_diag is used for f and w_f_diag for i: TensorFlow creates w_f_diag first.",
        repair=FORMULA,
        applies=_PEEPHOLES_ON_OLD_C,
        run=misread(LSTM, _swapped),
    ),
    Mistake(
        id="lstm/peephole-o-on-old-c",
        statement="peephole of o on the old c (TensorFlow: on the new one)",
        explanation="All three peepholes see the cell state of the step before. The difference is small: 0.006 in one "
        "real port.",
        repair="Compute c first, then sigmoid(o + w_o_diag * c) with it.",
        seen=(
            "https://github.com/Enny1991/PLSTM/issues/1",
            "https://github.com/carlthome/tensorflow-convlstm-cell/issues/11",
        ),
        applies=_PEEPHOLES,
        run=with_parts(_OutputOnOldC),
    ),
    Mistake(
        id="lstm/peephole-o-on-unclipped-c",
        statement="peephole of o on the unclipped c",
        explanation="The cell clip comes after the output gate instead of before.",
        repair="Clip c right after its update; everything after that sees the clipped c.",
        applies=where(LSTM, _with_peepholes(lambda cell: cell.cell_clip is not None)),
        run=with_parts(_OutputOnUnclippedC),
    ),
    Mistake(
        id="lstm/peephole-o-after-sigmoid",
        statement="peephole of o added after the sigmoid",
        explanation="o = sigmoid(o) + w_o_diag * c leaves [0, 1].",
        repair="sigmoid(o + w_o_diag * c).",
        seen=("https://github.com/Lasagne/Lasagne/issues/448",),
        applies=_PEEPHOLES,
        run=with_parts(_OutputAfterSigmoid),
    ),
)
