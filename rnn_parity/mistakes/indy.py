"""IndRNNCell and IndyGRUCell: recurrences of one factor a unit, and what goes wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from numpy_impl.activations import activation, sigmoid
from numpy_impl.arrays import column_blocks
from rnn_parity.mistakes.every_cell import Mistakes, in_activation, in_biases, in_kernels
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_arrays, with_role, zero
from rnn_parity.mistakes.room import recurs, where
from rnn_parity.mistakes.semantics import Kinds, misread
from rnn_parity.mistakes.stepped import stepped
from rnn_parity.spec import GRU_GATES, IndRNNCell, IndyGRUCell
from rnn_parity.structure import Array
from rnn_parity.weights import Layer

IND_RNN, INDY_GRU = (IndRNNCell,), (IndyGRUCell,)


def in_diagonals(family: str, kinds: Kinds) -> Mistakes:
    """Return the mistakes that diagonal recurrences invite."""
    return (
        Mistake(
            id=f"{family}/recurrence-left-out",
            statement="recurrence left out: kernel_u never used",
            explanation="Only the kernel of the inputs is loaded. A first step from a zero state is right even so.",
            repair="Add h * kernel_u, unit by unit, before the bias.",
            applies=where(kinds, needs=recurs),
            run=misread(kinds, with_role(zero, "diagonal")),
        ),
        Mistake(
            id=f"{family}/recurrence-absolute",
            statement="recurrence with |kernel_u|: its signs are lost",
            explanation="The factors were kept positive, as some IndRNN code constrains them. TensorFlow draws them "
            "from (-1, 1) and uses them as they are.",
            repair="Multiply with kernel_u itself.",
            applies=where(kinds, needs=recurs),
            run=misread(kinds, with_role(lambda _, array: np.abs(array), "diagonal")),
        ),
    )


def _u_first(_: Layer, array: Array) -> Array:
    return np.roll(array, array.shape[-1] // len(GRU_GATES), axis=-1)


def _after_activation(cell: Any, x: Array, h: Array) -> dict[str, Array]:  # noqa: ANN401  numpy_impl's
    z = x @ cell.weights.kernel_w + cell.weights.bias
    return {"z": z, "h": activation(cell.activation)(z) + h * cell.weights.kernel_u}


def _dot_product(cell: Any, x: Array, h: Array) -> dict[str, Array]:  # noqa: ANN401  as above
    z = x @ cell.weights.kernel_w + h @ cell.weights.kernel_u.T + cell.weights.bias
    return {"z": z, "h": activation(cell.activation)(z)}


def _gates(cell: Any, x: Array, h: Array) -> Array:  # noqa: ANN401  as above
    own = cell.weights
    fed_back = np.tile(h, (1, len(GRU_GATES))) * own.gates_kernel_u
    return column_blocks(sigmoid(x @ own.gates_kernel_w + fed_back + own.gates_bias), len(GRU_GATES))


def _update_inverted(cell: Any, x: Array, h: Array) -> dict[str, Array]:  # noqa: ANN401  as above
    right = cell.gates(x, h)
    return right | {"h": (1 - right["u"]) * h + right["u"] * right["c"]}


def _with_candidate(candidate: Any) -> Any:  # noqa: ANN401  a function of the cell, x, h, r -> the step
    def step(cell: Any, x: Array, h: Array) -> dict[str, Array]:  # noqa: ANN401  as above
        r, u = _gates(cell, x, h)
        c = activation(cell.activation)(candidate(cell.weights, x, h, r))
        return {"r": r, "u": u, "c": c, "h": u * h + (1 - u) * c}

    return step


def _never_reset(own: Any, x: Array, h: Array, _: Array) -> Array:  # noqa: ANN401  numpy_impl's weights
    return x @ own.candidate_kernel + h * own.candidate_kernel_u + own.candidate_bias


def _inputs_reset(own: Any, x: Array, h: Array, r: Array) -> Array:  # noqa: ANN401  as above
    return r * (x @ own.candidate_kernel + h * own.candidate_kernel_u) + own.candidate_bias


def _bias_reset(own: Any, x: Array, h: Array, r: Array) -> Array:  # noqa: ANN401  as above
    return x @ own.candidate_kernel + r * (h * own.candidate_kernel_u + own.candidate_bias)


_CANDIDATE = "candidate = activation(x kernel + (r * h) * kernel_u + bias)."

MISTAKES = (
    *in_diagonals("ind-rnn", IND_RNN),
    Mistake(
        id="ind-rnn/recurrence-after-activation",
        statement="recurrence added after the activation",
        explanation="h * kernel_u is added to what the activation answers, so that h is not bounded by it.",
        repair="h = activation(x kernel_w + h * kernel_u + bias).",
        applies=where(IND_RNN, lambda cell: cell.activation != "linear", needs=recurs),
        run=stepped(IND_RNN, _after_activation),
    ),
    Mistake(
        id="ind-rnn/recurrence-dot-product",
        statement="recurrence as a dot product: every unit is fed sum(h * u)",
        explanation="kernel_u (1, H) was multiplied as a matrix; one number a row is then broadcast over the units.",
        repair="Multiply h and kernel_u entry by entry: no unit sees another's h.",
        applies=where(IND_RNN, lambda cell: cell.num_units > 1, needs=recurs),
        run=stepped(IND_RNN, _dot_product),
    ),
    *in_activation("ind-rnn", IND_RNN),
    *in_biases("ind-rnn", IND_RNN),
    *in_kernels("ind-rnn", IND_RNN),
    *in_diagonals("indy-gru", INDY_GRU),
    Mistake(
        id="indy-gru/gates-swapped",
        statement="gates read u,r (TensorFlow's blocks are r,u)",
        explanation="Keras and ONNX store the update gate first. All shapes fit.",
        repair="Take the first H columns of gates/kernel_w, gates/kernel_u and gates/bias for r, the last for u.",
        applies=where(INDY_GRU),
        run=misread(INDY_GRU, with_arrays(("gates/kernel_w", "gates/kernel_u", "gates/bias"), _u_first)),
    ),
    Mistake(
        id="indy-gru/update-inverted",
        statement="update gate inverted: h = (1 - u) h + u c",
        explanation="TensorFlow's u keeps the old state; that of the paper lets the new one in.",
        repair="h = u * h + (1 - u) * candidate.",
        applies=where(INDY_GRU),
        run=stepped(INDY_GRU, _update_inverted),
    ),
    Mistake(
        id="indy-gru/reset-never-used",
        statement="reset gate never used",
        explanation="The candidate sees the whole state of its unit.",
        repair=_CANDIDATE,
        applies=where(INDY_GRU, needs=recurs),
        run=stepped(INDY_GRU, _with_candidate(_never_reset)),
    ),
    Mistake(
        id="indy-gru/reset-on-inputs-too",
        statement="reset gate applied to the inputs' part, too",
        explanation="r multiplies the whole sum, not the recurrence alone.",
        repair=_CANDIDATE,
        applies=where(INDY_GRU),
        run=stepped(INDY_GRU, _with_candidate(_inputs_reset)),
    ),
    Mistake(
        id="indy-gru/reset-on-bias-too",
        statement="reset gate applied to the candidate's bias, too",
        explanation="As PyTorch and cuDNN do with a recurrent bias, into which TensorFlow's one bias was loaded.",
        repair=_CANDIDATE,
        applies=where(INDY_GRU),
        run=stepped(INDY_GRU, _with_candidate(_bias_reset)),
    ),
    *in_activation("indy-gru", INDY_GRU),
    *in_biases("indy-gru", INDY_GRU),
    *in_kernels("indy-gru", INDY_GRU),
)
