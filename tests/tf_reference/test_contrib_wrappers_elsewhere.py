"""Wrappers with variables beside dropout, shards and several inputs, and in runs that no recorded case has them in."""

import pytest

from rnn_parity import check
from rnn_parity.candidate import case_of
from rnn_parity.candidates import numpy_impl
from rnn_parity.spec import (
    AttentionCellWrapper,
    BasicLSTMCell,
    Chunked,
    DropoutWrapper,
    DynamicRNN,
    GRUCell,
    HighwayWrapper,
    InputProjectionWrapper,
    LSTMCell,
    OutputProjectionWrapper,
    PhasedLSTMCell,
    RawRNN,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    StateSavingRNN,
    StaticBidirectionalRNN,
)
from tf_reference.record import record

pytestmark = pytest.mark.needs_tf


def dropped(cell, **options):
    return DropoutWrapper(cell=cell, input_keep_prob=0.7, output_keep_prob=0.6, state_keep_prob=0.8, **options)


SHARDS = LSTMCell(num_units=4, num_proj=3, num_unit_shards=2)
ANY_DEPTH = InputProjectionWrapper(
    cell=HighwayWrapper(cell=OutputProjectionWrapper(cell=SHARDS, output_size=2)), num_proj=2
)
ATTENTION = AttentionCellWrapper(cell=GRUCell(num_units=3), attn_length=3)
AMONG_DROPOUT = dropped(
    InputProjectionWrapper(cell=dropped(HighwayWrapper(cell=dropped(BasicLSTMCell(num_units=5)))), num_proj=5),
    variational_recurrent=True,
)
CASES = {
    "stacked_static": (ANY_DEPTH, StackBidirectionalRNN(layers=2, sequence_length=(4, 0, 2))),
    "stacked_dynamic": (ANY_DEPTH, StackBidirectionalDynamicRNN(layers=2, initial_state=True)),
    "raw": (ANY_DEPTH, RawRNN(sequence_length=(3, 0, 2))),
    "state_saving": (ATTENTION, StateSavingRNN(chunks=(1, 3))),
    "fed": (ATTENTION, Chunked(chunks=(1, 3), carried="feed")),
    "in_variables": (ANY_DEPTH, Chunked(chunks=(1, 3), carried="variables")),
    "among_dropout": (AMONG_DROPOUT, DynamicRNN(sequence_length=(4, 0, 2))),
    "dropped_attention": (dropped(ATTENTION), StaticBidirectionalRNN()),
    "several_inputs": (OutputProjectionWrapper(cell=PhasedLSTMCell(num_units=3), output_size=2), DynamicRNN()),
}


@pytest.mark.parametrize(("cell", "run"), CASES.values(), ids=CASES)
def test_numpy_impl_computes_what_tensorflow_computes(make_case, cell, run):
    verdict = check([case_of(record(make_case(cell, run)))], numpy_impl.run)
    assert verdict.agrees
