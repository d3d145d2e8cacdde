"""Mistakes that every kind of cell invites: rows, biases, layouts, the activation."""

from __future__ import annotations

from typing import TypeAlias

from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import (
    KERNELS,
    hidden_rows_first,
    is_square,
    recurrent_rows_transposed,
    reshaped,
    twice,
    with_options,
    with_role,
    zero,
)
from rnn_parity.mistakes.room import Holds, recurs, squashes_unlike, where
from rnn_parity.mistakes.semantics import Kinds, misread

Mistakes: TypeAlias = tuple[Mistake, ...]


def always(_: object) -> bool:
    """Return True, of any cell."""
    return True


def mistakes_of(family: str, kinds: Kinds, *, biased: Holds = always, reads: Holds = always) -> Mistakes:
    """Return these mistakes for the cells of one family, which have kernels of [x h].

    `biased` says of a cell whether it adds its bias, `reads` whether its kernel makes a difference.
    """
    rows, transposed = _rows(family, kinds, reads)
    kernels = (rows, *in_kernels(family, kinds, reads), transposed)
    activations = in_activation(family, kinds) if any(hasattr(kind, "activation") for kind in kinds) else ()
    return (*activations, *in_biases(family, kinds, biased), *kernels)


def in_activation(family: str, kinds: Kinds) -> Mistakes:
    """Return the mistakes that an activation invites."""
    return (
        Mistake(
            id=f"{family}/activation-always-tanh",
            statement="activation ignored: always tanh",
            explanation="The cell's activation is not handed on, and tanh is used whatever it says. Tests with the "
            "default activation, which is tanh, cannot see it.",
            repair="Use the cell's `activation`; None is tanh.",
            seen=(
                "https://github.com/microsoft/onnxruntime/issues/4034",
                "https://github.com/sonos/tract/issues/2751",
                "https://github.com/keras-team/keras/issues/13399",
            ),
            applies=where(kinds, lambda cell: squashes_unlike(cell, "tanh")),
            run=misread(kinds, with_options(activation="tanh")),
        ),
    )


def in_biases(family: str, kinds: Kinds, biased: Holds = always) -> Mistakes:
    """Return the mistakes that biases invite."""
    return (
        Mistake(
            id=f"{family}/bias-dropped",
            statement="bias dropped",
            explanation="The biases are taken for zero. Freshly built cells, whose LSTM and BasicRNN biases are zero, "
            "cannot show it.",
            repair="Add `bias` to [x h] kernel. Where the target has two biases, put TensorFlow's into one of them.",
            seen=(
                "https://github.com/pytorch/pytorch/pull/94889",
                "https://github.com/fastmachinelearning/hls4ml/issues/594",
                "https://github.com/xiph/rnnoise/issues/177",
            ),
            applies=where(kinds, biased),
            run=misread(kinds, with_role(zero, "bias")),
        ),
        Mistake(
            id=f"{family}/bias-twice",
            statement="bias added twice",
            explanation="The target has an input and a recurrent bias, which are summed, and TensorFlow's one bias was "
            "copied to both.",
            repair="Put TensorFlow's bias into one of the two and zeros into the other.",
            seen=("https://discuss.pytorch.org/t/pretrained-keras-lstm-weights-to-pytorch-lstm/110741",),
            applies=where(kinds, biased),
            run=misread(kinds, with_role(twice, "bias")),
        ),
    )


def in_kernels(family: str, kinds: Kinds, reads: Holds = always) -> Mistakes:
    """Return the mistakes that kernels of any kind invite."""
    return (
        Mistake(
            id=f"{family}/kernel-reshaped",
            statement="kernel reshaped where it should be transposed",
            explanation="`kernel.reshape(kernel.T.shape)` has the shape of the transposed kernel, and its numbers in "
            "other places.",
            repair="Transpose: `kernel.T`.",
            seen=("https://github.com/keras-team/keras/issues/8720",),
            applies=where(kinds, lambda cell: reads(cell) and (cell.num_units > 1 or len(cell.gate_order) > 1)),
            run=misread(kinds, with_role(reshaped, *KERNELS)),
        ),
    )


def _rows(family: str, kinds: Kinds, reads: Holds) -> Mistakes:
    return (
        Mistake(
            id=f"{family}/kernel-rows-h-x",
            statement="kernel rows read as [h; x] (TensorFlow's are [x; h])",
            explanation="TensorFlow multiplies the concatenation [x, h], so the first rows of a kernel belong to the "
            "inputs. With [h, x] every shape still fits.",
            repair="Take the first D rows for x, the rest for h; or concatenate as [x, h].",
            seen=("https://github.com/ZacBi/CS224n-2019-solutions/issues/1",),
            applies=where(kinds, reads),
            run=misread(kinds, with_role(hidden_rows_first, "kernel")),
        ),
        Mistake(
            id=f"{family}/recurrent-kernel-transposed",
            statement="recurrent rows of the kernel transposed, block by block",
            explanation="The recurrent part of each block is square, so that a transposition too many, or one too few, "
            "fits. A first step from a zero state does not show it.",
            repair="Multiply as h @ rows; a target that computes rows @ h takes the transposed block.",
            applies=where(kinds, is_square, needs=recurs),
            run=misread(kinds, with_role(recurrent_rows_transposed, "kernel")),
        ),
    )
