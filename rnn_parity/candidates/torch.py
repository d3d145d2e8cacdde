"""PyTorch on a CPU: torch.nn.RNN, GRU and LSTM over whole sequences, their cells for one step; Linear and Embedding.

Lengths are packed sequences. torch refuses rows of length 0, so the others alone are packed: those keep their state and
answer zeros. Weights are those of `rnn_parity.layouts.torch`, by `load_state_dict`.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.candidates.chain import run_chain
from rnn_parity.candidates.framework import Answer, Framework, Sequence
from rnn_parity.candidates.layer_states import LayerState
from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.modules import Module
from rnn_parity.layouts.torch import linear_name, pack, torch_modules
from rnn_parity.structure import Array

Made = TypeVar("Made", bound=nn.Module)
ACTIVATIONS: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {  # of an nn.Linear
    "elu": functional.elu,
    "ELU": functional.elu,
    "exponential": torch.exp,
    "gelu": functional.gelu,
    "hard_sigmoid": lambda x: torch.clamp(0.2 * x + 0.5, 0, 1),  # functional.hardsigmoid has a slope of 1/6
    "leaky_relu": partial(functional.leaky_relu, negative_slope=0.2),
    "LeakyReLU": partial(functional.leaky_relu, negative_slope=0.3),
    "linear": lambda x: x,
    "log_softmax": partial(functional.log_softmax, dim=-1),
    "mish": functional.mish,
    "relu": functional.relu,
    "ReLU": functional.relu,
    "relu6": functional.relu6,
    "selu": functional.selu,
    "sigmoid": functional.sigmoid,
    "silu": functional.silu,
    "softmax": partial(functional.softmax, dim=-1),
    "Softmax": partial(functional.softmax, dim=-1),
    "softplus": functional.softplus,
    "softsign": functional.softsign,
    "swish": functional.silu,
    "tanh": functional.tanh,
    "ThresholdedReLU": partial(functional.threshold, threshold=1.0, value=0.0),
}
CELLS = {"rnn": nn.RNNCell, "gru": nn.GRUCell, "lstm": nn.LSTMCell}


def run(case: Case) -> Result:
    """Return what torch computes.

    Raises:
        Unsupported: torch.nn has no module that computes it.
    """
    try:
        modules = torch_modules(case.spec)
        arrays = pack(case.spec, case.weights)
    except LayoutInexpressibleError as error:
        raise Unsupported(error.reason) from error

    def run_module(module: Module, given: Sequence) -> Answer:
        own = _below(module.name, arrays)
        if given.one_step and module.form.num_proj is None:
            return _run_cells(module, own, given)
        return _run_packed(module_of(module, own), module, given)

    with _quick(), torch.no_grad():
        return run_chain(case, modules, Framework(run_module, partial(_dense, arrays), partial(_embed, arrays)))


@contextlib.contextmanager
def _quick() -> Iterator[None]:
    """Run on one thread, as starting others takes longer than these sizes do, and without torch's word on oneDNN."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "LSTM with projections is not supported with oneDNN")
            yield
    finally:
        torch.set_num_threads(threads)


def module_of(module: Module, arrays: Mapping[str, Array]) -> nn.RNNBase:
    """Return the nn.RNN, GRU or LSTM of a module, holding these arrays."""
    form, first = module.form, module.levels[0][0]
    options = {"num_layers": len(module.levels), "batch_first": True, "bidirectional": module.bidirectional}
    made: nn.RNNBase
    if form.kind == "rnn":
        made = nn.RNN(first.depth, form.num_units, nonlinearity=form.activation.lower(), **options)
    elif form.kind == "gru":
        made = nn.GRU(first.depth, form.num_units, **options)
    else:
        made = nn.LSTM(first.depth, form.num_units, proj_size=form.num_proj or 0, **options)
    return _loaded(made, arrays)


def _below(name: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays of one module of a state_dict."""
    found = {}
    for full, array in arrays.items():
        module, _, own = full.rpartition(".")
        if module == name:
            found[own] = array
    return found


def _dense(arrays: Mapping[str, Array], names: tuple[str, str], activation: str, x: Array) -> Array:
    own = _below(linear_name(names[0]).rpartition(".")[0], arrays)
    made = _loaded(nn.Linear(*own["weight"].shape[::-1]), own)
    answer: Array = ACTIVATIONS[activation](made(torch.tensor(x))).numpy()
    return answer


def _embed(arrays: Mapping[str, Array], name: str, ids: Array) -> Array:
    own = _below(linear_name(name).rpartition(".")[0], arrays)
    answer: Array = _loaded(nn.Embedding(*own["weight"].shape), own)(torch.tensor(ids)).numpy()
    return answer


def _loaded(made: Made, arrays: Mapping[str, Array]) -> Made:
    tensors = {name: torch.tensor(array) for name, array in arrays.items()}
    made.to(next(iter(tensors.values())).dtype).load_state_dict(tensors)
    return made.eval()


def _run_cells(module: Module, arrays: Mapping[str, Array], given: Sequence) -> Answer:
    """Return one step of the module's layers, each an nn.RNNCell, GRUCell or LSTMCell."""
    form, x = module.form, torch.tensor(given.inputs[:, 0])
    states: list[tuple[LayerState, ...]] = []
    nonlinearity = {"nonlinearity": form.activation.lower()} if form.kind == "rnn" else {}
    for level, ((layer,), (state,)) in enumerate(zip(module.levels, given.states, strict=True)):
        cell = CELLS[form.kind](layer.depth, form.num_units, **nonlinearity)
        suffix = f"_l{level}"
        _loaded(cell, {name.removesuffix(suffix): array for name, array in arrays.items() if name.endswith(suffix)})
        tensors = [torch.tensor(array) for array in state]
        if form.kind == "lstm":
            c, h = tensors
            x, c = cell(x, (h, c))
            states.append(((c.numpy(), x.numpy()),))
        else:
            x = cell(x, *tensors)
            states.append(((x.numpy(),),))
    return Answer(x.numpy()[:, np.newaxis], tuple(states))


def _run_packed(made: nn.RNNBase, module: Module, given: Sequence) -> Answer:
    """Return the module's answer, running the rows that are not empty."""
    batch, time = given.inputs.shape[:2]
    lengths = np.full(batch, time) if given.lengths is None else given.lengths
    rows = lengths > 0
    state = [np.stack(arrays) for arrays in zip(*(one for level in given.states for one in level), strict=True)]
    outputs = np.zeros((batch, time, _width(module)), given.inputs.dtype)
    if rows.any():
        x, tensors = torch.tensor(given.inputs[rows]), [torch.tensor(array[:, rows]) for array in reversed(state)]
        h = tuple(tensors) if module.form.kind == "lstm" else tensors[0]
        if given.lengths is None:
            answer, final = made(x, h)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(
                x, torch.tensor(lengths[rows], dtype=torch.int64), batch_first=True, enforce_sorted=False
            )
            answer, final = made(packed, h)
            answer, _ = nn.utils.rnn.pad_packed_sequence(answer, batch_first=True, total_length=time)
        outputs[rows] = answer.numpy()
        for array, new in zip(reversed(state), final if module.form.kind == "lstm" else [final], strict=True):
            array[:, rows] = new.numpy()
    return Answer(outputs, _by_level(state, 2 if module.bidirectional else 1))


def _width(module: Module) -> int:
    return module.form.output_size * (2 if module.bidirectional else 1)


def _by_level(state: list[Array], directions: int) -> tuple[tuple[LayerState, ...], ...]:
    """Return level -> direction -> arrays of torch's state, which has (levels * directions, B, width) of each."""
    layers = list(zip(*state, strict=True))
    return tuple(tuple(layers[k : k + directions]) for k in range(0, len(layers), directions))
