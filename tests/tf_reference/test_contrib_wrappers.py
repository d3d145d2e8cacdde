"""How TensorFlow's scopes, dtypes and refusals bear on wrappers with variables."""

import numpy as np
import pytest

from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.spec import (
    AttentionCellWrapper,
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    EmbeddingWrapper,
    GRUCell,
    HighwayWrapper,
    MultiRNNCell,
    Sizes,
)
from tf_reference import cells, graphs
from tf_reference.contrib import wrap
from tf_reference.environment import control_flow_v1, tensorflow
from tf_reference.record import record

pytestmark = pytest.mark.needs_tf

GRU = GRUCell(num_units=2)


def call(made, shape=(3, 2), dtype="float32", state_dtype="float32"):
    v1 = tensorflow().compat.v1
    return made(v1.placeholder(dtype, shape), made.zero_state(3, state_dtype))


def names(graph):
    return [variable.name for variable in graph.get_collection("variables")]


def test_a_shared_highway_has_gates_in_every_place_and_one_cell(make_case):
    stack = MultiRNNCell(cells=(HighwayWrapper(cell=GRU),) * 2, one_object=True)
    made = names(graphs.build_graph(make_case(stack), "float32", with_twin=True).graph)
    assert [name for name in made if "carry_w" in name] == [
        f"rnn/multi_rnn_cell/cell_{place}/carry_w:0" for place in (0, 1)
    ]
    assert [name for name in made if "gates/kernel" in name] == ["rnn/multi_rnn_cell/cell_0/gru_cell/gates/kernel:0"]


def test_a_highway_shared_by_two_directions_has_gates_in_both(make_case):
    run = BidirectionalDynamicRNN(cell_bw="cell_fw")
    made = names(graphs.build_graph(make_case(HighwayWrapper(cell=GRU), run), "float32", with_twin=True).graph)
    assert [name for name in made if "/carry_b" in name] == [
        f"bidirectional_rnn/{way}/carry_b:0" for way in ("fw", "bw")
    ]


def test_a_highway_called_again_in_its_scope_needs_reuse():
    tf = tensorflow()
    with tf.Graph().as_default():
        made = cells.build_cell(HighwayWrapper(cell=GRU), "float32")
        call(made)
        with pytest.raises(ValueError, match="carry_w already exists"):
            call(made)


def test_highways_in_one_scope_take_each_other_s_variables_and_are_refused():
    tf = tensorflow()
    with tf.Graph().as_default():
        inner = cells.build_cell(HighwayWrapper(cell=GRU), "float32")
        outer = wrap(HighwayWrapper(cell=GRU), inner)
        with pytest.raises(ValueError, match="carry_w already exists"):
            call(outer)
    with pytest.raises(UnsupportedOptionError, match="no other highway, whose variables it would take"):
        HighwayWrapper(cell=HighwayWrapper(cell=GRU))


@pytest.mark.parametrize("wrapper", [HighwayWrapper(cell=GRU), AttentionCellWrapper(cell=GRU, attn_length=2)])
def test_gates_and_attention_are_of_the_scope_s_dtype_whatever_the_inputs(wrapper):
    tf = tensorflow()
    with tf.Graph().as_default(), pytest.raises((TypeError, ValueError), match=r"float32.*float64|float64.*float32"):
        call(cells.build_cell(wrapper, "float64"), dtype="float64", state_dtype="float64")


def test_a_highway_of_another_width_is_refused_by_tensorflow_and_by_the_case(make_case):
    wrapper = HighwayWrapper(cell=GRUCell(num_units=3))
    tf = tensorflow()
    with tf.Graph().as_default(), pytest.raises(ValueError, match=r"Shapes .* are incompatible"):
        call(cells.build_cell(wrapper, "float32"))
    with pytest.raises(UnsupportedOptionError, match="of output size 2, the width of its inputs"):
        make_case(wrapper)


def test_the_window_holds_the_last_outputs_oldest_first(make_case):
    wrapper = AttentionCellWrapper(cell=GRU, attn_length=3)
    arrays = record(make_case(wrapper, dtype="float64")).arrays
    window = arrays["final_state/2"].reshape(3, 3, 2)  # rows run 4, 0 and 2 steps
    np.testing.assert_array_equal(window[0], arrays["outputs"][0, 1:])
    np.testing.assert_array_equal(window[1], arrays["initial_state/2"].reshape(3, 3, 2)[1])
    np.testing.assert_array_equal(window[2, 1:], arrays["outputs"][2, :2])
    np.testing.assert_array_equal(window[2, 0], arrays["initial_state/2"].reshape(3, 3, 2)[2, 2])


def test_dynamic_rnn_takes_ids_with_a_depth_of_one_only(make_case):
    wrapper = EmbeddingWrapper(cell=GRU, embedding_classes=4, embedding_size=3)
    tf = tensorflow()
    for shape, words in (((3, 4), "rank at least 3"), ((3, 4, 2), "must be equal|incompatible")):
        with tf.Graph().as_default(), control_flow_v1():
            cell, ids = cells.build_cell(wrapper, "float32"), tf.compat.v1.placeholder("int32", shape)
            with pytest.raises(ValueError, match=words):
                tf.compat.v1.nn.dynamic_rnn(cell, ids, dtype="float32")
    with pytest.raises(UnsupportedOptionError, match="inputs of depth 1, one id a row"):
        make_case(wrapper)
    one_id = make_case(wrapper, sizes=Sizes(batch_size=3, max_time=4, depth=1))
    assert record(one_id).arrays["inputs"].dtype == np.int32


def test_an_embedding_asks_the_first_state_for_its_dtype():
    attentive = AttentionCellWrapper(cell=BasicLSTMCell(num_units=2), attn_length=2)
    stack = MultiRNNCell(cells=(attentive, GRU))
    tf = tensorflow()
    with tf.Graph().as_default():
        spec = EmbeddingWrapper(cell=GRU, embedding_classes=4, embedding_size=2)
        made = wrap(spec, cells.build_cell(stack, "float32"))
        with pytest.raises(AttributeError, match="dtype"):
            call(made, shape=(3, 1), dtype="int32")
    with pytest.raises(UnsupportedOptionError, match="whose state begins with an array or an LSTMStateTuple"):
        EmbeddingWrapper(cell=stack, embedding_classes=4, embedding_size=2)
