"""JAX as a candidate: flax.linen's cells in `jax.lax.scan`, on the CPU.

Each layer is one compiled scan over a whole sequence, which keeps the state of a row that has ended and answers 0 past
its end; flax's own nn.RNN goes on past it, and gives a row of length 0 the state of the last step. Sequences are padded
to whole multiples of 8 steps and rows, as JAX code does so that few shapes are compiled: rows that are padding have
length 0. What wrappers compute of inputs and outputs is one JAX operation or nn.Dense around the cell, the masks of a
state are a factor in the scan. float64 is computed where x64 is enabled, in this thread and for this call alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import count
from typing import Any, NamedTuple, TypeAlias

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.layer_states import LayerState
from rnn_parity.candidates.whole_sequences import Masks, States, run_calls, state_factors, turned_around, ways
from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.flax import flax_class, pack_layer, require_cell
from rnn_parity.spec import (
    AttentionCellWrapper,
    CellSpec,
    DeviceWrapper,
    DropoutWrapper,
    EmbeddingWrapper,
    HighwayWrapper,
    InputProjectionWrapper,
    OutputProjectionWrapper,
    ResidualWrapper,
    StackSpec,
    SummedMultiRNNCell,
    WrapperSpec,
    class_name,
)
from rnn_parity.structure import Array, Tree, join, levels
from rnn_parity.weights import layers, own_weights, wrappings

try:
    from jax import enable_x64
except ImportError:  # before jax 0.8, which Python 3.10 does not go beyond
    from jax.experimental import enable_x64  # type: ignore[attr-defined, no-redef]

Tensor: TypeAlias = Any  # a jax.Array, or a NumPy array given to JAX
BLOCK = 8  # steps and rows are padded to a multiple of it
ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "elu": nn.elu,
    "ELU": nn.elu,
    "exponential": jnp.exp,
    "gelu": partial(nn.gelu, approximate=False),
    "hard_sigmoid": lambda x: jnp.clip(0.2 * x + 0.5, 0, 1),  # nn.hard_sigmoid has a slope of 1/6
    "leaky_relu": partial(nn.leaky_relu, negative_slope=0.2),
    "LeakyReLU": partial(nn.leaky_relu, negative_slope=0.3),
    "linear": lambda x: x,
    "log_softmax": nn.log_softmax,
    "mish": jax.nn.mish,
    "relu": nn.relu,
    "ReLU": nn.relu,
    "relu6": nn.relu6,
    "selu": nn.selu,
    "sigmoid": nn.sigmoid,
    "silu": nn.silu,
    "swish": nn.swish,
    "softmax": nn.softmax,
    "Softmax": nn.softmax,
    "softplus": nn.softplus,
    "softsign": nn.soft_sign,
    "tanh": nn.tanh,
    "ThresholdedReLU": lambda x: jnp.where(x > 1, x, 0),
}
ATTENTION = "flax's cells take no attention between two steps"
TUPLES = "flax's cells read one array a step"


def run(case: Case) -> Result:
    """Return what flax's cells compute."""
    if isinstance(case.inputs, tuple):
        raise Unsupported(TUPLES)
    try:
        for layer in layers(case.spec):
            require_cell(layer.cell)
    except LayoutInexpressibleError as error:
        raise Unsupported(error.reason) from error
    if any(isinstance(wrapping.cell, AttentionCellWrapper) for wrapping in wrappings(case.spec)):
        raise Unsupported(ATTENTION)
    with enable_x64(case.spec.dtype == "float64"), jax.default_device(jax.devices("cpu")[0]):
        return run_calls(case, partial(_call, case))


class _Kind(NamedTuple):
    """What a compiled scan depends on beside shapes and dtypes."""

    cell: str
    num_units: int
    activation: str

    def module(self, dtype: Any) -> nn.RNNCellBase:  # noqa: ANN401  jax.numpy's dtypes
        """Return the flax cell that computes in `dtype`."""
        options = {"dtype": dtype, "param_dtype": dtype, "activation_fn": ACTIVATIONS[self.activation]}
        if self.cell == "MGUCell":
            options["reset_gate"] = False
        return getattr(nn, self.cell)(self.num_units, **options)


@cache
def _scan(kind: _Kind) -> Callable[..., tuple[Tensor, Tree]]:
    """Return the compiled function of params, inputs, lengths, start and state factors: outputs and final state."""

    def over(params: Tree, x: Tensor, lengths: Tensor, start: Tree, factors: Tree) -> tuple[Tensor, Tree]:
        cell = kind.module(x.dtype)

        def step(carry: Tree, given: Tree) -> tuple[Tree, Tensor]:
            time, now, kept = given
            new, output = _called(cell, params, carry, now)
            is_running = (time < lengths)[:, jnp.newaxis]
            new = jax.tree.map(lambda new, kept, old: jnp.where(is_running, new * kept, old), new, kept, carry)
            return new, jnp.where(is_running, output, 0)

        final, outputs = jax.lax.scan(step, start, (jnp.arange(len(x)), x, factors))
        return outputs, final

    return jax.jit(over)


def _called(cell: nn.Module, params: Tree, *given: Tree) -> Any:  # noqa: ANN401  what flax's modules answer
    return cell.apply({"params": params}, *given)


@cache
def _dense(features: int, activation: str) -> Callable[..., Tensor]:
    """Return the compiled nn.Dense with an activation."""

    def layer(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        dense = nn.Dense(features, dtype=x.dtype, param_dtype=x.dtype)
        return ACTIVATIONS[activation](_called(dense, {"kernel": kernel, "bias": bias}, x))

    return jax.jit(layer)


def _call(case: Case, x: Array, states: States, masks: Masks) -> tuple[dict[str, Array], States]:
    """Return the outputs of each direction and the final states of one call over x (T, B, D)."""
    steps, rows = x.shape[:2]
    lengths = np.full(rows, steps) if case.sequence_length is None else np.minimum(case.sequence_length, steps)
    walks = {way: _Walk(case, way, lengths, (states, masks, steps)) for way in ways(case)}
    outputs: dict[str, Array] = {}
    for _ in range(levels(case.spec) or 1):
        outputs = {way: walks[way].over(cell, x) for way, cell in ways(case).items()}
        if levels(case.spec) is not None:
            x = np.concatenate(list(outputs.values()), axis=-1)
    return outputs, {way: walk.finals for way, walk in walks.items()}


class _Walk:
    """One direction on the way through its cell. Arrays in it are padded, and rows run forwards."""

    def __init__(self, case: Case, way: str, lengths: Array, given: tuple[States, Masks, int]) -> None:
        states, self._masks, steps = given
        self._case, self._way, self._lengths = case, way, lengths
        self._shape = (steps, len(lengths))
        self._layers = iter([layer for layer in layers(case.spec) if layer.direction == way])
        wrappers = case.wrapper_weights
        self._wrappers = iter(getattr(wrappers, way) if way else wrappers)
        self._states, self._dropouts = iter(states[way]), count()
        self._factors = iter(state_factors(case, way, self._masks, self._shape))
        self.finals: list[LayerState] = []

    def over(self, cell: CellSpec, x: Array) -> Array:
        """Return the outputs (T, B, H) of a cell over x (T, B, D), which may be a stack or wrapped."""
        steps, rows = self._shape
        y = np.asarray(self._through(cell, _padded(self._turned(x), 2)))[:steps, :rows]
        is_running = np.arange(steps)[:, np.newaxis] < self._lengths
        return np.where(is_running[..., np.newaxis], self._turned(y), y.dtype.type(0))

    def _turned(self, array: Array) -> Array:
        return turned_around(array, self._lengths) if self._way == "bw" else array

    def _through(self, cell: CellSpec, x: Tensor) -> Tensor:
        """Return the outputs of a cell over x, leaving the final states of its layers in `finals`."""
        match cell:
            case StackSpec():
                outputs = []
                for one in cell.cells:
                    x = self._through(one, x)
                    outputs.append(x)
                return sum(outputs[1:], outputs[0]) if isinstance(cell, SummedMultiRNNCell) else x
            case ResidualWrapper():
                y = self._through(cell.cell, x)
                return x[..., : cell.output_size] + y
            case DeviceWrapper():
                return self._through(cell.cell, x)
            case DropoutWrapper():
                return self._dropout(cell, x)
            case WrapperSpec():
                return self._weighted(cell, x)
            case _:
                return self._layer(x)

    def _layer(self, x: Tensor) -> Tensor:
        layer = next(self._layers)
        found = require_cell(layer.cell)
        kind = _Kind(flax_class(found), layer.cell.num_units, found.form.activation)
        params = _tree(pack_layer(layer, own_weights(layer, self._case.weights)))
        start = tuple(_padded(part, 1, axis=0) for part in next(self._states))
        factors = tuple(_padded(part, 2) for part in next(self._factors))
        bare = len(start) == 1  # flax's carry of one array is the array
        lengths = _padded(self._lengths, 1, axis=0)
        given = (start[0], factors[0]) if bare else (start, factors)
        y, final = _scan(kind)(params, x, lengths, *given)
        rows = self._shape[1]
        self.finals.append(tuple(np.asarray(part)[:rows] for part in ((final,) if bare else final)))
        return y

    def _dropout(self, cell: DropoutWrapper, x: Tensor) -> Tensor:
        place = join(self._way, "wrapper", str(next(self._dropouts)))
        y = self._through(cell.cell, self._masked(x, join(place, "input")))
        return self._masked(y, join(place, "output"))

    def _masked(self, x: Tensor, name: str) -> Tensor:
        return x * _padded(self._turned(self._masks[name]), 2) if name in self._masks else x

    def _weighted(self, cell: WrapperSpec, x: Tensor) -> Tensor:
        own = next(self._wrappers)
        match cell:
            case InputProjectionWrapper():
                x = _dense(cell.num_proj, cell.activation or "linear")(x, own["kernel"], own["bias"])
                return self._through(cell.cell, x)
            case OutputProjectionWrapper():
                y = self._through(cell.cell, x)
                return _dense(cell.output_size, cell.activation or "linear")(y, own["kernel"], own["bias"])
            case EmbeddingWrapper():
                return self._through(cell.cell, jnp.asarray(own["embedding"])[x[..., 0]])
            case HighwayWrapper():
                return _highway(x, self._through(cell.cell, x), own)
            case _:
                raise AssertionError(f"{class_name(cell)} is refused before")


def _highway(x: Tensor, y: Tensor, own: Mapping[str, Array]) -> Tensor:
    """Return x * carry + y * transform, gates of x alone."""
    gate = _dense(x.shape[-1], "sigmoid")
    carry = gate(x, own["carry_w"], own["carry_b"])
    transform = gate(x, own["transform_w"], own["transform_b"]) if "transform_w" in own else 1 - carry
    return x * carry + y * transform


def _padded(array: Array, axes: int, axis: int = 0) -> Array:
    """Return the array with `axes` axes from `axis` on padded with zeros to whole blocks."""
    wanted = [(0, 0)] * array.ndim
    for k in range(axis, axis + axes):
        wanted[k] = (0, -array.shape[k] % BLOCK)
    return np.pad(array, wanted)


def _tree(params: Mapping[str, Array]) -> Tree:
    """Return parameters by name nested as flax nests them."""
    nested: dict[str, dict[str, Array]] = {}
    for name, array in params.items():
        module, _, own = name.partition("/")
        nested.setdefault(module, {})[own] = array
    return nested
