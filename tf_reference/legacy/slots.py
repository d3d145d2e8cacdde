"""What optimizers keep beside the variables, told by names and shapes, so that a cell's own are seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from tf_reference.legacy.found import SavedVariable

OPTIMIZERS = (
    "Adam", "AdamW", "AdamWeightDecay", "AdaMax", "Adagrad", "AdagradDA", "Adadelta", "Ftrl", "LARS", "LAMB",
    "LazyAdam", "Momentum", "Nadam", "ProximalAdagrad", "RMSProp",
)  # fmt: skip
SLOT = re.compile(rf"(.+)/(?:{'|'.join(OPTIMIZERS)})(?:_\d+)?")
AVERAGE = re.compile(r"(.+)/ExponentialMovingAverage(?:_\d+)?")
POWER = re.compile(r"(?:.*/)?beta[12]_power(?:_\d+)?")


class Sorted(NamedTuple):
    """A file's variables: those of optimizers, moving averages of others, and all others."""

    slots: tuple[str, ...]
    averages: tuple[str, ...]
    rest: tuple[SavedVariable, ...]


def plain(name: str) -> str:
    """Return a variable's name without the ":0" of its tensor."""
    return name.removesuffix(":0")


def sort_out(variables: Mapping[str, SavedVariable]) -> Sorted:
    """Return what is an optimizer's and what is not.

    TensorFlow puts the current scope before a slot's name, so that it may be doubled: "a/a/lstm_cell/kernel/Adam".
    """
    shapes = {plain(name): variable.shape for name, variable in variables.items()}
    slots = [name for name in variables if _is_slot(plain(name), shapes)]
    averages = [name for name in variables if AVERAGE.fullmatch(plain(name))]
    aside = {*slots, *averages}
    return Sorted(
        tuple(slots), tuple(averages), tuple(variable for name, variable in variables.items() if name not in aside)
    )


def _is_slot(name: str, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    if POWER.fullmatch(name) or SLOT.fullmatch(name):
        return True
    of = name.rpartition("/")[0]  # of an optimizer that calls its slots otherwise
    return shapes.get(of) == shapes[name] and not AVERAGE.fullmatch(name)
