"""Building blocks of every layout: rows and columns cut and joined, diagonals, bias pairs, the forget bias folded in.

Arrays multiply from the right, as TensorFlow's kernels do: (rows, H) a gate. Nothing here rounds, but `folded` and
`unfolded`, and `merged` where both biases are in use; each says by how much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from rnn_parity.structure import Array


def by_gate(array: Array, order: Sequence[str], axis: int = -1) -> dict[str, Array]:
    """Return gate -> its block of an array that holds as many equal blocks along `axis` as `order` has letters."""
    return dict(zip(order, np.split(array, len(order), axis=axis), strict=True))


def joined(gates: Mapping[str, Array], order: Sequence[str], axis: int = -1) -> Array:
    """Return the blocks of the gates in this order, joined along `axis`; the inverse of `by_gate`."""
    return np.concatenate([gates[gate] for gate in order], axis=axis)


def transposed(array: Array) -> Array:
    """Return the transpose, laid out row by row as files want it."""
    return np.ascontiguousarray(array.T)


def full_diagonal(diagonal: Array) -> Array:
    """Return the (H, H) matrix that multiplies as the factors (H,) do: zeros off the diagonal change no sum."""
    return np.diag(diagonal)


def of_diagonal(matrix: Array) -> Array | None:
    """Return the diagonal (H,) of a matrix, or None where something stands beside it."""
    diagonal = np.diagonal(matrix).copy()
    return diagonal if np.array_equal(np.diag(diagonal), matrix) else None


def block_diagonal(blocks: Iterable[Array]) -> Array:
    """Return the matrix that holds the blocks along its diagonal and zeros elsewhere."""
    parts = list(blocks)
    rows, columns = (np.cumsum([0, *(part.shape[axis] for part in parts)]) for axis in (0, 1))
    whole = np.zeros((rows[-1], columns[-1]), parts[0].dtype)
    for k, part in enumerate(parts):
        whole[rows[k] : rows[k + 1], columns[k] : columns[k + 1]] = part
    return whole


def of_block_diagonal(matrix: Array, groups: int) -> list[Array] | None:
    """Return the equal blocks on the diagonal of a matrix, or None where something stands beside them."""
    blocks = [np.split(rows, groups, axis=1)[k].copy() for k, rows in enumerate(np.split(matrix, groups, axis=0))]
    return blocks if np.array_equal(block_diagonal(blocks), matrix) else None


def zeros_like(gates: Mapping[str, Array]) -> dict[str, Array]:
    """Return gate -> zeros of the shape and dtype that it has."""
    return {gate: np.zeros_like(array) for gate, array in gates.items()}


def constant_bias(bias: Array, value: float) -> Array:
    """Return a bias (H,) that is this number everywhere, rounded to the dtype as TensorFlow rounds a forget_bias."""
    return np.full_like(bias, value)


def merged(bias: Array, second: Array) -> Array:
    """Return the one bias that stands for a pair: `bias` bit for bit where `second` is 0, else their rounded sum."""
    return np.where(second == 0, bias, bias + second)  # -0.0 + 0.0 would be 0.0


def folded(bias: Array, constant: float) -> Array:
    """Return bias + constant, off by at most half a unit in the last place of the sum."""
    return merged(bias, constant_bias(bias, constant))


def unfolded(bias: Array, constant: float) -> Array:
    """Return bias - constant.

    After `folded` that is the first bias, off by at most half a unit in the last place of the folded one, plus half a
    unit in its own: what the sum rounded away is gone.
    """
    return merged(bias, -constant_bias(bias, constant))
