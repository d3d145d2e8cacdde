r"""One step of `tf.contrib.rnn.PhasedLSTMCell`: each unit opens in a part of its own period.

    i, f = sigmoid([x h] mask_gates_kernel + mask_gates_bias)            [x h c] with peepholes
    j = tanh([x h] new_input_kernel + new_input_bias)
    o = sigmoid([x h] output_gate_kernel + output_gate_bias)             [x h c*] with peepholes
    c* = f * c + i * j
    h* = tanh(c*) * o

    p = ((time - phase) mod period) / period                             from 0 to 1
    k = 2 p / ratio_on          where p < ratio_on / 2                   opening
        2 - 2 p / ratio_on      where p < ratio_on                       closing
        leak p                  elsewhere                                closed
    c' = k * c* + (1 - k) * c
    h' = k * h* + (1 - k) * h

The output is h'; h* is of c*, not of c'. mod is that of Python: never negative. p is computed in the dtype of the time,
which may be another than that of the features.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), PhasedLSTMCell.call.
Axes: B batch, D features, H units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.activations import sigmoid
from numpy_impl.arrays import Array, check_array, column_blocks, require_floating
from numpy_impl.cell import (
    check_arguments,
    check_no_initializer,
    check_size,
    given_weights,
    input_depth,
    weight_fields,
)
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.state import LSTMStateTuple, State, StateSize, split_lstm_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("i", "f")  # input, forget: the column blocks of mask_gates, left to right
VARIABLES = (  # in TensorFlow's order of creation
    "mask_gates/kernel", "mask_gates/bias", "new_input/kernel", "new_input/bias", "output_gate/kernel",
    "output_gate/bias", "period", "phase", "ratio_on",
)  # fmt: skip


class Weights(NamedTuple):
    """The variables of one cell; kernels have H rows more, those of c, with peepholes where it says so."""

    mask_gates_kernel: Array  # (D + H, 2 H), rows: features, h, with peepholes c
    mask_gates_bias: Array  # (2 H,)
    new_input_kernel: Array  # (D + H, H), rows: features, h
    new_input_bias: Array  # (H,)
    output_gate_kernel: Array  # (D + H, H), rows: features, h, with peepholes the new c
    output_gate_bias: Array  # (H,)
    period: Array  # (H,), in units of the time
    phase: Array  # (H,), the same
    ratio_on: Array  # (H,), the open part of the period


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, named as in `VARIABLES`; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def cycle_ratio(time: Array, weights: Weights) -> Array:
    """Return where in its period each unit is at this time (B, 1), from 0 to 1, in the time's dtype."""
    period, phase = weights.period.astype(time.dtype), weights.phase.astype(time.dtype)
    shifted = time - phase
    # as TensorFlow writes it, for its gradient: of late times, both lose the same digits
    return ((np.mod(shifted, period) - shifted) + shifted) / period


def openness(ratio: Array, ratio_on: Array, leak: float) -> Array:
    """Return k: how much of the new c and h each unit takes."""
    opening = 2 * ratio / ratio_on
    closed = ratio.dtype.type(leak) * ratio
    return np.where(2 * ratio < ratio_on, opening, np.where(ratio < ratio_on, 2 - opening, closed))


def step_gates(
    inputs: tuple[Array, Array],
    state: LSTMStateTuple,
    weights: Weights,
    *,
    leak: float = 0.001,
    use_peepholes: bool = False,
) -> dict[str, Array]:
    """Return i, f, j, o after their functions, the openness k, and the c and h to be carried, each (B, H)."""
    (time, x), (c, h) = inputs, state
    known = np.concatenate([x, h], axis=1)
    seen = np.concatenate([known, c], axis=1) if use_peepholes else known
    i, f = column_blocks(sigmoid(seen @ weights.mask_gates_kernel + weights.mask_gates_bias), len(GATES))
    j = np.tanh(known @ weights.new_input_kernel + weights.new_input_bias)
    new_c = c * f + i * j
    seen = np.concatenate([known, new_c], axis=1) if use_peepholes else known
    o = sigmoid(seen @ weights.output_gate_kernel + weights.output_gate_bias)
    k = openness(cycle_ratio(time, weights).astype(x.dtype), weights.ratio_on, leak)
    kept_c, kept_h = k * new_c + (1 - k) * c, k * (np.tanh(new_c) * o) + (1 - k) * h
    return {"i": i, "f": f, "j": j, "o": o, "k": k, "c": kept_c, "h": kept_h}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class PhasedLSTMCell(WeightedCell):
    """`tf.contrib.rnn.PhasedLSTMCell`; inputs are (time (B, 1), features (B, D)); ValueError for what does not fit."""

    num_units: int  # H
    use_peepholes: bool = False  # whether i, f see c and o sees the new c, through full matrices
    leak: float = 0.001  # openness of a closed unit, times its place in the period
    ratio_on: None = None  # this and the next three are how TensorFlow initialises variables; weights are given here,
    trainable_ratio_on: None = None  # so any other value is refused
    period_init_min: None = None
    period_init_max: None = None
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is "phased_lstm_cell"
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("PhasedLSTMCell.num_units", self.num_units)
        for option in ("ratio_on", "trainable_ratio_on", "period_init_min", "period_init_max"):
            check_no_initializer(f"PhasedLSTMCell.{option}", getattr(self, option))
        settle(self)

    @property
    def state_size(self) -> StateSize:
        """LSTMStateTuple(H, H)."""
        return LSTMStateTuple(self.num_units, self.num_units)

    @property
    def output_size(self) -> int:
        """H."""
        return self.num_units

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for features (B, depth), in TensorFlow's order of creation."""
        units, rows = self.num_units, depth + self.num_units
        seen = rows + units if self.use_peepholes else rows
        return {
            "mask_gates/kernel": (seen, 2 * units),
            "mask_gates/bias": (2 * units,),
            "new_input/kernel": (rows, units),
            "new_input/bias": (units,),
            "output_gate/kernel": (seen, units),
            "output_gate/bias": (units,),
            "period": (units,),
            "phase": (units,),
            "ratio_on": (units,),
        }

    def depth_of(self, weights: Weights) -> int:
        """Return D of these weights."""
        return input_depth("PhasedLSTMCell", weights.new_input_kernel, self.num_units)

    def gates(self, inputs: Any, state: State) -> dict[str, Array]:  # noqa: ANN401 - a tuple of two arrays
        """Return i, f, j, o, k and the c and h to be carried, each (B, H), for inputs (time, features)."""
        weights = given_weights("PhasedLSTMCell", self.weights)
        time, features = _two_inputs(inputs)
        parts = split_lstm_state("PhasedLSTMCell", state, self.num_units, state_is_tuple=True)
        widths = (self.depth_of(weights), self.num_units, self.num_units)
        check_arguments("PhasedLSTMCell", features, parts, widths, weights.period.dtype)
        require_floating("PhasedLSTMCell time", time.dtype)
        check_array("PhasedLSTMCell time", time, (len(features), 1), time.dtype)
        return step_gates((time, features), parts, weights, leak=self.leak, use_peepholes=self.use_peepholes)

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], LSTMStateTuple(gates["c"], gates["h"])

    def __call__(self, inputs: Any, state: State) -> tuple[Array, State]:  # noqa: ANN401 - as above
        """Return the output (B, H) and the next state for inputs (time (B, 1), features (B, D))."""
        return self.outcome(self.gates(inputs, state))


def _two_inputs(inputs: Any) -> tuple[Array, Array]:  # noqa: ANN401 - whatever the caller gave
    """Return time and features; ValueError where they are not two arrays."""
    if not isinstance(inputs, (tuple, list)) or len(inputs) != len(("time", "features")):
        got = f"a tuple of {len(inputs)}" if isinstance(inputs, (tuple, list)) else type(inputs).__name__
        raise ValueError(
            f"PhasedLSTMCell inputs: got {got}, should be (time, features). Give the time of every row, (B, 1)."
        )
    time, features = (np.asarray(part) for part in inputs)
    return time, features
