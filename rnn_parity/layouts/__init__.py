"""Weights in every layout: from TensorFlow 1's variables to those of another framework, and back.

Each layout is a module with two pure functions of NumPy arrays by name,

    pack(spec, weights) -> arrays      TensorFlow's variables to the layout's arrays
    unpack(spec, arrays) -> weights    back: bit for bit, or within the bound that the layout states

and refuses what its framework cannot express (`LayoutInexpressibleError`, with the reason). A layout that can be
written in a format of its own has `WRITERS`: suffix -> function of (path, spec, arrays).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol, TypeAlias, cast

from rnn_parity.errors import LayoutUnknownError
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array

Writer: TypeAlias = Callable[[Path, CaseSpec, Mapping[str, Array]], None]

LAYOUTS = {  # name -> module, loaded when it is asked for
    "tf1": "rnn_parity.layouts.tf1",
    "keras": "rnn_parity.layouts.keras",
    "torch": "rnn_parity.layouts.torch",
    "cudnn": "rnn_parity.layouts.cudnn",
    "onnx": "rnn_parity.layouts.onnx",
    "flax": "rnn_parity.layouts.flax",
}


class Layout(Protocol):
    """What a module of a layout offers."""

    def pack(self, spec: CaseSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
        """Return the layout's arrays that hold TensorFlow's variables."""

    def unpack(self, spec: CaseSpec, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """Return TensorFlow's variables."""


def layout(name: str) -> Layout:
    """Return the layout of this name.

    Raises:
        LayoutUnknownError: there is none.
    """
    if name not in LAYOUTS:
        raise LayoutUnknownError(name, LAYOUTS)
    return cast("Layout", import_module(LAYOUTS[name]))


def writers(name: str) -> Mapping[str, Writer]:
    """Return suffix -> what writes a file of the layout's own format."""
    return getattr(layout(name), "WRITERS", {})


def pack(name: str, spec: CaseSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays of a layout that hold TensorFlow's variables.

    Raises:
        LayoutInexpressibleError: its framework cannot express the case's cells.
        LayoutArraysError: the variables are not the case's.
    """
    return layout(name).pack(spec, weights)


def unpack(name: str, spec: CaseSpec, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return TensorFlow's variables that a layout's arrays hold; raises as `pack`."""
    return layout(name).unpack(spec, arrays)


def convert(spec: CaseSpec, arrays: Mapping[str, Array], source: str, target: str) -> dict[str, Array]:
    """Return the arrays of one layout in another, by way of TensorFlow's variables; raises as `pack`."""
    return pack(target, spec, unpack(source, spec, arrays))
