import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_parity.draws import draw, perturbed
from rnn_parity.spec import BidirectionalDynamicRNN, DynamicRNN, GRUCell, LSTMCell, MultiRNNCell, Sizes

RAGGED = DynamicRNN(sequence_length=(5, 2, 0), initial_state=True)


def test_drawn_values_are_pinned(specs):
    drawn = draw(specs(run=RAGGED))
    assert drawn["weights/rnn/lstm_cell/kernel"].ravel()[:3].tolist() == [
        -0.023588640615344048, -0.6669687032699585, 0.7010206580162048,
    ]  # fmt: skip
    assert drawn["weights/rnn/lstm_cell/bias"][:2].tolist() == [-0.3448198437690735, 0.27484744787216187]
    assert drawn["inputs"].ravel()[:2].tolist() == [0.07299491763114929, 0.7139734029769897]
    assert drawn["initial_state/c"].ravel()[:2].tolist() == [-0.45387905836105347, -0.10027535259723663]
    assert drawn["sequence_length"].tolist() == [5, 2, 0]


def test_the_same_spec_draws_the_same_and_another_seed_draws_anew(specs):
    spec = specs(run=RAGGED)
    first, second = draw(spec), draw(spec)
    for name, array in first.items():
        assert array.tobytes() == second[name].tobytes()
    other = draw(specs(run=RAGGED).__class__(**{**{f: getattr(spec, f) for f in spec.__struct_fields__}, "seed": 8}))
    assert not np.isin(other["inputs"], first["inputs"]).any()


def test_one_object_is_drawn_once_for_all_its_places(specs):
    stack = MultiRNNCell(cells=(GRUCell(num_units=2),) * 3, one_object=True)
    drawn = draw(specs(cell=stack, run=BidirectionalDynamicRNN(cell_bw="cell_fw", initial_state=True)))
    scope = "weights/bidirectional_rnn/fw/multi_rnn_cell/cell_0/gru_cell"
    assert {name for name in drawn if name.startswith("weights/")} == {
        f"{scope}/{part}/{name}" for part in ("gates", "candidate") for name in ("kernel", "bias")
    }
    alone = draw(specs(cell=GRUCell(num_units=2), run=BidirectionalDynamicRNN()))
    bound = np.abs(alone["weights/bidirectional_rnn/fw/gru_cell/gates/kernel"]).max()
    assert np.abs(drawn[f"{scope}/gates/kernel"]).max() == pytest.approx(bound, rel=0.2)  # scaled for the inputs
    states = [drawn[f"initial_state/{way}/{layer}"] for way in ("fw", "bw") for layer in range(3)]
    assert np.unique(states).size == np.size(states)


def test_an_array_more_moves_no_other(specs):
    plain, peepholes = (draw(specs(cell=LSTMCell(num_units=4, use_peepholes=on))) for on in (False, True))
    assert peepholes.keys() - plain.keys() == {f"weights/rnn/lstm_cell/w_{gate}_diag" for gate in "fio"}
    for name, array in plain.items():
        np.testing.assert_array_equal(peepholes[name], array, err_msg=name)


def test_the_dtype_rounds_the_same_numbers(specs):
    single, double = draw(specs()), draw(specs(dtype="float64"))
    assert double["inputs"].dtype == np.float64
    np.testing.assert_array_equal(single["inputs"], double["inputs"].astype(np.float32))


def test_no_state_and_no_lengths_are_drawn_where_none_are_given(specs):
    names = draw(specs(run=DynamicRNN())).keys()
    assert not any(name.startswith(("initial_state", "sequence_length")) for name in names)


@pytest.mark.parametrize("time_major", [False, True])
def test_inputs_past_the_length_are_garbage_and_larger_than_real_ones(specs, time_major):
    inputs = draw(specs(run=DynamicRNN(sequence_length=(5, 2, 0), time_major=time_major)))["inputs"]
    inputs = inputs.swapaxes(0, 1) if time_major else inputs
    assert np.abs(inputs[0]).max() <= 1.5
    assert np.abs(inputs[1, 2:]).max() > 1.5
    assert (inputs != 0).all()


def test_weights_are_scaled_by_the_gain_and_nothing_else_is(specs):
    one, half = draw(specs(dtype="float64")), draw(specs(dtype="float64", gain=0.5))
    for name, array in one.items():
        factor = 0.5 if name.endswith("kernel") else 1.0
        np.testing.assert_array_equal(half[name], array * factor, err_msg=name)


@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 4))
def test_whatever_the_seed_biases_and_states_are_not_zero_and_all_differ(seed, units, depth):
    from small_recordings import make_spec  # noqa: PLC0415  hypothesis and pytest fixtures do not go together

    cell = MultiRNNCell(cells=(LSTMCell(num_units=units), GRUCell(num_units=units)))
    spec = make_spec(cell=cell, sizes=Sizes(batch_size=3, max_time=2, depth=depth))
    spec = type(spec)(**{**{field: getattr(spec, field) for field in spec.__struct_fields__}, "seed": seed})
    drawn = draw(spec)
    for name, array in drawn.items():
        assert np.unique(array).size == array.size, name
        if name.endswith("bias"):
            assert (array != 0).all()
        if "lstm_cell/bias" in name:
            assert np.unique(np.abs(array)).size == array.size
            assert (np.abs(array) >= np.float32(0.15)).all()
        if name.startswith("initial_state"):
            assert (array != 0).all()


def test_perturbed_data_are_off_by_one_rounding_each_and_whole_numbers_stay(specs):
    drawn = draw(specs(run=RAGGED))
    moved = perturbed(drawn, 2.0**-24, 7, 0)
    assert moved["sequence_length"] is drawn["sequence_length"]
    relative = moved["inputs"] / drawn["inputs"].astype(np.float64) - 1
    np.testing.assert_allclose(np.abs(relative), 2.0**-24, rtol=1e-6)
    assert {-1.0, 1.0} == set(np.sign(relative).ravel())
    assert (perturbed(drawn, 2.0**-24, 7, 1)["inputs"] != moved["inputs"]).any()
