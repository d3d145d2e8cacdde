"""Keras 3: keras.layers.SimpleRNN, GRU and LSTM, Bidirectional, and RNN over StackedRNNCells; their cells for one step.

Wrappers that own weights are a Dense or an Embedding beside them.
Lengths are a mask, with zero_output_for_mask as TensorFlow has it. Weights are those of `rnn_parity.layouts.keras`, by
`set_weights`. The backend is the one that KERAS_BACKEND names, or the first of `BACKENDS` that is installed, the
quickest for small cases first; ~/.keras/keras.json is not asked, as Keras itself writes "tensorflow" there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.chain import run_chain
from rnn_parity.candidates.framework import Answer, Framework, Sequence
from rnn_parity.candidates.layer_states import LayerState
from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.keras import is_reset_after, keras_form, layer_names, pack
from rnn_parity.layouts.modules import Module, modules
from rnn_parity.structure import Array, answered_steps, join
from rnn_parity.weights import Layer

BACKEND = "KERAS_BACKEND"
BACKENDS = {"numpy": "jax", "torch": "torch", "tensorflow": "tensorflow"}  # Keras's backend -> what it imports


def _import_keras() -> Any:  # noqa: ANN401  a module, whose types Keras does not ship
    """Return Keras on the backend that is asked for; the environment is left as it was."""
    chosen = os.environ.get(BACKEND)
    if "keras" not in sys.modules and not chosen:
        os.environ[BACKEND] = next((name for name, needs in BACKENDS.items() if find_spec(needs)), "numpy")
    try:
        import keras  # noqa: PLC0415  after its backend is chosen
    finally:
        if chosen is None:
            os.environ.pop(BACKEND, None)
    return keras


keras = _import_keras()
NOTHING = dict.fromkeys(("kernel_initializer", "recurrent_initializer", "bias_initializer"), "zeros")  # quickest


@keras.saving.register_keras_serializable(package="rnn_parity")  # Bidirectional makes its layers anew from their names
def leaky_relu_of_the_layer(x: Any) -> Any:  # noqa: ANN401  tensors of any backend
    """Return keras.layers.LeakyReLU's function: slope 0.3, where keras.activations.leaky_relu has 0.2."""
    return keras.activations.leaky_relu(x, negative_slope=0.3)


@keras.saving.register_keras_serializable(package="rnn_parity")
def thresholded_relu(x: Any) -> Any:  # noqa: ANN401  as above
    """Return x above 1, else 0: the layer ThresholdedReLU, which Keras 3 has no more."""
    return keras.activations.threshold(x, threshold=1.0, default_value=0.0)


CELLS = {"rnn": "SimpleRNNCell", "gru": "GRUCell", "lstm": "LSTMCell"}
LAYERS = {"rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
ACTIVATIONS: Mapping[str, Callable[..., Any]] = {  # TensorFlow's names that Keras 3 has under another one
    "ELU": keras.activations.elu,
    "LeakyReLU": leaky_relu_of_the_layer,
    "ReLU": keras.activations.relu,
    "Softmax": keras.activations.softmax,
    "ThresholdedReLU": thresholded_relu,
}
OTHER_FUNCTIONS = {
    "hard_sigmoid": "Keras 3's hard_sigmoid is clip(x / 6 + 0.5, 0, 1), TensorFlow 1's clip(0.2 x + 0.5, 0, 1)",
}


def run(case: Case) -> Result:
    """Return what Keras computes.

    Raises:
        Unsupported: Keras has no layer that computes it.
    """
    try:
        arrays = pack(case.spec, case.weights)
    except LayoutInexpressibleError as error:
        raise Unsupported(error.reason) from error
    _require_computable(case)
    own = {layer: _weights(arrays, name) for layer, name in layer_names(case.spec).items()}

    def run_module(module: Module, given: Sequence) -> Answer:
        if given.one_step:
            return _run_cells(module, own, given)
        return (_run_both if module.bidirectional else _run_stack)(module, own, given)

    framework = Framework(run_module, partial(_dense, arrays), partial(_embed, arrays))
    return run_chain(case, modules(case.spec, "keras"), framework)


def _require_computable(case: Case) -> None:
    """Return if Keras computes in the case's dtype and over its steps."""
    if case.spec.dtype == "float64" and keras.backend.backend() != "tensorflow":
        raise Unsupported("Keras makes float32 of float64 on every backend but TensorFlow's")
    if answered_steps(case.spec) == 0:
        raise Unsupported("keras.layers.RNN refuses a sequence of no steps")


def cell_of(layer: Layer, weights: list[Array]) -> Any:  # noqa: ANN401  Keras ships no types
    """Return the Keras cell of a layer, holding its weights."""
    return _made(getattr(keras.layers, CELLS[keras_form(layer).kind]), layer, weights)


def layer_of(layer: Layer, weights: list[Array], **options: Any) -> Any:  # noqa: ANN401  as above
    """Return the Keras layer of a layer, holding its weights, that answers sequences and states."""
    made = partial(
        getattr(keras.layers, LAYERS[keras_form(layer).kind]),
        return_sequences=True, return_state=True, zero_output_for_mask=True, **options,
    )  # fmt: skip
    return _made(made, layer, weights)


def _made(made: Callable[..., Any], layer: Layer, weights: list[Array]) -> Any:  # noqa: ANN401  as above
    form, options = keras_form(layer), {}
    if form.kind == "gru":
        options["reset_after"] = is_reset_after(form)
    built = made(
        form.num_units, activation=_activation(form.activation), dtype=str(weights[0].dtype), **options, **NOTHING
    )
    built.build((None, layer.depth) if built.__class__.__name__ in CELLS.values() else (None, None, layer.depth))
    built.set_weights(weights)
    return built


def _activation(name: str) -> str | Callable[..., Any]:
    if name in OTHER_FUNCTIONS:
        raise Unsupported(OTHER_FUNCTIONS[name])
    return ACTIVATIONS.get(name, name)


def _dense(arrays: Mapping[str, Array], names: tuple[str, str], activation: str, x: Array) -> Array:
    own = [arrays[name] for name in names]
    made = keras.layers.Dense(len(own[1]), activation=_activation(activation), dtype=x.dtype.name)
    made.build(x.shape)
    made.set_weights(own)
    answer: Array = keras.ops.convert_to_numpy(made(x))
    return answer


def _embed(arrays: Mapping[str, Array], name: str, ids: Array) -> Array:
    rows = arrays[name]
    made = keras.layers.Embedding(*rows.shape, dtype=rows.dtype.name)
    made.build(ids.shape)
    made.set_weights([rows])
    answer: Array = keras.ops.convert_to_numpy(made(ids))
    return answer


def _weights(arrays: Mapping[str, Array], name: str) -> list[Array]:
    return [arrays[join(name, own)] for own in ("kernel", "recurrent_kernel", "bias")]


def _run_cells(module: Module, own: Mapping[Layer, list[Array]], given: Sequence) -> Answer:
    """Return one step of the module's layers, each a cell."""
    x: Any = given.inputs[:, 0]
    states: list[tuple[LayerState, ...]] = []
    for (layer,), (state,) in zip(module.levels, given.states, strict=True):
        x, new = cell_of(layer, own[layer])(x, list(state[::-1]))
        states.append((_state(new),))
    return Answer(keras.ops.convert_to_numpy(x)[:, np.newaxis], tuple(states))


def _run_stack(module: Module, own: Mapping[Layer, list[Array]], given: Sequence) -> Answer:
    """Return the answer of one layer, or of the cells of several in one layer."""
    directions = [level[0] for level in module.levels]
    if len(directions) == 1:
        layer = layer_of(directions[0], own[directions[0]])
        start: list[Any] = list(given.states[0][0][::-1])
    else:
        cells = keras.layers.StackedRNNCells(
            [cell_of(one, own[one]) for one in directions], dtype=given.inputs.dtype.name
        )
        layer = keras.layers.RNN(
            cells, return_sequences=True, return_state=True, zero_output_for_mask=True, dtype=given.inputs.dtype.name
        )
        start = [list(state[::-1]) for (state,) in given.states]
    outputs, *final = layer(given.inputs, mask=_mask(given), initial_state=start)
    by_layer = final if len(directions) > 1 else [final]
    return Answer(keras.ops.convert_to_numpy(outputs), tuple((_state(state),) for state in by_layer))


def _run_both(module: Module, own: Mapping[Layer, list[Array]], given: Sequence) -> Answer:
    """Return the answer of both directions, level above level."""
    x, states = given.inputs, []
    for (fw, bw), (fw_state, bw_state) in zip(module.levels, given.states, strict=True):
        layer = keras.layers.Bidirectional(
            layer_of(fw, own[fw]), backward_layer=layer_of(bw, own[bw], go_backwards=True), dtype=x.dtype.name
        )
        layer.build(x.shape)
        layer.set_weights([*own[fw], *own[bw]])  # it has made its layers anew, of the given ones' options alone
        outputs, *final = layer(x, mask=_mask(given), initial_state=[*fw_state[::-1], *bw_state[::-1]])
        half = len(final) // 2
        states.append((_state(final[:half]), _state(final[half:])))
        x = keras.ops.convert_to_numpy(outputs)
    return Answer(x, tuple(states))


def _mask(given: Sequence) -> Array | None:
    return None if given.lengths is None else np.arange(given.inputs.shape[1]) < given.lengths[:, np.newaxis]


def _state(new: Any) -> LayerState:  # noqa: ANN401  tensors of any backend
    """Return one layer's state in TensorFlow's order from Keras's: [h, c], or h alone or in a list."""
    arrays = new if isinstance(new, list | tuple) else [new]
    return tuple(keras.ops.convert_to_numpy(array) for array in reversed(arrays))
