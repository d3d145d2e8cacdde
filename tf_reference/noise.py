r"""The yardstick: how much of a recorded tensor is TensorFlow's own rounding.

    noise = max( |ref - ref64|,                                     what TensorFlow itself lost to rounding
                 max_k |ref64(data off by one rounding, k) - ref64|, k = 1 .. PERTURBATIONS
                 u max(1, |ref64|) )                                all in the maximum norm

ref is TensorFlow's answer in the case's dtype, ref64 that of the same graph in float64, u the dtype's unit roundoff.
A float64 case has no better oracle, so its amplification is measured in float32, on the data rounded to float32:

    noise = max( (u64 / u32) |ref32 - ref64'|, (u64 / u32) max_k |ref64'(k) - ref64'|, u64 max(1, |ref64|) )

with ' marking the rounded data. Nothing here runs TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from rnn_parity.structure import Array, join

FACTOR = 8.0  # as many times the noise may an answer differ; rnn_parity.tolerance judges candidates by the same


def unit_roundoff(dtype: str) -> float:
    """Return the largest relative error of one rounding to `dtype`."""
    return float(np.finfo(dtype).eps) / 2


def distance(first: Array, second: Array) -> float:
    """Return the largest |first - second|, taken in float64; 0 for empty arrays."""
    difference = np.abs(first.astype(np.float64) - second.astype(np.float64))
    return float(difference.max(initial=0.0))


def lost_to_rounding(
    ref: Mapping[str, Array], ref64: Mapping[str, Array], moved: Iterable[Mapping[str, Array]]
) -> dict[str, float]:
    """Return name -> the first two terms of the yardstick; `moved` are the answers to perturbed data."""
    answers = [ref, *moved]
    return {name: max(distance(answer[name], oracle) for answer in answers) for name, oracle in ref64.items()}


def yardstick(
    lost: Mapping[str, float], ref64: Mapping[str, Array], roundoff: float, scale: float = 1.0
) -> dict[str, Array]:
    """Return noise/<name> -> float64 of shape (): `scale` times what was lost, at least the floor of the formula."""
    return {
        join("noise", name): np.asarray(max(scale * lost[name], roundoff * max(1.0, _largest(oracle))), np.float64)
        for name, oracle in ref64.items()
    }


def _largest(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))
