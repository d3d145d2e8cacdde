"""Cases small enough to record in a test."""

import pytest

from rnn_parity.spec import CaseSpec, DynamicRNN, LSTMCell, Sizes, Step


@pytest.fixture
def make_case():
    """Return a function from a few options to a CaseSpec of B=3, T=4, D=2."""

    def make(cell=None, run=None, **options):
        run = run if run is not None else DynamicRNN(sequence_length=(4, 0, 2), initial_state=True)
        steps = 1 if isinstance(run, Step) else 4
        given = {"id": "test/case", "why": "a test", "seed": 7, "sizes": Sizes(batch_size=3, max_time=steps, depth=2)}
        return CaseSpec(cell=cell or LSTMCell(num_units=3), run=run, **(given | options))

    return make
