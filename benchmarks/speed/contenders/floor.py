"""The floor: what NumPy cannot do without. The products of matrices of a case, and one tanh over its gates.

    pre = x W_x                 all rows that run, at once
    h W_h                       a step at a time, the rows that run at it; a projection, and a GRU's candidate, likewise
    tanh(pre)                   one pass over the gates of all steps

Nothing is added, multiplied or handed on, and every array is there before. Numbers are those of the case, the results
are none.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.speed.contenders import Run
from rnn_parity.candidate import Case
from rnn_parity.spec import GRUCell
from rnn_parity.structure import Array
from rnn_parity.weights import layers, own_weights

Product = tuple[Array, Array, Array]  # a, b and where a b is written


def floor(case: Case, _: int) -> Run:
    """Return the products and the tanh pass."""
    return _run(case, passes=True)


def products(case: Case, _: int) -> Run:
    """Return the products alone."""
    return _run(case, passes=False)


def _run(case: Case, *, passes: bool) -> Run:
    found = [product for layer in range(len(layers(case.spec))) for product in layer_products(case, layer)]
    gates = [out for _, _, out in found if passes and len(out) > case.spec.sizes.batch_size]
    squashed = [np.empty_like(gate) for gate in gates]

    def run() -> tuple[None, None]:
        for a, b, out in found:
            np.matmul(a, b, out)
        for gate, out in zip(gates, squashed, strict=True):
            np.tanh(gate, out)
        return None, None

    return run


def layer_products(case: Case, index: int) -> Iterator[Product]:
    """Yield the products of one layer: that of all inputs, then those of its steps."""
    layer = layers(case.spec)[index]
    own = own_weights(layer, case.weights)
    if isinstance(layer.cell, GRUCell):
        whole = np.concatenate([own["gates/kernel"], own["candidate/kernel"]], axis=1)
        recurrent = [own[name][layer.depth :] for name in ("gates/kernel", "candidate/kernel")]
    else:
        whole, recurrent = own["kernel"], [own["kernel"][layer.depth :]]
    running = rows_at(case)
    generator = np.random.default_rng(index)
    x = generator.standard_normal((sum(running), layer.depth), np.float32)
    h = generator.standard_normal((case.spec.sizes.batch_size, layer.cell.output_size), np.float32)
    yield _product(x, np.ascontiguousarray(whole[: layer.depth]))
    found = [_product(h, np.ascontiguousarray(part)) for part in recurrent]
    if "projection/kernel" in own:
        found.append(_product(np.tanh(found[0][2][:, : layer.cell.num_units]), own["projection/kernel"]))
    for rows in running:
        yield from ((a[:rows], b, out[:rows]) for a, b, out in found)


def rows_at(case: Case) -> list[int]:
    """Return how many rows run at each step."""
    sizes = case.spec.sizes
    if case.sequence_length is None:
        return [sizes.batch_size] * sizes.max_time
    return [int(rows) for step in range(sizes.max_time) if (rows := np.sum(case.sequence_length > step))]


def _product(a: Array, b: Array) -> Product:
    return a, b, np.matmul(a, b)
