"""JAX on a CPU: the formulas as `jit` compiles them, the products of all inputs before a `lax.scan` over the steps.

flax's cells have neither peepholes nor a projection, its GRU another formula; so the steps are written here.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.speed.contenders import Run
from rnn_parity.candidate import Case
from rnn_parity.spec import GRUCell, LSTMCell
from rnn_parity.weights import layers, own_weights

Tensor = Any


def compiled(case: Case, _: int) -> Run:
    """Return the compiled run of all layers."""
    found = layers(case.spec)
    weights = jax.device_put([own_weights(layer, case.weights) for layer in found])
    lengths = case.sequence_length

    @jax.jit
    def over(weights: list[dict[str, Tensor]], x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Any]:
        outputs: dict[str, Tensor] = {}
        states = []
        for layer, own in zip(found, weights, strict=True):
            given = x if layer.direction else outputs.get("", x)
            back = layer.direction == "bw"
            h, final = _layer(layer.cell, own, _turned(given, lengths) if back else given, lengths)
            outputs[layer.direction] = _turned(h, lengths) if back else h
            states.append(final)
        return tuple(outputs.values()), states

    def run() -> tuple[Any, Any]:
        outputs, states = jax.block_until_ready(over(weights, case.inputs, lengths))
        arrays = tuple(np.asarray(one) for one in outputs)
        return arrays[0] if len(arrays) == 1 else arrays, states

    return run


def _layer(cell: Any, own: dict[str, Tensor], x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Any]:  # noqa: ANN401  a spec
    """Return the outputs (T, B, H) of one layer and its final state."""
    depth, rows = x.shape[2], x.shape[1]
    made = _gru if isinstance(cell, GRUCell) else _lstm
    pre, step = made(cell, own, x, depth)
    start = tuple(jnp.zeros((rows, width), x.dtype) for width in _widths(cell))

    def guarded(state: Any, given: Any) -> Any:  # noqa: ANN401  tuples of arrays
        time, now = given
        h, new = step(state, now)
        if lengths is None:
            return new, h
        running = (time < lengths)[:, jnp.newaxis]
        new = tuple(jnp.where(running, one, old) for one, old in zip(new, state, strict=True))
        return new, jnp.where(running, h, 0)

    final, outputs = jax.lax.scan(guarded, start, (jnp.arange(len(x)), pre))
    return outputs, final


def _widths(cell: Any) -> tuple[int, ...]:  # noqa: ANN401  a spec
    return tuple(cell.state_size) if isinstance(cell, LSTMCell) else (cell.num_units,)


def _lstm(cell: LSTMCell, own: dict[str, Tensor], x: Tensor, depth: int) -> tuple[Tensor, Any]:
    recurrent = own["kernel"][depth:]
    peephole = [own.get(f"w_{gate}_diag", 0.0) for gate in "ifo"]

    def step(state: Any, pre: Tensor) -> Any:  # noqa: ANN401  tuples of arrays
        c, h = state
        i, j, f, o = jnp.split(pre + h @ recurrent, 4, axis=1)
        c = jax.nn.sigmoid(f + cell.forget_bias + peephole[1] * c) * c + jax.nn.sigmoid(i + peephole[0] * c) * jnp.tanh(
            j
        )
        h = jax.nn.sigmoid(o + peephole[2] * c) * jnp.tanh(c)
        if "projection/kernel" in own:
            h = h @ own["projection/kernel"]
        return h, (c, h)

    return x @ own["kernel"][:depth] + own["bias"], step


def _gru(_: GRUCell, own: dict[str, Tensor], x: Tensor, depth: int) -> tuple[Tensor, Any]:
    names = ("gates", "candidate")
    recurrent = [own[f"{name}/kernel"][depth:] for name in names]
    pre = tuple(x @ own[f"{name}/kernel"][:depth] + own[f"{name}/bias"] for name in names)

    def step(state: Any, pre: Any) -> Any:  # noqa: ANN401  tuples of arrays
        (h,) = state
        r, u = jnp.split(jax.nn.sigmoid(pre[0] + h @ recurrent[0]), 2, axis=1)
        c = jnp.tanh(pre[1] + (r * h) @ recurrent[1])
        h = u * h + (1 - u) * c
        return h, (h,)

    return pre, step


def _turned(x: Tensor, lengths: Tensor) -> Tensor:
    """Return (T, B, ...) with each row's first `length` steps turned around."""
    steps = jnp.arange(len(x))[:, jnp.newaxis]
    places = jnp.where(steps < lengths, lengths - 1 - steps, steps)
    return jnp.take_along_axis(x, places[..., jnp.newaxis], axis=0)
