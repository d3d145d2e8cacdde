"""Weights and inputs kept in fewer bits than TensorFlow keeps them in.

They are rounded before anything is computed, so that the same numbers can be made again. What is rounded while a
network runs, its states or its products, depends on the last bit of what came before, and has a size but no numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rnn_parity.candidate import Case
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, listens, runs
from rnn_parity.mistakes.semantics import Semantics
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array, map_tree

Rounding = Callable[[Array], Array]
BFLOAT16_BITS = 8  # of the mantissa, the leading one included
LARGEST_INT8 = 127


def to_float16(array: Array) -> Array:
    """Return the numbers as float16 holds them."""
    return array.astype(np.float16).astype(array.dtype)


def to_bits(kept: int) -> Rounding:
    """Return what keeps this many bits of each number, the nearest even."""

    def rounded(array: Array) -> Array:
        mantissa, exponent = np.frexp(array)
        whole: Array = np.ldexp(np.rint(np.ldexp(mantissa, kept)), exponent - kept)
        return whole.astype(array.dtype)

    return rounded


def to_int8(array: Array) -> Array:
    """Return the numbers as int8 with one scale for the whole array holds them."""
    wide = array.astype(np.float64)
    scale = float(np.abs(wide).max(initial=0)) / LARGEST_INT8 or 1.0
    quantised: Array = (np.rint(wide / scale) * scale).astype(array.dtype)
    return quantised


def _only_floats(change: Rounding) -> Rounding:
    return lambda array: change(array) if np.issubdtype(array.dtype, np.floating) else array


def _weights(change: Rounding, *, kernels_alone: bool = False) -> Semantics:
    """Return the candidate whose weights are rounded so."""

    def asked(case: Case) -> Case:
        kept = {
            name: array if kernels_alone and array.ndim < 2 else change(array)  # noqa: PLR2004  a matrix
            for name, array in case.weights.items()
        }
        return replace(case, weights=kept)

    return Semantics(asked=asked)


def _inputs(change: Rounding) -> Semantics:
    return Semantics(asked=lambda case: replace(case, inputs=map_tree(_only_floats(change), case.inputs)))


def _wider_than_half(spec: CaseSpec) -> bool:
    return runs(spec) and spec.dtype != "float16"


def _reads_numbers(spec: CaseSpec) -> bool:
    return _wider_than_half(spec) and listens(spec) and spec.cell.input_classes is None


def _stored(  # noqa: PLR0913  the fields of a Mistake
    what: str, format_: str, run: Semantics, *, applies: Room, explanation: str, words: str | None = None
) -> Mistake:
    return Mistake(
        id=f"precision/{what}-in-{format_.lower()}",
        statement=words or f"{what.replace('-', ' ')} kept in {format_}",
        explanation=explanation,
        repair="Keep weights, inputs and states in the dtype of the cell.",
        applies=applies,
        run=run,
    )


_WEIGHTS = "The weights went through a file or a tensor of fewer bits; everything is computed in full width from them."

MISTAKES = (
    _stored("weights", "float16", _weights(to_float16), applies=_wider_than_half, explanation=_WEIGHTS),
    _stored("weights", "bfloat16", _weights(to_bits(BFLOAT16_BITS)), applies=_wider_than_half, explanation=_WEIGHTS),
    _stored(
        "weights",
        "int8",
        _weights(to_int8, kernels_alone=True),
        applies=all_of(_wider_than_half, listens),  # a cell that does not listen has no use for its kernel
        explanation="The kernels are quantised to 8 bits, with one scale for each: dynamic range quantisation. Biases "
        "are not.",
        words="kernels quantised to int8, one scale for each",
    ),
    _stored(
        "inputs",
        "float16",
        _inputs(to_float16),
        applies=_reads_numbers,
        explanation="The inputs went through a tensor of fewer bits.",
    ),
)
