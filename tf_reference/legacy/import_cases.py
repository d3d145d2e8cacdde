"""The cases that are made of an imported model, and the inputs that are drawn for its trained weights.

    imported/<name>/dynamic      a sequence from zeros
    imported/<name>/from-state   another one from the state that the first ended with
    imported/<name>/ragged       rows that end, from that state; what lies past their ends is garbage
    imported/<name>/step         one step from that state, where one direction is run

Trained kernels want inputs and states of the size that they were trained on. Inputs are rows of the file's own
embedding where it has one of the cell's depth, else numbers drawn so large that x W has the spread that drawn cases
have. States are the model's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from rnn_parity.draws import GARBAGE_FACTOR, INPUT_BOUND, PRE_ACTIVATION_STD, draw
from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.spec import IMPORTED, CaseSpec, DType, DynamicRNN, Sizes, Step
from rnn_parity.structure import Array, is_time_major, join, sequence_lengths
from rnn_parity.weights import layers
from tf_reference.legacy.rebuilt import Rebuilt

STEPS, BATCH, SEED = 12, 3, 2016


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What is drawn: how many steps, rows and which lengths, by which seed."""

    steps: int = STEPS
    batch: int = BATCH
    seed: int = SEED
    lengths: tuple[int, ...] | None = None

    @property
    def ragged(self) -> tuple[int, ...]:
        """The lengths of the ragged case: those that are given, else T, half of it, 1, 0, and so on."""
        return self.lengths or tuple((self.steps, -(-self.steps // 2), 1, 0)[row % 4] for row in range(self.batch))


def drawing_of(*, steps: int, batch: int, seed: int, lengths: str | None) -> Drawing:
    """Return what is to be drawn, with lengths as they are written: "12,7,0".

    Raises:
        UnsupportedOptionError: these are not as many lengths as rows, or not whole numbers.
    """
    if lengths is None:
        return Drawing(steps=steps, batch=batch, seed=seed)
    parts = lengths.split(",")
    if len(parts) != batch or not all(part.strip().isdecimal() and int(part) <= steps for part in parts):
        raise UnsupportedOptionError("import", "lengths", lengths, f"{batch} numbers from 0 to {steps}, like 12,7,0")
    return Drawing(steps=steps, batch=batch, seed=seed, lengths=tuple(map(int, parts)))


def case_name(text: str) -> str:
    """Return a name as case ids have it: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "model"


def import_cases(  # noqa: PLR0913  what a case has, most of it as it is
    rebuilt: Rebuilt, *, name: str, why: str, depth: int, dtype: DType, drawing: Drawing
) -> Iterator[CaseSpec]:
    """Yield the cases of a model, whose ids begin with `imported/<name>`."""
    ragged = {"sequence_length": drawing.ragged, "initial_state": True}
    runs = {
        "dynamic": rebuilt.run,
        "from-state": msgspec.structs.replace(rebuilt.run, initial_state=True),
        "ragged": msgspec.structs.replace(rebuilt.run, **ragged) if _takes_lengths(rebuilt.run) else None,
        "step": Step(initial_state=True) if isinstance(rebuilt.run, DynamicRNN) else None,
    }
    for number, (suffix, run) in enumerate(runs.items()):
        if run is not None:
            steps = 1 if isinstance(run, Step) else sum(getattr(run, "chunks", ())) or drawing.steps
            sizes = Sizes(batch_size=drawing.batch, max_time=steps, depth=depth)
            yield CaseSpec(
                id=f"{IMPORTED}{name}/{suffix}", why=why, cell=rebuilt.cell, run=run, sizes=sizes,
                seed=drawing.seed + number, dtype=dtype,
            )  # fmt: skip


def _takes_lengths(run: Any) -> bool:  # noqa: ANN401  a run of the union
    return "sequence_length" in run.__struct_fields__


def drawn_around(
    spec: CaseSpec, weights: Mapping[str, Array], embedding: Array | None, answers: Mapping[str, Array]
) -> dict[str, Array]:
    """Return the arrays of a case: these weights, inputs drawn for them, the state that other `answers` end with."""
    arrays = draw(spec)
    for name, array in answers.items():
        start = name.replace("final_state", "initial_state", 1)
        if start != name and start in arrays:
            arrays[start] = array
    arrays |= {join("weights", name): array for name, array in weights.items()}
    inputs = arrays["inputs"].astype(np.float64)
    if embedding is None:
        inputs *= input_bound(spec, weights) / INPUT_BOUND
    else:
        inputs = _rows_of(embedding, inputs)
        if sequence_lengths(spec) is not None:
            inputs[_padding(spec)] *= GARBAGE_FACTOR
    arrays["inputs"] = inputs.astype(spec.dtype)
    return arrays


def input_bound(spec: CaseSpec, weights: Mapping[str, Array]) -> float:
    """Return how large inputs are drawn: x W spreads by PRE_ACTIVATION_STD in the first layer, at most INPUT_BOUND.

    For x uniform within the bound, std(x W) = bound |W| sqrt(depth / 3), |W| the root of the mean square.
    """
    first = layers(spec)[0]
    depth = spec.sizes.depth
    squares = [
        np.mean(np.square(weights[join(first.scope, name)][:depth].astype(np.float64)))
        for name in first.cell.variables(depth)
        if first.cell.role(name) in ("kernel", "input kernel") and join(first.scope, name) in weights
    ]
    if not squares or not max(squares):
        return INPUT_BOUND
    return float(min(INPUT_BOUND, PRE_ACTIVATION_STD / np.sqrt(max(squares) * depth / 3)))


def _rows_of(embedding: Array, drawn: Array) -> Array:
    """Return rows of an embedding in place of drawn inputs (..., D), chosen by their first numbers."""
    order = np.argsort(drawn[..., 0], axis=None).reshape(drawn.shape[:-1])
    stride = max(1, len(embedding) // order.size)
    return np.asarray(embedding, np.float64)[order * stride % len(embedding)]


def _padding(spec: CaseSpec) -> Array:
    padding = np.arange(spec.sizes.max_time) >= np.asarray(sequence_lengths(spec))[:, np.newaxis]
    return padding.T if is_time_major(spec) else padding
