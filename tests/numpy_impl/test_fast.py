"""The fast form answers what the readable one does, to some roundings, and never touches what is not its own."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import numpy_impl
from numpy_impl import fast
from numpy_impl.state import leaves, map_state

DEPTH = 3
CELLS = {
    "rnn": lambda: numpy_impl.BasicRNNCell(4),
    "rnn-relu": lambda: numpy_impl.BasicRNNCell(4, "relu6"),
    "gru": lambda: numpy_impl.GRUCell(4),
    "gru-softsign": lambda: numpy_impl.GRUCell(4, "softsign"),
    "basic-lstm": lambda: numpy_impl.BasicLSTMCell(4, forget_bias=0.3),
    "basic-lstm-softmax": lambda: numpy_impl.BasicLSTMCell(4, state_is_tuple=False, activation="softmax"),
    "lstm": lambda: numpy_impl.LSTMCell(4),
    "lstm-options": lambda: numpy_impl.LSTMCell(
        4, use_peepholes=True, cell_clip=0.3, num_proj=2, proj_clip=0.1, state_is_tuple=False
    ),
    "stack": lambda: numpy_impl.MultiRNNCell(
        [numpy_impl.LSTMCell(4), numpy_impl.GRUCell(5), numpy_impl.ResidualWrapper(numpy_impl.BasicRNNCell(5))]
    ),
    "stack-in-one-array": lambda: numpy_impl.MultiRNNCell(
        [numpy_impl.BasicLSTMCell(4, state_is_tuple=False), numpy_impl.DeviceWrapper(numpy_impl.GRUCell(5), "/cpu:0")],
        state_is_tuple=False,
    ),
}


def weighted(cell, dtype=np.float64):
    rng = np.random.default_rng(3)
    shapes = cell.variable_shapes(DEPTH, "rnn")
    return cell.with_variables(
        {name: rng.uniform(-0.5, 0.5, shape).astype(dtype) for name, shape in shapes.items()}, "rnn"
    )


def drawn(*shape, dtype=np.float64):
    return np.random.default_rng(5).standard_normal(shape).astype(dtype)


def state_of(cell, batch, dtype=np.float64):
    rng = np.random.default_rng(7)
    return map_state(lambda zeros: rng.uniform(-1, 1, zeros.shape).astype(dtype), cell.zero_state(batch, dtype))


def assert_same(actual, expected):
    dtype = leaves(expected)[0].dtype
    for got, should_be in zip(leaves(actual), leaves(expected), strict=True):
        assert got.dtype == should_be.dtype
        np.testing.assert_allclose(got, should_be, rtol=0, atol=64 * np.finfo(dtype).eps, strict=True)


@pytest.fixture(params=CELLS)
def cell(request):
    return weighted(CELLS[request.param]())


@pytest.mark.parametrize("lengths", [None, [5, 0, 2], [0, 0, 0], [9, 5, 5]], ids=str)
@pytest.mark.parametrize("given", [False, True], ids=["zeros", "state"])
def test_it_answers_what_the_readable_form_does(cell, lengths, given):
    x, state = drawn(3, 5, DEPTH), state_of(cell, 3) if given else None
    expected = numpy_impl.dynamic_rnn(cell, x, lengths, state, x.dtype)
    actual = fast.prepare(cell)(x, lengths, state)
    assert_same(actual, expected)
    assert type(actual[1]) is type(expected[1])


@pytest.mark.parametrize("lengths", [None, [5, 0, 2]], ids=str)
def test_both_directions_answer_what_the_readable_ones_do(cell, lengths):
    x = drawn(3, 5, DEPTH)
    expected = numpy_impl.bidirectional_dynamic_rnn(cell, cell, x, lengths, dtype=x.dtype)
    assert_same(fast.bidirectional_dynamic_rnn(cell, cell, x, lengths, dtype=x.dtype), expected)


@pytest.mark.parametrize(("steps", "batch"), [(0, 2), (2, 0), (1, 1), (600, 1), (5, 160), (2, 1100)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CELLS)
def test_one_plan_runs_every_shape_small_and_large(name, steps, batch, dtype):
    own = weighted(CELLS[name](), dtype)
    plan = fast.prepare(own)
    for shape in ((batch, steps, DEPTH), (2, 3, DEPTH), (batch, steps, DEPTH)):
        x = drawn(*shape, dtype=dtype)
        assert_same(plan(x), numpy_impl.dynamic_rnn(own, x, dtype=dtype))


def test_chunks_carry_the_state(cell):
    plan, x = fast.prepare(cell), drawn(3, 9, DEPTH)
    whole, final = plan(x)
    first, state = plan(x[:, :4])
    second, end = plan(x[:, 4:], None, state)
    assert_same((np.concatenate([first, second], axis=1), end), (whole, final))


@pytest.mark.parametrize("lengths", [None, [5, 1, 2]], ids=str)
def test_later_calls_leave_earlier_answers_as_they_are(cell, lengths):
    plan = fast.prepare(cell)
    answer = plan(drawn(3, 5, DEPTH), lengths)
    kept = [leaf.copy() for leaf in leaves(answer)]
    plan(10 + drawn(3, 5, DEPTH), lengths)
    for leaf, copy in zip(leaves(answer), kept, strict=True):
        np.testing.assert_array_equal(leaf, copy)


@pytest.mark.parametrize("lengths", [None, [5, 1, 2]], ids=str)
def test_inputs_and_states_are_not_written_into(cell, lengths):
    x, state = drawn(3, 5, DEPTH), state_of(cell, 3)
    for array in [x, *leaves(state)]:
        array.flags.writeable = False
    answer = fast.prepare(cell)(x, lengths, state)
    assert not any(np.shares_memory(leaf, given) for leaf in leaves(answer) for given in [x, *leaves(state)])


def test_padding_is_never_read(cell):
    lengths, x = np.array([5, 0, 2]), drawn(3, 5, DEPTH)
    expected = fast.prepare(cell)(x, lengths)
    x[np.arange(5) >= lengths[:, np.newaxis]] = np.nan
    outputs, state = fast.prepare(cell)(x, lengths)
    for got, should_be in zip(leaves((outputs, state)), leaves(expected), strict=True):
        np.testing.assert_array_equal(got, should_be)
    assert not outputs[1].any()
    assert not outputs[2, 2:].any()


def test_inputs_may_lie_in_memory_in_any_way(cell):
    x, plan = drawn(3, 5, DEPTH), fast.prepare(cell)
    expected = plan(x)
    assert_same(plan(np.asfortranarray(x)), expected)
    assert_same(plan(np.repeat(x, 2, axis=2)[..., ::2]), expected)
    outputs, state = plan(np.ascontiguousarray(x.swapaxes(0, 1)), time_major=True)
    assert_same((outputs.swapaxes(0, 1), state), expected)


def test_a_plan_keeps_the_weights_it_was_made_of():
    own = weighted(numpy_impl.LSTMCell(4))
    few, many = drawn(2, 3, DEPTH), drawn(600, 3, DEPTH)  # of which each is squashed in another way
    expected = [numpy_impl.dynamic_rnn(own, x, dtype=x.dtype) for x in (few, many)]
    plan = fast.prepare(own)
    own.weights.kernel[...] = 0
    own.weights.bias[...] = 0
    assert_same([plan(few), plan(many)], expected)


def test_threads_may_share_a_plan(cell):
    plan, inputs = fast.prepare(cell), [drawn(8, 200, DEPTH) * scale for scale in range(1, 9)]
    expected = [plan(x) for x in inputs]
    with ThreadPoolExecutor(4) as pool:
        for answer, should_be in zip(pool.map(plan, inputs), expected, strict=True):
            assert_same(answer, should_be)


def test_variables_come_by_their_names_in_tensorflow():
    bare, x = numpy_impl.GRUCell(4), drawn(2, 3, DEPTH)
    variables = {name: drawn(*shape) for name, shape in bare.variable_shapes(DEPTH, "rnn").items()}
    expected = numpy_impl.dynamic_rnn(bare.with_variables(variables, "rnn"), x, dtype=x.dtype)
    assert_same(fast.prepare(bare, variables)(x), expected)


def test_static_runs_take_and_answer_lists(cell):
    steps = list(drawn(4, 2, DEPTH))
    assert_same(fast.static_rnn(cell, steps, dtype=np.float64), numpy_impl.static_rnn(cell, steps, dtype=np.float64))
    expected = numpy_impl.static_bidirectional_rnn(cell, cell, steps, dtype=np.float64)
    assert_same(fast.static_bidirectional_rnn(cell, cell, steps, dtype=np.float64), expected)


def test_gates_far_in_saturation_are_0_and_1_without_a_warning():
    own = weighted(numpy_impl.LSTMCell(300), np.float32)
    x = np.full((4, 2, DEPTH), 1e4, np.float32)
    assert_same(fast.prepare(own)(x), numpy_impl.dynamic_rnn(own, x, dtype=np.float32))


class OwnLSTM(numpy_impl.LSTMCell):
    """A subclass, which may compute anything."""


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: numpy_impl.UGRNNCell(4), r"cell: got UGRNNCell, should be of BasicRNNCell, .*numpy_impl's own"),
        (lambda: OwnLSTM(4), r"cell: got OwnLSTM, should be of"),
        (lambda: numpy_impl.MultiRNNCell([numpy_impl.UGRNNCell(4)]), r"cell: got UGRNNCell"),
        (lambda: weighted(numpy_impl.GRUCell(4), np.float16), r"GRUCell: got weights of float16, should be float32 or"),
        (
            lambda: weighted(numpy_impl.LSTMCell(4), np.longdouble),
            r"LSTMCell: got weights of (longdouble|float128)",
        ),
        (
            lambda: weighted(numpy_impl.ResidualWrapper(numpy_impl.GRUCell(DEPTH), lambda x, y: x * y)),
            r"ResidualWrapper\.residual_fn: got .*, should be None",
        ),
    ],
)
def test_what_it_cannot_run_is_refused_by_name(made, message):
    with pytest.raises(fast.UnsupportedCellError, match=message):
        fast.prepare(made())


@pytest.mark.parametrize("given", [numpy_impl.LSTMCell, None, "lstm"], ids=str)
def test_what_is_no_cell_is_refused(given):
    with pytest.raises(TypeError, match="which is not an RNNCell"):
        fast.prepare(given)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": drawn(2, DEPTH)}, r"inputs: got shape \(2, 3\), should be an array \(B, T, D\)"),
        ({"inputs": drawn(2, 5, DEPTH + 1)}, r"inputs: got shape \(2, 5, 4\), should be \(2, 5, 3\)"),
        ({"inputs": drawn(2, 5, DEPTH, dtype=np.float32)}, r"inputs: got float32, should be float64"),
        ({"sequence_length": [1]}, r"sequence_length: got shape \(1,\), must be a vector of length 2"),
        ({"initial_state": drawn(2, 4)}, r"LSTMCell state: got an array \(2, 4\), should be a tuple"),
        ({"initial_state": (drawn(2, 4), drawn(2, 5))}, r"LSTMCell state: got shape \(2, 5\), should be \(2, 4\)"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        fast.prepare(weighted(numpy_impl.LSTMCell(4)))(**{"inputs": drawn(2, 5, DEPTH), **change})


def test_a_run_from_nothing_wants_a_dtype():
    own = weighted(numpy_impl.GRUCell(4))
    with pytest.raises(ValueError, match="dtype must be specified"):
        fast.dynamic_rnn(own, drawn(2, 5, DEPTH))
    with pytest.raises(ValueError, match="dtype: got float32, should be float64 as the weights"):
        fast.dynamic_rnn(own, drawn(2, 5, DEPTH), dtype=np.float32)


def test_backward_rows_cannot_be_longer_than_the_inputs():
    own = weighted(numpy_impl.GRUCell(4))
    with pytest.raises(ValueError, match=r"sequence_length: got \[6 1\], should be from 0 to 5"):
        fast.bidirectional_dynamic_rnn(own, own, drawn(2, 5, DEPTH), [6, 1], dtype=np.float64)
