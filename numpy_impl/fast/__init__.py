"""Whole sequences in NumPy, fast: the same answers as numpy_impl's runners, to a rounding.

    plan = fast.prepare(cell)                                   # once: weights arranged and copied
    outputs, state = plan(inputs, sequence_length, state)       # many times: buffers are used again
    outputs, state = fast.dynamic_rnn(cell, inputs, dtype=inputs.dtype)     # or at once

The cells, written to be read, stay the reference; what is done here to be fast is in docs/fast.md.
"""

from numpy_impl.fast.bidirectional import (
    BidirectionalPlan,
    bidirectional_dynamic_rnn,
    prepare_bidirectional,
    static_bidirectional_rnn,
)
from numpy_impl.fast.parts import UnsupportedCellError
from numpy_impl.fast.plan import Plan, dynamic_rnn, prepare, static_rnn

__all__ = [
    "BidirectionalPlan",
    "Plan",
    "UnsupportedCellError",
    "bidirectional_dynamic_rnn",
    "dynamic_rnn",
    "prepare",
    "prepare_bidirectional",
    "static_bidirectional_rnn",
    "static_rnn",
]
