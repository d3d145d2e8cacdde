"""TensorFlow's DropoutWrapper: the masks it draws are those recorded, and what it does with them."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

import numpy_impl as ni
from rnn_parity.errors import RecordingError
from rnn_parity.fixture_file import content_hash
from rnn_parity.masks import mask_shapes
from rnn_parity.spec import (
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    Chunked,
    DropoutWrapper,
    DynamicRNN,
    GRUCell,
    MultiRNNCell,
    Shape,
    SingleCellSpec,
    StaticRNN,
)
from tf_reference import contrib, dropout, graphs
from tf_reference import record as recording
from tf_reference.cells import build_cell
from tf_reference.contrib.composed import Composed, Formula
from tf_reference.environment import tensorflow
from tf_reference.record import record
from tf_reference.sessions import Session

pytestmark = pytest.mark.needs_tf

LSTM = BasicLSTMCell(num_units=3)
GRU = GRUCell(num_units=3)
TIME_MAJOR = DynamicRNN(time_major=True, initial_state=True)


def everything(cell, **options):
    return DropoutWrapper(cell=cell, input_keep_prob=0.7, output_keep_prob=0.6, state_keep_prob=0.8, **options)


@pytest.mark.parametrize(
    "run",
    [
        DynamicRNN(initial_state=True, sequence_length=(4, 0, 2)),
        StaticRNN(sequence_length=(4, 0, 2)),
        Chunked(chunks=(1, 3)),
        BidirectionalDynamicRNN(cell_bw="cell_fw"),
    ],
)
@pytest.mark.parametrize("variational", [False, True])
def test_a_record_is_the_same_every_time(make_case, run, variational):
    spec = make_case(everything(LSTM, variational_recurrent=variational), run)
    assert content_hash(record(spec)) == content_hash(record(spec))


def test_another_seed_draws_other_masks(make_case):
    cell = everything(GRU)
    masks = [record(make_case(cell, seed=seed)).arrays["dropout/wrapper/0/input"] for seed in (1, 2)]
    assert not np.array_equal(*masks)


@pytest.mark.parametrize("variational", [False, True])
def test_masks_that_are_not_tensorflow_s_own_are_noticed(make_case, monkeypatch, variational):
    def others(spec, draws):
        return {name: np.roll(mask, 1, axis=-1) for name, mask in dropout.draw_masks(spec, draws).items()}

    monkeypatch.setattr(recording, "draw_masks", others)
    with pytest.raises(RecordingError, match=r"the unrolled twin differs from .* x noise"):
        record(make_case(everything(GRU, variational_recurrent=variational), TIME_MAJOR))


def test_random_numbers_that_no_mask_accounts_for_are_noticed(make_case, monkeypatch):
    monkeypatch.setattr(dropout, "sites", lambda _: {"": ()})
    with pytest.raises(RecordingError, match=r"a call of its cell draws numbers \[\(3, 2\)\], should be \[\]"):
        record(make_case(DropoutWrapper(cell=GRU, input_keep_prob=0.5), TIME_MAJOR))


def test_keep_prob_of_one_adds_no_operation(make_case):
    with_it, without = (
        graphs.build_graph(make_case(cell, TIME_MAJOR), "float32", with_twin=False).graph.get_operations()
        for cell in (DropoutWrapper(cell=GRU), GRU)
    )
    kinds = [[op.type for op in made if "DropoutWrapperInit" not in op.name] for made in (with_it, without)]
    assert kinds[0] == kinds[1]
    assert "RandomUniform" not in kinds[0]


def test_outputs_are_dropped_and_states_are_not(make_case):
    cell = DropoutWrapper(cell=LSTM, output_keep_prob=1e-6)
    arrays = record(make_case(cell, TIME_MAJOR, dtype="float64")).arrays
    assert not arrays["outputs"].any()
    np.testing.assert_array_equal(arrays["final_state/h"], arrays["trace/0/h"][-1])
    plain = record(make_case(LSTM, TIME_MAJOR, dtype="float64")).arrays
    np.testing.assert_allclose(arrays["final_state/h"], plain["final_state/h"], rtol=0, atol=1e-14)


def test_outgoing_h_is_dropped_and_neither_c_nor_the_output_is(make_case):
    cell = DropoutWrapper(cell=LSTM, state_keep_prob=1e-6)
    arrays = record(make_case(cell, TIME_MAJOR, dtype="float64")).arrays
    assert not arrays["final_state/h"].any()
    np.testing.assert_array_equal(arrays["final_state/c"], arrays["trace/0/c"][-1])
    np.testing.assert_array_equal(arrays["outputs"], arrays["trace/0/h"])
    assert arrays["outputs"].all()


@pytest.mark.parametrize(
    ("cell", "dropped"),
    [
        (DropoutWrapper(cell=LSTM, state_keep_prob=1e-6, dropout_state_filter_visitor="all"), {"c", "h"}),
        (DropoutWrapper(cell=BasicLSTMCell(num_units=3, state_is_tuple=False), state_keep_prob=1e-6), {""}),
        (DropoutWrapper(cell=MultiRNNCell(cells=(LSTM, GRU)), state_keep_prob=1e-6), {"0/h", "1"}),
    ],
)
@pytest.mark.parametrize("variational", [False, True])
def test_a_filter_says_which_states_are_dropped(make_case, cell, dropped, variational):
    spec = make_case(type(cell)(**{**_fields(cell), "variational_recurrent": variational}), TIME_MAJOR)
    arrays = record(spec).arrays
    states = {
        name.removeprefix("final_state").lstrip("/"): a for name, a in arrays.items() if "final_state" in name[:11]
    }
    assert {name for name, state in states.items() if not state.any()} == dropped


def _fields(cell):
    return {name: getattr(cell, name) for name in cell.__struct_fields__}


def test_kept_values_are_divided_by_a_keep_prob_rounded_to_float32(make_case):
    cell = DropoutWrapper(cell=LSTM, output_keep_prob=0.7)
    arrays = record(make_case(cell, TIME_MAJOR, dtype="float64")).arrays
    kept = arrays["dropout/wrapper/0/output"]
    expected = np.where(kept, arrays["trace/0/h"] / float(np.float32(0.7)), 0)
    np.testing.assert_allclose(arrays["outputs"], expected, rtol=0, atol=1e-15)
    assert np.abs(arrays["outputs"] - np.where(kept, arrays["trace/0/h"] / 0.7, 0)).max() > 1e-9
    assert 0 < kept.mean() < 1


def test_variational_masks_are_one_row_for_all_steps_and_rows(make_case):
    arrays = record(make_case(everything(GRUCell(num_units=16), variational_recurrent=True), TIME_MAJOR)).arrays
    masks = {name: array for name, array in arrays.items() if name.startswith("dropout/")}
    assert len(masks) == 3
    for mask in masks.values():
        assert len(np.unique(mask.reshape(-1, mask.shape[2]), axis=0)) == 1
    assert 0 < masks["dropout/wrapper/0/output"].mean() < 1


def test_plain_masks_differ_by_step_and_row(make_case):
    arrays = record(make_case(everything(GRUCell(num_units=16)), TIME_MAJOR)).arrays
    mask = arrays["dropout/wrapper/0/output"]
    assert len(np.unique(mask.reshape(-1, 16), axis=0)) == 4 * 3


def test_masks_of_the_main_run_do_not_depend_on_those_fed(make_case):
    spec = make_case(everything(GRU), TIME_MAJOR)
    fixture = record(spec)
    graph = graphs.build_graph(spec, "float32", with_twin=True)
    names = mask_shapes(spec)
    all_kept = {f"dropout/{name}": np.ones(shape, bool) for name, shape in names.items()}
    with closing(Session(graph)) as session:
        own, replayed = session.run({**fixture.arrays, **all_kept}, (graph.results, graph.twin))
    np.testing.assert_array_equal(own["outputs"], fixture.arrays["outputs"])
    assert np.abs(replayed["outputs"] - own["outputs"]).max() > 0.1


def test_float64_inputs_give_float64_outputs_with_lengths(make_case):
    run = StaticRNN(sequence_length=(4, 0, 2), initial_state=True)
    arrays = record(make_case(everything(LSTM), run, dtype="float64")).arrays
    assert arrays["outputs"].dtype == arrays["final_state/c"].dtype == np.float64


@pytest.mark.parametrize("variational", [False, True])
def test_a_keep_prob_of_zero_makes_no_answer(variational):
    tf = tensorflow()
    rnn_cell = tf.compat.v1.nn.rnn_cell
    with tf.Graph().as_default():
        cell = rnn_cell.DropoutWrapper(
            build_cell(GRU, "float32"), output_keep_prob=0.0, variational_recurrent=variational, dtype="float32"
        )
        x, state = tf.ones((2, 3)), tf.zeros((2, 3))
        if not variational:
            with pytest.raises(ValueError, match=r"`rate` must be a scalar tensor or a float in the range \[0, 1\)"):
                cell(x, state)
            return
        output, _ = cell(x, state)
        with tf.compat.v1.Session() as session:
            session.run(tf.compat.v1.global_variables_initializer())
            assert np.isnan(session.run(output)).all()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"input_keep_prob": -0.1}, ValueError, "must be between 0 and 1"),
        ({"state_keep_prob": 1.1}, ValueError, "must be between 0 and 1"),
        ({"variational_recurrent": True}, ValueError, "must be provided"),
        (
            {"variational_recurrent": True, "dtype": "float32", "input_keep_prob": 0.5},
            ValueError,
            "must be provided",
        ),
        ({"dropout_state_filter_visitor": 3}, TypeError, "must be callable"),
    ],
)
def test_numpy_refuses_what_tensorflow_refuses(options, error, words):
    for package, cell in ((tensorflow().compat.v1.nn.rnn_cell, build_cell(GRU, "float32")), (ni, ni.GRUCell(3))):
        with pytest.raises(error, match=words):
            package.DropoutWrapper(cell, **options)
        with pytest.raises(TypeError, match="is not an RNNCell"):
            package.DropoutWrapper(5)


class DroppingCell(SingleCellSpec, frozen=True, tag=True):
    """A cell that drops something itself, as some of tf.contrib's do: h' = drop(tanh([x h] kernel))."""

    @property
    def trace_names(self):
        return ("z", "h")

    @property
    def dropout(self):
        return {"candidate": (self.num_units, 0.6)}

    def variables(self, depth: int) -> dict[str, Shape]:
        return {"kernel": (depth + self.num_units, self.num_units)}


def _step(_, x, h, weights):
    tf = tensorflow()
    z = tf.tanh(tf.matmul(tf.concat([x, h], 1), weights["kernel"]))
    new_h = tf.nn.dropout(z, rate=1 - 0.6)
    return Composed(new_h, new_h, {"z": z, "h": new_h})


@pytest.mark.parametrize(
    ("run", "place"),
    [
        (TIME_MAJOR, ""),
        (StaticRNN(sequence_length=(4, 0, 2)), ""),
        (BidirectionalDynamicRNN(sequence_length=(4, 0, 2), time_major=True), "bw/"),
    ],
)
def test_a_cell_s_own_dropout_is_recorded_by_the_number_of_its_layer(make_case, monkeypatch, run, place):
    variables = lambda cell, depth: cell.variables(depth)  # noqa: E731
    formula = Formula(scope="dropping_cell", variables=variables, step=_step)
    monkeypatch.setitem(contrib.FORMULAS, DroppingCell, formula)
    stack = MultiRNNCell(cells=(everything(GRU), DroppingCell(num_units=3)))
    arrays = record(make_case(stack, run)).arrays
    kept, z, h = (
        arrays[name] for name in (f"dropout/{place}layer/1/candidate", *(f"trace/{place}1/{k}" for k in "zh"))
    )
    assert kept.shape == z.shape == (4, 3, 3)
    assert 0 < kept.mean() < 1
    np.testing.assert_allclose(h, np.where(kept, z / np.float32(0.6), 0), rtol=1e-6)
