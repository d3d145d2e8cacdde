"""Configurations: a cell's options as TensorFlow's `get_config` writes them, and back.

Source: tf_keras 2.21, layers/rnn/legacy_cells.py, get_config of each cell; tensorflow/python/keras Layer.from_config.
"""

from __future__ import annotations

from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from numpy_impl.activations import ACTIVATIONS, activation

if TYPE_CHECKING:
    from collections.abc import Mapping

# How TensorFlow makes and trains variables: nothing of it is left in a cell whose weights are given.
OF_TRAINING = frozenset({"trainable", "reuse", "initializer", "kernel_initializer", "bias_initializer"})
NOT_IN_CONFIG = OF_TRAINING | {"masks", "weights"}


def config_of(cell: Any) -> dict[str, Any]:  # noqa: ANN401 - any cell that is a dataclass
    """Return the options of a cell: its name as it is in scopes, its dtype by name, its activation by name."""
    options = {name: getattr(cell, name) for name in _option_names(type(cell))}
    options["name"] = cell.scope
    if options.get("dtype") is not None:
        options["dtype"] = options["dtype"].name
    if "activation" in options:
        options["activation"] = _activation_name(options["activation"])
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


def _option_names(cls: type) -> list[str]:
    return [field.name for field in fields(cls) if field.name not in NOT_IN_CONFIG]


def _activation_name(given: Any) -> Any:  # noqa: ANN401 - a name, a function or None
    """Return the name of an activation; the function itself where it has none."""
    if isinstance(given, str) and given:
        return given
    found = activation(given)
    return next((name for name, function in ACTIVATIONS.items() if function is found), found)
