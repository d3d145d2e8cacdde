"""One step of `tf.contrib.rnn.CoupledInputForgetGateLSTMCell`: an LSTM that lets in what it forgets.

    [j f o] = [x h] W + B
    forget = sigmoid(f + forget_bias + W_F_diag * c)
    c' = forget * c + (1 - forget) * activation(j)
    h' = sigmoid(o + W_O_diag * c') * activation(c')
    h' = clip(h' W_P, proj_clip)
    norm(z) = (z - mean(z)) / sqrt(variance(z) + 1e-12) * gamma + beta      over the units; 1e-3 in float16

The output is h'. With layer_norm=True B exists, yet is not added: [j f o] = [x h] W, and j, f, o and c' are normalised,
each with its own gamma and beta (`numpy_impl.layer_norm`), c' before the output gate sees it and before it is carried
on. TensorFlow keeps W and W_P in parts by rows, W_0, W_1, ..., of which there is one unless more are asked for.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), CoupledInputForgetGateLSTMCell.call.
Axes: B batch, D input depth, H units, P projection (H where there is none).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numpy_impl.activations import Activation, activation, sigmoid, tanh
from numpy_impl.arrays import Array, column_blocks
from numpy_impl.cell import check_clip, check_no_initializer, check_size, check_step, given_weights, weight_fields
from numpy_impl.interface import WeightedCell, settle
from numpy_impl.layer_norm import check_untrained, norm_names, norm_shapes, normalised, normalised_gates
from numpy_impl.lstm import clip, peephole
from numpy_impl.state import LSTMStateTuple, State, StateSize, join_lstm_state, split_lstm_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.variables import Shape

GATES = ("j", "f", "o")  # candidate, forget, output: column blocks of W, left to right
VARIABLES = ("W", "B")
PEEPHOLES = ("W_F_diag", "W_O_diag")
OPTIONAL_VARIABLES = (*norm_names(GATES), *PEEPHOLES, *norm_names("c"), "W_P")  # as TensorFlow creates them

_PART = re.compile(r"(?P<whole>W|W_P)_(?P<number>\d+)")


class Weights(NamedTuple):
    """The variables of one cell; None where its options leave one out."""

    W: Array  # (D + P, 3 H), rows: input first, then h
    B: Array  # (3 H,) unused where there are norms
    transform_gamma: Array | None = None  # (H,) like all up to the projection; all norms or none
    transform_beta: Array | None = None
    forget_gamma: Array | None = None
    forget_beta: Array | None = None
    output_gamma: Array | None = None
    output_beta: Array | None = None
    W_F_diag: Array | None = None  # peepholes: both or none
    W_O_diag: Array | None = None
    state_gamma: Array | None = None
    state_beta: Array | None = None
    W_P: Array | None = None  # (H, P)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables, W_0, W_1, ... joined; ValueError for missing or extra names."""
    parts: dict[str, dict[int, Array]] = {}
    whole = {}
    for name, array in variables.items():
        part = _PART.fullmatch(name)
        if part is None:
            whole[name] = array
        else:
            parts.setdefault(part["whole"], {})[int(part["number"])] = array
    for name, numbered in parts.items():
        missing = sorted(set(range(max(numbered) + 1)) - set(numbered))
        if missing:
            got, add = (", ".join(f"{name}_{k}" for k in numbers) for numbers in (sorted(numbered), missing))
            raise ValueError(f"variables: got {got}, should be all from {name}_0. Add {add}.")
        whole[name] = np.concatenate([numbered[number] for number in sorted(numbered)])
    return Weights(**weight_fields(whole, VARIABLES, optional=OPTIONAL_VARIABLES))


def step_gates(  # noqa: PLR0913 - the cell's options, keyword-only
    x: Array,
    state: LSTMStateTuple,
    weights: Weights,
    *,
    proj_clip: float | None = None,
    forget_bias: float = 1.0,
    activation: Activation = tanh,
) -> dict[str, Array]:
    """Return j, f, o (B, H) as W and B give them, before any norm, and the new c (B, H) and h (B, P)."""
    c, h = state
    product = np.concatenate([x, h], axis=1) @ weights.W
    if weights.state_gamma is None:
        product = product + weights.B
    split = dict(zip(GATES, column_blocks(product, len(GATES)), strict=True))
    norms = normalised_gates(split, weights) if weights.state_gamma is not None else {}
    j, f, o = (norms or split).values()
    forget = sigmoid(peephole(f + f.dtype.type(forget_bias), weights.W_F_diag, c))
    c = forget * c + (1 - forget) * activation(j)
    if norms:
        c = normalised(c, "c", weights)
    h = sigmoid(peephole(o, weights.W_O_diag, c)) * activation(c)
    if weights.W_P is not None:
        h = clip(h @ weights.W_P, proj_clip)
    return {**split, "c": c, "h": h}


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class CoupledInputForgetGateLSTMCell(WeightedCell):
    """`tf.contrib.rnn.CoupledInputForgetGateLSTMCell`; ValueError where weights, inputs or state do not fit."""

    num_units: int  # H
    use_peepholes: bool = False
    initializer: None = None  # TensorFlow takes one and has no use for it: any other value is refused
    num_proj: int | None = None  # P; 0, which TensorFlow takes and then cannot run, is refused
    proj_clip: float | None = None  # bound of |h|, where there is a projection
    num_unit_shards: int = 1  # parts that W is kept in; no number changes
    num_proj_shards: int = 1  # the same of W_P
    forget_bias: float = 1.0  # added to f, after its normalisation and before its sigmoid
    state_is_tuple: bool = True  # else the state is one array [c | h] (B, H + P)
    activation: str | Activation | None = None  # of j and of c: a name in ACTIVATIONS; None is tanh
    layer_norm: bool = False
    norm_gain: float = 1.0  # what gamma is before training: any other value is refused
    norm_shift: float = 0.0  # the same of beta
    name: str | None = field(default=None, kw_only=True)  # of the scope; None is the class's in snake case
    dtype: Any = field(default=None, kw_only=True)  # None is that of the weights
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs."""
        check_size("CoupledInputForgetGateLSTMCell.num_units", self.num_units)
        check_size("CoupledInputForgetGateLSTMCell.num_proj", 1 if self.num_proj is None else self.num_proj)
        check_no_initializer("CoupledInputForgetGateLSTMCell.initializer", self.initializer)
        check_size("CoupledInputForgetGateLSTMCell.num_unit_shards", self.num_unit_shards)
        check_size("CoupledInputForgetGateLSTMCell.num_proj_shards", self.num_proj_shards)
        check_clip("CoupledInputForgetGateLSTMCell.proj_clip", self.proj_clip)
        check_untrained("CoupledInputForgetGateLSTMCell", self.norm_gain, self.norm_shift)
        activation(self.activation)
        settle(self)

    @property
    def state_size(self) -> StateSize:
        """LSTMStateTuple(H, P), or H + P."""
        if self.state_is_tuple:
            return LSTMStateTuple(self.num_units, self.output_size)
        return self.num_units + self.output_size

    @property
    def output_size(self) -> int:
        """P."""
        return self.num_units if self.num_proj is None else self.num_proj

    def weight_shapes(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the weights for inputs (B, depth), in TensorFlow's order of creation, parts joined."""
        units, columns = self.num_units, len(GATES) * self.num_units
        shapes: dict[str, Shape] = {"W": (depth + self.output_size, columns), "B": (columns,)}
        if self.layer_norm:
            shapes |= norm_shapes(GATES, units)
        if self.use_peepholes:
            shapes |= dict.fromkeys(PEEPHOLES, (units,))
        if self.layer_norm:
            shapes |= norm_shapes("c", units)
        if self.num_proj is not None:
            shapes["W_P"] = (units, self.num_proj)
        return shapes

    def own_variables(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the variables: W and W_P in their parts.

        Raises:
            ValueError: there are fewer rows than parts.
        """
        found: dict[str, Shape] = {}
        for name, shape in self.weight_shapes(depth).items():
            found |= self._parts(name, shape) if name in ("W", "W_P") else {name: shape}
        return found

    def _parts(self, name: str, shape: Shape) -> dict[str, Shape]:
        option = "num_unit_shards" if name == "W" else "num_proj_shards"
        count, (rows, columns) = getattr(self, option), shape
        if count > rows:
            raise ValueError(
                f"CoupledInputForgetGateLSTMCell.{option}: got {count}, should be at most {rows}. "
                f"{name} has no more rows than that."
            )
        return {f"{name}_{part}": (rows // count + (part < rows % count), columns) for part in range(count)}

    def gates(self, inputs: Array, state: State) -> dict[str, Array]:
        """Return j, f, o before they are normalised, added to or squashed, the new c (B, H) and h (B, P)."""
        weights = given_weights("CoupledInputForgetGateLSTMCell", self.weights)
        parts = split_lstm_state(
            "CoupledInputForgetGateLSTMCell", state, self.num_units, state_is_tuple=self.state_is_tuple
        )
        check_step("CoupledInputForgetGateLSTMCell", inputs, parts, (self.num_units, self.output_size), weights.W)
        return step_gates(
            inputs,
            parts,
            weights,
            proj_clip=self.proj_clip,
            forget_bias=self.forget_bias,
            activation=activation(self.activation),
        )

    def outcome(self, gates: Mapping[str, Array]) -> tuple[Array, State]:
        """Return the output and the next state that these gates amount to."""
        return gates["h"], join_lstm_state(gates["c"], gates["h"], state_is_tuple=self.state_is_tuple)

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the output (B, P) and the next state for inputs (B, D)."""
        return self.outcome(self.gates(inputs, state))
