"""What a case asks of a framework: recurrent modules over whole sequences, and around them linear layers, embeddings.

InputProjectionWrapper     module(dense(x))
OutputProjectionWrapper    dense(module(x))
EmbeddingWrapper           module(embed(ids))
HighwayWrapper             x * carry + module(x) * transform, carry = dense(x) with a sigmoid,
transform = 1 - carry, or another dense(x) with a sigmoid
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from rnn_parity.candidates.layer_states import LayerState
from rnn_parity.layouts.modules import Module
from rnn_parity.spec import (
    EmbeddingWrapper,
    HighwayWrapper,
    InputProjectionWrapper,
    OutputProjectionWrapper,
    class_name,
)
from rnn_parity.structure import Array, join
from rnn_parity.weights import Wrapping


class Sequence(NamedTuple):
    """What one module is given.

    Attributes:
        inputs: (B, T, D).
        lengths: (B,) at most T, or None where all steps count; rows of length 0 keep their state.
        states: level -> direction -> that layer's arrays (B, width) in TensorFlow's order: (c, h) or (h,).
        one_step: whether the run is one call of a cell, T = 1.
    """

    inputs: Array
    lengths: Array | None
    states: tuple[tuple[LayerState, ...], ...]
    one_step: bool


class Answer(NamedTuple):
    """What one module answers: outputs (B, T, W), directions side by side, 0 past each length; states as given."""

    outputs: Array
    states: tuple[tuple[LayerState, ...], ...]


RunModule: TypeAlias = Callable[[Module, Sequence], Answer]


class Framework(NamedTuple):
    """What a framework computes.

    Attributes:
        run_module: the answer of a module.
        dense: (TensorFlow's names of kernel and bias, activation, x (B, T, D)) -> activation(x kernel + bias).
        embed: (TensorFlow's name of the rows, ids (B, T)) -> those rows (B, T, width).
    """

    run_module: RunModule
    dense: Callable[[tuple[str, str], str, Array], Array]
    embed: Callable[[str, Array], Array]


def around(framework: Framework, owner: Wrapping, inside: Callable[[Array], Array], inputs: Array) -> Array:
    """Return the outputs of a wrapper that owns weights over inputs (B, T, D); `inside` answers for what is in it."""
    cell = owner.cell
    match cell:
        case InputProjectionWrapper():
            return inside(framework.dense(_names(owner, "kernel", "bias"), cell.activation or "linear", inputs))
        case OutputProjectionWrapper():
            return framework.dense(_names(owner, "kernel", "bias"), cell.activation or "linear", inside(inputs))
        case EmbeddingWrapper():
            return inside(framework.embed(join(owner.scope, "embedding"), inputs[..., 0]))
        case HighwayWrapper():
            outputs = inside(inputs)
            carry = framework.dense(_names(owner, "carry_w", "carry_b"), "sigmoid", inputs)
            if cell.couple_carry_transform_gates:
                return inputs * carry + outputs * (1 - carry)
            return inputs * carry + outputs * framework.dense(
                _names(owner, "transform_w", "transform_b"), "sigmoid", inputs
            )
        case _:
            raise AssertionError(f"{class_name(cell)} is refused before")


def _names(owner: Wrapping, kernel: str, bias: str) -> tuple[str, str]:
    return join(owner.scope, kernel), join(owner.scope, bias)
