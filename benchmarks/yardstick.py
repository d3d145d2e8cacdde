"""How far honest and dishonest code lies from TensorFlow, in multiples of TensorFlow's own rounding.

    python -m benchmarks.yardstick [--random N] [--json FILE]

Every variant runs over all float32 cases of the catalogue and over N random ones, recorded on the spot. Shown per
variant: the largest ratio of its error to the yardstick over all cases, the median over cases, and the smallest over
the cases that the variant can touch (for an approximation: how close it comes to being taken for honest).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np

from benchmarks.options import parser_of, require, writable
from benchmarks.variants import APPROXIMATE, HONEST
from rnn_parity import Case, load_cases
from rnn_parity.candidate import case_of
from rnn_parity.compare import named_arrays
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    CaseSpec,
    Cell,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    SingleCell,
    Sizes,
    StaticBidirectionalRNN,
)
from rnn_parity.tolerance import FACTOR

STUDIED = "float32"  # the dtype of the study: float64 is exact enough, float16 has nothing coarser to tell apart


def random_spec(number: int) -> CaseSpec:
    """Return a random case: any core cell, up to 3 layers, 40 steps, 24 units, kernels up to 4 times wider."""
    rng = np.random.default_rng([20_260, number])
    rows, steps = int(rng.integers(1, 7)), int(rng.integers(1, 41))
    ragged = tuple(int(n) for n in rng.integers(0, steps + 1, rows)) if rng.random() < 0.5 else None
    run = (
        DynamicRNN(sequence_length=ragged, initial_state=bool(rng.random() < 0.7))
        if rng.random() < 0.8
        else StaticBidirectionalRNN(sequence_length=ragged, initial_state=bool(rng.random() < 0.7))
    )
    return CaseSpec(
        id=f"random/{number}",
        why="to measure the yardstick",
        cell=_random_cell(rng),
        run=run,
        sizes=Sizes(batch_size=rows, max_time=steps, depth=int(rng.integers(1, 17))),
        seed=number,
        gain=float(rng.choice([0.5, 1.0, 1.0, 2.0, 4.0])),
    )


def ratios(case: Case) -> dict[str, float]:
    """Return variant -> largest error over the case's tensors, as a multiple of the yardstick."""
    found = {}
    for name, variant in (HONEST | APPROXIMATE).items():
        with np.errstate(all="ignore"):
            actual, _ = named_arrays(case, variant(case))
        found[name] = max(
            float(
                np.abs(actual[tensor].astype(np.float64) - case.expectation.oracle64[tensor]).max(initial=0.0) / noise
            )
            for tensor, noise in case.expectation.noise.items()
        )
    return found


def random_ratios(number: int) -> dict[str, float]:
    """Return the ratios of the `number`-th random case, recorded on TensorFlow now."""
    from tf_reference.record import record  # noqa: PLC0415  workers import TensorFlow, the catalogue needs none

    return ratios(case_of(record(random_spec(number))))


def main() -> None:
    """Measure and print."""
    parser = parser_of("benchmarks.yardstick", __doc__)
    parser.add_argument("--random", type=int, default=2000, help="number of random cases (default 2000)")
    parser.add_argument("--json", type=writable, help="write every ratio there")
    options = parser.parse_args()
    require("benchmarks.yardstick", "tensorflow", "tf_keras")
    catalogue = {case.id: ratios(case) for case in load_cases() if case.spec.dtype == STUDIED}
    drawn = {f"random/{n}": found for n, found in enumerate(_over_cores(options.random))}
    if options.json:
        options.json.write_text(json.dumps({"catalogue": catalogue, "random": drawn}))
    for title, study in (("catalogue", catalogue), ("random", drawn)):
        if study:
            print(f"\n{title}: {len(study)} cases, multiples of TensorFlow's own rounding ({FACTOR:g} allowed)")
            for line in table(study):
                print(line)


def table(study: dict[str, dict[str, float]]) -> Iterator[str]:
    """Yield the lines of a table: variant, largest, median, smallest, cases beyond what is allowed."""
    yield f"  {'variant':36}{'largest':>12}{'median':>12}{'smallest':>12}{'fail':>14}"
    exact = study_of(study, "numpy_impl")
    for name in (*HONEST, *APPROXIMATE):
        values = study_of(study, name)
        if name in APPROXIMATE:
            values = values[values != exact]  # cases with nothing to approximate: BasicRNN has no sigmoid
        failing = f"{int((values > FACTOR).sum())} of {values.size}"
        numbers = "".join(f"{value:12,.2f}" for value in (values.max(), np.median(values), values.min()))
        yield f"  {name:36}{numbers}{failing:>14}"


def study_of(study: dict[str, dict[str, float]], name: str) -> np.ndarray:
    """Return one variant's ratios, case by case; a broken (NaN) answer is infinitely wrong."""
    values = np.array([found[name] for found in study.values()])
    return np.where(np.isnan(values), np.inf, values)


def _over_cores(count: int) -> Iterator[dict[str, float]]:
    if not count:
        return
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for done, found in enumerate(pool.map(random_ratios, range(count), chunksize=8), 1):
            if done % 100 == 0:
                print(f"{done} of {count} random cases", file=sys.stderr)
            yield found


def _random_cell(rng: np.random.Generator) -> Cell:
    if rng.random() < 0.2:
        return MultiRNNCell(cells=tuple(_random_single(rng) for _ in range(int(rng.integers(2, 4)))))
    return _random_single(rng)


def _random_single(rng: np.random.Generator) -> SingleCell:
    units = int(rng.integers(1, 25))
    forget_bias = float(rng.normal())
    lstm = partial(LSTMCell, num_units=units, forget_bias=forget_bias)
    match rng.integers(6):
        case 0:
            return BasicRNNCell(num_units=units)
        case 1:
            return GRUCell(num_units=units)
        case 2:
            return BasicLSTMCell(num_units=units, forget_bias=forget_bias)
        case 3:
            return lstm(use_peepholes=True)
        case 4:
            return lstm(use_peepholes=True, cell_clip=0.6)
        case _:
            return lstm(num_proj=int(rng.integers(1, 25)), proj_clip=0.5)


if __name__ == "__main__":
    main()
