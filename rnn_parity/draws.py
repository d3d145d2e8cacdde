"""From a seed to weights, inputs and states that let no known mistake hide.

Every array has its own stream, named after it, so that adding an array moves no other. Numbers come from the raw
output of PCG64, which NumPy keeps stable between releases, unlike its distributions.

Gates work between about -3 and 3, neither linear nor saturated; all weights differ; biases are non-zero and differ
per gate and per unit; a GRU's u stays away from 0.5; states are non-zero and differ per row, layer and direction;
inputs past a row's length are garbage, larger than real ones.
"""

from __future__ import annotations

import hashlib
from typing import assert_never

import numpy as np

from rnn_parity.spec import GRU_GATES, CaseSpec, Shape, SingleCellSpec
from rnn_parity.structure import Array, cells_of, input_shapes, is_time_major, join, sequence_lengths, state_shapes
from rnn_parity.weights import Owner, gate_blocks, owners, stored_shapes, stored_weights

PERTURBATIONS = 4  # how often every recording is repeated with data off by one rounding
INPUT_BOUND = 1.5
GARBAGE_FACTOR = 3.0  # padding is this much larger than inputs
CELL_STATE_BOUND, HIDDEN_STATE_BOUND = 1.2, 0.9
PRE_ACTIVATION_STD = 0.9  # of [x h] kernel, which with the bias reaches about +-3
BIAS_RANGE = (0.15, 0.75)
DIAGONAL_RANGE = (0.3, 0.9)
PROJECTION_GAIN = 1.6
POSITIVE_RANGES = {  # of period, phase and ratio so that some units open at every step
    "gain": (0.6, 1.5),
    "period": (2.2, 8.0),
    "phase": (0.3, 2.0),
    "ratio": (0.3, 0.8),
}
TIME_STEP = 1.3  # on average
UPDATE_BIAS_SHIFT = 0.3  # a GRU's u is drawn above one half, its r below


def draw(spec: CaseSpec) -> dict[str, Array]:
    """Return name -> array in the case's dtype: `weights/...`, `inputs`, `sequence_length`, `initial_state...`."""
    dtype = np.dtype(spec.dtype)
    arrays = {join("weights", name): array.astype(dtype) for name, array in _weights(spec).items()}
    for path, shape in input_shapes(spec).items():
        inputs = _inputs(spec, path, shape)
        arrays[join("inputs", path)] = inputs.astype(dtype if spec.cell.input_classes is None else np.int32)
    lengths = sequence_lengths(spec)
    if lengths is not None:
        arrays["sequence_length"] = np.asarray(lengths, np.int32)
    if spec.run.initial_state:
        for path, shape in state_shapes(spec).items():
            name = join("initial_state", path)
            bound = CELL_STATE_BOUND if path.endswith("c") else HIDDEN_STATE_BOUND
            arrays[name] = _uniform(spec.seed, name, shape, bound).astype(dtype)
    return arrays


def perturbed(arrays: dict[str, Array], roundoff: float, seed: int, repetition: int) -> dict[str, Array]:
    """Return float64 copies of the floating arrays, each entry off by one rounding: times (1 + roundoff) or (1 - it).

    Arrays of whole numbers stay as they are.
    """
    moved = {}
    for name, array in arrays.items():
        if np.issubdtype(array.dtype, np.floating):
            signs = np.sign(_uniform(seed, f"perturbation/{repetition}/{name}", array.shape, 1.0))
            moved[name] = array.astype(np.float64) * (1.0 + roundoff * signs)
        else:
            moved[name] = array
    return moved


def _weights(spec: CaseSpec) -> dict[str, Array]:
    drawn: dict[str, Array] = {}
    for owner in owners(spec):
        for name, shape in owner.cell.variables(owner.depth).items():
            if not stored_shapes(owner, name, shape).keys() <= drawn.keys():  # layers of one object have one set
                drawn |= stored_weights(owner, {name: _weight(spec, owner, name, join(owner.scope, name), shape)})
    return drawn


def _weight(spec: CaseSpec, owner: Owner, name: str, full_name: str, shape: Shape) -> Array:
    role = owner.cell.role(name)
    rows = int(np.prod(shape[:-1]))
    match role:
        case "bias":
            return _bias(spec, owner, name, full_name, shape)
        case "diagonal":
            return _signed(spec.seed, full_name, shape, DIAGONAL_RANGE)
        case "gain" | "period" | "phase" | "ratio":
            return np.abs(_signed(spec.seed, full_name, shape, POSITIVE_RANGES[role]))
        case "projection":
            return _uniform(spec.seed, full_name, shape, PROJECTION_GAIN * np.sqrt(3 / rows))
        case "embedding":
            return _uniform(spec.seed, full_name, shape, INPUT_BOUND)
        case "kernel" | "input kernel" | "recurrent kernel":
            depth = {"kernel": owner.cell.kernel_depth(owner.depth), "input kernel": rows, "recurrent kernel": 0}[role]
            inputs_variance = (INPUT_BOUND if owner.index == 0 else HIDDEN_STATE_BOUND) ** 2 / 3
            variance = depth * inputs_variance + (rows - depth) * HIDDEN_STATE_BOUND**2 / 3
            share = 1 if role == "kernel" else 2  # the other kernel adds as much
            return _uniform(spec.seed, full_name, shape, spec.gain * PRE_ACTIVATION_STD * np.sqrt(3 / variance / share))
        case _:
            assert_never(role)


def _bias(spec: CaseSpec, owner: Owner, name: str, full_name: str, shape: Shape) -> Array:
    bias = _signed(spec.seed, full_name, shape, BIAS_RANGE)
    cell = owner.cell
    if isinstance(cell, SingleCellSpec) and cell.gate_order == GRU_GATES and name == "gates/bias":
        blocks = gate_blocks(cell, bias)
        blocks["r"][...] = -np.abs(blocks["r"])
        blocks["u"][...] = np.abs(blocks["u"]) + UPDATE_BIAS_SHIFT
    return bias


def _inputs(spec: CaseSpec, path: str, shape: Shape) -> Array:
    classes = [cell.input_classes for cell in cells_of(spec) if cell.input_classes is not None]
    if classes:
        return _ids(spec, shape, min(classes))
    inputs = _uniform(spec.seed, join("inputs", path), shape, INPUT_BOUND)
    if spec.cell.input_role(path) == "times":
        inputs = _growing(spec, inputs)
    if sequence_lengths(spec) is not None:
        inputs[_padding(spec)] *= GARBAGE_FACTOR
    return inputs


def _ids(spec: CaseSpec, shape: Shape, classes: int) -> Array:
    """Return ids, each about as often as the others; in the padding none is 0, which may pass for padding."""
    ids = np.argsort(_uniform(spec.seed, "inputs", (int(np.prod(shape)),), 1.0)).reshape(shape) % classes
    if sequence_lengths(spec) is not None:
        padding = _padding(spec)
        ids[padding] = np.maximum(ids[padding], min(1, classes - 1))
    return ids


def _padding(spec: CaseSpec) -> Array:
    """Return where inputs lie past their row's length: (B, T), or (T, B) where time comes first."""
    padding = np.arange(spec.sizes.max_time) >= np.asarray(sequence_lengths(spec))[:, np.newaxis]
    return padding.T if is_time_major(spec) else padding


def _growing(spec: CaseSpec, inputs: Array) -> Array:
    """Return times that grow from step to step, in one Step from row to row, by TIME_STEP more or less a half."""
    axis = inputs.ndim - 2
    between = TIME_STEP * (1 + inputs / (2 * INPUT_BOUND))
    return np.cumsum(between, axis=0 if is_time_major(spec) else axis)


def _signed(seed: int, name: str, shape: Shape, magnitudes: tuple[float, float]) -> Array:
    """Return entries that all differ, also in magnitude: one from each of as many parts of `magnitudes`, shuffled."""
    low, high = magnitudes
    count = int(np.prod(shape))
    places = np.argsort(_uniform(seed, f"{name}/order", (count,), 1.0))
    within = 0.5 + 0.8 * _uniform(seed, f"{name}/within", (count,), 0.5)  # parts do not touch
    grid = low + (high - low) * (places + within) / count
    return (grid * np.sign(_uniform(seed, f"{name}/sign", (count,), 1.0))).reshape(shape)


def _uniform(seed: int, name: str, shape: Shape, bound: float) -> Array:
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    stream = np.random.PCG64(np.random.SeedSequence(list(digest)))
    raw = stream.random_raw(int(np.prod(shape)))
    unit = (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return ((2.0 * unit - 1.0) * bound).reshape(shape)
