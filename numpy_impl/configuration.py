"""Configurations: a cell's options as TensorFlow's `get_config` writes them, and back.

Source: tf_keras 2.21, layers/rnn/legacy_cells.py, get_config of each cell; tensorflow/python/keras Layer.from_config.
"""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from inspect import isabstract
from typing import TYPE_CHECKING, Any

import numpy as np

from numpy_impl.activations import ACTIVATIONS, activation

if TYPE_CHECKING:
    from collections.abc import Mapping

# How TensorFlow makes and trains variables: nothing of it is left in a cell whose weights are given.
OF_TRAINING = frozenset({"trainable", "reuse", "initializer", "kernel_initializer", "bias_initializer"})
NOT_IN_CONFIG = OF_TRAINING | {"weights", "masks"}


def config_of(cell: Any) -> dict[str, Any]:  # noqa: ANN401 - any cell that is a dataclass
    """Return the options of a cell: its name as it is in scopes, its dtype by name, its activation by name."""
    options = {name: getattr(cell, name) for name in _option_names(type(cell))}
    options["name"] = cell.scope
    if options.get("dtype") is not None:
        options["dtype"] = np.dtype(options["dtype"]).name
    for name in ("activation", "y_activation"):
        if name in options:
            options[name] = _activation_name(options[name])
    return options


def options_of(cls: type, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `cls` in a configuration, without those that only matter in training.

    Raises:
        TypeError: a key is no option of the cell.
    """
    known = _option_names(cls)
    for key in config:
        if key not in known and key not in OF_TRAINING:
            near = get_close_matches(key, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Take of {', '.join(known)}."
            raise TypeError(f"{cls.__name__} config: got {key!r}, should be an option of the cell. {hint}")
    return {key: value for key, value in config.items() if key not in OF_TRAINING}


def cell_entry(cell: Any) -> dict[str, Any]:  # noqa: ANN401 - any cell with TensorFlow's interface
    """Return how the configuration of a stack or wrapper names a cell in it."""
    return {"class_name": type(cell).__name__, "config": cell.get_config()}


def cell_from(owner: str, entry: Any) -> Any:  # noqa: ANN401 - an entry, or the cell itself
    """Return the cell that `cell_entry` named; what is no such entry is the cell itself.

    Raises:
        TypeError: there is no cell of this class name here.
    """
    if not isinstance(entry, dict):
        return entry
    cells, name = _exported_cells(), entry.get("class_name")
    if name not in cells:
        near = get_close_matches(str(name), cells, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Put a cell of your own there itself."
        raise TypeError(f"{owner} config: got class_name {name!r}, should be one of {', '.join(cells)}. {hint}")
    return cells[name].from_config(entry["config"])


def function_entry(key: str, function: Any) -> dict[str, Any]:  # noqa: ANN401 - any function, or None
    """Return a function's part of a configuration: name, type and module under TensorFlow's keys.

    The function itself where no module has it under its name, as with a lambda; nothing where there is none.
    """
    if function is None:
        return {}
    module, name = getattr(function, "__module__", None), getattr(function, "__name__", "")
    if getattr(sys.modules.get(str(module)), name, None) is not function:
        return {key: function}
    return {key: name, f"{key}_type": "function", f"{key}_module": module}


def function_from(owner: str, config: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the configuration with the function under `key` that `function_entry` named, or that stands there.

    Raises:
        TypeError: it is TensorFlow's byte code of a function of tensors, or no loaded module has it.
    """
    given, module = config.get(key), config.get(f"{key}_module")
    function = getattr(sys.modules.get(str(module)), given, None) if isinstance(given, str) else given
    if given is not None and not callable(function):
        raise TypeError(
            f"{owner} config: got {key} {str(given)[:40]!r} of module {module!r}, should be a function that a loaded "
            f"module has under this name. Import the module, or put the function itself under {key!r}."
        )
    rest = {name: value for name, value in config.items() if name not in (f"{key}_type", f"{key}_module")}
    return rest | {key: function}


def _exported_cells() -> dict[str, Any]:
    """Return the package's cells by class name; read when asked, since cells are made of cells."""
    package = vars(sys.modules[str(__package__)])
    exported = {name: package[name] for name in package["__all__"]}
    return {
        name: found
        for name, found in exported.items()
        if is_dataclass(found) and hasattr(found, "from_config") and not isabstract(found)
    }


def _option_names(cls: type) -> list[str]:
    return [field.name for field in fields(cls) if field.init and field.name not in NOT_IN_CONFIG]


def _activation_name(given: Any) -> Any:  # noqa: ANN401 - a name, a function or None
    """Return the name of an activation; the function itself where it has none."""
    if isinstance(given, str) and given:
        return given
    found = activation(given)
    return next((name for name, function in ACTIVATIONS.items() if function is found), found)
