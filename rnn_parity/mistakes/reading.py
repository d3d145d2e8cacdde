"""Kernels, biases and options read wrongly, in a way that cells of every kind allow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from rnn_parity.mistakes.semantics import Reading, Weights
from rnn_parity.spec import Role
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

KERNELS: tuple[Role, ...] = ("kernel", "input kernel", "recurrent kernel")
PEEPHOLES = ("w_f_diag", "w_i_diag", "w_o_diag")


def with_options(**options: Any) -> Reading:  # noqa: ANN401  options of four kinds of cell
    """Return the reading of a cell as one with other options."""
    return lambda layer, weights: (layer._replace(cell=_with(layer.cell, options)), weights)


def with_arrays(names: tuple[str, ...], change: Callable[[Layer, Array], Array]) -> Reading:
    """Return the reading that changes the weights of these names."""

    def read(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
        return layer, {name: change(layer, array) if name in names else array for name, array in weights.items()}

    return read


def with_role(change: Callable[[Layer, Array], Array], *roles: Role) -> Reading:
    """Return the reading that changes all weights of these roles."""

    def read(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
        names = tuple(name for name in weights if layer.cell.role(name) in roles)
        return with_arrays(names, change)(layer, weights)

    return read


def hidden_rows_first(layer: Layer, kernel: Array) -> Array:
    """Return the kernel that makes [x h] kernel what the given one makes of [h x]."""
    hidden = len(kernel) - layer.cell.kernel_depth(layer.depth)
    return np.concatenate([kernel[hidden:], kernel[:hidden]])


def reshaped(_: Layer, kernel: Array) -> Array:
    """Return what is used where `reshape` stands for a transposition."""
    return kernel.reshape(kernel.shape[::-1]).T


def recurrent_rows_transposed(layer: Layer, kernel: Array) -> Array:
    """Return the kernel with each block of recurrent rows transposed, if they are square."""
    if not is_square(layer.cell):
        return kernel
    inputs, hidden = np.split(kernel, [layer.cell.kernel_depth(layer.depth)])
    blocks = hidden.reshape(len(hidden), -1, len(hidden))
    return np.concatenate([inputs, blocks.swapaxes(0, 2).reshape(hidden.shape)])


def zero(_: Layer, array: Array) -> Array:
    """Return zeros in the array's place."""
    return np.zeros_like(array)


def twice(_: Layer, array: Array) -> Array:
    """Return the array doubled."""
    return 2 * array


def is_square(cell: Any) -> bool:  # noqa: ANN401  any cell's spec
    """Return whether recurrent blocks are square, and larger than one number."""
    return cell.num_units > 1 and cell.output_size == cell.num_units


def _with(cell: Any, options: dict[str, Any]) -> Any:  # noqa: ANN401  any cell's spec
    own = {name: value for name, value in options.items() if hasattr(cell, name)}  # BasicLSTMCell has fewer
    return msgspec.structs.replace(cell, **own)
