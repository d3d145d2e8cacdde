"""TensorFlow's own objects for stacks, shared cells and wrappers: names, sharing, devices, refusals."""

import numpy as np
import pytest

from rnn_parity.draws import draw
from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.spec import (
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    DeviceWrapper,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    ResidualWrapper,
    StaticRNN,
    SummedMultiRNNCell,
)
from tf_reference import cells, graphs
from tf_reference.environment import tensorflow
from tf_reference.observe import observed
from tf_reference.record import record
from tf_reference.sessions import Session
from tf_reference.summed import summed_multi_rnn_cell

pytestmark = pytest.mark.needs_tf

LSTM = BasicLSTMCell(num_units=2)  # as wide as the inputs of the cases here
GRU = GRUCell(num_units=2)


def built(spec):
    """Return TensorFlow's object of the case's cell."""
    return cells.build_cell(spec, "float32")


def test_summed_stack_is_a_multi_rnn_cell():
    cell = built(SummedMultiRNNCell(cells=(LSTM, LSTM)))
    assert isinstance(cell, tensorflow().compat.v1.nn.rnn_cell.MultiRNNCell)
    assert type(cell).__name__ == "SummedMultiRNNCell"


def test_summed_outputs_are_the_traced_h_of_all_layers(make_case):
    cell = SummedMultiRNNCell(cells=(LSTM, GRU, LSTMCell(num_units=3, num_proj=2)))
    arrays = record(make_case(cell, DynamicRNN(time_major=True), dtype="float64")).arrays
    summed = sum(arrays[f"trace/{layer}/h"] for layer in range(3))
    np.testing.assert_allclose(arrays["outputs"], summed, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(arrays["final_state/2/h"], arrays["trace/2/h"][-1])


@pytest.mark.parametrize("kind", [MultiRNNCell, SummedMultiRNNCell])
def test_one_object_stands_in_every_place_and_equal_cells_do_not(kind):
    shared, separate = (built(kind(cells=(LSTM,) * 3, one_object=one)) for one in (True, False))
    assert len({id(cell) for cell in shared._cells}) == 1
    assert len({id(cell) for cell in separate._cells}) == 3


def test_one_object_has_one_set_of_variables_named_after_where_it_is_called_first(make_case):
    stack = MultiRNNCell(cells=(LSTM,) * 3, one_object=True)
    spec = make_case(stack, BidirectionalDynamicRNN(cell_bw="cell_fw"))
    made = graphs.build_graph(spec, "float32", with_twin=True).graph.get_collection("variables")
    scope = "bidirectional_rnn/fw/multi_rnn_cell/cell_0/basic_lstm_cell"
    assert [variable.name for variable in made] == [f"{scope}/kernel:0", f"{scope}/bias:0"]


def test_one_object_answers_like_a_stack_given_the_same_weights_in_every_layer(make_case):
    shared = record(make_case(MultiRNNCell(cells=(LSTM,) * 2, one_object=True), dtype="float64"))
    spec = make_case(MultiRNNCell(cells=(LSTM,) * 2), dtype="float64")
    arrays = draw(spec)
    for name in list(arrays):
        if name.startswith("weights/"):
            arrays[name] = shared.arrays[name.replace("cell_1", "cell_0")]
    graph = graphs.build_graph(spec, "float64", with_twin=False)
    session = Session(graph)
    for name, array in session.results(arrays).items():
        np.testing.assert_allclose(shared.arrays[name], array, rtol=0, atol=1e-14)
    session.close()


@pytest.mark.parametrize("lengths", [None, (4, 0, 2)])
def test_residual_outputs_are_h_plus_inputs_while_a_row_runs(make_case, lengths):
    run = DynamicRNN(sequence_length=lengths, time_major=True)
    arrays = record(make_case(ResidualWrapper(cell=GRU), run, dtype="float64")).arrays
    running = np.arange(4)[:, np.newaxis] < np.asarray(lengths or (4, 4, 4))
    expected = np.where(running[..., np.newaxis], arrays["trace/0/h"] + arrays["inputs"], 0)
    np.testing.assert_allclose(arrays["outputs"], expected, rtol=0, atol=1e-15)
    assert (arrays["outputs"][~running] == 0).all()


def test_slice_adds_the_first_columns_of_the_inputs(make_case):
    cell = ResidualWrapper(cell=GRUCell(num_units=1), residual_fn="slice")
    arrays = record(make_case(cell, DynamicRNN(time_major=True), dtype="float64")).arrays
    np.testing.assert_allclose(arrays["outputs"], arrays["trace/0/h"] + arrays["inputs"][..., :1], rtol=0, atol=1e-15)


def test_a_layer_above_a_residual_reads_the_sum(make_case):
    stack = MultiRNNCell(cells=(ResidualWrapper(cell=LSTM), BasicLSTMCell(num_units=2)))
    arrays = record(make_case(stack, DynamicRNN(time_major=True), dtype="float64")).arrays
    below = arrays["trace/0/h"] + arrays["inputs"]
    before = np.concatenate([np.zeros((1, 3, 2)), arrays["trace/1/h"][:-1]])
    weights = [arrays[f"weights/rnn/multi_rnn_cell/cell_1/basic_lstm_cell/{part}"] for part in ("kernel", "bias")]
    gates = np.concatenate([below, before], axis=2) @ weights[0] + weights[1]
    traced = np.concatenate([arrays[f"trace/1/{gate}"] for gate in "ijfo"], axis=2)
    np.testing.assert_allclose(traced, gates, rtol=0, atol=1e-14)


def test_operations_of_a_wrapped_cell_are_on_its_device_and_no_others(make_case):
    stack = MultiRNNCell(cells=(DeviceWrapper(cell=LSTM, device="/device:CPU:1"), GRU))
    graph = graphs.build_graph(make_case(stack, StaticRNN()), "float32", with_twin=False).graph
    devices = {op.name: op.device for op in graph.get_operations() if op.type == "MatMul"}
    wrapped = {device for name, device in devices.items() if "basic_lstm_cell" in name}
    bare = {device for name, device in devices.items() if "gru_cell" in name}
    assert (wrapped, bare) == ({"/device:CPU:1"}, {""})


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (ResidualWrapper(cell=GRUCell(num_units=3)), "Shapes .* are incompatible"),
        (ResidualWrapper(cell=GRUCell(num_units=1)), "Shapes .* are incompatible"),
        (MultiRNNCell(cells=(GRUCell(num_units=3),) * 2, one_object=True), "Dimensions must be equal"),
    ],
)
def test_widths_that_tensorflow_refuses_are_refused_by_the_case(make_case, cell, words):
    tf = tensorflow()
    with tf.Graph().as_default():
        made, x = built(cell), tf.compat.v1.placeholder("float32", (3, 2))
        state = made.zero_state(3, "float32")
        with pytest.raises(ValueError, match=words):
            made(x, state)
    with pytest.raises(UnsupportedOptionError, match="of output size 2, the width of"):
        make_case(cell)


def test_summed_stack_of_different_widths_is_refused_by_tensorflow():
    tf = tensorflow()
    with tf.Graph().as_default():
        made = summed_multi_rnn_cell()([built(GRUCell(num_units=units)) for units in (3, 2)])
        x, state = tf.compat.v1.placeholder("float32", (3, 2)), made.zero_state(3, "float32")
        with pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 2"):
            made(x, state)


def test_summed_stack_whose_sum_tensorflow_would_broadcast_is_refused_by_the_spec():
    with pytest.raises(UnsupportedOptionError, match="should be cells of one output size"):
        SummedMultiRNNCell(cells=(GRUCell(num_units=2), GRUCell(num_units=1)))


@pytest.mark.parametrize("wrapper", ["ResidualWrapper", "DeviceWrapper"])
def test_wrapper_around_no_cell_is_refused_by_tensorflow(wrapper):
    wrap = getattr(tensorflow().compat.v1.nn.rnn_cell, wrapper)
    with pytest.raises(TypeError, match="is not an RNNCell"):
        wrap(5, "/cpu:0") if wrapper == "DeviceWrapper" else wrap(5)


def test_cells_are_as_they_were_after_being_observed(make_case):
    tf = tensorflow()
    spec = make_case(MultiRNNCell(cells=(GRU,) * 2, one_object=True))
    with tf.Graph().as_default():
        made = built(spec.cell)
        objects = cells.single_objects(spec.cell, made)
        assert len(objects) == 2
        with observed(objects) as calls:
            made(tf.compat.v1.placeholder("float32", (3, 2)), made.zero_state(3, "float32"))
        assert len(calls) == 2
        assert "call" not in vars(objects[0])
