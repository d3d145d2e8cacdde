"""The LSTM with opening phases of `tf.contrib.rnn`. Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0)."""

from __future__ import annotations

from typing import ClassVar

from rnn_parity.spec.base import InputRole, LSTMStateTuple, Role, Shape, SingleCellSpec, Size, as_float, require_size

PHASES: dict[str, Role] = {"period": "period", "phase": "phase", "ratio_on": "ratio"}  # variables (H,) -> their roles


class PhasedLSTMCell(SingleCellSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.PhasedLSTMCell`: its inputs are a tuple (time (B, 1), features (B, D)).

    Each unit opens in a part of its own period, as the time says. TensorFlow's other options say how variables are
    initialised. It computes features in float32 alone: the period, the phase and the openness are float32 there.
    """

    dtypes: ClassVar[tuple[str, ...]] = ("float32",)

    use_peepholes: bool = False
    leak: float = 0.001

    def __post_init__(self) -> None:
        require_size(self, "num_units")
        as_float(self, "leak")

    def read_size(self, depth: int) -> Size:
        """(1, D): the time, the features."""
        return (1, depth)

    def input_role(self, path: str) -> InputRole:
        """Return "times" of the first of the two arrays."""
        return "times" if path == "0" else "features"

    @property
    def state_size(self) -> Size:
        """LSTMStateTuple(H, H)."""
        return LSTMStateTuple(self.num_units, self.num_units)

    @property
    def gate_order(self) -> tuple[str, ...]:
        """The column blocks of mask_gates/kernel and mask_gates/bias: input gate, forget gate."""
        return ("i", "f")

    @property
    def trace_names(self) -> tuple[str, ...]:
        """i, f, the candidate j and o after their functions, the openness k; the c and h that are carried."""
        return ("i", "f", "j", "o", "k", "c", "h")

    def variables(self, depth: int) -> dict[str, Shape]:
        """Return name -> shape for inputs of D features; peepholes are rows of c below those of [x h]."""
        units, rows = self.num_units, depth + self.num_units
        with_c = rows + units if self.use_peepholes else rows
        return {
            "mask_gates/kernel": (with_c, 2 * units),
            "mask_gates/bias": (2 * units,),
            "new_input/kernel": (rows, units),
            "new_input/bias": (units,),
            "output_gate/kernel": (with_c, units),
            "output_gate/bias": (units,),
            **dict.fromkeys(PHASES, (units,)),
        }

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        return PHASES.get(name) or SingleCellSpec.role(self, name)
