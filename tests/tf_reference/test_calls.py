"""Several calls, each way that a state goes from one to the next; loops that end early; directions on directions."""

from contextlib import closing

import numpy as np
import pytest

from rnn_parity.draws import draw
from rnn_parity.errors import RecordingError
from rnn_parity.spec import (
    CARRIED,
    BidirectionalDynamicRNN,
    Chunked,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    RawRNN,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    StateSavingRNN,
)
from tf_reference import calls, graphs, twin
from tf_reference.record import record
from tf_reference.sessions import Session

pytestmark = pytest.mark.needs_tf

STACK = MultiRNNCell(cells=(LSTMCell(num_units=3, num_proj=2), GRUCell(num_units=4)))
CELLS = {"gru": GRUCell(num_units=3), "stack": STACK}
EACH_WAY = {way: Chunked(chunks=(1, 3), initial_state=True, carried=way) for way in CARRIED} | {
    "state saver": StateSavingRNN(chunks=(1, 3), initial_state=True)
}
BY_CALL = [way for way in EACH_WAY if way != "tensor"]


def results_of(fixture):
    return {name: array for name, array in fixture.arrays.items() if name.startswith(("outputs", "final_state"))}


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_allclose(array, other[name], rtol=0, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("way", EACH_WAY)
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_a_state_carried_any_way_makes_one_run_of_all_calls(make_case, cell, way):
    whole = record(make_case(cell, DynamicRNN(initial_state=True), dtype="float64"))
    assert_same(results_of(record(make_case(cell, EACH_WAY[way], dtype="float64"))), results_of(whole))


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("way", ["feed", "variables"])
def test_calls_that_carry_nothing_are_the_same_any_way(make_case, way, given):
    runs = [Chunked(chunks=(2, 2), carry_state=False, initial_state=given, carried=one) for one in ("tensor", way)]
    first, second = (results_of(record(make_case(STACK, run, dtype="float64"))) for run in runs)
    assert_same(first, second)


@pytest.mark.parametrize("way", BY_CALL)
def test_each_call_is_a_run_of_its_own(make_case, way):
    graph = graphs.build_graph(make_case(STACK, EACH_WAY[way]), "float32", with_twin=False)
    assert graph.results == {}
    assert [tuple(call.results["outputs"].shape)[1] for call in graph.calls] == [1, 3]


@pytest.mark.parametrize("way", ["variables", "state saver"])
def test_variables_that_hold_the_state_are_no_weights(make_case, way):
    graph = graphs.build_graph(make_case(STACK, EACH_WAY[way]), "float32", with_twin=False)
    held = {one.name for one in graph.graph.get_collection("variables")} - {f"{name}:0" for name in graph.variables}
    assert held == {"state/0/c:0", "state/0/h:0", "state/1:0"}
    assert not held & {one.name for one in graph.graph.get_collection("trainable_variables")}


@pytest.mark.parametrize("way", BY_CALL)
def test_nothing_is_left_of_one_answer_in_the_next(make_case, way):
    spec = make_case(STACK, EACH_WAY[way])
    with closing(Session(graphs.build_graph(spec, "float32", with_twin=False))) as session:
        first, second = session.results(draw(spec)), session.results(draw(spec))
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])


def test_a_state_that_is_not_saved_as_it_is_is_refused(make_case, monkeypatch):
    monkeypatch.setattr(
        calls.StateSaver, "save_state", lambda self, name, value: self._variables[name].assign(value / 2)
    )
    with pytest.raises(RecordingError, match="the unrolled twin differs from"):
        record(make_case(STACK, StateSavingRNN(chunks=(1, 3))))


@pytest.mark.parametrize("lengths", [None, (4, 0, 2), (2, 0, 1), (0, 0, 0)], ids=str)
def test_raw_run_is_a_dynamic_run_up_to_the_end_of_the_longest_row(make_case, lengths):
    raw = record(make_case(STACK, RawRNN(sequence_length=lengths, initial_state=True), dtype="float64"))
    run = DynamicRNN(sequence_length=lengths, initial_state=True, time_major=True)
    dynamic = results_of(record(make_case(STACK, run, dtype="float64")))
    steps = max(lengths or (4,))
    assert not dynamic["outputs"][steps:].any()
    assert_same(results_of(raw), dynamic | {"outputs": dynamic["outputs"][:steps]})
    assert {array.shape[0] for name, array in raw.arrays.items() if name.startswith("trace")} == {4}


@pytest.mark.parametrize("lengths", [None, (4, 0, 2)], ids=str)
def test_stacked_bidirectional_run_is_one_bidirectional_run_on_the_other(make_case, lengths):
    cell = GRUCell(num_units=3)
    spec = make_case(cell, StackBidirectionalDynamicRNN(layers=2, sequence_length=lengths), dtype="float64")
    both = record(spec).arrays
    below = twin_of(spec, both, lengths)
    np.testing.assert_allclose(both["final_state/fw/0"], below["final_state/fw"], rtol=0, atol=1e-15)
    np.testing.assert_allclose(both["final_state/bw/0"], below["final_state/bw"], rtol=0, atol=1e-15)
    h = [both[f"trace/{way}/1/h"] for way in ("fw", "bw")]
    for row, length in enumerate(lengths or (4, 4, 4)):
        np.testing.assert_allclose(both["outputs"][row, :length, :3], h[0][:length, row], rtol=0, atol=1e-15)
        np.testing.assert_allclose(both["outputs"][row, :length, 3:], h[1][:length, row][::-1], rtol=0, atol=1e-15)


def twin_of(spec, arrays, lengths):
    """Return the answer of layer 0 alone, as a bidirectional run with its weights."""
    run = BidirectionalDynamicRNN(sequence_length=lengths)
    alone = type(spec)(**{name: getattr(spec, name) for name in spec.__struct_fields__} | {"run": run})
    scope = "weights/stack_bidirectional_rnn/cell_0/"
    renamed = {f"weights/{name.removeprefix(scope)}": a for name, a in arrays.items() if name.startswith(scope)}
    with closing(Session(graphs.build_graph(alone, "float64", with_twin=False))) as session:
        return session.results(arrays | renamed)


def test_static_and_dynamic_stacked_runs_are_one(make_case):
    options = {"layers": 2, "sequence_length": (4, 0, 2), "initial_state": True}
    static = make_case(STACK, StackBidirectionalRNN(**options), dtype="float64")
    dynamic = make_case(STACK, StackBidirectionalDynamicRNN(**options), dtype="float64")
    arrays = draw(dynamic)
    renamed = {name.replace("/bidirectional_rnn/", "/"): array for name, array in arrays.items()}
    answers = []
    for spec, data in ((static, renamed), (dynamic, arrays)):
        with closing(Session(graphs.build_graph(spec, "float64", with_twin=False))) as session:
            answers.append(session.results(data))
    assert_same(*answers)


def test_layers_that_do_not_read_both_directions_are_refused(make_case, monkeypatch):
    monkeypatch.setattr(twin, "_reversed", lambda sequence, _: sequence)
    with pytest.raises(RecordingError, match="the unrolled twin differs from"):
        record(make_case(STACK, StackBidirectionalRNN(layers=2)))
