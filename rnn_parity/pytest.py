"""For test suites: every recorded case as a test.

    from rnn_parity.pytest import parity_cases

    @parity_cases(cell="LSTMCell", dtype="float32")
    def test_my_lstm(case):
        case.check(my_lstm(case))

The pytest plugin that comes with rnn-parity does the rest; `pytest --help` lists its options.
"""

from __future__ import annotations

from typing import Any

import pytest


def parity_cases(*globs: str, cell: str | None = None, run: str | None = None, dtype: str | None = None) -> Any:  # noqa: ANN401  pytest's decorator
    """Return the decorator that runs a test once for every recorded case, as its argument `case`.

    Args:
        globs: of case names, like "lstm/*"; all where there is none.
        cell: only cases whose outermost cell is of this class, like "LSTMCell".
        run: only cases of this run, like "DynamicRNN".
        dtype: only cases of this dtype, like "float32".
    """
    return pytest.mark.rnn_parity(*globs, cell=cell, run=run, dtype=dtype)
