"""`tf.contrib.rnn.InputProjectionWrapper` and `OutputProjectionWrapper`: a linear map before or after a cell.

    InputProjectionWrapper    output, state' = cell(activation(x kernel + bias), state)
    OutputProjectionWrapper   y, state' = cell(x, state)    output = activation(y kernel + bias)

Without an activation there is none, not tanh. The state is the cell's: what is projected is not fed back.

Source: tensorflow/contrib/rnn/python/ops/core_rnn_cell.py (v1.15.0), InputProjectionWrapper, OutputProjectionWrapper.
Axes: B batch, D input depth, H the cell's output size, P projection.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from numpy_impl.activations import Activation, activation
from numpy_impl.arrays import Array, check_array
from numpy_impl.cell import check_size, given_weights, input_depth, weight_fields
from numpy_impl.weighted_wrapper import WeightedWrapper, settle_wrapper

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.state import State
    from numpy_impl.variables import Shape

_LOG = logging.getLogger(__name__)
VARIABLES = ("kernel", "bias")  # in TensorFlow's order of creation


class Weights(NamedTuple):
    """The variables of one projection."""

    kernel: Array  # (D, P) or (H, P)
    bias: Array  # (P,)


def weights_from(variables: Mapping[str, Array]) -> Weights:
    """Return the weights in TensorFlow's variables; ValueError for missing or extra names."""
    return Weights(**weight_fields(variables, VARIABLES))


def project(values: Array, weights: Weights, activated: str | Activation | None) -> Array:
    """Return activated(values kernel + bias), (B, P); None and "" are no activation."""
    projected = values @ weights.kernel + weights.bias
    return activation(activated)(projected) if activated else projected


@dataclass(frozen=True, eq=False)  # eq=False: weights are arrays, which have no one truth value
class InputProjectionWrapper(WeightedWrapper):
    """A cell that reads projected inputs; ValueError where weights or inputs do not fit."""

    num_proj: int  # P
    activation: str | Activation | None = None  # of the projection: a name in ACTIVATIONS; None is none
    input_size: int | None = None  # TensorFlow ignores it, with a warning
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check the cell, the options and the weights."""
        super().__post_init__()
        check_size("InputProjectionWrapper.num_proj", self.num_proj)
        activation(self.activation)
        if self.input_size is not None:
            _LOG.warning("InputProjectionWrapper: The input_size parameter is deprecated.")
        settle_wrapper(
            self, None if self.weights is None else input_depth("InputProjectionWrapper", self.weights[0], 0)
        )

    def inner_depth(self, depth: int) -> int:  # noqa: ARG002 - whatever is read
        """Return P."""
        return self.num_proj

    def shapes_before(self, depth: int) -> dict[str, Shape]:
        """Return the shapes of kernel and bias for inputs (B, depth)."""
        return {"kernel": (depth, self.num_proj), "bias": (self.num_proj,)}

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the cell's output and next state for the projected inputs (B, D)."""
        weights = given_weights("InputProjectionWrapper", self.weights)
        shape = (*inputs.shape[:1], len(weights.kernel))
        check_array("InputProjectionWrapper inputs", inputs, shape, weights.kernel.dtype)
        return self.cell(project(inputs, weights, self.activation), state)


class _Width:
    """A dataclass's field where the parents have a property of that name, which would be taken for its default."""

    def __get__(self, wrapper: Any, _: type | None = None) -> int:  # noqa: ANN401 - any wrapper
        if wrapper is None:
            raise AttributeError("no default")
        return cast("int", vars(wrapper)["output_size"])

    def __set__(self, wrapper: Any, width: int) -> None:  # noqa: ANN401 - as above
        vars(wrapper)["output_size"] = width


@dataclass(frozen=True, eq=False)  # as above
class OutputProjectionWrapper(WeightedWrapper):
    """A cell whose output is projected; ValueError where weights or outputs do not fit."""

    output_size: _Width = _Width()  # P, an int
    activation: str | Activation | None = None  # of the projection: a name in ACTIVATIONS; None is none
    weights: Weights | None = field(default=None, kw_only=True, repr=False)

    weights_from = staticmethod(weights_from)

    def __post_init__(self) -> None:
        """Check the cell, the options and the weights."""
        super().__post_init__()
        check_size("OutputProjectionWrapper.output_size", self.output_size)
        activation(self.activation)
        settle_wrapper(self, None)

    def shapes_after(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002 - whatever is read
        """Return the shapes of kernel and bias."""
        return {"kernel": (self.cell.output_size, self.output_size), "bias": (self.output_size,)}

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the projected output (B, P) and the cell's next state for inputs (B, D)."""
        weights = given_weights("OutputProjectionWrapper", self.weights)
        outputs, new_state = self.cell(inputs, state)
        shape = (*outputs.shape[:1], len(weights.kernel))
        check_array("OutputProjectionWrapper outputs", outputs, shape, weights.kernel.dtype)
        return project(outputs, weights, self.activation), new_state
