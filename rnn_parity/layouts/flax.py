"""Weights in the layout of flax.linen's recurrent cells: one Dense a gate, kernels (D, H) and (H, H).

    SimpleCell          i {kernel, bias}, h {kernel}
    GRUCell             ir iz in {kernel, bias}, hr hz {kernel}, hn {kernel, bias}, the last inside the reset
    MGUCell             if in {kernel, bias}, hf hn {kernel}: a GRU without a reset gate
    OptimizedLSTMCell   ii if ig io {kernel}, hi hf hg ho {kernel, bias}

flax's letters: r, z, n of a GRU are TensorFlow's r, u, c; i, f, g, o of an LSTM are i, f, j, o. There is no forget bias:
it lies in the bias of f. Source: flax/linen/recurrent.py.
"""

from __future__ import annotations

from typing import TypeAlias

from rnn_parity.layouts.plain import Kind, Plain
from rnn_parity.structure import Array

Params: TypeAlias = dict[str, dict[str, Array]]  # Dense -> kernel and bias

CELLS: dict[Kind, str] = {"RNN": "SimpleCell", "GRU": "GRUCell", "MGU": "MGUCell", "LSTM": "OptimizedLSTMCell"}
LETTERS: dict[Kind, dict[str, str]] = {  # TensorFlow's -> flax's
    "RNN": {"z": ""},
    "GRU": {"r": "r", "u": "z", "c": "n"},
    "MGU": {"u": "f", "c": "n"},
    "LSTM": {"i": "i", "f": "f", "j": "g", "o": "o"},
}


def pack_params(cell: Plain) -> Params:
    """Return the parameters of one flax cell."""
    packed: Params = {}
    for letter, flax_letter in LETTERS[cell.kind].items():
        gate = cell.gates[letter]
        read, fed_back = {"kernel": gate.kernel}, {"kernel": gate.recurrent}
        (fed_back if cell.kind == "LSTM" else read)["bias"] = gate.bias
        if cell.kind == "GRU" and letter == "c":
            fed_back["bias"] = gate.bias * 0 if gate.recurrent_bias is None else gate.recurrent_bias
        packed |= {f"i{flax_letter}": read, f"h{flax_letter}": fed_back}
    return packed
