"""What TensorFlow's kernels compute is what its other cells compute, live, and what the twin says about their edges."""

import numpy as np
import pytest

import numpy_impl as ni
from rnn_parity.spec import (
    CudnnCompatibleGRUCell,
    DynamicRNN,
    FusedRNN,
    GRUBlockCellV2,
    GRUCell,
    LSTMBlockCell,
    LSTMBlockFusedCell,
    LSTMCell,
    Step,
)
from tf_reference.cells import build_cell
from tf_reference.environment import tensorflow
from tf_reference.record import record

pytestmark = pytest.mark.needs_tf

LENGTHS = (3, 4, 0)
CLOSE = {"rtol": 1e-6, "atol": 1e-6}  # of float32
STATE = np.random.default_rng(1).standard_normal((2, 3, 3)).astype("float32")


def assert_same_answers(one, other):
    """Check that two fixtures of equal seeds have equal weights, and answers to rounding."""
    weights = {name for name in one.arrays if name.startswith("weights/")}
    assert weights == {name for name in other.arrays if name.startswith("weights/")}
    for name in weights:
        np.testing.assert_array_equal(one.arrays[name], other.arrays[name])
    answers = [name for name in one.arrays if name.startswith(("outputs", "final_state"))]
    assert answers
    for name in answers:
        np.testing.assert_allclose(one.arrays[name], other.arrays[name], **CLOSE)


@pytest.mark.parametrize("run", [Step(initial_state=True), DynamicRNN(sequence_length=LENGTHS, initial_state=True)])
@pytest.mark.parametrize(("clip", "peephole"), [(None, False), (None, True), (0.5, True)])
def test_lstm_block_cell_is_lstm_cell(make_case, run, clip, peephole):
    block = LSTMBlockCell(num_units=3, forget_bias=0.4, cell_clip=clip, use_peephole=peephole)
    lstm = LSTMCell(num_units=3, forget_bias=0.4, cell_clip=clip, use_peepholes=peephole)
    assert_same_answers(record(make_case(block, run)), record(make_case(lstm, run)))


@pytest.mark.parametrize("run", [Step(initial_state=True), DynamicRNN(sequence_length=LENGTHS, initial_state=True)])
def test_gru_block_cell_is_gru_cell(make_case, run):
    assert_same_answers(
        record(make_case(GRUBlockCellV2(num_units=3), run)), record(make_case(GRUCell(num_units=3), run))
    )


def test_a_clip_of_0_is_none_for_the_kernel_and_0_for_lstm_cell(make_case):
    run = DynamicRNN(initial_state=True)
    block = record(make_case(LSTMBlockCell(num_units=3, cell_clip=0.0), run))
    assert_same_answers(block, record(make_case(LSTMBlockCell(num_units=3), run)))
    assert not record(make_case(LSTMCell(num_units=3, cell_clip=0.0), run)).arrays["final_state/c"].any()


@pytest.mark.parametrize("lengths", [None, LENGTHS])
@pytest.mark.parametrize("peephole", [False, True])
def test_fused_cell_is_dynamic_rnn_of_lstm_cell(make_case, lengths, peephole):
    cell = LSTMBlockFusedCell(num_units=3, use_peephole=peephole)
    fused = record(make_case(cell, FusedRNN(sequence_length=lengths, initial_state=True))).arrays
    tf = tensorflow().compat.v1
    with tf.Graph().as_default(), tf.Session() as session:
        answer = tf.nn.dynamic_rnn(
            build_cell(LSTMCell(num_units=3, use_peepholes=peephole), "float32"),
            tf.constant(fused["inputs"]),
            lengths,
            tf.nn.rnn_cell.LSTMStateTuple(*(tf.constant(fused[f"initial_state/{part}"]) for part in "ch")),
            time_major=True,
        )
        for variable in tf.global_variables():
            name = variable.name.removeprefix("rnn/lstm_cell/").removesuffix(":0")
            variable.load(fused[f"weights/lstm_fused_cell/{name}"], session)
        outputs, state = session.run(answer)
    np.testing.assert_allclose(fused["outputs"], outputs, **CLOSE)
    np.testing.assert_allclose(fused["final_state/c"], state.c, **CLOSE)
    np.testing.assert_allclose(fused["final_state/h"], state.h, **CLOSE)


def test_cudnn_compatible_gru_is_keras_s_gru_that_resets_after(make_case):
    arrays = record(make_case(CudnnCompatibleGRUCell(num_units=3), Step(initial_state=True))).arrays
    own = {name.rpartition("cudnn_compatible_gru_cell/")[2]: a for name, a in arrays.items() if "weights" in name}
    tf = tensorflow()
    keras = tf.keras.layers.GRUCell(3, reset_after=True)
    keras.build((None, 2))
    r, u = np.split(own["gates/kernel"], 2, axis=1)
    of_input = np.concatenate([u[:2], r[:2], own["candidate/input_projection/kernel"]], axis=1)
    of_hidden = np.concatenate([u[2:], r[2:], own["candidate/hidden_projection/kernel"]], axis=1)
    r, u = np.split(own["gates/bias"], 2)
    biases = [[*u, *r, *own["candidate/input_projection/bias"]], [*[0] * 6, *own["candidate/hidden_projection/bias"]]]
    keras.set_weights([of_input, of_hidden, np.array(biases)])
    output, _ = keras(tf.constant(arrays["inputs"]), [tf.constant(arrays["initial_state"])])
    np.testing.assert_allclose(arrays["outputs"], output, **CLOSE)


def drawn(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype("float32")


def op_arrays():
    return {
        "x": drawn(4, 3, 2),
        "cs_prev": drawn(3, 5),
        "h_prev": drawn(3, 5),
        "w": drawn(7, 20),
        **{name: drawn(5) for name in ("wci", "wcf", "wco")},
        "b": drawn(20),
    }


@pytest.mark.parametrize("steps", [0, 3, 4])
@pytest.mark.parametrize("options", [{}, {"use_peephole": True}, {"cell_clip": 0.5}, {"cell_clip": -1.0}], ids=str)
def test_block_lstm_v2_of_the_twin_is_the_op(steps, options):
    tf = tensorflow()
    expected = tf.raw_ops.BlockLSTMV2(seq_len_max=tf.constant(steps, "int64"), **op_arrays(), **options)
    actual = ni.block_lstm_v2(steps, *op_arrays().values(), **options)
    assert actual._fields == expected._fields
    for name in actual._fields:
        ours, theirs = getattr(actual, name)[:steps], getattr(expected, name)[:steps]  # after it the gates are memory
        np.testing.assert_allclose(ours, theirs, **CLOSE)
    assert not np.any(expected.h[steps:])
    assert not np.any(expected.cs[steps:])


def test_the_raw_op_s_own_default_clips_at_3():
    tf = tensorflow()
    arrays = op_arrays() | {"x": drawn(3, 2), "cs_prev": np.full((3, 5), 50, "float32")}
    default = tf.raw_ops.LSTMBlockCell(**arrays)
    assert float(tf.reduce_max(default.cs)) == 3.0
    off = tf.raw_ops.LSTMBlockCell(**arrays, cell_clip=-1.0)
    assert float(tf.reduce_max(off.cs)) > 10


def test_a_fused_cell_multiplies_with_its_mask(make_case):
    """NaN in the padding of a row reaches the outputs until the longest row ends, in TensorFlow as in the twin."""
    fixture = record(
        make_case(LSTMBlockFusedCell(num_units=3), FusedRNN(sequence_length=(2, 3, 0), initial_state=True))
    )
    inputs = fixture.arrays["inputs"].copy()
    inputs[2, 0] = inputs[3, 0] = np.nan
    tf = tensorflow().compat.v1
    with tf.Graph().as_default(), tf.Session() as session:
        state = tf.nn.rnn_cell.LSTMStateTuple(*map(tf.constant, STATE))
        answer = build_cell(LSTMBlockFusedCell(num_units=3), "float32")(
            tf.constant(inputs), initial_state=state, sequence_length=tf.constant((2, 3, 0))
        )
        session.run(tf.global_variables_initializer())
        expected = session.run(answer)
    weights = {name: np.zeros(shape, "float32") for name, shape in {"kernel": (5, 12), "bias": (12,)}.items()}
    twin = ni.LSTMBlockFusedCell(3, weights=ni.LSTMBlockFusedCell.weights_from(weights))
    outputs, final = twin(inputs, tuple(STATE), None, (2, 3, 0))
    assert np.isnan(expected[0]).any()
    np.testing.assert_allclose(outputs, expected[0], **CLOSE)
    np.testing.assert_allclose(final, expected[1], **CLOSE)


@pytest.mark.parametrize(
    ("change", "ours"),
    [
        ({"wci": np.zeros((), "float32")}, r"w_i_diag: got shape \(\), should be \(5,\)"),
        ({"wco": np.zeros((3, 5), "float32")}, r"w_o_diag: got shape \(3, 5\), should be \(5,\)"),
        ({"x": np.zeros((4, 3, 0), "float32")}, r"inputs: got shape \(4, 3, 0\), should be \(T, B, D\)"),
        ({"h_prev": np.zeros((2, 5), "float32")}, r"state: got shape \(2, 5\), should be \(3, 5\)"),
    ],
    ids=["rank of wci", "rank of wco", "no depth", "batch of h"],
)
def test_what_the_op_refuses_the_twin_refuses(change, ours):
    tf = tensorflow()
    arrays = op_arrays() | change
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.raw_ops.BlockLSTMV2(seq_len_max=tf.constant(4, "int64"), **arrays, use_peephole=True)
    with pytest.raises(ValueError, match=ours):
        ni.block_lstm_v2(4, *arrays.values(), use_peephole=True)


def test_an_empty_batch_is_none_of_the_errors():
    empty = op_arrays() | {"x": drawn(4, 0, 2), "cs_prev": drawn(0, 5), "h_prev": drawn(0, 5)}
    expected = tensorflow().raw_ops.BlockLSTMV2(seq_len_max=tensorflow().constant(4, "int64"), **empty)
    assert ni.block_lstm_v2(4, *empty.values()).h.shape == tuple(expected.h.shape) == (4, 0, 5)


def test_float64_has_no_kernel_and_an_oracle_all_the_same(make_case):
    tf = tensorflow()
    with pytest.raises(tf.errors.InvalidArgumentError, match="double is not in the list of allowed values"):
        tf.raw_ops.LSTMBlockCell(
            **{name: array.astype("float64") for name, array in (op_arrays() | {"x": drawn(3, 2)}).items()}
        )
    fixture = record(make_case(LSTMBlockCell(num_units=3), DynamicRNN(initial_state=True)))
    assert fixture.arrays["oracle64/outputs"].dtype == np.float64
    np.testing.assert_allclose(fixture.arrays["outputs"], fixture.arrays["oracle64/outputs"], **CLOSE)
