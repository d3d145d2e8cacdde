"""Small cells that run as one cell of the fast form answer what they answer one after the other."""

import warnings

import numpy as np
import pytest

import numpy_impl
from numpy_impl import fast
from numpy_impl.fast import merged
from numpy_impl.state import leaves, map_state

DEPTH, STEPS = 3, merged.LEAST_STEPS + 2
CELLS = {
    "rnn": lambda **_: numpy_impl.BasicRNNCell(4),
    "gru": lambda **_: numpy_impl.GRUCell(4),
    "basic-lstm": lambda **options: numpy_impl.BasicLSTMCell(4, state_is_tuple=False, **options),
    "lstm": lambda **options: numpy_impl.LSTMCell(4, **options),
    "lstm-options": lambda **options: numpy_impl.LSTMCell(
        4, use_peepholes=True, cell_clip=0.3, num_proj=2, proj_clip=0.1, num_unit_shards=2, num_proj_shards=2, **options
    ),
}


def weighted(cell, seed, depth=DEPTH, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return cell.with_variables(
        {
            name: rng.uniform(-0.5, 0.5, shape).astype(dtype)
            for name, shape in cell.variable_shapes(depth, "rnn").items()
        },
        "rnn",
    )


def stack(name, layers=3):
    return weighted(numpy_impl.MultiRNNCell([CELLS[name]() for _ in range(layers)]), 1)


def drawn(*shape):
    return np.random.default_rng(5).standard_normal(shape)


def state_of(cell, batch):
    rng = np.random.default_rng(7)
    return map_state(lambda zeros: rng.uniform(-1, 1, zeros.shape), cell.zero_state(batch, "float64"))


def assert_same(actual, expected):
    for got, should_be in zip(leaves(actual), leaves(expected), strict=True):
        np.testing.assert_allclose(got, should_be, rtol=0, atol=1e-14, strict=True)


@pytest.fixture
def ran(monkeypatch):
    """Return a list of what runs of merged cells answered: whether they could."""
    answers = []
    for kind in (merged.Both, merged.Wave):

        def watched(*arguments, run=kind.run):
            answer = run(*arguments)
            answers.append(bool(answer))
            return answer

        monkeypatch.setattr(kind, "run", watched)
    return answers


@pytest.mark.parametrize("given", [False, True], ids=["zeros", "state"])
@pytest.mark.parametrize("lengths", [None, [STEPS - 1] * 3], ids=["whole", "one length"])
@pytest.mark.parametrize("name", ["rnn", "basic-lstm", "lstm", "lstm-options"])
def test_layers_of_a_stack_run_a_step_apart(ran, name, lengths, given):
    cell, x = stack(name), drawn(3, STEPS, DEPTH)
    state = state_of(cell, 3) if given else None
    plan = fast.prepare(cell)
    for _ in range(2):
        assert_same(plan(x, lengths, state), numpy_impl.dynamic_rnn(cell, x, lengths, state, x.dtype))
    assert ran == [True, True]


@pytest.mark.parametrize("given", [False, True], ids=["zeros", "state"])
@pytest.mark.parametrize("lengths", [None, [4, 4, 4], [5, 0, 2], [0, 0, 0]], ids=str)
@pytest.mark.parametrize("name", CELLS)
def test_both_directions_run_side_by_side(ran, name, lengths, given):
    cells = [weighted(CELLS[name](), seed) for seed in (1, 2)]
    states = [state_of(cell, 3) if given else None for cell in cells]
    x = drawn(3, 5, DEPTH)
    expected = numpy_impl.bidirectional_dynamic_rnn(*cells, x, lengths, *states, dtype=x.dtype)
    assert_same(fast.bidirectional_dynamic_rnn(*cells, x, lengths, *states, dtype=x.dtype), expected)
    assert ran == ([] if lengths == [0, 0, 0] else [True])


@pytest.mark.parametrize(("batch", "steps"), [(0, STEPS), (3, 0), (0, 0)])
@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_batches_and_sequences_may_be_empty(name, batch, steps):
    cells, deep, x = [weighted(CELLS[name](), seed) for seed in (1, 2)], stack("lstm"), drawn(batch, steps, DEPTH)
    both = numpy_impl.bidirectional_dynamic_rnn(*cells, x, dtype=x.dtype)
    assert_same(fast.prepare_bidirectional(*cells)(x), both)
    assert_same(fast.prepare(deep)(x), numpy_impl.dynamic_rnn(deep, x, dtype=x.dtype))


def test_forget_biases_may_differ_only_where_cells_run_apart(ran):
    cells = [weighted(CELLS["lstm"](forget_bias=bias), 1) for bias in (0.0, 1.0)]
    x = drawn(3, 5, DEPTH)
    expected = numpy_impl.bidirectional_dynamic_rnn(*cells, x, dtype=x.dtype)
    assert_same(fast.bidirectional_dynamic_rnn(*cells, x, dtype=x.dtype), expected)
    assert ran == []


@pytest.mark.parametrize("name", ["gru", "larger", "residual"])
def test_other_stacks_run_layer_by_layer(ran, name):
    cells = {
        "gru": [numpy_impl.GRUCell(4), numpy_impl.GRUCell(4)],
        "larger": [numpy_impl.LSTMCell(merged.MOST_UNITS + 1), numpy_impl.LSTMCell(merged.MOST_UNITS + 1)],
        "residual": [numpy_impl.LSTMCell(4), numpy_impl.ResidualWrapper(numpy_impl.LSTMCell(4))],
    }
    cell, x = weighted(numpy_impl.MultiRNNCell(cells[name]), 1), drawn(3, STEPS, DEPTH)
    assert_same(fast.prepare(cell)(x), numpy_impl.dynamic_rnn(cell, x, dtype=x.dtype))
    assert ran == []


@pytest.mark.parametrize("lengths", [None, [STEPS, 1, STEPS - 1]], ids=["whole", "ragged"])
def test_a_stack_in_a_stack_leaves_the_states_of_others_alone(lengths):
    inner = numpy_impl.MultiRNNCell([numpy_impl.LSTMCell(4), numpy_impl.LSTMCell(4)])
    cell = weighted(numpy_impl.MultiRNNCell([inner, numpy_impl.GRUCell(5)]), 1)
    x, state = drawn(3, STEPS, DEPTH), state_of(cell, 3)
    assert_same(fast.prepare(cell)(x, lengths, state), numpy_impl.dynamic_rnn(cell, x, lengths, state, x.dtype))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("step", [0, 7, STEPS - 1])
def test_numbers_that_are_not_finite_stay_in_their_own_layer_direction_and_row(ran, bad, step):
    x = drawn(3, STEPS, DEPTH)
    x[1, step, 2] = bad
    deep, cells = stack("lstm"), [weighted(CELLS["gru"](), seed) for seed in (1, 2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = numpy_impl.dynamic_rnn(deep, x, dtype=x.dtype)
        both = numpy_impl.bidirectional_dynamic_rnn(*cells, x, dtype=x.dtype)
    assert_same(fast.prepare(deep)(x), expected)
    assert_same(fast.prepare_bidirectional(*cells)(x), both)
    assert ran[-1] is False  # a stack may begin anew where it was reached before its layers began
