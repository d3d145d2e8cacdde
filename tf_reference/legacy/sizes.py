"""Which variable of a class says what: its units by columns, its inputs' depth by rows, its options by being there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import rnn_parity.spec as specs
from rnn_parity.spec import Shape, SingleCellSpec

COLUMNS = {  # class -> the variable whose columns are so many times the units
    "BasicRNNCell": ("kernel", 1),
    "GRUCell": ("candidate/kernel", 1),
    "GRUBlockCellV2": ("candidate/kernel", 1),
    "CudnnCompatibleGRUCell": ("candidate/hidden_projection/kernel", 1),
    "CoupledInputForgetGateLSTMCell": ("W_0", 3),
    "UGRNNCell": ("kernel", 2),
    "NASCell": ("recurrent_kernel", 8),
    "MinimalRNNCell": ("kernel", 1),
    "CFNCell": ("kernel", 3),
    "IndRNNCell": ("kernel_w", 1),
    "IndyGRUCell": ("candidate/kernel", 1),
    "IndyLSTMCell": ("kernel_w", 4),
    "GLSTMCell": ("bias_i", 1),
}
LSTM_COLUMNS = ("kernel", 4)
KERNELS = ("kernel", "W_0", "gates/kernel")  # whose rows are inputs and what is fed back
OF_INPUTS = {  # class -> the kernel whose rows are the inputs alone
    "NASCell": "kernel",
    "CFNCell": "kernel",
    "SRUCell": "kernel",
    "IndRNNCell": "kernel_w",
    "IndyGRUCell": "gates/kernel_w",
    "IndyLSTMCell": "kernel_w",
}
PROJECTIONS = ("projection/kernel", "W_P_0", "projection_weights")
IN_PROJECTION = "in_projection/kernel"

TELLS: dict[str, Callable[[str], bool]] = {  # option -> whether a variable of this name tells it
    "use_peepholes": lambda own: own.lower().endswith("_diag"),
    "use_peephole": lambda own: own.lower().endswith("_diag"),
    "layer_norm": lambda own: own.endswith(("/gamma", "/beta")),
    "num_proj": lambda own: own in PROJECTIONS,
    "use_bias": lambda own: own == "bias",
    "num_in_proj": lambda own: own == IN_PROJECTION,
    "number_of_groups": lambda own: own.startswith("group"),
}


def options(name: str, own: Mapping[str, Shape]) -> dict[str, Any]:
    """Return the options of a class that its variables tell: peepholes, norms, widths of projections, groups."""
    fields = getattr(specs, name).__struct_fields__
    found: dict[str, Any] = {}
    for option, tells in TELLS.items():
        telling = [part for part in own if tells(part)]
        if option not in fields:
            continue
        if option in ("num_proj", "num_in_proj"):
            found |= {option: own[telling[0]][1]} if telling else {}
        else:
            found[option] = len(telling) if option == "number_of_groups" else bool(telling)
    return found


def depth_of(spec: SingleCellSpec, shapes: Mapping[str, Shape]) -> tuple[str, int]:
    """Return the kernel whose rows say the depth of the inputs, and the depth that they say."""
    name = type(spec).__name__
    if name in OF_INPUTS:
        return OF_INPUTS[name], shapes[OF_INPUTS[name]][0]
    if IN_PROJECTION in shapes:
        return IN_PROJECTION, shapes[IN_PROJECTION][0]
    if name == "GLSTMCell":
        groups = sum(map(TELLS["number_of_groups"], shapes))
        return "group0/kernel", shapes["group0/kernel"][0] * groups - spec.output_size
    kernel = next(own for own in KERNELS if own in shapes)
    fed_back = 2 if name == "MinimalRNNCell" else 1
    return kernel, shapes[kernel][0] - fed_back * spec.output_size
