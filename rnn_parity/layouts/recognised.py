"""What arrays look like by their names alone, to be said where they are not what was announced."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rnn_parity.structure import join

SIGNS = {  # layout -> what its names look like, and other frameworks' do not; the first that fits is said
    "torch": re.compile(r"(^|\.)(weight|bias)_[ih]h(_l\d+)?(_reverse)?$"),
    "keras": re.compile(r"(^|/)recurrent_kernel$"),
    "cudnn": re.compile(r"(^|/)opaque_kernel$"),
    "onnx": re.compile(r"(^|/)[WR]$"),
    "flax": re.compile(r"(^|/)(i[ifgorzn]|h[ifgorzn])/kernel$"),
    "tf1": re.compile(r"_cell(_\d+)?/(\w+/)*(kernel|bias)$"),
}
OLD_NAMES = re.compile(r"(Linear/(Matrix|Bias)|Cell/(W_0|B)|(_cell(_\d+)?|gates|candidate)/(weights|biases))$")
OWN_SCOPE = re.compile(r"(?:^|/)(?!multi_rnn_cell)([a-z_]+_cell)(?:_\d+)?(?=/)")  # of a cell's variables, from 1.0 on
SHOWN = 4  # names that a message shows
IMPORT = "These are names of TensorFlow before 1.2: `python -m tf_reference import` reads them"


def layout_like(names: Iterable[str]) -> str | None:
    """Return the layout whose names these look like, or None."""
    bare = [name.removesuffix(":0") for name in names]
    return next((layout for layout, sign in SIGNS.items() if any(map(sign.search, bare))), None)


def are_old(names: Iterable[str]) -> bool:
    """Return whether some of these are names that TensorFlow gave a cell's variables before 1.2."""
    return any(OLD_NAMES.search(name.removesuffix(":0")) for name in names)


def places(names: Iterable[str]) -> set[str]:
    """Return the numbers of the places in a stack whose variables are there."""
    return {found[1] for name in names if (found := re.search(r"(?:^|/)cell_(\d+)/", name))}


def cells_named(names: Iterable[str]) -> set[str]:
    """Return what the scopes call the cells whose variables are there: "lstm_cell", "gru_cell"."""
    return {found for name in names for found in OWN_SCOPE.findall(name)}


def shown(names: Iterable[str]) -> str:
    """Return the names, or the first of them and how many there are."""
    every = [repr(name) for name in names]
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return f"{', '.join(every[:SHOWN])}{more}" if every else "no arrays"


def scopes_like(wanted: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes below which there is at least one of the wanted names, the fullest first."""
    bare = [name.removesuffix(":0") for name in names]
    counts: dict[str, int] = {}
    for own in wanted:
        for name in bare:
            if name == own or name.endswith(f"/{own}"):
                scope = name.removesuffix(own).removesuffix("/")
                counts[scope] = counts.get(scope, 0) + 1
    return tuple(sorted(counts, key=lambda scope: (-counts[scope], join(scope))))
