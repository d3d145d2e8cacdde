"""The LSTM whose input gate is 1 - f, as an LSTM with all four gates: 1 - sigmoid(f) = sigmoid(-f), so i is -f."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.form import Form
from rnn_parity.layouts.parts import Parts

INPUT, FORGET = "i", "f"


def uncoupled(parts: Parts, form: Form) -> Parts:
    """Return the parts with an input gate of their own; exact, as a changed sign is.

    Biases must hold the forget_bias (`biases`), whose sign changes with the rest.
    """
    if not form.coupled:
        return parts
    gates = {one.name: dict(getattr(parts, one.name)) for one in fields(parts)}
    for own in gates.values():
        if FORGET in own:
            own[INPUT] = -own[FORGET]
    return Parts(**gates)


def recoupled(parts: Parts, form: Form) -> Parts:
    """Return the parts without the input gate that `uncoupled` gave them.

    Raises:
        LayoutInexpressibleError: the input gate is not the forget gate with its sign changed.
    """
    if not form.coupled:
        return parts
    gates = {one.name: dict(getattr(parts, one.name)) for one in fields(parts)}
    for own in gates.values():
        if FORGET in own and not np.array_equal(own.pop(INPUT), -own[FORGET]):
            reason = "the input gate of a CoupledInputForgetGateLSTMCell is what its forget gate leaves"
            raise LayoutInexpressibleError("tf1", reason)
    return Parts(**gates)
