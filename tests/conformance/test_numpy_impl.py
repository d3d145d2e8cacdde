"""Every recorded case, one test each: numpy_impl computes what TensorFlow computed, gate by gate."""

import numpy as np
import pytest

from rnn_parity import Tolerance, check
from rnn_parity.candidate import case_of
from rnn_parity.candidates.numpy_impl import run
from rnn_parity.report.text import failure_text
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.structure import answered_steps

FIXTURES = Fixtures(default_fixtures())


@pytest.mark.parametrize("case_id", FIXTURES.ids)
def test_numpy_impl_agrees_with_tensorflow(case_id):
    verdict = check([case_of(FIXTURES.read(case_id))], run, name="numpy_impl")
    assert verdict.agrees, failure_text(verdict, verdict.results[0])


@pytest.mark.parametrize("case_id", FIXTURES.ids)
def test_numpy_impl_traces_every_gate_as_tensorflow_does(case_id):
    case = case_of(FIXTURES.read(case_id))
    trace = run(case).trace
    expected = case.expectation.trace if answered_steps(case.spec) else {}  # a cell never called has no gates
    assert trace.keys() == expected.keys()
    for name, values in expected.items():
        scale = np.finfo(case.spec.dtype).eps / 2 * max(1.0, float(np.abs(values).max()))
        allowed = Tolerance().factor * max(scale, *case.expectation.noise.values())
        assert trace[name].dtype == values.dtype
        np.testing.assert_allclose(trace[name], values, rtol=0, atol=allowed, err_msg=name)
