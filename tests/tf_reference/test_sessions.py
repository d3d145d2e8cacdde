"""Sessions leave out rewritings of TensorFlow's that change no number; recording leaves a process as it was."""

import gc

import numpy as np
import pytest

from rnn_parity.catalogue import CASES
from rnn_parity.draws import draw
from tf_reference import sessions
from tf_reference.graphs import build_graph
from tf_reference.pool import record_all

pytestmark = pytest.mark.needs_tf

REWRITTEN = {  # what changes the last bits of a case where it is left out
    "gru/activation-elu": "remapping",
    "cudnn-gru/time-major-state": "arithmetic_optimization",
    "layer-norm-lstm/cell-clip": "constant_folding",
}
SPECS = {spec.id: spec for spec in CASES}


def answers(graph, arrays):
    session = sessions.Session(graph)
    try:
        return {f"{k}/{name}": a for k, part in enumerate(session.everything(arrays)) for name, a in part.items()}
    finally:
        session.close()


@pytest.mark.parametrize("case_id", REWRITTEN)
def test_answers_are_the_bits_of_all_of_tensorflow_s_rewritings(monkeypatch, case_id):
    spec = SPECS[case_id]
    graph, arrays = build_graph(spec, spec.dtype, with_twin=True), draw(spec)
    got = answers(graph, arrays)
    monkeypatch.setattr(sessions, "_rewrite", lambda *_, **__: None)  # TensorFlow's own choice
    should_be = answers(graph, arrays)
    assert got.keys() == should_be.keys()
    for name, array in should_be.items():
        np.testing.assert_array_equal(got[name], array, err_msg=name, strict=True)


def test_recording_leaves_garbage_collection_as_it_was(make_case):
    record_all([make_case()], jobs=1)
    assert gc.get_freeze_count() == 0
