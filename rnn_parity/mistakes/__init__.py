"""The catalogue of known mistakes: each is TensorFlow's semantics made wrong in one place, and a candidate to run.

Of mistakes that cannot be told apart the first one here is named, so each file begins with the most frequent ones.
"""

from __future__ import annotations

from dataclasses import replace

from rnn_parity.candidate import Candidate
from rnn_parity.mistakes import (
    attention,
    axes,
    basic_rnn,
    bidirectional,
    block_lstm,
    calls,
    cfn,
    chunk_borders,
    coupled_lstm,
    cudnn_gru,
    directions,
    dropout,
    every_cell,
    fused,
    glstm,
    gru,
    gru_blocks,
    gru_formula,
    highway,
    indy,
    indy_lstm,
    intersection,
    layer_norm,
    layer_norm_formula,
    layer_norm_lstm,
    layer_order,
    lengths,
    lstm_blocks,
    lstm_clips,
    lstm_forget_bias,
    lstm_formula,
    lstm_gates,
    lstm_peepholes,
    lstm_shards,
    lstm_update,
    minimal_rnn,
    narrowed,
    nas,
    one_direction,
    operands,
    padding,
    phased,
    precision,
    projections,
    raw,
    residual,
    rows,
    sharing,
    squashes,
    sru,
    stacked,
    stacked_bidirectional,
    state,
    steps,
    summed,
    ugrnn,
)
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.readings import readings
from rnn_parity.mistakes.semantics import LSTM, Semantics, together
from rnn_parity.spec import CaseSpec, is_own

_ALL = (
    *lstm_forget_bias.MISTAKES,
    *lstm_gates.MISTAKES,
    *every_cell.mistakes_of("lstm", LSTM),
    *lstm_formula.MISTAKES,
    *lstm_peepholes.MISTAKES,
    *lstm_clips.MISTAKES,
    *lstm_shards.MISTAKES,
    *lstm_update.MISTAKES,
    *lstm_blocks.MISTAKES,
    *gru.MISTAKES,
    *gru_blocks.MISTAKES,
    *gru_formula.MISTAKES,
    *basic_rnn.MISTAKES,
    *squashes.MISTAKES,
    *ugrnn.MISTAKES,
    *intersection.MISTAKES,
    *nas.MISTAKES,
    *sru.MISTAKES,
    *minimal_rnn.MISTAKES,
    *cfn.MISTAKES,
    *block_lstm.MISTAKES,
    *cudnn_gru.MISTAKES,
    *glstm.MISTAKES,
    *indy.MISTAKES,
    *indy_lstm.MISTAKES,
    *phased.MISTAKES,
    *layer_norm_lstm.MISTAKES,
    *layer_norm.MISTAKES,
    *layer_norm_formula.MISTAKES,
    *coupled_lstm.MISTAKES,
    *state.MISTAKES,
    *calls.MISTAKES,
    *chunk_borders.MISTAKES,
    *lengths.MISTAKES,
    *padding.MISTAKES,
    *fused.MISTAKES,
    *raw.MISTAKES,
    *bidirectional.MISTAKES,
    *directions.MISTAKES,
    *one_direction.MISTAKES,
    *stacked.MISTAKES,
    *layer_order.MISTAKES,
    *stacked_bidirectional.MISTAKES,
    *summed.MISTAKES,
    *sharing.MISTAKES,
    *residual.MISTAKES,
    *highway.MISTAKES,
    *projections.MISTAKES,
    *attention.MISTAKES,
    *dropout.MISTAKES,
    *axes.MISTAKES,
    *rows.MISTAKES,
    *steps.MISTAKES,
    *narrowed.MISTAKES,
    *precision.MISTAKES,
    *operands.MISTAKES,
)


def _right_elsewhere(mistake: Mistake) -> Mistake:
    """Return the mistake as a candidate that is right where there is no room for it, told with its other readings.

    There is no room in a cell or graph of somebody's own, whose semantics the twin does not know.
    """

    def applies(spec: CaseSpec) -> bool:
        return not is_own(spec) and mistake.applies(spec)

    others = readings(mistake.id)
    same = f" The same numbers come about where {'; or where '.join(others)}." if others else ""
    return replace(
        mistake,
        explanation=mistake.explanation + same,
        readings=others,
        applies=applies,
        run=replace(_semantics(mistake), room=applies),
    )


def both(first: Mistake, second: Mistake, spec: CaseSpec) -> Candidate | None:
    """Return the candidate that makes both mistakes where there is room for both, or the one that there is room for.

    None where there is room for neither, or where one replaces what the other does.
    """
    made = [_semantics(mistake) for mistake in (first, second) if mistake.applies(spec)]
    return together(*made) if len(made) == 2 else next(iter(made), None)  # noqa: PLR2004  both


def _semantics(mistake: Mistake) -> Semantics:
    if not isinstance(mistake.run, Semantics):
        raise TypeError(f"{mistake.id}.run: got {mistake.run}, should be Semantics.")
    return mistake.run


MISTAKES: tuple[Mistake, ...] = tuple(map(_right_elsewhere, _ALL))

__all__ = ["MISTAKES", "Mistake", "both"]
