"""The catalogue of known mistakes: each is TensorFlow's semantics made wrong in one place, and a candidate to run.

Of mistakes that cannot be told apart the first one here is named, so each file begins with the most frequent ones.
"""

from __future__ import annotations

from rnn_parity.mistakes import (
    axes,
    basic_rnn,
    bidirectional,
    every_cell,
    gru,
    lengths,
    lstm_clips,
    lstm_forget_bias,
    lstm_formula,
    lstm_gates,
    lstm_peepholes,
    stacked,
    state,
)
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.semantics import LSTM

MISTAKES: tuple[Mistake, ...] = (
    *lstm_forget_bias.MISTAKES,
    *lstm_gates.MISTAKES,
    *every_cell.mistakes_of("lstm", LSTM),
    *lstm_formula.MISTAKES,
    *lstm_peepholes.MISTAKES,
    *lstm_clips.MISTAKES,
    *gru.MISTAKES,
    *basic_rnn.MISTAKES,
    *state.MISTAKES,
    *lengths.MISTAKES,
    *bidirectional.MISTAKES,
    *stacked.MISTAKES,
    *axes.MISTAKES,
)

__all__ = ["MISTAKES", "Mistake"]
