"""rnn-parity: does this RNN compute what TensorFlow 1's `rnn_cell` computes, and if not, where and why?

Names are loaded when they are first used: pytest imports this package in every run in which the plugin is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnn_parity.candidate import Case, Result, Unsupported, load_cases
    from rnn_parity.errors import RnnParityError
    from rnn_parity.report.text import check_text as describe
    from rnn_parity.spec import Directions, LSTMStateTuple
    from rnn_parity.tolerance import Tolerance
    from rnn_parity.verify import CaseResult, Verdict, check

__version__ = "0.1.0"

_PLACES = {
    "Case": ("candidate", "Case"),
    "CaseResult": ("verify", "CaseResult"),
    "Directions": ("spec", "Directions"),
    "LSTMStateTuple": ("spec", "LSTMStateTuple"),
    "Result": ("candidate", "Result"),
    "RnnParityError": ("errors", "RnnParityError"),
    "Tolerance": ("tolerance", "Tolerance"),
    "Unsupported": ("candidate", "Unsupported"),
    "Verdict": ("verify", "Verdict"),
    "check": ("verify", "check"),
    "describe": ("report.text", "check_text"),
    "load_cases": ("candidate", "load_cases"),
}

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


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Return one of `__all__`, loaded on first use."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PLACES[name]
    value = getattr(import_module(f"{__name__}.{module}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return all public names, loaded or not."""
    return sorted({*globals(), *__all__})
