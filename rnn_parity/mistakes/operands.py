"""The right formula computed in fewer bits: products of rounded operands, or everything in a coarser dtype.

Operands are rounded before a product, whatever the order of its sum, so that most of it can be made again to the
yardstick; where a rounding falls the other way, the rest of the sequence goes another way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.precision import BFLOAT16_BITS, Rounding, to_bits
from rnn_parity.mistakes.reading import KERNELS
from rnn_parity.mistakes.room import runs
from rnn_parity.mistakes.semantics import Reading, Semantics, Weights
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array, map_tree
from rnn_parity.weights import Layer, layers

HALF_BITS = 11  # of the mantissa, the leading one included; TF32 has as many as float16


class Operands(np.ndarray):
    """A kernel whose matrix products round both operands first."""

    rounding: Rounding
    __array_priority__ = 1  # parts joined to one kernel stay what they are

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:  # noqa: ANN401  NumPy's protocol
        """Answer `x @ kernel` with rounded operands, everything else as a plain array would."""
        plain = [one.view(np.ndarray) if isinstance(one, Operands) else one for one in inputs]
        if ufunc is np.matmul:
            plain = [type(self).rounding(one) for one in plain]
        return getattr(ufunc, method)(*plain, **kwargs)


def _kernels_alone(change: Rounding) -> Reading:
    """Return the reading that changes whatever a cell multiplies with."""

    def read(layer: Layer, weights: Weights) -> tuple[Layer, Weights]:
        return layer, {
            name: change(array) if layer.cell.role(name) in (*KERNELS, "projection") else array
            for name, array in weights.items()
        }

    return read


def _rounded_operands(bits: int) -> Semantics:
    kind = type("Rounded", (Operands,), {"rounding": staticmethod(to_bits(bits))})
    return Semantics(read=_kernels_alone(lambda array: array.view(kind)))


@dataclass(frozen=True, kw_only=True)
class Computed(Semantics):
    """A candidate that computes everything in another dtype, and casts its answer back."""

    dtype: str

    def __call__(self, case: Case) -> Result:
        """Return the answer to a case."""
        if not self.room(case.spec):
            return super().__call__(case)
        asked = replace(
            case,
            weights={name: array.astype(self.dtype) for name, array in case.weights.items()},
            inputs=map_tree(self._cast, case.inputs),
            initial_state=None if case.initial_state is None else map_tree(self._cast, case.initial_state),
        )
        result = super().__call__(asked)
        dtype = next(iter(case.weights.values())).dtype
        outputs, state = (map_tree(lambda array: array.astype(dtype), part) for part in _answer(result))
        return Result(outputs, state)

    def _cast(self, array: Array) -> Array:
        return array.astype(self.dtype) if np.issubdtype(array.dtype, np.floating) else array


def _answer(result: Result) -> tuple[Any, Any]:
    return result.outputs, result.final_state


def _fine(spec: CaseSpec) -> bool:
    """Return whether the dtype is finer than what is rounded to: float16's own noise hides even bfloat16."""
    return spec.dtype != "float16" and runs(spec) and any(map(_heeds_weights, layers(spec)))


def _heeds_weights(layer: Layer) -> bool:
    """Return whether the layer's kernels show: the norm of a single unit is 0 whatever they are."""
    cell: Any = layer.cell
    return not (getattr(cell, "layer_norm", False) and cell.num_units == 1)


def _float64(spec: CaseSpec) -> bool:
    return spec.dtype == "float64" and runs(spec)


_BY_SIZE = "Errors are small, differ in sign from unit to unit, and are there from the first step on."

MISTAKES = (
    Mistake(
        id="precision/half-operands",
        statement="products of float16 or TF32 operands (11 bits)",
        explanation="Both operands of each matrix product are rounded to 11 bits, the sum is not: TF32, which GPUs use "
        f"for float32 unless told otherwise, or float16 with float32 sums. The two cannot be told apart. {_BY_SIZE}",
        repair="Turn TF32 off (torch.backends.cuda.matmul.allow_tf32 = False, jax_default_matmul_precision='highest', "
        "NVIDIA_TF32_OVERRIDE=0), or keep float32 operands.",
        seen=("https://github.com/keras-team/keras/issues/19254",),
        applies=_fine,
        run=_rounded_operands(HALF_BITS),
        precision=True,
    ),
    Mistake(
        id="precision/bfloat16-operands",
        statement="products of bfloat16 operands (8 bits)",
        explanation="Both operands of each matrix product are rounded to 8 bits, the sum is not: a fast math mode, a "
        f"TPU's default, or a model cast to bfloat16. {_BY_SIZE}",
        repair="Ask for float32 products, or cast weights, inputs and states to float32.",
        applies=_fine,
        run=_rounded_operands(BFLOAT16_BITS),
        precision=True,
    ),
    Mistake(
        id="precision/float16-computed",
        statement="computed in float16",
        explanation="Weights, inputs, states and every step between are float16, and the answer is cast back.",
        repair="Compute in the case's dtype.",
        seen=("https://github.com/pytorch/pytorch/issues/175845",),
        applies=_fine,
        run=Computed(dtype="float16"),
        precision=True,
    ),
    Mistake(
        id="precision/float32-computed",
        statement="float64 computed in float32",
        explanation="A framework's default dtype is float32, and the answer is cast up to float64: its last 29 bits "
        "say nothing. float32 cases are right.",
        repair="Set the framework's default to float64 (jax_enable_x64, torch.set_default_dtype, dtype=...).",
        applies=_float64,
        run=Computed(dtype="float32"),
        precision=True,
    ),
)
