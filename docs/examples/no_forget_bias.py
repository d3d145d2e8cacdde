"""numpy_impl with a mistake planted in it: every forget_bias is taken for 0. What `make sample-report` checks."""

from dataclasses import replace

import msgspec

from rnn_parity import Case, Result
from rnn_parity.candidates import numpy_impl
from rnn_parity.spec import CaseSpec


def without(options):
    """Return a specification, as plain dicts and lists, with every forget_bias 0."""
    if isinstance(options, dict):
        return {name: 0.0 if name == "forget_bias" else without(value) for name, value in options.items()}
    return [without(value) for value in options] if isinstance(options, list | tuple) else options


def run(case: Case) -> Result:
    """Answer a case as if its cells had no forget_bias, with the trace of every gate."""
    spec = msgspec.convert(without(msgspec.to_builtins(case.spec)), CaseSpec)
    return numpy_impl.run(replace(case, spec=spec))
