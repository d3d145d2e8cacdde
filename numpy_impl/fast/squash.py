"""Sigmoid and tanh of several gates at once, in place, as a list of calls on buffers that stay where they are.

    sigmoid(z) = 0.5 tanh(a) + 0.5    tanh(z) = tanh(a)             TANH: a = z / 2 and a = z
    sigmoid(z) = 1 / (1 + exp(a))     tanh(z) = 2 / (1 + exp(a)) - 1    EXP: a = -z and a = -2 z

The factors 1/2, -1 and -2 are in the weights, which a power of two scales exactly. Either form is accurate to a
rounding of 1, not of a result near 0. TANH is fewer calls, EXP less work for each number: NumPy's exp takes half the
time of its tanh. exp overflows to infinity where the answer is 0, or -1, and so it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy_impl.activations import Activation
    from numpy_impl.arrays import Array

Call: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]  # function, arguments; the last one is what is written

GATES_BY_EXP = {4: 512, 8: 128}  # bytes of a number -> B H from which EXP is quicker for all gates, as measured
STATE_BY_EXP = {4: 4096, 8: 512}  # the same of one tanh alone


class Form(NamedTuple):
    """What the weights are multiplied by."""

    by_exp: bool
    sigmoid: float
    tanh: float


class Raw(NamedTuple):
    """What gates are made of, a, in one memory that is seen twice: passes are quickest in the order of memory."""

    flat: Array  # as it lies: (B, n H), or (n H,) where B is 1, or by gate
    by_gate: Array  # (n, B, H)

    @classmethod
    def of_product(cls, gates: Array) -> Raw:
        """Return memory for the a of gates (n, B, H) as a product leaves it, that of the gates where B is 1."""
        count, batch, units = gates.shape
        if batch == 1:
            return cls(gates.reshape(count * units), gates)
        flat = np.empty((batch, count * units), gates.dtype)
        return cls(flat, flat.reshape(batch, count, units).swapaxes(0, 1))

    @classmethod
    def in_place(cls, gates: Array) -> Raw:
        """Return the memory of the gates (n, B, H) themselves."""
        return cls(gates, gates)

    def source_of(self, gates: Array) -> Array:
        """Return `by_gate`, or the very array `gates` where the memory is one: NumPy looks for overlaps otherwise."""
        return gates if np.may_share_memory(self.by_gate, gates) else self.by_gate

    def part(self, first: int, end: int) -> Raw:
        """Return that of the gates from `first` to before `end`."""
        by_gate = self.by_gate[first:end]
        if self.flat is self.by_gate:
            return Raw.in_place(by_gate)
        units = by_gate.shape[2]
        return Raw(self.flat[..., first * units : end * units], by_gate)


TANH = Form(by_exp=False, sigmoid=0.5, tanh=1.0)
EXP = Form(by_exp=True, sigmoid=-1.0, tanh=-2.0)


def form_of(numbers: int, dtype: np.dtype[Any]) -> Form:
    """Return the quicker form for gates of so many numbers each."""
    return EXP if numbers >= GATES_BY_EXP[dtype.itemsize] else TANH


def sigmoids(form: Form, raw: Raw, gates: Array) -> list[Call]:
    """Return the calls that make `gates` (n, B, H) sigmoid(z) of their `raw` a."""
    one, half = _number(1, gates), _number(0.5, gates)
    if form.by_exp:
        return [*_exp_plus_one(raw, one), (np.reciprocal, (raw.source_of(gates), gates))]
    return [
        (np.tanh, (raw.source_of(gates), gates)),
        (np.multiply, (gates, half, gates)),
        (np.add, (gates, half, gates)),
    ]


def sigmoids_and_tanh(form: Form, raw: Raw, gates: Array) -> list[Call]:
    """Return the calls that make `gates` (n, B, H) sigmoid(z) of their `raw` a, the last one tanh(z)."""
    one, half, count = _number(1, gates), _number(0.5, gates), len(gates)
    if form.by_exp:
        shares = np.ones((count, *[1] * (gates.ndim - 1)), gates.dtype)
        shares[-1] = 2
        return [
            *_exp_plus_one(raw, one),
            (np.divide, (shares, raw.source_of(gates), gates)),
            (np.subtract, (gates[-1], one, gates[-1])),
        ]
    own = gates[:-1]
    return [(np.tanh, (raw.source_of(gates), gates)), (np.multiply, (own, half, own)), (np.add, (own, half, own))]


def activated(function: Activation | None, values: Array, room: Array) -> list[Call]:
    """Return the calls that write function(values) into `room`, which may be `values`; tanh for None."""
    if function is not None:
        return [(_call_into, (function, values, room))]
    if values.size < STATE_BY_EXP[values.dtype.itemsize]:
        return [(np.tanh, (values, room))]
    one, two = _number(1, values), _number(2, values)
    return [
        (np.multiply, (values, -two, room)),
        (np.exp, (room, room)),
        (np.add, (room, one, room)),
        (np.divide, (two, room, room)),
        (np.subtract, (room, one, room)),
    ]


def clipped(bound: float | None, values: Array) -> list[Call]:
    """Return the calls that cut the values to [-bound, bound]; none for None."""
    if bound is None:
        return []
    return [(_clip_into, (values, _number(bound, values)))]


def clip_in_place(bound: float | None, values: Array) -> None:
    """Cut the values to [-bound, bound]; nothing for None."""
    if bound is not None:
        _clip_into(values, _number(bound, values))


def _exp_plus_one(raw: Raw, one: Array) -> list[Call]:
    return [(np.exp, (raw.flat, raw.flat)), (np.add, (raw.flat, one, raw.flat))]


def _number(value: float, like: Array) -> Array:
    """Return an array of no axes, which a ufunc takes in half the time of a Python number."""
    return np.asarray(value, like.dtype)


def _clip_into(values: Array, limit: Array) -> None:
    np.maximum(values, -limit, out=values)  # these two take no third argument by its place
    np.minimum(values, limit, out=values)


def _call_into(function: Activation, values: Array, room: Array) -> None:
    np.copyto(room, function(values))
