"""Numbers kept in fewer bits than TensorFlow keeps them in: weights, inputs, and states between steps or calls.

What a kernel loses while it computes in fewer bits depends on the order in which it sums; what is stored in fewer bits
is rounded before, and can be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from numpy_impl.cell import RNNCell
from numpy_impl.state import leaves, map_state
from numpy_impl.unroll import first_state
from rnn_parity.candidate import Case
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, listens, longest, runs, starts
from rnn_parity.mistakes.semantics import Called, Lengths, Semantics, right_loop
from rnn_parity.spec import CaseSpec, Chunked, StateSavingRNN
from rnn_parity.structure import Array, Tree, cut_tree, dtype_of, map_tree

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


def _states_between_steps(change: Rounding) -> Semantics:
    """Return the candidate that rounds the state after each step so, the given one first."""

    def loop(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
        rows = leaves(inputs)[0].shape[1]
        now = state if state is not None else first_state(cell, rows, None, dtype_of(inputs))
        outputs = []
        for time, step in enumerate(cut_tree(lambda array: array[:, np.newaxis], inputs)):
            still = None if lengths is None else np.clip(lengths - time, 0, 1)
            output, now = right_loop(cell, step, still, map_state(change, now))
            outputs.append(output)
        return (np.concatenate(outputs) if outputs else right_loop(cell, inputs, lengths, now)[0]), now

    return Semantics(loop=loop)


def _carried(change: Rounding) -> Semantics:
    def carry(_: Case, calls: list[Called]) -> Tree:
        return map_tree(change, calls[-1].final)

    return Semantics(carry=carry)


def _wider_than_half(spec: CaseSpec) -> bool:
    return runs(spec) and spec.dtype != "float16"


def _reads_numbers(spec: CaseSpec) -> bool:
    return _wider_than_half(spec) and listens(spec) and spec.cell.input_classes is None


def _calls(spec: CaseSpec) -> bool:
    carries = isinstance(spec.run, Chunked | StateSavingRNN) and getattr(spec.run, "carry_state", True)
    return _wider_than_half(spec) and carries


def _hands_on(spec: CaseSpec) -> bool:
    return spec.dtype != "float16" and (longest(spec) > 1 or starts(spec))


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
        precision=True,
    )


_WEIGHTS = "The weights went through a file or a tensor of fewer bits; everything is computed in full width from them."
_BETWEEN = "What one step hands to the next is stored in fewer bits, as in a cache of states. The error does not grow."

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
    _stored(
        "states",
        "float16",
        _states_between_steps(to_float16),
        applies=_hands_on,
        explanation=_BETWEEN,
        words="states kept in float16 from step to step",
    ),
    _stored(
        "states",
        "bfloat16",
        _states_between_steps(to_bits(BFLOAT16_BITS)),
        applies=_hands_on,
        explanation=_BETWEEN,
        words="states kept in bfloat16 from step to step",
    ),
    _stored(
        "carried-state",
        "float16",
        _carried(to_float16),
        applies=_calls,
        explanation="The state is stored in fewer bits between two calls. The first call is right.",
        words="state kept in float16 from call to call",
    ),
)
