"""TensorFlow's variables are those that rnn_parity.weights names, for every cell in every run."""

import pytest

from rnn_parity.errors import RecordingError
from rnn_parity.spec import (
    AttentionCellWrapper,
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    Chunked,
    DeviceWrapper,
    DynamicRNN,
    GRUCell,
    HighwayWrapper,
    InputProjectionWrapper,
    LSTMCell,
    MultiRNNCell,
    OutputProjectionWrapper,
    RawRNN,
    ResidualWrapper,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    StateSavingRNN,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
)
from rnn_parity.weights import variables
from tf_reference import graphs

pytestmark = pytest.mark.needs_tf

CELLS = {
    "basic_rnn": BasicRNNCell(num_units=3),
    "gru": GRUCell(num_units=3),
    "basic_lstm": BasicLSTMCell(num_units=3, state_is_tuple=False),
    "lstm": LSTMCell(num_units=4, use_peepholes=True, num_proj=3),
    "lstm_shards": LSTMCell(num_units=11, num_proj=12, num_unit_shards=12, num_proj_shards=3),  # 14 rows, 11 rows
    "lstm_one_shard": LSTMCell(num_units=3, num_unit_shards=1, num_proj_shards=1),
    "stack": MultiRNNCell(cells=(LSTMCell(num_units=4, num_proj=2), GRUCell(num_units=3), BasicRNNCell(num_units=2))),
    "concatenated_stack": MultiRNNCell(
        cells=(BasicLSTMCell(num_units=4, state_is_tuple=False), GRUCell(num_units=3)), state_is_tuple=False
    ),
    "summed": SummedMultiRNNCell(cells=(LSTMCell(num_units=4, num_proj=2), GRUCell(num_units=2))),
    "one_object": MultiRNNCell(cells=(LSTMCell(num_units=4, use_peepholes=True, num_proj=2),) * 3, one_object=True),
    "contrib_wrappers": HighwayWrapper(
        cell=InputProjectionWrapper(
            cell=AttentionCellWrapper(
                cell=MultiRNNCell(
                    cells=(
                        OutputProjectionWrapper(cell=GRUCell(num_units=3), output_size=4),
                        HighwayWrapper(cell=BasicRNNCell(num_units=4), couple_carry_transform_gates=False),
                    )
                ),
                attn_length=3,
                attn_size=2,
                attn_vec_size=5,
                input_size=6,
            ),
            num_proj=3,
        )
    ),
    "contrib_wrappers_any_depth": InputProjectionWrapper(
        cell=HighwayWrapper(
            cell=OutputProjectionWrapper(cell=LSTMCell(num_units=4, num_proj=3, num_unit_shards=2), output_size=2)
        ),
        num_proj=2,
    ),
    "contrib_wrappers_one_object": MultiRNNCell(
        cells=(HighwayWrapper(cell=OutputProjectionWrapper(cell=GRUCell(num_units=3), output_size=2)),) * 2,
        one_object=True,
    ),
    "wrappers": ResidualWrapper(
        cell=MultiRNNCell(
            cells=(
                ResidualWrapper(cell=DeviceWrapper(cell=GRUCell(num_units=2), device="/cpu:0")),
                DeviceWrapper(
                    cell=ResidualWrapper(cell=BasicRNNCell(num_units=1), residual_fn="slice"), device="/cpu:0"
                ),
                BasicLSTMCell(num_units=2),
            )
        )
    ),
}
RUNS = {
    "step": Step(),
    "static": StaticRNN(),
    "dynamic": DynamicRNN(),
    "raw": RawRNN(sequence_length=(3, 0, 2)),
    "chunked": Chunked(chunks=(1, 3)),
    "chunked_feed": Chunked(chunks=(1, 3), carried="feed"),
    "chunked_variables": Chunked(chunks=(1, 3), carried="variables"),
    "state_saving": StateSavingRNN(chunks=(1, 3)),
    "bidirectional": BidirectionalDynamicRNN(cell_bw=GRUCell(num_units=2)),
    "static_bidirectional": StaticBidirectionalRNN(),
    "bidirectional_one_object": BidirectionalDynamicRNN(cell_bw="cell_fw"),
    "static_bidirectional_one_object": StaticBidirectionalRNN(cell_bw="cell_fw"),
}


STACKED = {
    "stack_bidirectional": StackBidirectionalRNN(layers=3),
    "stack_bidirectional_dynamic": StackBidirectionalDynamicRNN(layers=2, time_major=True),
}
FIT_EVERY_LAYER = (
    "basic_rnn", "gru", "basic_lstm", "lstm", "stack", "concatenated_stack", "summed", "contrib_wrappers_any_depth",
)  # fmt: skip


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_variables_have_the_names_shapes_and_order_that_weights_says(make_case, cell, run):
    spec = make_case(cell, run)
    graph = graphs.build_graph(spec, "float32", with_twin=True)
    made = graph.graph.get_collection("trainable_variables")
    assert [(v.name, tuple(v.shape)) for v in made] == [(f"{n}:0", shape) for n, shape in variables(spec).items()]


@pytest.mark.parametrize("run", STACKED.values(), ids=STACKED)
@pytest.mark.parametrize("cell", [CELLS[name] for name in FIT_EVERY_LAYER], ids=FIT_EVERY_LAYER)
def test_layers_of_a_stacked_bidirectional_run_have_the_variables_that_weights_says(make_case, cell, run):
    spec = make_case(cell, run)
    made = graphs.build_graph(spec, "float32", with_twin=True).graph.get_collection("variables")
    assert [(v.name, tuple(v.shape)) for v in made] == [(f"{n}:0", shape) for n, shape in variables(spec).items()]


def test_contrib_s_static_run_has_a_scope_less_than_its_dynamic_one(make_case):
    names = {run: list(variables(make_case(GRUCell(num_units=3), run))) for run in STACKED.values()}
    static, dynamic = names.values()
    assert static[0] == "stack_bidirectional_rnn/cell_0/fw/gru_cell/gates/kernel"
    assert dynamic[0] == "stack_bidirectional_rnn/cell_0/bidirectional_rnn/fw/gru_cell/gates/kernel"
    assert [name.split("/")[1:3] for name in static[::4]] == [
        [f"cell_{layer}", way] for layer in range(3) for way in ("fw", "bw")
    ]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_variables_and_results_have_the_graph_s_dtype(make_case, dtype):
    graph = graphs.build_graph(make_case(CELLS["stack"]), dtype, with_twin=True)
    tensors = [*graph.variables.values(), *graph.results.values(), *graph.traces.values(), *graph.twin.values()]
    assert {tensor.dtype.base_dtype.name for tensor in tensors} == {dtype}


def test_unexpected_variable_is_refused_showing_both(make_case, monkeypatch):
    monkeypatch.setattr(graphs, "variables", lambda _: {"rnn/lstm_cell/weights": (5, 12)})
    with pytest.raises(RecordingError, match=r"rnn/lstm_cell/kernel.*should be \{'rnn/lstm_cell/weights': \(5, 12\)"):
        graphs.build_graph(make_case(), "float32", with_twin=False)
