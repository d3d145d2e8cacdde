"""What goes wrong with forget_bias, which TensorFlow adds to f in every step and keeps in no variable."""

from __future__ import annotations

from collections.abc import Callable

from numpy_impl.lstm import peephole
from rnn_parity.mistakes.lstm_gates import blocks
from rnn_parity.mistakes.lstm_in_parts import LSTMInParts, lstm_of, with_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_arrays, with_options
from rnn_parity.mistakes.room import recurs, where, where_lstm
from rnn_parity.mistakes.semantics import LSTM, Reading, Weights, misread
from rnn_parity.spec import LSTM_GATES
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

ANOTHER_GATE = {"i": "input", "j": "candidate", "o": "output"}


def _taken_as(change: Callable[[float], float]) -> Reading:
    """Return the reading of another number for forget_bias."""

    def read(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
        return with_options(forget_bias=change(_forget_bias(layer)))(layer, weights)

    return read


def _added_to(gate: str) -> Reading:
    """Return the reading of forget_bias as something to add to another gate."""

    def read(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
        def add(layer: Layer, bias: Array) -> Array:
            own = blocks(bias).copy()
            own[LSTM_GATES.index(gate)] += _forget_bias(layer)
            return own.reshape(bias.shape)

        return with_options(forget_bias=0.0)(*with_arrays(("bias",), add)(layer, weights))

    return read


def _added_everywhere(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
    own = _forget_bias(layer)
    return with_options(forget_bias=0.0)(
        *with_arrays(("bias",), lambda _, bias: bias + bias.dtype.type(own))(layer, weights)
    )


def _forget_bias(layer: Layer) -> float:
    return lstm_of(layer).forget_bias


class _AfterTheSigmoid(LSTMInParts):
    def forget(self, f: Array, c: Array) -> Array:
        return self.squash(peephole(f, self.variables.w_f_diag, c)) + f.dtype.type(self.forget_bias)


def _on_another_gate(gate: str) -> Mistake:
    return Mistake(
        id=f"lstm/forget-bias-on-{gate}",
        statement=f"forget_bias added to {gate}, the {ANOTHER_GATE[gate]} gate's block, not to f",
        explanation=f"The bias of the forget gate went to the block of {gate}: often a mix-up of gate orders, when it "
        "is folded into the bias before the blocks are permuted, or after.",
        repair="Add forget_bias to f, TensorFlow's third block.",
        applies=where(LSTM, lambda cell: cell.forget_bias != 0) if gate == "o" else _ROOM_FROM_ZERO,
        run=misread(LSTM, _added_to(gate)),
    )


_ROOM = where_lstm(lambda cell: cell.forget_bias != 0, needs=recurs)
_ROOM_FROM_ZERO = where_lstm(lambda cell: cell.forget_bias != 0)

MISTAKES = (
    Mistake(
        id="lstm/forget-bias-left-out",
        statement="forget_bias left out: sigmoid(f), not sigmoid(f+forget_bias)",
        explanation="TensorFlow adds forget_bias to f in every step, and no checkpoint holds it, so copied weights "
        "lack it. A first step from a zero state is right even so.",
        repair="Add forget_bias (TensorFlow's default is 1.0) to f, or once to the bias of the forget gate.",
        seen=(
            "https://newbe.dev/index.php/how-exactly-does-lstmcell-from-tensorflow-operates",
            "https://github.com/keras-team/keras/issues/10179",
            "https://github.com/NVIDIA/TensorRT/issues/403",
            "https://github.com/apple/coremltools/issues/309",
            "https://github.com/NVIDIA/TensorRT/issues/371",
            "https://github.com/libxsmm/libxsmm/pull/283",
            "https://github.com/malmaud/TensorFlow.jl/pull/310",
            "https://github.com/clab/dynet/issues/1646",
        ),
        applies=_ROOM,
        run=misread(LSTM, _taken_as(lambda _: 0.0)),
    ),
    Mistake(
        id="lstm/forget-bias-twice",
        statement="forget_bias added twice: sigmoid(f + 2 forget_bias)",
        explanation="It was folded into the bias, and the cell adds it again; or it stands in both of two biases.",
        repair="Add it once: in the bias or in the step, in one of two biases.",
        seen=("https://github.com/chainer/chainer/issues/4647", "https://github.com/tensorflow/tensorflow/pull/9909"),
        applies=_ROOM,
        run=misread(LSTM, _taken_as(lambda forget_bias: 2 * forget_bias)),
    ),
    Mistake(
        id="lstm/forget-bias-always-one",
        statement="forget_bias hard-coded to 1",
        explanation="The cell adds 1 to f whatever forget_bias says. With TensorFlow's default it is right.",
        repair="Add the cell's forget_bias.",
        seen=("https://github.com/clab/dynet/pull/1097", "https://github.com/tensorflow/tensorflow/pull/767"),
        applies=where_lstm(lambda cell: cell.forget_bias != 1, needs=recurs),
        run=misread(LSTM, _taken_as(lambda _: 1.0)),
    ),
    Mistake(
        id="lstm/forget-bias-subtracted",
        statement="forget_bias subtracted: sigmoid(f - forget_bias)",
        explanation="Its sign was lost: subtracted, or taken for positive where it is negative.",
        repair="Add forget_bias to f with its sign.",
        applies=_ROOM,
        run=misread(LSTM, _taken_as(lambda forget_bias: -forget_bias)),
    ),
    Mistake(
        id="lstm/forget-bias-halved",
        statement="forget_bias halved: sigmoid(f + forget_bias / 2)",
        explanation="It was divided between two biases, which are summed, and one of the two was lost.",
        repair="Put forget_bias into one of the two biases.",
        applies=_ROOM,
        run=misread(LSTM, _taken_as(lambda forget_bias: forget_bias / 2)),
    ),
    Mistake(
        id="lstm/forget-bias-0-is-one",
        statement="forget_bias=0.0 taken for the default, 1",
        explanation="`forget_bias or 1.0` is 1.0 where forget_bias is 0. Any other value is right.",
        repair="Ask `forget_bias is None`.",
        applies=where_lstm(lambda cell: cell.forget_bias == 0, needs=recurs),
        run=misread(LSTM, _taken_as(lambda forget_bias: forget_bias or 1.0)),
    ),
    Mistake(
        id="lstm/forget-bias-on-all-gates",
        statement="forget_bias added to all four blocks, not to f alone",
        explanation="It was added to the whole bias, as a number that is broadcast.",
        repair="Add forget_bias to f, TensorFlow's third block.",
        applies=where(LSTM, lambda cell: cell.forget_bias != 0),
        run=misread(LSTM, _added_everywhere),
    ),
    Mistake(
        id="lstm/forget-bias-after-sigmoid",
        statement="forget_bias added after the sigmoid: sigmoid(f) + forget_bias",
        explanation="The gate leaves [0, 1], and c grows from step to step.",
        repair="Add forget_bias to f before the sigmoid.",
        seen=("https://github.com/apache/tvm/pull/3410",),
        applies=_ROOM,
        run=with_parts(_AfterTheSigmoid),
    ),
    *map(_on_another_gate, ANOTHER_GATE),
)
