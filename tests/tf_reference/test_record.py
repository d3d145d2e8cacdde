"""A recorded case: names, dtypes, exactness, and what is refused."""

import numpy as np
import pytest

from rnn_parity.draws import draw
from rnn_parity.errors import RecordingError
from rnn_parity.fixture_file import content_hash, read_fixture, write_fixture
from rnn_parity.spec import (
    BasicRNNCell,
    BidirectionalDynamicRNN,
    DynamicRNN,
    LSTMCell,
    MultiRNNCell,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
)
from rnn_parity.structure import result_shapes
from tf_reference import record as record_module
from tf_reference.record import record, require_results

pytestmark = pytest.mark.needs_tf


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_fixture_holds_data_answers_oracle_noise_and_traces(make_case, dtype):
    spec = make_case(dtype=dtype)
    arrays = record(spec).arrays
    results = set(result_shapes(spec))
    oracle = set() if dtype == "float64" else {f"oracle64/{name}" for name in results}
    traces = {f"trace/0/{gate}" for gate in "ijfoch"}
    assert set(arrays) == set(draw(spec)) | results | oracle | {f"noise/{name}" for name in results} | traces
    assert {str(arrays[name].dtype) for name in results | traces} == {dtype}
    assert {str(arrays[name].dtype) for name in arrays if name.startswith(("oracle64", "noise"))} == {"float64"}
    assert {arrays[name].shape for name in arrays if name.startswith("noise")} == {()}


@pytest.mark.parametrize(
    ("dtype", "low", "high"), [("float16", 2e-4, 2e-2), ("float32", 3e-8, 3e-6), ("float64", 6e-17, 6e-15)]
)
def test_noise_is_a_few_roundings_of_the_case_s_dtype(make_case, dtype, low, high):
    arrays = record(make_case(dtype=dtype)).arrays
    assert all(low < float(array) < high for name, array in arrays.items() if name.startswith("noise"))


def test_outputs_are_zero_and_states_frozen_past_the_length(make_case):
    arrays = record(make_case(run=DynamicRNN(sequence_length=(4, 0, 2), initial_state=True))).arrays
    assert not arrays["outputs"][1].any()
    assert not arrays["outputs"][2, 2:].any()
    np.testing.assert_array_equal(arrays["final_state/c"][1], arrays["initial_state/c"][1])
    np.testing.assert_array_equal(arrays["final_state/h"][2], arrays["outputs"][2, 1])


@pytest.mark.parametrize("run", [StaticRNN(), DynamicRNN(sequence_length=(3, 4, 1)), BidirectionalDynamicRNN(), Step()])
def test_recording_twice_gives_the_same_bits(make_case, run):
    spec = make_case(MultiRNNCell(cells=(LSTMCell(num_units=5), BasicRNNCell(num_units=3))), run)
    assert content_hash(record(spec)) == content_hash(record(spec))


@pytest.mark.parametrize("run", [DynamicRNN(sequence_length=(3, 4, 1), initial_state=True), StaticBidirectionalRNN()])
def test_kernels_in_parts_change_no_number(make_case, run):
    options = {"num_units": 11, "use_peepholes": True, "num_proj": 12}
    whole, parts = (
        record(make_case(LSTMCell(**options, **shards), run)).arrays
        for shards in ({}, {"num_unit_shards": 12, "num_proj_shards": 2})
    )
    answers = [
        name for name in whole if not name.startswith(("weights/", "noise/"))
    ]  # each part is off by itself there
    assert len(answers) > 10
    assert answers == [name for name in parts if not name.startswith(("weights/", "noise/"))]
    for name in answers:
        np.testing.assert_array_equal(parts[name], whole[name], err_msg=name)


def test_recorded_case_survives_the_store(make_case, tmp_path):
    fixture = record(make_case())
    write_fixture(tmp_path, fixture)
    assert content_hash(read_fixture(tmp_path / "test/case.safetensors")) == content_hash(fixture)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
@pytest.mark.parametrize(("layer", "function"), [("ReLU", "relu"), ("ELU", "elu"), ("Softmax", "softmax")])
def test_activation_that_is_a_layer_computes_in_the_case_s_dtype(make_case, dtype, layer, function):
    answers = [record(make_case(BasicRNNCell(num_units=3, activation=name), dtype=dtype)) for name in (layer, function)]
    np.testing.assert_array_equal(answers[0].arrays["outputs"], answers[1].arrays["outputs"])


def test_case_that_runs_away_is_refused(make_case):
    with pytest.raises(RecordingError, match=r"test/case.*outputs is not finite; a smaller gain"):
        record(make_case(BasicRNNCell(num_units=3, activation="exponential"), gain=50.0, run=DynamicRNN()))


def test_case_that_tensorflow_refuses_is_named(make_case):
    too_long = BidirectionalDynamicRNN(sequence_length=(5, 1, 1))
    with pytest.raises(RecordingError, match=r"test/case.*TensorFlow refuses it: InvalidArgumentError"):
        record(make_case(run=too_long))


def test_output_past_the_length_that_is_not_zero_is_refused(make_case):
    spec = make_case(run=DynamicRNN(sequence_length=(4, 0, 2), time_major=True))
    results = {name: np.zeros(shape, np.float32) for name, shape in result_shapes(spec).items()}
    require_results(spec, results)
    results["outputs"][2, 2, 0] = 1e-30
    with pytest.raises(RecordingError, match="outputs is not 0 past the row's length"):
        require_results(spec, results)


def test_result_of_another_dtype_is_refused(make_case):
    spec = make_case()
    results = {name: np.zeros(shape) for name, shape in result_shapes(spec).items()}
    with pytest.raises(RecordingError, match=r"float64'\).*should be .*float32"):
        require_results(spec, results)


def test_unforeseen_error_names_the_case(make_case, monkeypatch):
    monkeypatch.setattr(record_module, "draw", lambda _: {})
    with pytest.raises(RecordingError, match=r"case 'test/case' was not recorded: TensorFlow refuses it: KeyError"):
        record(make_case())
