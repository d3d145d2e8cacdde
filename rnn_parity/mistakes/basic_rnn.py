"""BasicRNNCell, which has a kernel, a bias and an activation to get wrong."""

from __future__ import annotations

from rnn_parity.mistakes.every_cell import mistakes_of
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_options
from rnn_parity.mistakes.room import squashes_unlike, where
from rnn_parity.mistakes.semantics import misread
from rnn_parity.spec import BasicRNNCell

BASIC_RNN = (BasicRNNCell,)

MISTAKES = (
    *mistakes_of("basic-rnn", BASIC_RNN),
    Mistake(
        id="basic-rnn/activation-left-out",
        statement="activation left out: h = z",
        explanation="What the kernel gives is the state, unsquashed.",
        repair="h = activation([x h] kernel + bias); the default is tanh.",
        applies=where(BASIC_RNN, lambda cell: squashes_unlike(cell, "linear")),
        run=misread(BASIC_RNN, with_options(activation="linear")),
    ),
)
