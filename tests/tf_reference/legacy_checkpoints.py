"""Checkpoints as TensorFlow 1 wrote them, made here: any names, any numbers, V1 or V2.

Which names which release gave to which cell is written out in `ERAS`, apart from the table that the package reads by.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_reference.environment import tensorflow

PLAIN = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")  # what a graph takes as a name; a file takes more


def drawn(shapes: Mapping[str, tuple[int, ...]], *, dtype: str = "float32", seed: int = 0) -> dict[str, np.ndarray]:
    """Return an array of each name and shape."""
    random = np.random.default_rng(seed)
    return {name: random.uniform(-0.5, 0.5, shape).astype(dtype) for name, shape in shapes.items()}


def write_checkpoint(path: Path, arrays: Mapping[str, np.ndarray], *, v1: bool = False, meta: bool = False) -> Path:
    """Write plain variables under these names with TensorFlow's Saver; return the prefix, which is a V1's file."""
    tf = tensorflow().compat.v1
    version = tf.train.SaverDef.V1 if v1 else tf.train.SaverDef.V2
    with tf.Graph().as_default(), tf.Session() as session:
        held = {
            name: tf.Variable(array, use_resource=False, name=name if PLAIN.fullmatch(name) else None)
            for name, array in arrays.items()
        }
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver(held, write_version=version)
        saver.save(session, str(path), write_meta_graph=meta, write_state=False)
    return path


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> Path:
    """Write the arrays as an .npz."""
    np.savez(path, **arrays)
    return path


def write_h5(path: Path, arrays: Mapping[str, np.ndarray]) -> Path:
    """Write the arrays as datasets of an HDF5 file."""
    import h5py  # noqa: PLC0415  comes with TensorFlow

    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return path


class Era(NamedTuple):
    """One cell under the names of one era: `shapes` by name in the file, `parts` by today's own name."""

    cell: str  # the likeliest class
    era: str
    scope: str
    shapes: dict[str, tuple[int, ...]]  # below the scope
    parts: dict[str, tuple[str, ...]]  # today's own name -> names below the scope
    depth: int = 3
    num_units: int = 4
    num_proj: int | None = None


def _era(
    cell: str, era: str, scope: str, *variables: tuple[str, str, tuple[int, ...]], num_proj: int | None = None
) -> Era:
    """Return an era of variables (name in the file, today's own name, shape); shards have one own name."""
    parts: dict[str, tuple[str, ...]] = {}
    for name, own, _ in variables:
        parts[own] = (*parts.get(own, ()), name)
    return Era(cell, era, scope, {name: shape for name, _, shape in variables}, parts, num_proj=num_proj)


D, H, P = 3, 4, 2
K, B = (D + H, 4 * H), (4 * H,)
KP = (D + P, 4 * H)


def _norms(*scopes: str) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(f"{scope}/{name}", f"{scope}/{name}", (H,)) for scope in scopes for name in ("gamma", "beta")]


def _peepholes(pattern: str, gates: str) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(pattern.format(gate), f"w_{gate.lower()[-1]}_diag", (H,)) for gate in gates.split()]


def _gru(gates: str, candidate: str, kernel: str, bias: str) -> list[tuple[str, str, tuple[int, ...]]]:
    return [
        (f"{gates}/{kernel}", "gates/kernel", (D + H, 2 * H)),
        (f"{gates}/{bias}", "gates/bias", (2 * H,)),
        (f"{candidate}/{kernel}", "candidate/kernel", (D + H, H)),
        (f"{candidate}/{bias}", "candidate/bias", (H,)),
    ]


_GRU_BLOCK = [
    ("w_ru", "gates/kernel", (D + H, 2 * H)),
    ("b_ru", "gates/bias", (2 * H,)),
    ("w_c", "candidate/kernel", (D + H, H)),
    ("b_c", "candidate/bias", (H,)),
]
_ALL_NORMS = _norms("input", "transform", "forget", "output", "state")
_UPPER, _LOWER = "W_{}_diag", "w_{}_diag"

ERAS = {
    "rnn 0.x": _era("BasicRNNCell", "0.6-0.12", "RNN/BasicRNNCell",
                    ("Linear/Matrix", "kernel", (D + H, H)), ("Linear/Bias", "bias", (H,))),
    "rnn 1.0": _era("BasicRNNCell", "1.0-1.1", "rnn/basic_rnn_cell",
                    ("weights", "kernel", (D + H, H)), ("biases", "bias", (H,))),
    "rnn 1.2": _era("BasicRNNCell", "1.2 and later", "rnn/basic_rnn_cell",
                    ("kernel", "kernel", (D + H, H)), ("bias", "bias", (H,))),
    "basic lstm 0.x": _era("BasicLSTMCell", "0.6-0.12", "RNN/BasicLSTMCell",
                           ("Linear/Matrix", "kernel", K), ("Linear/Bias", "bias", B)),
    "basic lstm 1.0": _era("BasicLSTMCell", "1.0-1.1", "rnn/basic_lstm_cell",
                           ("weights", "kernel", K), ("biases", "bias", B)),
    "basic lstm 1.2": _era("BasicLSTMCell", "1.2 and later", "rnn/basic_lstm_cell",
                           ("kernel", "kernel", K), ("bias", "bias", B)),
    "gru 0.x": _era("GRUCell", "0.6-0.12", "RNN/GRUCell",
                    *_gru("Gates/Linear", "Candidate/Linear", "Matrix", "Bias")),
    "gru 1.0": _era("GRUCell", "1.0-1.1", "rnn/gru_cell", *_gru("gates", "candidate", "weights", "biases")),
    "gru 1.2": _era("GRUCell", "1.2 and later", "rnn/gru_cell", *_gru("gates", "candidate", "kernel", "bias")),
    "lstm 0.x": _era("LSTMCell", "0.6-0.12", "RNN/LSTMCell", ("W_0", "kernel", K), ("B", "bias", B)),
    "lstm 0.x peepholes": _era("LSTMCell", "0.6-0.12", "RNN/LSTMCell", ("W_0", "kernel", K), ("B", "bias", B),
                               *_peepholes(_UPPER, "F I O")),
    "lstm 0.6 shards": _era("LSTMCell", "0.6-0.12", "RNN/LSTMCell",
                            ("W_0", "kernel", (D + H, 2 * H)), ("W_1", "kernel", (D + H, 2 * H)), ("B", "bias", B)),
    "lstm 0.7 shards": _era("LSTMCell", "0.6-0.12", "RNN/LSTMCell",
                            ("W_0", "kernel", (4, 4 * H)), ("W_1", "kernel", (3, 4 * H)), ("B", "bias", B)),
    "lstm 0.x projection": _era("LSTMCell", "0.6-0.12", "RNN/LSTMCell", ("W_0", "kernel", KP), ("B", "bias", B),
                                ("W_P_0", "projection/kernel", (H // 2, P)),
                                ("W_P_1", "projection/kernel", (H // 2, P)), num_proj=P),
    "lstm 1.0": _era("LSTMCell", "1.0-1.1", "rnn/lstm_cell", ("weights", "kernel", KP), ("biases", "bias", B),
                     *_peepholes(_LOWER, "f i o"), ("projection/weights", "projection/kernel", (H, P)), num_proj=P),
    "lstm 1.2": _era("LSTMCell", "1.2 and later", "rnn/lstm_cell", ("kernel", "kernel", KP), ("bias", "bias", B),
                     *_peepholes(_LOWER, "f i o"), ("projection/kernel", "projection/kernel", (H, P)), num_proj=P),
    "lstm 1.2 parts": _era("LSTMCell", "1.2 and later", "rnn/lstm_cell",
                           ("kernel/part_0", "kernel", (4, 4 * H)), ("kernel/part_1", "kernel", (3, 4 * H)),
                           ("bias", "bias", B)),
    "layer norm 0.x": _era("LayerNormBasicLSTMCell", "0.11-0.12", "RNN/LayerNormBasicLSTMCell",
                           ("linear/weights", "kernel", K), *_ALL_NORMS),
    "layer norm 0.x off": _era("LayerNormBasicLSTMCell", "0.11-0.12", "RNN/LayerNormBasicLSTMCell",
                               ("linear/weights", "kernel", K), ("linear/b", "bias", B)),
    "layer norm 1.0": _era("LayerNormBasicLSTMCell", "1.0-1.1", "rnn/layer_norm_basic_lstm_cell",
                           ("weights", "kernel", K), *_ALL_NORMS),
    "layer norm 1.2": _era("LayerNormBasicLSTMCell", "1.2 and later", "rnn/layer_norm_basic_lstm_cell",
                           ("kernel", "kernel", K), *_ALL_NORMS),
    "layer norm 1.2 off": _era("LayerNormBasicLSTMCell", "1.2 and later", "rnn/layer_norm_basic_lstm_cell",
                               ("kernel", "kernel", K), ("bias", "bias", B)),
    "coupled 0.11": _era("CoupledInputForgetGateLSTMCell", "0.11-0.12", "RNN/CoupledInputForgetGateLSTMCell",
                         ("W_0", "W_0", (D + H, 3 * H)), ("B", "B", (3 * H,)),
                         ("W_F_diag", "W_F_diag", (H,)), ("W_O_diag", "W_O_diag", (H,))),
    "coupled 1.0": _era("CoupledInputForgetGateLSTMCell", "1.0 and later",
                        "rnn/coupled_input_forget_gate_lstm_cell",
                        ("W_0", "W_0", (D + H, 3 * H)), ("B", "B", (3 * H,))),
    "block 0.10": _era("LSTMBlockCell", "0.10-1.1", "RNN/LSTMFusedCell", ("W", "kernel", K), ("b", "bias", B),
                       ("wci", "w_i_diag", (H,)), ("wco", "w_o_diag", (H,)), ("wcf", "w_f_diag", (H,))),
    "block 0.11": _era("LSTMBlockCell", "0.10-1.1", "RNN/LSTMBlockCell", ("W", "kernel", K), ("b", "bias", B)),
    "fused 0.12": _era("LSTMBlockFusedCell", "0.12", "LSTMBlockFusedCell", ("W_0", "kernel", K), ("B", "bias", B),
                       *_peepholes(_UPPER, "I F O")),
    "fused 1.0": _era("LSTMBlockFusedCell", "1.0-1.1", "lstm_block_wrapper",
                      ("weights", "kernel", K), ("biases", "bias", B)),
    "fused 1.2": _era("LSTMBlockFusedCell", "1.2-1.4", "lstm_block_wrapper",
                      ("kernel", "kernel", K), ("bias", "bias", B)),
    "fused 1.6": _era("LSTMBlockFusedCell", "1.6 and later", "lstm_fused_cell",
                      ("kernel", "kernel", K), ("bias", "bias", B), *_peepholes(_LOWER, "i f o")),
    "gru block 0.11": _era("GRUBlockCellV2", "0.11-1.4", "RNN/GRUBlockCell", *_GRU_BLOCK),
    "gru block 1.5": _era("GRUBlockCellV2", "1.5 and later", "rnn/gru_cell", *_GRU_BLOCK),
    "cudnn lstm": _era("CudnnCompatibleLSTMCell", "1.3 and later", "rnn/cudnn_compatible_lstm_cell",
                       ("kernel", "kernel", K), ("bias", "bias", B)),
    "cudnn gru": _era("CudnnCompatibleGRUCell", "1.4 and later", "rnn/cudnn_compatible_gru_cell",
                      ("gates/kernel", "gates/kernel", (D + H, 2 * H)), ("gates/bias", "gates/bias", (2 * H,)),
                      ("candidate/input_projection/kernel", "candidate/input_projection/kernel", (D, H)),
                      ("candidate/input_projection/bias", "candidate/input_projection/bias", (H,)),
                      ("candidate/hidden_projection/kernel", "candidate/hidden_projection/kernel", (H, H)),
                      ("candidate/hidden_projection/bias", "candidate/hidden_projection/bias", (H,))),
}  # fmt: skip


def named(era: Era, prefix: str = "") -> dict[str, tuple[int, ...]]:
    """Return full name -> shape of an era's variables, below `prefix`."""
    return {f"{prefix}{era.scope}/{name}": shape for name, shape in era.shapes.items()}
