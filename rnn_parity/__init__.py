"""rnn-parity: does this RNN compute what TensorFlow 1's `rnn_cell` computes, and if not, where and why?"""

from rnn_parity.candidate import Case, Result, Unsupported, load_cases
from rnn_parity.errors import RnnParityError
from rnn_parity.report.text import check_text as describe
from rnn_parity.spec import Directions, LSTMStateTuple
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import CaseResult, Verdict, check

__version__ = "0.1.0"

__all__ = [
    "Case",
    "CaseResult",
    "Directions",
    "LSTMStateTuple",
    "Result",
    "RnnParityError",
    "Tolerance",
    "Unsupported",
    "Verdict",
    "check",
    "describe",
    "load_cases",
]
