import numpy as np
import pytest

from rnn_parity import Tolerance
from rnn_parity.errors import UnsupportedOptionError


def test_eight_times_the_rounding_is_allowed():
    allowed = Tolerance().allowed(np.array([[0.0, 100.0]]), 1e-7)
    np.testing.assert_array_equal(allowed, [[8e-7, 8e-7]])
    assert Tolerance().words == "8 allowed"


def test_rtol_and_atol_together_replace_it():
    tolerance = Tolerance(rtol=0.5, atol=1.0)
    np.testing.assert_array_equal(tolerance.allowed(np.array([0.0, -4.0]), 1e-7), [1.0, 3.0])
    assert tolerance.words == "rtol 0.5, atol 1 allowed"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rtol": 1e-3}, "Tolerance.atol: got None, should be given, since the other one of rtol and atol is."),
        ({"atol": 0.0}, "Tolerance.rtol: got None, should be given"),
        ({"rtol": -1e-9, "atol": 0.0}, "Tolerance.rtol: got -1e-09, should be a finite number of at least 0."),
        ({"rtol": 0.0, "atol": float("nan")}, "Tolerance.atol: got nan, should be a finite number of at least 0."),
        ({"factor": float("inf")}, "Tolerance.factor: got inf, should be a finite number of at least 0."),
    ],
)
def test_a_tolerance_that_is_none_is_refused(options, message):
    with pytest.raises(UnsupportedOptionError) as caught:
        Tolerance(**options)
    assert str(caught.value).startswith(message)


def test_zero_tolerance_is_one():
    assert Tolerance(rtol=0.0, atol=0.0).allowed(np.array([1.0]), 1.0) == 0.0
