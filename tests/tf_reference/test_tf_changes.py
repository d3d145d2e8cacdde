"""Two recordings compared; TensorFlow is not needed."""

import numpy as np
import pytest

from rnn_parity.errors import CaseUnknownError
from rnn_parity.fixture_file import Fixture
from rnn_parity.spec import BasicRNNCell
from tf_reference.changes import Change, compare_fixtures, select


@pytest.fixture
def recorded(make_case):
    arrays = {
        "inputs": np.ones(2, np.float32),
        "outputs": np.ones(2, np.float32),
        "oracle64/outputs": np.ones(2),
        "trace/0/h": np.full(2, 4.0, np.float32),
        "noise/outputs": np.asarray(2.0**-20),
    }
    return Fixture(make_case(), arrays)


def moved(fixture, name, by):
    return Fixture(fixture.spec, dict(fixture.arrays) | {name: fixture.arrays[name] + by})


def test_equal_recordings_are_no_change(recorded):
    assert compare_fixtures(recorded, Fixture(recorded.spec, dict(recorded.arrays))) is None


@pytest.mark.parametrize("name", ["outputs", "oracle64/outputs"])
@pytest.mark.parametrize(("multiple", "drifted"), [(7, False), (8, False), (9, True)])
def test_change_is_told_in_multiples_of_the_noise(recorded, name, multiple, drifted):
    change = compare_fixtures(recorded, moved(recorded, name, np.float32(multiple * 2.0**-20)))
    assert change.words == f"changed  test/case   {multiple} x noise at {name}"
    assert change.drifted is drifted


def test_trace_is_measured_by_the_largest_noise_and_its_own_size(recorded):
    assert compare_fixtures(recorded, moved(recorded, "trace/0/h", np.float32(2.0**-17))).ratio == 2


def test_noise_may_change_eightfold_either_way(recorded):
    noise = recorded.arrays["noise/outputs"]
    assert compare_fixtures(recorded, moved(recorded, "noise/outputs", 7 * noise)).ratio == 8
    assert compare_fixtures(recorded, moved(recorded, "noise/outputs", -0.9375 * noise)).ratio == 16


def test_inputs_must_be_equal_to_the_bit(recorded):
    change = compare_fixtures(recorded, moved(recorded, "inputs", np.float32(2.0**-23)))
    assert change.detail == "inputs changed: inputs"
    assert change.drifted


def test_other_spec_is_told_as_such(recorded, make_case):
    other = Fixture(make_case(BasicRNNCell(num_units=3)), recorded.arrays)
    assert compare_fixtures(recorded, other).detail == "spec changed"


def test_missing_array_is_told_by_name(recorded):
    fewer = Fixture(recorded.spec, {name: array for name, array in recorded.arrays.items() if name != "trace/0/h"})
    assert compare_fixtures(recorded, fewer).detail == "names, shapes or dtypes changed: trace/0/h"


def test_not_a_number_is_drift():
    assert Change("a/b", "changed", "", float("nan")).drifted


def test_glob_that_matches_nothing_names_the_nearest_case():
    assert select({"gru/reset", "gru/step", "lstm/step"}, ("gru/*",)) == {"gru/reset", "gru/step"}
    with pytest.raises(CaseUnknownError, match=r"no case 'gru/rest'\. Did you mean 'gru/reset'"):
        select({"gru/reset"}, ("gru/rest",))
