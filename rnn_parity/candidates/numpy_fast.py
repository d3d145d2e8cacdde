"""numpy_impl.fast as a candidate: the core cells, their stacks and directions, over whole sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

import numpy_impl
from numpy_impl import fast
from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.spec import (
    BidirectionalDynamicRNN,
    Chunked,
    DynamicRNN,
    StaticBidirectionalRNN,
    StaticRNN,
    StateSavingRNN,
    Step,
    class_name,
)
