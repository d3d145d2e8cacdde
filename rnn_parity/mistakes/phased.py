"""PhasedLSTMCell: when a unit is open, and what it then takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from numpy_impl.activations import sigmoid
from numpy_impl.phased_lstm import Weights as Own
from numpy_impl.phased_lstm import cycle_ratio, openness
from rnn_parity.mistakes.every_cell import in_biases, in_kernels
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import hidden_rows_first, with_arrays, with_options, with_role, zero
from rnn_parity.mistakes.room import recurs, runs, where
from rnn_parity.mistakes.semantics import Semantics, misread
from rnn_parity.mistakes.stepped import stepped
from rnn_parity.spec import CaseSpec, PhasedLSTMCell
from rnn_parity.structure import Array, Tree
from rnn_parity.weights import Layer

PHASED = (PhasedLSTMCell,)
WITH_C = ("mask_gates/kernel", "output_gate/kernel")  # with peepholes, the last rows are those of c

Openness: TypeAlias = Callable[[Array, Own, float], Array]  # time (B, 1), weights, leak -> k (B, H)
Finish: TypeAlias = Callable[[dict[str, Array], Array, Array], dict[str, Array]]  # gates, c, h -> other gates


def _open(k: Openness) -> Semantics:
    """Return the candidate whose units are open as `k` says."""

    def step(cell: Any, inputs: Tree, state: Tree) -> dict[str, Array]:  # noqa: ANN401  numpy_impl's
        (time, x), (c, h) = inputs, state
        gates: dict[str, Array] = cell.gates(inputs, state)
        gates["k"] = np.broadcast_to(k(time, cell.weights, cell.leak), c.shape).astype(x.dtype)
        return _blended(gates, c, h)

    return stepped(PHASED, step)


def _ending(finish: Finish) -> Semantics:
    """Return the candidate that ends each step with `finish`."""

    def step(cell: Any, inputs: Tree, state: Tree) -> dict[str, Array]:  # noqa: ANN401  as above
        return finish(cell.gates(inputs, state), *state)

    return stepped(PHASED, step)


def _blended(gates: dict[str, Array], c: Array, h: Array) -> dict[str, Array]:
    k, new_c = gates["k"], gates["f"] * c + gates["i"] * gates["j"]
    kept_c, kept_h = k * new_c + (1 - k) * c, k * np.tanh(new_c) * gates["o"] + (1 - k) * h
    return gates | {"c": kept_c, "h": kept_h}


def _h_of_blended_c(gates: dict[str, Array], _: Array, h: Array) -> dict[str, Array]:
    k = gates["k"]
    return gates | {"h": k * np.tanh(gates["c"]) * gates["o"] + (1 - k) * h}


def _h_not_blended(gates: dict[str, Array], c: Array, _: Array) -> dict[str, Array]:
    return gates | {"h": np.tanh(gates["f"] * c + gates["i"] * gates["j"]) * gates["o"]}


def _c_not_blended(gates: dict[str, Array], c: Array, _: Array) -> dict[str, Array]:
    return gates | {"c": gates["f"] * c + gates["i"] * gates["j"]}


def _o_of_old_c(cell: Any, inputs: Tree, state: Tree) -> dict[str, Array]:  # noqa: ANN401  numpy_impl's
    (_, x), (c, h) = inputs, state
    own, gates = cell.weights, cell.gates(inputs, state)
    gates["o"] = sigmoid(np.concatenate([x, h, c], axis=1) @ own.output_gate_kernel + own.output_gate_bias)
    return _blended(gates, c, h)


def _of_ratio(ratio: Callable[[Array, Own], Array]) -> Openness:
    """Return the right openness of another place in the period."""
    return lambda time, own, leak: openness(ratio(time, own), own.ratio_on, leak)


def _whole_ratio_up_and_down(time: Array, own: Own, leak: float) -> Array:
    return openness(cycle_ratio(time, own), 2 * own.ratio_on, leak)


def _leak_alone(time: Array, own: Own, leak: float) -> Array:
    ratio = cycle_ratio(time, own)
    return np.where(ratio < own.ratio_on, openness(ratio, own.ratio_on, leak), ratio.dtype.type(leak))


def _c_zeroed(layer: Layer, kernel: Array) -> Array:
    known = kernel.copy()
    known[layer.depth + layer.cell.num_units :] = 0
    return known


def _c_before_h(layer: Layer, kernel: Array) -> Array:
    x, h, c = np.split(kernel, [layer.depth, layer.depth + layer.cell.num_units])
    return np.concatenate([x, c, h])


def _swapped(_: Layer, array: Array) -> Array:
    return np.roll(array, array.shape[-1] // 2, axis=-1)


def _one_more_on_f(_: Layer, bias: Array) -> Array:
    more = np.zeros_like(bias)
    more[len(bias) // 2 :] = 1
    return bias + more


def _peeps(cell: Any) -> bool:  # noqa: ANN401  a cell's spec
    return bool(cell.use_peepholes)


def _several_rows(spec: CaseSpec) -> bool:
    return runs(spec) and spec.sizes.batch_size > 1


_RATIO = "p = ((time - phase) mod period) / period, from 0 to 1, of every row's own time."
_BLEND = "c = k c* + (1 - k) c and h = k h* + (1 - k) h, where h* = tanh(c*) o is of the c* before blending."
_CLOSED = "A closed unit has k = leak * p, which is small, but not 0."

MISTAKES = (
    Mistake(
        id="phased-lstm/phase-ignored",
        statement="units always open: the time is not used (k = 1)",
        explanation="The cell is an LSTM of the features alone.",
        repair=_BLEND,
        applies=where(PHASED),
        run=_open(lambda *_: np.ones((), np.float64)),
    ),
    Mistake(
        id="phased-lstm/modulo-left-out",
        statement="modulo left out: (time - phase) / period grows for ever",
        explanation="After its first period a unit never opens again. Times within one period cannot show it.",
        repair=_RATIO,
        applies=where(PHASED),
        run=_open(_of_ratio(lambda time, own: (time - own.phase) / own.period)),
    ),
    Mistake(
        id="phased-lstm/modulo-negative",
        statement="modulo with the sign of the time: negative before the phase",
        explanation="C's fmod, and torch.fmod, keep the sign of time - phase; TensorFlow's mod, as Python's, is never "
        "negative. Times above every phase cannot show it.",
        repair=_RATIO,
        applies=where(PHASED),
        run=_open(_of_ratio(lambda time, own: np.fmod(time - own.phase, own.period) / own.period)),
    ),
    Mistake(
        id="phased-lstm/phase-left-out",
        statement="phase left out: (time mod period) / period",
        explanation="All units open at the start of their periods.",
        repair=_RATIO,
        applies=where(PHASED),
        run=misread(PHASED, with_arrays(("phase",), zero)),
    ),
    Mistake(
        id="phased-lstm/phase-added",
        statement="phase added to the time (TensorFlow: subtracted)",
        explanation="Units open before they should: the sign of the phase was lost.",
        repair=_RATIO,
        applies=where(PHASED),
        run=misread(PHASED, with_arrays(("phase",), lambda _, phase: -phase)),
    ),
    Mistake(
        id="phased-lstm/times-cut-to-whole-numbers",
        statement="times cut to whole numbers",
        explanation="The time was taken for the number of a step. Times that are whole numbers cannot show it.",
        repair=_RATIO,
        applies=where(PHASED),
        run=_open(_of_ratio(lambda time, own: cycle_ratio(np.floor(time), own))),
    ),
    Mistake(
        id="phased-lstm/time-of-first-row",
        statement="time of the first row used for all rows",
        explanation="The time was taken for one number a step. Batches of equal times cannot show it.",
        repair=_RATIO,
        applies=where(PHASED, needs=_several_rows),
        run=_open(_of_ratio(lambda time, own: cycle_ratio(time[:1], own))),
    ),
    Mistake(
        id="phased-lstm/ratio-on-doubled",
        statement="opening for all of ratio_on, closing as long again",
        explanation="ratio_on is the whole open part of the period: a half of it opening, a half closing.",
        repair="k = 2 p / ratio_on up to ratio_on / 2, then 2 - 2 p / ratio_on up to ratio_on.",
        applies=where(PHASED),
        run=_open(_whole_ratio_up_and_down),
    ),
    Mistake(
        id="phased-lstm/leak-left-out",
        statement="leak left out: closed units keep their state as it is",
        explanation="k is 0 where a unit is closed. TensorFlow leaks in inference, too, unlike the paper.",
        repair=_CLOSED,
        applies=where(PHASED, lambda cell: cell.leak != 0),
        run=misread(PHASED, with_options(leak=0.0)),
    ),
    Mistake(
        id="phased-lstm/leak-not-scaled",
        statement="closed units open by leak (TensorFlow: leak * p)",
        explanation="k is one number for all closed units.",
        repair=_CLOSED,
        applies=where(PHASED, lambda cell: cell.leak != 0),
        run=_open(_leak_alone),
    ),
    Mistake(
        id="phased-lstm/h-of-blended-c",
        statement="h computed from the c that is carried, not from the new one",
        explanation="tanh(c') stands where tanh(c*) should: c was blended with the old one too early.",
        repair=_BLEND,
        applies=where(PHASED),
        run=_ending(_h_of_blended_c),
    ),
    Mistake(
        id="phased-lstm/h-not-blended",
        statement="h not blended with the old h",
        explanation="Only c keeps what a closed unit had.",
        repair=_BLEND,
        applies=where(PHASED),
        run=_ending(_h_not_blended),
    ),
    Mistake(
        id="phased-lstm/c-not-blended",
        statement="c not blended with the old c",
        explanation="Only h keeps what a closed unit had.",
        repair=_BLEND,
        applies=where(PHASED),
        run=_ending(_c_not_blended),
    ),
    Mistake(
        id="phased-lstm/gates-swapped",
        statement="mask gates read f,i (TensorFlow's blocks are i,f)",
        explanation="The two column blocks of mask_gates are exchanged. All shapes fit.",
        repair="Take the first H columns of mask_gates for the input gate, the last for the forget gate.",
        applies=where(PHASED),
        run=misread(PHASED, with_arrays(("mask_gates/kernel", "mask_gates/bias"), _swapped)),
    ),
    Mistake(
        id="phased-lstm/forget-bias-added",
        statement="a forget bias of 1 added (PhasedLSTMCell has none)",
        explanation="The other LSTMs add forget_bias in every step. A first step from a zero state is right even so.",
        repair="f = sigmoid([x h] kernel + bias), nothing else added.",
        applies=where(PHASED, needs=recurs),
        run=misread(PHASED, with_arrays(("mask_gates/bias",), _one_more_on_f)),
    ),
    Mistake(
        id="phased-lstm/peepholes-left-out",
        statement="peepholes left out: rows of c never used",
        explanation="With use_peepholes the kernels of mask_gates and output_gate have H rows more, for c.",
        repair="Multiply [x h c] with mask_gates/kernel and [x h c*] with output_gate/kernel.",
        applies=where(PHASED, _peeps),
        run=misread(PHASED, with_arrays(WITH_C, _c_zeroed)),
    ),
    Mistake(
        id="phased-lstm/peephole-o-on-old-c",
        statement="output gate's peephole on the old c (TensorFlow: on the new)",
        explanation="All three gates were computed from one concatenation.",
        repair="Compute c* = f c + i j first, and the output gate of [x h c*].",
        applies=where(PHASED, _peeps),
        run=stepped(PHASED, _o_of_old_c),
    ),
    Mistake(
        id="phased-lstm/peephole-rows-before-h",
        statement="rows of c read before those of h: [x; c; h]",
        explanation="TensorFlow concatenates [x h c]. All shapes fit.",
        repair="Take the last H rows of mask_gates/kernel and output_gate/kernel for c.",
        applies=where(PHASED, _peeps),
        run=misread(PHASED, with_arrays(WITH_C, _c_before_h)),
    ),
    Mistake(
        id="phased-lstm/kernel-rows-h-x",
        statement="kernel rows read as [h; x] (TensorFlow's are [x; h])",
        explanation="TensorFlow multiplies the concatenation [x, h], so the first rows of a kernel belong to the "
        "features. With [h, x] every shape still fits.",
        repair="Take the first D rows for x, the rest for h; or concatenate as [x, h].",
        applies=where(PHASED, lambda cell: not cell.use_peepholes),
        run=misread(PHASED, with_role(hidden_rows_first, "kernel")),
    ),
    *in_biases("phased-lstm", PHASED),
    *in_kernels("phased-lstm", PHASED),
)
