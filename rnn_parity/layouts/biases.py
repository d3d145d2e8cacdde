"""TensorFlow's one bias and its forget_bias, as the two biases or the one bias that others have.

Where there are two, forget_bias alone stands in the second: TensorFlow adds it by itself, too, and nothing is rounded
in either direction. Where there is one it is folded in, which rounds (`blocks.folded`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.blocks import constant_bias, folded, merged, unfolded, zeros_like
from rnn_parity.layouts.form import Form
from rnn_parity.layouts.parts import Parts

FORGET, CANDIDATE = "f", "c"


def two_biases(parts: Parts, form: Form) -> Parts:
    """Return the parts with a `hidden_bias` for every gate: forget_bias where there is one, zeros elsewhere."""
    second = zeros_like(parts.bias) | parts.hidden_bias
    if FORGET in second:
        second[FORGET] = constant_bias(second[FORGET], form.forget_bias)
    return replace(parts, hidden_bias=second)


def of_two_biases(parts: Parts, form: Form) -> Parts:
    """Return the parts with the biases that TensorFlow has: exact after `two_biases`, rounded sums of foreign pairs.

    Raises:
        LayoutInexpressibleError: the second bias of a candidate is reset with h's product, and TensorFlow's cell has
            none.
    """
    second, kept = dict(parts.hidden_bias), {}
    if FORGET in second:
        second[FORGET] = second[FORGET] - constant_bias(second[FORGET], form.forget_bias)
    if form.reset == "after":
        kept[CANDIDATE] = second.pop(CANDIDATE)
    elif form.reset == "either" and np.any(second[CANDIDATE]):
        raise LayoutInexpressibleError("tf1", "an IndyGRUCell has one bias of the candidate, which is never reset")
    bias = {gate: merged(array, second[gate]) if gate in second else array for gate, array in parts.bias.items()}
    return replace(parts, bias=bias, hidden_bias=kept)


def one_bias(parts: Parts, form: Form) -> Parts:
    """Return the parts with forget_bias folded into the bias."""
    bias = dict(parts.bias)
    if FORGET in bias:
        bias[FORGET] = folded(bias[FORGET], form.forget_bias)
    return replace(parts, bias=bias)


def of_one_bias(parts: Parts, form: Form) -> Parts:
    """Return the parts without forget_bias in the bias; see `blocks.unfolded` for what `one_bias` lost."""
    bias = dict(parts.bias)
    if FORGET in bias:
        bias[FORGET] = unfolded(bias[FORGET], form.forget_bias)
    return replace(parts, bias=bias)
