import numpy as np
import pytest

from rnn_parity.errors import StructureMismatchError
from rnn_parity.spec import (
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    Chunked,
    DeviceWrapper,
    Directions,
    DynamicRNN,
    FusedRNN,
    GRUCell,
    LSTMBlockFusedCell,
    LSTMCell,
    LSTMStateTuple,
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
    single_cells,
)
from rnn_parity.structure import (
    case_state_size,
    flatten,
    flatten_like,
    input_shapes,
    result_shapes,
    unflatten,
)

LSTM = LSTMCell(num_units=4, num_proj=3)
FLAT = BasicLSTMCell(num_units=2, state_is_tuple=False)
A, B, C = (np.full((1, 1), value) for value in (1.0, 2.0, 3.0))


@pytest.mark.parametrize(
    ("cell", "size"),
    [
        (GRUCell(num_units=2), 2),
        (BasicLSTMCell(num_units=2), LSTMStateTuple(2, 2)),
        (FLAT, 4),
        (LSTM, LSTMStateTuple(4, 3)),
        (LSTMCell(num_units=4, num_proj=3, state_is_tuple=False), 7),
        (MultiRNNCell(cells=(GRUCell(num_units=2), LSTM)), (2, LSTMStateTuple(4, 3))),
        (MultiRNNCell(cells=(GRUCell(num_units=2), FLAT), state_is_tuple=False), 6),
        (SummedMultiRNNCell(cells=(GRUCell(num_units=3), LSTM)), (3, LSTMStateTuple(4, 3))),
        (MultiRNNCell(cells=(LSTM,) * 2, one_object=True), (LSTMStateTuple(4, 3),) * 2),
        (ResidualWrapper(cell=LSTM), LSTMStateTuple(4, 3)),
        (MultiRNNCell(cells=(DeviceWrapper(cell=FLAT, device="/cpu:0"),) * 2, state_is_tuple=False), 8),
    ],
)
def test_state_sizes_are_tensorflows(cell, size):
    assert cell.state_size == size
    assert type(cell.state_size) is type(size)


def test_cells_that_compute_are_found_in_stacks_and_wrappers_from_the_input_up():
    stack = SummedMultiRNNCell(cells=(ResidualWrapper(cell=GRUCell(num_units=3)), LSTM))
    assert single_cells(DeviceWrapper(cell=ResidualWrapper(cell=stack), device="/cpu:0")) == (
        GRUCell(num_units=3),
        LSTM,
    )
    assert single_cells(LSTM) == (LSTM,)


@pytest.mark.parametrize(
    ("run", "inputs", "outputs"),
    [
        (Step(), (3, 2), {"outputs": (3, 3)}),
        (StaticRNN(), (3, 5, 2), {"outputs": (3, 5, 3)}),
        (Chunked(chunks=(2, 3)), (3, 5, 2), {"outputs": (3, 5, 3)}),
        (DynamicRNN(), (3, 5, 2), {"outputs": (3, 5, 3)}),
        (DynamicRNN(time_major=True), (5, 3, 2), {"outputs": (5, 3, 3)}),
        (
            BidirectionalDynamicRNN(cell_bw=GRUCell(num_units=6)),
            (3, 5, 2),
            {"outputs/fw": (3, 5, 3), "outputs/bw": (3, 5, 6)},
        ),
        (BidirectionalDynamicRNN(time_major=True), (5, 3, 2), {"outputs/fw": (5, 3, 3), "outputs/bw": (5, 3, 3)}),
        (StaticBidirectionalRNN(cell_bw=GRUCell(num_units=6)), (3, 5, 2), {"outputs": (3, 5, 9)}),
        (FusedRNN(), (5, 3, 2), {"outputs": (5, 3, 3)}),
        (RawRNN(), (5, 3, 2), {"outputs": (5, 3, 3)}),
        (RawRNN(sequence_length=(4, 0, 2)), (5, 3, 2), {"outputs": (4, 3, 3)}),
        (RawRNN(sequence_length=(0, 0, 0)), (5, 3, 2), {"outputs": (0, 3, 3)}),
        (StateSavingRNN(chunks=(2, 3)), (3, 5, 2), {"outputs": (3, 5, 3)}),
        (StackBidirectionalRNN(layers=2), (3, 5, 2), {"outputs": (3, 5, 6)}),
        (StackBidirectionalDynamicRNN(layers=3, time_major=True), (5, 3, 2), {"outputs": (5, 3, 6)}),
    ],
)
def test_every_run_has_tensorflows_shapes(specs, run, inputs, outputs):
    cell = LSTMBlockFusedCell(num_units=3) if isinstance(run, FusedRNN) else LSTM
    spec = specs(cell=cell, run=run)
    assert input_shapes(spec) == {"": inputs}
    assert {name: shape for name, shape in result_shapes(spec).items() if name.startswith("outputs")} == outputs


def test_states_of_two_directions_and_layers_are_named_by_their_way_down(specs):
    cell = MultiRNNCell(cells=(GRUCell(num_units=2), LSTM))
    spec = specs(cell=cell, run=BidirectionalDynamicRNN(cell_bw=GRUCell(num_units=6)))
    states = {name: shape for name, shape in result_shapes(spec).items() if name.startswith("final_state")}
    assert states == {
        "final_state/fw/0": (3, 2),
        "final_state/fw/1/c": (3, 4),
        "final_state/fw/1/h": (3, 3),
        "final_state/bw": (3, 6),
    }


def test_states_of_stacked_directions_are_a_tuple_in_each_direction(specs):
    spec = specs(cell=LSTM, run=StackBidirectionalRNN(layers=2))
    size = case_state_size(spec)
    assert size == Directions((LSTMStateTuple(4, 3),) * 2, (LSTMStateTuple(4, 3),) * 2)
    states = [name for name in result_shapes(spec) if name.startswith("final_state")]
    assert states == [f"final_state/{way}/{layer}/{part}" for way in ("fw", "bw") for layer in (0, 1) for part in "ch"]


def test_flatten_and_unflatten_are_inverse(specs):
    size = case_state_size(specs(cell=MultiRNNCell(cells=(GRUCell(num_units=2), LSTM)), run=BidirectionalDynamicRNN()))
    tree = Directions((A, LSTMStateTuple(B, C)), (C, LSTMStateTuple(A, B)))
    flat = flatten(tree)
    assert list(flat) == ["fw/0", "fw/1/c", "fw/1/h", "bw/0", "bw/1/c", "bw/1/h"]
    assert unflatten(size, flat) == tree
    assert type(unflatten(size, flat).fw[1]) is LSTMStateTuple


def test_one_array_is_its_own_structure():
    assert flatten(A) == {"": A}
    assert unflatten(2, {"": A}) is A


def test_plain_tuples_and_lists_stand_for_named_ones():
    size = Directions(LSTMStateTuple(1, 1), 1)
    named = Directions(LSTMStateTuple(A, B), C)
    for tree in (((A, B), C), [[A, B], C], named):
        assert flatten_like(size, tree, "state") == {"fw/c": A, "fw/h": B, "bw": C}


@pytest.mark.parametrize(
    ("size", "tree", "message"),
    [
        (1, (A, B), "final_state: got a tuple of 2, should be one array."),
        (1, None, "final_state: got a NoneType, should be an array."),
        (LSTMStateTuple(1, 1), A, "final_state: got a ndarray, should be a LSTMStateTuple(c, h)."),
        (LSTMStateTuple(1, 1), (A,), "final_state: got a tuple of 1, should be a LSTMStateTuple(c, h)."),
        (LSTMStateTuple(1, 1), (A, None), "final_state/h: got a NoneType, should be an array."),
        (LSTMStateTuple(1, 1), None, "final_state: got a NoneType, should be a LSTMStateTuple(c, h)."),
        ((1, (1, 1)), (A, [B, C, A]), "final_state/1: got a list of 3, should be a tuple of 2."),
    ],
)
def test_another_nesting_is_named_with_its_place(size, tree, message):
    with pytest.raises(StructureMismatchError) as caught:
        flatten_like(size, tree, "final_state")
    assert str(caught.value) == message


def test_an_array_that_numpy_cannot_read_is_named():
    class OnDevice:
        def __array__(self, dtype=None, copy=None):
            raise TypeError("on the GPU")

    with pytest.raises(StructureMismatchError, match=r"outputs: got a OnDevice that NumPy cannot read"):
        flatten_like(1, OnDevice(), "outputs")
