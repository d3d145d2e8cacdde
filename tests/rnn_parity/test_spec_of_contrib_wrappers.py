"""Specs of wrappers with variables: sizes, names and places of variables, ids, refusals."""

import numpy as np
import pytest

from rnn_parity.candidate import case_of
from rnn_parity.draws import draw, perturbed
from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.locate import locate
from rnn_parity.spec import (
    AttentionCellWrapper,
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    DeviceWrapper,
    Directions,
    DropoutWrapper,
    DynamicRNN,
    EmbeddingWrapper,
    GRUCell,
    HighwayWrapper,
    InputProjectionWrapper,
    LSTMStateTuple,
    MultiRNNCell,
    OutputProjectionWrapper,
    PhasedLSTMCell,
    RawRNN,
    ResidualWrapper,
    Sizes,
    StateSavingRNN,
    StaticBidirectionalRNN,
    Step,
    from_json,
    to_json,
)
from rnn_parity.structure import result_shapes
from rnn_parity.weights import layer_weights, layers, variables, wrapper_weights, wrappings

RNN, GRU, LSTM = BasicRNNCell(num_units=2), GRUCell(num_units=2), BasicLSTMCell(num_units=2)
IDS = Sizes(batch_size=3, max_time=5, depth=1)


def embedding(cell=LSTM, classes=4):
    return EmbeddingWrapper(cell=cell, embedding_classes=classes, embedding_size=3)


def highway(cell=RNN, **options):
    return HighwayWrapper(cell=cell, **options)


def zeros(spec):
    return {name: np.zeros(shape) for name, shape in variables(spec).items()}


CELL = {"basic_rnn_cell/kernel": (4, 2), "basic_rnn_cell/bias": (2,)}
OWNED = {  # D is 2
    "highway": (highway(), {**CELL, "carry_w": (2, 2), "carry_b": (2,)}),
    "uncoupled": (
        highway(couple_carry_transform_gates=False),
        {**CELL, "carry_w": (2, 2), "carry_b": (2,), "transform_w": (2, 2), "transform_b": (2,)},
    ),
    "input projection": (
        InputProjectionWrapper(cell=RNN, num_proj=5),
        {
            "input_projection_wrapper/kernel": (2, 5),
            "input_projection_wrapper/bias": (5,),
            "input_projection_wrapper/basic_rnn_cell/kernel": (7, 2),
            "input_projection_wrapper/basic_rnn_cell/bias": (2,),
        },
    ),
    "output projection": (
        OutputProjectionWrapper(cell=highway(), output_size=3),
        {
            "output_projection_wrapper/basic_rnn_cell/kernel": (4, 2),
            "output_projection_wrapper/basic_rnn_cell/bias": (2,),
            "output_projection_wrapper/carry_w": (2, 2),
            "output_projection_wrapper/carry_b": (2,),
            "output_projection_wrapper/kernel": (2, 3),
            "output_projection_wrapper/bias": (3,),
        },
    ),
    "attention": (
        AttentionCellWrapper(cell=LSTM, attn_length=3, attn_size=4, attn_vec_size=5, input_size=6),
        {
            "attention_cell_wrapper/kernel": (6, 6),
            "attention_cell_wrapper/bias": (6,),
            "attention_cell_wrapper/basic_lstm_cell/kernel": (8, 8),
            "attention_cell_wrapper/basic_lstm_cell/bias": (8,),
            "attention_cell_wrapper/attention/attn_w": (1, 1, 4, 5),
            "attention_cell_wrapper/attention/attn_v": (5,),
            "attention_cell_wrapper/attention/kernel": (4, 5),
            "attention_cell_wrapper/attention/bias": (5,),
            "attention_cell_wrapper/attn_output_projection/kernel": (6, 4),
            "attention_cell_wrapper/attn_output_projection/bias": (4,),
        },
    ),
    "stack": (
        highway(MultiRNNCell(cells=(ResidualWrapper(cell=highway()), RNN))),
        {
            "multi_rnn_cell/cell_0/basic_rnn_cell/kernel": (4, 2),
            "multi_rnn_cell/cell_0/basic_rnn_cell/bias": (2,),
            "multi_rnn_cell/cell_0/carry_w": (2, 2),
            "multi_rnn_cell/cell_0/carry_b": (2,),
            "multi_rnn_cell/cell_1/basic_rnn_cell/kernel": (4, 2),
            "multi_rnn_cell/cell_1/basic_rnn_cell/bias": (2,),
            "carry_w": (2, 2),
            "carry_b": (2,),
        },
    ),
}


@pytest.mark.parametrize(("cell", "shapes"), OWNED.values(), ids=OWNED)
@pytest.mark.parametrize(
    ("run", "prefixes"),
    [
        (Step(), [""]),
        (DynamicRNN(), ["rnn/"]),
        (StaticBidirectionalRNN(), ["bidirectional_rnn/fw/", "bidirectional_rnn/bw/"]),
    ],
    ids=["step", "dynamic", "bidirectional"],
)
def test_variables_have_tensorflow_s_names_in_its_order(specs, cell, shapes, run, prefixes):
    expected = [(f"{prefix}{name}", shape) for prefix in prefixes for name, shape in shapes.items()]
    assert list(variables(specs(cell=cell, run=run)).items()) == expected


def test_an_embedding_s_variables(specs):
    assert list(variables(specs(cell=embedding(), run=DynamicRNN(), sizes=IDS)).items()) == [
        ("rnn/embedding_wrapper/embedding", (4, 3)),
        ("rnn/embedding_wrapper/basic_lstm_cell/kernel", (5, 8)),
        ("rnn/embedding_wrapper/basic_lstm_cell/bias", (8,)),
    ]


def test_a_shared_highway_has_gates_in_every_place(specs):
    spec = specs(cell=MultiRNNCell(cells=(highway(),) * 3, one_object=True), run=DynamicRNN())
    gates = [name for name in variables(spec) if "carry_w" in name]
    assert gates == [f"rnn/multi_rnn_cell/cell_{place}/carry_w" for place in range(3)]
    assert len({layer.scope for layer in layers(spec)}) == 1
    both = specs(cell=highway(), run=BidirectionalDynamicRNN(cell_bw="cell_fw"))
    assert [name for name in variables(both) if "carry_w" in name] == [
        f"bidirectional_rnn/{way}/carry_w" for way in ("fw", "bw")
    ]


def test_a_highway_inside_a_shared_scope_is_shared(specs):
    wrapped = InputProjectionWrapper(cell=highway(), num_proj=2)
    spec = specs(cell=MultiRNNCell(cells=(wrapped,) * 2, one_object=True), run=DynamicRNN())
    scope = "rnn/multi_rnn_cell/cell_0/input_projection_wrapper"
    assert [name for name in variables(spec) if "carry" in name] == [f"{scope}/carry_w", f"{scope}/carry_b"]


def test_wrapper_weights_go_from_the_input_up_outer_ones_first(specs):
    projected = OutputProjectionWrapper(cell=InputProjectionWrapper(cell=RNN, num_proj=3), output_size=2)
    spec = specs(cell=MultiRNNCell(cells=(projected, highway())), run=DynamicRNN())
    weights = zeros(spec)
    found = wrapper_weights(spec, weights)
    assert [sorted(own) for own in found] == [["bias", "kernel"], ["bias", "kernel"], ["carry_b", "carry_w"]]
    assert [own[next(iter(own))].shape for own in found] == [(2, 2), (2, 3), (2, 2)]
    below = "rnn/multi_rnn_cell/cell_0/output_projection_wrapper"
    assert found[1]["kernel"] is weights[f"{below}/input_projection_wrapper/kernel"]
    assert [list(own) for own in layer_weights(spec, weights)] == [["kernel", "bias"]] * 2
    assert [(one.index, one.depth) for one in wrappings(spec)] == [(0, 2), (0, 2), (1, 2)]
    assert [(layer.index, layer.depth) for layer in layers(spec)] == [(0, 3), (1, 2)]


def test_wrapper_weights_of_two_directions_are_two_lists_one_may_be_empty(specs):
    spec = specs(cell=highway(), run=BidirectionalDynamicRNN(cell_bw=RNN))
    found = wrapper_weights(spec, zeros(spec))
    assert isinstance(found, Directions)
    assert [len(way) for way in found] == [1, 0]
    assert wrapper_weights(specs(), zeros(specs())) == []


def test_sizes_of_attention(specs):
    wrapper = AttentionCellWrapper(cell=LSTM, attn_length=3, attn_size=4)
    assert wrapper.state_size == (LSTMStateTuple(2, 2), 4, 12)
    spec = specs(cell=wrapper, run=DynamicRNN())
    assert result_shapes(spec) == {
        "outputs": (3, 5, 4),
        "final_state/0/c": (3, 2),
        "final_state/0/h": (3, 2),
        "final_state/1": (3, 4),
        "final_state/2": (3, 12),
    }
    flat = AttentionCellWrapper(cell=GRU, attn_length=3, state_is_tuple=False)
    assert (flat.state_size, flat.output_size) == (2 + 2 + 6, 2)


@pytest.mark.parametrize("cell", [cell for cell, _ in OWNED.values()], ids=OWNED)
def test_wrappers_come_back_from_json(specs, cell):
    spec = specs(cell=cell)
    assert from_json(to_json(spec)) == spec


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda _: highway(highway()),
            "no other highway, whose variables it would take",
        ),
        (lambda _: highway(DeviceWrapper(cell=highway(), device="/cpu:0")), "no other highway"),
        (lambda case: case(highway(GRUCell(num_units=3))), "of output size 2, the width of its inputs"),
        (lambda _: InputProjectionWrapper(cell=RNN, num_proj=0), "num_proj: got 0, should be a whole number > 0"),
        (
            lambda _: OutputProjectionWrapper(cell=RNN, output_size=0),
            "output_size: got 0, should be a whole number > 0",
        ),
        (lambda _: OutputProjectionWrapper(cell=RNN, output_size=1, activation="rleu"), "rleu"),
        (lambda _: AttentionCellWrapper(cell=RNN, attn_length=0), "attn_length: got 0, should be a whole number > 0"),
        (lambda _: AttentionCellWrapper(cell=RNN, attn_length=1, attn_size=0), "attn_size: got 0"),
        (
            lambda _: AttentionCellWrapper(cell=LSTM, attn_length=1, state_is_tuple=False),
            "should be a cell with state_is_tuple=False where the wrapper has it False",
        ),
        (
            lambda _: MultiRNNCell(cells=(AttentionCellWrapper(cell=GRU, attn_length=1),), state_is_tuple=False),
            "cells with state_is_tuple=False where the stack has it False",
        ),
        (lambda _: embedding(classes=0), "embedding_classes: got 0, should be a whole number > 0"),
        (lambda case: case(embedding()), "inputs of depth 1, one id a row"),
        (lambda _: highway(embedding()), "should be a cell that does not read ids"),
        (lambda _: ResidualWrapper(cell=embedding()), "should be a cell that does not read ids"),
        (lambda _: InputProjectionWrapper(cell=embedding(), num_proj=2), "should be a cell that does not read ids"),
        (lambda _: embedding(embedding()), "should be a cell that does not read ids"),
        (lambda _: MultiRNNCell(cells=(GRU, embedding())), "cells of which only the first may read ids"),
        (
            lambda case: case(embedding(), BidirectionalDynamicRNN(cell_bw=GRU), sizes=IDS),
            "ids in both directions or in none",
        ),
        (lambda case: case(embedding(), RawRNN(), sizes=IDS), "where a cell reads several arrays or ids"),
        (lambda case: case(embedding(), StateSavingRNN(chunks=(2, 3)), sizes=IDS), "several arrays or ids"),
        (lambda _: DropoutWrapper(cell=embedding(), input_keep_prob=0.5), "1.0 around a cell that reads ids"),
        (lambda case: case(highway(PhasedLSTMCell(num_units=2))), "should be a cell that reads one array"),
        (
            lambda _: embedding(MultiRNNCell(cells=(AttentionCellWrapper(cell=GRU, attn_length=1), GRU))),
            "a cell whose state begins with an array or an LSTMStateTuple",
        ),
    ],
)
def test_what_tensorflow_refuses_is_refused(specs, make, words):
    def case(cell, run=None, **options):
        return specs(cell=cell, run=run or DynamicRNN(), **options)

    with pytest.raises(UnsupportedOptionError, match=words):
        make(case)


@pytest.mark.parametrize("time_major", [False, True])
def test_ids_are_drawn_whole_within_the_classes_of_both_directions(specs, time_major):
    run = BidirectionalDynamicRNN(sequence_length=(5, 2, 0), time_major=time_major, cell_bw=embedding(GRU, classes=3))
    drawn = draw(specs(cell=embedding(classes=7), run=run, sizes=IDS))
    ids = drawn["inputs"]
    assert ids.dtype == np.int32
    assert ids.shape == ((5, 3, 1) if time_major else (3, 5, 1))
    assert set(ids.ravel()) == {0, 1, 2}
    assert (ids.swapaxes(0, 1) if time_major else ids)[2].all()  # padding is never 0
    assert perturbed(drawn, 1e-3, 7, 0)["inputs"] is ids


def test_ids_of_a_single_class_are_all_zero(specs):
    run = DynamicRNN(sequence_length=(5, 2, 0))
    assert not draw(specs(cell=embedding(classes=1), run=run, sizes=IDS))["inputs"].any()


def test_a_wrapper_s_weights_are_drawn_apart_from_its_cell_s(specs):
    cell = AttentionCellWrapper(cell=highway(), attn_length=2)
    arrays = {name: array for name, array in draw(specs(cell=cell)).items() if name.startswith("weights/")}
    values = np.concatenate([array.ravel() for array in arrays.values()])
    assert np.unique(values).size == values.size
    assert (np.abs(arrays["weights/rnn/attention_cell_wrapper/carry_b"]) >= np.float32(0.15)).all()


def test_a_difference_in_the_window_is_not_taken_for_one_in_layer_2(specs):
    from small_recordings import make_fixture  # noqa: PLC0415  as in test_draws

    from rnn_parity.candidates.numpy_impl import run  # noqa: PLC0415
    from rnn_parity.compare import compare  # noqa: PLC0415
    from rnn_parity.tolerance import Tolerance  # noqa: PLC0415

    case = case_of(make_fixture(specs(cell=AttentionCellWrapper(cell=GRU, attn_length=2))))
    answer = run(case.question())
    state = list(answer.final_state)
    state[2] = state[2] + np.float32(1)
    wrong = type(answer)(answer.outputs, tuple(state))
    first = locate(case, wrong, compare(case, wrong, Tolerance()), Tolerance())
    assert first.tensor == "final_state/2"
    assert first.layer is None
