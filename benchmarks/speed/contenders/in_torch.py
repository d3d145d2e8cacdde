"""PyTorch on a CPU: torch.nn.LSTM and GRU in inference mode, time first; lengths are packed at every call."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from benchmarks.speed.contenders import LeftOut, Run
from rnn_parity.candidate import Case
from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.torch import pack, torch_modules
from rnn_parity.spec import GRUCell
from rnn_parity.structure import Array


def whole(case: Case, threads: int) -> Run:
    """Return the run of the module that holds the case's weights."""
    try:
        (module,) = torch_modules(case.spec)
        arrays = pack(case.spec, case.weights)
    except LayoutInexpressibleError as error:
        raise LeftOut(error.reason) from error
    first = module.levels[0][0]
    made = nn.LSTM(
        first.depth, module.form.num_units, num_layers=len(module.levels), bidirectional=module.bidirectional
    )
    state = {name.removeprefix(f"{module.name}."): torch.tensor(array) for name, array in arrays.items()}
    made.load_state_dict(state)
    return _run(made.eval(), case, threads)


def reset_after(case: Case, threads: int) -> Run:
    """Return the run of a torch.nn.GRU of the same sizes, which computes another formula, with weights of its own."""
    if not isinstance(case.spec.cell, GRUCell):
        raise LeftOut("it is torch.nn.GRU")
    return _run(nn.GRU(case.spec.sizes.depth, case.spec.cell.num_units).eval(), case, threads)


def _run(made: nn.RNNBase, case: Case, threads: int) -> Run:
    torch.set_num_threads(threads)
    given, lengths = torch.from_numpy(case.inputs.copy()), case.sequence_length
    count = None if lengths is None else torch.tensor(lengths, dtype=torch.int64)

    @torch.inference_mode()
    def run() -> tuple[Any, Any]:
        if count is None:
            outputs, state = made(given)
            return outputs.numpy(), state
        packed = nn.utils.rnn.pack_padded_sequence(given, count, enforce_sorted=False)
        answer, state = made(packed)
        outputs, _ = nn.utils.rnn.pad_packed_sequence(answer, total_length=len(given))
        return _halves(outputs.numpy()), state

    return run


def _halves(outputs: Array) -> tuple[Array, Array]:
    units = outputs.shape[2] // 2
    return outputs[..., :units], outputs[..., units:]
