"""Steps that are imported instead of called: the same operations, the same bits, each for its own inputs."""

from collections import Counter

import numpy as np
import pytest

from rnn_parity.draws import draw
from rnn_parity.spec import (
    AttentionCellWrapper,
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    Chunked,
    DropoutWrapper,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    StaticRNN,
)
from tf_reference import twin
from tf_reference.environment import tensorflow
from tf_reference.graphs import build_graph
from tf_reference.repeated import Made, repeat
from tf_reference.sessions import Session

pytestmark = pytest.mark.needs_tf

LENGTHS = (4, 0, 2)
CASES = {
    "ragged with a state": (
        LSTMCell(num_units=3, use_peepholes=True),
        DynamicRNN(sequence_length=LENGTHS, initial_state=True),
    ),
    "from zeros": (GRUCell(num_units=3), StaticRNN()),
    "joined state": (BasicLSTMCell(num_units=3, state_is_tuple=False), DynamicRNN(sequence_length=LENGTHS)),
    "both directions": (GRUCell(num_units=3), BidirectionalDynamicRNN(sequence_length=LENGTHS)),
    "stack": (MultiRNNCell(cells=(GRUCell(num_units=3), LSTMCell(num_units=2))), DynamicRNN(sequence_length=LENGTHS)),
    "reset on the way": (GRUCell(num_units=3), Chunked(chunks=(2, 2), carry_state=False, initial_state=True)),
    "window of past outputs": (
        AttentionCellWrapper(cell=GRUCell(num_units=3), attn_length=2),
        DynamicRNN(sequence_length=LENGTHS),
    ),
}


def answers(spec):
    graph = build_graph(spec, spec.dtype, with_twin=True)
    session = Session(graph)
    try:
        _, answered, traces = session.everything(draw(spec))
    finally:
        session.close()
    return answered | traces, Counter(op.type for op in graph.graph.get_operations())


@pytest.mark.parametrize("name", CASES)
def test_imported_steps_answer_the_bits_of_called_steps(make_case, monkeypatch, name):
    spec = make_case(*CASES[name])
    imported, of_imported = answers(spec)
    monkeypatch.setattr(twin, "_is_the_same_at_each_step", lambda *_: False)
    called, of_called = answers(spec)
    assert of_imported == of_called
    assert imported.keys() == called.keys()
    for array_name, array in called.items():
        np.testing.assert_array_equal(imported[array_name], array, err_msg=array_name, strict=True)


def test_steps_that_draw_numbers_are_each_called(make_case, monkeypatch):
    repeated = []
    monkeypatch.setattr(twin, "repeat", lambda *given: repeated.append(given))
    build_graph(make_case(DropoutWrapper(cell=GRUCell(num_units=3), input_keep_prob=0.5)), "float32", with_twin=True)
    assert repeated == []


def test_input_that_is_answered_is_answered_anew():
    tf = tensorflow()
    with tf.Graph().as_default() as graph:
        old, new, kept = (tf.constant(value) for value in (1.0, 2.0, 40.0))
        total = old + kept
        made = Made([total.op], (old,), {"total": total, "passed on": old, "outside": kept})
        again = repeat(made, (new,))
        with tf.compat.v1.Session(graph=graph) as session:
            assert session.run(again) == {"total": 42.0, "passed on": 2.0, "outside": 40.0}


def test_one_tensor_as_two_inputs_cannot_be_repeated():
    tf = tensorflow()
    with tf.Graph().as_default():
        one, other = tf.constant(1.0), tf.constant(2.0)
        total = one + other
    assert Made([total.op], (one, (other, None)), total).can_be_repeated
    assert not Made([total.op], (one, (one, None)), total).can_be_repeated
