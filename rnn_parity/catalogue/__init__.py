"""All cases, by family. A case is added to its family's file, then recorded with `make fixtures WRITE=1`."""

from rnn_parity.catalogue import (
    activations,
    attention,
    basic_lstm,
    basic_rnn,
    bidirectional,
    chunked,
    gru,
    highway,
    lstm,
    lstm_pairs,
    projections,
    sharing,
    stacked,
    summed,
    ugrnn,
    wrappers,
)
from rnn_parity.spec import CaseSpec

CASES: tuple[CaseSpec, ...] = (
    *basic_rnn.CASES,
    *gru.CASES,
    *basic_lstm.CASES,
    *lstm.CASES,
    *lstm_pairs.CASES,
    *stacked.CASES,
    *summed.CASES,
    *sharing.CASES,
    *wrappers.CASES,
    *bidirectional.CASES,
    *chunked.CASES,
    *activations.CASES,
    *ugrnn.CASES,
    *highway.CASES,
    *projections.CASES,
    *attention.CASES,
)
