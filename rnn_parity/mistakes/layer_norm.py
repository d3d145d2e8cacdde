"""Norms inside LSTMs: over what, with which epsilon, before or after what, and what of it is carried on."""

from __future__ import annotations

import numpy as np

from numpy_impl.lstm import peephole
from numpy_impl.state import LSTMStateTuple
from rnn_parity.mistakes.layer_norm_in_parts import COUPLED, NORMED, NormedLSTMInParts, NormInParts, with_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_arrays
from rnn_parity.mistakes.room import Holds, Room, all_of, recurs, runs, where
from rnn_parity.mistakes.semantics import Reading, Weights, misread
from rnn_parity.spec import NORM_SCOPES, CaseSpec, LayerNormBasicLSTMCell
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

WITH_NORMS = (*NORMED, *COUPLED)
SMALL_GAIN = 0.2  # below which pre-activations are so small that 1e-5, or 1e-3 in float16, is no rounding


class _EpsilonOfKeras(NormInParts):
    epsilon = dict.fromkeys((False, True), 1e-3)


class _EpsilonOfPyTorch(NormInParts):
    epsilon = dict.fromkeys((False, True), 1e-5)


class _EpsilonOfFloat32(NormInParts):
    epsilon = dict.fromkeys((False, True), 1e-12)


class _SampleVariance(NormInParts):
    lost = 1


class _OverBatch(NormInParts):
    axis = 0


class _AllAtOnce(NormInParts):
    def normed(self, product: Array, x: Array, old: LSTMStateTuple) -> dict[str, Array]:  # noqa: ARG002  as given
        gates = self.split(self.standard(product))
        return {letter: values * self.gamma(letter) + self.beta(letter) for letter, values in gates.items()}


class _InputsAndStateApart(NormInParts):
    def normed(self, product: Array, x: Array, old: LSTMStateTuple) -> dict[str, Array]:  # noqa: ARG002  as given
        rows = x.shape[1]
        of_x, of_h = self.split(x @ self.kernel[:rows]), self.split(old.h @ self.kernel[rows:])
        return {
            letter: (self.standard(of_x[letter]) + self.standard(of_h[letter])) * self.gamma(letter) + self.beta(letter)
            for letter in self.letters
        }


class _WithBias(NormInParts):
    def normed(self, product: Array, x: Array, old: LSTMStateTuple) -> dict[str, Array]:
        return super().normed(product + self.bias, x, old)


class _ForgetBiasBefore(NormInParts):
    def shifted(self, f: Array) -> Array:
        return f if self.layer_norm else super().shifted(f)  # the norm takes a constant out again


class _CellStateAsItIs(NormInParts):
    def norm_c(self, raw: Array) -> Array:
        return raw


class _CarriedAsItIs(NormInParts):
    def carried(self, raw: Array, c: Array) -> Array:
        return self.bounded(raw) if self.layer_norm else c


class _SeenAsItIs(NormInParts):
    def seen(self, raw: Array, c: Array) -> Array:
        return self.bounded(raw) if self.layer_norm else c


class _ClippedBefore(NormedLSTMInParts):
    def settled(self, raw: Array) -> Array:
        return self.norm_c(self.bounded(raw))


class _PeepholesBefore(NormedLSTMInParts):
    def normed(self, product: Array, x: Array, old: LSTMStateTuple) -> dict[str, Array]:  # noqa: ARG002  as given
        gates = self.split(product)
        gates["i"] = peephole(gates["i"], self.weights.w_i_diag, old.c)
        gates["f"] = peephole(gates["f"], self.weights.w_f_diag, old.c)
        return {letter: self.norm(values, letter) for letter, values in gates.items()}

    def forget(self, f: Array, c: Array) -> Array:
        return self.shifted(f) if self.layer_norm else super().forget(f, c)

    def admit(self, i: Array, c: Array) -> Array:
        return i if self.layer_norm else super().admit(i, c)


def _scopes_exchanged(first: str, second: str) -> Reading:
    exchanged = {NORM_SCOPES[first]: NORM_SCOPES[second], NORM_SCOPES[second]: NORM_SCOPES[first]}

    def read(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
        scopes = {name: name.partition("/") for name in weights}
        return layer, {name: weights[exchanged.get(at, at) + slash + own] for name, (at, slash, own) in scopes.items()}

    return read


def _ones(_: Layer, array: Array) -> Array:
    return np.ones_like(array)


def _zeros(_: Layer, array: Array) -> Array:
    return np.zeros_like(array)


def with_norms(kinds: tuple[type, ...] = WITH_NORMS, holds: Holds = lambda _: True, *, needs: Room = runs) -> Room:
    """Return the room in cells with norms; those of one unit, which leave beta alone, are none."""
    return where(kinds, lambda cell: cell.layer_norm and cell.num_units > 1 and holds(cell), needs=needs)


def with_norms_of_any_size() -> Room:
    """Return the room in cells with norms, also of one unit: of a mistake that makes more than beta of it."""
    return where(WITH_NORMS, lambda cell: cell.layer_norm)


def either(*rooms: Room) -> Room:
    """Return the room that any of these leaves."""
    return lambda spec: any(room(spec) for room in rooms)


def _is_half(spec: CaseSpec) -> bool:
    return spec.dtype == "float16"


def _is_small(spec: CaseSpec) -> bool:
    return spec.gain < SMALL_GAIN


GAMMAS = tuple(f"{scope}/gamma" for scope in NORM_SCOPES.values())
BETAS = tuple(f"{scope}/beta" for scope in NORM_SCOPES.values())

_EPSILON = "tf.contrib.layers.layer_norm adds 1e-12 to the variance, in float16 1e-3, and has no argument for it. "


class _NothingDropped(NormedLSTMInParts):
    def drop(self, values: Array) -> Array:
        return values


class _NotScaled(NormedLSTMInParts):
    def drop(self, values: Array) -> Array:
        return super().drop(values) * values.dtype.type(self.dropout_keep_prob)


class _CellStateDropped(NormedLSTMInParts):
    def mixed(self, kept: Array, admit: Array, candidate: Array) -> Array:
        return self.drop(kept + admit * candidate)


_DROPS = where((LayerNormBasicLSTMCell,), lambda cell: cell.dropout_keep_prob < 1)

MISTAKES = (
    Mistake(
        id="layer-norm/epsilon-1e-3",
        statement="epsilon of the norms 1e-3 (TensorFlow's is 1e-12)",
        explanation=_EPSILON
        + "Keras's layers and tensorflow-addons take 1e-3, which shows where the variance is small.",
        repair="Add 1e-12 to the variance in float32 and float64.",
        seen=("https://github.com/tensorflow/tensorflow/issues/21929",),
        applies=all_of(with_norms(), lambda spec: not _is_half(spec)),
        run=with_parts(_EpsilonOfKeras),
    ),
    Mistake(
        id="layer-norm/epsilon-1e-5",
        statement="epsilon of the norms 1e-5 (TensorFlow's is 1e-12)",
        explanation=_EPSILON + "PyTorch's default is 1e-5, which shows where the variance is small.",
        repair="Add 1e-12 to the variance in float32 and float64.",
        applies=all_of(with_norms(), _is_small),
        run=with_parts(_EpsilonOfPyTorch),
    ),
    Mistake(
        id="layer-norm/epsilon-of-float32-in-float16",
        statement="epsilon of the norms 1e-12 in float16 (TensorFlow's is 1e-3)",
        explanation=_EPSILON + "1e-12 is 0 in float16.",
        repair="Add 1e-3 to the variance in float16.",
        applies=all_of(with_norms(), _is_half, _is_small),
        run=with_parts(_EpsilonOfFloat32),
    ),
    Mistake(
        id="layer-norm/sample-variance",
        statement="variance of the norms divided by H - 1 (TensorFlow: by H)",
        explanation="`torch.var` and `np.var(..., ddof=1)` divide by one less. Many units hide it; one unit gives NaN.",
        repair="Divide by H: the population's variance.",
        applies=where(WITH_NORMS, lambda cell: cell.layer_norm),
        run=with_parts(_SampleVariance),
    ),
    Mistake(
        id="layer-norm/all-gates-at-once",
        statement="all gates normalised at once (TensorFlow: each by itself)",
        explanation="One mean and one variance over all columns of [x h] kernel, as in tensorflow-addons.",
        repair="Split first, then normalise each gate over its own H columns.",
        seen=("https://github.com/tensorflow/addons/pull/210", "https://github.com/tensorflow/addons/pull/323"),
        applies=with_norms_of_any_size(),
        run=with_parts(_AllAtOnce),
    ),
    Mistake(
        id="layer-norm/inputs-and-state-apart",
        statement="x W and h U normalised apart (TensorFlow: their sum)",
        explanation="The paper, tensorflow-addons and most code for PyTorch normalise the two products; TensorFlow's "
        "contrib cells normalise their sum. A first step from a zero h does not show it.",
        repair="Normalise [x h] kernel, gate by gate.",
        seen=("https://github.com/tensorflow/tensorflow/pull/15861", "https://github.com/pytorch/pytorch/issues/11335"),
        applies=with_norms(needs=recurs),
        run=with_parts(_InputsAndStateApart),
    ),
    Mistake(
        id="layer-norm/over-the-batch",
        statement="normalised over the batch (TensorFlow: over the units)",
        explanation="Mean and variance are taken along the axis of the batch. With as many rows as units every shape "
        "fits, and a batch of one row leaves beta alone.",
        repair="Take mean and variance along the last axis.",
        applies=with_norms_of_any_size(),
        run=with_parts(_OverBatch),
    ),
    Mistake(
        id="layer-norm/normalised-c-not-carried",
        statement="c carried on as it was before its norm",
        explanation="Only the c that h is made of is normalised. In TensorFlow the normalised c is the new state, too, "
        "which outputs show from the second step on.",
        repair="c = norm(f * c + i * j), and carry that.",
        seen=("https://github.com/pytorch/pytorch/issues/11335",),
        applies=with_norms_of_any_size(),
        run=with_parts(_CarriedAsItIs),
    ),
    Mistake(
        id="layer-norm/hidden-of-c-before-norm",
        statement="h computed of c as it was before its norm",
        explanation="c is normalised for the next step only.",
        repair="h = activation(norm(c)) * sigmoid(o).",
        applies=with_norms_of_any_size(),
        run=with_parts(_SeenAsItIs),
    ),
    Mistake(
        id="layer-norm/c-not-normalised",
        statement="c not normalised",
        explanation="The gates are normalised, the new cell state is not.",
        repair="Normalise f * c + i * j with state/gamma and state/beta.",
        applies=with_norms_of_any_size(),
        run=with_parts(_CellStateAsItIs),
    ),
    Mistake(
        id="layer-norm/bias-added",
        statement="bias added although the gates are normalised",
        explanation="LayerNormLSTMCell and CoupledInputForgetGateLSTMCell create a bias in any case and add it only "
        "without norms. It is zero until somebody sets it.",
        repair="Leave the bias out where layer_norm is True.",
        seen=("https://github.com/tensorflow/addons/pull/210",),
        applies=with_norms((NORMED[1], *COUPLED)),
        run=with_parts(_WithBias),
    ),
    Mistake(
        id="layer-norm/forget-bias-before-norm",
        statement="forget bias added before the norm, which takes it out",
        explanation="A norm subtracts the mean of its row, and with it any constant.",
        repair="sigmoid(norm(f) + forget_bias).",
        applies=either(
            with_norms(NORMED, lambda cell: cell.forget_bias != 0, needs=recurs),
            with_norms(COUPLED, lambda cell: cell.forget_bias != 0),
        ),
        run=with_parts(_ForgetBiasBefore),
    ),
    Mistake(
        id="layer-norm/j-f-norms-exchanged",
        statement="gamma and beta of j and f exchanged",
        explanation="The variables are created in the order of the kernel's blocks, of which f comes third: input, "
        "transform, forget, output. Freshly built cells, whose norms are all alike, cannot show it.",
        repair="j takes transform/gamma and transform/beta, f takes forget/gamma and forget/beta.",
        applies=with_norms(),
        run=misread(WITH_NORMS, _scopes_exchanged("j", "f")),
    ),
    Mistake(
        id="layer-norm/gamma-ignored",
        statement="gamma ignored",
        explanation="The factors of the norms are taken for one, which they are in a freshly built cell.",
        repair="Multiply what is normalised by gamma.",
        applies=with_norms(),
        run=misread(WITH_NORMS, with_arrays(GAMMAS, _ones)),
    ),
    Mistake(
        id="layer-norm/beta-ignored",
        statement="beta ignored",
        explanation="The shifts of the norms are taken for zero, which they are in a freshly built cell.",
        repair="Add beta to what is normalised.",
        applies=where(WITH_NORMS, lambda cell: cell.layer_norm),
        run=misread(WITH_NORMS, with_arrays(BETAS, _zeros)),
    ),
    Mistake(
        id="layer-norm/clipped-before-norm",
        statement="c clipped before its norm (TensorFlow: after)",
        explanation="The clip then binds other values, and the c that is carried on passes its bound.",
        repair="c = clip(norm(f * c + i * j), cell_clip).",
        applies=with_norms(NORMED, lambda cell: getattr(cell, "cell_clip", None) is not None),
        run=with_parts(_ClippedBefore),
    ),
    Mistake(
        id="layer-norm/peepholes-before-norm",
        statement="peepholes added before the norms (TensorFlow: after)",
        explanation="w_i_diag * c and w_f_diag * c are normalised with the gates.",
        repair="sigmoid(norm(i) + w_i_diag * c), and f likewise.",
        applies=with_norms(NORMED, lambda cell: getattr(cell, "use_peepholes", False), needs=recurs),
        run=with_parts(_PeepholesBefore),
    ),
    Mistake(
        id="layer-norm/recurrent-dropout-left-out",
        statement="recurrent dropout left out: the whole candidate is used",
        explanation="dropout_keep_prob is taken for something around the cell. It drops entries of the squashed "
        "candidate at every step, also where nothing else is dropped.",
        repair="c = f * c + i * dropped(activation(j)).",
        applies=_DROPS,
        run=with_parts(_NothingDropped),
    ),
    Mistake(
        id="layer-norm/recurrent-dropout-not-scaled",
        statement="recurrent dropout not divided by dropout_keep_prob",
        explanation="TensorFlow scales while it drops, so that nothing is scaled where nothing is dropped.",
        repair="Divide the kept entries of the candidate by dropout_keep_prob.",
        applies=_DROPS,
        run=with_parts(_NotScaled),
    ),
    Mistake(
        id="layer-norm/recurrent-dropout-of-c",
        statement="recurrent dropout of c (TensorFlow: of the candidate)",
        explanation="What c remembers is then lost with the entries that are dropped.",
        repair="c = f * c + i * dropped(activation(j)).",
        applies=_DROPS,
        run=with_parts(_CellStateDropped),
    ),
)
