"""Fixtures of the harness's tests, made of `small_recordings`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_recordings import FIVE, RAGGED, make_fixture, make_spec, record

from rnn_parity.candidate import case_of
from rnn_parity.candidates.numpy_impl import run as numpy_run
from rnn_parity.spec import (
    StaticBidirectionalRNN,
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Return a folder of five fixtures, read only by agreement; tests that damage them use `own_folder`."""
    return record(tmp_path_factory.mktemp("recorded") / "fixtures", *FIVE)


@pytest.fixture
def own_folder(tmp_path):
    """Return a folder of two fixtures that a test may damage."""
    return record(tmp_path / "fixtures", *FIVE[:2])


@pytest.fixture(scope="session")
def make_case():
    """Return a function: options of a spec -> a case with an answer."""
    return lambda *args, **options: case_of(make_fixture(make_spec(*args, **options)))


@pytest.fixture(scope="session")
def right():
    """Return a candidate that agrees."""
    return numpy_run


@pytest.fixture(scope="session")
def wrong():
    """Return a function: change of (outputs, final_state) -> a candidate that makes it, without a trace."""

    def candidate(change, *, trace=False):
        def run(case):
            result = numpy_run(case)
            outputs, final_state = change(result.outputs, result.final_state)
            return replace(result, outputs=outputs, final_state=final_state, trace=result.trace if trace else None)

        return run

    return candidate


@pytest.fixture(scope="session")
def specs():
    """Return `make_spec`."""
    return make_spec


@pytest.fixture(scope="session")
def static_bidirectional():
    """Return a run of [fw | bw] on columns, ragged."""
    return StaticBidirectionalRNN(sequence_length=RAGGED, initial_state=True)
