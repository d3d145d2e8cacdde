"""The formula of the norms themselves: their mean, their root, their gamma and beta."""

from __future__ import annotations

import numpy as np

from rnn_parity.mistakes.layer_norm import with_norms, with_norms_of_any_size
from rnn_parity.mistakes.layer_norm_in_parts import NormInParts, with_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.structure import Array


class _MeanKept(NormInParts):
    def standard(self, values: Array) -> Array:
        mean_square = np.square(values).mean(axis=1, keepdims=True)
        return values / np.sqrt(mean_square + values.dtype.type(self.epsilon[values.dtype == np.float16]))


class _DividedByVariance(NormInParts):
    def standard(self, values: Array) -> Array:
        centred = values - values.mean(axis=1, keepdims=True)
        variance = np.square(centred).mean(axis=1, keepdims=True)
        return centred / (variance + values.dtype.type(self.epsilon[values.dtype == np.float16]))


class _GammaPlusOne(NormInParts):
    def gamma(self, letter: str) -> Array:
        return super().gamma(letter) + 1


class _NormOfFirstGate(NormInParts):
    def gamma(self, letter: str) -> Array:
        return super().gamma(letter if letter == "c" else self.letters[0])

    def beta(self, letter: str) -> Array:
        return super().beta(letter if letter == "c" else self.letters[0])


MISTAKES = (
    Mistake(
        id="layer-norm/mean-not-subtracted",
        statement="mean not subtracted in the norms (RMS norm)",
        explanation="The values are divided by their root mean square. A mean near 0 hides it.",
        repair="(z - mean) / sqrt(variance + epsilon) * gamma + beta.",
        applies=with_norms_of_any_size(),
        run=with_parts(_MeanKept),
    ),
    Mistake(
        id="layer-norm/divided-by-variance",
        statement="norms divide by the variance (TensorFlow: by its root)",
        explanation="The square root is missing. A variance near 1 hides it.",
        repair="(z - mean) / sqrt(variance + epsilon) * gamma + beta.",
        applies=with_norms(),
        run=with_parts(_DividedByVariance),
    ),
    Mistake(
        id="layer-norm/gamma-plus-one",
        statement="gamma taken for what is added to 1: (1 + gamma)",
        explanation="Some libraries keep gamma - 1, which starts at 0. TensorFlow's starts at norm_gain, 1.0.",
        repair="(z - mean) / sqrt(variance + epsilon) * gamma + beta.",
        applies=with_norms(),
        run=with_parts(_GammaPlusOne),
    ),
    Mistake(
        id="layer-norm/one-norm-for-all-gates",
        statement="gamma and beta of the first gate used for all gates",
        explanation="One norm was made, and used for each gate. Gamma and beta as they are initialised, all equal, "
        "hide it.",
        repair="Each gate has a gamma and a beta of its own, and so has c.",
        applies=with_norms_of_any_size(),
        run=with_parts(_NormOfFirstGate),
    ),
)
