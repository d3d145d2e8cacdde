"""Who is measured: a name -> what makes a case ready to be computed many times.

A contender's `ready(case, threads)` returns a function without arguments that computes the whole case: from NumPy
arrays to NumPy arrays (T, B, H), the final state with them. What it may do once (arranging weights, building a graph,
compiling) is done before. It raises `LeftOut` with the reason where it cannot express the case.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

from rnn_parity.candidate import Case

Outputs: TypeAlias = Any  # an array (T, B, H), or one for each direction
Run: TypeAlias = Callable[[], tuple[Outputs, Any]]  # -> outputs, final state


class LeftOut(Exception):  # noqa: N818  it is an answer, not an error
    """Raised by a contender: it cannot compute this case. The text says why."""


class Contender(NamedTuple):
    """Who is measured.

    Attributes:
        title: how tables call it.
        place: its module here, and the function that returns a `Run`.
        computes: whether its outputs are the case's; those of the floor and of another formula are none.
    """

    title: str
    place: str
    computes: bool = True


CONTENDERS = {
    "readable": Contender("numpy_impl", "in_numpy:readable"),
    "fast": Contender("numpy_impl.fast", "in_numpy:fast_form"),
    "dynamic_rnn": Contender("dynamic_rnn", "in_tensorflow:dynamic"),
    "static_rnn": Contender("static_rnn", "in_tensorflow:static"),
    "block_lstm": Contender("BlockLSTM", "in_tensorflow:block"),
    "torch": Contender("torch", "in_torch:whole"),
    "torch-reset-after": Contender("torch, reset after", "in_torch:reset_after", computes=False),
    "onnxruntime": Contender("ONNX Runtime", "in_onnxruntime:session"),
    "jax": Contender("JAX", "in_jax:compiled"),
    "floor": Contender("floor", "floor:floor", computes=False),
    "gemms": Contender("GEMMs alone", "floor:products", computes=False),
}
NEEDS = {  # module here -> what it imports besides NumPy
    "in_tensorflow": ("tensorflow", "tf_keras"),
    "in_torch": ("torch",),
    "in_onnxruntime": ("onnx", "onnxruntime"),
    "in_jax": ("jax",),
}
YARDSTICK = "dynamic_rnn"  # ratios are to its time in the same round


def needs(names: Iterable[str]) -> list[str]:
    """Return the modules that these contenders import besides NumPy, each once."""
    places = {CONTENDERS[name].place.partition(":")[0] for name in names}
    return [module for place, modules in NEEDS.items() if place in places for module in modules]


def ready(name: str, case: Case, threads: int) -> Run:
    """Return what computes a case; `LeftOut` where the contender cannot."""
    module, _, function = CONTENDERS[name].place.partition(":")
    made = getattr(importlib.import_module(f"benchmarks.speed.contenders.{module}"), function)
    run: Run = made(case, threads)
    return run
