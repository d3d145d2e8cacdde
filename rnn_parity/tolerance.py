"""How much a candidate may differ: a multiple of TensorFlow's own rounding error, recorded with each fixture.

    noise = max( |ref - ref64|,                                  what TensorFlow itself lost to rounding
                 |ref64 of data off by one rounding - ref64|,    over 4 drawn perturbations
                 u max(1, |ref64|) )                             u: the dtype's unit roundoff; all in the maximum norm

    a tensor agrees if |candidate - ref64| <= FACTOR noise

The measurements behind FACTOR are in docs/decisions/yardstick.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.structure import Array

FACTOR = 8.0


@dataclass(frozen=True)
class Tolerance:
    """What is allowed: `factor` times the noise, or, where both are given, `atol + rtol |expected|` instead."""

    factor: float = FACTOR
    rtol: float | None = None
    atol: float | None = None

    def __post_init__(self) -> None:
        if (self.rtol is None) != (self.atol is None):
            missing = "rtol" if self.rtol is None else "atol"
            raise UnsupportedOptionError("Tolerance", missing, None, "given, since the other one of rtol and atol is")
        for name in ("factor", "rtol", "atol"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < float("inf"):
                raise UnsupportedOptionError("Tolerance", name, value, "a finite number of at least 0")

    @property
    def words(self) -> str:
        """What is allowed, in a few words."""
        if self.rtol is None:
            return f"{self.factor:g} allowed"
        return f"rtol {self.rtol:g}, atol {self.atol:g} allowed"

    def allowed(self, expected: Array, noise: float) -> Array | np.float64:
        """Return the largest |difference| that agrees: one number for all entries, or one each as in `expected`."""
        if self.rtol is None or self.atol is None:
            return np.float64(self.factor * noise)
        return self.atol + self.rtol * np.abs(expected)
