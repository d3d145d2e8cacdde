"""`tf.contrib.rnn.HighwayWrapper`: gates that let inputs past the cell.

    y, state' = cell(x, state)
    carry = sigmoid(x carry_w + carry_b)
    transform = 1 - carry                                    where the gates are coupled, else
    transform = sigmoid(x transform_w + transform_b)
    output = x * carry + y * transform

Both gates look at the inputs alone, which are as wide as the outputs; the state is the cell's, untouched. The variables
lie in the scope that the wrapper is called in, beside the cell's: `rnn/carry_w`.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py (v1.15.0), HighwayWrapper.
Axes: B batch, D input depth, the cell's output size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from numpy_impl.activations import sigmoid
from numpy_impl.arrays import Array, check_array
from numpy_impl.cell import given_weights, input_depth, weight_fields
from numpy_impl.weighted_wrapper import WeightedWrapper, settle_wrapper

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.state import State
    from numpy_impl.variables import Shape

VARIABLES = ("carry_w", "carry_b")  # in TensorFlow's order of creation, then
OPTIONAL_VARIABLES = ("transform_w", "transform_b")


class Weights(NamedTuple):
    """The variables of one highway; None where the gates are coupled."""

    carry_w: Array  # (D, D)
    carry_b: Array  # (D,)
    transform_w: Array | None = None  # (D, D)
    transform_b: Array | None = None  # (D,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES, optional=OPTIONAL_VARIABLES))


def gates(x: Array, weights: Weights) -> tuple[Array, Array]:
    """Return carry and transform (B, D) for inputs x (B, D)."""
    carry = sigmoid(x @ weights.carry_w + weights.carry_b)
    if weights.transform_w is None or weights.transform_b is None:
        return carry, 1 - carry
    return carry, sigmoid(x @ weights.transform_w + weights.transform_b)


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class HighwayWrapper(WeightedWrapper):
    """A cell whose inputs pass beside it; ValueError where weights, inputs or outputs do not fit.

    One object called in several places has gates of its own in each of them in TensorFlow. Here an object holds one set
    of weights, so make a wrapper for every place.
    """

    couple_carry_transform_gates: bool = True
    carry_bias_init: float = 1.0  # TensorFlow's first value of carry_b; weights are given, so no other is taken
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check the cell, the options and the weights."""
        super().__post_init__()
        if self.carry_bias_init != 1.0:
            raise ValueError(
                f"HighwayWrapper.carry_bias_init: got {self.carry_bias_init!r}, should be 1.0. "
                "Weights are given here, with weights=..., carry_b among them."
            )
        settle_wrapper(self, None if self.weights is None else input_depth("HighwayWrapper", self.weights[0], 0))

    @property
    def scope(self) -> str:
        """No scope of its own."""
        return ""

    @property
    def innermost(self) -> object:
        """The cell's: in TensorFlow the gates are not the wrapper's, but those of the scope that it is called in."""
        return getattr(self.cell, "innermost", self.cell)

    @property
    def is_named_after_its_place(self) -> bool:
        """True."""
        return True

    def shapes_after(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of the gates' weights for inputs (B, depth)."""
        names = VARIABLES if self.couple_carry_transform_gates else (*VARIABLES, *OPTIONAL_VARIABLES)
        return {name: (depth, depth) if name.endswith("_w") else (depth,) for name in names}

    def blend(self, inputs: Array, outputs: Array) -> Array:
        """Return what the wrapper answers, (B, D), for its inputs and the cell's outputs."""
        carry, transform = gates(inputs, given_weights("HighwayWrapper", self.weights))
        return inputs * carry + outputs * transform

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the blended output (B, D) and the cell's next state for inputs (B, D)."""
        weights = given_weights("HighwayWrapper", self.weights)
        outputs, new_state = self.cell(inputs, state)
        if inputs.shape != outputs.shape:
            raise ValueError(
                f"HighwayWrapper: got inputs {inputs.shape} and outputs {outputs.shape}, should be of one shape. "
                "Shapes are incompatible: give it a cell as wide as its inputs."
            )
        check_array("HighwayWrapper inputs", inputs, (len(inputs), len(weights.carry_w)), weights.carry_w.dtype)
        return self.blend(inputs, outputs), new_state
