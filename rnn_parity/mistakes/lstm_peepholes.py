"""Peepholes: w_f_diag and w_i_diag see the old c, w_o_diag the new, clipped one, all before the sigmoid."""

from __future__ import annotations

from rnn_parity.mistakes.lstm_in_parts import CellStates, LSTMInParts, with_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import PEEPHOLES, with_arrays, zero
from rnn_parity.mistakes.room import Holds, Room, recurs, squashes_unlike, where, where_lstm
from rnn_parity.mistakes.semantics import LSTM, Reading, Weights, misread
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


class _AllAfterSigmoid(_OutputAfterSigmoid):
    def forget(self, f: Array, c: Array) -> Array:
        return _after(self.squash(f + f.dtype.type(self.forget_bias)), self.variables.w_f_diag, c)

    def admit(self, i: Array, c: Array) -> Array:
        return _after(self.squash(i), self.variables.w_i_diag, c)


class _OutputOnActivatedC(LSTMInParts):
    def emit(self, o: Array, c: CellStates) -> Array:
        return super().emit(o, c._replace(clipped=self.activate(c.clipped)))


def _after(gate: Array, own: Array | None, c: Array) -> Array:
    return gate if own is None else gate + own * c


def _taken_as(order: str) -> Reading:
    """Return the reading in which the peepholes of i, f and o are those of these gates."""

    def read(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
        if "w_i_diag" not in weights:
            return layer, weights
        return layer, {
            **weights,
            **{f"w_{own}_diag": weights[f"w_{of}_diag"] for own, of in zip("ifo", order, strict=True)},
        }

    return read


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


def _read_as(order: str, statement: str, explanation: str) -> Mistake:
    return Mistake(
        id=f"lstm/peepholes-read-{'-'.join(order)}",
        statement=statement,
        explanation=explanation,
        repair=FORMULA,
        applies=_PEEPHOLES,
        run=misread(LSTM, _taken_as(order)),
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
    Mistake(
        id="lstm/peepholes-after-sigmoid",
        statement="all peepholes added after the sigmoid",
        explanation="sigmoid(f + forget_bias) + w_f_diag * c, and so on: the gates leave [0, 1].",
        repair=FORMULA,
        applies=_PEEPHOLES,
        run=with_parts(_AllAfterSigmoid),
    ),
    Mistake(
        id="lstm/peephole-o-on-activated-c",
        statement="peephole of o on activation(c) (TensorFlow: on c)",
        explanation="The output gate sees what h is made of. Small c hide it: tanh(c) is near c there.",
        repair=FORMULA,
        applies=where_lstm(_with_peepholes(lambda cell: squashes_unlike(cell, "linear"))),
        run=with_parts(_OutputOnActivatedC),
    ),
    _read_as(
        "ofi",
        "peepholes of i and o swapped",
        "w_i_diag is used for o and w_o_diag for i, on the c that each of them sees.",
    ),
    _read_as(
        "iof",
        "peepholes of f and o swapped",
        "w_f_diag is used for o and w_o_diag for f: ONNX lists the peepholes as i, o, f.",
    ),
    _read_as(
        "foi",
        "peepholes of f, i, o used for i, o, f",
        "The diagonals were handed on in the order in which TensorFlow creates them, w_f, w_i, w_o, to a target whose "
        "order is i, o, f, as ONNX's is.",
    ),
    _read_as(
        "oif",
        "peepholes of i, f, o used for f, o, i",
        "The diagonals were handed on one place too far.",
    ),
)
