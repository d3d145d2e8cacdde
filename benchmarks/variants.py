"""numpy_impl computed in other ways: honest ones that must pass, approximations that must not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np

from numpy_impl import activations, basic_lstm, gru, lstm
from rnn_parity import Case, Result
from rnn_parity.candidates.numpy_impl import run
from rnn_parity.structure import Array

_MODULES = (activations, basic_lstm, gru, lstm)


class Product(np.ndarray):
    """A kernel whose matrix products are computed by `multiply` instead of by BLAS."""

    multiply: Callable[[Array, Array], Array]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:  # noqa: ANN401  NumPy's protocol
        """Answer `x @ kernel` by `multiply`, everything else as a plain array would."""
        plain = [one.view(np.ndarray) if isinstance(one, Product) else one for one in inputs]
        if ufunc is np.matmul and method == "__call__":
            return type(self).multiply(*plain)
        return getattr(ufunc, method)(*plain, **kwargs)


def with_product(multiply: Callable[[Array, Array], Array]) -> Callable[[Case], Result]:
    """Return numpy_impl with every matrix product done by `multiply`."""
    kind = type("Product", (Product,), {"multiply": staticmethod(multiply)})

    def candidate(case: Case) -> Result:
        weights = {name: array.view(kind) if name.endswith("kernel") else array for name, array in case.weights.items()}
        return run(replace(case, weights=weights))

    return candidate


def with_functions(**functions: Callable[[Array], Array]) -> Callable[[Case], Result]:
    """Return numpy_impl with its sigmoid or tanh replaced."""

    def candidate(case: Case) -> Result:
        with _patched(functions):
            return run(case)

    return candidate


@contextmanager
def _patched(functions: dict[str, Callable[[Array], Array]]) -> Iterator[None]:
    with ExitStack() as stack:
        for name, function in functions.items():
            for module in _MODULES:
                if hasattr(module, name):
                    stack.enter_context(patch.object(module, name, function))
        yield


def backwards(x: Array, kernel: Array) -> Array:
    """Return x @ kernel, summed from the last row to the first."""
    return np.ascontiguousarray(x[:, ::-1]) @ np.ascontiguousarray(kernel[::-1])


def one_by_one(x: Array, kernel: Array) -> Array:
    """Return x @ kernel, summed one term after the other without BLAS."""
    total = np.zeros((len(x), kernel.shape[1]), kernel.dtype)
    for row in range(len(kernel)):
        total += x[:, row : row + 1] * kernel[row]
    return total


def in_halves(x: Array, kernel: Array) -> Array:
    """Return x @ kernel as the sum of two products, as code does that keeps input and recurrent weights apart."""
    half = len(kernel) // 2
    return x[:, :half] @ kernel[:half] + x[:, half:] @ kernel[half:]


def kept_bits(array: Array, bits: int) -> Array:
    """Return the array rounded to `bits` explicit mantissa bits, to nearest, ties to even."""
    mantissa, exponent = np.frexp(array.astype(np.float64))
    return np.ldexp(np.round(mantissa * 2.0 ** (bits + 1)) / 2.0 ** (bits + 1), exponent).astype(array.dtype)


def operands(bits: int) -> Callable[[Array, Array], Array]:
    """Return the product of operands rounded to `bits` mantissa bits: 10 are TF32, 7 bfloat16."""
    return lambda x, kernel: kept_bits(x, bits) @ kept_bits(kernel, bits)


def half_operands(x: Array, kernel: Array) -> Array:
    """Return the product of operands cast to float16, summed in the original dtype."""
    return x.astype(np.float16).astype(x.dtype) @ kernel.astype(np.float16).astype(kernel.dtype)


def sigmoid_from_tanh(x: Array) -> Array:
    """Return 0.5 tanh(0.5 x) + 0.5, which is sigmoid(x), accurate absolutely and not relatively."""
    half = x.dtype.type(0.5)
    return half * np.tanh(half * x) + half


def hard_sigmoid(x: Array) -> Array:
    """Return clip(0.2 x + 0.5, 0, 1)."""
    return np.clip(x * x.dtype.type(0.2) + x.dtype.type(0.5), 0, 1).astype(x.dtype)


def rational_tanh(x: Array) -> Array:
    """Return x (27 + x^2) / (27 + 9 x^2) within +-3 and +-1 beyond: a Pade approximant common on small devices."""
    cut = np.clip(x, -3, 3).astype(x.dtype)
    square = cut * cut
    return (cut * (27 + square) / (27 + 9 * square)).astype(x.dtype)


HONEST: dict[str, Callable[[Case], Result]] = {
    "numpy_impl": run,
    "sums from the other end": with_product(backwards),
    "sums without BLAS": with_product(one_by_one),
    "input and recurrent products apart": with_product(in_halves),
    "sigmoid as 0.5 tanh(0.5 x) + 0.5": with_functions(sigmoid=sigmoid_from_tanh),
}

APPROXIMATE: dict[str, Callable[[Case], Result]] = {
    "TF32 operands": with_product(operands(10)),
    "float16 operands": with_product(half_operands),
    "bfloat16 operands": with_product(operands(7)),
    "hard_sigmoid gates": with_functions(sigmoid=hard_sigmoid),
    "rational tanh": with_functions(tanh=rational_tanh),
}
