import tracemalloc

import msgspec
import numpy as np
import pytest

from rnn_parity.draws import draw
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    Chunked,
    DeviceWrapper,
    Directions,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
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
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.weights import REMEMBERED, gate_blocks, layer_weights, layers, variables

# D is 2; written out, so that the module under test does not state its own expectation
CELLS = [
    (BasicRNNCell(num_units=3), "basic_rnn_cell", {"kernel": (5, 3), "bias": (3,)}),
    (
        GRUCell(num_units=3),
        "gru_cell",
        {"gates/kernel": (5, 6), "gates/bias": (6,), "candidate/kernel": (5, 3), "candidate/bias": (3,)},
    ),
    (BasicLSTMCell(num_units=3), "basic_lstm_cell", {"kernel": (5, 12), "bias": (12,)}),
    (LSTMCell(num_units=3), "lstm_cell", {"kernel": (5, 12), "bias": (12,)}),
    (
        LSTMCell(num_units=3, use_peepholes=True, num_proj=4, state_is_tuple=False),
        "lstm_cell",
        {
            "kernel": (6, 12),
            "bias": (12,),
            "w_f_diag": (3,),
            "w_i_diag": (3,),
            "w_o_diag": (3,),
            "projection/kernel": (3, 4),
        },
    ),
    (
        LSTMCell(num_units=3, num_proj=4, num_unit_shards=4, num_proj_shards=9),  # 6 rows in 4 parts, 3 rows in 9
        "lstm_cell",
        {
            "kernel/part_0": (2, 12),
            "kernel/part_1": (2, 12),
            "kernel/part_2": (1, 12),
            "kernel/part_3": (1, 12),
            "bias": (12,),
            "projection/kernel/part_0": (1, 4),
            "projection/kernel/part_1": (1, 4),
            "projection/kernel/part_2": (1, 4),
        },
    ),
    (
        LSTMCell(num_units=3, use_peepholes=True, num_unit_shards=1, num_proj_shards=2),
        "lstm_cell",
        {"kernel/part_0": (5, 12), "bias": (12,), "w_f_diag": (3,), "w_i_diag": (3,), "w_o_diag": (3,)},
    ),
    (
        MultiRNNCell(cells=(LSTMCell(num_units=3, num_proj=1), GRUCell(num_units=4))),
        "multi_rnn_cell",
        {
            "cell_0/lstm_cell/kernel": (3, 12),
            "cell_0/lstm_cell/bias": (12,),
            "cell_0/lstm_cell/projection/kernel": (3, 1),
            "cell_1/gru_cell/gates/kernel": (5, 8),
            "cell_1/gru_cell/gates/bias": (8,),
            "cell_1/gru_cell/candidate/kernel": (5, 4),
            "cell_1/gru_cell/candidate/bias": (4,),
        },
    ),
    (
        SummedMultiRNNCell(cells=(BasicRNNCell(num_units=3), BasicRNNCell(num_units=3))),
        "summed_multi_rnn_cell",
        {
            "cell_0/basic_rnn_cell/kernel": (5, 3),
            "cell_0/basic_rnn_cell/bias": (3,),
            "cell_1/basic_rnn_cell/kernel": (6, 3),
            "cell_1/basic_rnn_cell/bias": (3,),
        },
    ),
    (
        MultiRNNCell(cells=(BasicRNNCell(num_units=2),) * 3, one_object=True),
        "multi_rnn_cell",
        {"cell_0/basic_rnn_cell/kernel": (4, 2), "cell_0/basic_rnn_cell/bias": (2,)},
    ),
    (
        ResidualWrapper(cell=DeviceWrapper(cell=BasicRNNCell(num_units=2), device="/cpu:0")),
        "basic_rnn_cell",
        {"kernel": (4, 2), "bias": (2,)},
    ),
    (
        ResidualWrapper(
            cell=MultiRNNCell(
                cells=(BasicRNNCell(num_units=3), DeviceWrapper(cell=BasicRNNCell(num_units=2), device="/cpu:0"))
            )
        ),
        "multi_rnn_cell",
        {
            "cell_0/basic_rnn_cell/kernel": (5, 3),
            "cell_0/basic_rnn_cell/bias": (3,),
            "cell_1/basic_rnn_cell/kernel": (5, 2),
            "cell_1/basic_rnn_cell/bias": (2,),
        },
    ),
]
RUNS = [
    (Step(), [""]),
    (StaticRNN(), ["rnn/"]),
    (DynamicRNN(), ["rnn/"]),
    (RawRNN(), ["rnn/"]),
    (Chunked(chunks=(2, 3)), ["rnn/"]),
    (StateSavingRNN(chunks=(2, 3)), ["rnn/"]),
    (StackBidirectionalRNN(layers=1), ["stack_bidirectional_rnn/cell_0/fw/", "stack_bidirectional_rnn/cell_0/bw/"]),
    (BidirectionalDynamicRNN(), ["bidirectional_rnn/fw/", "bidirectional_rnn/bw/"]),
    (StaticBidirectionalRNN(), ["bidirectional_rnn/fw/", "bidirectional_rnn/bw/"]),
    (BidirectionalDynamicRNN(cell_bw="cell_fw"), ["bidirectional_rnn/fw/"]),
    (StaticBidirectionalRNN(cell_bw="cell_fw"), ["bidirectional_rnn/fw/"]),
]


@pytest.mark.parametrize("owned", CELLS, ids=lambda owned: owned[1])
@pytest.mark.parametrize(("run", "prefixes"), RUNS)
def test_every_cell_and_run_own_tensorflows_variables(specs, owned, run, prefixes):
    cell, scope, shapes = owned
    expected = {f"{prefix}{scope}/{name}": shape for prefix in prefixes for name, shape in shapes.items()}
    found = variables(specs(cell=cell, run=run))
    assert found == expected
    assert list(found) == list(expected)


def test_another_backward_cell_owns_its_own_variables(specs):
    spec = specs(cell=GRUCell(num_units=3), run=BidirectionalDynamicRNN(cell_bw=BasicRNNCell(num_units=4)))
    assert variables(spec)["bidirectional_rnn/bw/basic_rnn_cell/kernel"] == (6, 4)


def test_layers_of_stacked_directions_read_both_and_are_created_layer_by_layer(specs):
    cell = MultiRNNCell(cells=(GRUCell(num_units=3), BasicRNNCell(num_units=4)))
    spec = specs(cell=cell, run=StackBidirectionalDynamicRNN(layers=2))
    found = [(layer.direction, layer.index, layer.depth) for layer in layers(spec)]
    assert found == [(way, index, depth) for way in ("fw", "bw") for index, depth in enumerate((2, 3, 8, 3))]
    created = list(dict.fromkeys(name.split("/multi_rnn_cell")[0] for name in variables(spec)))
    scope = "stack_bidirectional_rnn/cell_{}/bidirectional_rnn/{}"
    assert created == [scope.format(layer, way) for layer in (0, 1) for way in ("fw", "bw")]
    above = f"{scope.format(1, 'bw')}/multi_rnn_cell/cell_0/gru_cell/gates/kernel"
    assert variables(spec)[above] == (8 + 3, 6)
    weights = {name: np.zeros(shape) for name, shape in variables(spec).items()}
    assert [len(way) for way in layer_weights(spec, weights)] == [4, 4]


def test_layer_weights_are_the_same_arrays_under_the_cells_own_names(specs):
    spec = specs(cell=MultiRNNCell(cells=(GRUCell(num_units=3), BasicRNNCell(num_units=4))))
    weights = {name: np.zeros(shape) for name, shape in variables(spec).items()}
    first, second = layer_weights(spec, weights)
    assert list(first) == ["gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias"]
    assert second["kernel"] is weights["rnn/multi_rnn_cell/cell_1/basic_rnn_cell/kernel"]


def test_layer_weights_join_the_parts_of_a_variable_in_the_order_of_their_numbers(specs):
    cell = LSTMCell(num_units=9, num_unit_shards=3, num_proj=1, num_proj_shards=1)  # 3 rows, 9 rows
    spec = specs(cell=cell, run=StaticBidirectionalRNN())
    kernel, projection = np.arange(3 * 36.0).reshape(3, 36), np.arange(9.0).reshape(9, 1)
    weights = {name: np.zeros(shape) for name, shape in variables(spec).items()}
    parts = [name for name in weights if name.startswith("bidirectional_rnn/bw/lstm_cell/kernel/")]
    assert len(parts) == 3
    for row, name in zip(kernel, parts, strict=True):
        weights[name] = row[np.newaxis]
    weights["bidirectional_rnn/bw/lstm_cell/projection/kernel/part_0"] = projection
    found = layer_weights(spec, weights)
    assert isinstance(found, Directions)
    assert list(found.bw[0]) == ["kernel", "bias", "projection/kernel"]
    np.testing.assert_array_equal(found.bw[0]["kernel"], kernel)
    assert not found.fw[0]["kernel"].any()
    assert found.bw[0]["projection/kernel"] is projection
    with pytest.raises(ValueError, match="read-only"):
        found.bw[0]["kernel"][0] = 1


def test_parts_hold_what_the_whole_variable_would(specs):
    whole, parts = (
        specs(cell=LSTMCell(num_units=9, num_proj=12, use_peepholes=True, **shards))
        for shards in ({}, {"num_unit_shards": 11, "num_proj_shards": 2})
    )
    (expected,) = layer_weights(whole, weights_of(whole))
    (found,) = layer_weights(parts, weights_of(parts))
    assert {name: array.tolist() for name, array in found.items()} == {
        name: array.tolist() for name, array in expected.items()
    }
    assert weights_of(parts)["rnn/lstm_cell/kernel/part_10"].tolist() == expected["kernel"][13:].tolist()


def weights_of(spec):
    return {name.removeprefix("weights/"): array for name, array in draw(spec).items() if name.startswith("weights/")}


def test_layer_weights_of_two_directions_are_two_lists(specs):
    spec = specs(cell=GRUCell(num_units=3), run=StaticBidirectionalRNN())
    weights = {name: np.zeros(shape) for name, shape in variables(spec).items()}
    found = layer_weights(spec, weights)
    assert isinstance(found, Directions)
    assert found.bw[0]["gates/bias"] is weights["bidirectional_rnn/bw/gru_cell/gates/bias"]


def test_every_place_of_one_object_gets_its_weights(specs):
    stack = MultiRNNCell(cells=(GRUCell(num_units=2),) * 3, one_object=True)
    spec = specs(cell=stack, run=StaticBidirectionalRNN(cell_bw="cell_fw"))
    weights = {name: np.zeros(shape) for name, shape in variables(spec).items()}
    found = layer_weights(spec, weights)
    assert isinstance(found, Directions)
    assert [len(way) for way in found] == [3, 3]
    kernel = weights["bidirectional_rnn/fw/multi_rnn_cell/cell_0/gru_cell/gates/kernel"]
    assert all(layer["gates/kernel"] is kernel for way in found for layer in way)


def test_layers_know_their_input_depth(specs):
    spec = specs(cell=MultiRNNCell(cells=(LSTMCell(num_units=3, num_proj=1), GRUCell(num_units=4))))
    assert [(layer.direction, layer.index, layer.depth) for layer in layers(spec)] == [("", 0, 2), ("", 1, 1)]


@pytest.mark.parametrize(
    ("cell", "gates", "trace"),
    [
        (BasicRNNCell(num_units=1), (), ("z", "h")),
        (GRUCell(num_units=1), ("r", "u"), ("r", "u", "c", "h")),
        (BasicLSTMCell(num_units=1), ("i", "j", "f", "o"), ("i", "j", "f", "o", "c", "h")),
        (LSTMCell(num_units=1), ("i", "j", "f", "o"), ("i", "j", "f", "o", "c", "h")),
    ],
)
def test_gates_and_traces_are_in_tensorflows_order(cell, gates, trace):
    assert cell.gate_order == gates
    assert cell.trace_names == trace


def test_gate_blocks_are_views_of_the_kernels_columns_from_left_to_right():
    kernel = np.arange(8.0).reshape(1, 8)
    blocks = gate_blocks(LSTMCell(num_units=2), kernel)
    assert {gate: block.tolist() for gate, block in blocks.items()} == {
        "i": [[0, 1]], "j": [[2, 3]], "f": [[4, 5]], "o": [[6, 7]],
    }  # fmt: skip
    assert np.shares_memory(blocks["f"], kernel)


def test_layers_are_found_once_for_equal_cases(specs):
    spec, again = (specs(run=DynamicRNN(), cell=MultiRNNCell(cells=[LSTMCell(num_units=3)] * 2)) for _ in range(2))
    assert spec is not again
    assert layers(spec) is layers(again)


def test_cases_that_are_not_equal_have_layers_of_their_own(specs):
    with_bias, without = (
        layers(specs(run=DynamicRNN(), cell=LSTMCell(num_units=3, forget_bias=bias)))[0].cell for bias in (1.0, 0.0)
    )
    assert (with_bias.forget_bias, without.forget_bias) == (1.0, 0.0)


def test_what_is_remembered_of_cases_holds_the_catalogue_and_ends_growing():
    fixtures = Fixtures(default_fixtures())
    assert len(fixtures.ids) <= REMEMBERED
    spec = fixtures.read(fixtures.ids[0]).spec

    def ask(first: int) -> None:
        for number in range(first, first + 1100):
            layers(msgspec.structs.replace(spec, id=f"{spec.id}-{number}"))

    ask(0)
    tracemalloc.start()
    try:
        ask(1100)
        before, _ = tracemalloc.get_traced_memory()
        ask(2200)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 100 * 1100  # bytes; one that is remembered takes several hundred
