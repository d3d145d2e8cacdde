"""JAX as a candidate: flax.linen's cells in `jax.lax.scan`, on the CPU.

Each layer is one compiled scan over a whole sequence, which keeps the state of a row that has ended and answers 0 past
its end; flax's own nn.RNN does neither. Sequences are padded to whole multiples of 8 steps and rows, as JAX code does
so that few shapes are compiled: rows that are padding have length 0. What wrappers compute of inputs and outputs is one
JAX operation or nn.Dense around the cell, the masks of a state are a factor in the scan. float64 is computed where x64
is enabled, in this thread and for this call alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from itertools import count
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.whole_sequences import Masks, States, run_calls, turned_around, ways
from rnn_parity.errors import CandidateLoadError
from rnn_parity.layouts.flax import CELLS, pack_params
from rnn_parity.layouts.plain import Plain, activation_of, features, plain
from rnn_parity.layouts.states import LayerState, layer_states
from rnn_parity.spec import (
    CellSpec,
    DeviceWrapper,
    DropoutWrapper,
    EmbeddingWrapper,
    HighwayWrapper,
    InputProjectionWrapper,
    MultiRNNCell,
    OutputProjectionWrapper,
    ResidualWrapper,
    SingleCellSpec,
    StackSpec,
    SummedMultiRNNCell,
    WrapperSpec,
    class_name,
)
from rnn_parity.structure import Array, Tree, join, levels, map_tree

try:
    import flax.linen as nn
    import jax
    import jax.numpy as jnp
except ImportError as error:
    reason = f"{error}. Install it with `pip install 'rnn-parity[jax]'`"
    raise CandidateLoadError("jax", reason) from error

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
REASONS = {
    "formula": "flax has SimpleCell, GRUCell, MGUCell and LSTMCell; this cell is none of them",
    "layer_norm": "flax's LSTM does not normalise its gates",
    "num_proj": "flax's LSTM does not project h",
    "cell_clip": "flax's LSTM does not clip c",
    "dropout": "flax's LSTM drops nothing of its candidate",
    "peepholes": "flax's LSTM has no peepholes",
    "reset": "flax's GRUCell resets after the product with the recurrent kernel, TensorFlow's GRUCell before",
    "coupled": "flax's LSTM has an input gate of its own",
    "activations": "flax's LSTM has one activation for candidate and c",
}
ATTENTION = "flax's cells take no attention between two steps"
TUPLES = "flax's cells read one array a step"


def run(case: Case) -> Result:
    """Return what flax's cells compute."""
    if isinstance(case.inputs, tuple):
        raise Unsupported(TUPLES)
    _refuse(case.spec.cell)
    for cell in ways(case).values():
        _refuse(cell)
    with jax.enable_x64(case.spec.dtype == "float64"), jax.default_device(jax.devices("cpu")[0]):
        return run_calls(case, partial(_call, case))


def _refuse(cell: CellSpec) -> None:
    """Return if flax has every cell in it.

    Raises:
        Unsupported: it has not.
    """
    match cell:
        case StackSpec():
            for one in cell.cells:
                _refuse(one)
        case DropoutWrapper() | ResidualWrapper() | DeviceWrapper() | EmbeddingWrapper() | HighwayWrapper():
            _refuse(cell.cell)
        case InputProjectionWrapper() | OutputProjectionWrapper():
            _refuse(cell.cell)
        case SingleCellSpec():
            for feature in features(cell):
                raise Unsupported(REASONS[feature])
        case _:
            raise Unsupported(ATTENTION)


def _checked(cell: Plain) -> Plain:
    if cell.reset == "before":
        raise Unsupported(REASONS["reset"])
    if cell.coupled:
        raise Unsupported(REASONS["coupled"])
    if cell.kind == "LSTM" and cell.activation != cell.state_activation:
        raise Unsupported(REASONS["activations"])
    return cell


class _Kind(NamedTuple):
    """What a compiled scan depends on beside shapes and dtypes."""

    cell: str
    num_units: int
    activation: str


@cache
def _scan(kind: _Kind) -> Callable[..., tuple[Tensor, Tensor]]:
    """Return the compiled function of params, inputs, lengths, start and state factors: outputs and final state."""

    def over(params: Tree, x: Tensor, lengths: Tensor, start: Tree, factors: Tree) -> tuple[Tensor, Tree]:
        activation = ACTIVATIONS[kind.activation]
        options = {"dtype": x.dtype, "param_dtype": x.dtype, "activation_fn": activation}
        if kind.cell == "MGUCell":
            options["reset_gate"] = False
        cell = getattr(nn, kind.cell)(kind.num_units, **options)

        def step(carry: Tree, given: Tree) -> tuple[Tree, Tensor]:
            time, now, kept = given
            new, output = cell.apply({"params": params}, carry, now)
            is_running = (time < lengths)[:, jnp.newaxis]
            new = jax.tree.map(lambda n, k, old: jnp.where(is_running, n * k, old), new, kept, carry)
            return new, jnp.where(is_running, output, 0)

        final, outputs = jax.lax.scan(step, start, (jnp.arange(len(x)), x, factors))
        return outputs, final

    return jax.jit(over)


@cache
def _dense(features: int, activation: str) -> Callable[..., Tensor]:
    """Return the compiled nn.Dense with an activation."""

    def layer(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        dense = nn.Dense(features, dtype=x.dtype, param_dtype=x.dtype)
        return ACTIVATIONS[activation](dense.apply({"params": {"kernel": kernel, "bias": bias}}, x))

    return jax.jit(layer)


def _call(case: Case, x: Array, states: States, masks: Masks) -> tuple[dict[str, Array], States]:
    """Return the outputs of each direction and the final states of one call over x (T, B, D)."""
    shape, lengths = x.shape[:2], case.sequence_length
    given = np.full(shape[1], len(x)) if lengths is None else np.minimum(lengths, len(x))
    walks = {way: _Walk(case, way, given, states[way], masks) for way in ways(case)}
    outputs: dict[str, Array] = {}
    for _ in range(levels(case.spec) or 1):
        outputs = {way: walk.over(cell, x) for (way, cell), walk in zip(ways(case).items(), walks.values(), strict=True)}
        if levels(case.spec) is not None:
            x = np.concatenate(list(outputs.values()), axis=-1)
    return outputs, {way: walk.finals for way, walk in walks.items()}


class _Walk:
    """One direction on the way through its cell; arrays are padded, and its rows run forwards."""

    def __init__(self, case: Case, way: str, lengths: Array, states: list[LayerState], masks: Masks) -> None:
        self._way, self._lengths, self._masks = way, lengths, masks
        layers, wrappers = case.layer_weights, case.wrapper_weights
        self._layers = iter(getattr(layers, way) if way else layers)
        self._wrappers = iter(getattr(wrappers, way) if way else wrappers)
        self._states, self._numbers = iter(states), count()
        self.finals: list[LayerState] = []

    def over(self, cell: CellSpec, x: Array) -> Array:
        """Return the outputs (T, B, H) of a cell over x (T, B, D)."""
        steps, rows = x.shape[:2]
        turned = turned_around(x, self._lengths) if self._way == "bw" else x
        y = np.asarray(self._through(cell, _padded(turned, 2), self._ones(cell, steps, rows)))[:steps, :rows]
        y = turned_around(y, self._lengths) if self._way == "bw" else y
        is_running = np.arange(steps)[:, np.newaxis] < self._lengths
        return np.where(is_running[..., np.newaxis], y, y.dtype.type(0))
